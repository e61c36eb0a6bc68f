#include "server/kms/kit_record.h"

#include <algorithm>
#include <charconv>

#include "io/files/files.h"

namespace sealhall::kms {
namespace {

constexpr std::size_t root_digits = 8;
constexpr std::size_t longest = 64;

}  // namespace

std::string kit_record_path(const std::string& folder) { return folder + "/kit.shown"; }

std::string line_of(const KitRecord& record) {
  return record.root + " " + std::to_string(static_cast<std::int64_t>(record.at)) + "\n";
}

expected<void, std::string> write_kit_record(const std::string& folder, const KitRecord& record) {
  const std::string line = line_of(record);
  if (const auto written = io::write_file_atomically(kit_record_path(folder), as_bytes(line), 0600); !written)
    return unexpected(written.error().reason);
  return {};
}

std::optional<KitRecord> read_kit_record(const std::string& folder) {
  const auto bytes = io::read_file(kit_record_path(folder), longest);
  if (!bytes) return std::nullopt;
  const std::string_view line = as_text(*bytes);
  if (line.size() < root_digits + 3 || line[root_digits] != ' ' || line.back() != '\n') return std::nullopt;
  KitRecord record{std::string{line.substr(0, root_digits)}, {}};
  const bool hexadecimal =
      std::ranges::all_of(record.root, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
  std::int64_t at = 0;
  const char* const end = line.data() + line.size() - 1;
  const auto read = std::from_chars(line.data() + root_digits + 1, end, at);
  if (!hexadecimal || read.ec != std::errc{} || read.ptr != end || at < 0) return std::nullopt;
  record.at = UnixMicros{at};
  return record;
}

}  // namespace sealhall::kms
