// deps: core_hpke core_sframe
// Sealed generations from outside: input byte 0 chooses KEM and AEAD, then the encapsulated key, then the ciphertext.
#include "core/base/check.h"
#include "core/hpke/hpke.h"
#include "core/sframe/managed_keys.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sealhall;
  if (size == 0) return 0;
  static SeededRandom random{1};
  static const auto x25519 = hpke::PrivateKey::generate(hpke::KemId::dhkem_x25519_hkdf_sha256, random);
  static const auto p256 = hpke::PrivateKey::generate(hpke::KemId::dhkem_p256_hkdf_sha256, random);
  const auto& key = (data[0] & 1) != 0 ? p256 : x25519;
  const hpke::Suite suite{key.kem(), hpke::KdfId::hkdf_sha256,
                          (data[0] & 2) != 0 ? hpke::AeadId::aes_128_gcm : hpke::AeadId::aes_256_gcm};
  const ByteView input{data + 1, size - 1};
  const std::size_t enc_size = std::min(input.size(), hpke::public_key_size(suite.kem));
  const ByteView enc = input.first(enc_size);
  const ByteView ciphertext = input.subspan(enc_size);
  const auto opened = hpke::open(suite, enc, key, {}, {}, ciphertext);
  if (opened) SEALHALL_CHECK(opened->size() + crypto::aead_tag_size == ciphertext.size());
  static_cast<void>(sframe::open_generation(sframe::MeetingUuid{}, 1, 1, x25519, enc, ciphertext));
  return 0;
}
