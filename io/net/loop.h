// The event loop of a process: one thread, callbacks, nothing else. A thin owner of one Asio io_context, so that no
// other header needs Asio.
#pragma once

#include <functional>
#include <memory>
#include <unordered_map>

#include "core/base/time.h"

namespace boost::asio {
class io_context;
}

namespace sealhall::io {

/// Called once or many times on the loop's thread. Never throws: an exception in a callback ends the process.
using Callback = std::move_only_function<void()>;

/// Everything that is made on a loop must be gone before it, except what the loop itself keeps.
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

  /// Holds `what` until `let_go(key)`, or until the loop is destroyed: for objects that nobody else holds while they
  /// work.
  void keep(const void* key, std::shared_ptr<void> what);
  /// Drops what is kept under `key`, in a call of its own: the object may be in the middle of something. Nothing
  /// happens when there is none.
  void let_go(const void* key);

  [[nodiscard]] Instant now() const noexcept;
  [[nodiscard]] boost::asio::io_context& context() noexcept { return *context_; }

 private:
  std::unique_ptr<boost::asio::io_context> context_;
  std::unordered_map<const void*, std::shared_ptr<void>> kept_;
};

}  // namespace sealhall::io
