// Answers that wait until the events before them are in the store: whoever is told that something is done may rely on
// others being told, too, also when this process is killed in that moment.
#pragma once

#include <cstdint>
#include <deque>

#include "io/net/timer.h"

namespace sealhall::hooks {

class WaitingAnswers {
 public:
  /// `patience`: what an answer waits at most. Longer, and people wait for a key service or a store that is away;
  /// shorter, and an answer goes out more often whose event only this process knows.
  WaitingAnswers(io::Loop& loop, Duration patience) : patience_(patience), timer_(loop) {}

  /// One more event is on its way into the store.
  void came() noexcept { ++came_; }
  /// The `number` oldest of those on their way are there, or will never be. Lets answers go.
  void kept(std::uint64_t number);
  /// Whoever waits now waits for everything that came until now: some events became others.
  void wait_for_all() noexcept;

  /// Calls `answer` when everything that came until now is kept: at once when it is. Also after `patience`; from then
  /// on at once, until something is kept again. In the order of calling.
  void wait(io::Callback answer);

 private:
  struct Waiting {
    std::uint64_t until;
    Instant since;
    io::Callback answer;
  };
  void let_go(std::deque<Waiting> some);
  void arm();

  Duration patience_;
  io::Timer timer_;
  std::uint64_t came_ = 0;
  std::uint64_t kept_ = 0;
  bool stuck_ = false;
  std::deque<Waiting> waiting_;
};

}  // namespace sealhall::hooks
