// Vector files as JSON values, for tests outside of core. Numbers stay 64-bit integers (SFrame has counters up to 2^64
// - 1).
#pragma once

#include <boost/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/encoding.h"
#include "tests/support/vectors.h"

namespace sealhall::test {

/// nullopt when the file is not there (and that was printed). A file that is not JSON throws.
inline std::optional<boost::json::value> load_vectors(std::string_view file) {
  const auto text = read_vectors(file);
  if (!text) return std::nullopt;
  return boost::json::parse(*text);
}

inline std::string_view text_of(const boost::json::value& object, std::string_view key) {
  const auto& text = object.at(key).as_string();
  return {text.data(), text.size()};
}
/// A hexadecimal string field as bytes.
inline Bytes hex_of(const boost::json::value& object, std::string_view key) {
  return from_hex(text_of(object, key)).value();
}
inline std::uint64_t number_of(const boost::json::value& object, std::string_view key) {
  return object.at(key).to_number<std::uint64_t>();
}
inline bool has_flag(const boost::json::value& test_case, std::string_view flag) {
  for (const auto& value : test_case.at("flags").as_array()) {
    if (value.as_string() == flag) return true;
  }
  return false;
}

}  // namespace sealhall::test
