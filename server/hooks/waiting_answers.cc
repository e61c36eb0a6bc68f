#include "server/hooks/waiting_answers.h"

#include <utility>

#include "io/log/log.h"
#include "io/net/clock.h"

namespace sealhall::hooks {

void WaitingAnswers::kept(std::uint64_t number) {
  if (number == 0) return;
  kept_ += number;
  stuck_ = false;
  std::deque<Waiting> now;
  while (!waiting_.empty() && waiting_.front().until <= kept_) {
    now.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  arm();
  let_go(std::move(now));
}

void WaitingAnswers::wait_for_all() noexcept {
  for (Waiting& each : waiting_) each.until = came_;
}

void WaitingAnswers::wait(io::Callback answer) {
  if (came_ == kept_ || stuck_) return answer();
  waiting_.push_back({came_, io::steady_now(), std::move(answer)});
  if (waiting_.size() == 1) arm();
}

void WaitingAnswers::arm() {
  if (waiting_.empty()) return timer_.cancel();
  timer_.at(waiting_.front().since + patience_, [this] {
    io::log::warning("answers are given whose events are not kept yet: the store or the key service is away",
                     {{"events", static_cast<std::int64_t>(came_ - kept_)}});
    stuck_ = true;
    let_go(std::exchange(waiting_, {}));
  });
}

/// By value: an answer may bring the next event, and the next answer.
void WaitingAnswers::let_go(std::deque<Waiting> some) {
  for (Waiting& each : some) each.answer();
}

}  // namespace sealhall::hooks
