#include "server/schedule/zone.h"

#include <doctest/doctest.h>

#include <fstream>
#include <sstream>

#include "core/base/random.h"
#include "io/files/files.h"
#include "server/schedule/time_text.h"
#include "server/schedule/zones.h"
#include "tests/support/source_dir.h"

namespace sealhall::schedule {
namespace {

const std::string folder = test::source_path("server/schedule/testdata");

Zones& test_zones() {
  static Zones zones{folder + "/zoneinfo"};
  return zones;
}
const TimeZone& zone(std::string_view name) {
  const TimeZone* found = test_zones().find(name);
  REQUIRE(found != nullptr);
  return *found;
}
sys_seconds at(std::string_view text) { return moment_of(*parse_time(text), TimeZone::utc()); }

}  // namespace

TEST_CASE("zone: every moment and every local time of the fixture is as Python's zoneinfo has it") {
  std::ifstream file{folder + "/zoneinfo.txt"};
  std::string line;
  std::size_t lines = 0;
  while (std::getline(file, line)) {
    ++lines;
    std::istringstream words{line};
    std::string kind;
    std::string name;
    words >> kind >> name;
    INFO(line);
    if (kind == "utc") {
      std::int64_t time = 0;
      std::int64_t offset = 0;
      std::string abbreviation;
      words >> time >> offset >> abbreviation;
      const ZonePeriod period = zone(name).period_at(sys_seconds{seconds{time}});
      CHECK(period.offset.count() == offset);
      CHECK(period.abbreviation == abbreviation);
    } else {
      std::string local;
      std::int64_t utc = 0;
      words >> local >> utc;
      CHECK(zone(name).to_utc(parse_time(local)->local).time_since_epoch().count() == utc);
    }
  }
  CHECK(lines > 500);
}

TEST_CASE("zone: a local time that clocks show twice is its first, one that they jump over moves on") {
  const TimeZone& berlin = zone("Europe/Berlin");
  CHECK(rfc3339(berlin.to_utc(parse_time("2026-10-25T02:30:00")->local)) == "2026-10-25T00:30:00Z");
  CHECK(rfc3339(berlin.to_utc(parse_time("2026-03-29T02:30:00")->local)) == "2026-03-29T01:30:00Z");
}

TEST_CASE("zone: changes within a range, also far behind the last one of the file") {
  const auto changes = zone("Europe/Berlin").transitions(at("2089-01-01T00:00:00Z"), at("2090-01-01T00:00:00Z"), 10);
  REQUIRE(changes.size() == 2);
  CHECK(rfc3339(changes[0].at) == "2089-03-27T01:00:00Z");
  CHECK(changes[0].after.abbreviation == "CEST");
  CHECK(rfc3339(changes[1].at) == "2089-10-30T01:00:00Z");
  CHECK(zone("Europe/Berlin").transitions(at("2026-01-01T00:00:00Z"), at("2036-01-01T00:00:00Z"), 3).size() == 3);
  CHECK(zone("Asia/Taipei").transitions(at("2000-01-01T00:00:00Z"), at("2100-01-01T00:00:00Z"), 10).empty());
  const auto last = zone("Asia/Taipei").last_before(at("2026-01-01T00:00:00Z"));
  REQUIRE(last);
  CHECK(rfc3339(last->at) == "1979-09-30T15:00:00Z");
  CHECK(!TimeZone::utc().last_before(at("2026-01-01T00:00:00Z")));
}

TEST_CASE("zone: there and back again, for any moment that is not shown twice") {
  SeededRandom random{11};
  for (const std::string_view name :
       {"Australia/Lord_Howe", "America/New_York", "Africa/Casablanca", "Pacific/Chatham"}) {
    for (int i = 0; i < 2000; ++i) {
      const sys_seconds time{seconds{static_cast<std::int64_t>(random.below(5'000'000'000))}};
      const sys_seconds again = zone(name).to_utc(zone(name).to_local(time));
      INFO(name << " " << rfc3339(time));
      const bool same = again == time;
      const bool twice = zone(name).to_local(again) == zone(name).to_local(time) && again < time;
      CHECK((same || twice));
    }
  }
}

TEST_CASE("zone: a rule has the forms that the database uses") {
  const auto nuuk = parse_zone_rule("<-02>2<-01>,M3.5.0/-1,M10.5.0/0");
  REQUIRE(nuuk);
  CHECK(nuuk->standard.offset == std::chrono::hours{-2});
  CHECK(nuuk->daylight->offset == std::chrono::hours{-1});
  CHECK(nuuk->to_daylight.time == std::chrono::hours{-1});
  const auto dublin = parse_zone_rule("IST-1GMT0,M10.5.0,M3.5.0/1");
  REQUIRE(dublin);
  CHECK(dublin->daylight->offset == seconds{0});
  CHECK(parse_zone_rule("UTC0")->daylight == std::nullopt);
  CHECK(parse_zone_rule("<+0330>-3:30")->standard.offset == std::chrono::minutes{210});
  const auto julian = parse_zone_rule("AAA3BBB,J60/2,300/3:30:15");
  REQUIRE(julian);
  CHECK(rfc3339(year_of(*julian, 2028).to_daylight) == "2028-03-01T05:00:00Z");
  CHECK(rfc3339(year_of(*julian, 2027).to_standard) == "2027-10-28T05:30:15Z");
  for (const std::string_view wrong :
       {"", "A0", "AAA", "AAA25", "AAA0BBB", "AAA0BBB,M3.5.0", "AAA0BBB,M13.1.0,M3.1.0", "AAA0BBB,M3.6.0,M3.1.0",
        "AAA0BBB,M3.1.7,M3.1.0", "AAA0BBB,J0,J1", "AAA0BBB,366,1", "AAA0BBB,M3.1.0/168,M3.1.0", "AAA0 ", "<AAA0",
        "AAA0BBB,M3.1.0,M4.1.0x", "AAA99999999999"}) {
    INFO(wrong);
    CHECK(!parse_zone_rule(wrong));
  }
}

TEST_CASE("zone: a damaged file is refused, wherever it is cut, and never read past its end") {
  const auto whole = io::read_file(folder + "/zoneinfo/Europe/Berlin");
  REQUIRE(whole);
  CHECK(TimeZone::parse(*whole));
  for (std::size_t size = 0; size < whole->size(); ++size) CHECK(!TimeZone::parse(ByteView{*whole}.first(size)));
  Bytes version_one = *whole;
  version_one[4] = 0;
  CHECK(TimeZone::parse(version_one).error() == ZoneError::not_tzif);
}

TEST_CASE("zones: names lead nowhere else, unknown ones are none, the known stay") {
  CHECK(test_zones().find("Europe/Berlin") == test_zones().find("Europe/Berlin"));
  CHECK(test_zones().find("UTC") != nullptr);
  CHECK(test_zones().find("Europe/Nowhere") == nullptr);
  CHECK(test_zones().find("Europe") == nullptr);
  for (const std::string_view name : {"", "/etc/passwd", "../zoneinfo.txt", "Europe/../Europe/Berlin", "Europe//Berlin",
                                      "Europe/", "Europe/Berlin\n", "a b"}) {
    INFO(name);
    CHECK(!is_zone_name(name));
    CHECK(test_zones().find(name) == nullptr);
  }
}

}  // namespace sealhall::schedule
