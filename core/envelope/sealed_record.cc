#include "core/envelope/sealed_record.h"

#include <algorithm>
#include <utility>

#include "core/base/check.h"
#include "core/envelope/derive.h"

namespace sealhall::envelope {
namespace {

using crypto::AeadAlgorithm;

constexpr std::string_view label = "sealhall record v1";
// version, suite, data key id, nonce, commitment
constexpr std::size_t clear_size = 1 + 1 + 16 + crypto::aead_nonce_size + detail::commitment_size;
static_assert(clear_size + crypto::aead_tag_size == record_overhead);

template <class T>
T must(expected<T, crypto::CryptoError> made) noexcept {
  SEALHALL_CHECK(made.has_value());  // the size of the key is right; only memory can be missing
  return std::move(*made);
}

}  // namespace

struct RecordKey::Derived : detail::Derived {
  using detail::Derived::Derived;
};

expected<KeyId, EnvelopeError> data_key_of_record(ByteView sealed) noexcept {
  if (sealed.size() < 2) return unexpected(EnvelopeError::malformed);
  if (sealed[0] != detail::format_version || sealed[1] != detail::suite_1)
    return unexpected(EnvelopeError::unknown_version);
  if (sealed.size() < record_overhead || sealed.size() > record_overhead + max_record_size)
    return unexpected(EnvelopeError::malformed);
  KeyId id{};
  std::ranges::copy(sealed.subspan(2, id.size()), id.begin());
  return id;
}

RecordKey::RecordKey(const Key& data_key, const KeyId& id)
    : RecordKey(Derived{data_key, ByteView{}, label, ByteView{id}, ByteView{}}, id) {}

RecordKey::RecordKey(const Derived& derived, const KeyId& id)
    : id_(id),
      sealer_(must(crypto::AeadSealer::create(AeadAlgorithm::aes_256_gcm, derived.key()))),
      opener_(must(crypto::AeadOpener::create(AeadAlgorithm::aes_256_gcm, derived.key()))) {
  std::ranges::copy(derived.commitment(), commitment_.begin());
}

expected<Bytes, EnvelopeError> RecordKey::seal(const Context& context, ByteView plaintext, RandomSource& random) {
  if (plaintext.size() > max_record_size) return unexpected(EnvelopeError::too_large);
  const auto place = encode_context(context);
  if (!place) return unexpected(place.error());
  std::array<std::uint8_t, crypto::aead_nonce_size> nonce{};
  random.fill(nonce);
  Bytes out(record_overhead + plaintext.size());
  ByteWriter writer{out};
  writer.u8(detail::format_version);
  writer.u8(detail::suite_1);
  writer.bytes(id_);
  writer.bytes(nonce);
  writer.bytes(commitment_);
  const ByteView clear = writer.written();
  const auto sealed =
      sealer_.seal(nonce, {clear, *place}, plaintext, writer.reserve(plaintext.size() + crypto::aead_tag_size));
  SEALHALL_CHECK(sealed.has_value() && writer.ok());
  return out;
}

expected<Bytes, EnvelopeError> RecordKey::open(const Context& context, ByteView sealed) {
  const auto id = data_key_of_record(sealed);
  if (!id) return unexpected(id.error());
  const auto place = encode_context(context);
  if (!place) return unexpected(place.error());
  const ByteView clear = sealed.first(clear_size);
  const ByteView nonce = clear.subspan(2 + id->size(), crypto::aead_nonce_size);
  if (*id != id_ || !constant_time_equal(clear.last(detail::commitment_size), commitment_))
    return unexpected(EnvelopeError::wrong_key);
  Bytes out(sealed.size() - record_overhead);
  if (!opener_.open(nonce.first<crypto::aead_nonce_size>(), {clear, *place}, sealed.subspan(clear_size), out))
    return unexpected(EnvelopeError::not_authentic);
  return out;
}

}  // namespace sealhall::envelope
