// When a child that died is started again. Sans-IO.
#pragma once

#include <deque>
#include <optional>

#include "core/base/time.h"

namespace sealhall::main {

class RestartPolicy {
 public:
  /// Smaller spins on a program that cannot start, larger leaves meetings waiting.
  static constexpr Duration first_delay = std::chrono::milliseconds{100};
  static constexpr Duration longest_delay = std::chrono::seconds{5};
  /// A child that lived this long has a clean sheet.
  static constexpr Duration settled = std::chrono::seconds{30};
  static constexpr std::size_t deaths_before_giving_up = 5;
  static constexpr Duration giving_up_window = std::chrono::seconds{10};

  void started(Instant now) { started_ = now; }
  /// When to start it again; nullopt: it dies again and again and the server has never been ready (`may_give_up`), so
  /// that somebody who waits for it should be told.
  std::optional<Instant> died(Instant now, bool may_give_up);

 private:
  Instant started_{};
  Duration delay_ = first_delay;
  std::deque<Instant> deaths_;
};

}  // namespace sealhall::main
