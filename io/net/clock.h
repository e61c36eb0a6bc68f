// The two clocks of a process: the steady one that becomes `Instant`, and the wall clock for what leaves the process.
#pragma once

#include "core/base/time.h"

namespace sealhall::io {

/// The steady clock now. The only place outside tests where an `Instant` is made from a clock.
Instant steady_now() noexcept;

/// The wall clock. An interface, so that whoever stamps or expires things can be tested with a clock of its own.
class WallClock {
 public:
  virtual ~WallClock() = default;
  virtual UnixMicros now() const noexcept = 0;
};

/// The system's wall clock (CLOCK_REALTIME).
class SystemWallClock final : public WallClock {
 public:
  UnixMicros now() const noexcept override;
};

}  // namespace sealhall::io
