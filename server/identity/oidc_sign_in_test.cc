#include "server/identity/oidc_sign_in.h"

#include <doctest/doctest.h>

#include "core/crypto/random.h"
#include "io/http/message.h"
#include "store/testing.h"
#include "tests/support/oidc_tokens.h"

using namespace sealhall;
using namespace sealhall::identity;
using namespace std::chrono_literals;
using sealhall::testing::key_set;
using sealhall::testing::SigningKey;
namespace json = boost::json;

namespace {

const SigningKey& signing_key() {
  static const SigningKey key = SigningKey::p256();
  return key;
}

/// A provider without a network, and everything of ours around it.
struct World {
  store::testing::Folder folder;
  store::testing::Shop shop{folder.file()};
  io::SystemWallClock clock;
  SeededRandom random{9};
  PasswordHasher hasher{shop.loop(), {.threads = 1, .waiting = 8, .passes = 1, .memory = 64U << 10}};
  Accounts accounts{{shop.loop(), shop.engine(), clock, random, hasher}};
  OidcProvider provider{"idp", "Our IdP", "https://id.example", "client:1", "s&cret"};
  json::object discovery{{"issuer", "https://id.example"},
                         {"authorization_endpoint", "https://id.example/auth?tenant=1"},
                         {"token_endpoint", "https://id.example/token"},
                         {"jwks_uri", "https://id.example/keys"}};
  std::string keys = key_set({signing_key().jwk({{"kid", "1"}})});
  json::object claims{{"sub", "42"}, {"email", "Ada@Example.org"}, {"email_verified", true}, {"name", "Ada"}};
  json::object userinfo;
  std::string nonce;  ///< instead of the right one, when not empty
  std::string key_id = "1";
  std::vector<io::HttpFetch> asked;
  std::unique_ptr<OidcSignIn> oidc;

  void begin() {
    oidc = std::make_unique<OidcSignIn>(
        accounts, [this](io::HttpFetch f, auto done) { answer(std::move(f), std::move(done)); }, "https://meet.example",
        std::vector{provider});
  }
  void answer(io::HttpFetch f, std::move_only_function<void(expected<io::HttpFetched, io::FetchError>)> done) {
    asked.push_back(f);
    std::string body;
    if (f.url == "https://id.example/.well-known/openid-configuration") body = json::serialize(discovery);
    if (f.url == "https://id.example/keys") body = keys;
    if (f.url == "https://id.example/userinfo") body = json::serialize(userinfo);
    if (f.url == "https://id.example/token") body = token_answer(f);
    if (body.empty()) return done(io::HttpFetched{404, {}, {}});
    done(io::HttpFetched{200, {}, Bytes{body.begin(), body.end()}});
  }
  std::string parameter(std::string_view text, const std::string& name) {
    const std::size_t at = text.find(name + "=");
    if (at == std::string_view::npos) return {};
    const std::size_t from = at + name.size() + 1;
    return io::percent_decode(text.substr(from, text.find('&', from) - from)).value();
  }
  std::string token_answer(const io::HttpFetch& f) {
    const std::string form{as_text(f.body)};
    if (parameter(form, "code") != "the code") return R"({"error":"invalid_grant"})";
    // As a provider does: the verifier must belong to the challenge.
    if (pkce_challenge(parameter(form, "code_verifier")) != parameter(url, "code_challenge")) return "{}";
    json::object all = claims;
    const std::int64_t now = static_cast<std::int64_t>(clock.now()) / 1'000'000;
    all["iss"] = "https://id.example";
    all["aud"] = "client:1";
    all["iat"] = now;
    all["exp"] = now + 60;
    all["nonce"] = nonce.empty() ? parameter(url, "nonce") : nonce;
    return json::serialize(
        json::object{{"access_token", "at"},
                     {"id_token", signing_key().sign({{"alg", "ES256"}, {"kid", key_id}}, json::serialize(all))}});
  }
  std::string url;  ///< where the browser was sent
  std::string browser;
  int start() {
    std::optional<int> status;
    oidc->start("idp", [&](auto started) {
      status = started ? 200 : started.error().status;
      if (!started) return;
      url = started->url;
      browser = started->browser;
    });
    REQUIRE(shop.loop().run_until([&] { return status.has_value(); }, 10s));
    return *status;
  }
  OidcSignIn::Callback callback() { return {parameter(url, "state"), "the code", "", "", browser}; }
  std::optional<SignedIn> signed_in;
  int finish(OidcSignIn::Callback c) {
    std::optional<int> status;
    signed_in.reset();
    oidc->finish(std::move(c), {"source"}, [&](auto in) {
      status = in ? 200 : in.error().status;
      if (in) signed_in = std::move(*in);
    });
    REQUIRE(shop.loop().run_until([&] { return status.has_value(); }, 10s));
    return *status;
  }
  int whole() {
    if (const int status = start(); status != 200) return status;
    return finish(callback());
  }
};

}  // namespace

