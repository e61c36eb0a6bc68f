#include "server/schedule/time_text.h"

#include <doctest/doctest.h>

namespace sealhall::schedule {

TEST_CASE("time text: what clients send is read") {
  const auto zulu = parse_time("2026-11-28T09:30:00Z");
  REQUIRE(zulu);
  CHECK(zulu->offset == seconds{0});
  CHECK(rfc3339(moment_of(*zulu, TimeZone::utc())) == "2026-11-28T09:30:00Z");
  CHECK(rfc3339(moment_of(*parse_time("2026-11-28T09:30:00.123+08:00"), TimeZone::utc())) == "2026-11-28T01:30:00Z");
  CHECK(rfc3339(moment_of(*parse_time("2026-11-28T09:30-0530"), TimeZone::utc())) == "2026-11-28T15:00:00Z");
  CHECK(!parse_time("2026-11-28 09:30")->offset);
  for (const std::string_view wrong :
       {"", "2026", "2026-11-28", "2026-11-31T00:00:00Z", "2026-13-01T00:00:00Z", "2026-11-28T24:00:00Z",
        "2026-11-28T09:60:00Z", "2026-11-28T09:30:00.Z", "2026-11-28T09:30:00ZZ", "2026-11-28T09:30:00+8",
        "1969-12-31T00:00:00Z", "2200-01-01T00:00:00Z", "+026-11-28T09:30:00Z", "2026-11-28T09:30:00+24:00"}) {
    INFO(wrong);
    CHECK(!parse_time(wrong));
  }
}

TEST_CASE("trap 6: occurrence ids are read as milliseconds and as basic time, and name the same moment") {
  const sys_seconds at{seconds{1796808600}};
  CHECK(occurrence_id(at) == "1796808600000");
  CHECK(parse_occurrence_id("1796808600000") == at);
  CHECK(parse_occurrence_id(basic_utc(at)) == at);
  CHECK(basic_utc(at) == "20261209T093000Z");
  for (const std::string_view wrong : {"", "1796808600001", "-1000", "99999999999999999999", "20261209T093000",
                                       "20261309T095000Z", "12x", "20261209T250000Z", "9258118400000"}) {
    INFO(wrong);
    CHECK(!parse_occurrence_id(wrong));
  }
}

TEST_CASE("time text: offsets as calendars write them") {
  CHECK(utc_offset(std::chrono::hours{8}) == "+0800");
  CHECK(utc_offset(-std::chrono::minutes{210}) == "-0330");
  CHECK(utc_offset(seconds{0}) == "+0000");
  CHECK(utc_offset(seconds{-(17 * 60 + 5)}) == "-001705");
}

TEST_CASE("time text: the store's microseconds and back") {
  const sys_seconds at{seconds{1796808600}};
  CHECK(moment_at(to_micros(at)) == at);
  CHECK(moment_at(UnixMicros{static_cast<std::int64_t>(to_micros(at)) + 999'999}) == at);
}

}  // namespace sealhall::schedule
