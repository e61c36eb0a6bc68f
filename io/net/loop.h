// The event loop of a process: one thread, callbacks, nothing else. A thin owner of one Asio io_context, so that no
// other header needs Asio.
#pragma once

#include <functional>
#include <memory>

#include "core/base/time.h"

namespace boost::asio {
class io_context;
}

namespace sealhall::io {

/// Called once or many times on the loop's thread. Never throws: an exception in a callback ends the process.
using Callback = std::move_only_function<void()>;

class Loop {
 public:
  Loop();
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  /// Runs callbacks until `stop` is called or nothing is left that could call back.
  void run();
  /// Runs callbacks until `done` is true (asked after each callback) or `limit` has passed. Returns whether `done` is
  /// true.
  bool run_until(const std::function<bool()>& done, Duration limit);
  /// Makes `run` return after the current callback. May be called from any thread.
  void stop();
  /// Calls `callback` soon on the loop's thread. May be called from any thread; the way back from a worker thread.
  void post(Callback callback);

  [[nodiscard]] Instant now() const noexcept;
  [[nodiscard]] boost::asio::io_context& context() noexcept { return *context_; }

 private:
  std::unique_ptr<boost::asio::io_context> context_;
};

}  // namespace sealhall::io
