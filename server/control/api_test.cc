#include "server/control/api.h"

#include <doctest/doctest.h>

#include "tests/support/control_house.h"

using namespace sealhall;
using namespace sealhall::control;
using namespace sealhall::control::testing;

TEST_CASE("api: the set-up link makes the first administrator, once") {
  House house;
  CHECK(house.call("GET", "/api/status").body.find("\"setup_needed\":true") != std::string::npos);
  const std::string old_token = house.setup_token();
  const std::string token = house.setup_token();
  const auto body = [](const std::string& t, const char* password) {
    return R"({"token":")" + t + R"(","login":" Root ","name":"Root","password":")" + password + "\"}";
  };
  CHECK(house.call("POST", "/api/setup", body(old_token, "correct horse")).status == 403);
  CHECK(house.call("POST", "/api/setup", body("x", "correct horse")).status == 403);
  const auto weak = house.call("POST", "/api/setup", body(token, "short"));
  CHECK(weak.status == 400);
  CHECK(weak.body.find("\"field\":\"password\"") != std::string::npos);
  const auto made = house.call("POST", "/api/setup", body(token, "correct horse"));
  REQUIRE(made.status == 201);
  CHECK(made.headers.find("Cache-Control") == "no-store");
  const auto me = house.call("GET", "/api/me", "", House::text_at(made, "token"));
  CHECK(House::text_at(me, "login") == "root");
  CHECK(House::parsed(me).at("admin") == true);
  CHECK(house.call("POST", "/api/setup", body(token, "correct horse")).status == 403);
  CHECK(house.call("GET", "/api/status").body.find("\"setup_needed\":false") != std::string::npos);
  std::optional<std::string> link;
  house.control->setup_link([&](const std::string& l) { link = l; });
  house.until([&] { return link.has_value(); });
  CHECK(link == "");
}

TEST_CASE("api: the set-up page works without script, and says what is wrong") {
  House house;
  const std::string token = house.setup_token();
  const auto page = house.call("GET", "/setup?token=" + token);
  CHECK(page.status == 200);
  CHECK(page.body.find("value=\"" + token + "\"") != std::string::npos);
  CHECK(page.headers.find("Content-Security-Policy")->find("script") == std::string_view::npos);
  CHECK(house.call("GET", "/setup?token=%22%3E%3Cscript%3E").body.find("<script>") == std::string::npos);
  const auto wrong = house.call("POST", "/setup", "token=" + token + "&name=A&login=ad&password=short");
  CHECK(wrong.status == 400);
  CHECK(wrong.body.find("At least 10") != std::string::npos);
  const auto right =
      house.call("POST", "/setup", "token=" + token + "&name=Ada+L&login=ada&password=correct%20horse%26");
  CHECK(right.status == 201);
  CHECK(house.call("POST", "/api/sign-in", R"({"login":"ada","password":"correct horse&"})").status == 200);
  CHECK(house.call("GET", "/setup").status == 410);
}

TEST_CASE("api: signing in gives a token that works until signing out") {
  House house;
  house.admin();
  const auto in = house.call("POST", "/api/sign-in", R"({"login":"ROOT","password":"correct horse"})");
  REQUIRE(in.status == 200);
  const std::string token = House::text_at(in, "token");
  CHECK(token.size() == 43);
  CHECK(house.call("GET", "/api/me", "", token).status == 200);
  CHECK(house.call("GET", "/api/me", "", token + "x").status == 401);
  CHECK(house.call("POST", "/api/sign-out", "", token).status == 204);
  const auto out = house.call("GET", "/api/me", "", token);
  CHECK(out.status == 401);
  CHECK(out.headers.find("WWW-Authenticate") == "Bearer");
}

TEST_CASE("api: a session ends by itself") {
  ControlOptions options;
  options.account_times.session = 100ms;
  House house{std::move(options)};
  const std::string token = house.admin();
  house.breathe(120ms);
  CHECK(house.call("GET", "/api/me", "", token).status == 401);
}

TEST_CASE("api: a wrong password and an unknown name look the same, and are slowed down") {
  House house;
  house.admin();
  const auto wrong = house.call("POST", "/api/sign-in", R"({"login":"root","password":"wrong horse"})");
  const auto unknown = house.call("POST", "/api/sign-in", R"({"login":"nobody","password":"wrong horse"})");
  CHECK(wrong.status == 401);
  CHECK(unknown.status == 401);
  CHECK(wrong.body == unknown.body);
  io::HttpResponse last;
  for (int i = 0; i < 12; ++i)
    last = house.call("POST", "/api/sign-in", R"({"login":"root","password":"wrong horse"})");
  CHECK(last.status == 429);
  CHECK(last.headers.find("Retry-After").has_value());
  // Also the right one has to wait now.
  CHECK(house.call("POST", "/api/sign-in", R"({"login":"root","password":"correct horse"})").status == 429);
}

