#include "core/envelope/wrapped_key.h"

#include <algorithm>

#include "core/base/check.h"
#include "core/crypto/aead.h"
#include "core/envelope/derive.h"

namespace sealhall::envelope {
namespace {

using crypto::AeadAlgorithm;
using detail::commitment_size;
using detail::Derived;

constexpr std::string_view label = "sealhall wrap v1";
constexpr std::size_t salt_size = 32;
// version, suite, wrapping key id, its version, key id
constexpr std::size_t clear_size = 1 + 1 + 16 + 4 + 16;
static_assert(clear_size + salt_size + commitment_size + key_size + crypto::aead_tag_size == wrapped_key_size);

// The key is used for this one message, so its only nonce may be fixed.
constexpr std::array<std::uint8_t, crypto::aead_nonce_size> only_nonce{};

}  // namespace

expected<WrappedKeyInfo, EnvelopeError> read_wrapped_key(ByteView wrapped) noexcept {
  if (wrapped.size() < 2) return unexpected(EnvelopeError::malformed);
  if (wrapped[0] != detail::format_version || wrapped[1] != detail::suite_1)
    return unexpected(EnvelopeError::unknown_version);
  if (wrapped.size() != wrapped_key_size) return unexpected(EnvelopeError::malformed);
  ByteReader reader{wrapped.subspan(2)};
  WrappedKeyInfo info;
  std::ranges::copy(reader.bytes(info.under.id.size()), info.under.id.begin());
  info.under.version = reader.u32();
  std::ranges::copy(reader.bytes(info.key_id.size()), info.key_id.begin());
  return info;
}

expected<Bytes, EnvelopeError> wrap_key(const Key& wrapping, const WrappedKeyInfo& info, const Context& context,
                                        const Key& key, RandomSource& random) {
  const auto place = encode_context(context);
  if (!place) return unexpected(place.error());
  Bytes out(wrapped_key_size);
  ByteWriter writer{out};
  writer.u8(detail::format_version);
  writer.u8(detail::suite_1);
  writer.bytes(info.under.id);
  writer.u32(info.under.version);
  writer.bytes(info.key_id);
  const ByteView clear = writer.written();
  const MutableBytes salt = writer.reserve(salt_size);
  random.fill(salt);
  const Derived derived{wrapping, salt, label, clear, *place};
  writer.bytes(derived.commitment());
  auto sealer = crypto::AeadSealer::create(AeadAlgorithm::aes_256_gcm, derived.key());
  SEALHALL_CHECK(sealer.has_value());
  const auto sealed =
      sealer->seal(only_nonce, {clear, *place}, key.reveal(), writer.reserve(key_size + crypto::aead_tag_size));
  SEALHALL_CHECK(sealed.has_value() && writer.ok() && writer.size() == wrapped_key_size);
  return out;
}

expected<Key, EnvelopeError> unwrap_key(const Key& wrapping, const Context& context, ByteView wrapped) {
  if (const auto info = read_wrapped_key(wrapped); !info) return unexpected(info.error());
  const auto place = encode_context(context);
  if (!place) return unexpected(place.error());
  ByteReader reader{wrapped};
  const ByteView clear = reader.bytes(clear_size);
  const ByteView salt = reader.bytes(salt_size);
  const Derived derived{wrapping, salt, label, clear, *place};
  if (!constant_time_equal(derived.commitment(), reader.bytes(commitment_size)))
    return unexpected(EnvelopeError::wrong_key);
  auto opener = crypto::AeadOpener::create(AeadAlgorithm::aes_256_gcm, derived.key());
  SEALHALL_CHECK(opener.has_value());
  Key key;
  if (!opener->open(only_nonce, {clear, *place}, reader.rest(), key.reveal_mutable()))
    return unexpected(EnvelopeError::not_authentic);
  return key;
}

}  // namespace sealhall::envelope
