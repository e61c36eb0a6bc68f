#include "client/admin/schedule_words.h"

#include <array>
#include <boost/json/array.hpp>
#include <charconv>
#include <cstdlib>
#include <filesystem>

namespace sealhall::admin {
namespace {

constexpr std::array days{"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

/// 1 is Sunday; 0 for no weekday. A whole name is a weekday too.
unsigned weekday_of(std::string_view word) {
  for (std::size_t i = 0; i < days.size(); ++i) {
    if (word.starts_with(days.at(i))) return static_cast<unsigned>(i + 1);
  }
  return 0;
}

std::optional<unsigned> number_of(std::string_view text) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return number;
}

unexpected<std::string> not_understood(std::string_view repeat) {
  return unexpected(
      "\"" + std::string{repeat} +
      "\" is not understood. Say daily, weekly, weekly:mon,wed, monthly:15, monthly:last-fri or monthly:2-tue.");
}

bool read_weekly(std::string_view list, boost::json::object& out) {
  std::string numbers;
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    const unsigned day = weekday_of(list.substr(0, comma));
    if (day == 0) return false;
    numbers += (numbers.empty() ? "" : ",") + std::to_string(day);
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  out["weekly_days"] = numbers;
  return !numbers.empty();
}

bool read_monthly(std::string_view which, boost::json::object& out) {
  if (const auto day = number_of(which)) {
    out["monthly_day"] = *day;
    return *day >= 1 && *day <= 31;
  }
  const std::size_t dash = which.find('-');
  if (dash == std::string_view::npos) return false;
  const unsigned day = weekday_of(which.substr(dash + 1));
  const auto week = number_of(which.substr(0, dash));
  const bool last = which.substr(0, dash) == "last";
  if (day == 0 || (!last && (!week || *week < 1 || *week > 4))) return false;
  out["monthly_week"] = last ? -1 : static_cast<int>(*week);
  out["monthly_week_day"] = day;
  return true;
}

}  // namespace

expected<boost::json::object, std::string> recurrence_of(const RepeatWords& words) {
  const std::string_view repeat = words.repeat;
  const std::string_view kind = repeat.substr(0, repeat.find(':'));
  const bool more = kind.size() < repeat.size();
  const std::string_view rest = more ? repeat.substr(kind.size() + 1) : std::string_view{};
  boost::json::object out{{"repeat_interval", words.every}};
  if (kind == "daily" && !more) {
    out["type"] = 1;
  } else if (kind == "weekly") {
    out["type"] = 2;
    if (more && !read_weekly(rest, out)) return not_understood(repeat);
  } else if (kind == "monthly") {
    out["type"] = 3;
    if (more && !read_monthly(rest, out)) return not_understood(repeat);
  } else {
    return not_understood(repeat);
  }
  if (words.times > 0 && !words.until.empty())
    return unexpected(std::string{"Say how often with --times, or until when with --until, not both."});
  if (words.times > 0) out["end_times"] = words.times;
  if (!words.until.empty()) {
    const auto until = start_time_of(words.until.size() == 10 ? words.until + " 23:59" : words.until);
    if (!until) return unexpected("\"" + words.until + "\" is no day. It looks like 2026-12-31.");
    out["end_date_time"] = *until;
  }
  return out;
}

std::optional<std::string> start_time_of(std::string_view text) {
  std::string out{text};
  const bool utc = out.ends_with('Z');
  if (utc) out.pop_back();
  if (out.size() == 16) out += ":00";
  if (out.size() != 19) return std::nullopt;
  constexpr std::string_view form = "0000-00-00T00:00:00";
  if (out[10] == ' ') out[10] = 'T';
  for (std::size_t i = 0; i < form.size(); ++i) {
    const bool digit = out[i] >= '0' && out[i] <= '9';
    if (form[i] == '0' ? !digit : out[i] != form[i]) return std::nullopt;
  }
  return utc ? out + "Z" : out;
}

boost::json::array invitees_of(const std::vector<std::string>& addresses) {
  boost::json::array out;
  for (const std::string& address : addresses) out.push_back(boost::json::object{{"email", address}});
  return out;
}

std::string zone_of_this_machine() {
  if (const char* zone = std::getenv("TZ"); zone != nullptr && *zone != '\0' && *zone != ':') return zone;
  std::error_code error;
  const std::string target = std::filesystem::read_symlink("/etc/localtime", error).string();
  constexpr std::string_view folder = "zoneinfo/";
  const std::size_t at = target.find(folder);
  return error || at == std::string::npos ? "UTC" : target.substr(at + folder.size());
}

}  // namespace sealhall::admin
