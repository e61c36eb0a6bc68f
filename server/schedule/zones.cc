#include "server/schedule/zones.h"

#include <algorithm>

#include "io/files/files.h"

namespace sealhall::schedule {

bool is_zone_name(std::string_view name) noexcept {
  if (name.empty() || name.size() > 64 || name.front() == '/' || name.back() == '/') return false;
  return name.find("//") == std::string_view::npos && std::ranges::all_of(name, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '+' ||
                  c == '-' || c == '/';
         });
}

const TimeZone* Zones::find(std::string_view name) {
  if (const auto it = known_.find(name); it != known_.end()) return it->second.get();
  if (!is_zone_name(name)) return nullptr;
  const std::string key{name};
  if (name == "UTC") return (known_[key] = std::make_unique<const TimeZone>(TimeZone::utc())).get();
  constexpr std::size_t largest = 64U << 10;
  const auto bytes = io::read_file(folder_ + "/" + key, largest);
  if (!bytes) return nullptr;
  auto zone = TimeZone::parse(*bytes);
  if (!zone) return nullptr;
  return (known_[key] = std::make_unique<const TimeZone>(std::move(*zone))).get();
}

}  // namespace sealhall::schedule
