// What is done to people, groups and applications is told to programs, once, and written down with who did it.
#include <algorithm>
#include <set>

#include "server/api/tokens.h"
#include "store/sign_ins.h"
#include "tests/support/control_house.h"

using namespace sealhall;
using namespace sealhall::control;
using namespace sealhall::control::testing;

namespace {

struct Account : House {
  void done(int status, const std::string& method, const std::string& target, const std::string& body = "") {
    const auto answer = call(method, target, body, root);
    CHECK_MESSAGE(answer.status == status, method << " " << target << ": " << answer.body);
  }
  std::string made(const std::string& target, const std::string& body, const char* id = "id") {
    const auto answer = call("POST", target, body, root);
    REQUIRE_MESSAGE(answer.status == 201, answer.body);
    return text_at(answer, id);
  }
  /// "user.created ada@example.org" and so on, everything since it was asked last.
  std::vector<std::string> told(std::size_t least = 1) {
    until([&] { return told_.size() >= least; });
    breathe();
    return std::exchange(told_, {});
  }
  std::string root = admin();

 private:
  std::vector<std::string> told_;
  EventBus::Subscription subscription_ = control->events().subscribe([this](const Event& e) {
    const auto object = boost::json::parse(e.object_json);
    const auto* email = object.as_object().if_contains("email");
    told_.push_back(e.name + (email == nullptr ? "" : " " + std::string{email->as_string().c_str()}));
  });
};

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("events: each thing that is done to a person is told once, by whichever way it was done") {
  Account house;
  const std::string id = house.made(
      "/v2/users", R"({"action":"create","user_info":{"email":"ada@example.org","password":"correct horse"}})");
  CHECK(house.told() == Names{"user.created ada@example.org"});
  const auto sign_in = [&] {
    return House::text_at(
        house.call("POST", "/api/sign-in", R"({"login":"ada@example.org","password":"correct horse"})"), "token");
  };
  const std::string ada = sign_in();
  CHECK(house.told() == Names{"user.signed_in ada@example.org"});
  CHECK(house.call("PATCH", "/v2/users/me/settings", R"({"in_meeting":{"waiting_room":true}})", ada).status == 204);
  CHECK(house.told() == Names{"user.settings_updated ada@example.org"});
  CHECK(house.call("PUT", "/api/me/policies", R"({"settings":[{"name":"meeting.waiting_room","value":false}]})", ada)
            .status == 204);
  CHECK(house.told() == Names{"user.settings_updated ada@example.org"});
  CHECK(house.call("DELETE", "/api/me/policies/meeting.waiting_room", "", ada).status == 204);
  CHECK(house.told() == Names{"user.settings_updated ada@example.org"});
  // Those of everybody are nobody's settings.
  house.done(204, "PUT", "/api/policies/account", R"({"settings":[{"name":"meeting.waiting_room","value":true}]})");
  house.done(204, "DELETE", "/api/policies/account/meeting.waiting_room");
  CHECK(house.told(0).empty());
  CHECK(house.call("POST", "/api/sign-out", "", ada).status == 204);
  CHECK(house.told() == Names{"user.signed_out ada@example.org"});

  house.done(204, "PATCH", "/v2/users/" + id, R"({"dept":"Maths"})");
  CHECK(house.told() == Names{"user.updated ada@example.org"});
  house.done(204, "PUT", "/v2/users/" + id + "/status", R"({"action":"deactivate"})");
  CHECK(house.told() == Names{"user.deactivated ada@example.org"});
  house.done(204, "PUT", "/v2/users/" + id + "/status", R"({"action":"activate"})");
  CHECK(house.told() == Names{"user.activated ada@example.org"});
  // What an integration does when somebody leaves: deactivated, and nothing of theirs deleted.
  house.done(204, "DELETE", "/v2/users/" + id);
  CHECK(house.told(2) == Names{"user.deactivated ada@example.org", "user.disassociated ada@example.org"});
  CHECK(House::text_at(house.call("GET", "/v2/users/" + id, "", house.root), "status") == "inactive");
  CHECK(house.call("POST", "/api/sign-in", R"({"login":"ada@example.org","password":"correct horse"})").status == 401);
  house.done(204, "DELETE", "/v2/users/" + id + "?action=delete");
  CHECK(house.told() == Names{"user.deleted ada@example.org"});
}

TEST_CASE("events: that an invitation was accepted is told before the person who came of it, and once") {
  Account house;
  store::SignIns sign_ins{house.control->engine()};
  const UnixMicros now = io::SystemWallClock{}.now();
  std::optional<bool> invited;
  sign_ins.invite({"i1", std::string{store::default_account}, api::token_hash("let me in"), "bob@example.org", "member",
                   std::nullopt, House::text_at(house.call("GET", "/api/me", "", house.root), "id"), now,
                   UnixMicros{static_cast<std::int64_t>(now) + 3'600'000'000}},
                  [&](auto done) { invited = done.has_value(); });
  REQUIRE(house.until([&] { return invited.has_value(); }));
  REQUIRE(*invited);
  const std::string accept = R"({"token":"let me in","name":"Bob","password":"tragic lamp orbit"})";
  const auto accepted = house.call("POST", "/api/invitations/accept", accept);
  REQUIRE_MESSAGE(accepted.status == 201, accepted.body);
  CHECK(house.told(3) == Names{"user.invitation_accepted bob@example.org", "user.created bob@example.org",
                               "user.signed_in bob@example.org"});
  CHECK(house.call("POST", "/api/invitations/accept", accept).status == 403);
  CHECK(house.told(0).empty());
}

TEST_CASE("operations log: what is changed by /v2, and applications, is written down with who did it") {
  Account house;
  const std::string ada =
      house.made("/v2/users", R"({"action":"create","user_info":{"email":"ada@example.org","type":1}})");
  house.done(204, "PATCH", "/v2/users/" + ada, R"({"dept":"Maths"})");
  house.done(204, "PUT", "/v2/users/" + ada + "/status", R"({"action":"deactivate"})");
  house.done(204, "PUT", "/v2/users/" + ada + "/status", R"({"action":"activate"})");
  const std::string group = house.made("/v2/groups", R"({"name":"Sales"})");
  house.done(204, "PATCH", "/v2/groups/" + group, R"({"name":"Board"})");
  for (const std::string& where : {"/api/groups/" + group + "/policies", std::string{"/api/policies/account"}}) {
    house.done(204, "PUT", where, R"({"settings":[{"name":"meeting.waiting_room","value":true}]})");
    house.done(204, "DELETE", where + "/meeting.waiting_room");
  }
  house.done(201, "POST", "/v2/groups/" + group + "/members", R"({"members":[{"id":")" + ada + R"("}]})");
  house.done(201, "POST", "/v2/groups/" + group + "/members", R"({"members":[{"id":"nobody"}]})");  // changes nothing
  house.done(204, "DELETE", "/v2/groups/" + group + "/members/" + ada);
  house.done(204, "DELETE", "/v2/groups/" + group);
  house.done(204, "DELETE", "/v2/users/" + ada + "?action=delete");
  const std::string field = house.made("/v2/tracking_fields", R"({"field":"Department"})");
  house.done(204, "PATCH", "/v2/tracking_fields/" + field, R"({"required":true})");
  house.done(204, "DELETE", "/v2/tracking_fields/" + field);
  const std::string app = house.made(
      "/api/applications", R"({"name":"Robot","kind":"server_to_server","scopes":["group:write:admin"]})", "client_id");
  house.done(204, "PATCH", "/api/applications/" + app, R"({"name":"Machine"})");
  const auto renewed = house.call("POST", "/api/applications/" + app + "/secret", "", house.root);
  REQUIRE(renewed.status == 200);
  // What an application does for the account is done by it.
  const std::string secret = House::text_at(renewed, "client_secret");
  const auto token =
      house.send("POST", "/oauth/token", "grant_type=account_credentials&client_id=" + app + "&client_secret=" + secret,
                 {{"Content-Type", "application/x-www-form-urlencoded"}});
  REQUIRE_MESSAGE(token.status == 200, token.body);
  const auto by_app = house.call("POST", "/v2/groups", R"({"name":"Robots"})", House::text_at(token, "access_token"));
  REQUIRE_MESSAGE(by_app.status == 201, by_app.body);
  house.done(204, "DELETE", "/api/applications/" + app);
  house.made("/api/users", R"({"login":"eve","name":"Eve","password":"correct horse"})");

  const std::string robots = House::text_at(by_app, "id");
  std::multiset<std::string> wanted{
      "add user " + ada,
      "change user " + ada,
      "disable user " + ada,
      "enable user " + ada,
      "remove user " + ada,
      "add group " + group,
      "change group " + group,
      "change group " + group,
      "change group " + group,
      "remove group " + group,
      "change policy " + group,
      "change policy " + group,
      "change policy " + std::string{store::default_account},
      "change policy " + std::string{store::default_account},
      "add tracking field " + field,
      "change tracking field " + field,
      "remove tracking field " + field,
      "add application " + app,
      "change application " + app,
      "new secret application " + app,
      "remove application " + app,
      "add group " + robots,
  };
  std::multiset<std::string> seen;
  std::string robot;
  CHECK(house.until([&] {
    seen.clear();
    const auto report = House::parsed(house.call("GET", "/v2/report/operationlogs?page_size=100", "", house.root));
    for (const auto& line : report.at("operation_logs").as_array()) {
      const std::string what = std::string{line.at("action").as_string().c_str()} + " " +
                               std::string{line.at("operation_detail").as_string().c_str()};
      if (what == "add group " + robots) robot = line.at("operator").as_string().c_str();
      seen.insert(what);
    }
    return seen.size() > wanted.size();
  }));
  for (const std::string& line : wanted) {
    CHECK_MESSAGE(seen.count(line) == wanted.count(line), line);
  }
  CHECK(std::ranges::count_if(seen, [](const std::string& line) { return line.starts_with("add user "); }) == 2);
  CHECK(seen.size() == wanted.size() + 1);  // and Eve
  CHECK(robot == app);
  // Those of one kind only, with as many as there are of it.
  const auto count = [&](const std::string& category) {
    const auto report = House::parsed(
        house.call("GET", "/v2/report/operationlogs?page_size=2&category_type=" + category, "", house.root));
    for (const auto& line : report.at("operation_logs").as_array()) {
      if (category != "all" && !category.empty()) CHECK(line.at("category_type") == category.c_str());
    }
    return report.at("total_records").to_number<std::size_t>();
  };
  CHECK(count("group") == 6);
  CHECK(count("policy") == 4);
  CHECK(count("application") == 4);
  CHECK(count("nothing") == 0);
  CHECK(count("all") == seen.size());
  CHECK(count("") == seen.size());
}
