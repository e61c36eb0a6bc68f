#include "core/congestion/controller.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <deque>

#include "core/base/random.h"
#include "core/congestion/feedback_builder.h"

using namespace sealhall;
using namespace sealhall::congestion;
using namespace std::chrono_literals;

namespace {

/// A sender that always uses its target, a bottleneck with a drop-tail queue, a receiver with feedback. Virtual time.
struct Loop {
  explicit Loop(Controller::Config config = {}) : controller{config} {}

  Controller controller;
  TransportFeedbackBuilder builder{1, 2};
  SeededRandom random{11};
  Instant now{10s};
  DataRate capacity = DataRate::kbps(2000);
  Duration queue_limit = 300ms;
  Duration one_way = 25ms;
  double loss = 0.0;
  bool feedback_lost = false;
  double sends = 1.0;  // part of the target that the application uses
  DataRate constant;   // and what it sends whatever the target is
  Duration stall{};    // the receiver handles what has come after so long at most, each time another time

  void run(Duration length) {
    for (const Instant end = now + length; now < end; now += 1ms) {
      if (const auto probe = controller.take_probe(now)) {
        for (std::uint32_t i = 0; i < probe->packets; ++i) {
          const std::size_t size = std::max<std::size_t>(probe->bytes / probe->packets, 100);
          probes.push_back({now + probe->rate.time_for(size) * i, size, probe->id});
        }
      }
      while (!probes.empty() && probes.front().at <= now) {
        send(probes.front().size, probes.front().id);
        probes.pop_front();
      }
      credit += static_cast<double>((controller.target() * sends).bytes_in(1ms));
      while (credit >= 1000.0) {
        send(1000, 0);
        credit -= 1000.0;
      }
      steady += static_cast<double>(constant.bps()) / 8000.0;
      while (steady >= 130.0) {
        send(130, 0);
        steady -= 130.0;
      }
      const bool awake = now >= awake_at;
      if (awake) awake_at = now + std::chrono::duration_cast<Duration>(stall * random.unit());
      while (awake && !path.empty() && path.front().at <= now) {
        builder.on_packet(path.front().sequence, now);
        delivered += path.front().size;
        path.pop_front();
      }
      if (auto message = builder.due(now); message && !feedback_lost) back.push_back({now + one_way, *message});
      while (!back.empty() && back.front().at <= now) {
        controller.on_feedback(back.front().message, now);
        back.pop_front();
      }
      if (const auto deadline = controller.next_deadline(); deadline && *deadline <= now) controller.due(now);
      highest = std::max(highest, controller.target());
      lowest = std::min(lowest, controller.target());
    }
  }
  void send(std::size_t size, std::uint32_t probe) {
    const std::uint16_t sequence = next++;
    controller.on_packet_sent({sequence, static_cast<std::uint16_t>(size), probe, now});
    free_at = std::max(free_at, now);
    if (free_at - now > queue_limit || random.chance(loss)) return;
    free_at += capacity.time_for(size);
    path.push_back({free_at + one_way, sequence, size});
  }
  double kbps() const { return controller.target().kbps(); }

  struct Flight {
    Instant at{};
    std::uint16_t sequence = 0;
    std::size_t size = 0;
  };
  struct Back {
    Instant at{};
    rtp::rtcp::TransportFeedback message;
  };
  struct Pending {
    Instant at{};
    std::size_t size = 0;
    std::uint32_t id = 0;
  };
  std::deque<Flight> path;
  std::deque<Back> back;
  std::deque<Pending> probes;
  std::uint16_t next = 65'000;
  double credit = 0;
  double steady = 0;
  Instant awake_at{};
  Instant free_at{};
  std::size_t delivered = 0;
  DataRate highest;
  DataRate lowest = DataRate::unlimited();
};

}  // namespace

TEST_CASE("controller: one is smaller than 8 KB") { CHECK(sizeof(Controller) <= 8192); }

TEST_CASE("controller: finds the capacity within seconds and stays near it without a standing queue") {
  for (const std::int64_t kbps : {150, 500, 2000, 6000}) {
    Loop loop;
    loop.capacity = DataRate::kbps(kbps);
    loop.run(10s);
    const std::size_t before = loop.delivered;
    Duration queue{};
    int samples = 0;
    for (int i = 0; i < 200; ++i) {
      loop.run(100ms);
      queue += std::max(Duration{}, loop.free_at - loop.now);
      ++samples;
    }
    const double used = static_cast<double>(loop.delivered - before) * 8.0 / 20.0 / static_cast<double>(kbps * 1000);
    CAPTURE(kbps);
    CAPTURE(to_millis(queue / samples));
    CHECK(used >= 0.75);
    CHECK(used <= 1.01);
    CHECK(queue / samples < 120ms);
  }
}

TEST_CASE("controller: falls to a lower capacity within 5 s and is back within 15 s") {
  Loop loop;
  loop.run(20s);
  CHECK(loop.kbps() >= 1500);
  loop.capacity = DataRate::kbps(300);
  loop.run(5s);
  CHECK(loop.kbps() <= 330);
  loop.run(30s);
  CHECK(loop.kbps() >= 150);
  loop.capacity = DataRate::kbps(2000);
  loop.run(15s);
  CHECK(loop.kbps() >= 1600);
}

