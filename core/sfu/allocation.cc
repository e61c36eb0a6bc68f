#include "core/sfu/allocation.h"

#include <algorithm>

#include "core/base/check.h"

namespace sealhall::sfu {
namespace {

// Larger keeps layers through short dips but overloads the path for longer; smaller switches more often.
constexpr double keep_factor = 1.08;
// A layer is large enough from this part of the wished height on: 360 lines at 480 look well, 180 do not.
constexpr std::uint32_t enough_numerator = 3;
constexpr std::uint32_t enough_denominator = 4;

struct Step {
  std::int8_t encoding = -1;
  std::int8_t temporal = -1;
  DataRate rate;
};

/// The steps from lowest to highest that a slot can climb.
struct Ladder {
  std::array<Step, max_encodings * max_temporal_layers> steps{};
  std::size_t count = 0;
  std::size_t at = 0;       // chosen step + 1; 0: paused
  std::size_t current = 0;  // step + 1 that the slot has now
  std::int8_t ideal = -1;   // the encoding that its wish amounts to
  bool cut = false;         // steps below the ideal one are missing because nobody sends them or they are held back
};

/// The smallest encoding that is large enough, else the largest.
std::int8_t ideal_encoding(const SlotDemand& demand) noexcept {
  for (std::uint8_t i = 0; i < demand.encodings; ++i) {
    const std::uint64_t height = demand.layers[i].height;
    if (height == 0 && i + 1 == demand.encodings) return static_cast<std::int8_t>(i);
    if (height * enough_denominator >= std::uint64_t{demand.max_height} * enough_numerator) {
      return static_cast<std::int8_t>(i);
    }
  }
  return static_cast<std::int8_t>(demand.encodings - 1);
}

void add(Ladder& ladder, const SlotDemand& demand, std::uint8_t encoding, std::uint8_t temporal) noexcept {
  const Step step{static_cast<std::int8_t>(encoding), static_cast<std::int8_t>(temporal),
                  demand.layers[encoding].rates[temporal]};
  ladder.steps[ladder.count++] = step;
}

Ladder build(const SlotDemand& demand) noexcept {
  Ladder ladder;
  ladder.ideal = ideal_encoding(demand);
  // When nothing up to the ideal one is sent, a larger one that is sent is better than nothing.
  std::int8_t top = ladder.ideal;
  bool any = false;
  for (std::int8_t i = 0; i <= ladder.ideal; ++i) any = any || demand.layers[i].supply != LayerState::Supply::missing;
  for (; !any && top + 1 < demand.encodings;) any = demand.layers[++top].supply == LayerState::Supply::sent;

  const auto usable = [&](std::int8_t i) {
    const bool missing = demand.layers[i].supply == LayerState::Supply::missing;
    const bool held = i > demand.highest_encoding && ladder.count != 0;
    if (missing || held) ladder.cut = ladder.cut || i <= ladder.ideal;
    return !missing && !held;
  };
  for (std::int8_t i = 0; i <= top; ++i) {
    if (!usable(i)) continue;
    const auto encoding = static_cast<std::uint8_t>(i);
    const std::uint8_t layers = std::clamp<std::uint8_t>(demand.layers[i].temporal_layers, 1, max_temporal_layers);
    if (demand.share) {
      // Every size at its lowest frame rate first; the frame rate grows at the largest size only.
      add(ladder, demand, encoding, 0);
      if (i == top) {
        for (std::uint8_t t = 1; t < layers; ++t) add(ladder, demand, encoding, t);
      }
      continue;
    }
    // A camera shows all frames of a size before it grows, and does not grow at the price of half of its frames
    // being left out: the lowest frame rate is for the lowest size.
    const std::uint8_t first = ladder.count == 0 || layers == 1 ? 0 : 1;
    for (std::uint8_t t = first; t < layers; ++t) add(ladder, demand, encoding, t);
  }
  // Costs grow along the ladder: a step that costs less than the one below it replaces it.
  std::size_t kept = 0;
  for (std::size_t i = 0; i < ladder.count; ++i) {
    while (kept > 0 && ladder.steps[kept - 1].rate > ladder.steps[i].rate) --kept;
    ladder.steps[kept++] = ladder.steps[i];
  }
  ladder.count = kept;
  for (std::size_t i = 0; i < ladder.count; ++i) {
    const Step& step = ladder.steps[i];
    if (step.encoding < demand.current_encoding ||
        (step.encoding == demand.current_encoding && step.temporal <= demand.current_temporal)) {
      ladder.current = i + 1;
    }
  }
  return ladder;
}

bool climb(Ladder& ladder, DataRate& used, DataRate budget) noexcept {
  if (ladder.at == ladder.count) return false;
  const DataRate now = ladder.at == 0 ? DataRate{} : ladder.steps[ladder.at - 1].rate;
  const DataRate after = used - now + ladder.steps[ladder.at].rate;
  const bool has_it = ladder.at < ladder.current;
  if (after > (has_it && budget != DataRate::unlimited() ? budget * keep_factor : budget)) return false;
  used = after;
  ++ladder.at;
  return true;
}

SlotChoice choice_of(const Ladder& ladder, const SlotDemand& demand) noexcept {
  SlotChoice choice;
  if (ladder.count == 0) {
    choice.reason = SlotReason::not_sending;
    choice.ask_for = ladder.ideal;
    return choice;
  }
  if (ladder.at == 0) return choice;
  const Step& step = ladder.steps[ladder.at - 1];
  choice.encoding = step.encoding;
  choice.temporal = step.temporal;
  choice.rate = step.rate;
  choice.ask_for = step.encoding;
  if (ladder.at < ladder.count) {
    choice.reason = SlotReason::limited_by_bandwidth;
  } else if (ladder.cut && step.encoding < ladder.ideal) {
    const bool missing = demand.layers[ladder.ideal].supply == LayerState::Supply::missing;
    choice.reason = missing ? SlotReason::limited_by_sender : SlotReason::limited_by_bandwidth;
    if (missing) choice.ask_for = ladder.ideal;
  } else {
    choice.reason = SlotReason::as_wished;
  }
  return choice;
}

}  // namespace

AllocationResult allocate(DataRate budget, std::span<const SlotDemand> demands,
                          std::span<SlotChoice> choices) noexcept {
  const std::size_t count = demands.size();
  SEALHALL_CHECK(count <= max_video_slots && choices.size() == count);
  std::array<Ladder, max_video_slots> ladders;
  std::array<std::uint8_t, max_video_slots> order;
  AllocationResult result;
  for (std::size_t i = 0; i < count; ++i) {
    ladders[i] = build(demands[i]);
    order[i] = static_cast<std::uint8_t>(i);
    if (ladders[i].count != 0) result.wanted = result.wanted + ladders[i].steps[ladders[i].count - 1].rate;
  }
  std::sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count), [&](std::uint8_t a, std::uint8_t b) {
    return demands[a].priority != demands[b].priority ? demands[a].priority > demands[b].priority : a < b;
  });

  for (std::size_t i = 0; i < count; ++i) climb(ladders[order[i]], result.used, budget);
  for (std::size_t begin = 0; begin < count;) {
    std::size_t end = begin;
    while (end < count && demands[order[end]].priority == demands[order[begin]].priority) ++end;
    for (bool climbed = true; climbed;) {
      climbed = false;
      for (std::size_t i = begin; i < end; ++i) {
        Ladder& ladder = ladders[order[i]];
        if (ladder.at != 0 && climb(ladder, result.used, budget)) climbed = true;
      }
    }
    begin = end;
  }
  for (std::size_t i = 0; i < count; ++i) choices[i] = choice_of(ladders[i], demands[i]);
  return result;
}

}  // namespace sealhall::sfu
