#include "server/schedule/content.h"

#include <doctest/doctest.h>

#include "server/schedule/time_text.h"

namespace sealhall::schedule {
namespace {

std::string problem(const shapes::Settings& s) { return check(s) ? "" : check(s).error().field; }
local_seconds friday() { return parse_time("2026-11-27T10:00:00")->local; }

}  // namespace

TEST_CASE("content: settings that make no sense are said by their field") {
  CHECK(problem({}) == "");
  CHECK(problem({.approval_type = 3}) == "settings.approval_type");
  CHECK(problem({.registration_type = 0}) == "settings.registration_type");
  CHECK(problem({.audio = "loud"}) == "settings.audio");
  CHECK(problem({.auto_recording = "yes"}) == "settings.auto_recording");
  CHECK(problem({.encryption_type = "none"}) == "settings.encryption_type");
  CHECK(problem({.encryption_type = "e2ee"}) == "settings.encryption_type");
  CHECK(problem({.alternative_hosts = "a@x;b"}) == "settings.alternative_hosts");
  CHECK(problem({.alternative_hosts = "a@x; b@y,"}) == "");
  CHECK(problem({.language = "xx"}) == "settings.language");
  CHECK(problem({.meeting_invitees = {{{"no address"}}}}) == "settings.meeting_invitees");
}

TEST_CASE("content: a change replaces what it names and leaves the rest") {
  shapes::Settings s{.host_video = true, .waiting_room = false, .audio = "voip"};
  put_over(s, {.waiting_room = true});
  CHECK(s.host_video == true);
  CHECK(s.waiting_room == true);
  CHECK(s.audio == "voip");
  const shapes::Settings full = with_defaults(s);
  CHECK(full.approval_type == 2U);
  CHECK(full.join_before_host == true);
  CHECK(full.audio == "voip");
}

TEST_CASE("content: what there is not is said not to be, whatever was asked for") {
  const shapes::Settings full = with_defaults({.watermark = true,
                                               .allow_multiple_devices = false,
                                               .focus_mode = true,
                                               .private_meeting = true,
                                               .auto_recording = "local"});
  CHECK(full.watermark == false);
  CHECK(full.allow_multiple_devices == true);
  CHECK(full.focus_mode == false);
  CHECK(full.private_meeting == false);
  CHECK(full.auto_recording == "none");
  CHECK(with_defaults({.auto_recording = "cloud"}).auto_recording == "cloud");
  CHECK_FALSE(with_defaults({}).focus_mode.has_value());
}

TEST_CASE("content: a rule takes from the start what was left out, and zeros as absent") {
  const TimeZone utc = TimeZone::utc();
  const auto weekly = recurrence_of({.type = 2}, friday(), utc);
  REQUIRE(weekly);
  CHECK(weekly->weekly_days == std::vector<unsigned>{6});
  const auto monthly = recurrence_of({.type = 3, .monthly_day = 0, .monthly_week = 0, .end_times = 0}, friday(), utc);
  REQUIRE(monthly);
  CHECK(monthly->monthly_day == 27U);
  CHECK(!monthly->end_times);
  const auto last =
      recurrence_of({.type = 3, .monthly_week = -1, .monthly_week_day = 6, .end_times = 3}, friday(), utc);
  REQUIRE(last);
  CHECK(last->monthly_week == -1);
  CHECK(!last->monthly_day);
  const auto until = recurrence_of({.type = 1, .end_date_time = "2026-12-31T23:59:00Z"}, friday(), utc);
  REQUIRE(until);
  CHECK(rfc3339(*until->end_date_time) == "2026-12-31T23:59:00Z");
  CHECK(body_of(*last).monthly_week == -1);
  CHECK(body_of(*weekly).weekly_days == "6");
  CHECK(recurrence_of({}, friday(), utc).error().field == "recurrence.type");
  CHECK(recurrence_of({.type = 2, .weekly_days = "8"}, friday(), utc).error().field == "recurrence.weekly_days");
  CHECK(recurrence_of({.type = 1, .end_date_time = "soon"}, friday(), utc).error().field == "recurrence.end_date_time");
}

TEST_CASE("content: addresses are such as may stand in a mail's envelope") {
  for (const std::string_view good : {"a@b", "ada.l+x@mail.example.org"}) CHECK(is_address(good));
  for (const std::string_view bad : {"", "@", "a@", "@b", "a b@c", "a@b\r\nX: y", "a@b@c", "<a@b>", "a@b;c", "\"a\"@b"})
    CHECK(!is_address(bad));
  CHECK(!is_address(std::string(300, 'a') + "@b"));
  CHECK(addresses_in(" a@x ;b@y,, c@z;") == std::vector<std::string>{"a@x", "b@y", "c@z"});
}

TEST_CASE("content: a registration answers what the host asks") {
  shapes::Questions asked;
  asked.questions = {{{.field_name = "org", .required = true}, {.field_name = "city", .required = false}}};
  asked.custom_questions = {{{.title = "Lunch?", .type = "single", .required = true, .answers = {{"yes", "no"}}}}};
  CHECK(check(asked));
  shapes::RegistrantBody r;
  r.email = "bob@example.org";
  r.first_name = "Bob";
  CHECK(check(r, asked).error().field == "org");
  r.org = "Acme";
  CHECK(check(r, asked).error().field == "custom_questions");
  r.custom_questions = {{{"Lunch?", "perhaps"}}};
  CHECK(check(r, asked).error().field == "custom_questions");
  r.custom_questions = {{{"Lunch?", "yes"}}};
  CHECK(check(r, asked));
  r.email = "bob";
  CHECK(check(r, asked).error().field == "email");
  CHECK(check(shapes::Questions{.questions = {{{"shoe_size", true}}}, .custom_questions = {}}).error().field ==
        "questions.field_name");
}

TEST_CASE("content: a passcode that nobody chose has eight digits") {
  SeededRandom random{7};
  for (int i = 0; i < 100; ++i) {
    const std::string passcode = new_passcode(random);
    CHECK(passcode.size() == 8);
    CHECK(is_numeric(passcode));
  }
  CHECK(!is_numeric(""));
  CHECK(!is_numeric("12a"));
  CHECK(!is_numeric("12345678901"));
}

}  // namespace sealhall::schedule
