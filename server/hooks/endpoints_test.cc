#include "server/hooks/endpoints.h"

#include "server/hooks/testing.h"
#include "server/vault/testing.h"
#include "store/testing.h"
#include "tests/support/api_house.h"

namespace sealhall::hooks {
namespace {

constexpr const char* account = "AAAAAAAAAAAAAAAAAAAAAA";
constexpr const char* path = "/v2/marketplace/app/event_subscription";

struct House : api::testing::ApiHouse {
  store::testing::Folder folder;
  io::Timer awake{loop};
  std::unique_ptr<store::SqliteEngine> engine =
      *store::SqliteEngine::open(folder.file(), [this](auto callback) { loop.post(std::move(callback)); });
  store::Webhooks store{*engine};
  vault::testing::MemoryVault vault;
  testing::Outside outside;
  SeededRandom random{7};
  EventBus bus;
  WebhookService service{{loop, store, vault, outside, clock, random, bus}};
  std::string app;
  std::string admin;

  House() {
    awake.after(std::chrono::hours{1}, [] {});
    add_webhook_endpoints(registry, service);
    service.start();
    REQUIRE(loop.run_until([&] { return service.ready(); }, std::chrono::seconds{10}));
    app = application("app", "marketplace:write:event_subscription:admin marketplace:read:event_subscription:admin",
                      "ada", api::Permissions::all(), account);
    admin = person("ada", {api::Permission::webhooks}, account);
  }
  std::string made(const std::string& token, const std::string& url = "https://example.org/hooks") {
    const auto response = call("POST", path,
                               R"({"events":["meeting.started"],"event_webhook_url":")" + url +
                                   R"(","secret_token":")" + outside.secret + "\"}",
                               token);
    REQUIRE(response.status == 201);
    return std::string{parsed(response).at("event_subscription_id").as_string()};
  }
};

TEST_CASE("webhook endpoints: subscribe, list, get, change, end") {
  House house;
  const auto response = house.call("POST", path,
                                   R"({"events":["meeting.started"],"event_webhook_url":"https://example.org/hooks",)"
                                   R"("event_subscription_name":"mine","subscription_scope":"account"})",
                                   house.app);
  REQUIRE(response.status == 201);
  const auto made = house.parsed(response);
  CHECK(made.at("secret_token").as_string().size() >= 16);
  const std::string id{made.at("event_subscription_id").as_string()};
  // It could not know the secret yet.
  CHECK(made.at("status").as_string() == "pending");
  house.outside.secret = std::string{made.at("secret_token").as_string()};
  const auto validated = house.parsed(house.call("POST", std::string{path} + "/" + id + "/validation", "", house.app));
  CHECK(validated.at("status").as_string() == "active");
  CHECK_FALSE(validated.as_object().contains("secret_token"));

  const auto list = house.parsed(house.call("GET", std::string{path} + "?page_size=10", "", house.app));
  CHECK(list.at("total_records").as_int64() == 1);
  CHECK(list.at("event_subscriptions").at(0).at("event_subscription_name").as_string() == "mine");
  CHECK(house.call("PATCH", std::string{path} + "/" + id, R"({"events":["user.created"]})", house.app).status == 204);
  CHECK(house.parsed(house.call("GET", std::string{path} + "/" + id, "", house.app)).at("events").at(0).as_string() ==
        "user.created");
  CHECK(house.call("DELETE", std::string{path} + "/" + id, "", house.app).status == 204);
  CHECK(house.call("GET", std::string{path} + "/" + id, "", house.app).status == 404);
  const std::string other = house.made(house.app);
  CHECK(house.call("DELETE", std::string{path} + "?event_subscription_id=" + other + "&account_id=x", "", house.app)
            .status == 204);
}

TEST_CASE("webhook endpoints: what is wrong is said by field") {
  House house;
  const auto field = [&](const std::string& body) {
    const auto response = house.call("POST", path, body, house.app);
    CHECK(response.status == 400);
    const auto error = house.parsed(response);
    CHECK(error.at("code").as_int64() == 300);
    return std::string{error.at("errors").at(0).at("field").as_string()};
  };
  CHECK(field(R"({"events":["meeting.exploded"],"event_webhook_url":"https://example.org/"})") == "events");
  CHECK(field(R"({"events":[],"event_webhook_url":"https://example.org/"})") == "events");
  CHECK(field(R"({"events":["meeting.started"]})") == "event_webhook_url");
  CHECK(field(R"({"events":["meeting.started"],"event_webhook_url":"http://example.org/"})") == "event_webhook_url");
  CHECK(field(R"({"events":["meeting.started"],"event_webhook_url":"https://10.0.0.1/"})") == "event_webhook_url");
  CHECK(field(R"({"events":["meeting.started"],"event_webhook_url":"https://example.org/","secret_token":"short"})") ==
        "secret_token");
  CHECK(
      field(
          R"({"events":["meeting.started"],"event_webhook_url":"https://example.org/","subscription_scope":"user"})") ==
      "subscription_scope");
  for (int i = 0; i < 20; ++i) house.made(house.app);
  CHECK(
      house
          .call("POST", path, R"({"events":["meeting.started"],"event_webhook_url":"https://example.org/"})", house.app)
          .status == 409);
}

TEST_CASE("webhook endpoints: strangers, members, other applications and other accounts see nothing") {
  House house;
  const std::string id = house.made(house.app);
  const std::string one = std::string{path} + "/" + id;
  const std::string other_app =
      house.application("other", "marketplace:read:event_subscription:admin marketplace:write:event_subscription:admin",
                        "bob", api::Permissions::all(), account);
  const std::string other_account = house.person("eve", {api::Permission::webhooks}, "elsewhere");
  for (const std::string& target : {one, one + "/deliveries", one + "/deliveries/x"}) {
    CHECK(house.call("GET", target).status == 401);
    CHECK(house.call("GET", target, "", house.guest("g", account)).status == 403);
    CHECK(house.call("GET", target, "", house.person("member", {}, account)).status == 403);
    CHECK(house
              .call("GET", target, "",
                    house.application("weak", "meeting:read:admin", "ada", api::Permissions::all(), account))
              .status >= 400);
    CHECK(house.call("GET", target, "", other_app).status == 404);
    CHECK(house.call("GET", target, "", other_account).status == 404);
  }
  CHECK(house.call("DELETE", one, "", other_app).status == 404);
  CHECK(house.call("DELETE", one, "", other_account).status == 404);
  CHECK(house.call("GET", one, "", house.admin).status == 200);
  CHECK(house.parsed(house.call("GET", path, "", other_app)).at("total_records").as_int64() == 0);
}

TEST_CASE("webhook endpoints: the log of deliveries, and once more") {
  House house;
  const std::string id = house.made(house.app);
  const std::string log = std::string{path} + "/" + id + "/deliveries";
  const auto empty = house.parsed(house.call("GET", log, "", house.app));
  CHECK(empty.at("page_count").as_int64() == 1);
  house.bus.publish(
      {.name = "meeting.started", .account_id = account, .at = house.clock.now(), .object_json = R"({"id":"7"})"});
  REQUIRE(house.loop.run_until([&] { return house.outside.events.size() == 1; }, std::chrono::seconds{10}));
  boost::json::value page;
  REQUIRE(house.loop.run_until(
      [&] {
        page = house.parsed(house.call("GET", log + "?status=delivered", "", house.app));
        return page.at("total_records").as_int64() == 1;
      },
      std::chrono::seconds{10}));
  const std::string delivery{page.at("deliveries").at(0).at("delivery_id").as_string()};
  CHECK(page.at("deliveries").at(0).at("last_status").as_int64() == 200);
  const auto whole = house.parsed(house.call("GET", log + "/" + delivery, "", house.app));
  CHECK(std::string{whole.at("request_body").as_string()} == house.outside.events[0].body);
  // It is nobody else's: another application's of the same account, an owner's of another one, somebody's without
  // rights.
  const std::string both = "marketplace:read:event_subscription:admin marketplace:write:event_subscription:admin";
  for (const auto& [who, refusal] :
       {std::pair{house.application("other", both, "bob", api::Permissions::all(), account), 404},
        {house.application("foreign", both, "eve", api::Permissions::all(), "elsewhere"), 404},
        {house.person("eve", {api::Permission::webhooks}, "elsewhere"), 404},
        {house.person("member", {}, account), 403},
        {house.guest("g", account), 403}}) {
    CAPTURE(who);
    CHECK(house.call("GET", log, "", who).status == refusal);
    CHECK(house.call("GET", log + "/" + delivery, "", who).status == refusal);
    CHECK(house.call("POST", log + "/" + delivery + "/replay", "", who).status == refusal);
  }
  CHECK(house.outside.events.size() == 1);
  const auto replayed = house.call("POST", log + "/" + delivery + "/replay", "", house.app);
  CHECK(replayed.status == 201);
  REQUIRE(house.loop.run_until([&] { return house.outside.events.size() == 2; }, std::chrono::seconds{10}));
  CHECK(house.outside.events[1].body == house.outside.events[0].body);
  CHECK(house.call("POST", log + "/nothing/replay", "", house.app).status == 404);
  CHECK(house.call("GET", log + "?status=lost", "", house.app).status == 400);
}

}  // namespace
}  // namespace sealhall::hooks
