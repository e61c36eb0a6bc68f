// The v2 endpoints about people through the whole server.
#include "core/base/ascii.h"
#include "store/sign_ins.h"
#include "tests/support/control_house.h"

using namespace sealhall;
using namespace sealhall::control;
using namespace sealhall::control::testing;

namespace {

struct PeopleHouse : House {
  std::string create(const std::string& email, const std::string& more = "") {
    const auto made =
        call("POST", "/v2/users",
             R"({"action":"create","user_info":{"email":")" + email + R"(","type":1)" + more + "}}", root);
    REQUIRE_MESSAGE(made.status == 201, made.body);
    return text_at(made, "id");
  }
  int code_of(const io::HttpResponse& response) { return static_cast<int>(parsed(response).at("code").as_int64()); }
  /// So that nobody else is the last one.
  void another_owner() {
    std::optional<bool> made;
    control->engine().write({{.sql = "INSERT INTO users(id, login, name, role, password_hash, created_at, disabled, "
                                     "account_id) VALUES('second','second@example.org','Second','owner','x',1,0,$1)",
                              .values = {store::default_account}}},
                            [&](auto done) { made = done.has_value(); });
    REQUIRE(until([&] { return made.has_value(); }));
    REQUIRE(*made);
  }
  std::string root = admin();
};

}  // namespace

TEST_CASE("v2 users: created, found by id, address and me, changed, deactivated, deleted") {
  PeopleHouse house;
  house.another_owner();
  const auto made = house.call(
      "POST", "/v2/users",
      R"({"action":"create","user_info":{"email":"Ada@Example.org","type":2,"first_name":"Ada","last_name":"Lovelace","password":"correct horse"}})",
      house.root);
  REQUIRE_MESSAGE(made.status == 201, made.body);
  CHECK(House::text_at(made, "email") == "ada@example.org");
  CHECK(House::text_at(made, "first_name") == "Ada");
  CHECK(House::parsed(made).at("type") == 2);
  const std::string id = House::text_at(made, "id");
  const std::string ada = House::text_at(
      house.call("POST", "/api/sign-in", R"({"login":"ada@example.org","password":"correct horse"})"), "token");

  const auto again =
      house.call("POST", "/v2/users", R"({"action":"create","user_info":{"email":"ada@example.org"}})", house.root);
  CHECK(again.status == 409);
  CHECK(house.code_of(again) == 1005);

  for (const std::string& who :
       {id, std::string{"ada@example.org"}, std::string{"Ada@Example.ORG"}, std::string{"me"}}) {
    CAPTURE(who);
    const auto got = house.call("GET", "/v2/users/" + who, "", ada);
    REQUIRE(got.status == 200);
    CHECK(House::text_at(got, "id") == id);
    CHECK(House::text_at(got, "account_id") == store::default_account);
    CHECK(House::text_at(got, "role_name") == "Member");
  }
  // Another member does not see her; whoever may, does.
  const std::string bob = house.member(house.root, "bob@example.org");
  const auto hidden = house.call("GET", "/v2/users/" + id, "", bob);
  CHECK(hidden.status == 404);
  CHECK(house.code_of(hidden) == 1001);
  CHECK(house.code_of(house.call("GET", "/v2/users/nobody@example.org", "", house.root)) == 1001);

  CHECK(House::text_at(house.call("GET", "/api/me", "", ada), "name") == "Ada Lovelace");
  CHECK(house
            .call("PATCH", "/v2/users/me",
                  R"({"last_name":"King","dept":"Maths","timezone":"Europe/London","type":1,"company":"Engines",
                      "job_title":"Countess","phone_number":"+44 20 7946 0000","language":"en"})",
                  ada)
            .status == 204);
  const auto changed = House::parsed(house.call("GET", "/v2/users/me", "", ada));
  CHECK(changed.at("display_name") == "Ada King");
  CHECK(changed.at("dept") == "Maths");
  CHECK(changed.at("timezone") == "Europe/London");
  CHECK(changed.at("company") == "Engines");
  CHECK(changed.at("job_title") == "Countess");
  CHECK(changed.at("phone_number") == "+44 20 7946 0000");
  CHECK(changed.at("language") == "en");
  CHECK(changed.at("type") == 2);
  CHECK(House::text_at(house.call("GET", "/api/me", "", ada), "name") ==
        "Ada King");  // at once, not when 30 s are over

  CHECK(house.call("PUT", "/v2/users/" + id + "/status", R"({"action":"deactivate"})", ada).status == 403);
  CHECK(house.call("PUT", "/v2/users/" + id + "/status", R"({"action":"deactivate"})", house.root).status == 204);
  CHECK(house.call("GET", "/v2/users/me", "", ada).status == 401);  // at once
  CHECK(House::text_at(house.call("GET", "/v2/users/" + id, "", house.root), "status") == "inactive");
  CHECK(house.call("PUT", "/v2/users/" + id + "/status", R"({"action":"activate"})", house.root).status == 204);
  CHECK(house.call("PUT", "/v2/users/" + id + "/status", R"({"action":"explode"})", house.root).status == 400);

  CHECK(House::parsed(house.call("GET", "/v2/users/email?email=Ada@example.org", "", house.root)).at("existed_email") ==
        true);
  CHECK(House::parsed(house.call("GET", "/v2/users/email?email=x@example.org", "", house.root)).at("existed_email") ==
        false);
  CHECK(house.call("GET", "/v2/users/me/schedulers", "", bob).status == 200);
  CHECK(house.call("GET", "/v2/users/me/assistants", "", bob).status == 200);

  CHECK(house.call("DELETE", "/v2/users/" + id + "?action=explode", "", house.root).status == 400);
  CHECK(house.call("DELETE", "/v2/users/me?action=delete", "", house.root).status == 403);
  CHECK(house.call("DELETE", "/v2/users/" + id + "?action=delete", "", house.root).status == 204);
  CHECK(house.call("GET", "/v2/users/" + id, "", house.root).status == 404);
}

