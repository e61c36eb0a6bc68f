#include "server/hooks/service.h"

#include <doctest/doctest.h>

#include "server/hooks/envelope.h"
#include "server/hooks/testing.h"
#include "server/vault/testing.h"
#include "store/testing.h"
#include "tests/support/api_house.h"

namespace sealhall::hooks {
namespace {

using namespace std::chrono_literals;
using testing::Outside;

constexpr const char* account = "AAAAAAAAAAAAAAAAAAAAAA";

struct House {
  store::testing::Folder folder;
  store::testing::Shop shop{folder.file()};
  store::Webhooks store{shop.engine()};
  vault::testing::MemoryVault vault;
  Outside outside;
  api::testing::TestClock clock;
  SeededRandom random{7};
  EventBus bus;
  std::unique_ptr<WebhookService> service;

  House() { start(); }

  void start() {
    service.reset();
    service = std::make_unique<WebhookService>(WebhookService::Parts{
        shop.loop(), store, vault, outside, clock, random, bus, Reachable::internet, {.ours_away = 1ms}});
    service->start();
    wait([&] { return service->ready() || vault.trouble.has_value(); });
  }
  void wait(const std::function<bool()>& until) { REQUIRE(shop.loop().run_until(until, std::chrono::seconds{20})); }
  /// Until nothing moves: a read that was asked now is answered after every write before it.
  void settle() {
    for (int i = 0; i < 3; ++i) static_cast<void>(shop.write({{.sql = "UPDATE accounts SET name=name"}}));
  }
  template <class T, class Ask>
  expected<T, HookError> ask(Ask start_it) {
    std::optional<expected<T, HookError>> result;
    start_it(HookDone<T>{[&](expected<T, HookError> r) { result = std::move(r); }});
    wait([&] { return result.has_value(); });
    return std::move(*result);
  }
  expected<Subscription, HookError> subscribe(std::set<std::string> events = {"meeting.started"},
                                              std::string application = "app") {
    return ask<Subscription>([&](auto done) {
      service->create({account, application, std::move(events), "mine", "https://example.org/hooks", outside.secret},
                      std::move(done));
    });
  }
  void publish(const std::string& object, const std::string& name = "meeting.started") {
    bus.publish({.name = name, .account_id = account, .at = clock.now(), .object_json = object});
  }
  std::vector<store::WebhookDelivery> log(const std::string& id) {
    return ask<WebhookService::LogPage>(
               [&](auto done) { service->log(account, id, std::nullopt, 100, 0, std::move(done)); })
        ->deliveries;
  }
};

TEST_CASE("webhooks: an address proves itself, then it is told what happens, signed") {
  House house;
  const auto made = house.subscribe();
  REQUIRE(made);
  CHECK(made->state == store::WebhookState::active);
  CHECK(house.outside.challenges == 1);
  house.publish(R"({"id":"123","topic":"a\/b"})");
  house.publish("{}", "meeting.ended");  // not asked for
  house.bus.publish({.name = "meeting.started", .account_id = "other", .object_json = "{}"});
  house.wait([&] { return house.outside.events.size() == 1; });
  house.settle();
  REQUIRE(house.outside.events.size() == 1);
  const auto& seen = house.outside.events[0];
  CHECK(seen.url == "https://example.org/hooks");
  CHECK(seen.body.find(R"("object":{"id":"123","topic":"a/b"})") != std::string::npos);
  CHECK(seen.signature == signature(house.outside.secret, std::stoll(seen.timestamp), seen.body));
  const auto log = house.log(made->id);
  REQUIRE(log.size() == 1);
  CHECK(log[0].state == store::DeliveryState::delivered);
  CHECK(log[0].last_status == 200);
}

TEST_CASE("webhooks: an address that does not know the secret is told nothing") {
  House house;
  house.outside.answers_challenges = false;
  const auto made = house.subscribe();
  REQUIRE(made);
  CHECK(made->state == store::WebhookState::pending);
  house.publish("{}");
  house.settle();
  CHECK(house.outside.events.empty());
  house.outside.answers_challenges = true;
  const auto again =
      house.ask<Subscription>([&](auto done) { house.service->validate(account, made->id, std::move(done)); });
  CHECK(again->state == store::WebhookState::active);
  house.publish("{}");
  house.wait([&] { return house.outside.events.size() == 1; });
}

TEST_CASE("webhooks: challenged again after 72 hours, and disabled when it fails six times in a row") {
  House house;
  const auto made = house.subscribe();
  house.outside.answers_challenges = false;
  for (int i = 0; i < 6; ++i) {
    house.clock.advance(73h);
    house.service->poll();
    house.settle();
  }
  CHECK(house.outside.challenges == 7);
  CHECK(house.service->find(account, made->id)->state == store::WebhookState::disabled);
  house.clock.advance(200h);
  house.service->poll();
  CHECK(house.outside.challenges == 7);
  house.start();
  CHECK(house.service->find(account, made->id)->state == store::WebhookState::disabled);
}

TEST_CASE(
    "webhooks: again after 5, 20 and 60 minutes, in order, also over restarts; then it is failed and can be replayed") {
  House house;
  const auto made = house.subscribe();
  house.outside.status = 500;
  house.publish(R"({"n":1})");
  house.publish(R"({"n":2})");
  house.wait([&] { return house.outside.events.size() == 1; });
  house.settle();
  std::size_t seen = 1;
  for (const Duration pause : {Duration{5min}, Duration{20min}, Duration{60min}}) {
    house.start();
    house.clock.advance(pause - 1s);
    house.service->poll();
    house.settle();
    CHECK(house.outside.events.size() == seen);
    house.clock.advance(2s);
    if (pause == Duration{60min}) house.outside.status = 0;
    house.service->poll();
    house.wait([&] { return house.outside.events.size() > seen; });
    house.settle();
    ++seen;
  }
  // The fourth failure of the first was its last; then the second one was tried.
  house.wait([&] { return house.outside.events.size() == 5; });
  house.settle();
  for (int i = 0; i < 4; ++i) CHECK(house.outside.events[i].body.find(R"({"n":1})") != std::string::npos);
  CHECK(house.outside.events[4].body.find(R"({"n":2})") != std::string::npos);
  auto log = house.log(made->id);
  REQUIRE(log.size() == 2);
  CHECK(log[1].state == store::DeliveryState::failed);
  CHECK(log[1].attempts == 4);
  CHECK(log[1].last_error == "timeout");
  CHECK(log[0].state == store::DeliveryState::waiting);

  house.outside.status = 204;
  const auto replayed =
      house.ask<std::string>([&](auto done) { house.service->replay(account, made->id, log[1].id, std::move(done)); });
  REQUIRE(replayed);
  house.clock.advance(5min);
  house.service->poll();
  house.wait([&] { return house.outside.events.size() == 7; });
  house.settle();
  CHECK(house.outside.events[5].body.find(R"({"n":2})") != std::string::npos);
  CHECK(house.outside.events[6].body == house.outside.events[0].body);
  log = house.log(made->id);
  CHECK(log[0].id == *replayed);
  CHECK(log[0].replay_of == log[2].id);
  CHECK(log[0].state == store::DeliveryState::delivered);
}

TEST_CASE("webhooks: what was under way when the server was killed is sent again") {
  House house;
  REQUIRE(house.subscribe());
  house.outside.hold = true;
  house.publish(R"({"n":1})");
  house.publish(R"({"n":2})");
  house.wait([&] { return house.outside.held.size() == 1; });
  house.settle();
  CHECK(house.outside.events.size() == 1);
  house.outside.hold = false;
  house.start();
  for (auto& answer : house.outside.held) answer();  // nobody listens any more
  house.wait([&] { return house.outside.events.size() == 3; });
  CHECK(house.outside.events[1].body == house.outside.events[0].body);
  CHECK(house.outside.events[2].body.find(R"({"n":2})") != std::string::npos);
}

TEST_CASE("webhooks: an answer waits until what was published before it would survive a kill, and no longer") {
  House house;
  bool answered = false;
  const auto answer = [&] { answered = true; };
  house.service->when_kept(answer);
  CHECK(std::exchange(answered, false));
  house.publish(R"({"n":0})");
  house.service->when_kept(answer);  // nobody has asked for it
  CHECK(std::exchange(answered, false));
  REQUIRE(house.subscribe());
  house.outside.hold = true;  // it is not waited for that it is delivered
  for (int i = 1; i <= 100; ++i) house.publish("{\"n\":" + std::to_string(i) + "}");
  house.service->when_kept(answer);
  CHECK_FALSE(answered);
  house.wait([&] { return answered; });
  house.outside.hold = false;
  house.start();
  for (auto& held : house.outside.held) held();
  house.wait([&] { return house.outside.events.size() >= 101; });  // the one that was under way twice
  CHECK(house.outside.events.back().body.find(R"({"n":100})") != std::string::npos);
}

TEST_CASE("webhooks: an answer waits for the key service, and for events from before the start") {
  House house;
  REQUIRE(house.subscribe());
  house.vault.trouble = vault::VaultError::unavailable;
  house.start();
  house.publish(R"({"n":1})");
  bool answered = false;
  house.service->when_kept([&] { answered = true; });
  house.settle();
  CHECK_FALSE(answered);
  house.vault.trouble.reset();
  house.wait([&] { return answered; });
  house.outside.hold = true;
  house.start();
  house.wait([&] { return !house.outside.held.empty(); });  // it was in the store
}

TEST_CASE("webhooks: while the key service is away events are kept, then they go in order") {
  House house;
  REQUIRE(house.subscribe());
  house.vault.trouble = vault::VaultError::unavailable;
  for (int i = 0; i < 200; ++i) house.publish("{\"n\":" + std::to_string(i) + "}");
  house.settle();
  CHECK(house.outside.events.empty());
  house.vault.trouble.reset();
  house.wait([&] { return house.outside.events.size() == 200; });
  for (int i = 0; i < 200; ++i) {
    CHECK(house.outside.events[static_cast<std::size_t>(i)].body.find("{\"n\":" + std::to_string(i) + "}") !=
          std::string::npos);
  }
}

TEST_CASE("webhooks: a start without the key service loses no event") {
  House house;
  REQUIRE(house.subscribe());
  house.vault.trouble = vault::VaultError::unavailable;
  house.start();
  CHECK_FALSE(house.service->ready());
  house.publish("{}");
  house.vault.trouble.reset();
  house.wait([&] { return house.outside.events.size() == 1; });
}

TEST_CASE("webhooks: what is wrong with a subscription is said") {
  House house;
  const auto wrong = [&](NewSubscription wanted) {
    const auto made =
        house.ask<Subscription>([&](auto done) { house.service->create(std::move(wanted), std::move(done)); });
    REQUIRE_FALSE(made);
    return made.error().kind;
  };
  CHECK(wrong({account, "app", {}, "n", "https://example.org/"}) == HookErrorKind::bad_event);
  CHECK(wrong({account, "app", {"meeting.exploded"}, "n", "https://example.org/"}) == HookErrorKind::bad_event);
  CHECK(wrong({account, "app", {"meeting.started"}, "n", "http://example.org/"}) == HookErrorKind::bad_address);
  CHECK(wrong({account, "app", {"meeting.started"}, "n", "https://127.0.0.1/"}) == HookErrorKind::bad_address);
  CHECK(wrong({account, "app", {"meeting.started"}, "n", "https://example.org/", "short"}) ==
        HookErrorKind::bad_secret);
  for (int i = 0; i < 20; ++i) REQUIRE(house.subscribe());
  CHECK(wrong({account, "app", {"meeting.started"}, "n", "https://example.org/"}) == HookErrorKind::too_many);
  CHECK(house.subscribe({"user.created"}, "another app"));
  CHECK(house.service->list(account, "app").size() == 20);
  CHECK(house.service->list(account, std::nullopt).size() == 21);
  CHECK(house.service->list("other", std::nullopt).empty());
}

TEST_CASE("webhooks: changed, moved and removed; another account finds nothing") {
  House house;
  const auto made = house.subscribe();
  const auto change = [&](const std::string& who, ChangedSubscription changed) {
    return house.ask<Subscription>(
        [&](auto done) { house.service->change(who, made->id, std::move(changed), std::move(done)); });
  };
  CHECK(change(account, {.events = std::set<std::string>{"user.created"}})->events.contains("user.created"));
  CHECK(house.outside.challenges == 1);
  house.outside.answers_challenges = false;
  const auto moved = change(account, {.url = "https://example.org/other"});
  CHECK(house.outside.challenges == 2);
  CHECK(moved->state == store::WebhookState::pending);
  CHECK(change("other", {.name = "x"}).error().kind == HookErrorKind::not_found);
  house.start();
  CHECK(house.service->find(account, made->id)->target.url == "https://example.org/other");
  CHECK(house.service->find(account, made->id)->events == std::set<std::string>{"user.created"});
  const auto remove = [&](const std::string& who) {
    return house.ask<void>([&](auto done) { house.service->remove(who, made->id, std::move(done)); });
  };
  CHECK(remove("other").error().kind == HookErrorKind::not_found);
  CHECK(remove(account));
  CHECK(remove(account).error().kind == HookErrorKind::not_found);
  house.publish("{}", "user.created");
  house.settle();
  CHECK(house.outside.events.empty());
}

TEST_CASE("webhooks: only the application that an event is for is told") {
  House house;
  REQUIRE(house.subscribe({"app_deauthorized"}, "one"));
  REQUIRE(house.subscribe({"app_deauthorized"}, "two"));
  house.bus.publish({.name = "app_deauthorized", .account_id = account, .object_json = "{}", .application_id = "two"});
  house.wait([&] { return house.outside.events.size() == 1; });
  house.settle();
  CHECK(house.outside.events.size() == 1);
}

TEST_CASE("webhooks: nothing that was said stands readable in the store") {
  House house;
  REQUIRE(house.subscribe());
  house.publish(R"({"topic":"CANARY-topic"})");
  house.wait([&] { return house.outside.events.size() == 1; });
  house.settle();
  for (const char* sql :
       {"SELECT body_sealed FROM webhook_deliveries", "SELECT target_sealed FROM webhook_subscriptions"}) {
    const auto rows = house.shop.read({.sql = sql});
    REQUIRE(rows->size() == 1);
    const std::string text{as_text(rows->bytes(0, 0))};
    CHECK(text.find("CANARY") == std::string::npos);
    CHECK(text.find("example.org") == std::string::npos);
    CHECK(text.find(house.outside.secret) == std::string::npos);
  }
}

}  // namespace
}  // namespace sealhall::hooks
