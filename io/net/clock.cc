#include "io/net/clock.h"

#include <chrono>

namespace sealhall::io {

Instant steady_now() noexcept {
  return Instant{std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch())};
}

UnixMicros SystemWallClock::now() const noexcept {
  return UnixMicros{std::chrono::duration_cast<Duration>(std::chrono::system_clock::now().time_since_epoch()).count()};
}

}  // namespace sealhall::io
