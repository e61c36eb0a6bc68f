#include "core/hpke/kem.h"

#include <array>
#include <utility>

#include "core/hpke/labels.h"

namespace sealhall::hpke {
namespace {

/// Both KEMs name HKDF-SHA256 (RFC 9180 section 7.1), whatever the suite's own KDF is.
constexpr auto kem_hash = crypto::HashAlgorithm::sha256;

/// ExtractAndExpand (RFC 9180 section 4.1).
expected<Secret<32>, HpkeError> extract_and_expand(KemId kem, const Secret<32>& dh, ByteView enc, ByteView recipient) {
  const SuiteId suite{kem};
  std::array<std::uint8_t, 130> room{};
  ByteWriter context{room};
  context.bytes(enc);
  context.bytes(recipient);
  const SecretBytes extracted = labeled_extract(kem_hash, suite, {}, "eae_prk", dh.reveal());
  Secret<32> shared;
  const auto expanded =
      labeled_expand(kem_hash, suite, extracted.reveal(), "shared_secret", context.written(), shared.reveal_mutable());
  if (!expanded) return unexpected(expanded.error());
  return shared;
}

HpkeError to_hpke(crypto::CryptoError error) noexcept {
  switch (error) {
    case crypto::CryptoError::bad_public_key:
      return HpkeError::bad_public_key;
    case crypto::CryptoError::zero_shared_secret:
      return HpkeError::zero_shared_secret;
    default:
      return HpkeError::backend_failed;
  }
}

}  // namespace

PrivateKey PrivateKey::generate(KemId kem, RandomSource& random) noexcept {
  if (kem == KemId::dhkem_p256_hkdf_sha256) return PrivateKey{crypto::P256PrivateKey::generate(random)};
  return PrivateKey{crypto::X25519PrivateKey::generate(random)};
}

expected<PrivateKey, HpkeError> PrivateKey::from_bytes(KemId kem, ByteView bytes) noexcept {
  if (bytes.size() != private_key_size) return unexpected(HpkeError::bad_private_key);
  if (kem == KemId::dhkem_p256_hkdf_sha256) {
    auto key = crypto::P256PrivateKey::from_scalar(bytes);
    if (!key) return unexpected(HpkeError::bad_private_key);
    return PrivateKey{std::move(*key)};
  }
  return PrivateKey{crypto::X25519PrivateKey::from_bytes(bytes.first<private_key_size>())};
}

expected<PrivateKey, HpkeError> PrivateKey::derive(KemId kem, ByteView key_material) noexcept {
  const SuiteId suite{kem};
  const SecretBytes extracted = labeled_extract(kem_hash, suite, {}, "dkp_prk", key_material);
  Secret<private_key_size> bytes;
  if (kem == KemId::dhkem_x25519_hkdf_sha256) {
    const auto expanded = labeled_expand(kem_hash, suite, extracted.reveal(), "sk", {}, bytes.reveal_mutable());
    if (!expanded) return unexpected(expanded.error());
    return from_bytes(kem, bytes.reveal());
  }
  for (unsigned counter = 0; counter <= 255; ++counter) {
    const std::array<std::uint8_t, 1> tried{static_cast<std::uint8_t>(counter)};
    const auto expanded =
        labeled_expand(kem_hash, suite, extracted.reveal(), "candidate", tried, bytes.reveal_mutable());
    if (!expanded) return unexpected(expanded.error());
    auto key = from_bytes(kem, bytes.reveal());
    if (key) return key;
  }
  return unexpected(HpkeError::bad_private_key);
}

KemId PrivateKey::kem() const noexcept {
  return std::holds_alternative<crypto::P256PrivateKey>(key_) ? KemId::dhkem_p256_hkdf_sha256
                                                              : KemId::dhkem_x25519_hkdf_sha256;
}

ByteView PrivateKey::public_key() const noexcept {
  if (const auto* p256 = std::get_if<crypto::P256PrivateKey>(&key_)) return p256->public_key();
  return std::get_if<crypto::X25519PrivateKey>(&key_)->public_key();
}

expected<Secret<32>, HpkeError> PrivateKey::agree(ByteView peer) const noexcept {
  const auto* p256 = std::get_if<crypto::P256PrivateKey>(&key_);
  auto secret = p256 != nullptr ? p256->agree(peer) : std::get_if<crypto::X25519PrivateKey>(&key_)->agree(peer);
  if (!secret) return unexpected(to_hpke(secret.error()));
  return std::move(*secret);
}

expected<Encapsulated, HpkeError> encapsulate(KemId kem, ByteView recipient, RandomSource& random) noexcept {
  const PrivateKey ephemeral = PrivateKey::generate(kem, random);
  const auto dh = ephemeral.agree(recipient);
  if (!dh) return unexpected(dh.error());
  auto shared = extract_and_expand(kem, *dh, ephemeral.public_key(), recipient);
  if (!shared) return unexpected(shared.error());
  const ByteView enc = ephemeral.public_key();
  return Encapsulated{std::move(*shared), Bytes{enc.begin(), enc.end()}};
}

expected<Secret<32>, HpkeError> decapsulate(const PrivateKey& recipient, ByteView enc) noexcept {
  const auto dh = recipient.agree(enc);
  if (!dh) return unexpected(dh.error());
  return extract_and_expand(recipient.kem(), *dh, enc, recipient.public_key());
}

}  // namespace sealhall::hpke
