#include "server/bbb/endpoints.h"

#include "server/bbb/testing.h"
#include "server/vault/testing.h"
#include "store/store.h"
#include "store/testing.h"
#include "tests/support/api_house.h"

namespace sealhall::bbb {
namespace {

constexpr const char* account = "AAAAAAAAAAAAAAAAAAAAAA";

struct House : api::testing::ApiHouse {
  store::testing::Folder folder;
  io::Timer awake{loop};
  std::unique_ptr<store::SqliteEngine> engine =
      *store::SqliteEngine::open(folder.file(), [this](auto callback) { loop.post(std::move(callback)); });
  store::Bbb store{*engine};
  vault::testing::MemoryVault vault;
  testing::Rooms rooms;
  testing::Outside outside;
  SeededRandom random{3};
  BbbService service{{loop, store, vault, rooms, outside, clock, random}};
  std::string admin = person("owner", {api::Permission::applications}, account);

  House() {
    awake.after(std::chrono::hours{1}, [] {});
    bool made = false;
    store::Store people{*engine};
    people.create_user({"owner", "ada", "Ada", store::UserRole::admin, "hash", UnixMicros{1}, false},
                       [&](auto) { made = true; });
    add_bbb_endpoints(registry, {service, false, "https://meet.example"});
    service.start();
    REQUIRE(loop.run_until([&] { return made && service.ready(); }, std::chrono::seconds{10}));
  }
};

TEST_CASE("bbb endpoints: the secret is made by who may, shown with the address, and opens the calls") {
  House house;
  CHECK(house.call("GET", "/v2/bbb").status == 401);
  CHECK(house.call("GET", "/v2/bbb", "", house.person("member", {}, account)).status == 403);
  CHECK(house.call("POST", "/v2/bbb/secret", "", house.guest("g", account)).status == 403);
  CHECK(house
            .call("POST", "/v2/bbb/secret", "",
                  house.application("app", "meeting:write:admin", "owner", api::Permissions::all(), account))
            .status >= 400);
  CHECK_FALSE(house.parsed(house.call("GET", "/v2/bbb", "", house.admin)).as_object().contains("secret"));
  const auto made = house.call("POST", "/v2/bbb/secret", "", house.admin);
  CHECK(made.status == 201);
  const auto access = house.parsed(house.call("GET", "/v2/bbb", "", house.admin));
  CHECK(access.at("url").as_string() == "https://meet.example/bigbluebutton/");
  CHECK(access.at("secret") == house.parsed(made).at("secret"));
  const std::string secret{access.at("secret").as_string()};
  const auto sum = [&](const std::string& text) {
    return testing::hex_hash(crypto::HashAlgorithm::sha256, text + secret);
  };

  const auto version = house.call("GET", "/bigbluebutton/api/");
  CHECK(version.status == 200);
  CHECK(version.headers.find("Content-Type") == "text/xml; charset=utf-8");
  CHECK(house.call("GET", "/bigbluebutton/api").body == version.body);

  const std::string query = "meetingID=m1&attendeePW=a%20p";
  CHECK(house.call("GET", "/bigbluebutton/api/create?" + query + "&checksum=" + sum("create" + query))
            .body.find("<attendeePW>a p</attendeePW>") != std::string::npos);
  // The same as a form.
  const auto form = house.call("POST", "/bigbluebutton/api/create", query + "&checksum=" + sum("create" + query), "",
                               {{"Content-Type", "application/x-www-form-urlencoded"}});
  CHECK(form.body.find("duplicateWarning") != std::string::npos);
  // Slides in the body do not count and do no harm.
  const auto slides =
      house.call("POST", "/bigbluebutton/api/create?" + query + "&checksum=" + sum("create" + query),
                 "<modules>" + std::string(50'000, 'x') + "</modules>", "", {{"Content-Type", "application/xml"}});
  CHECK(slides.body.find("duplicateWarning") != std::string::npos);

  const std::string join = "meetingID=m1&fullName=Ada&password=a%20p";
  const auto redirect = house.call("GET", "/bigbluebutton/api/join?" + join + "&checksum=" + sum("join" + join));
  CHECK(redirect.status == 302);
  CHECK(redirect.headers.find("Location") == "https://meet.example/j/room1?as=guest&name=Ada");

  // Another account has another address and another secret.
  CHECK(house.call("GET", "/bigbluebutton/elsewhere/api/create?" + query + "&checksum=" + sum("create" + query))
            .body.find("checksumError") != std::string::npos);
  const auto same = house.call(
      "GET", "/bigbluebutton/AAAAAAAAAAAAAAAAAAAAAA/api/create?" + query + "&checksum=" + sum("create" + query));
  CHECK(same.body.find("duplicateWarning") != std::string::npos);
  CHECK(house.call("GET", "/bigbluebutton/api/create?checksum=%zz").status >= 200);
}

}  // namespace
}  // namespace sealhall::bbb
