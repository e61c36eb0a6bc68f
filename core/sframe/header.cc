#include "core/sframe/header.h"

#include <bit>

namespace sealhall::sframe {
namespace {

// The first byte is X|K(3)|Y|C(3): X and Y say that K and C are lengths less one, not values (RFC 9605 section 4.3).
constexpr unsigned extended = 0x8;
constexpr unsigned low_bits = 0x7;
constexpr std::uint64_t first_extended_value = 8;

/// Bytes behind the first one: none when the value fits in its three bits.
std::size_t extra_bytes(std::uint64_t value) noexcept {
  if (value < first_extended_value) return 0;
  return (static_cast<std::size_t>(std::bit_width(value)) + 7) / 8;
}

unsigned nibble(std::uint64_t value) noexcept {
  const std::size_t extra = extra_bytes(value);
  return extra == 0 ? static_cast<unsigned>(value) : extended | static_cast<unsigned>(extra - 1);
}

void write_value(ByteWriter& out, std::uint64_t value) noexcept {
  for (std::size_t left = extra_bytes(value); left > 0; --left) {
    out.u8(static_cast<std::uint8_t>(value >> (8 * (left - 1))));
  }
}

expected<std::uint64_t, HeaderError> read_value(ByteReader& in, unsigned field) noexcept {
  if ((field & extended) == 0) return field;
  const std::size_t length = (field & low_bits) + 1;
  const ByteView bytes = in.bytes(length);
  if (!in.ok()) return unexpected(HeaderError::truncated);
  std::uint64_t value = 0;
  for (const std::uint8_t byte : bytes) value = value << 8 | byte;
  // The minimal number of bytes MUST be used (section 4.3): otherwise one frame would have several headers.
  if (extra_bytes(value) != length) return unexpected(HeaderError::not_minimal);
  return value;
}

}  // namespace

expected<ParsedHeader, HeaderError> parse_header(ByteView frame) noexcept {
  ByteReader in{frame};
  const unsigned first = in.u8();
  if (!in.ok()) return unexpected(HeaderError::truncated);
  const auto key_id = read_value(in, first >> 4);
  if (!key_id) return unexpected(key_id.error());
  const auto counter = read_value(in, first & 0xf);
  if (!counter) return unexpected(counter.error());
  return ParsedHeader{{KeyId{*key_id}, *counter}, in.position()};
}

std::size_t write_header(const Header& header, std::span<std::uint8_t, max_header_size> out) noexcept {
  const auto key_id = static_cast<std::uint64_t>(header.key_id);
  ByteWriter writer{out};
  writer.u8(static_cast<std::uint8_t>(nibble(key_id) << 4 | nibble(header.counter)));
  write_value(writer, key_id);
  write_value(writer, header.counter);
  return writer.size();
}

std::size_t header_size(const Header& header) noexcept {
  return 1 + extra_bytes(static_cast<std::uint64_t>(header.key_id)) + extra_bytes(header.counter);
}

}  // namespace sealhall::sframe
