#include "core/congestion/feedback_builder.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>

#include "core/base/random.h"

using namespace sealhall;
using namespace sealhall::congestion;
using namespace std::chrono_literals;

namespace {
Instant arrival(const rtp::rtcp::TransportFeedback& f, std::size_t i) {
  return Instant{f.reference_time * 64ms + *f.arrivals[i].at};
}
}  // namespace

TEST_CASE("feedback: one message an interval, with arrivals to 250 us and losses") {
  TransportFeedbackBuilder builder{1, 2};
  Instant now{100s};
  CHECK_FALSE(builder.next_deadline().has_value());
  builder.on_packet(65'534, now);
  builder.on_packet(65'535, now + 1200us);
  builder.on_packet(1, now + 10ms);
  CHECK(builder.next_deadline() == now + 50ms);
  CHECK_FALSE(builder.due(now + 49ms).has_value());
  const auto message = builder.due(now + 50ms);
  REQUIRE(message.has_value());
  CHECK(message->sender_ssrc == 1);
  CHECK(message->media_ssrc == 2);
  CHECK(message->feedback_count == 0);
  REQUIRE(message->arrivals.size() == 4);
  CHECK(message->arrivals[0].sequence == 65'534);
  CHECK(arrival(*message, 0) == now);
  CHECK(arrival(*message, 1) == now + 1ms);
  CHECK_FALSE(message->arrivals[2].at.has_value());
  CHECK(arrival(*message, 3) == now + 10ms);
  CHECK_FALSE(builder.due(now + 1s).has_value());
  CHECK_FALSE(builder.next_deadline().has_value());
  builder.on_packet(2, now + 60ms);
  const auto next = builder.due(now + 110ms);
  REQUIRE(next.has_value());
  CHECK(next->feedback_count == 1);
  CHECK(next->arrivals.size() == 1);
}

TEST_CASE("feedback: a late packet is reported again, a duplicate is not") {
  TransportFeedbackBuilder builder{1, 2};
  Instant now{100s};
  builder.on_packet(10, now);
  builder.on_packet(12, now + 1ms);
  REQUIRE(builder.due(now + 50ms).has_value());
  builder.on_packet(12, now + 55ms);
  CHECK_FALSE(builder.next_deadline().has_value());
  builder.on_packet(11, now + 60ms);
  const auto message = builder.due(now + 200ms);
  REQUIRE(message.has_value());
  REQUIRE(message->arrivals.size() == 2);
  CHECK(message->arrivals[0].sequence == 11);
  CHECK(arrival(*message, 0) == now + 60ms);
  CHECK(arrival(*message, 1) == now + 1ms);  // received before: a negative delta
}

TEST_CASE("feedback: a message fits its limits and every message fits the wire") {
  TransportFeedbackBuilder builder{1, 2};
  SeededRandom random{1};
  Instant now{100s};
  std::uint16_t sequence = 64'000;
  std::array<std::uint8_t, 1200> buffer{};
  for (int i = 0; i < 20'000; ++i) {
    now += Duration{static_cast<std::int64_t>(random.below(2000))};
    ++sequence;
    if (!random.chance(0.2)) builder.on_packet(sequence, now);
    while (const auto message = builder.due(now)) {
      REQUIRE(message->arrivals.size() <= 200);
      const rtp::rtcp::Message out = *message;
      const auto size = rtp::rtcp::write({&out, 1}, buffer);
      REQUIRE(size.has_value());
      const auto back = rtp::rtcp::parse(ByteView{buffer}.first(*size));
      REQUIRE(back.has_value());
      const auto* parsed = std::get_if<rtp::rtcp::TransportFeedback>(&back->at(0));
      REQUIRE(parsed != nullptr);
      REQUIRE(parsed->arrivals.size() == message->arrivals.size());
      for (std::size_t a = 0; a < parsed->arrivals.size(); ++a)
        REQUIRE(parsed->arrivals[a].at == message->arrivals[a].at);
    }
  }
}

TEST_CASE("feedback: long pauses, jumps of the numbers and a wrapping reference time stay exact") {
  TransportFeedbackBuilder builder{1, 2};
  Instant now{Duration{(std::int64_t{1} << 23) * 64'000 - 1'000'000}};  // a second before 24 signed bits wrap
  std::uint16_t sequence = 0;
  for (int i = 0; i < 300; ++i) {
    now += i % 50 == 0 ? 20s : 10ms;
    sequence = static_cast<std::uint16_t>(sequence + (i % 70 == 0 ? 5000 : 1));
    builder.on_packet(sequence, now);
    const auto message = builder.due(now + 50ms);
    REQUIRE(message.has_value());
    REQUIRE(message->arrivals.back().sequence == sequence);
    REQUIRE(message->reference_time >= -(1 << 23));
    REQUIRE(message->reference_time < (1 << 23));
    const Duration low = *message->arrivals.back().at + message->reference_time * 64ms;
    REQUIRE((now.time_since_epoch() - low).count() % ((std::int64_t{1} << 24) * 64'000) < 250);
  }
}
