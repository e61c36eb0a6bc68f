// deps: server_schedule
// Times of requests, time zone files and recurrence rules: nothing is read past its end, and what is accepted is
// coherent.
#include "core/base/check.h"
#include "server/schedule/meeting_ids.h"
#include "server/schedule/recurrence.h"
#include "server/schedule/time_text.h"
#include "server/schedule/zone.h"

using namespace sealhall;
using namespace sealhall::schedule;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView input{data, size};
  const std::string_view text = as_text(input);
  if (const auto id = parse_occurrence_id(text)) SEALHALL_CHECK(parse_occurrence_id(occurrence_id(*id)) == id);
  if (const auto time = parse_time(text)) {
    const sys_seconds at = moment_of(*time, TimeZone::utc());
    SEALHALL_CHECK(moment_of(*parse_time(rfc3339(sys_seconds{time->local.time_since_epoch()})), TimeZone::utc()) ==
                   sys_seconds{time->local.time_since_epoch()});
    static_cast<void>(basic_utc(at));
  }
  if (const auto days = parse_weekly_days(text)) SEALHALL_CHECK(parse_weekly_days(weekly_days_text(*days)) == days);
  if (const auto uuid = parse_meeting_uuid(text)) SEALHALL_CHECK(parse_meeting_uuid(*uuid) == uuid);
  static_cast<void>(parse_zone_rule(text));
  if (const auto zone = TimeZone::parse(input)) {
    const sys_seconds from{seconds{1'700'000'000}};
    for (const auto& change : zone->transitions(from, from + std::chrono::years{50}, 200))
      SEALHALL_CHECK(change.before != change.after);
    static_cast<void>(zone->to_utc(zone->to_local(from)));
    static_cast<void>(zone->last_before(from));
  }
  if (size == 8) {
    Recurrence r;
    r.type = Recurrence::Type{data[0]};
    r.repeat_interval = data[1];
    for (unsigned day = 1; day <= 7; ++day) {
      if ((data[2] >> day & 1U) != 0) r.weekly_days.push_back(day);
    }
    if (data[3] != 0) r.monthly_day = data[3];
    if (data[4] != 0) r.monthly_week = static_cast<int>(data[4]) - 2;
    if (data[5] != 0) r.monthly_week_day = data[5];
    if (data[6] != 0) r.end_times = data[6];
    const sys_seconds start{seconds{1'700'000'000 + 1'000'000 * data[7]}};
    if (check(r)) {
      for (const sys_seconds at : occurrences(r, start, TimeZone::utc())) SEALHALL_CHECK(at >= start);
    }
  }
  return 0;
}
