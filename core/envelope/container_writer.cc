// Tested in container_test.cc
#include <algorithm>
#include <utility>

#include "core/base/check.h"
#include "core/envelope/container_format.h"

namespace sealhall::envelope {

expected<ContainerWriter, EnvelopeError> ContainerWriter::create(const Context& context, const Key& key,
                                                                 ByteView wrapped_key, RandomSource& random) {
  using namespace detail;
  const auto place = encode_context(context);
  if (!place) return unexpected(place.error());
  if (const auto known = read_wrapped_key(wrapped_key); !known) return unexpected(known.error());
  std::array<std::uint8_t, container_header_size> header{};
  ByteWriter writer{header};
  writer.bytes(container_magic);
  writer.u8(format_version);
  writer.u8(suite_1);
  writer.u8(segment_bits);
  writer.u8(0);
  writer.u32(container_header_size);
  random.fill(writer.reserve(sizeof(KeyId)));
  random.fill(writer.reserve(salt_size));
  random.fill(writer.reserve(nonce_prefix_size));
  writer.u8(0);
  SEALHALL_CHECK(writer.ok() && writer.size() == fixed_size);
  const Derived derived = derive_container(key, header, *place);
  writer.bytes(derived.commitment());
  writer.u16(static_cast<std::uint16_t>(wrapped_key.size()));
  writer.bytes(wrapped_key);
  auto sealer = crypto::AeadSealer::create(crypto::AeadAlgorithm::aes_256_gcm, derived.key());
  SEALHALL_CHECK(sealer.has_value());
  ContainerWriter made{std::move(*sealer)};
  made.header_ = header;
  return made;
}

ContainerWriter::~ContainerWriter() { wipe(waiting_); }

expected<void, EnvelopeError> ContainerWriter::seal_segment(ByteView plaintext, bool last, Bytes& out) {
  if (segments_ >= max_segments) return unexpected(EnvelopeError::too_large);
  const ByteView prefix = ByteView{header_}.subspan(detail::nonce_prefix_at, detail::nonce_prefix_size);
  const auto nonce = detail::segment_nonce(prefix, segments_, last);
  const std::size_t at = out.size();
  out.resize(at + plaintext.size() + crypto::aead_tag_size);
  SEALHALL_CHECK(sealer_.seal(nonce, {}, plaintext, MutableBytes{out}.subspan(at)).has_value());
  ++segments_;
  return {};
}

expected<void, EnvelopeError> ContainerWriter::write(ByteView plaintext, Bytes& out) {
  SEALHALL_CHECK(!finished_);
  if (!waiting_.empty()) {
    const ByteView fills = plaintext.first(std::min(plaintext.size(), segment_size - waiting_.size()));
    append(waiting_, fills);
    plaintext = plaintext.subspan(fills.size());
    if (waiting_.size() < segment_size) return {};
    const auto sealed = seal_segment(waiting_, false, out);
    wipe(waiting_);
    waiting_.clear();
    if (!sealed) return sealed;
  }
  while (plaintext.size() >= segment_size) {
    if (auto sealed = seal_segment(plaintext.first(segment_size), false, out); !sealed) return sealed;
    plaintext = plaintext.subspan(segment_size);
  }
  if (plaintext.empty()) return {};
  waiting_.reserve(segment_size);  // so that it never moves and leaves plaintext behind
  append(waiting_, plaintext);
  return {};
}

expected<void, EnvelopeError> ContainerWriter::finish(Bytes& out) {
  SEALHALL_CHECK(!finished_);
  finished_ = true;
  return seal_segment(waiting_, true, out);
}

}  // namespace sealhall::envelope
