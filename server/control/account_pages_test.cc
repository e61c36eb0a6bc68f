// The links of mails lead to pages that work without script; guests have links of their own. A whole control process.
#include <doctest/doctest.h>

#include "core/base/encoding.h"
#include "core/crypto/hash.h"
#include "io/files/files.h"
#include "tests/support/control_house.h"

using namespace sealhall;
using namespace sealhall::control;
using namespace sealhall::control::testing;

namespace {

struct Post final : io::Mailer {
  std::vector<io::Mail> taken;
  void send(io::Mail mail, Done done) override {
    taken.push_back(std::move(mail));
    done({});
  }
};

struct Office {
  Post post;
  House house{options()};
  std::string admin = house.admin();

  ControlOptions options() {
    ControlOptions o;
    o.people.mailer = &post;
    return o;
  }
  io::HttpResponse page(const std::string& target, const std::string& language = "") {
    return send("GET", target, "", language);
  }
  io::HttpResponse submit(const std::string& path, const std::string& form) { return send("POST", path, form, ""); }
  io::HttpResponse send(const std::string& method, const std::string& target, const std::string& form,
                        const std::string& language) {
    io::HttpClientRequest request{method, target, {}, form};
    if (!form.empty()) request.headers.set("Content-Type", "application/x-www-form-urlencoded");
    if (!language.empty()) request.headers.set("Accept-Language", language);
    std::optional<io::HttpResponse> response;
    house.http->send(std::move(request), [&](auto r) {
      REQUIRE(r.has_value());
      response = std::move(*r);
    });
    REQUIRE(house.until([&] { return response.has_value(); }));
    return std::move(*response);
  }
  /// Path and query of the link in the newest mail.
  std::string link() {
    REQUIRE(house.until([&] { return !post.taken.empty(); }));
    const std::string& text = post.taken.back().text;
    const std::string before = house.control->public_url();
    const std::size_t from = text.rfind(before + "/", text.find("token="));
    return text.substr(from + before.size(), text.find('\n', from) - from - before.size());
  }
  static std::string token_of(const std::string& link) { return link.substr(link.find("token=") + 6); }
};

void check_page(const io::HttpResponse& page) {
  CHECK(page.headers.find("Content-Type")->find("text/html") != std::string::npos);
  CHECK(page.body.find("<script") == std::string::npos);
  CHECK(page.body.find("noindex") != std::string::npos);
  CHECK(page.headers.find("X-Robots-Tag") == "noindex");
  CHECK(page.headers.find("Referrer-Policy") == "no-referrer");
  CHECK(page.headers.find("Cache-Control") == "no-store");
  const auto policy = page.headers.find("Content-Security-Policy");
  CHECK(policy->find("default-src 'none'") != std::string::npos);
  CHECK(policy->find("unsafe") == std::string::npos);
}

}  // namespace

TEST_CASE("account pages: an invited person chooses name and password on a page, once, and signs in") {
  Office o;
  REQUIRE(o.house.call("POST", "/api/invitations", R"({"login":"bob@example.org"})", o.admin).status == 201);
  const std::string link = o.link();
  REQUIRE(link.starts_with("/invitation?token="));
  const auto form = o.page(link);
  CHECK(form.status == 200);
  check_page(form);
  CHECK(form.body.find("bob@example.org") != std::string::npos);
  CHECK(form.body.find("<label for=\"password\">") != std::string::npos);
  CHECK(form.body.find("<html lang=\"en\">") != std::string::npos);
  const auto chinese = o.page(link, "zh-TW,zh;q=0.9");
  CHECK(chinese.body.find("<html lang=\"zh-Hant\">") != std::string::npos);
  CHECK(chinese.body.find("您已受邀") != std::string::npos);
  CHECK(o.page(link + "&lang=en", "zh-TW").body.find("You are invited") != std::string::npos);

  const std::string token = Office::token_of(link);
  const auto weak = o.submit("/invitation", "token=" + token + "&login=bob%40example.org&name=Bob&password=password12");
  CHECK(weak.status == 400);
  CHECK(weak.body.find("role=\"alert\"") != std::string::npos);
  CHECK(weak.body.find("value=\"Bob\"") != std::string::npos);
  CHECK(weak.body.find("password12") == std::string::npos);
  const auto done = o.submit("/invitation", "token=" + token + "&name=Bob&password=correct+horse+battery");
  CHECK(done.status == 201);
  check_page(done);
  const auto in =
      o.house.call("POST", "/api/sign-in", R"({"login":"bob@example.org","password":"correct horse battery"})");
  CHECK(in.status == 200);
  CHECK(o.page(link).status == 403);
  CHECK(o.submit("/invitation", "token=" + token + "&name=Eve&password=correct+horse+battery").status == 403);
  check_page(o.page("/invitation?token=nonsense"));
  CHECK(o.page("/invitation").status == 403);
}

