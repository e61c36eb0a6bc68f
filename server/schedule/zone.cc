#include "server/schedule/zone.h"

#include <algorithm>
#include <utility>

namespace sealhall::schedule {
namespace {

namespace chrono = std::chrono;

// RFC 9636 section 3.2: an offset is between -25 and +26 hours; the database has none beyond.
constexpr std::int32_t least_offset = -25 * 3600 + 1;
constexpr std::int32_t most_offset = 26 * 3600 - 1;
// Times outside of these years are nobody's meeting, and calendar arithmetic stays far from its ends.
constexpr std::int64_t least_time = -4'000'000'000;
constexpr std::int64_t most_time = 100'000'000'000;

struct Counts {
  std::uint32_t utc_flags = 0;
  std::uint32_t standard_flags = 0;
  std::uint32_t leaps = 0;
  std::uint32_t times = 0;
  std::uint32_t types = 0;
  std::uint32_t characters = 0;

  /// Bytes of the data block behind the header (RFC 9636 section 3.2).
  [[nodiscard]] std::size_t block(std::size_t time_size) const noexcept {
    return std::size_t{times} * (time_size + 1) + std::size_t{types} * 6 + characters +
           std::size_t{leaps} * (time_size + 4) + standard_flags + utc_flags;
  }
};

/// RFC 9636 section 3.1. nullopt when it is none.
std::optional<Counts> read_header(ByteReader& in, std::uint8_t& version) {
  const ByteView magic = in.bytes(4);
  version = in.u8();
  in.skip(15);
  Counts c;
  c.utc_flags = in.u32();
  c.standard_flags = in.u32();
  c.leaps = in.u32();
  c.times = in.u32();
  c.types = in.u32();
  c.characters = in.u32();
  if (!in.ok() || as_text(magic) != "TZif") return std::nullopt;
  return c;
}

int year_at(sys_seconds time) {
  return static_cast<int>(chrono::year_month_day{chrono::floor<chrono::days>(time)}.year());
}

}  // namespace

TimeZone TimeZone::utc() {
  TimeZone zone;
  zone.periods_.push_back({seconds{0}, false, "UTC"});
  return zone;
}

expected<TimeZone, ZoneError> TimeZone::parse(ByteView tzif) {
  ByteReader in{tzif};
  std::uint8_t version = 0;
  const auto first = read_header(in, version);
  if (!first || version < '2') return unexpected(ZoneError::not_tzif);
  in.skip(first->block(4));
  const auto counts = read_header(in, version);
  if (!counts || in.remaining() < counts->block(8)) return unexpected(ZoneError::not_tzif);
  if (counts->types == 0 || counts->types > 256 || counts->characters == 0) return unexpected(ZoneError::bad_data);

  TimeZone zone;
  std::vector<std::int64_t> times(counts->times);
  for (std::int64_t& time : times) time = static_cast<std::int64_t>(in.u64());
  const ByteView indices = in.bytes(counts->times);
  struct Type {
    std::int32_t offset;
    bool daylight;
    std::uint8_t name;
  };
  std::vector<Type> types(counts->types);
  for (Type& type : types) type = {static_cast<std::int32_t>(in.u32()), in.u8() != 0, in.u8()};
  const std::string_view names = as_text(in.bytes(counts->characters));
  in.skip(std::size_t{counts->leaps} * 12 + counts->standard_flags + counts->utc_flags);

  for (const Type& type : types) {
    if (type.offset < least_offset || type.offset > most_offset || type.name >= names.size())
      return unexpected(ZoneError::bad_data);
    const std::string_view name = names.substr(type.name);
    zone.periods_.push_back({seconds{type.offset}, type.daylight, std::string{name.substr(0, name.find('\0'))}});
  }
  std::size_t before = 0;
  for (std::size_t i = 0; i < times.size(); ++i) {
    if (indices[i] >= types.size() || (i > 0 && times[i] <= times[i - 1])) return unexpected(ZoneError::bad_data);
    if (times[i] < least_time) {
      before = indices[i];
    } else if (times[i] <= most_time) {
      zone.changes_.push_back({sys_seconds{seconds{times[i]}}, indices[i]});
    }
  }
  if (before != 0) std::swap(zone.periods_[0], zone.periods_[before]);
  for (Change& change : zone.changes_) {
    if (before == 0) break;
    if (change.period == 0) {
      change.period = before;
    } else if (change.period == before) {
      change.period = 0;
    }
  }

  const std::string_view footer = as_text(in.rest());
  if (footer.size() < 2 || footer.front() != '\n' || footer.find('\n', 1) == std::string_view::npos)
    return unexpected(ZoneError::bad_footer);
  const std::string_view text = footer.substr(1, footer.find('\n', 1) - 1);
  if (!text.empty()) {
    auto rule = parse_zone_rule(text);
    if (!rule) return unexpected(rule.error());
    zone.rule_ = std::move(*rule);
  }
  return zone;
}

const ZonePeriod& TimeZone::by_rule(sys_seconds time) const {
  if (!rule_->daylight) return rule_->standard;
  const YearOfRule year = year_of(*rule_, year_at(time + rule_->standard.offset));
  const bool north = year.to_daylight < year.to_standard;
  const bool daylight =
      north ? time >= year.to_daylight && time < year.to_standard : time >= year.to_daylight || time < year.to_standard;
  return daylight ? *rule_->daylight : rule_->standard;
}

ZonePeriod TimeZone::period_at(sys_seconds time) const {
  const auto after = std::ranges::upper_bound(changes_, time, {}, &Change::at);
  if (after == changes_.end() && rule_ && (!changes_.empty() || periods_.size() == 1)) return by_rule(time);
  return after == changes_.begin() ? periods_[0] : periods_[std::prev(after)->period];
}

local_seconds TimeZone::to_local(sys_seconds time) const {
  return local_seconds{time.time_since_epoch() + period_at(time).offset};
}

sys_seconds TimeZone::to_utc(local_seconds time) const {
  // No zone changes twice within two days; the offsets before and after are all that can hold.
  const sys_seconds as_if{time.time_since_epoch()};
  const seconds before = period_at(as_if - chrono::days{1}).offset;
  const seconds after = period_at(as_if + chrono::days{1}).offset;
  const sys_seconds first = as_if - before;
  const sys_seconds second = as_if - after;
  const bool first_holds = period_at(first).offset == before;
  const bool second_holds = period_at(second).offset == after;
  if (first_holds && second_holds) return std::min(first, second);
  return second_holds ? second : first;
}

std::vector<ZoneTransition> TimeZone::transitions(sys_seconds from, sys_seconds to, std::size_t limit) const {
  std::vector<sys_seconds> moments;
  for (const Change& change : changes_) {
    if (change.at >= from && change.at < to) moments.push_back(change.at);
  }
  if (rule_ && rule_->daylight) {
    const sys_seconds last = changes_.empty() ? sys_seconds::min() : changes_.back().at;
    const sys_seconds end = std::min(to, sys_seconds{seconds{most_time}});
    const int first_year = year_at(std::max(from, std::max(last, sys_seconds{seconds{least_time}}))) - 1;
    for (int y = first_year; y <= year_at(end) + 1 && moments.size() < limit + 4; ++y) {
      const YearOfRule year = year_of(*rule_, y);
      for (const sys_seconds at :
           {std::min(year.to_daylight, year.to_standard), std::max(year.to_daylight, year.to_standard)}) {
        if (at > last && at >= from && at < end) moments.push_back(at);
      }
    }
  }
  std::vector<ZoneTransition> out;
  for (const sys_seconds at : moments) {
    ZonePeriod before = period_at(at - seconds{1});
    ZonePeriod after = period_at(at);
    if (before == after) continue;
    if (out.size() >= limit) break;
    out.push_back({at, std::move(before), std::move(after)});
  }
  return out;
}

std::optional<ZoneTransition> TimeZone::last_before(sys_seconds time) const {
  // By rule a zone changes twice a year; otherwise the file's own list has it.
  auto found = transitions(time - chrono::days{800}, time, 16);
  if (found.empty()) found = transitions(sys_seconds{seconds{least_time}}, time, 4096);
  if (found.empty()) return std::nullopt;
  return found.back();
}

}  // namespace sealhall::schedule
