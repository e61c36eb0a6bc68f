// OAuth through the whole server: what real clients send and what they fail on.
#include "server/oauth/service.h"

#include "core/base/encoding.h"
#include "tests/support/control_house.h"

using namespace sealhall;
using namespace sealhall::control;
using namespace sealhall::control::testing;

namespace {

struct App {
  std::string id;
  std::string secret;
  [[nodiscard]] std::string basic() const { return "Basic " + to_base64(as_bytes(id + ":" + secret)); }
};

struct OAuthHouse : House {
  App make(const std::string& body) {
    const auto made = call("POST", "/api/applications", body, root);
    REQUIRE_MESSAGE(made.status == 201, made.body);
    const auto json = parsed(made);
    const auto* secret = json.as_object().if_contains("client_secret");
    return {json.at("client_id").as_string().c_str(), secret != nullptr ? secret->as_string().c_str() : ""};
  }
  io::HttpResponse form(const std::string& target, const std::string& body, const std::string& basic = "") {
    std::vector<std::pair<std::string, std::string>> headers{{"Content-Type", "application/x-www-form-urlencoded"}};
    if (!basic.empty()) headers.emplace_back("Authorization", basic);
    return send("POST", target, body, headers);
  }
  /// What a browser does: the page, the decision, the redirect. Gives the query of the redirect.
  std::string redirect_of(const std::string& query, const std::string& session, const std::string& decision) {
    const auto page = send("GET", "/oauth/authorize?" + query, "", {{"Cookie", "__Host-sealhall=" + session}});
    REQUIRE_MESSAGE(page.status == 200, page.body);
    CHECK(page.body.find("<script") == std::string::npos);
    const auto went = send("POST", "/oauth/authorize", query + "&decision=" + decision,
                           {{"Cookie", "__Host-sealhall=" + session}, {"Origin", control->public_url()}});
    REQUIRE_MESSAGE(went.status == 302, went.body);
    return std::string{*went.headers.find("Location")};
  }
  static std::string between(const std::string& text, const std::string& from) {
    const std::size_t at = text.find(from);
    REQUIRE(at != std::string::npos);
    return text.substr(at + from.size(), text.find('&', at) - at - from.size());
  }
  std::string root = admin();
};

constexpr const char* server_app =
    R"({"name":"Bridge","kind":"server_to_server","scopes":["user:read:admin","meeting:read:admin","meeting:write:admin"]})";
constexpr const char* people_app =
    R"({"name":"Calendar <b>","kind":"people","scopes":["user:read","meeting:write"],"redirect_uris":["https://cal.example/back"]})";
const std::string verifier(43, 'v');

}  // namespace

TEST_CASE("trap 3: the answer to a token request has what clients fail without") {
  OAuthHouse house;
  const App app = house.make(server_app);
  // Parameters in the query, as zoomapi and Indico send them; or as a form, as rivet, Moodle and Cal.com do.
  const std::string account{store::default_account};
  const std::string parameters = "grant_type=account_credentials&account_id=" + account;
  for (const auto& response :
       {house.form("/oauth/token?" + parameters, "", app.basic()), house.form("/oauth/token", parameters, app.basic()),
        house.form("/oauth/token", parameters + "&client_id=" + app.id + "&client_secret=" + app.secret)}) {
    REQUIRE_MESSAGE(response.status == 200, response.body);
    const auto json = House::parsed(response);
    CHECK(json.at("token_type") == "bearer");
    CHECK(json.at("expires_in").is_int64());
    CHECK(json.at("expires_in") == 3599);
    CHECK(json.at("scope") == "meeting:read:admin meeting:write:admin user:read:admin");
    CHECK(json.at("api_url").as_string().c_str() == house.control->public_url());
    CHECK_FALSE(json.as_object().contains("refresh_token"));
    CHECK(response.headers.find("Cache-Control") == "no-store");
  }
}

TEST_CASE("trap 10: /v2 and /oauth/token are on one and the same host") {
  OAuthHouse house;
  CHECK(House::parsed(house.form("/oauth/token", "grant_type=x")).at("error") == "invalid_client");
  CHECK(House::parsed(house.call("GET", "/v2/nothing")).at("code") == 2300);
}

