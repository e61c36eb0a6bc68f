// Logging: one line an event, as JSON when standard error is not a terminal, readable text when it is.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>

namespace sealhall::io {

/// The first eight characters of an id, the only form in which an id may reach a log: enough to follow one object
/// through a file, too little to use it.
struct Loggable {
  std::array<char, 12> text{};
  [[nodiscard]] std::string_view view() const noexcept { return {text.data()}; }
};
Loggable loggable(std::string_view id) noexcept;
template <typename T>
  requires std::is_integral_v<T> || std::is_enum_v<T>
Loggable loggable(T id) noexcept {
  return loggable(std::string_view{std::to_string(static_cast<std::uint64_t>(id))});
}

namespace log {

enum class Level : std::uint8_t { debug, info, warning, error };

/// A named value beside the message. Never content, names of people, tokens or whole ids.
struct Field {
  enum class Kind : std::uint8_t { text, integer, real, boolean };
  std::string_view key;
  Kind kind;
  Loggable short_text{};
  std::string_view text{};
  std::int64_t integer = 0;
  double real = 0;

  Field(std::string_view k, std::string_view v) : key(k), kind(Kind::text), text(v) {}
  Field(std::string_view k, const char* v) : key(k), kind(Kind::text), text(v) {}
  Field(std::string_view k, const std::string& v) : key(k), kind(Kind::text), text(v) {}
  Field(std::string_view k, const Loggable& v) : key(k), kind(Kind::text), short_text(v) {}
  Field(std::string_view k, bool v) : key(k), kind(Kind::boolean), integer(v ? 1 : 0) {}
  Field(std::string_view k, double v) : key(k), kind(Kind::real), real(v) {}
  template <typename T>
    requires(std::is_integral_v<T> && !std::is_same_v<T, bool>)
  Field(std::string_view k, T v) : key(k), kind(Kind::integer), integer(static_cast<std::int64_t>(v)) {}
};

enum class Format : std::uint8_t { automatic, json, human };

/// Names the process in each line ("control", "media-0") and sets what is written. Call once at the start; before it
/// everything from `info` up goes to standard error with the name "sealhall".
void start(std::string_view process, Level least = Level::info, Format format = Format::automatic);

void write(Level level, std::string_view message, std::initializer_list<Field> fields = {});
inline void debug(std::string_view m, std::initializer_list<Field> f = {}) { write(Level::debug, m, f); }
inline void info(std::string_view m, std::initializer_list<Field> f = {}) { write(Level::info, m, f); }
inline void warning(std::string_view m, std::initializer_list<Field> f = {}) { write(Level::warning, m, f); }
inline void error(std::string_view m, std::initializer_list<Field> f = {}) { write(Level::error, m, f); }

/// The line that `write` would write, without its newline. For tests and for the terminal view.
std::string format_line(Format format, std::string_view process, std::int64_t unix_micros, Level level,
                        std::string_view message, std::initializer_list<Field> fields);

}  // namespace log
}  // namespace sealhall::io
