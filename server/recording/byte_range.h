// The one range that a player asks for: "Range: bytes=a-b" (RFC 9110 section 14).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/base/expected.h"

namespace sealhall::recordings {

struct ByteSpan {
  std::uint64_t from = 0;
  std::uint64_t size = 0;
  bool operator==(const ByteSpan&) const noexcept = default;
};
struct RangeNotSatisfiable {};

/// The part of `total` bytes that is asked for; nullopt: all of it (no range, several, or a unit that is not bytes,
/// which may be ignored). An error becomes 416.
inline expected<std::optional<ByteSpan>, RangeNotSatisfiable> byte_range(std::optional<std::string_view> header,
                                                                         std::uint64_t total) {
  constexpr std::string_view unit = "bytes=";
  if (!header || !header->starts_with(unit)) return std::optional<ByteSpan>{};
  const std::string_view range = header->substr(unit.size());
  const std::size_t dash = range.find('-');
  if (dash == std::string_view::npos || range.find(',') != std::string_view::npos) return std::optional<ByteSpan>{};
  const auto number = [](std::string_view digits) -> std::optional<std::uint64_t> {
    if (digits.empty() || digits.size() > 18) return std::nullopt;
    std::uint64_t value = 0;
    for (const char c : digits) {
      if (c < '0' || c > '9') return std::nullopt;
      value = value * 10 + static_cast<std::uint64_t>(c - '0');
    }
    return value;
  };
  const auto first = number(range.substr(0, dash));
  const auto last = number(range.substr(dash + 1));
  const bool open_end = dash + 1 == range.size();
  if (dash == 0) {  // the last so many
    if (!last) return std::optional<ByteSpan>{};
    if (*last == 0 || total == 0) return unexpected(RangeNotSatisfiable{});
    const std::uint64_t size = *last < total ? *last : total;
    return std::optional{ByteSpan{total - size, size}};
  }
  if (!first || (!open_end && !last) || (last && *last < *first)) return std::optional<ByteSpan>{};
  if (*first >= total) return unexpected(RangeNotSatisfiable{});
  const std::uint64_t end = open_end || *last >= total ? total : *last + 1;
  return std::optional{ByteSpan{*first, end - *first}};
}

}  // namespace sealhall::recordings
