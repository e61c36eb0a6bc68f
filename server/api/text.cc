#include "server/api/text.h"

#include <chrono>
#include <ctime>

namespace sealhall::api {
namespace {

std::string formatted(UnixMicros time, const char* format) {
  // Floor, also before 1970.
  const std::int64_t micros = static_cast<std::int64_t>(time);
  const auto seconds = static_cast<std::time_t>(micros >= 0 ? micros / 1'000'000 : -((-micros + 999'999) / 1'000'000));
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof text, format, &parts)};
}

/// Takes text from the front.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}
  /// Exactly `digits` digits.
  std::optional<int> number(std::size_t digits) {
    if (text_.size() < digits) return std::nullopt;
    int value = 0;
    for (const char c : text_.substr(0, digits)) {
      if (c < '0' || c > '9') return std::nullopt;
      value = value * 10 + (c - '0');
    }
    text_.remove_prefix(digits);
    return value;
  }
  bool sign(std::string_view any_of) {
    if (text_.empty() || any_of.find(text_.front()) == std::string_view::npos) return false;
    last_ = text_.front();
    text_.remove_prefix(1);
    return true;
  }
  [[nodiscard]] char last() const noexcept { return last_; }
  [[nodiscard]] bool done() const noexcept { return text_.empty(); }
  [[nodiscard]] bool at_digit() const noexcept {
    return !text_.empty() && text_.front() >= '0' && text_.front() <= '9';
  }

 private:
  std::string_view text_;
  char last_ = 0;
};

}  // namespace

std::string rfc3339(UnixMicros time) { return formatted(time, "%Y-%m-%dT%H:%M:%SZ"); }
std::string day_of(UnixMicros time) { return formatted(time, "%Y-%m-%d"); }

std::optional<UnixMicros> parse_time(std::string_view text) {
  Reader in{text};
  const auto year = in.number(4);
  if (!year || !in.sign("-")) return std::nullopt;
  const auto month = in.number(2);
  if (!month || !in.sign("-")) return std::nullopt;
  const auto day = in.number(2);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{*year}, std::chrono::month{static_cast<unsigned>(*month)},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok()) return std::nullopt;
  std::int64_t micros = std::chrono::sys_days{date}.time_since_epoch().count() * std::int64_t{86'400'000'000};
  if (in.done()) return UnixMicros{micros};
  if (!in.sign("Tt ")) return std::nullopt;
  const auto hour = in.number(2);
  if (!hour || *hour > 23 || !in.sign(":")) return std::nullopt;
  const auto minute = in.number(2);
  if (!minute || *minute > 59 || !in.sign(":")) return std::nullopt;
  const auto second = in.number(2);
  if (!second || *second > 60) return std::nullopt;  // 60: a leap second
  micros += ((*hour * 60 + *minute) * std::int64_t{60} + *second) * 1'000'000;
  if (in.sign(".")) {
    if (!in.at_digit()) return std::nullopt;
    for (std::int64_t unit = 100'000; in.at_digit(); unit /= 10) micros += *in.number(1) * unit;
  }
  if (in.sign("Zz")) return in.done() ? std::optional{UnixMicros{micros}} : std::nullopt;
  if (!in.sign("+-")) return std::nullopt;
  const std::int64_t direction = in.last() == '+' ? -1 : 1;
  const auto offset_hour = in.number(2);
  if (!offset_hour || *offset_hour > 23 || !in.sign(":")) return std::nullopt;
  const auto offset_minute = in.number(2);
  if (!offset_minute || *offset_minute > 59 || !in.done()) return std::nullopt;
  return UnixMicros{micros + direction * (*offset_hour * 60 + *offset_minute) * std::int64_t{60'000'000}};
}

std::string html_escape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

}  // namespace sealhall::api