TEST_CASE("api: which endpoints are open to strangers is a list that a reviewer sees change") {
  House house;
  std::vector<std::string> open;
  for (const api::Registry::Declared& declared : house.control->endpoints().endpoints()) {
    if (declared.endpoint.access.kind() != api::Access::Kind::anyone) continue;
    open.push_back(std::string{declared.endpoint.method} + " " + std::string{declared.endpoint.path});
  }
  // Of a file: with a ticket that a live meeting has given out.
  CHECK(open == std::vector<std::string>{"PUT /api/files/{file}",
                                         "GET /api/files/{file}",
                                         "GET /assets/{file}",
                                         "GET /healthz",
                                         "GET /api/status",
                                         "POST /api/setup",
                                         "POST /api/sign-in",
                                         "GET /api/meetings/{meeting_id}/join",
                                         "GET /",
                                         "GET /app",
                                         "GET /app/{page}",
                                         "GET /app/{page}/{item}",
                                         "GET /app/{page}/{item}/{part}",
                                         "GET /admin",
                                         "GET /admin/{page}",
                                         "GET /admin/{page}/{item}",
                                         "GET /admin/{page}/{item}/{part}",
                                         "GET /setup/{page}",
                                         "GET /j/{meeting_id}",
                                         "GET /s/{meeting_id}",
                                         "GET /register/{meeting_id}",
                                         "POST /register/{meeting_id}",
                                         "GET /setup",
                                         "POST /setup",
                                         "GET /api/branding",
                                         "GET /api/branding/logo/{logo_id}",
                                         "GET /bigbluebutton/api",
                                         "GET /bigbluebutton/api/",
                                         "GET /bigbluebutton/api/{call}",
                                         "GET /bigbluebutton/{account}/api",
                                         "GET /bigbluebutton/{account}/api/{call}",
                                         "POST /bigbluebutton/api",
                                         "POST /bigbluebutton/api/",
                                         "POST /bigbluebutton/api/{call}",
                                         "POST /bigbluebutton/{account}/api",
                                         "POST /bigbluebutton/{account}/api/{call}",
                                         "POST /api/shared/{share_token}",
                                         "GET /rec/play/{file_id}",
                                         "GET /rec/download/{file_id}",
                                         "GET /rec/share/{share_token}",
                                         "POST /api/sign-in/passkey/begin",
                                         "POST /api/sign-in/passkey",
                                         "POST /api/password-look",
                                         "POST /api/password-reset",
                                         "POST /api/password-reset/finish",
                                         "POST /api/invitations/look",
                                         "POST /api/invitations/accept",
                                         "GET /invitation",
                                         "POST /invitation",
                                         "GET /password",
                                         "POST /password",
                                         "GET /api/sign-in/providers",
                                         "GET /oidc/{provider_id}/start",
                                         "GET /oidc/callback",
                                         "GET /readyz",
                                         "POST /oauth/token",
                                         "POST /oauth/revoke",
                                         "POST /oauth/data/compliance",
                                         "GET /oauth/authorize",
                                         "POST /oauth/authorize",
                                         "GET /openapi.json",
                                         "GET /docs/api"});
}

TEST_CASE("api: a page of ours gets its session as a cookie that no script reads, and nobody else does") {
  House house;
  house.admin();
  const std::string body = R"({"login":"root","password":"correct horse","cookie":true})";
  const std::pair<std::string, std::string> json{"Content-Type", "application/json"};
  for (const auto& header : std::vector<std::pair<std::string, std::string>>{
           {"Sec-Fetch-Site", "cross-site"}, {"Origin", "https://evil.example"}, {"X-Nothing", "1"}}) {
    const auto refused = house.send("POST", "/api/sign-in", body, {json, header});
    CHECK(refused.status == 403);
    CHECK(!refused.headers.find("Set-Cookie"));
  }
  const auto in = house.send("POST", "/api/sign-in", body, {json, {"Sec-Fetch-Site", "same-origin"}});
  REQUIRE(in.status == 200);
  CHECK(House::text_at(in, "token").empty());
  const std::string set{in.headers.find("Set-Cookie").value_or("")};
  CHECK(set.starts_with("__Host-sealhall="));
  CHECK(set.ends_with("; Path=/; Secure; HttpOnly; SameSite=Strict"));
  const std::pair<std::string, std::string> cookie{"Cookie", set.substr(0, set.find(';'))};
  const auto me = house.send("GET", "/api/me", "", {cookie, {"Sec-Fetch-Site", "same-origin"}});
  CHECK(House::text_at(me, "login") == "root");
  CHECK(House::parsed(me).at("permissions").as_array().size() == 17);
  CHECK(house.send("GET", "/api/me", "", {cookie, {"Sec-Fetch-Site", "cross-site"}}).status == 403);
  CHECK(house.send("POST", "/api/meetings", "{}", {cookie, json, {"Sec-Fetch-Site", "same-site"}}).status == 403);
  CHECK(house.send("POST", "/api/meetings", "{}", {cookie, json, {"Origin", house.control->public_url()}}).status ==
        201);
  const auto out = house.send("POST", "/api/sign-out", "", {cookie, {"Sec-Fetch-Site", "same-origin"}});
  CHECK(out.status == 204);
  CHECK(out.headers.find("Set-Cookie")->starts_with("__Host-sealhall=; Max-Age=0;"));
  CHECK(house.send("GET", "/api/me", "", {cookie, {"Sec-Fetch-Site", "same-origin"}}).status == 401);
}

