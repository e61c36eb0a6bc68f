// A control process with Ada, who makes meetings, and all mails that it would send.
#pragma once

#include <memory>
#include <string>

#include "server/schedule/testing.h"
#include "tests/support/control_house.h"

namespace sealhall::control::testing {

struct PlanningHouse {
  PlanningHouse() {
    ControlOptions options;
    options.mailer = &mails;
    house = std::make_unique<House>(std::move(options));
    admin = house->admin();
    ada = house->member(admin, "ada@acme.example");
  }
  /// A meeting of Ada's; `more` are further members of the body, each after a comma.
  boost::json::object make(const std::string& more) {
    const auto response =
        house->call("POST", "/v2/users/me/meetings", R"({"topic":"Plans","type":2)" + more + "}", ada);
    REQUIRE_MESSAGE(response.status == 201, response.body);
    return House::parsed(response).as_object();
  }
  static std::string id(const boost::json::object& m) { return std::to_string(m.at("id").as_int64()); }

  schedule::testing::KeptMails mails;
  std::unique_ptr<House> house;
  std::string admin, ada;  ///< tokens
};

}  // namespace sealhall::control::testing
