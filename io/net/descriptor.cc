// Tested in net_test.cc
#include "io/net/descriptor.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <utility>

namespace sealhall::io {

struct DescriptorWatch::State : std::enable_shared_from_this<DescriptorWatch::State> {
  using Descriptor = boost::asio::posix::basic_stream_descriptor<boost::asio::io_context::executor_type>;
  State(Loop& loop, int fd) : descriptor(loop.context(), fd) {}

  void wait(Descriptor::wait_type type, Callback State::* slot, Callback callback) {
    const bool waits = static_cast<bool>(this->*slot);
    this->*slot = std::move(callback);
    if (waits) return;
    descriptor.async_wait(type, [self = shared_from_this(), slot](const boost::system::error_code& error) {
      Callback due = std::exchange((*self).*slot, nullptr);
      if (!error && due) due();
    });
  }

  Descriptor descriptor;
  Callback readable;
  Callback writable;
};

DescriptorWatch::DescriptorWatch(Loop& loop, int fd) : state_(std::make_shared<State>(loop, fd)) {}

DescriptorWatch::~DescriptorWatch() {
  // Destroyed last: what the callbacks hold may own this object.
  const Callback readable = std::exchange(state_->readable, nullptr);
  const Callback writable = std::exchange(state_->writable, nullptr);
  state_->descriptor.release();  // cancels both waits; the descriptor is not ours to close
}

void DescriptorWatch::when_readable(Callback callback) {
  state_->wait(State::Descriptor::wait_read, &State::readable, std::move(callback));
}
void DescriptorWatch::when_writable(Callback callback) {
  state_->wait(State::Descriptor::wait_write, &State::writable, std::move(callback));
}

}  // namespace sealhall::io
