#include "store/webhooks.h"

#include <doctest/doctest.h>

#include "store/testing.h"

using namespace sealhall;
using namespace sealhall::store;
using testing::on_each_engine;

namespace {

constexpr const char* account = "AAAAAAAAAAAAAAAAAAAAAA";

WebhookSubscription subscription(const std::string& id) {
  return {id, account,        "app",        "meeting.started meeting.ended", Bytes{1, 2, 3}, WebhookState::pending,
          0,  UnixMicros{10}, UnixMicros{5}};
}
WebhookDelivery delivery(const std::string& id, const std::string& subscription_id, std::int64_t position) {
  WebhookDelivery d;
  d.id = id;
  d.subscription_id = subscription_id;
  d.position = position;
  d.event = "meeting.started";
  d.body_sealed = {9, 9};
  d.created_at = UnixMicros{position};
  d.not_before = UnixMicros{position};
  return d;
}
std::string ids(const std::vector<WebhookDelivery>& deliveries) {
  std::string out;
  for (const auto& d : deliveries) out += d.id + " ";
  return out;
}

}  // namespace

TEST_CASE("store: webhook subscriptions come back as they went in, change and go") {
  on_each_engine([](testing::Shop& shop) {
    Webhooks webhooks{shop.engine()};
    const auto all = [&] {
      return *shop.ask<std::vector<WebhookSubscription>>([&](auto done) { webhooks.all(std::move(done)); });
    };
    REQUIRE(shop.ask<void>([&](auto done) { webhooks.add(subscription("a"), std::move(done)); }));
    CHECK(shop.ask<void>([&](auto done) { webhooks.add(subscription("a"), std::move(done)); }).error() ==
          StoreError::taken);
    auto stranger = subscription("b");
    stranger.account_id = "nobody";
    CHECK(shop.ask<void>([&](auto done) { webhooks.add(stranger, std::move(done)); }).error() == StoreError::not_found);
    REQUIRE(all().size() == 1);
    CHECK(all()[0].events == "meeting.started meeting.ended");
    CHECK(all()[0].target_sealed == Bytes{1, 2, 3});
    CHECK(all()[0].validate_at == UnixMicros{10});

    auto changed = subscription("a");
    changed.state = WebhookState::active;
    changed.failed_validations = 2;
    changed.events = "user.created";
    REQUIRE(shop.ask<void>([&](auto done) { webhooks.change(changed, std::move(done)); }));
    CHECK(all()[0].state == WebhookState::active);
    CHECK(all()[0].failed_validations == 2);
    CHECK(all()[0].events == "user.created");

    REQUIRE(shop.ask<void>([&](auto done) { webhooks.remove("a", std::move(done)); }));
    CHECK(shop.ask<void>([&](auto done) { webhooks.remove("a", std::move(done)); }).error() == StoreError::not_found);
    CHECK(shop.ask<void>([&](auto done) { webhooks.change(changed, std::move(done)); }).error() ==
          StoreError::not_found);
    CHECK(all().empty());
  });
}

TEST_CASE("store: webhook deliveries wait in order, are settled, logged and forgotten") {
  on_each_engine([](testing::Shop& shop) {
    Webhooks webhooks{shop.engine()};
    for (const char* id : {"s", "t"}) {
      REQUIRE(shop.ask<void>([&](auto done) { webhooks.add(subscription(id), std::move(done)); }));
    }
    const auto waiting = [&] {
      return ids(*shop.ask<std::vector<WebhookDelivery>>([&](auto done) { webhooks.waiting(std::move(done)); }));
    };
    const auto log = [&](std::optional<DeliveryState> state) {
      return ids(*shop.ask<std::vector<WebhookDelivery>>(
          [&](auto done) { webhooks.log("s", state, 10, 0, std::move(done)); }));
    };
    const auto add = [&](std::vector<WebhookDelivery> deliveries) {
      return shop.ask<void>([&](auto done) { webhooks.add_deliveries(std::move(deliveries), std::move(done)); });
    };
    REQUIRE(add({delivery("b", "s", 2), delivery("a", "s", 1), delivery("x", "t", 1)}));
    CHECK(add({delivery("c", "s", 3), delivery("y", "nobody", 1)}).error() == StoreError::not_found);
    CHECK(add({delivery("c", "s", 2)}).error() == StoreError::taken);
    CHECK(add({delivery("b", "s", 2), delivery("x", "t", 1)}));  // when the first answer did not come
    CHECK(waiting() == "a b x ");

    auto done_one = delivery("a", "s", 1);
    done_one.state = DeliveryState::delivered;
    done_one.attempts = 1;
    done_one.last_status = 204;
    done_one.tried_at = UnixMicros{77};
    REQUIRE(shop.ask<void>([&](auto done) { webhooks.settle(done_one, std::move(done)); }));
    CHECK(waiting() == "b x ");
    CHECK(log(std::nullopt) == "b a ");
    CHECK(log(DeliveryState::delivered) == "a ");
    CHECK(log(DeliveryState::failed).empty());
    CHECK(*shop.ask<std::int64_t>([&](auto done) { webhooks.count("s", std::nullopt, std::move(done)); }) == 2);
    CHECK(*shop.ask<std::int64_t>([&](auto done) { webhooks.count("s", DeliveryState::waiting, std::move(done)); }) ==
          1);

    const auto found =
        *shop.ask<std::optional<WebhookDelivery>>([&](auto done) { webhooks.delivery("s", "a", std::move(done)); });
    REQUIRE(found.has_value());
    CHECK(found->last_status == 204);
    CHECK(found->tried_at == UnixMicros{77});
    CHECK_FALSE(found->replay_of.has_value());
    CHECK_FALSE(
        shop.ask<std::optional<WebhookDelivery>>([&](auto done) { webhooks.delivery("t", "a", std::move(done)); })
            ->has_value());
    CHECK(**shop.ask<std::optional<Bytes>>([&](auto done) { webhooks.body("a", std::move(done)); }) == Bytes{9, 9});

    using Positions = std::vector<std::pair<std::string, std::int64_t>>;
    CHECK(shop.ask<Positions>([&](auto done) { webhooks.last_positions(std::move(done)); })->size() == 2);

    // What waits is never forgotten.
    REQUIRE(shop.ask<void>([&](auto done) { webhooks.forget_before(UnixMicros{100}, std::move(done)); }));
    CHECK(log(std::nullopt) == "b ");
    CHECK(shop.ask<void>([&](auto done) { webhooks.settle(done_one, std::move(done)); }).error() ==
          StoreError::not_found);
    REQUIRE(shop.ask<void>([&](auto done) { webhooks.remove("s", std::move(done)); }));
    CHECK(waiting() == "x ");
  });
}
