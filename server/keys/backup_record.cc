#include "server/keys/backup_record.h"

#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>

#include "io/files/files.h"

namespace sealhall::keys {
namespace {

constexpr std::int64_t second = 1'000'000;

std::string file_in(const std::string& data) { return data + "/backup.last"; }

std::string text_of(UnixMicros at) {
  using namespace std::chrono;
  const sys_seconds time{seconds{static_cast<std::int64_t>(at) / second}};
  const auto day = floor<days>(time);
  const year_month_day date{day};
  const hh_mm_ss clock{time - day};
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return text.data();
}

/// The whole of it, in decimal.
template <class Number>
std::optional<Number> number_of(std::string_view text) {
  Number value{};
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// "2026-11-28T08:00:00Z" exactly: it is our own.
std::optional<UnixMicros> time_of(std::string_view text) {
  using namespace std::chrono;
  constexpr std::string_view form = "0000-00-00T00:00:00Z";
  if (text.size() != form.size()) return std::nullopt;
  for (std::size_t i = 0; i < form.size(); ++i) {
    if (form[i] == '0' ? text[i] < '0' || text[i] > '9' : text[i] != form[i]) return std::nullopt;
  }
  const auto part = [text](std::size_t from, std::size_t size) { return *number_of<int>(text.substr(from, size)); };
  const year_month_day date{year{part(0, 4)}, month{static_cast<unsigned>(part(5, 2))},
                            day{static_cast<unsigned>(part(8, 2))}};
  if (!date.ok() || part(11, 2) > 23 || part(14, 2) > 59 || part(17, 2) > 59) return std::nullopt;
  const auto time = sys_days{date} + hours{part(11, 2)} + minutes{part(14, 2)} + seconds{part(17, 2)};
  return UnixMicros{duration_cast<seconds>(time.time_since_epoch()).count() * second};
}

}  // namespace

std::string encode_backup_record(const BackupRecord& record) {
  std::string text = text_of(record.at) + "\n";
  if (record.bytes) text += "bytes " + std::to_string(*record.bytes) + "\n";
  const bool plain = record.place.find_first_of("\r\n") == std::string::npos;
  if (!record.place.empty() && plain) text += "place " + record.place + "\n";
  return text;
}

std::optional<BackupRecord> decode_backup_record(std::string_view text) {
  const auto line = [&text] {
    const std::string_view first = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(first.size() + 1, text.size()));
    return first;
  };
  const auto at = time_of(line());
  if (!at) return std::nullopt;
  BackupRecord record{.at = *at};
  while (!text.empty()) {
    const std::string_view next = line();
    if (next.starts_with("bytes ")) record.bytes = number_of<std::uint64_t>(next.substr(6));
    if (next.starts_with("place ")) record.place = next.substr(6);
  }
  return record;
}

std::optional<BackupRecord> last_backup(const std::string& data) {
  const auto text = io::read_file(file_in(data), 16U << 10);
  if (!text) return std::nullopt;
  return decode_backup_record(as_text(*text));
}

expected<void, std::string> remember_backup(const std::string& data, const BackupRecord& record) {
  const std::string text = encode_backup_record(record);
  if (const auto written = io::write_file_atomically(file_in(data), as_bytes(text), 0600); !written)
    return unexpected(written.error().reason);
  return {};
}

}  // namespace sealhall::keys
