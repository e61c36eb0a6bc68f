// Tested in container_test.cc
#include <algorithm>
#include <utility>

#include "core/base/check.h"
#include "core/envelope/container_format.h"

namespace sealhall::envelope {
namespace {

constexpr std::uint64_t segment_offset(std::uint64_t index) noexcept {
  return container_header_size + index * sealed_segment_size;
}

}  // namespace

expected<ByteRange, EnvelopeError> ContainerReader::last_segment(std::uint64_t size) {
  if (size < container_header_size) return unexpected(EnvelopeError::malformed);
  const std::uint64_t full = (size - container_header_size) / sealed_segment_size;
  const std::uint64_t rest = (size - container_header_size) % sealed_segment_size;
  // A full segment is never the last one, so a container that was cut between two segments has no last segment.
  if (rest < crypto::aead_tag_size) return unexpected(EnvelopeError::incomplete);
  if (full >= max_segments) return unexpected(EnvelopeError::malformed);
  return ByteRange{segment_offset(full), rest};
}

expected<ContainerReader, EnvelopeError> ContainerReader::start(const Context& context, const Key& key,
                                                                ByteView header) {
  if (const auto known = read_container_header(header); !known) return unexpected(known.error());
  const auto place = encode_context(context);
  if (!place) return unexpected(place.error());
  const detail::Derived derived = detail::derive_container(key, header, *place);
  if (!constant_time_equal(derived.commitment(), header.subspan(detail::commitment_at, detail::commitment_size)))
    return unexpected(EnvelopeError::wrong_key);
  auto opener = crypto::AeadOpener::create(crypto::AeadAlgorithm::aes_256_gcm, derived.key());
  SEALHALL_CHECK(opener.has_value());
  ContainerReader reader{std::move(*opener)};
  std::ranges::copy(header.subspan(detail::nonce_prefix_at, detail::nonce_prefix_size), reader.nonce_prefix_.begin());
  return reader;
}

bool ContainerReader::open_segment(std::uint64_t index, bool last, ByteView sealed, MutableBytes out) noexcept {
  return opener_.open(detail::segment_nonce(nonce_prefix_, index, last), {}, sealed, out).has_value();
}

expected<ContainerReader, EnvelopeError> ContainerReader::open(const Context& context, const Key& key, ByteView header,
                                                               ByteView last, std::uint64_t size) {
  const auto place = last_segment(size);
  if (!place) return unexpected(place.error());
  if (last.size() != place->size) return unexpected(EnvelopeError::malformed);
  auto reader = start(context, key, header);
  if (!reader) return reader;
  const std::uint64_t index = (size - container_header_size) / sealed_segment_size;
  SecretBytes room{last.size() - crypto::aead_tag_size};
  if (!reader->open_segment(index, true, last, room.reveal_mutable())) return unexpected(EnvelopeError::not_authentic);
  reader->size_ = index * segment_size + room.size();
  reader->complete_ = true;
  return reader;
}

expected<ContainerReader, EnvelopeError> ContainerReader::recover(const Context& context, const Key& key,
                                                                  ByteView header, std::uint64_t size,
                                                                  const std::function<Bytes(ByteRange)>& read) {
  auto reader = start(context, key, header);
  if (!reader) return reader;
  if (size < container_header_size) return unexpected(EnvelopeError::malformed);
  const std::uint64_t full = std::min((size - container_header_size) / sealed_segment_size, max_segments);
  SecretBytes room{segment_size};
  std::uint64_t index = 0;
  for (; index < full; ++index) {
    const Bytes sealed = read({segment_offset(index), sealed_segment_size});
    if (sealed.size() != sealed_segment_size || !reader->open_segment(index, false, sealed, room.reveal_mutable()))
      break;
  }
  reader->size_ = index * segment_size;
  if (const auto place = last_segment(size); index == full && place) {
    const Bytes sealed = read(*place);
    if (sealed.size() == place->size && reader->open_segment(index, true, sealed, room.reveal_mutable())) {
      reader->size_ += sealed.size() - crypto::aead_tag_size;
      reader->complete_ = true;
    }
  }
  return reader;
}

expected<ContainerReader, EnvelopeError> ContainerReader::open_recovered(const Context& context, const Key& key,
                                                                         ByteView header, std::uint64_t content) {
  if (content % segment_size != 0 || content / segment_size > max_segments) return unexpected(EnvelopeError::malformed);
  auto reader = start(context, key, header);
  if (reader) reader->size_ = content;
  return reader;
}

expected<ByteRange, EnvelopeError> ContainerReader::sealed_range(ByteRange wanted) const {
  if (wanted.offset > size_ || wanted.size > size_ - wanted.offset) return unexpected(EnvelopeError::out_of_range);
  if (wanted.size == 0) return ByteRange{container_header_size, 0};
  const std::uint64_t first = wanted.offset / segment_size;
  const std::uint64_t last = (wanted.offset + wanted.size - 1) / segment_size;
  const std::uint64_t in_last = std::min<std::uint64_t>(size_ - last * segment_size, segment_size);
  return ByteRange{segment_offset(first), (last - first) * sealed_segment_size + in_last + crypto::aead_tag_size};
}

expected<Bytes, EnvelopeError> ContainerReader::open_range(ByteRange wanted, ByteView sealed) {
  const auto range = sealed_range(wanted);
  if (!range) return unexpected(range.error());
  if (sealed.size() != range->size) return unexpected(EnvelopeError::malformed);
  Bytes out(static_cast<std::size_t>(wanted.size));
  std::size_t filled = 0;
  SecretBytes room;  // for the segments at both ends, of which only a part is wanted
  for (std::uint64_t index = wanted.offset / segment_size; filled < out.size(); ++index) {
    const ByteView segment = sealed.first(std::min(sealed.size(), sealed_segment_size));
    sealed = sealed.subspan(segment.size());
    const std::size_t holds = segment.size() - crypto::aead_tag_size;
    const std::uint64_t begins = index * segment_size;
    const std::size_t skip = filled == 0 ? static_cast<std::size_t>(wanted.offset - begins) : 0;
    const std::size_t take = std::min(holds - skip, out.size() - filled);
    const bool last = complete_ && index == size_ / segment_size;
    bool good = false;
    if (take == holds) {
      good = open_segment(index, last, segment, MutableBytes{out}.subspan(filled));
    } else {
      if (room.size() == 0) room = SecretBytes{segment_size};
      good = open_segment(index, last, segment, room.reveal_mutable());
      if (good) std::copy_n(room.reveal().begin() + static_cast<std::ptrdiff_t>(skip), take, out.begin() + filled);
    }
    if (!good) {
      wipe(out);
      return unexpected(EnvelopeError::not_authentic);
    }
    filled += take;
  }
  return out;
}

}  // namespace sealhall::envelope
