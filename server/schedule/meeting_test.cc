#include "server/schedule/meeting.h"

#include <doctest/doctest.h>

#include "server/schedule/links.h"
#include "server/schedule/time_text.h"
#include "tests/support/source_dir.h"

namespace sealhall::schedule {
namespace {

struct House {
  Zones zones{test::source_path("server/schedule/testdata/zoneinfo")};
  SeededRandom random{1};
  UnixMicros now = at("2026-11-20T08:00:00Z");

  static UnixMicros at(std::string_view text) { return to_micros(moment_of(*parse_time(text), TimeZone::utc())); }
  Meeting blank() { return blank_meeting({"ada", "acme", "Ada", "ada@acme.example", "", "Asia/Taipei"}, now, random); }
  Meeting make(const shapes::MeetingBody& body) {
    Meeting m = blank();
    const auto done = apply(m, body, true, zones, now, random);
    const std::string wrong = done ? std::string{} : done.error().field + " " + done.error().message;
    INFO(wrong);
    REQUIRE(done);
    return m;
  }
  std::string problem(const shapes::MeetingBody& body) {
    Meeting m = blank();
    const auto done = apply(m, body, true, zones, now, random);
    return done ? "" : done.error().field;
  }
  Meeting series() {
    return make({.type = 8,
                 .start_time = "2026-11-27T10:00:00",
                 .duration = 30,
                 .recurrence = shapes::RecurrenceBody{.type = 2, .end_times = 4}});
  }
  shapes::MeetingView view(const Meeting& m, ViewOptions options = {}) {
    options.public_url = "https://h";
    options.now = now;
    return view_of(m, options);
  }
};

}  // namespace

TEST_CASE("meeting: what was left out is filled in") {
  House house;
  const Meeting m = house.make({});
  CHECK(m.details.topic == "Ada's meeting");
  CHECK(m.details.passcode->size() == 8);
  CHECK(m.row.timezone == "Asia/Taipei");
  CHECK(m.row.type == store::MeetingType::once);
  CHECK(m.row.start_at == house.now);
  CHECK(m.row.duration == 60);
  CHECK(house.view(m).start_time == "2026-11-20T08:00:00Z");
  CHECK(house.make({.password = ""}).details.passcode == std::nullopt);
  CHECK(house.view(house.make({.password = ""})).join_url.find("pwd") == std::string::npos);
}

TEST_CASE("meeting: a local start is in the meeting's zone, one with Z is not") {
  House house;
  CHECK(house.view(house.make({.start_time = "2026-11-27T10:00:00"})).start_time == "2026-11-27T02:00:00Z");
  CHECK(house.view(house.make({.start_time = "2026-11-27T10:00:00Z"})).start_time == "2026-11-27T10:00:00Z");
  CHECK(house.view(house.make({.start_time = "2026-11-27T10:00:00", .timezone = "Europe/Berlin"})).start_time ==
        "2026-11-27T09:00:00Z");
}

TEST_CASE("meeting: what cannot be is said by its field") {
  House house;
  CHECK(house.problem({.type = 4}) == "type");
  CHECK(house.problem({.timezone = "Mars/Base"}) == "timezone");
  CHECK(house.problem({.start_time = "tomorrow"}) == "start_time");
  CHECK(house.problem({.type = 8}) == "start_time");
  CHECK(house.problem({.type = 8, .start_time = "2026-11-27T10:00:00"}) == "recurrence.type");
  CHECK(house.problem({.type = 8,
                       .start_time = "2026-11-27T10:00:00",
                       .recurrence = shapes::RecurrenceBody{.type = 1, .end_date_time = "2026-11-01T00:00:00Z"}}) ==
        "recurrence");
  CHECK(house.problem({.settings = shapes::Settings{.approval_type = 9}}) == "settings.approval_type");
}

TEST_CASE("meeting: a series has occurrences with ids, and those that are over are shown on request only") {
  House house;
  const Meeting m = house.series();
  REQUIRE(m.occurrences.size() == 4);
  const auto v = house.view(m);
  CHECK(v.type == 8);
  CHECK(v.occurrences->size() == 4);
  CHECK((*v.occurrences)[0].occurrence_id ==
        occurrence_id(moment_of(*parse_time("2026-11-27T02:00:00Z"), TimeZone::utc())));
  CHECK((*v.occurrences)[1].start_time == "2026-12-04T02:00:00Z");
  CHECK((*v.occurrences)[1].status == "available");
  CHECK(v.recurrence->weekly_days == "6");
  CHECK(m.row.ends_at == House::at("2026-12-18T02:30:00Z"));
  house.now = House::at("2026-11-30T00:00:00Z");
  CHECK(house.view(m).occurrences->size() == 3);
  CHECK(house.view(m, {.all_occurrences = true}).occurrences->size() == 4);
  CHECK(current_occurrence(m, house.now) == &m.occurrences[1]);
}

TEST_CASE("meeting: one occurrence moves and keeps its id; the series stays") {
  House house;
  Meeting m = house.series();
  Occurrence& second = m.occurrences[1];
  const auto changed = apply_to_occurrence(m, second,
                                           {.start_time = "2026-12-05T10:00:00",
                                            .duration = 90,
                                            .agenda = "Long",
                                            .settings = shapes::Settings{.waiting_room = true}},
                                           house.zones);
  REQUIRE(changed);
  CHECK(second.changed);
  CHECK(m.row.sequence == 1);
  const auto v = house.view(m, {.occurrence = &second});
  CHECK(v.occurrence_id == occurrence_id(moment_of(*parse_time("2026-12-04T02:00:00Z"), TimeZone::utc())));
  CHECK(v.start_time == "2026-12-05T02:00:00Z");
  CHECK(v.duration == 90U);
  CHECK(v.agenda == "Long");
  CHECK(v.settings.waiting_room == true);
  CHECK(house.view(m).settings.waiting_room == false);
  CHECK(apply_to_occurrence(m, second, {.password = "x"}, house.zones).error().field == "password");

  // A longer series keeps the exception only when its times stay.
  REQUIRE(apply(m, {.duration = 45}, false, house.zones, house.now, house.random));
  CHECK(m.occurrences[1].duration == 90);
  CHECK(m.occurrences[2].duration == 45);
  CHECK(m.row.sequence == 2);
  REQUIRE(apply(m, {.start_time = "2026-11-27T11:00:00"}, false, house.zones, house.now, house.random));
  CHECK(!m.occurrences[1].changed);
  CHECK(house.view(m).start_time == "2026-11-27T03:00:00Z");
}

TEST_CASE("meeting: a series becomes a single meeting and one without times") {
  House house;
  Meeting m = house.series();
  REQUIRE(apply(m, {.type = 2}, false, house.zones, house.now, house.random));
  CHECK(m.occurrences.empty());
  CHECK(!house.view(m).recurrence);
  REQUIRE(apply(m, {.type = 3}, false, house.zones, house.now, house.random));
  CHECK(!m.row.start_at);
  CHECK(!house.view(m).start_time);
}

TEST_CASE("trap 4: pmi is text in lists and absent in a meeting; no time is an empty text") {
  House house;
  Meeting m = house.make({.type = 3});
  m.row.personal = true;
  const std::string one = api::to_json(house.view(m));
  CHECK(one.find("\"pmi\"") == std::string::npos);
  CHECK(one.find("\"start_time\":\"\"") == std::string::npos);
  const std::string listed = api::to_json(listed_view_of(m.row, m.details, "https://h"));
  CHECK(listed.find("\"pmi\":\"" + m.row.id + "\"") != std::string::npos);
  CHECK(listed.find("start_time") == std::string::npos);
}

TEST_CASE("trap 1: the meeting's id is a number in JSON") {
  House house;
  const Meeting m = house.make({});
  CHECK(api::to_json(house.view(m)).find("\"id\":" + m.row.id + ",") != std::string::npos);
}

TEST_CASE("meeting: the passcode stands in the link as a token, and a start link names its user") {
  House house;
  const Meeting m = house.make({.password = "secret"});
  const auto v = house.view(m, {.for_host = true, .host_id = "ada"});
  CHECK(v.password == "secret");
  CHECK(v.join_url == "https://h/j/" + m.row.id + "?pwd=" + *v.encrypted_password);
  CHECK(v.join_url.find("secret") == std::string::npos);
  CHECK(!v.pstn_password);
  const std::string zak = v.start_url->substr(v.start_url->find("zak=") + 4);
  CHECK(starter_of(zak, m.details.link_secret, m.row.id, house.now) == "ada");
  CHECK(!house.view(m).start_url);
  CHECK(house.view(house.make({.password = "1234"})).pstn_password == "1234");
}

}  // namespace sealhall::schedule
