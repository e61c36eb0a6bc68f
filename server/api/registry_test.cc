#include "server/api/registry.h"

#include "tests/support/api_house.h"

using namespace sealhall;
using namespace sealhall::api;
using namespace sealhall::api::testing;

namespace registry_test {

enum class Colour : std::uint8_t { red, green };
BOOST_DESCRIBE_ENUM(Colour, red, green)
struct ThingPath {
  std::string thing_id;
  std::optional<std::uint32_t> depth;
  PageQuery page;
};
BOOST_DESCRIBE_STRUCT(ThingPath, (), (thing_id, depth, page))
struct ChangeThing {
  std::string name;
  std::optional<Colour> colour;
  std::optional<std::vector<std::uint32_t>> numbers;
};
BOOST_DESCRIBE_STRUCT(ChangeThing, (), (name, colour, numbers))
struct ThingView {
  std::string id;
  std::string name;
  std::optional<std::uint32_t> depth;
  Page page;
};
BOOST_DESCRIBE_STRUCT(ThingView, (), (id, name, depth, page))
struct TokenForm {
  std::string grant_type;
  std::optional<std::string> code;
};
BOOST_DESCRIBE_STRUCT(TokenForm, (), (grant_type, code))

}  // namespace registry_test
using namespace registry_test;

template <>
inline constexpr wire::Limit sealhall::wire::limit_of<&ChangeThing::name> = wire::size_between(1, 10);

namespace {

/// Two things of two people in "acme", one of somebody elsewhere.
struct Things : ApiHouse {
  explicit Things(RatePolicy policy = {}) : ApiHouse(policy) {
    registry.resolve("thing_id",
                     [](const Caller&, std::string id, Done<std::optional<Subject>> done) {
                       if (id == "adas") return done(Subject{id, "acme", "ada", {"bob"}, std::string{"Ada's thing"}});
                       if (id == "elsewhere") return done(Subject{id, "other", "eve", {}, std::string{"Eve's thing"}});
                       done(std::optional<Subject>{});
                     },
                     {404, "There is no such thing.", {}, std::nullopt, 4242});
    registry.add(
        {"GET", "/v2/things/{thing_id}", "Things", "Get a thing",
         Access::owner("thing_id", Permission::meetings_read, "thing:read:thing")},
        [](Call<ThingPath> call, Answer<ThingView> answer) {
          const auto window = window_of(call.query.page);
          if (!window) return answer(window.error());
          answer(ThingView{call.query.thing_id, call.subject.as<std::string>(), call.query.depth, window->page(0)});
        });
    registry.add({"PATCH", "/v2/things/{thing_id}", "Things", "Change a thing",
                  Access::owner("thing_id", Permission::meetings_write, "thing:write:thing")},
                 [this](Call<ThingPath, ChangeThing> call, Answer<> answer) {
                   changed = call.body;
                   answer();
                 });
    registry.add({"GET", "/v2/things", "Things", "Mine", Access::signed_in("thing:read:list_things")},
                 [](Call<> call, Answer<> answer) {
                   answer.header("X-Who", call.caller.user_id);
                   answer();
                 });
    registry.add({"GET", "/v2/things/all", "Things", "All",
                  Access::permission(Permission::meetings_read, "thing:read:list_things")},
                 [](Call<>, Answer<> answer) { answer(); });
    registry.add({"GET", "/v2/join", "Things", "For guests too", Access::guest()},
                 [](Call<>, Answer<> answer) { answer(); });
    registry.add({.method = "POST",
                  .path = "/oauth/things",
                  .tag = "Things",
                  .summary = "A form",
                  .access = Access::anyone(),
                  .body = BodyKind::form},
                 [this](Call<None, TokenForm> call, Answer<Http> answer) {
                   form = call.body;
                   answer(io::HttpResponse::text(200, "fine"));
                 });
    registry.add({.method = "POST",
                  .path = "/page",
                  .tag = "Things",
                  .summary = "From our own page",
                  .access = Access::signed_in(),
                  .token = TokenPlace::cookie},
                 [](Call<>, Answer<> answer) { answer(); });
    registry.add({.method = "GET",
                  .path = "/file",
                  .tag = "Things",
                  .summary = "A download",
                  .access = Access::signed_in(),
                  .token = TokenPlace::query},
                 [](Call<>, Answer<> answer) { answer(); });
  }
  ChangeThing changed;
  TokenForm form;
};

}  // namespace

