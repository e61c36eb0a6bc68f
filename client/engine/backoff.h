// How long to wait before the next attempt to reconnect: exponential, with jitter, so that a restarted server is not
// met by all its clients at once.
#pragma once

#include <algorithm>

#include "core/base/random.h"
#include "core/base/time.h"

namespace sealhall::client {

class Backoff {
 public:
  static constexpr Duration first = std::chrono::milliseconds{200};
  static constexpr Duration longest = std::chrono::seconds{10};

  explicit Backoff(RandomSource& random) noexcept : random_(random) {}
  /// The wait before the next attempt: between half and the whole of 200 ms, 400 ms, .. 10 s.
  Duration next() noexcept {
    const Duration ceiling = std::min(longest, first * (std::int64_t{1} << std::min(attempts_, 10)));
    ++attempts_;
    const auto half = ceiling.count() / 2;
    return Duration{half + static_cast<std::int64_t>(random_.u32() % static_cast<std::uint32_t>(half + 1))};
  }
  /// It worked: the next wait is short again.
  void reset() noexcept { attempts_ = 0; }
  [[nodiscard]] int attempts() const noexcept { return attempts_; }

 private:
  RandomSource& random_;
  int attempts_ = 0;
};

}  // namespace sealhall::client
