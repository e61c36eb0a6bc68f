// Inside of core/meeting: how a Meeting lets its activities act. Only its own .cc files include this.
#pragma once

#include "core/meeting/meeting.h"

namespace sealhall::meeting {

template <class Use>
void Meeting::with_scene(Instant now, Outbox& out, Use&& use) {
  ActivityOutbox box;
  const auto wall = static_cast<std::int64_t>(settings_.started_at) + (now - started_).count();
  Scene scene{participants_, settings_.rules, now, UnixMicros{wall}, random_, settings_.max_file_size, box};
  use(scene);
  apply(box, out);
}

}  // namespace sealhall::meeting
