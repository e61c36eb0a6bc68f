// Answers as XML 1.0: elements and text, escaped. Nothing that comes from outside can become markup.
#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <vector>

namespace sealhall::bbb {

class Xml {
 public:
  /// <response><returncode>..</returncode>
  static Xml success();
  /// The whole answer of a call that failed.
  static std::string failed(std::string_view message_key, std::string_view message);

  /// Names are ours, or were checked by `is_element_name`.
  Xml& open(std::string_view name);
  Xml& close();
  Xml& element(std::string_view name, std::string_view text);
  Xml& element(std::string_view name, const char* text) { return element(name, std::string_view{text}); }
  Xml& element(std::string_view name, bool value) { return element(name, std::string_view{value ? "true" : "false"}); }
  template <std::integral T>
    requires(!std::same_as<T, bool>)
  Xml& element(std::string_view name, T number) {
    return element(name, std::string_view{std::to_string(number)});
  }
  Xml& message(std::string_view key, std::string_view text) {
    return element("messageKey", key).element("message", text);
  }
  /// Closes everything that is open.
  std::string finish();

 private:
  std::string out_;
  std::vector<std::string> open_;
};

/// Letters, digits, '-', '_' and '.', beginning with a letter, at most 64.
bool is_element_name(std::string_view name) noexcept;

/// Escaped for text and attributes; characters that XML 1.0 section 2.2 does not have are left out. `text` is UTF-8.
std::string xml_text(std::string_view text);

}  // namespace sealhall::bbb