TEST_CASE("oidc: whoever comes for the first time becomes a member, and is the same one the next time") {
  World w;
  w.begin();
  REQUIRE(w.whole() == 200);
  REQUIRE(w.signed_in.has_value());
  CHECK(w.signed_in->user.login == "ada@example.org");
  CHECK(w.signed_in->user.name == "Ada");
  const std::string id = w.signed_in->user.id;
  w.claims["email"] = "changed@example.org";  // the subject counts, not the address
  REQUIRE(w.whole() == 200);
  CHECK(w.signed_in->user.id == id);
  w.claims["sub"] = "43";
  REQUIRE(w.whole() == 200);
  CHECK(w.signed_in->user.id != id);
  // Nobody gets in with a password that never was.
  std::optional<int> status;
  w.accounts.sign_in("ada@example.org", "", "", {"x"}, [&](auto in) { status = in ? 200 : in.error().status; });
  REQUIRE(w.shop.loop().run_until([&] { return status.has_value(); }, 10s));
  CHECK(status == 401);
}

TEST_CASE("oidc: what the browser is sent with, and what the provider is asked with") {
  World w;
  w.begin();
  REQUIRE(w.whole() == 200);
  CHECK(w.url.starts_with("https://id.example/auth?tenant=1&response_type=code&"));
  CHECK(w.parameter(w.url, "client_id") == "client:1");
  CHECK(w.parameter(w.url, "redirect_uri") == "https://meet.example/oidc/callback");
  CHECK(w.parameter(w.url, "code_challenge_method") == "S256");
  CHECK(w.parameter(w.url, "state").size() == 43);
  const io::HttpFetch& token = w.asked.at(1);
  CHECK(token.method == "POST");
  bool basic = false;
  for (const auto& [name, value] : token.headers) {
    basic = basic || (name == "Authorization" && value == "Basic " + to_base64(as_bytes("client%3A1:s%26cret")));
  }
  CHECK(basic);
  CHECK(w.asked.size() == 3);
  REQUIRE(w.whole() == 200);
  CHECK(w.asked.size() == 4);  // discovery and keys are remembered
}

TEST_CASE("oidc: a state works once, in the browser that began, for ten minutes") {
  World w;
  w.begin();
  REQUIRE(w.start() == 200);
  const auto good = w.callback();
  auto other = good;
  other.state = "invented";
  CHECK(w.finish(other) == 401);
  REQUIRE(w.finish(good) == 200);
  CHECK(w.finish(good) == 401);
  REQUIRE(w.start() == 200);
  other = w.callback();
  other.browser = "another";
  CHECK(w.finish(other) == 401);
  CHECK(w.finish(w.callback()) == 401);  // and it is gone
  REQUIRE(w.start() == 200);
  other = w.callback();
  other.browser.clear();
  CHECK(w.finish(other) == 401);
  CHECK(w.oidc->waiting() == 0);
}