TEST_CASE("controller: overuse that nothing was sent after is forgotten, and the way back is looked for") {
  Loop loop;
  loop.run(15s);
  loop.capacity = DataRate::kbps(100);
  while (!loop.controller.stats().overuse) loop.run(10ms);
  loop.sends = 0.0;
  loop.capacity = DataRate::kbps(2000);
  loop.controller.set_wanted(DataRate::kbps(2000), loop.now);
  loop.run(30s);
  CHECK(loop.kbps() >= 500);
}

TEST_CASE("controller: a receiver that is busy while it gets little keeps room for pictures") {
  Loop loop;
  loop.run(15s);
  loop.sends = 0.0;
  loop.constant = DataRate::kbps(50);  // sound alone
  loop.stall = 200ms;
  loop.lowest = DataRate::unlimited();
  loop.run(20s);
  CAPTURE(loop.kbps());
  CHECK(loop.lowest >= DataRate::kbps(150));
  loop.stall = {};
  loop.run(10s);
  CHECK(loop.kbps() >= 1000);
}

TEST_CASE("controller: random loss of 10 % does not starve it, and nothing of it stays") {
  Loop loop;
  loop.run(15s);
  loop.loss = 0.1;
  loop.run(30s);
  CHECK(loop.kbps() >= 800);
  loop.loss = 0.0;
  loop.run(10s);
  CHECK(loop.kbps() >= 1500);
}

TEST_CASE("controller: when feedback stops it slows down, when it comes back it recovers") {
  Loop loop;
  loop.run(15s);
  loop.feedback_lost = true;
  loop.run(10s);
  CHECK(loop.kbps() <= 100);
  loop.feedback_lost = false;
  loop.run(15s);
  CHECK(loop.kbps() >= 1200);
}

TEST_CASE("controller: an application that sends little keeps its estimate and knows that it is limited") {
  Loop loop;
  loop.run(15s);
  loop.sends = 0.1;
  loop.run(30s);
  CHECK(loop.controller.stats().application_limited);
  CHECK(loop.kbps() >= 1000);
  CHECK(loop.kbps() <= 8000);
}

TEST_CASE("controller: REMB bounds the target and is forgotten when it stops") {
  Loop loop;
  loop.run(15s);
  loop.controller.on_remb(DataRate::kbps(400), loop.now);
  CHECK(loop.kbps() == 400);
  loop.run(5s);
  CHECK(loop.kbps() <= 400);
  loop.run(15s);
  CHECK(loop.kbps() >= 1000);
}

TEST_CASE("controller: bounds hold whatever is fed") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SeededRandom random{seed};
    Controller controller{{.start = DataRate::kbps(200), .min = DataRate::kbps(50), .max = DataRate::kbps(1000)}};
    Instant now{1s};
    for (int i = 0; i < 3000; ++i) {
      now += Duration{static_cast<std::int64_t>(random.below(50'000))};
      controller.on_packet_sent({static_cast<std::uint16_t>(random.below(3000)),
                                 static_cast<std::uint16_t>(random.next()),
                                 static_cast<std::uint32_t>(random.below(12)), now});
      rtp::rtcp::TransportFeedback feedback;
      feedback.reference_time = static_cast<std::int32_t>(random.below(1U << 24)) - (1 << 23);
      const auto count = static_cast<std::size_t>(random.below(50));
      const auto first = static_cast<std::uint16_t>(random.below(3000));
      for (std::size_t a = 0; a < count; ++a) {
        rtp::rtcp::TransportFeedback::Arrival arrival;
        arrival.sequence = static_cast<std::uint16_t>(first + a);
        if (random.chance(0.8)) arrival.at = Duration{static_cast<std::int64_t>(random.below(2'000'000)) - 1'000'000};
        feedback.arrivals.push_back(arrival);
      }
      controller.on_feedback(feedback, now);
      if (random.chance(0.01))
        controller.on_remb(DataRate::bps(static_cast<std::int64_t>(random.below(1'000'000'000))), now);
      controller.due(now);
      (void)controller.take_probe(now);
      REQUIRE(controller.target() >= DataRate::kbps(50));
      REQUIRE(controller.target() <= DataRate::kbps(1000));
    }
  }
}

TEST_CASE("controller: repeated and unknown feedback changes nothing but a counter") {
  Loop loop;
  loop.run(10s);
  rtp::rtcp::TransportFeedback forged;
  for (std::uint16_t i = 0; i < 200; ++i) {
    forged.arrivals.push_back({static_cast<std::uint16_t>(loop.next + 1000 + i), Duration{i * 1000}});
  }
  const DataRate before = loop.controller.target();
  for (int i = 0; i < 100; ++i) loop.controller.on_feedback(forged, loop.now);
  CHECK(loop.controller.target() == before);
  CHECK(loop.controller.stats().unknown_packets >= 20'000);
}
