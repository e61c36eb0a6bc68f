#include "io/log/log.h"

#include <fmt/format.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <memory>

#include "io/log/json_text.h"

namespace sealhall::io {

Loggable loggable(std::string_view id) noexcept {
  constexpr std::size_t shown = 8;
  Loggable out;
  std::copy_n(id.begin(), std::min(shown, id.size()), out.text.begin());
  return out;
}

namespace log {
namespace {

struct Settings {
  std::string process = "sealhall";
  Level least = Level::info;
  Format format = ::isatty(STDERR_FILENO) != 0 ? Format::human : Format::json;
  // Formatting is ours; spdlog takes care of whole lines from several threads.
  spdlog::logger logger{"sealhall", std::make_shared<spdlog::sinks::stderr_sink_mt>()};

  Settings() {
    logger.set_pattern("%v");
    logger.set_level(spdlog::level::trace);
    logger.flush_on(spdlog::level::trace);
  }
};

Settings& settings() {
  static Settings instance;
  return instance;
}

std::string_view level_name(Level level) {
  switch (level) {
    case Level::debug:
      return "debug";
    case Level::info:
      return "info";
    case Level::warning:
      return "warning";
    case Level::error:
      return "error";
  }
  return "error";
}

std::string time_text(std::int64_t unix_micros, Format format) {
  const std::time_t seconds = unix_micros / 1'000'000;
  const auto millis = unix_micros / 1000 % 1000;
  std::tm t{};
  if (format == Format::human) {
    ::localtime_r(&seconds, &t);
    return fmt::format("{:02}:{:02}:{:02}.{:03}", t.tm_hour, t.tm_min, t.tm_sec, millis);
  }
  ::gmtime_r(&seconds, &t);  // RFC 3339 in UTC
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", t.tm_year + 1900, t.tm_mon + 1, t.tm_mday, t.tm_hour,
                     t.tm_min, t.tm_sec, millis);
}

std::string_view field_text(const Field& field) {
  return field.text.data() != nullptr ? field.text : field.short_text.view();
}

std::string field_value(const Field& field, bool json) {
  switch (field.kind) {
    case Field::Kind::integer:
      return std::to_string(field.integer);
    case Field::Kind::real:
      // JSON has no word for infinity or not-a-number (RFC 8259 section 6).
      if (json && !(field.real - field.real == 0.0)) return "null";
      return fmt::format("{}", field.real);
    case Field::Kind::boolean:
      return field.integer != 0 ? "true" : "false";
    case Field::Kind::text:
      break;
  }
  const std::string_view text = field_text(field);
  if (json) return "\"" + json_escape(text) + "\"";
  const bool plain =
      !text.empty() && std::ranges::all_of(text, [](char c) { return c > ' ' && c != '"' && c != '=' && c < 0x7f; });
  return plain ? std::string{text} : "\"" + json_escape(text) + "\"";
}

}  // namespace

std::string format_line(Format format, std::string_view process, std::int64_t unix_micros, Level level,
                        std::string_view message, std::initializer_list<Field> fields) {
  if (format == Format::human) {
    // Escaped as well: a line break or a terminal sequence in a message must not look like a line of ours.
    std::string line = fmt::format("{} {:<7} {:<10} {}", time_text(unix_micros, format), level_name(level), process,
                                   json_escape(message));
    for (const Field& field : fields) line += fmt::format("  {}={}", field.key, field_value(field, false));
    return line;
  }
  std::string line =
      fmt::format(R"({{"time":"{}","level":"{}","process":"{}","message":"{}")", time_text(unix_micros, format),
                  level_name(level), json_escape(process), json_escape(message));
  for (const Field& field : fields)
    line += fmt::format(R"(,"{}":{})", json_escape(field.key), field_value(field, true));
  return line + "}";
}

void start(std::string_view process, Level least, Format format) {
  Settings& s = settings();
  s.process = process;
  s.least = least;
  if (format != Format::automatic) s.format = format;
}

void write(Level level, std::string_view message, std::initializer_list<Field> fields) {
  Settings& s = settings();
  if (level < s.least) return;
  const auto now =
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch());
  const std::string line = format_line(s.format, s.process, now.count(), level, message, fields);
  s.logger.log(spdlog::level::info, spdlog::string_view_t{line.data(), line.size()});
}

}  // namespace log
}  // namespace sealhall::io