TEST_CASE("oidc: a wrong code, a wrong nonce, an answer of somebody else, an error") {
  World w;
  w.discovery["authorization_response_iss_parameter_supported"] = true;
  w.begin();
  REQUIRE(w.start() == 200);
  CHECK(w.finish(w.callback()) == 401);  // it says that it names itself, and did not
  const auto with = [&](const std::function<void(OidcSignIn::Callback&)>& change) {
    REQUIRE(w.start() == 200);
    auto c = w.callback();
    c.issuer = "https://id.example";
    change(c);
    return w.finish(c);
  };
  CHECK(with([](auto&) {}) == 200);
  CHECK(with([](auto& c) { c.issuer = "https://evil.example"; }) == 401);
  CHECK(with([](auto& c) { c.code = "another code"; }) == 401);
  CHECK(with([](auto& c) { c.code.clear(); }) == 401);
  CHECK(with([](auto& c) { c.error = "access_denied"; }) == 401);
  w.nonce = "of another sign-in";
  CHECK(with([](auto&) {}) == 401);
}

TEST_CASE("oidc: without a verified address, or with one that is not wanted, nobody gets in") {
  World w;
  w.provider.email_domains = {"example.org"};
  w.begin();
  w.claims["email_verified"] = false;
  CHECK(w.whole() == 403);
  w.claims["email_verified"] = true;
  w.claims["email"] = "ada@evil.example";
  CHECK(w.whole() == 403);
  w.claims["email"] = "ada@evil.example@example.org";
  CHECK(w.whole() == 403);
  w.claims["email"] = "ada@EXAMPLE.org";
  CHECK(w.whole() == 200);
  w.provider.sign_up = false;
  w.begin();
  CHECK(w.whole() == 200);  // known by now
  w.claims["sub"] = "other";
  w.claims["email"] = "bob@example.org";
  CHECK(w.whole() == 403);
  w.provider.link_by_email = false;
  w.claims["email"] = "ada@example.org";
  w.begin();
  CHECK(w.whole() == 403);
}

TEST_CASE("oidc: an address that stands in userinfo only, and userinfo about somebody else") {
  World w;
  w.discovery["userinfo_endpoint"] = "https://id.example/userinfo";
  w.claims = {{"sub", "42"}};
  w.userinfo = {{"sub", "42"}, {"email", "ada@example.org"}, {"email_verified", true}};
  w.begin();
  REQUIRE(w.whole() == 200);
  CHECK(w.signed_in->user.login == "ada@example.org");
  w.claims = {{"sub", "43"}};
  CHECK(w.whole() == 401);
  w.userinfo = {{"email", "ada@example.org"}, {"email_verified", true}};
  CHECK(w.whole() == 401);
}

TEST_CASE("oidc: the provider changes its keys, or is away, or is not who it says") {
  World w;
  w.keys = key_set({SigningKey::p256().jwk({{"kid", "0"}})});
  w.begin();
  CHECK(w.whole() == 401);  // read a moment ago: not asked again
  World v;
  v.discovery["issuer"] = "https://evil.example";
  v.begin();
  CHECK(v.start() == 503);
  v.discovery["issuer"] = "https://id.example";
  v.discovery["token_endpoint"] = "http://id.example/token";
  CHECK(v.start() == 503);
  v.discovery["token_endpoint"] = "https://id.example/token";
  CHECK(v.whole() == 200);
}

TEST_CASE("oidc: the vector of RFC 7636 appendix B, and settings that cannot work") {
  CHECK(pkce_challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
  OidcProvider p{"idp", "", "https://id.example", "client"};
  CHECK(problem_with(p).empty());
  p.issuer = "http://id.example";
  CHECK(problem_with(p).ends_with('.'));
  p.allow_clear_text = true;
  CHECK(problem_with(p).empty());
  p.id = "I dp";
  CHECK(problem_with(p).ends_with('.'));
}
