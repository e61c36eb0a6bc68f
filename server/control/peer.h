// control.sock: accepts our own processes, and finds out by their first message whether kms or a media worker has come.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "core/base/expected.h"
#include "core/wire/codec.h"
#include "io/channel/channel.h"
#include "io/net/timer.h"

namespace sealhall::control {

/// A connected process of ours. Whoever takes it sets the two functions; they are called on the loop.
class Peer {
 public:
  explicit Peer(std::unique_ptr<io::Channel> channel) : channel_(std::move(channel)) {}
  void send(std::string_view message) {
    if (channel_) channel_->send(message);
  }
  void close() {
    if (channel_) channel_->close();
  }

  std::function<void(std::string_view)> on_message;
  std::function<void()> on_closed;  ///< may destroy the peer

 private:
  std::unique_ptr<io::Channel> channel_;
};

class ControlSocket {
 public:
  struct Events {
    std::function<void(std::shared_ptr<Peer>, const wire::kms::Hello&)> on_kms;
    std::function<void(std::shared_ptr<Peer>, const wire::media::Hello&)> on_media;
    /// A command of the operator (`sealhall keys`).
    std::function<void(std::shared_ptr<Peer>)> on_keys = {};
    std::function<void(std::shared_ptr<Peer>)> on_recorder = nullptr;
    std::function<void(std::shared_ptr<Peer>)> on_composer = nullptr;
  };
  static expected<std::unique_ptr<ControlSocket>, io::Failure> listen(io::Loop& loop, const std::string& path,
                                                                      Events events);

 private:
  explicit ControlSocket(io::Loop& loop, Events events) : loop_(loop), events_(std::move(events)) {}
  void accept(std::unique_ptr<io::Channel> channel);
  void first_message(std::uint64_t id, std::string_view message);

  io::Loop& loop_;
  Events events_;
  std::unique_ptr<io::ChannelServer> server_;
  struct Newcomer {
    std::shared_ptr<Peer> peer;
    std::unique_ptr<io::Timer> deadline;
  };
  std::map<std::uint64_t, Newcomer> newcomers_;  ///< have not said hello
  std::uint64_t next_id_ = 1;
};

}  // namespace sealhall::control
