// When a descriptor that belongs to somebody else (a C library's socket) can be read or written.
#pragma once

#include <memory>

#include "io/net/loop.h"

namespace sealhall::io {

/// Watches `fd`, which stays its owner's and must outlive this object. Makes it non-blocking.
class DescriptorWatch {
 public:
  DescriptorWatch(Loop& loop, int fd);
  ~DescriptorWatch();
  DescriptorWatch(const DescriptorWatch&) = delete;
  DescriptorWatch& operator=(const DescriptorWatch&) = delete;

  /// Calls back once, as soon as a read (a write) would not block or would fail. Asking again before that replaces the
  /// callback. The callback may destroy this object.
  void when_readable(Callback callback);
  void when_writable(Callback callback);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace sealhall::io