TEST_CASE("registry: whoever is not allowed by name is refused") {
  Things house;
  const std::string ada = house.person("ada");
  const std::string bob = house.person("bob");
  const std::string cem = house.person("cem");
  const std::string boss = house.person("boss", {Permission::meetings_read});
  const std::string foreign_boss = house.person("fboss", Permissions::all(), "other");
  const std::string guest = house.guest();
  const auto status = [&](const std::string& target, const std::string& token) {
    return house.call("GET", target, "", token).status;
  };
  for (const char* target : {"/v2/things/adas", "/v2/things", "/v2/things/all", "/v2/join"}) {
    CAPTURE(target);
    CHECK(status(target, "") == 401);
    CHECK(status(target, "forged") == 401);
  }
  CHECK(status("/v2/things/adas", ada) == 200);
  CHECK(status("/v2/things/adas", bob) == 200);  // an alternative owner
  CHECK(status("/v2/things/adas", boss) == 200);
  CHECK(status("/v2/things/adas", cem) == 404);
  CHECK(status("/v2/things/adas", foreign_boss) == 404);
  CHECK(status("/v2/things/adas", guest) == 403);
  CHECK(status("/v2/things/elsewhere", boss) == 404);
  CHECK(status("/v2/things/none", ada) == 404);
  // What is somebody else's looks as what is not there.
  CHECK(house.call("GET", "/v2/things/adas", "", cem).body == house.call("GET", "/v2/things/none", "", cem).body);
  CHECK(ApiHouse::parsed(house.call("GET", "/v2/things/none", "", ada)).at("code") == 4242);
  CHECK(house.call("PATCH", "/v2/things/adas", R"({"name":"x"})", boss).status == 404);  // may read only
  CHECK(status("/v2/things/all", boss) == 204);
  CHECK(status("/v2/things/all", ada) == 403);
  CHECK(status("/v2/things", guest) == 403);
  CHECK(status("/v2/join", guest) == 204);
}

TEST_CASE("registry: an application may do what its scopes say, and no more than its person") {
  Things house;
  const auto status = [&](const char* scopes, const std::string& user, const std::string& target,
                          Permissions permissions = Permissions::all()) {
    house.callers.forget_all();
    return house.call("GET", target, "", house.application("app", scopes, user, permissions)).status;
  };
  CHECK(status("thing:read", "ada", "/v2/things/adas") == 200);
  CHECK(status("thing:read:thing", "ada", "/v2/things/adas") == 200);
  CHECK(status("thing:read", "cem", "/v2/things/adas") == 404);
  CHECK(status("thing:read:admin", "cem", "/v2/things/adas") == 200);
  CHECK(status("thing:read:admin", "cem", "/v2/things/adas", {}) == 404);
  CHECK(status("thing:write:admin", "ada", "/v2/things/adas") == 403);
  CHECK(status("thing:read", "ada", "/v2/things/all") == 403);
  CHECK(status("thing:read:admin", "ada", "/v2/things/all") == 204);
  CHECK(status("thing:read:list_things:admin", "ada", "/v2/things/all") == 204);
  CHECK(status("thing:read", "ada", "/v2/things") == 204);
  const auto refused = house.call("GET", "/v2/things", "", house.application("app2", "user:read", "ada"));
  CHECK(refused.status == 403);
  CHECK(ApiHouse::parsed(refused).at("code") == 4700);
  CHECK(refused.headers.find("WWW-Authenticate") ==
        R"(Bearer error="insufficient_scope", scope="thing:read:list_things")");
  // Endpoints without a scope are not for applications.
  CHECK(house.call("GET", "/file", "", house.application("app3", "thing:read:admin", "ada")).status == 403);
}

