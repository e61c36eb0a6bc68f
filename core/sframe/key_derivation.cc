#include "core/sframe/key_derivation.h"

#include <algorithm>

#include "core/base/check.h"
#include "core/crypto/hkdf.h"

namespace sealhall::sframe {

DerivedKey derive_key(CipherSuite suite, KeyId key_id, ByteView base_key) {
  const SuiteParameters parameters = parameters_of(suite);
  std::array<std::uint8_t, 10> named{};
  store_u64(named.data(), static_cast<std::uint64_t>(key_id));
  store_u16(named.data() + 8, static_cast<std::uint16_t>(suite));

  const SecretBytes secret = crypto::hkdf_extract(parameters.hash, {}, {base_key});
  DerivedKey derived{SecretBytes{parameters.key_size()}, {}};
  SEALHALL_CHECK(crypto::hkdf_expand(parameters.hash, secret.reveal(), {as_bytes("SFrame 1.0 Secret key "), named},
                                     derived.key.reveal_mutable())
                     .has_value());
  SEALHALL_CHECK(crypto::hkdf_expand(parameters.hash, secret.reveal(), {as_bytes("SFrame 1.0 Secret salt "), named},
                                     derived.salt.reveal_mutable())
                     .has_value());
  return derived;
}

std::array<std::uint8_t, nonce_size> make_nonce(const Secret<nonce_size>& salt, std::uint64_t counter) noexcept {
  std::array<std::uint8_t, nonce_size> nonce{};
  store_u64(nonce.data() + 4, counter);
  const auto mask = salt.reveal();
  for (std::size_t i = 0; i < nonce.size(); ++i) nonce[i] ^= mask[i];
  return nonce;
}

}  // namespace sealhall::sframe
