// Every endpoint of the server is walked: strangers, guests, other members, other accounts and applications without the
// scope are refused. A new endpoint is walked without anybody thinking of it.
#include <map>

#include "tests/support/control_house.h"
#include "tests/support/pretended_callers.h"

using namespace sealhall;
using namespace sealhall::control;
using namespace sealhall::control::testing;

namespace {

bool is_refused(int status) { return status == 401 || status == 403 || status == 404; }

}  // namespace

TEST_CASE("authorisation: every endpoint refuses whoever has no right to it") {
  House house;
  PretendedCallers pretended;
  house.control->callers().add_source("pretended.", pretended);
  const std::string account{store::default_account};
  auto& callers = pretended.callers;
  callers["pretended.guest"].kind = api::CallerKind::guest;
  callers["pretended.guest"].account_id = account;
  callers["pretended.foreign_admin"] = foreigner(api::CallerKind::user, "foreign-admin");
  callers["pretended.foreign_admin"].permissions = api::Permissions::all().without(api::Permission::server);
  callers["pretended.app"].kind = api::CallerKind::application;
  callers["pretended.app"].account_id = account;
  callers["pretended.app"].permissions = api::Permissions::all();
  callers["pretended.app"].client_id = "app";
  callers["pretended.foreign_app"] = foreigner(api::CallerKind::application, "");
  callers["pretended.foreign_app"].permissions = api::Permissions::all();

  const std::string admin = house.admin();
  const std::string owner = house.member(admin, "proprietor");
  const std::string other = house.member(admin, "other");
  const std::string meeting = house.meeting(owner);
  const std::string owner_id = House::text_at(house.call("GET", "/api/me", "", owner), "id");
  const auto made = [&](const std::string& path, const std::string& body, const char* id) {
    const auto response = house.call("POST", path, body, admin);
    REQUIRE_MESSAGE(response.status == 201, response.body);
    return House::text_at(response, id);
  };
  const std::string group = made("/api/groups", R"({"name":"Sales"})", "id");
  const std::string role = made("/api/roles", R"({"name":"Desk","permissions":["users_read"]})", "id");
  REQUIRE(house.call("PUT", "/api/groups/" + group + "/members/" + owner_id, "", admin).status == 204);
  const std::map<std::string, std::string, std::less<>> ids{
      {"meeting_id", meeting},
      {"user_id", owner_id},
      {"group_id", group},
      {"role_id", role},
      {"member_id", owner_id},
      {"client_id", made("/api/applications", R"({"name":"Robot","kind":"server_to_server","scopes":["meeting:read"]})",
                         "client_id")},
      {"field_id", made("/v2/tracking_fields", R"({"field":"Department"})", "id")}};

  int looked_at = 0;
  for (const api::Registry::Declared& declared : house.control->endpoints().endpoints()) {
    const api::Endpoint& endpoint = declared.endpoint;
    std::string target{endpoint.path};
    bool names_ours = false;  // something that is really there
    while (target.find('{') != std::string::npos) {
      const std::size_t from = target.find('{');
      const std::size_t to = target.find('}');
      const auto known = ids.find(target.substr(from + 1, to - from - 1));
      target.replace(from, to - from + 1, known == ids.end() ? "nothing" : known->second);
      names_ours = names_ours || known != ids.end();
    }
    const std::string method{endpoint.method};
    CAPTURE(method);
    CAPTURE(target);
    const std::string body = method == "GET" || method == "DELETE" ? "" : "{}";
    const auto answer = [&](const std::string& token) { return house.call(method, target, body, token); };
    const auto kind = endpoint.access.kind();
    ++looked_at;
    if (kind == api::Access::Kind::anyone) {
      CHECK(answer("").status != 500);
      continue;
    }
    const auto stranger = answer("");
    CHECK(stranger.status == 401);
    CHECK(stranger.headers.find("WWW-Authenticate").has_value());
    CHECK(answer("forged").status == 401);
    CHECK(answer("pretended.nobody").status == 401);
    if (kind != api::Access::Kind::guest) CHECK(answer("pretended.guest").status == 403);
    CHECK(answer("pretended.app").status == 403);
    if (kind == api::Access::Kind::permission) CHECK(answer(other).status == 403);
    if (kind == api::Access::Kind::owner) {
      CHECK(answer(other).status == 404);
      CHECK(answer("pretended.foreign_admin").status == 404);
    }
    // With every scope there is, an application of another account gets nothing of this one.
    callers["pretended.foreign_app"].scopes = api::Scopes::parse(std::string{endpoint.access.scope()} + ":admin");
    house.control->callers().forget_all();
    for (const char* token : {"pretended.foreign_admin", "pretended.foreign_app"}) {
      if (kind != api::Access::Kind::permission && method != "GET") continue;
      const auto foreign = answer(token);
      CHECK(foreign.body.find(owner_id) == std::string::npos);
      CHECK(foreign.body.find("proprietor") == std::string::npos);
      CHECK(foreign.body.find(meeting) == std::string::npos);
      if (endpoint.path.find('{') != std::string_view::npos && kind == api::Access::Kind::owner) {
        CHECK(is_refused(foreign.status));
      }
      // Nothing that they could do to it, whatever the body; and to look at it, it is not there.
      if (names_ours && kind == api::Access::Kind::permission) {
        CAPTURE(token);
        CHECK(foreign.status >= 400);
        if (method == "GET") CHECK(is_refused(foreign.status));
      }
    }
  }
  CHECK(looked_at == static_cast<int>(house.control->endpoints().endpoints().size()));
  // Nothing of it changed anything.
  const auto members = house.call("GET", "/api/groups/" + group + "/members", "", admin);
  CHECK(members.body.find("proprietor") != std::string::npos);
  CHECK(house.call("GET", "/api/roles/" + role + "/members", "", admin).status == 200);
  CHECK(House::parsed(house.call("GET", "/api/users", "", admin)).at("users").as_array().size() == 3);
  CHECK(house.call("GET", "/api/meetings/" + meeting, "", owner).status == 200);
  CHECK(House::parsed(house.call("GET", "/api/meetings/" + meeting, "", owner)).as_object().contains("ended_at") ==
        false);
}
