#include "io/net/timer.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <optional>
#include <utility>

namespace sealhall::io {
namespace {
using AsioTimer =
    boost::asio::basic_waitable_timer<std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>,
                                      boost::asio::io_context::executor_type>;
std::chrono::steady_clock::time_point to_steady(Instant when) {
  return std::chrono::steady_clock::time_point{when.time_since_epoch()};
}
}  // namespace

struct Timer::State {
  explicit State(Loop& loop) : timer(loop.context()) {}
  AsioTimer timer;
  Callback callback;
  std::uint64_t setting = 0;  // a cancelled wait may already be on its way: it carries the number of its setting
};

Timer::Timer(Loop& loop) : state_(std::make_shared<State>(loop)) {}
Timer::~Timer() { cancel(); }
Timer::Timer(Timer&&) noexcept = default;
Timer& Timer::operator=(Timer&& other) noexcept {
  if (this != &other) {
    cancel();
    state_ = std::move(other.state_);
  }
  return *this;
}

void Timer::at(Instant when, Callback callback) {
  state_->callback = std::move(callback);
  const std::uint64_t setting = ++state_->setting;
  state_->timer.expires_at(to_steady(when));
  state_->timer.async_wait([state = state_, setting](const boost::system::error_code& error) {
    if (error || state->setting != setting || !state->callback) return;
    Callback due = std::exchange(state->callback, nullptr);
    due();
  });
}

void Timer::after(Duration delay, Callback callback) {
  at(Instant{std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch())} + delay,
     std::move(callback));
}

void Timer::cancel() noexcept {
  if (!state_ || !state_->callback) return;
  const auto state = state_;
  // Destroyed last: what the callback holds may own this timer.
  const Callback forgotten = std::exchange(state->callback, nullptr);
  ++state->setting;
  state->timer.cancel();
}

bool Timer::pending() const noexcept { return state_ && state_->callback; }

struct Deadline::State : std::enable_shared_from_this<Deadline::State> {
  State(Loop& l, Callback m) : loop(l), timer(l.context()), missed(std::move(m)) {}

  void wait(Instant until) {
    waiting_until = until;
    timer.expires_at(to_steady(until));
    timer.async_wait([self = shared_from_this(), until](const boost::system::error_code& error) {
      if (error || self->gone || self->waiting_until != until) return;
      self->waiting_until.reset();
      self->expired();
    });
  }
  void expired() {
    if (!due) return;
    if (loop.now() < *due) return wait(*due);  // it was moved meanwhile
    due.reset();
    missed();
  }

  Loop& loop;
  AsioTimer timer;
  Callback missed;
  std::optional<Instant> due;
  std::optional<Instant> waiting_until;
  bool gone = false;
};

Deadline::Deadline(Loop& loop, Callback missed) : state_(std::make_shared<State>(loop, std::move(missed))) {}
Deadline::~Deadline() {
  state_->gone = true;
  state_->due.reset();
  if (state_->waiting_until) state_->timer.cancel();
}

void Deadline::set(Instant when) {
  state_->due = when;
  // A wait that ends earlier looks again by itself; only an earlier deadline needs a new wait.
  if (!state_->waiting_until || when < *state_->waiting_until) state_->wait(when);
}
void Deadline::set_after(Duration delay) { set(state_->loop.now() + delay); }
void Deadline::clear() noexcept { state_->due.reset(); }

struct Ticker::State : std::enable_shared_from_this<Ticker::State> {
  State(Loop& loop, Duration p, Callback c) : timer(loop.context()), period(p), callback(std::move(c)) {}
  void wait() {
    timer.expires_after(period);
    timer.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
      if (error || self->gone) return;
      self->callback();
      if (!self->gone) self->wait();
    });
  }
  AsioTimer timer;
  Duration period;
  Callback callback;
  bool gone = false;
};

Ticker::Ticker(Loop& loop, Duration period, Callback callback)
    : state_(std::make_shared<State>(loop, period, std::move(callback))) {
  state_->wait();
}
Ticker::~Ticker() {
  state_->gone = true;
  state_->timer.cancel();
}

struct Signals::State : std::enable_shared_from_this<Signals::State> {
  State(Loop& loop, std::move_only_function<void(int)> c) : set(loop.context()), callback(std::move(c)) {}
  void wait() {
    set.async_wait([self = shared_from_this()](const boost::system::error_code& error, int signal) {
      if (error || self->gone) return;
      self->callback(signal);
      if (!self->gone) self->wait();
    });
  }
  boost::asio::signal_set set;
  std::move_only_function<void(int)> callback;
  bool gone = false;
};

Signals::Signals(Loop& loop, std::initializer_list<int> signals, std::move_only_function<void(int)> callback)
    : state_(std::make_shared<State>(loop, std::move(callback))) {
  for (const int signal : signals) state_->set.add(signal);
  state_->wait();
}
Signals::~Signals() {
  state_->gone = true;
  boost::system::error_code ignored;
  state_->set.cancel(ignored);
}

}  // namespace sealhall::io
