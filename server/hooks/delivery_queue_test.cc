#include "server/hooks/delivery_queue.h"

#include <doctest/doctest.h>

#include <limits>
#include <map>
#include <vector>

#include "core/base/random.h"

namespace sealhall::hooks {
namespace {

using namespace std::chrono_literals;
using State = DeliveryQueue::Outcome::State;

UnixMicros at(Duration d) { return UnixMicros{1'700'000'000'000'000 + d.count()}; }
DeliveryQueue::Item item(std::string id, Duration created = {}) { return {std::move(id), 0, at(created), at(created)}; }

TEST_CASE("webhook queue: one at a time, in order") {
  DeliveryQueue queue;
  queue.add(item("a"));
  queue.add(item("b"));
  CHECK(queue.start(at(0s)) == "a");
  CHECK_FALSE(queue.start(at(0s)));
  CHECK(queue.finished(true, at(1s)).state == State::delivered);
  CHECK(queue.start(at(1s)) == "b");
  CHECK(queue.finished(true, at(1s)).id == "b");
  CHECK_FALSE(queue.start(at(1s)));
  CHECK_FALSE(queue.next_at());
}

TEST_CASE("webhook queue: in a hurry what waits is tried at once, and keeps its attempts") {
  DeliveryQueue queue;
  queue.hurry(at(0s));
  queue.add(item("a"));
  REQUIRE(queue.start(at(0s)) == "a");
  queue.hurry(at(0s));  // under way already
  CHECK(queue.finished(false, at(1s)).not_before == at(5min + 1s));
  queue.hurry(at(2s));
  CHECK(queue.next_at() == at(2s));
  REQUIRE(queue.start(at(2s)) == "a");
  CHECK(queue.finished(false, at(3s)).attempts == 2);
}

TEST_CASE("webhook queue: again after 5, 20 and 60 minutes, then it is given up and the next one goes") {
  DeliveryQueue queue;
  queue.add(item("a"));
  queue.add(item("b"));
  Duration now = 0s;
  std::uint32_t attempt = 0;
  for (const Duration delay : {Duration{5min}, Duration{20min}, Duration{60min}}) {
    REQUIRE(queue.start(at(now)) == "a");
    const auto outcome = queue.finished(false, at(now + 3s));
    CHECK(outcome.state == State::waiting);
    CHECK(outcome.attempts == ++attempt);
    CHECK(outcome.not_before == at(now + 3s + delay));
    CHECK(queue.next_at() == at(now + 3s + delay));
    CHECK_FALSE(queue.start(at(now + 3s + delay - 1us)));
    now += 3s + delay;
  }
  REQUIRE(queue.start(at(now)) == "a");
  const auto last = queue.finished(false, at(now));
  CHECK(last.state == State::given_up);
  CHECK(last.attempts == 4);
  CHECK(queue.start(at(now)) == "b");
}

TEST_CASE(
    "webhook queue: a delivery whose row holds an impossible number of attempts is given up, and the next one goes") {
  DeliveryQueue queue;
  DeliveryQueue::Item odd = item("a");
  odd.attempts = std::numeric_limits<std::uint32_t>::max();  // -1 in the row
  queue.add(odd);
  queue.add(item("b"));
  REQUIRE(queue.start(at(0s)) == "a");
  const auto outcome = queue.finished(false, at(1s));
  CHECK(outcome.state == State::given_up);
  CHECK(outcome.attempts == odd.attempts);
  CHECK(queue.start(at(1s)) == "b");
}

TEST_CASE("webhook queue: what waited for a day behind others gets one try") {
  DeliveryQueue queue;
  queue.add(item("a"));
  REQUIRE(queue.start(at(25h)) == "a");
  CHECK(queue.finished(false, at(25h)).state == State::given_up);
}

TEST_CASE("webhook queue: a clock that was set back holds nothing for longer than an hour") {
  DeliveryQueue queue;
  queue.add({"a", 1, at(0s), at(240h)});
  CHECK_FALSE(queue.start(at(0s)));
  CHECK(queue.next_at() == at(60min));
  CHECK(queue.start(at(60min)) == "a");
}

TEST_CASE("webhook queue: when something of ours is away, no attempt is counted") {
  DeliveryQueue queue;
  queue.add(item("a"));
  REQUIRE(queue.start(at(0s)) == "a");
  queue.postponed(at(10s));
  CHECK_FALSE(queue.start(at(9s)));
  REQUIRE(queue.start(at(10s)) == "a");
  CHECK(queue.finished(false, at(10s)).attempts == 1);
}

TEST_CASE("webhook queue: nothing starts while it is held, and what can never be made is given up") {
  DeliveryQueue queue;
  queue.add(item("a"));
  queue.add(item("b"));
  REQUIRE(queue.start(at(0s)) == "a");
  const auto outcome = queue.abandoned();
  CHECK(outcome.state == State::given_up);
  CHECK(outcome.attempts == 0);
  queue.hold(true);
  CHECK_FALSE(queue.start(at(0s)));
  CHECK_FALSE(queue.next_at());
  queue.hold(false);
  CHECK(queue.start(at(0s)) == "b");
}

TEST_CASE("webhook queue: a delivery can be taken out unless it is under way") {
  DeliveryQueue queue;
  queue.add(item("a"));
  queue.add(item("b"));
  REQUIRE(queue.start(at(0s)) == "a");
  CHECK_FALSE(queue.remove("a"));
  CHECK(queue.remove("b"));
  CHECK_FALSE(queue.remove("b"));
  CHECK(queue.size() == 1);
}

/// The rows that a store would hold, and what the endpoint saw.
struct Model {
  struct Row {
    DeliveryQueue::Item item;
    State state = State::waiting;
    int seen = 0;
  };
  std::vector<std::string> order;
  std::map<std::string, Row> rows;
};

TEST_CASE("webhook queue: whatever fails and whenever it restarts, order holds and nothing is lost") {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    SeededRandom random(seed);
    Model model;
    DeliveryQueue queue;
    Duration now = 0s;
    std::optional<std::string> under_way;
    int made = 0;
    // At most this many steps of chaos, then a time in which everything works.
    for (int step = 0; step < 400 || queue.size() > 0; ++step) {
      REQUIRE(step < 5000);
      const bool calm = step >= 400;
      const std::uint64_t dice = calm ? 50 + random.below(50) : random.below(100);
      if (dice < 20) {
        const std::string id = "d" + std::to_string(made++);
        model.order.push_back(id);
        model.rows[id] = {item(id, now)};
        queue.add(model.rows[id].item);
      } else if (dice < 25) {
        // Killed: what was under way may have reached the endpoint, and nothing was written down.
        DeliveryQueue fresh;
        for (const std::string& id : model.order) {
          if (model.rows[id].state == State::waiting) fresh.add(model.rows[id].item);
        }
        queue = std::move(fresh);
        under_way.reset();
      } else if (dice < 50) {
        now += Duration{std::chrono::minutes{random.below(90)}};
      } else if (!under_way) {
        const auto next = queue.next_at();
        under_way = queue.start(at(now));
        if (under_way) {
          // Everything before it in the order is settled.
          for (const std::string& id : model.order) {
            if (id == *under_way) break;
            REQUIRE(model.rows[id].state != State::waiting);
          }
          REQUIRE(*next <= at(now));
          ++model.rows[*under_way].seen;
        } else if (next) {
          now = Duration{static_cast<std::int64_t>(*next) - static_cast<std::int64_t>(at(0s))};
        }
      } else {
        const bool success = calm || random.chance(0.4);
        const auto outcome = queue.finished(success, at(now));
        REQUIRE(outcome.id == *under_way);
        Model::Row& row = model.rows[*under_way];
        row.state = outcome.state;
        row.item.attempts = outcome.attempts;
        if (outcome.state == State::waiting) row.item.not_before = outcome.not_before;
        REQUIRE((outcome.state == State::delivered) == success);
        REQUIRE(outcome.attempts <= 4);
        under_way.reset();
      }
    }
    for (const auto& [id, row] : model.rows) {
      REQUIRE(row.state != State::waiting);
      REQUIRE(row.seen >= 1);
    }
  }
}

}  // namespace
}  // namespace sealhall::hooks