TEST_CASE("account pages: what comes from outside is shown as text") {
  Office o;
  const auto page = o.page("/password?token=%22%3E%3Cscript%3Ealert(1)%3C/script%3E&lang=%22%3E");
  CHECK(page.status == 403);
  CHECK(page.body.find("<script") == std::string::npos);
  REQUIRE(o.house.call("POST", "/api/invitations", R"({"login":"bob@example.org"})", o.admin).status == 201);
  const auto form = o.submit("/invitation", "token=" + Office::token_of(o.link()) +
                                                "&login=%22%3E%3Cscript%3E&name=%22%3E%3Cscript%3E&password=short");
  CHECK(form.status == 400);
  CHECK(form.body.find("<script") == std::string::npos);
}

TEST_CASE("account pages: a forgotten password is set anew, and nobody learns who is here") {
  Office o;
  REQUIRE(
      o.house
          .call("POST", "/api/users", R"({"login":"ada@example.org","name":"Ada","password":"correct horse"})", o.admin)
          .status == 201);
  check_page(o.page("/password"));
  const auto nobody = o.submit("/password", "login=nobody%40example.org");
  const auto asked = o.submit("/password", "login=ada%40example.org");
  CHECK(asked.status == 202);
  CHECK(nobody.status == asked.status);
  CHECK(nobody.body == asked.body);
  const std::string link = o.link();
  REQUIRE(link.starts_with("/password?token="));
  CHECK(o.post.taken.size() == 1);
  const auto form = o.page(link);
  CHECK(form.status == 200);
  check_page(form);
  const std::string token = Office::token_of(link);
  CHECK(o.submit("/password", "token=" + token + "&password=short&lang=zh-TW").body.find("至少 10 個字元") !=
        std::string::npos);
  CHECK(o.submit("/password", "token=" + token + "&password=another+horse+battery").status == 200);
  CHECK(o.house.call("POST", "/api/sign-in", R"({"login":"ada@example.org","password":"correct horse"})").status ==
        401);
  CHECK(o.house.call("POST", "/api/sign-in", R"({"login":"ada@example.org","password":"another horse battery"})")
            .status == 200);
  CHECK(o.page(link).status == 403);
  CHECK(o.submit("/password", "token=" + token + "&password=a+third+horse+battery").status == 403);
}

TEST_CASE("guests: a host gives a guest a link over the API, the guest comes in by name, and the link is taken back") {
  Office o;
  FakeKms kms{o.house.loop, o.house.run, 1};
  FakeWorker worker{o.house.loop, o.house.run, 0};
  const std::string id = o.house.meeting(o.admin, R"({"passcode":"secret"})");
  const auto made =
      o.house.call("POST", "/api/meetings/" + id + "/guests", R"({"name":"Bob","expires_in_hours":1})", o.admin);
  REQUIRE_MESSAGE(made.status == 201, made.body);
  const std::string url = House::text_at(made, "join_url");
  const std::string token = url.substr(url.find("tk=") + 3);
  const auto knock = [&] {
    auto c = o.house.client();
    wire::Join join = join_of(id, "Somebody else");
    join.registrant = token;
    c->send(join);
    return c;
  };
  const auto bob = knock();
  REQUIRE(o.house.until([&] { return bob->last<wire::Joined>() != nullptr; }));
  CHECK(o.house.control->meetings().running(id)->participants().begin()->second.name == "Bob");
  const auto list = House::parsed(o.house.call("GET", "/api/meetings/" + id + "/guests", "", o.admin));
  CHECK(list.at("guests").as_array().size() == 1);
  CHECK(o.house.call("DELETE", "/api/meetings/" + id + "/guests/" + House::text_at(made, "id"), "", o.admin).status ==
        204);
  const auto again = knock();
  REQUIRE(o.house.until([&] { return again->last<wire::Error>() != nullptr; }));
  CHECK(again->last<wire::Joined>() == nullptr);
}

