// One composition from beginning to end: pieces of video, one of sound, and the files that they become.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "core/base/random.h"
#include "core/wire/recorder_channel.h"

namespace sealhall::composer {

/// Seconds of video in a piece: what a killed composer has to do again.
inline constexpr std::uint64_t piece_seconds = 60;

struct CompositionEvents {
  std::function<void(const wire::recorder::FromComposer&)> say;
};

/// Blocks for as long as it takes; ends early with a message when `cancelled` becomes true. Pieces that are whole in
/// the job's folder are used, others are made again.
wire::recorder::ComposeEnded compose(const wire::recorder::Compose& job, RandomSource& random,
                                     const std::atomic<bool>& cancelled, const CompositionEvents& events);

}  // namespace sealhall::composer
