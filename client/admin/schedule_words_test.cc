#include "client/admin/schedule_words.h"

#include <doctest/doctest.h>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

namespace sealhall::admin {
namespace {

std::string said(const RepeatWords& words) {
  const auto object = recurrence_of(words);
  return object ? boost::json::serialize(*object) : "no";
}

}  // namespace

TEST_CASE("schedule words: how often") {
  CHECK(said({"daily", 3, 5, ""}) == R"({"repeat_interval":3,"type":1,"end_times":5})");
  CHECK(said({"weekly", 1, 0, ""}) == R"({"repeat_interval":1,"type":2})");
  CHECK(said({"weekly:mon,wednesday", 2, 0, ""}) == R"({"repeat_interval":2,"type":2,"weekly_days":"2,4"})");
  CHECK(said({"monthly:15", 1, 0, "2026-12-31"}) ==
        R"({"repeat_interval":1,"type":3,"monthly_day":15,"end_date_time":"2026-12-31T23:59:00"})");
  CHECK(said({"monthly:last-fri", 1, 0, ""}) ==
        R"({"repeat_interval":1,"type":3,"monthly_week":-1,"monthly_week_day":6})");
  CHECK(said({"monthly:2-tue", 1, 0, ""}) == R"({"repeat_interval":1,"type":3,"monthly_week":2,"monthly_week_day":3})");
  for (const char* wrong : {"", "yearly", "daily:mon", "weekly:", "weekly:xyz", "monthly:0", "monthly:32",
                            "monthly:5-mon", "monthly:last", "monthly:last-xyz"}) {
    INFO(wrong);
    CHECK(said({wrong, 1, 0, ""}) == "no");
  }
  CHECK(said({"daily", 1, 3, "2026-12-31"}) == "no");
  CHECK(said({"daily", 1, 0, "soon"}) == "no");
}

TEST_CASE("schedule words: when") {
  CHECK(start_time_of("2026-12-01 10:00") == "2026-12-01T10:00:00");
  CHECK(start_time_of("2026-12-01T10:00:30Z") == "2026-12-01T10:00:30Z");
  for (const char* wrong : {"", "tomorrow", "2026-12-01", "2026-12-01 10", "2026/12/01 10:00", "2026-12-01 10:00:00+1"})
    CHECK(!start_time_of(wrong));
  CHECK(!zone_of_this_machine().empty());
}

TEST_CASE("schedule words: who is invited") {
  CHECK(boost::json::serialize(invitees_of({"a@x", "b@y"})) == R"([{"email":"a@x"},{"email":"b@y"}])");
}

}  // namespace sealhall::admin
