// Tested in container_test.cc
#include <algorithm>

#include "core/crypto/hash.h"
#include "core/envelope/container_format.h"

namespace sealhall::envelope {

namespace detail {

Derived derive_container(const Key& key, ByteView header, ByteView context) noexcept {
  return Derived{key, header.subspan(salt_at, salt_size), container_label, crypto::sha256(header.first(fixed_size)),
                 context};
}

}  // namespace detail

expected<ContainerHeader, EnvelopeError> read_container_header(ByteView header) {
  using namespace detail;
  if (header.size() != container_header_size) return unexpected(EnvelopeError::malformed);
  ByteReader reader{header};
  if (!equal(reader.bytes(container_magic.size()), container_magic)) return unexpected(EnvelopeError::malformed);
  if (reader.u8() != format_version || reader.u8() != suite_1 || reader.u8() != segment_bits)
    return unexpected(EnvelopeError::unknown_version);
  if (reader.u8() != 0 || reader.u32() != container_header_size) return unexpected(EnvelopeError::malformed);
  ContainerHeader out;
  std::ranges::copy(reader.bytes(out.object_id.size()), out.object_id.begin());
  reader.skip(salt_size + nonce_prefix_size);
  if (reader.u8() != 0) return unexpected(EnvelopeError::malformed);
  reader.skip(commitment_size);
  const ByteView wrapped = reader.bytes(reader.u16());
  if (!reader.ok() || !std::ranges::all_of(reader.rest(), [](std::uint8_t byte) { return byte == 0; }))
    return unexpected(EnvelopeError::malformed);
  if (const auto known = read_wrapped_key(wrapped); !known) return unexpected(known.error());
  out.wrapped_key.assign(wrapped.begin(), wrapped.end());
  return out;
}

expected<void, EnvelopeError> replace_wrapped_key(MutableBytes header, ByteView wrapped_key) {
  if (const auto known = read_wrapped_key(wrapped_key); !known) return unexpected(known.error());
  if (const auto known = read_container_header(header); !known) return unexpected(known.error());
  ByteWriter writer{header.subspan(detail::wrapped_length_at)};
  writer.u16(static_cast<std::uint16_t>(wrapped_key.size()));
  writer.bytes(wrapped_key);
  std::ranges::fill(header.subspan(detail::wrapped_at + wrapped_key.size()), std::uint8_t{0});
  return {};
}

}  // namespace sealhall::envelope