TEST_CASE("trap 4: times and the personal meeting are there when they are known, and never an empty text") {
  PeopleHouse house;
  const std::string id = house.create("cem@example.org");
  const auto user = House::parsed(house.call("GET", "/v2/users/" + id, "", house.root)).as_object();
  CHECK_FALSE(user.contains("last_login_time"));
  CHECK_FALSE(user.contains("pmi"));
  CHECK(user.at("created_at").as_string().size() == 20);
  const auto root = House::parsed(house.call("GET", "/v2/users/me", "", house.root)).as_object();
  CHECK(root.at("last_login_time").as_string().size() == 20);
}

TEST_CASE("trap 5: users in pages, along the token or by number; an empty list is page 1 of 1") {
  PeopleHouse house;
  for (int i = 0; i < 4; ++i) house.create("user" + std::to_string(i) + "@example.org");
  const auto list = [&](const std::string& query) {
    return House::parsed(house.call("GET", "/v2/users?" + query, "", house.root)).as_object();
  };
  const auto first = list("page_size=2");
  CHECK(first.at("total_records") == 5);
  CHECK(first.at("page_count") == 3);
  CHECK(first.at("users").as_array().size() == 2);
  std::size_t seen = 0;
  std::string token;
  do {
    const auto page = list("page_size=2&next_page_token=" + token);
    seen += page.at("users").as_array().size();
    token = page.at("next_page_token").as_string().c_str();
  } while (!token.empty());
  CHECK(seen == 5);
  CHECK(list("page_size=2&page_number=0").at("page_number") == 1);
  CHECK(list("page_size=2&page_number=3").at("users").as_array().size() == 1);
  const auto empty = list("status=inactive");
  CHECK(empty.at("page_count") == 1);
  CHECK(empty.at("page_number") == 1);
  CHECK(empty.at("users").as_array().empty());
  CHECK(list("status=pending").at("total_records") == 0);
  CHECK(list("role_id=2").at("total_records") == 4);
}

