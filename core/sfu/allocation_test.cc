#include "core/sfu/allocation.h"

#include <doctest/doctest.h>

#include <vector>

#include "core/base/random.h"

namespace sealhall::sfu {
namespace {

LayerState layer(std::uint32_t height, std::int64_t t0, std::int64_t t1, std::int64_t t2,
                 LayerState::Supply supply = LayerState::Supply::sent) {
  return {.supply = supply,
          .height = height,
          .temporal_layers = 3,
          .rates = {DataRate::kbps(t0), DataRate::kbps(t1), DataRate::kbps(t2), DataRate::kbps(t2)}};
}

/// 180 at 60/90/150, 360 at 200/300/500, 720 at 600/900/1500 kbit/s.
SlotDemand camera(std::uint32_t max_height, std::uint32_t priority = 0) {
  return {.max_height = max_height,
          .priority = priority,
          .encodings = 3,
          .layers = {layer(180, 60, 90, 150), layer(360, 200, 300, 500), layer(720, 600, 900, 1500)}};
}

struct Outcome {
  std::vector<SlotChoice> choices;
  AllocationResult result;
};
Outcome run(std::int64_t kbps, const std::vector<SlotDemand>& demands) {
  Outcome outcome{std::vector<SlotChoice>(demands.size()), {}};
  outcome.result = allocate(DataRate::kbps(kbps), demands, outcome.choices);
  return outcome;
}

TEST_CASE("allocation: one camera climbs with the estimate, and says what limits it") {
  struct Row {
    std::int64_t kbps;
    int encoding;
    int temporal;
    SlotReason reason;
  };
  for (const Row& row : std::vector<Row>{{59, -1, -1, SlotReason::no_bandwidth},
                                         {60, 0, 0, SlotReason::limited_by_bandwidth},
                                         {90, 0, 1, SlotReason::limited_by_bandwidth},
                                         {299, 0, 2, SlotReason::limited_by_bandwidth},
                                         {300, 1, 1, SlotReason::limited_by_bandwidth},
                                         {500, 1, 2, SlotReason::limited_by_bandwidth},
                                         {900, 2, 1, SlotReason::limited_by_bandwidth},
                                         {1500, 2, 2, SlotReason::as_wished},
                                         {9000, 2, 2, SlotReason::as_wished}}) {
    CAPTURE(row.kbps);
    const Outcome outcome = run(row.kbps, {camera(720)});
    CHECK(outcome.choices[0].encoding == row.encoding);
    CHECK(outcome.choices[0].temporal == row.temporal);
    CHECK(outcome.choices[0].reason == row.reason);
    CHECK(outcome.result.wanted == DataRate::kbps(1500));
  }
}

TEST_CASE("allocation: a slot gets the smallest layer that is large enough for it") {
  struct Row {
    std::uint32_t height;
    int encoding;
  };
  for (const Row& row :
       std::vector<Row>{{90, 0}, {180, 0}, {240, 0}, {241, 1}, {360, 1}, {480, 1}, {481, 2}, {2160, 2}}) {
    CAPTURE(row.height);
    const Outcome outcome = run(10'000, {camera(row.height)});
    CHECK(outcome.choices[0].encoding == row.encoding);
    CHECK(outcome.choices[0].reason == SlotReason::as_wished);
  }
}

TEST_CASE("allocation: everybody gets the lowest layer before anybody gets more") {
  const Outcome outcome = run(200, {camera(720, 9), camera(720), camera(720)});
  for (const SlotChoice& choice : outcome.choices) CHECK(choice.encoding == 0);
  CHECK(outcome.result.used <= DataRate::kbps(200));
}

TEST_CASE("allocation: with too little for all, the lowest priority is paused first, then the last") {
  const Outcome outcome = run(130, {camera(720, 1), camera(720, 0), camera(720, 2), camera(720, 1)});
  CHECK(outcome.choices[2].encoding == 0);
  CHECK(outcome.choices[0].encoding == 0);
  CHECK(outcome.choices[3].encoding == -1);
  CHECK(outcome.choices[1].encoding == -1);
  CHECK(outcome.choices[1].reason == SlotReason::no_bandwidth);
}

TEST_CASE("allocation: equals climb in turn, a higher priority climbs first") {
  const Outcome equal_slots = run(1000, {camera(720), camera(720)});
  CHECK(equal_slots.choices[0].encoding == 1);
  CHECK(equal_slots.choices[1].encoding == 1);
  const Outcome unequal = run(1000, {camera(720), camera(720, 1)});
  CHECK(unequal.choices[1].encoding == 2);
  CHECK(unequal.choices[0].encoding == 0);
}

TEST_CASE("allocation: what a slot has is kept through a small dip; an upgrade needs no more than that it fits") {
  SlotDemand has = camera(720);
  has.current_encoding = 2;
  has.current_temporal = 2;
  CHECK(run(1400, {has}).choices[0].temporal == 2);
  CHECK(run(1380, {has}).choices[0].temporal == 1);
  SlotDemand lower = camera(720);
  lower.current_encoding = 1;
  lower.current_temporal = 2;
  CHECK(run(899, {lower}).choices[0].encoding == 1);
  CHECK(run(900, {lower}).choices[0].encoding == 2);
}

TEST_CASE("allocation: a screen grows in size before it grows in frame rate") {
  SlotDemand share = camera(720);
  share.share = true;
  CHECK(run(250, {share}).choices[0].encoding == 1);
  CHECK(run(250, {share}).choices[0].temporal == 0);
  CHECK(run(650, {share}).choices[0].encoding == 2);
  CHECK(run(650, {share}).choices[0].temporal == 0);
  CHECK(run(1500, {share}).choices[0].temporal == 2);
}

TEST_CASE("allocation: a layer that does not come is passed over but still asked for") {
  SlotDemand demand = camera(720);
  demand.layers[2].supply = LayerState::Supply::missing;
  const SlotChoice choice = run(5000, {demand}).choices[0];
  CHECK(choice.encoding == 1);
  CHECK(choice.ask_for == 2);
  CHECK(choice.reason == SlotReason::limited_by_sender);
}

TEST_CASE("allocation: when the small layers are not sent a larger one is used") {
  SlotDemand demand = camera(180);
  demand.layers[0].supply = LayerState::Supply::missing;
  const SlotChoice choice = run(5000, {demand}).choices[0];
  CHECK(choice.encoding == 1);
}

TEST_CASE("allocation: when nothing is sent the slot says so") {
  SlotDemand demand = camera(720);
  for (LayerState& each : demand.layers) each.supply = LayerState::Supply::missing;
  const SlotChoice choice = run(5000, {demand}).choices[0];
  CHECK(choice.encoding == -1);
  CHECK(choice.reason == SlotReason::not_sending);
}

TEST_CASE("allocation: a layer that costs less than the one below it is taken instead") {
  SlotDemand demand = camera(720);
  demand.layers[1] = layer(360, 20, 30, 50);
  const SlotChoice choice = run(60, {demand}).choices[0];
  CHECK(choice.encoding == 1);
  CHECK(choice.temporal == 2);
}

TEST_CASE("allocation: random demands never exceed the budget, and more budget never gives a slot less") {
  SeededRandom random{11};
  for (int round = 0; round < 2000; ++round) {
    std::vector<SlotDemand> demands(1 + static_cast<std::size_t>(random.below(25)));
    for (SlotDemand& demand : demands) {
      demand = camera(static_cast<std::uint32_t>(1 + random.below(1000)), static_cast<std::uint32_t>(random.below(3)));
      demand.share = random.chance(0.2);
      for (LayerState& each : demand.layers) {
        if (random.chance(0.1)) each.supply = LayerState::Supply::missing;
      }
      if (random.chance(0.5)) {
        demand.current_encoding = static_cast<std::int8_t>(random.below(3));
        demand.current_temporal = static_cast<std::int8_t>(random.below(3));
      }
    }
    const auto budget = static_cast<std::int64_t>(random.below(20'000));
    const Outcome outcome = run(budget, demands);
    REQUIRE(outcome.result.used.kbps() <= static_cast<double>(budget) * 1.08 + 0.001);
    REQUIRE(outcome.result.used <= outcome.result.wanted);
    DataRate sum;
    for (std::size_t i = 0; i < demands.size(); ++i) {
      sum = sum + outcome.choices[i].rate;
      if (outcome.choices[i].encoding >= 0) {
        REQUIRE(demands[i].layers[static_cast<std::size_t>(outcome.choices[i].encoding)].supply !=
                LayerState::Supply::missing);
      }
    }
    REQUIRE(sum == outcome.result.used);
    const Outcome plenty = run(1'000'000, demands);
    REQUIRE(plenty.result.used == plenty.result.wanted);
  }
}

}  // namespace
}  // namespace sealhall::sfu