TEST_CASE("api: meetings are made, listed, looked at and ended by their owner") {
  House house;
  const std::string admin = house.admin();
  const std::string token = house.member(admin, "ada");
  const auto made =
      house.call("POST", "/api/meetings",
                 R"({"topic":"Plans & <more>","passcode":"a b","waiting_room":true,"join_before_host":false})", token);
  REQUIRE(made.status == 201);
  const std::string id = House::text_at(made, "id");
  const std::string link = House::text_at(made, "join_url");
  CHECK(link.starts_with(house.control->public_url() + "/j/" + id + "?pwd="));
  CHECK(link.find("a%20b") == std::string::npos);
  CHECK(made.headers.find("Location") == "/api/meetings/" + id);
  house.meeting(token);
  const auto list = House::parsed(house.call("GET", "/api/meetings", "", token)).at("meetings").as_array();
  REQUIRE(list.size() == 2);
  CHECK(list[0].at("topic") == "Member ada's meeting");
  CHECK(
      House::parsed(house.call("GET", "/api/meetings?limit=1&offset=1", "", token)).at("meetings").as_array().size() ==
      1);
  CHECK(house.call("GET", "/api/meetings?limit=0", "", token).status == 400);
  CHECK(house.call("GET", "/api/meetings?limit=x", "", token).status == 400);
  CHECK(House::parsed(house.call("GET", "/api/meetings", "", admin)).at("meetings").as_array().empty());

  // What a guest with the link learns: no passcode, no owner.
  const auto info = house.call("GET", "/api/meetings/" + id + "/join");
  CHECK(info.status == 200);
  CHECK(House::parsed(info).at("passcode_needed") == true);
  CHECK(info.body.find("a b") == std::string::npos);
  CHECK(House::text_at(info, "signalling_url") == "wss" + house.control->public_url().substr(5) + "/ws");
  const auto page = house.call("GET", "/j/" + id + "?pwd=a%20b");
  CHECK(page.status == 200);
  CHECK(page.body.find("Plans &amp; &lt;more&gt;") != std::string::npos);
  CHECK(page.body.find("sealhall join &#39;") == std::string::npos);
  CHECK(page.body.find("/j/" + id + "?pwd=a%20b") != std::string::npos);

  CHECK(house.call("POST", "/api/meetings/" + id + "/end", "", token).status == 204);
  CHECK(house.call("POST", "/api/meetings/" + id + "/end", "", token).status == 410);
  CHECK(house.call("GET", "/api/meetings/" + id + "/join").status == 410);
  CHECK(house.call("GET", "/j/" + id).status == 410);
  CHECK(house.call("GET", "/api/meetings/nothing/join").status == 404);
  CHECK(house.call("GET", "/j/%3Cscript%3E").body.find("<script>") == std::string::npos);
}

TEST_CASE("api: bad requests get a clear error with the field that is wrong") {
  House house;
  const std::string admin = house.admin();
  const auto error = [&](const std::string& body, int status, const char* field) {
    const auto response = house.call("POST", "/api/meetings", body, admin);
    CHECK(response.status == status);
    const auto json = House::parsed(response);
    CHECK(json.at("code") == status);
    CHECK(json.at("message").as_string().size() > 5);
    const auto& errors = json.at("errors").as_array();
    if (field == nullptr) {
      CHECK(errors.empty());
    } else {
      REQUIRE(errors.size() == 1);
      CHECK(errors[0].at("field") == field);
    }
  };
  error("{", 400, nullptr);
  error("[]", 400, nullptr);
  error(R"({"topic":5})", 400, "topic");
  error(R"({"topic":")" + std::string(201, 'x') + "\"}", 400, "topic");
  error(R"({"waiting_room":"yes"})", 400, "waiting_room");
  CHECK(house.call("POST", "/api/meetings", R"({"topic":"x","y":")" + std::string(20'000, 'x') + "\"}", admin).status ==
        413);
  CHECK(house.call("PUT", "/api/meetings", "{}", admin).status == 405);
  CHECK(house.call("GET", "/nothing").status == 404);
  CHECK(house.call("POST", "/api/users", R"({"login":"root","name":"x","password":"correct horse"})", admin).status ==
        409);
  CHECK(house.call("POST", "/api/users", R"({"login":"a b","name":"x","password":"correct horse"})", admin).status ==
        400);
  CHECK(house.call("GET", "/healthz").body == R"({"status":"ok"})");
}