TEST_CASE("v2 users: each way of creating one that programs name makes somebody who is there at once") {
  PeopleHouse house;
  for (const std::string action : {"create", "autoCreate", "custCreate", "ssoCreate"}) {
    CAPTURE(action);
    const std::string email = ascii_lower(action) + "@example.org";
    const auto made =
        house.call("POST", "/v2/users",
                   R"({"action":")" + action + R"(","user_info":{"email":")" + email + R"(","type":1}})", house.root);
    REQUIRE_MESSAGE(made.status == 201, made.body);
    const std::string id = House::text_at(made, "id");
    CHECK(House::text_at(house.call("GET", "/v2/users/" + id, "", house.root), "status") == "active");
    CHECK(house.code_of(house.call("POST", "/v2/users",
                                   R"({"action":")" + action + R"(","user_info":{"email":")" + email + "\"}}",
                                   house.root)) == 1005);
    // Nobody comes in who was given no password.
    CHECK(house.call("POST", "/api/sign-in", R"({"login":")" + email + R"(","password":""})").status != 200);
  }
  CHECK(house.call("POST", "/v2/users", R"({"action":"conjure","user_info":{"email":"x@example.org"}})", house.root)
            .status == 400);
}

TEST_CASE("v2 users: who was invited and has not come yet is pending") {
  PeopleHouse house;
  house.create("ada@example.org");
  store::SignIns sign_ins{house.control->engine()};
  const UnixMicros now = io::SystemWallClock{}.now();
  const std::string by = House::text_at(house.call("GET", "/api/me", "", house.root), "id");
  const auto invite = [&](const std::string& id, const std::string& login, const std::string& role, Duration holds) {
    std::optional<bool> done;
    sign_ins.invite({id, std::string{store::default_account}, "hash " + id, login, role, std::nullopt, by, now,
                     UnixMicros{static_cast<std::int64_t>(now) + holds.count()}},
                    [&](auto made) { done = made.has_value(); });
    REQUIRE(house.until([&] { return done.has_value(); }));
    REQUIRE(*done);
  };
  invite("i1", "bob@example.org", "member", std::chrono::hours{1});
  invite("i2", "cem@example.org", "admin", std::chrono::hours{1});
  invite("i3", "late@example.org", "member", -std::chrono::hours{1});
  const auto list = [&](const std::string& more) {
    return House::parsed(house.call("GET", "/v2/users?status=pending" + more, "", house.root)).as_object();
  };
  const auto all = list("");
  CHECK(all.at("total_records") == 2);
  REQUIRE(all.at("users").as_array().size() == 2);
  for (const auto& user : all.at("users").as_array()) {
    CHECK(user.at("status") == "pending");
    CHECK(user.at("verified") == 0);
    CHECK(user.at("id") == (user.at("email") == "bob@example.org" ? "i1" : "i2"));
  }
  CHECK(list("&role_id=1").at("users").at(0).at("email") == "cem@example.org");
  CHECK(list("&query=BOB").at("users").at(0).at("id") == "i1");
  const auto second = list("&page_size=1&page_number=2");
  CHECK(second.at("page_count") == 2);
  CHECK(second.at("users").as_array().size() == 1);
  CHECK(House::parsed(house.call("GET", "/v2/users", "", house.root)).at("total_records") == 2);  // root and Ada
  const std::string dan = house.member(house.root, "dan@example.org");
  CHECK(house.call("GET", "/v2/users?status=pending", "", dan).status == 403);
  // By their names there is nobody; programs are told that somebody only has to come, when they may know it.
  const auto code = [&](const std::string& who, const std::string& token) {
    const auto response = house.call("GET", "/v2/users/" + who, "", token);
    CHECK(response.status == 404);
    return house.code_of(response);
  };
  CHECK(code("i1", house.root) == 1120);
  CHECK(code("BOB@example.org", house.root) == 1120);
  CHECK(house.code_of(house.call("PATCH", "/v2/users/i1", R"({"dept":"Maths"})", house.root)) == 1120);
  CHECK(code("late@example.org", house.root) == 1001);
  CHECK(code("i3", house.root) == 1001);
  CHECK(code("i1", dan) == 1001);
  CHECK(code("bob@example.org", dan) == 1001);
}

