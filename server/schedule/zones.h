// Time zones by their IANA names, read from the system's database when they are first asked for.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "server/schedule/zone.h"

namespace sealhall::schedule {

class Zones {
 public:
  /// `folder` is the compiled database (Debian package tzdata).
  explicit Zones(std::string folder = "/usr/share/zoneinfo") : folder_(std::move(folder)) {}

  /// "Asia/Taipei", "UTC", ..; nullptr for a name that there is not. Lives as long as this object.
  /// Reads a small file the first time; an unknown name costs one look at the disk.
  const TimeZone* find(std::string_view name);

 private:
  std::string folder_;
  std::map<std::string, std::unique_ptr<const TimeZone>, std::less<>> known_;
};

/// True for what may be a zone's name and cannot lead out of the folder: parts of letters, digits, '_', '+', '-' with
/// '/' between, at most 64 characters.
bool is_zone_name(std::string_view name) noexcept;

}  // namespace sealhall::schedule
