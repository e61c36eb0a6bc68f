#include "server/schedule/choice.h"

#include <doctest/doctest.h>

#include "server/schedule/time_text.h"

using namespace sealhall;
using namespace sealhall::schedule;

namespace {

const sys_seconds monday{std::chrono::sys_days{std::chrono::year{2026} / 11 / 30} + std::chrono::hours{9}};

Meeting series(std::optional<std::uint32_t> type) {
  Meeting m;
  m.row.type = store::MeetingType::recurring;
  m.details.link_secret = "s";
  m.details.settings.registration_type = type;
  for (int week = 0; week < 3; ++week) {
    const sys_seconds at = monday + std::chrono::weeks{week};
    m.occurrences.push_back({.original_start = at, .start = at, .duration = 60});
  }
  return m;
}
std::string name(int week) { return occurrence_id(monday + std::chrono::weeks{week}); }
shapes::RegistrantBody wishing(std::vector<std::string> ids) {
  shapes::RegistrantBody body;
  body.email = "dora@example.org";
  if (!ids.empty()) body.occurrence_ids = std::move(ids);
  return body;
}

}  // namespace

TEST_CASE("choice: one registration for all times asks for none, and counts for every one") {
  const Meeting m = series(std::nullopt);
  auto body = wishing({name(1)});
  REQUIRE(choose_times(body, m));
  CHECK_FALSE(body.occurrence_ids);
  CHECK(counts_for(body, &m.occurrences[2]));
  CHECK(registration_keys(m, "dora@example.org", m.occurrences.data()).size() == 1);
  Meeting once = series(2);
  once.row.type = store::MeetingType::once;
  CHECK(registration_type_of(once) == 1);
}

TEST_CASE("choice: each time has a registration of its own, known by address and time") {
  Meeting m = series(2);
  auto body = wishing({});
  CHECK(choose_times(body, m).error().field == "occurrence_ids");
  body = wishing({name(0), name(1)});
  CHECK_FALSE(choose_times(body, m));
  body = wishing({"1"});
  CHECK_FALSE(choose_times(body, m));
  body = wishing({name(1), name(1)});
  REQUIRE(choose_times(body, m));
  CHECK(*body.occurrence_ids == std::vector{name(1)});
  CHECK(counts_for(body, &m.occurrences[1]));
  CHECK_FALSE(counts_for(body, m.occurrences.data()));
  const auto keys = registration_keys(m, "Dora@example.org", &m.occurrences[1]);
  CHECK(keys.size() == 4);
  CHECK(keys[0] == registration_key(m, "dora@example.org", &m.occurrences[1]));
  CHECK(keys[0] != registration_key(m, "dora@example.org", m.occurrences.data()));
  m.occurrences[1].deleted = true;
  CHECK_FALSE(choose_times(body, m));
  CHECK(chosen_times(body, m).empty());
}

TEST_CASE("choice: with free choice one registration names its times, in order and once each") {
  const Meeting m = series(3);
  auto body = wishing({name(2), name(0), name(2)});
  REQUIRE(choose_times(body, m));
  CHECK(*body.occurrence_ids == std::vector{name(0), name(2)});
  CHECK(chosen_times(body, m).size() == 2);
  CHECK_FALSE(counts_for(body, &m.occurrences[1]));
  CHECK(counts_for(body, nullptr));
  CHECK(registration_key(m, "dora@example.org", &m.occurrences[1]) == registration_key(m, "dora@example.org", nullptr));
}