TEST_CASE("v2 groups and roles") {
  PeopleHouse house;
  const std::string ada = house.create("ada@example.org");
  const auto made = house.call("POST", "/v2/groups", R"({"name":"Maths"})", house.root);
  REQUIRE(made.status == 201);
  const std::string id = House::text_at(made, "id");
  CHECK(house.call("POST", "/v2/groups", R"({"name":"Maths"})", house.root).status == 409);
  const auto added = house.call("POST", "/v2/groups/" + id + "/members",
                                R"({"members":[{"email":"ada@example.org"},{"id":"nobody"}]})", house.root);
  CHECK(added.status == 201);
  CHECK(House::text_at(added, "ids") == ada);
  const auto members = House::parsed(house.call("GET", "/v2/groups/" + id + "/members", "", house.root));
  CHECK(members.at("total_records") == 1);
  CHECK(members.at("members").as_array().at(0).at("email") == "ada@example.org");
  CHECK(House::parsed(house.call("GET", "/v2/users/" + ada, "", house.root)).at("group_ids").as_array().size() == 1);
  const auto in_group = [&](const std::string& group) {
    const auto list = House::parsed(house.call("GET", "/v2/users?group_id=" + group, "", house.root));
    return list.at("total_records").to_number<int>();
  };
  CHECK(in_group(id) == 1);
  CHECK(in_group("nothing") == 0);
  CHECK(House::parsed(house.call("GET", "/v2/groups", "", house.root))
            .at("groups")
            .as_array()
            .at(0)
            .at("total_members") == 1);
  CHECK(house.call("PATCH", "/v2/groups/" + id, R"({"name":"Numbers"})", house.root).status == 204);
  CHECK(House::text_at(house.call("GET", "/v2/groups/" + id, "", house.root), "name") == "Numbers");
  CHECK(house.call("DELETE", "/v2/groups/" + id + "/members/" + ada, "", house.root).status == 204);
  CHECK(in_group(id) == 0);
  CHECK(house.call("DELETE", "/v2/groups/" + id, "", house.root).status == 204);
  CHECK(house.code_of(house.call("GET", "/v2/groups/" + id, "", house.root)) == 4130);

  const auto roles = House::parsed(house.call("GET", "/v2/roles", "", house.root));
  CHECK(roles.at("total_records") == 3);
  CHECK(roles.at("roles").as_array().at(2).at("total_members") == 1);
  CHECK(House::parsed(house.call("GET", "/v2/roles/2/members", "", house.root)).at("total_records") == 1);
  CHECK(house.call("GET", "/v2/roles/nothing/members", "", house.root).status == 404);
}

TEST_CASE("v2 tracking fields") {
  PeopleHouse house;
  const auto made = house.call("POST", "/v2/tracking_fields",
                               R"({"field":"Cost centre","required":true,"recommended_values":["a","b"]})", house.root);
  REQUIRE(made.status == 201);
  const std::string path = "/v2/tracking_fields/" + House::text_at(made, "id");
  CHECK(House::parsed(house.call("GET", "/v2/tracking_fields", "", house.root)).at("total_records") == 1);
  CHECK(house.call("PATCH", path, R"({"visible":false})", house.root).status == 204);
  const auto field = House::parsed(house.call("GET", path, "", house.root));
  CHECK(field.at("visible") == false);
  CHECK(field.at("required") == true);
  CHECK(field.at("recommended_values").as_array().size() == 2);
  // Members may not administer them, and are told what they are asked for.
  const std::string member = house.member(house.root, "planner");
  CHECK(house.call("GET", "/v2/tracking_fields", "", member).status == 403);
  const auto asked = House::parsed(house.call("GET", "/api/me/tracking-fields", "", member));
  REQUIRE(asked.at("tracking_fields").as_array().size() == 1);
  CHECK(asked.at("tracking_fields").as_array().at(0).at("field") == "Cost centre");
  CHECK(asked.at("tracking_fields").as_array().at(0).at("required") == true);
  CHECK(house.call("POST", "/v2/tracking_fields", "{}", house.root).status == 400);
  CHECK(house.call("DELETE", path, "", house.root).status == 204);
  CHECK(house.call("GET", path, "", house.root).status == 404);
}

TEST_CASE("trap 7: a token that is bad or old says 124, one without the scope 4700") {
  PeopleHouse house;
  CHECK(house.code_of(house.call("GET", "/v2/users", "", "at.expired")) == 124);
  CHECK(house.code_of(house.call("GET", "/v2/users", "")) == 124);
  CHECK(house.code_of(house.call("GET", "/v2/nothing", "", house.root)) == 2300);
  CHECK(house.code_of(house.call("POST", "/v2/users", "{", house.root)) == 300);
}