TEST_CASE("oauth: wrong secrets, accounts and grants are refused in the words of RFC 6749") {
  OAuthHouse house;
  const App app = house.make(server_app);
  const App person = house.make(people_app);
  const auto error = [&](const std::string& body, const App& who) {
    const auto response = house.form("/oauth/token", body, who.basic());
    CHECK(response.status >= 400);
    return std::string{House::parsed(response).at("error").as_string().c_str()};
  };
  CHECK(error("grant_type=account_credentials", {app.id, "wrong"}) == "invalid_client");
  CHECK(error("grant_type=account_credentials", {"nobody", app.secret}) == "invalid_client");
  CHECK(error("grant_type=account_credentials&account_id=BBBBBBBBBBBBBBBBBBBBBB", app) == "invalid_request");
  CHECK(error("grant_type=account_credentials", person) == "unauthorized_client");
  CHECK(error("grant_type=password", app) == "unsupported_grant_type");
  CHECK(error("grant_type=authorization_code&code=x&redirect_uri=y", app) == "invalid_grant");
  CHECK(error("grant_type=refresh_token&refresh_token=x", app) == "invalid_grant");
  CHECK(error("grant_type=account_credentials&scope=report:read:admin", app) == "invalid_scope");
  CHECK(error("nothing=1", app) == "invalid_request");
  // Guessing is slowed down.
  io::HttpResponse last;
  for (int i = 0; i < 25; ++i) last = house.form("/oauth/token", "grant_type=account_credentials", "Basic eDp5");
  CHECK(last.status == 429);
}

TEST_CASE("oauth: a person allows an application something, with PKCE, and takes it back") {
  OAuthHouse house;
  const App app = house.make(people_app);
  const std::string ada = house.member(house.root, "ada");
  const std::string query =
      "response_type=code&client_id=" + app.id +
      "&redirect_uri=https%3A%2F%2Fcal.example%2Fback&state=s%26t&code_challenge=" + oauth::challenge_of(verifier) +
      "&code_challenge_method=S256";
  // The page escapes what the application calls itself.
  const auto page = house.send("GET", "/oauth/authorize?" + query, "", {{"Cookie", "__Host-sealhall=" + ada}});
  CHECK(page.body.find("Calendar &lt;b&gt;") != std::string::npos);
  CHECK(page.body.find("ada") != std::string::npos);
  CHECK(page.headers.find("Content-Security-Policy")->find("form-action 'self' https://cal.example;") !=
        std::string_view::npos);

  CHECK(house.redirect_of(query, ada, "deny") == "https://cal.example/back?error=access_denied&state=s%26t");
  const std::string back = house.redirect_of(query, ada, "allow");
  CHECK(back.starts_with("https://cal.example/back?code="));
  CHECK(back.ends_with("&state=s%26t"));
  const std::string code = OAuthHouse::between(back, "code=");
  const std::string exchange =
      "grant_type=authorization_code&redirect_uri=https%3A%2F%2Fcal.example%2Fback&code=" + code;
  CHECK(house.form("/oauth/token", exchange + "&code_verifier=wrong", app.basic()).status == 400);
  CHECK(house.form("/oauth/token", exchange, app.basic()).status == 400);
  const auto tokens = house.form("/oauth/token", exchange + "&code_verifier=" + verifier, app.basic());
  REQUIRE_MESSAGE(tokens.status == 200, tokens.body);
  const std::string access = House::text_at(tokens, "access_token");
  const std::string refresh = House::text_at(tokens, "refresh_token");
  CHECK(House::text_at(tokens, "scope") == "meeting:write user:read");
  // Endpoints for people are not for it.
  CHECK(house.call("GET", "/api/me", "", access).status == 403);

  const auto grants = house.call("GET", "/api/me/grants", "", ada);
  CHECK(House::parsed(grants).at("grants").as_array().size() == 1);
  const auto again = house.form("/oauth/token", "grant_type=refresh_token&refresh_token=" + refresh, app.basic());
  REQUIRE(again.status == 200);
  const std::string refresh2 = House::text_at(again, "refresh_token");
  CHECK(refresh2 != refresh);
  std::vector<Event> told;
  const auto subscription = house.control->events().subscribe([&](const Event& e) { told.push_back(e); });
  CHECK(house.call("DELETE", "/api/me/grants/" + app.id, "", ada).status == 204);
  CHECK(house.call("DELETE", "/api/me/grants/" + app.id, "", ada).status == 404);
  // The application hears of it, and no other one.
  REQUIRE(told.size() == 1);
  CHECK(told[0].name == "app_deauthorized");
  CHECK(told[0].application_id == app.id);
  const auto taken_back = boost::json::parse(told[0].beside_json);
  CHECK(taken_back.at("client_id").as_string() == app.id);
  CHECK(taken_back.at("user_id").as_string() == House::text_at(house.call("GET", "/api/me", "", ada), "id"));
  CHECK(house.call("GET", "/api/me", "", access).status == 401);
  CHECK(house.form("/oauth/token", "grant_type=refresh_token&refresh_token=" + refresh2, app.basic()).status == 400);
}

