// SFrame header: the one to seventeen bytes in front of every encrypted frame (RFC 9605 section 4.3).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/base/bytes.h"
#include "core/base/expected.h"

namespace sealhall::sframe {

/// KID: which key sealed the frame.
enum class KeyId : std::uint64_t {};

inline constexpr std::size_t max_header_size = 17;

struct Header {
  KeyId key_id{};
  std::uint64_t counter = 0;  ///< CTR

  friend bool operator==(const Header&, const Header&) noexcept = default;
};

struct ParsedHeader {
  Header header;
  std::size_t size = 0;  ///< bytes that the header takes, 1..17
};

enum class HeaderError : std::uint8_t {
  truncated,    ///< fewer bytes than the first byte announces
  not_minimal,  ///< a field has leading zero bytes or would have fitted in the first byte
};

/// Reads the header at the front of `frame`; the bytes after it are not looked at.
/// Every header this accepts is written back identically by `write_header`.
expected<ParsedHeader, HeaderError> parse_header(ByteView frame) noexcept;

/// Writes the shortest encoding and returns its length in bytes, 1..17.
std::size_t write_header(const Header& header, std::span<std::uint8_t, max_header_size> out) noexcept;

/// The length that `write_header` will use.
std::size_t header_size(const Header& header) noexcept;

}  // namespace sealhall::sframe
