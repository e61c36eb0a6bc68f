#include "server/events.h"

#include <doctest/doctest.h>

#include <vector>

namespace sealhall {
namespace {

TEST_CASE("event bus: subscribers are called in order, until their subscription goes") {
  EventBus bus;
  std::vector<std::string> seen;
  auto first = bus.subscribe([&](const Event& e) { seen.push_back("1 " + e.name); });
  {
    const auto second = bus.subscribe([&](const Event& e) { seen.push_back("2 " + e.name); });
    bus.publish({.name = "a", .account_id = "x", .object_json = "{}"});
  }
  bus.publish({.name = "b", .account_id = "x", .object_json = "{}"});
  CHECK(seen == std::vector<std::string>{"1 a", "2 a", "1 b"});
}

TEST_CASE("event bus: a subscriber may publish, end itself and add others while it is called") {
  EventBus bus;
  int calls = 0;
  EventBus::Subscription once;
  EventBus::Subscription late;
  once = bus.subscribe([&](const Event&) {
    ++calls;
    once.end();
    late = bus.subscribe([&](const Event&) { calls += 10; });
    bus.publish({.name = "inner", .account_id = "x", .object_json = "{}"});
  });
  bus.publish({.name = "outer", .account_id = "x", .object_json = "{}"});
  // The inner event reaches the new subscriber, and so does the outer one, which is still on its way.
  CHECK(calls == 21);
}

TEST_CASE("event bus: a subscription may outlive the bus") {
  EventBus::Subscription kept;
  {
    EventBus bus;
    kept = bus.subscribe([](const Event&) {});
  }
  kept.end();
}

}  // namespace
}  // namespace sealhall
