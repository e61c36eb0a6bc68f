// What the server calls itself and how its pages look: who may read it, who may change it, what is refused.
#include <set>

#include "io/files/files.h"
#include "server/schedule/testing.h"
#include "tests/support/control_house.h"
#include "tests/support/pretended_callers.h"
#include "tests/support/source_dir.h"

using namespace sealhall;
using namespace sealhall::control;
using namespace sealhall::control::testing;

namespace {

std::string seed(const std::string& name) {
  const auto file = io::read_file(test::source_path("fuzz/seeds/logo/") + name);
  REQUIRE(file.has_value());
  return {file->begin(), file->end()};
}

struct BrandingHouse : House {
  boost::json::object now() { return parsed(call("GET", "/api/branding")).as_object(); }
  io::HttpResponse change(const std::string& body, const std::string& token) {
    return call("PATCH", "/api/branding", body, token);
  }
  io::HttpResponse send_logo(const std::string& content, const std::string& token) {
    std::vector<std::pair<std::string, std::string>> headers{{"Content-Type", "image/png"}};
    if (!token.empty()) headers.emplace_back("Authorization", "Bearer " + token);
    return send("PUT", "/api/branding/logo", content, headers);
  }
  std::string root = admin();
};

}  // namespace

TEST_CASE("branding: anybody reads it; it is empty at first, and changes each for itself") {
  BrandingHouse house;
  CHECK(house.now().empty());
  const auto named = house.change(R"({"organisation":"  Körper \u202e& \n 公司 "})", house.root);
  REQUIRE_MESSAGE(named.status == 200, named.body);
  // Nothing of what turns the direction of text is kept.
  CHECK(House::text_at(named, "organisation") == "Körper & 公司");
  CHECK(house.change(R"({"accent":"#0A7A5A"})", house.root).status == 200);
  auto now = house.now();
  CHECK(now.at("organisation") == "Körper & 公司");
  CHECK(now.at("accent") == "#0a7a5a");
  CHECK_FALSE(now.contains("logo"));
  CHECK(house.change(R"({"organisation":"","accent":""})", house.root).status == 200);
  CHECK(house.now().empty());
  // A change of both is a line for each: whoever looks for a colour finds it.
  std::multiset<std::string> lines;
  CHECK(house.until([&] {
    lines.clear();
    const auto log = House::parsed(house.call("GET", "/api/logs/operations?category=branding", "", house.root));
    for (const auto& line : log.at("operations").as_array()) lines.emplace(line.at("object_id").as_string().c_str());
    return lines.size() >= 4;
  }));
  CHECK(lines == std::multiset<std::string>{"name", "name", "colour", "colour"});
}

TEST_CASE("branding: only whoever may change the account's settings changes it") {
  BrandingHouse house;
  PretendedCallers pretended;
  pretended.callers["pretended.guest"].kind = api::CallerKind::guest;
  pretended.callers["pretended.guest"].account_id = store::default_account;
  auto& foreign = pretended.callers["pretended.foreign_admin"];
  foreign = foreigner(api::CallerKind::user, "foreign-admin");
  foreign.permissions = api::Permissions::all().without(api::Permission::server);
  house.control->callers().add_source("pretended.", pretended);
  const std::string member = house.member(house.root, "member");
  const std::string picture = seed("rgba.png");
  REQUIRE(house.send_logo(picture, house.root).status == 200);
  REQUIRE(house.change(R"({"organisation":"Acme"})", house.root).status == 200);
  for (const auto& [token, status] : {std::pair{std::string{}, 401},
                                      {std::string{"pretended.guest"}, 403},
                                      {member, 403},
                                      {std::string{"pretended.foreign_admin"}, 403}}) {
    CAPTURE(token);
    CHECK(house.change(R"({"organisation":"Eve","accent":"#000000"})", token).status == status);
    CHECK(house.send_logo(seed("rgb.png"), token).status == status);
    CHECK(house.call("DELETE", "/api/branding/logo", "", token).status == status);
    CHECK(house.call("GET", "/api/branding", "", token).status == 200);
  }
  CHECK(house.now().at("organisation") == "Acme");
  CHECK_FALSE(house.now().contains("accent"));
  const std::string address{house.now().at("logo").as_string()};
  CHECK(house.call("GET", address).body == picture);
}

TEST_CASE("branding: a colour upon which nobody reads is refused with a sentence, and so is what is no colour") {
  BrandingHouse house;
  const auto pale = house.change(R"({"accent":"#ffd000"})", house.root);
  CHECK(pale.status == 400);
  const auto error = House::parsed(pale).at("errors").at(0);
  CHECK(error.at("field") == "accent");
  CHECK(std::string{error.at("message").as_string()}.find("4.5 to 1") != std::string::npos);
  for (const char* wrong : {"blue", "#12345", "#123456;}", "url(//evil)"}) {
    CHECK(house.change(R"({"accent":")" + std::string{wrong} + "\"}", house.root).status == 400);
  }
  CHECK(house.now().empty());
}

TEST_CASE("branding: a logo is a picture that is served as one, under a name of its content") {
  BrandingHouse house;
  const auto put = house.send_logo(seed("baseline.jpg"), house.root);  // whatever the request calls it
  REQUIRE_MESSAGE(put.status == 200, put.body);
  const std::string address = House::text_at(put, "logo");
  REQUIRE(address.starts_with("/api/branding/logo/"));
  const auto logo = house.call("GET", address);
  CHECK(logo.status == 200);
  CHECK(logo.body == seed("baseline.jpg"));
  CHECK(logo.headers.find("Content-Type") == "image/jpeg");
  CHECK(logo.headers.find("X-Content-Type-Options") == "nosniff");
  CHECK(logo.headers.find("Content-Security-Policy") == "default-src 'none'; sandbox");
  CHECK(logo.headers.find("Cache-Control")->find("immutable") != std::string_view::npos);

  // The next one has another address; the first is gone.
  const std::string second = House::text_at(house.send_logo(seed("rgba.png"), house.root), "logo");
  CHECK(second != address);
  CHECK(house.call("GET", second).headers.find("Content-Type") == "image/png");
  CHECK(house.call("GET", address).status == 404);
  CHECK(house.call("DELETE", "/api/branding/logo", "", house.root).status == 204);
  CHECK(house.call("GET", second).status == 404);
  CHECK(house.call("GET", "/api/branding/logo/nothing").status == 404);
  CHECK(house.now().empty());
}

TEST_CASE("branding: scripts in pictures' clothes, halves and giants are refused with a sentence") {
  BrandingHouse house;
  const auto said = [&](const std::string& content) {
    const auto response = house.send_logo(content, house.root);
    CHECK(response.status == 400);
    const auto json = House::parsed(response);
    CHECK(json.at("errors").at(0).at("field") == "logo");
    return std::string{json.at("errors").at(0).at("message").as_string()};
  };
  CHECK(said("<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>") ==
        "Please send a PNG or JPEG picture.");
  CHECK(said("") == "Please send a PNG or JPEG picture.");
  CHECK(said(seed("rgba.png") + "<script>") == "The picture is damaged, or something else is in its file.");
  CHECK(said(seed("moving.png")).find("moves") != std::string::npos);
  CHECK(said(std::string(300'000, 'x')).find("256 KiB") != std::string::npos);
  CHECK(house.now().empty());
}

TEST_CASE("branding: invitations are sent in the organisation's name") {
  schedule::testing::KeptMails mailer;
  ControlOptions options;
  options.people.mailer = &mailer;
  House house{std::move(options)};
  const std::string root = house.admin();
  REQUIRE(house.call("PATCH", "/api/branding", R"({"organisation":"Acme"})", root).status == 200);
  REQUIRE(house.call("POST", "/api/invitations", R"({"login":"bob@example.org"})", root).status == 201);
  REQUIRE(house.until([&] { return !mailer.mails.empty(); }));
  CHECK(mailer.mails[0].text.find("Acme invites you to meet at") != std::string::npos);
  REQUIRE(house
              .call("POST", "/v2/users/me/meetings",
                    R"({"topic":"Plans","type":2,"start_time":"2030-01-07T10:00:00","timezone":"Asia/Taipei",)"
                    R"("settings":{"meeting_invitees":[{"email":"carol@example.org"}]}})",
                    root)
              .status == 201);
  REQUIRE(house.until([&] { return mailer.mails.size() >= 2; }));
  CHECK(mailer.mails[1].to == "carol@example.org");
  CHECK(mailer.mails[1].text.ends_with("\n-- \nAcme\n"));
}