TEST_CASE("restricted: without the second factor that is asked for, a session sets one up and does nothing else") {
  Office o;
  FakeKms kms{o.house.loop, o.house.run, 1};
  FakeWorker worker{o.house.loop, o.house.run, 0};
  o.house.member(o.admin, "ada");
  REQUIRE(o.house
              .call("PUT", "/api/policies/account",
                    R"({"settings":[{"name":"sign_in.second_factor_required","value":true,"locked":true}]})", o.admin)
              .status == 204);
  const auto in = o.house.call("POST", "/api/sign-in", R"({"login":"ada","password":"correct horse"})");
  REQUIRE(House::parsed(in).at("second_factor_missing") == true);
  const std::string token = House::text_at(in, "token");
  int allowed = 0;
  for (const api::Registry::Declared& declared : o.house.control->endpoints().endpoints()) {
    const api::Endpoint& endpoint = declared.endpoint;
    if (endpoint.access.kind() == api::Access::Kind::anyone) continue;
    const std::string method{endpoint.method};
    std::string target{endpoint.path};
    while (target.find('{') != std::string::npos)
      target.replace(target.find('{'), target.find('}') - target.find('{') + 1, "me");
    CAPTURE(method);
    CAPTURE(target);
    if (endpoint.access.for_restricted()) {
      ++allowed;
      if (method == "GET") CHECK(o.house.call(method, target, "", token).status == 200);
      continue;
    }
    const auto answer = o.house.call(method, target, method == "GET" || method == "DELETE" ? "" : "{}", token);
    CHECK(answer.status == 403);
    CHECK(answer.body.find("second factor") != std::string::npos);
  }
  CHECK(allowed == 7);
  // Nor does it come into a meeting as somebody.
  const auto c = o.house.join(o.house.meeting(o.admin), "Ada", token);
  REQUIRE(o.house.until([&] { return c->last<wire::Error>() != nullptr; }));
  CHECK(c->last<wire::Error>()->code == wire::ErrorCode::unauthorised);
}

TEST_CASE("passwords: one that the operator's list of breaches has is refused, everywhere one is chosen") {
  const Folder place;
  const std::string file = place.path + "/breached.txt";
  // SHA-1 of "correct horse battery", as lists of this kind have it.
  const std::string hash = [] {
    std::string out;
    for (const char c : to_hex(crypto::sha1(as_bytes("correct horse battery")))) {
      out += static_cast<char>(c >= 'a' ? c - 32 : c);
    }
    return out;
  }();
  REQUIRE(io::write_file_atomically(file, as_bytes(hash + ":17\n")).has_value());
  ControlOptions options;
  options.people.breached_passwords = file;
  House house{options};
  const std::string admin = house.admin();
  const auto make = [&](const std::string& password) {
    return house.call("POST", "/api/users", R"({"login":"ada","name":"Ada","password":")" + password + "\"}", admin);
  };
  const auto refused = make("correct horse battery");
  CHECK(refused.status == 400);
  CHECK(refused.body.find("data breach") != std::string::npos);
  CHECK(make("correct horse staple").status == 201);
  const auto changed = house.call("POST", "/api/me/password",
                                  R"({"password":"correct horse","new_password":"correct horse battery"})", admin);
  CHECK(changed.status == 400);
  CHECK(changed.body.find("data breach") != std::string::npos);
}
