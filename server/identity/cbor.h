// The part of CBOR (RFC 8949) that authenticators write: definite lengths, whole numbers, byte and text strings, lists,
// maps, true, false, null. Tags, floating point numbers and indefinite lengths are refused (CTAP2 canonical form).
#pragma once

#include <cstdint>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/expected.h"

namespace sealhall::identity {

enum class CborError : std::uint8_t {
  truncated,      ///< the data ends inside an item
  not_supported,  ///< a tag, a float, an indefinite length, a reserved value
  not_minimal,    ///< a number or length that is written longer than needed
  too_deep,       ///< more than `max_cbor_depth` levels
  too_many,       ///< more than `max_cbor_items` items in all
  bad_text,       ///< a text that is not UTF-8
  duplicate_key,  ///< a map has one key twice
  number_range,   ///< a negative number below -2^63
};

/// An attestation object has three levels and some twenty items.
inline constexpr std::size_t max_cbor_depth = 8;
inline constexpr std::size_t max_cbor_items = 256;

/// One item. Strings are views of the parsed bytes.
struct Cbor {
  using List = std::vector<Cbor>;
  /// Equally many of both, the n-th value under the n-th key.
  struct Map {
    List keys;
    List values;
  };
  struct Null {
    bool operator==(const Null&) const = default;
  };
  std::variant<Null, bool, std::uint64_t, std::int64_t, ByteView, std::string_view, List, Map> value;

  [[nodiscard]] const Map* map() const noexcept { return std::get_if<Map>(&value); }
  [[nodiscard]] const List* list() const noexcept { return std::get_if<List>(&value); }
  [[nodiscard]] const ByteView* bytes() const noexcept { return std::get_if<ByteView>(&value); }
  [[nodiscard]] const std::string_view* text() const noexcept { return std::get_if<std::string_view>(&value); }
  /// Whether it is this whole number.
  [[nodiscard]] bool is(std::int64_t number) const noexcept;
  /// The value of a map under a text or a number; null when there is none or this is no map.
  [[nodiscard]] const Cbor* at(std::string_view key) const noexcept;
  [[nodiscard]] const Cbor* at(std::int64_t key) const noexcept;
};

struct ParsedCbor {
  Cbor item;
  std::size_t size = 0;  ///< bytes that it takes at the front of the data
};

/// Reads one item at the front of `data`; what follows is not looked at. Numbers from 0 are std::uint64_t, below
/// std::int64_t.
expected<ParsedCbor, CborError> parse_cbor(ByteView data);

}  // namespace sealhall::identity