TEST_CASE("registry: path, query and body are checked, and every wrong field is named") {
  Things house;
  const std::string ada = house.person("ada");
  const auto fine = ApiHouse::parsed(house.call("GET", "/v2/things/adas?depth=7&unknown=1", "", ada));
  CHECK(fine.at("id") == "adas");
  CHECK(fine.at("depth") == 7);
  CHECK(fine.at("page_count") == 1);
  CHECK(fine.as_object().contains("page") == false);
  CHECK(house.call("GET", "/v2/things/adas?depth=", "", ada).status == 200);
  CHECK(house.call("GET", "/v2/things/adas?depth=x", "", ada).status == 400);
  CHECK(house.call("GET", "/v2/things/adas?depth=-1", "", ada).status == 400);
  CHECK(house.call("GET", "/v2/things/adas?depth=4294967296", "", ada).status == 400);
  CHECK(house.call("GET", "/v2/things/adas?x=%zz", "", ada).status == 400);
  CHECK(house.call("GET", "/v2/things/%zz", "", ada).status == 400);
  CHECK(house.call("GET", "/v2/things/adas?next_page_token=zz", "", ada).status == 400);
  CHECK(house.call("PATCH", "/v2/things/adas", R"({"name":"n","colour":"green","numbers":[1,2.0],"more":{}})", ada)
            .status == 204);
  CHECK(house.changed.name == "n");
  CHECK(house.changed.colour == Colour::green);
  CHECK(house.changed.numbers == std::vector<std::uint32_t>{1, 2});
  CHECK(house.call("PATCH", "/v2/things/adas", R"({"name":"n","colour":null})", ada).status == 204);
  CHECK(!house.changed.colour);
  const auto wrong =
      house.call("PATCH", "/v2/things/adas", R"({"name":"","colour":"blue","numbers":[1,"x",2.5]})", ada);
  CHECK(wrong.status == 400);
  const auto json = ApiHouse::parsed(wrong);
  CHECK(json.at("code") == 300);
  std::vector<std::string> fields;
  for (const auto& e : json.at("errors").as_array()) fields.emplace_back(e.at("field").as_string().c_str());
  CHECK(fields == std::vector<std::string>{"name", "colour", "numbers[1]", "numbers[2]"});
  for (const char* body : {"{", "[]", "5", "{\"name\":\"\xff\"}", R"({"name":"a\u0000b"})", R"({"name":{}})"}) {
    CAPTURE(body);
    CHECK(house.call("PATCH", "/v2/things/adas", body, ada).status == 400);
  }
  CHECK(house.call("PATCH", "/v2/things/adas", "{\"name\":" + std::string(100, '[') + std::string(100, ']') + "}", ada)
            .status == 400);
  CHECK(house.call("PATCH", "/v2/things/adas", R"({"name":")" + std::string(70'000, 'x') + "\"}", ada).status == 413);
  // Rights come first: a stranger learns nothing about what is wrong with the request.
  CHECK(house.call("PATCH", "/v2/things/adas", "{", "").status == 401);
  CHECK(house.call("PATCH", "/v2/things/adas", "{", house.person("cem")).status == 404);
}

TEST_CASE("registry: unknown addresses, methods, HEAD and OPTIONS") {
  Things house;
  const std::string ada = house.person("ada");
  const auto unknown = house.call("GET", "/v2/nothing", "", ada);
  CHECK(unknown.status == 404);
  CHECK(ApiHouse::parsed(unknown).at("code") == 2300);
  CHECK(house.call("POST", "/v2/nothing", "{}", ada).status == 404);
  const auto method = house.call("DELETE", "/v2/things/adas", "", ada);
  CHECK(method.status == 405);
  CHECK(method.headers.find("Allow") == "GET, HEAD, PATCH");
  const auto options = house.call("OPTIONS", "/v2/things/adas");
  CHECK(options.status == 204);
  CHECK(options.headers.find("Allow") == "GET, HEAD, PATCH");
  CHECK(house.call("HEAD", "/v2/things/adas", "", ada).status == 200);
  CHECK(house.call("GET", "/v2/things/", "", ada).status == 404);
}

