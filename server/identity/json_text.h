// Reading JSON of strangers without exceptions: bounded, and every access says what it wants.
#pragma once

#include <boost/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace sealhall::identity {

/// The object of `text`; nullopt when it is too large, no JSON, or something else.
inline std::optional<boost::json::object> json_object(std::string_view text, std::size_t max_size) {
  if (text.size() > max_size) return std::nullopt;
  boost::json::parse_options options;
  options.max_depth = 16;
  boost::json::error_code error;
  boost::json::value value = boost::json::parse({text.data(), text.size()}, error, {}, options);
  if (error || !value.is_object()) return std::nullopt;
  return std::move(value.get_object());
}

inline const boost::json::value* member(const boost::json::object& object, std::string_view name) {
  return object.if_contains({name.data(), name.size()});
}

/// The text of a member; nullopt when it is absent or something else.
inline std::optional<std::string_view> text_member(const boost::json::object& object, std::string_view name) {
  const boost::json::value* value = member(object, name);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return std::string_view{value->get_string().data(), value->get_string().size()};
}

}  // namespace sealhall::identity
