#include "core/congestion/send_history.h"

#include <doctest/doctest.h>

using namespace sealhall;
using namespace sealhall::congestion;
using namespace std::chrono_literals;

TEST_CASE("send history: a packet is acknowledged once, with what it was sent with") {
  SendHistory history;
  history.store(65'535, 1200, 3, Instant{10s});
  history.store(0, 99, 0, Instant{10s + 5ms});
  CHECK(history.bytes_in_flight() == 1299);
  const auto sent = history.acknowledge(65'535);
  REQUIRE(sent.has_value());
  CHECK(sent->at == Instant{10s});
  CHECK(sent->size == 1200);
  CHECK(sent->probe_slot == 3);
  CHECK_FALSE(sent->was_lost);
  CHECK(history.bytes_in_flight() == 99);
  CHECK_FALSE(history.acknowledge(65'535).has_value());
  CHECK_FALSE(history.report_lost(65'535).has_value());
  CHECK_FALSE(history.acknowledge(1).has_value());
}

TEST_CASE("send history: lost once, and still acknowledged when it was only late") {
  SendHistory history;
  history.store(5, 100, 0, Instant{1s});
  CHECK(history.report_lost(5).has_value());
  CHECK_FALSE(history.report_lost(5).has_value());
  CHECK(history.bytes_in_flight() == 0);
  const auto sent = history.acknowledge(5);
  REQUIRE(sent.has_value());
  CHECK(sent->was_lost);
  CHECK(history.bytes_in_flight() == 0);
}

TEST_CASE("send history: forgets after its capacity, over the wrap of numbers and of its clock") {
  SendHistory history;
  Instant now{4294s};  // shortly before 32 bits of microseconds wrap
  for (std::uint32_t i = 0; i < 140'000; ++i) {
    now += 1ms;
    history.store(static_cast<std::uint16_t>(i), 100, 0, now);
    if (i < 600) continue;
    if (i % 7 == 0) {
      const auto sent = history.acknowledge(static_cast<std::uint16_t>(i - 500));
      REQUIRE(sent.has_value());
      REQUIRE(sent->at == now - 500ms);
    }
    REQUIRE_FALSE(history.acknowledge(static_cast<std::uint16_t>(i - 512)).has_value());
    REQUIRE_FALSE(history.acknowledge(static_cast<std::uint16_t>(i + 1)).has_value());
    REQUIRE(history.bytes_in_flight() <= 51'200);
  }
}
