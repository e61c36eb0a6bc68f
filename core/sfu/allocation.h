// Which simulcast and temporal layer each video slot of one receiver gets out of one bandwidth estimate: a pure
// function.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "core/base/data_rate.h"
#include "core/sfu/types.h"

namespace sealhall::sfu {

inline constexpr std::size_t max_temporal_layers = 4;

/// One simulcast layer of a source as the receiver's worker knows it.
struct LayerState {
  enum class Supply : std::uint8_t {
    sent,       ///< packets arrive
    startable,  ///< nobody asked lately; it will come when it is asked for
    missing,    ///< was asked for and does not come
  };
  Supply supply = Supply::startable;
  std::uint32_t height = 0;                           ///< pixels; 0 unknown
  std::uint8_t temporal_layers = 1;                   ///< 1..4
  std::array<DataRate, max_temporal_layers> rates{};  ///< with all layers up to this one
};

/// What one slot asks for. Slots without a wish or a source are not given to `allocate`.
struct SlotDemand {
  std::uint32_t max_height = 0;  ///< above 0
  std::uint32_t priority = 0;
  bool share = false;  ///< a screen: size before frame rate
  std::uint8_t encodings = 0;
  std::array<LayerState, max_encodings> layers{};
  std::int8_t current_encoding = -1;  ///< what it has now, -1 nothing
  std::int8_t current_temporal = -1;
  std::int8_t highest_encoding =
      static_cast<std::int8_t>(max_encodings);  ///< not above this one for now (just came down)
};

struct SlotChoice {
  std::int8_t encoding = -1;  ///< to forward; -1: paused
  std::int8_t temporal = -1;
  std::int8_t ask_for = -1;  ///< the layer that the publisher should send, may be above `encoding`
  DataRate rate{};
  SlotReason reason = SlotReason::no_bandwidth;
};

struct AllocationResult {
  DataRate used;    ///< by all choices
  DataRate wanted;  ///< what everything wished for would cost
};

/// Fills `choices` (as many as `demands`). First every slot its lowest layer, by priority and then by order; what does
/// not fit is paused. Then upgrades: the highest priority first, step by step in turn among equals. Hysteresis works
/// downwards only: a step that a slot has already is kept while everything stays below 108 % of `budget`; a higher step
/// is taken as soon as it fits.
AllocationResult allocate(DataRate budget, std::span<const SlotDemand> demands, std::span<SlotChoice> choices) noexcept;

}  // namespace sealhall::sfu
