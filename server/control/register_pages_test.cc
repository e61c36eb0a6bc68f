#include <doctest/doctest.h>

#include "tests/support/planning_house.h"

using namespace sealhall;
using namespace sealhall::control;
using namespace sealhall::control::testing;

TEST_CASE(
    "registration page: it asks what the host asks, keeps what was written, says what comes "
    "next") {
  PlanningHouse office;
  House& house = *office.house;
  const auto m = office.make(R"(,"start_time":"2199-01-07T10:00:00Z","settings":{"approval_type":1})");
  const std::string path = "/register/" + PlanningHouse::id(m);
  const auto asked = house.call("PATCH", "/v2/meetings/" + PlanningHouse::id(m) + "/registrants/questions",
                                R"({"questions":[{"field_name":"job_title","required":true},{"field_name":"comments"},
                                    {"field_name":"no_of_employees","required":true}],
                                    "custom_questions":[{"title":"Eat <what>?","type":"single","required":true,"answers":["All","Plants"]},
                                    {"title":"Anything else?"}]})",
                                office.ada);
  REQUIRE_MESSAGE(asked.status == 204, asked.body);
  const std::string form = house.call("GET", path).body;
  for (const char* part :
       {"lang=\"en\"", "First name", "Job title</label>", "Comments <small>(optional)</small>", "Eat &lt;what&gt;?",
        "<option>Plants</option>", "autocomplete=\"organization-title\"", "decides about each registration"}) {
    CHECK_MESSAGE(form.find(part) != std::string::npos, part);
  }
  // What has no place in a registration is not asked.
  CHECK(form.find("no_of_employees") == std::string::npos);

  const std::string zh = house.call("GET", path + "?lang=zh-TW").body;
  CHECK(zh.find("lang=\"zh-Hant\"") != std::string::npos);
  CHECK(zh.find("職稱") != std::string::npos);
  CHECK(zh.find("First name") == std::string::npos);

  const std::string who = "first_name=Dora&email=dora%40example.org&job_title=Cook+%26+more&question0=Plants";
  const auto wrong =
      house.call("POST", path, "first_name=Dora&email=nonsense&job_title=Cook+%26+more&question0=Plants");
  CHECK(wrong.status == 400);
  for (const char* part : {"Mail address: This is no mail address.", "value=\"Dora\"", "value=\"Cook &amp; more\"",
                           "<option selected>Plants</option>"}) {
    CHECK_MESSAGE(wrong.body.find(part) != std::string::npos, part);
  }
  const auto done = house.call("POST", path + "?lang=zh-TW", who);
  CHECK(done.status == 200);
  CHECK(done.body.find("已收到您的報名") != std::string::npos);
  CHECK(done.body.find("dora@example.org") != std::string::npos);
  // The mail is in the language in which the page was read.
  CHECK(office.mails.subjects("dora@example.org") == "已收到報名：Plans");
  CHECK(house.call("POST", path + "?lang=zh-TW", who).body.find("這個地址已經報名過了") != std::string::npos);
  const auto list =
      House::parsed(
          house.call("GET", "/v2/meetings/" + PlanningHouse::id(m) + "/registrants?status=pending", "", office.ada))
          .at("registrants")
          .as_array();
  REQUIRE(list.size() == 1);
  CHECK(list[0].at("job_title") == "Cook & more");
  CHECK(list[0].at("custom_questions").as_array().at(0).at("value") == "Plants");
}

TEST_CASE("registration page: one that is closed says so instead of asking") {
  PlanningHouse office;
  House& house = *office.house;
  const auto m =
      office.make(R"(,"start_time":"2020-01-07T10:00:00Z","settings":{"approval_type":0,"close_registration":true})");
  const auto page = house.call("GET", "/register/" + PlanningHouse::id(m));
  CHECK(page.status == 200);
  CHECK(page.body.find("Registration is closed.") != std::string::npos);
  CHECK(page.body.find("<form") == std::string::npos);
  CHECK(house.call("POST", "/register/" + PlanningHouse::id(m), "first_name=Dora&email=dora%40example.org").status ==
        400);
}
