#include "core/hpke/hpke.h"

#include <limits>
#include <utility>

#include "core/hpke/labels.h"

namespace sealhall::hpke {
namespace {

constexpr std::uint8_t mode_base = 0x00;

std::optional<crypto::AeadAlgorithm> algorithm_of(AeadId aead) noexcept {
  switch (aead) {
    case AeadId::aes_128_gcm:
      return crypto::AeadAlgorithm::aes_128_gcm;
    case AeadId::aes_256_gcm:
      return crypto::AeadAlgorithm::aes_256_gcm;
    case AeadId::export_only:
      return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

struct Context::Schedule {
  Suite suite;
  SecretBytes key;  ///< empty for export_only
  SecretBytes exporter_secret;
  std::array<std::uint8_t, crypto::aead_nonce_size> base_nonce{};
};

/// KeySchedule (RFC 9180 section 5.1) with an empty psk and psk_id.
expected<Context::Schedule, HpkeError> Context::schedule(const Suite& suite, const Secret<32>& shared_secret,
                                                         ByteView info) {
  const auto hash = hash_of(suite.kdf);
  const SuiteId id{suite};
  const SecretBytes psk_id_hash = labeled_extract(hash, id, {}, "psk_id_hash", {});
  const SecretBytes info_hash = labeled_extract(hash, id, {}, "info_hash", info);
  std::array<std::uint8_t, 1 + 2 * crypto::max_hash_size> room{};
  ByteWriter context{room};
  context.u8(mode_base);
  context.bytes(psk_id_hash.reveal());
  context.bytes(info_hash.reveal());
  const SecretBytes secret = labeled_extract(hash, id, shared_secret.reveal(), "secret", {});

  Schedule made{.suite = suite, .key = {}, .exporter_secret = SecretBytes{crypto::hash_size(hash)}, .base_nonce = {}};
  const auto expand = [&](std::string_view label, MutableBytes out) {
    return labeled_expand(hash, id, secret.reveal(), label, context.written(), out);
  };
  if (const auto algorithm = algorithm_of(suite.aead)) {
    made.key = SecretBytes{crypto::aead_key_size(*algorithm)};
    if (auto key = expand("key", made.key.reveal_mutable()); !key) return unexpected(key.error());
    if (auto nonce = expand("base_nonce", made.base_nonce); !nonce) return unexpected(nonce.error());
  }
  if (auto exporter = expand("exp", made.exporter_secret.reveal_mutable()); !exporter)
    return unexpected(exporter.error());
  return made;
}

Context::Context(Schedule&& schedule) noexcept
    : suite_(schedule.suite), exporter_secret_(std::move(schedule.exporter_secret)), base_nonce_(schedule.base_nonce) {}

expected<SecretBytes, HpkeError> Context::export_secret(ByteView exporter_context, std::size_t size) const {
  const auto hash = hash_of(suite_.kdf);
  if (size == 0 || size > 255 * crypto::hash_size(hash)) return unexpected(HpkeError::length_not_allowed);
  SecretBytes secret{size};
  const auto expanded = labeled_expand(hash, SuiteId{suite_}, exporter_secret_.reveal(), "sec", exporter_context,
                                       secret.reveal_mutable());
  if (!expanded) return unexpected(expanded.error());
  return secret;
}

std::array<std::uint8_t, crypto::aead_nonce_size> Context::nonce() const noexcept {
  auto nonce = base_nonce_;
  std::array<std::uint8_t, 8> sequence{};
  store_u64(sequence.data(), sequence_);
  for (std::size_t i = 0; i < sequence.size(); ++i) nonce[4 + i] ^= sequence[i];
  return nonce;
}

/// RFC 9180 section 5.2 allows 2^96 - 1 messages; 64 bits end earlier, and the last number is never used, so nothing
/// wraps.
bool Context::exhausted() const noexcept { return sequence_ == std::numeric_limits<std::uint64_t>::max(); }

expected<SenderContext::Setup, HpkeError> SenderContext::setup(const Suite& suite, ByteView recipient, ByteView info,
                                                               RandomSource& random) {
  auto encapsulated = encapsulate(suite.kem, recipient, random);
  if (!encapsulated) return unexpected(encapsulated.error());
  auto made = schedule(suite, encapsulated->shared_secret, info);
  if (!made) return unexpected(made.error());
  const SecretBytes key = std::move(made->key);
  SenderContext context{std::move(*made)};
  if (const auto algorithm = algorithm_of(suite.aead)) {
    auto sealer = crypto::AeadSealer::create(*algorithm, key.reveal());
    if (!sealer) return unexpected(HpkeError::backend_failed);
    context.sealer_ = std::move(*sealer);
  }
  return Setup{std::move(encapsulated->enc), std::move(context)};
}

expected<Bytes, HpkeError> SenderContext::seal(ByteView aad, ByteView plaintext) {
  if (!sealer_) return unexpected(HpkeError::export_only);
  if (exhausted()) return unexpected(HpkeError::sequence_exhausted);
  Bytes out(plaintext.size() + crypto::aead_tag_size);
  const auto message_nonce = nonce();
  const auto sealed = sealer_->seal(message_nonce, aad, plaintext, out);
  if (!sealed) {
    return unexpected(sealed.error() == crypto::CryptoError::message_too_long ? HpkeError::message_too_long
                                                                              : HpkeError::backend_failed);
  }
  ++sequence_;
  return out;
}

expected<RecipientContext, HpkeError> RecipientContext::setup(const Suite& suite, ByteView enc, const PrivateKey& key,
                                                              ByteView info) {
  if (key.kem() != suite.kem) return unexpected(HpkeError::bad_private_key);
  const auto shared_secret = decapsulate(key, enc);
  if (!shared_secret) return unexpected(shared_secret.error());
  auto made = schedule(suite, *shared_secret, info);
  if (!made) return unexpected(made.error());
  const SecretBytes aead_key = std::move(made->key);
  RecipientContext context{std::move(*made)};
  if (const auto algorithm = algorithm_of(suite.aead)) {
    auto opener = crypto::AeadOpener::create(*algorithm, aead_key.reveal());
    if (!opener) return unexpected(HpkeError::backend_failed);
    context.opener_ = std::move(*opener);
  }
  return context;
}

expected<SecretBytes, HpkeError> RecipientContext::open(ByteView aad, ByteView ciphertext) {
  if (!opener_) return unexpected(HpkeError::export_only);
  if (exhausted()) return unexpected(HpkeError::sequence_exhausted);
  if (ciphertext.size() < crypto::aead_tag_size) return unexpected(HpkeError::open_failed);
  SecretBytes out{ciphertext.size() - crypto::aead_tag_size};
  const auto message_nonce = nonce();
  const auto opened = opener_->open(message_nonce, aad, ciphertext, out.reveal_mutable());
  if (!opened) return unexpected(HpkeError::open_failed);
  ++sequence_;
  return out;
}

expected<Sealed, HpkeError> seal(const Suite& suite, ByteView recipient, ByteView info, ByteView aad,
                                 ByteView plaintext, RandomSource& random) {
  auto setup = SenderContext::setup(suite, recipient, info, random);
  if (!setup) return unexpected(setup.error());
  auto ciphertext = setup->context.seal(aad, plaintext);
  if (!ciphertext) return unexpected(ciphertext.error());
  return Sealed{std::move(setup->enc), std::move(*ciphertext)};
}

expected<SecretBytes, HpkeError> open(const Suite& suite, ByteView enc, const PrivateKey& key, ByteView info,
                                      ByteView aad, ByteView ciphertext) {
  auto context = RecipientContext::setup(suite, enc, key, info);
  if (!context) return unexpected(context.error());
  return context->open(aad, ciphertext);
}

}  // namespace sealhall::hpke
