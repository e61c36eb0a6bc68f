// Builds one line of JSON, field by field in order.
#pragma once

#include <cmath>
#include <concepts>
#include <cstdio>
#include <string>
#include <string_view>

#include "io/http/message.h"

namespace sealhall::cli {

class JsonObject {
 public:
  JsonObject& add(std::string_view key, std::string_view value) {
    return raw(key, "\"" + io::json_escape(value) + "\"");
  }
  JsonObject& add(std::string_view key, const char* value) { return add(key, std::string_view(value)); }
  JsonObject& add(std::string_view key, const std::string& value) { return add(key, std::string_view(value)); }
  JsonObject& add(std::string_view key, bool value) { return raw(key, value ? "true" : "false"); }
  template <std::integral T>
    requires(!std::same_as<T, bool>)
  JsonObject& add(std::string_view key, T value) {
    return raw(key, std::to_string(value));
  }
  /// Three decimals; what is no number becomes null.
  JsonObject& add(std::string_view key, double value) {
    if (!std::isfinite(value)) return raw(key, "null");
    char text[40];
    std::snprintf(text, sizeof text, "%.3f", value);
    return raw(key, text);
  }
  JsonObject& add(std::string_view key, const JsonObject& value) { return raw(key, value.text()); }
  /// `json` is JSON already.
  JsonObject& raw(std::string_view key, std::string_view json) {
    body_ += body_.empty() ? "\"" : ",\"";
    body_ += io::json_escape(key);
    body_ += "\":";
    body_ += json;
    return *this;
  }
  [[nodiscard]] std::string text() const { return "{" + body_ + "}"; }

 private:
  std::string body_;
};

class JsonArray {
 public:
  void add(const JsonObject& value) { raw(value.text()); }
  void raw(std::string_view json) {
    if (!body_.empty()) body_ += ',';
    body_ += json;
  }
  [[nodiscard]] std::string text() const { return "[" + body_ + "]"; }

 private:
  std::string body_;
};

}  // namespace sealhall::cli