TEST_CASE("oauth: a code or a refresh token that is used twice ends everything that came from it") {
  OAuthHouse house;
  const App app = house.make(people_app);
  const std::string ada = house.member(house.root, "ada");
  const std::string query = "response_type=code&client_id=" + app.id + "&redirect_uri=https%3A%2F%2Fcal.example%2Fback";
  const auto sign = [&] {
    const std::string code = OAuthHouse::between(house.redirect_of(query, ada, "allow"), "code=");
    return "grant_type=authorization_code&redirect_uri=https%3A%2F%2Fcal.example%2Fback&code=" + code;
  };
  const std::string exchange = sign();
  const std::string access = House::text_at(house.form("/oauth/token", exchange, app.basic()), "access_token");
  CHECK(house.call("GET", "/api/me", "", access).status == 403);
  CHECK(House::parsed(house.form("/oauth/token", exchange, app.basic())).at("error") == "invalid_grant");
  CHECK(house.call("GET", "/api/me", "", access).status == 401);

  const auto first = house.form("/oauth/token", sign(), app.basic());
  const std::string refresh = "grant_type=refresh_token&refresh_token=" + House::text_at(first, "refresh_token");
  const auto second = house.form("/oauth/token", refresh, app.basic());
  CHECK(second.status == 200);
  // Another worker of the client still uses the token from before.
  CHECK(house.call("GET", "/api/me", "", House::text_at(first, "access_token")).status == 403);
  CHECK(House::parsed(house.form("/oauth/token", refresh, app.basic())).at("error") == "invalid_grant");
  CHECK(house.call("GET", "/api/me", "", House::text_at(second, "access_token")).status == 401);
}

