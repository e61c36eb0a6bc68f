#include "io/net/loop.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <utility>

#include "io/net/clock.h"

namespace sealhall::io {

// One thread runs the loop, so Asio may leave out most of its locking; `post` from other threads stays allowed.
Loop::Loop() : context_(std::make_unique<boost::asio::io_context>(1)) {}
Loop::~Loop() {
  // While the context still exists; one of them may let go of another.
  const auto kept = std::exchange(kept_, {});
}

void Loop::keep(const void* key, std::shared_ptr<void> what) { kept_[key] = std::move(what); }

void Loop::let_go(const void* key) {
  auto node = kept_.extract(key);
  if (!node.empty()) post([held = std::move(node.mapped())] {});
}

void Loop::run() {
  if (context_->stopped()) context_->restart();
  context_->run();
}

bool Loop::run_until(const std::function<bool()>& done, Duration limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!done()) {
    if (context_->stopped()) context_->restart();
    // Zero means that time is up, or that nothing is left that could make `done` true.
    if (context_->run_one_until(end) == 0) return done();
  }
  return true;
}

void Loop::stop() { context_->stop(); }

void Loop::post(Callback callback) { boost::asio::post(*context_, std::move(callback)); }

Instant Loop::now() const noexcept { return steady_now(); }

}  // namespace sealhall::io
