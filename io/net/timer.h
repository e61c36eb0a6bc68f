// Timers of the loop.
#pragma once

#include <memory>

#include "io/net/loop.h"

namespace sealhall::io {

/// Calls back once at a time; setting it again forgets the call before. Destroying it cancels; it may destroy itself in
/// its own callback.
class Timer {
 public:
  explicit Timer(Loop& loop);
  ~Timer();
  Timer(Timer&&) noexcept;
  Timer& operator=(Timer&&) noexcept;

  void at(Instant when, Callback callback);
  void after(Duration delay, Callback callback);
  void cancel() noexcept;
  [[nodiscard]] bool pending() const noexcept;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

/// A deadline that is moved far more often than it is missed (one a request, one a packet): moving it costs one store.
class Deadline {
 public:
  /// `missed` is called each time a deadline passes that was not moved or cleared; it may destroy the Deadline.
  Deadline(Loop& loop, Callback missed);
  ~Deadline();
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

  void set(Instant when);
  void set_after(Duration delay);
  void clear() noexcept;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

/// Calls back every `period` until destroyed. A late call is not made up for.
class Ticker {
 public:
  Ticker(Loop& loop, Duration period, Callback callback);
  ~Ticker();
  Ticker(const Ticker&) = delete;
  Ticker& operator=(const Ticker&) = delete;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

/// Calls `callback` on the loop for each delivery of the signals it was made for (SIGTERM, SIGHUP, SIGCHLD, ..).
class Signals {
 public:
  Signals(Loop& loop, std::initializer_list<int> signals, std::move_only_function<void(int)> callback);
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace sealhall::io