TEST_CASE(
    "registry: what a request has changed is acknowledged when that may be; reads and refusals wait for nothing") {
  Things house;
  const std::string ada = house.person("ada");
  int asked = 0;
  std::optional<std::string> seen;
  house.before_acknowledging = [&] {
    ++asked;
    seen = house.changed.name;  // it is done by then
  };
  CHECK(house.call("GET", "/v2/things/adas", "", ada).status == 200);
  CHECK(house.call("PATCH", "/v2/things/adas", R"({"name": ""})", ada).status == 400);
  CHECK(asked == 0);
  CHECK(house.call("PATCH", "/v2/things/adas", R"({"name": "new"})", ada).status == 204);
  CHECK(asked == 1);
  CHECK(seen == "new");
}

TEST_CASE("registry: forms may stand in the body or in the query") {
  Things house;
  CHECK(house.call("POST", "/oauth/things?grant_type=a%20b&code=1").body == "fine");
  CHECK(house.form.grant_type == "a b");
  CHECK(house.call("POST", "/oauth/things", "grant_type=c+d").status == 200);
  CHECK(house.form.grant_type == "c d");
  CHECK(!house.form.code);
  CHECK(house.call("POST", "/oauth/things", R"({"grant_type":"e"})").status == 200);
  CHECK(house.form.grant_type == "e");
  const auto wrong = ApiHouse::parsed(house.call("POST", "/oauth/things", "code=1"));
  CHECK(wrong.at("error") == "invalid_request");
  CHECK(wrong.as_object().contains("reason"));
}

TEST_CASE("registry: the session cookie counts only in what our own pages send") {
  Things house;
  const std::string ada = house.person("ada");
  const std::string cookie = "a=b; __Host-sealhall=" + ada;
  CHECK(house.call("POST", "/page", "", "", {{"Cookie", cookie}}).status == 403);
  CHECK(house.call("POST", "/page", "", "", {{"Cookie", cookie}, {"Origin", "https://evil.example"}}).status == 403);
  CHECK(house.call("POST", "/page", "", "", {{"Cookie", cookie}, {"Origin", "https://meet.example"}}).status == 204);
  const auto read = [&](const char* target, const char* site) {
    return house.call("GET", target, "", "", {{"Cookie", cookie}, {"Sec-Fetch-Site", site}}).status;
  };
  CHECK(read("/v2/things", "same-origin") == 204);
  CHECK(read("/v2/things", "none") == 204);
  CHECK(read("/v2/things", "cross-site") == 403);
  CHECK(read("/v2/things", "same-site") == 403);
  CHECK(house.call("GET", "/file?access_token=" + ada).status == 204);
  CHECK(house.call("GET", "/v2/things?access_token=" + ada).status == 401);
}

TEST_CASE("trap 8: 429 says its limit, and when to come again as a date") {
  Things house{{.light = 3, .burst_seconds = 1}};
  const std::string ada = house.person("ada");
  for (int i = 0; i < 3; ++i) CHECK(house.call("GET", "/v2/things", "", ada).status == 204);
  const auto limited = house.call("GET", "/v2/things", "", ada);
  CHECK(limited.status == 429);
  CHECK(ApiHouse::parsed(limited).at("code") == 429);
  CHECK(limited.headers.find("X-RateLimit-Category") == "Light");
  CHECK(limited.headers.find("X-RateLimit-Type") == "QPS");
  CHECK(limited.headers.find("X-RateLimit-Limit") == "3");
  CHECK(limited.headers.find("X-RateLimit-Remaining") == "0");
  CHECK(limited.headers.find("Retry-After") == "2026-11-18T11:06:41Z");
  CHECK(house.call("GET", "/v2/things", "", house.person("bob")).status == 204);
}

TEST_CASE("registry: what a token stands for is remembered, and forgotten at once when told") {
  Things house;
  const std::string ada = house.person("ada");
  for (int i = 0; i < 5; ++i) CHECK(house.call("GET", "/v2/things", "", ada).status == 204);
  CHECK(house.tokens.asked == 1);
  house.tokens.callers.clear();
  CHECK(house.call("GET", "/v2/things", "", ada).status == 204);
  house.callers.forget_user("ada");
  CHECK(house.call("GET", "/v2/things", "", ada).status == 401);
}