TEST_CASE("oauth: nobody is sent anywhere that the application did not register") {
  OAuthHouse house;
  const App app = house.make(people_app);
  const auto page = [&](const std::string& query) { return house.send("GET", "/oauth/authorize?" + query, "", {}); };
  const std::string start = "response_type=code&client_id=" + app.id + "&redirect_uri=";
  for (const char* uri :
       {"https%3A%2F%2Fevil.example%2Fback", "https%3A%2F%2Fcal.example%2Fback%2F", "", "javascript%3A1"}) {
    const auto response = page(start + uri);
    CHECK(response.status == 400);
    CHECK_FALSE(response.headers.find("Location").has_value());
  }
  CHECK(page("response_type=code&client_id=x&redirect_uri=https%3A%2F%2Fcal.example%2Fback").status == 400);
  // What is wrong with the rest is told to the application.
  const auto wrong = page("response_type=token&client_id=" + app.id + "&redirect_uri=https%3A%2F%2Fcal.example%2Fback");
  CHECK(wrong.headers.find("Location") == "https://cal.example/back?error=unsupported_response_type");
  // Without a session the page asks for one; a wrong password is said, a right one leads to the question.
  const std::string query = start + "https%3A%2F%2Fcal.example%2Fback";
  const auto signed_out = page(query);
  CHECK(signed_out.body.find("name=\"password\"") != std::string::npos);
  house.member(house.root, "ada");
  const auto post = [&](const std::string& more, const std::string& origin) {
    return house.send("POST", "/oauth/authorize", query + more, {{"Origin", origin}});
  };
  const auto wrong_password = post("&login=ada&password=wrong", house.control->public_url());
  CHECK(wrong_password.status == 401);
  CHECK(wrong_password.body.find("That name and password do not belong together.") != std::string::npos);
  CHECK(post("&login=ada&password=correct+horse", "https://evil.example").status == 403);
  const auto in = post("&login=ada&password=correct+horse", house.control->public_url());
  CHECK(in.status == 200);
  CHECK(in.headers.find("Set-Cookie")->find("HttpOnly; SameSite=Lax") != std::string_view::npos);
  // An application without a secret must use PKCE.
  const App open = house.make(
      R"({"name":"Desk","kind":"people","scopes":["user:read"],"redirect_uris":["http://127.0.0.1/cb","org.example.desk:/cb"],"public_client":true})");
  CHECK(open.secret.empty());
  const auto no_pkce =
      page("response_type=code&client_id=" + open.id + "&redirect_uri=http%3A%2F%2F127.0.0.1%3A4711%2Fcb");
  CHECK(no_pkce.headers.find("Location") == "http://127.0.0.1:4711/cb?error=invalid_request");
}

TEST_CASE("oauth: the pages on which a person allows something are in the person's language") {
  OAuthHouse house;
  const App app = house.make(people_app);
  const std::string ada = house.member(house.root, "ada");
  const std::string query = "response_type=code&client_id=" + app.id + "&redirect_uri=https%3A%2F%2Fcal.example%2Fback";
  const std::pair<std::string, std::string> chinese{"Accept-Language", "zh-TW,zh;q=0.9"};
  const std::pair<std::string, std::string> own{"Origin", house.control->public_url()};
  const auto says = [](const io::HttpResponse& page, std::initializer_list<std::string_view> words) {
    CHECK(page.body.find("<html lang=\"zh-Hant\">") != std::string::npos);
    for (const std::string_view word : words) CHECK_MESSAGE(page.body.find(word) != std::string::npos, page.body);
  };
  says(house.send("GET", "/oauth/authorize?" + query, "", {chinese}),
       {"<h1>登入</h1>", "<label for=\"password\">密碼</label>", "請登入，以繼續使用"});
  says(house.send("GET", "/oauth/authorize?" + query, "", {chinese, {"Cookie", "__Host-sealhall=" + ada}}),
       {"<h1>要允許存取嗎？</h1>", "檢視您的個人資料", "變更您的會議", ">不允許</button>"});
  says(house.send("POST", "/oauth/authorize", query + "&login=ada&password=wrong", {chinese, own}),
       {"帳號或密碼不正確。"});
  says(house.send("POST", "/oauth/authorize", query + "&login=ada&password=correct+horse", {chinese, own}),
       {"<h1>要允許存取嗎？</h1>"});
  says(house.send("POST", "/oauth/authorize", query, {chinese, {"Origin", "https://evil.example"}}),
       {"<h1>無法繼續</h1>", "這份表單不是從本伺服器的頁面送出的。"});
  says(house.send("GET", "/oauth/authorize?response_type=code&client_id=x", "", {chinese}),
       {"找不到這個應用程式。", "請回到應用程式"});
}

TEST_CASE("oauth: applications are made, changed, given a new secret and removed") {
  OAuthHouse house;
  const App app = house.make(server_app);
  const std::string grant = "grant_type=account_credentials";
  const auto token = [&](const App& a) {
    return House::text_at(house.form("/oauth/token", grant, a.basic()), "access_token");
  };
  const std::string path = "/api/applications/" + app.id;
  const std::string old = token(app);
  CHECK(house.call("GET", "/api/me", "", old).status == 403);
  const App renewed{app.id, House::text_at(house.call("POST", path + "/secret", "", house.root), "client_secret")};
  CHECK(house.call("GET", "/api/me", "", old).status == 401);
  CHECK(house.form("/oauth/token", grant, app.basic()).status == 401);
  const std::string now = token(renewed);
  CHECK(house.call("GET", path, "", house.root).body.find("secret") == std::string::npos);
  CHECK(house.call("PATCH", path, R"({"name":"New","scopes":["user:read:admin"]})", house.root).status == 204);
  CHECK(House::parsed(house.form("/oauth/token", grant, renewed.basic())).at("scope") == "user:read:admin");
  CHECK(house.form("/oauth/revoke", "token=" + now, renewed.basic()).status == 200);
  CHECK(house.call("GET", "/api/me", "", now).status == 401);
  CHECK(house.form("/oauth/revoke", "token=unknown", renewed.basic()).status == 200);
  CHECK(
      house.form("/oauth/data/compliance", R"({"user_id":"x","compliance_completed":true})", renewed.basic()).status ==
      200);
  CHECK(house.form("/oauth/data/compliance", "{}").status == 401);
  CHECK(house.call("PATCH", path, R"({"disabled":true})", house.root).status == 204);
  CHECK(house.form("/oauth/token", grant, renewed.basic()).status == 401);
  CHECK(House::parsed(house.call("GET", "/api/applications", "", house.root)).at("applications").as_array().size() ==
        1);
  CHECK(house.call("DELETE", path, "", house.root).status == 204);
  CHECK(house.call("GET", path, "", house.root).status == 404);
  for (const char* body :
       {R"({"name":"","scopes":["a:b"]})", R"({"name":"x","scopes":[]})", R"({"name":"x","scopes":["Not a scope"]})",
        R"({"name":"x","kind":"people","scopes":["a:b"]})",
        R"({"name":"x","kind":"people","scopes":["a:b"],"redirect_uris":["http://elsewhere.example/"]})",
        R"({"name":"x","kind":"people","scopes":["a:b"],"redirect_uris":["javascript:x"]})"}) {
    CAPTURE(body);
    CHECK(house.call("POST", "/api/applications", body, house.root).status == 400);
  }
}
