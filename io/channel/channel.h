// The channel between our own processes: messages of at most 1 MiB over a Unix stream socket, each behind its length as
// a 4-byte big-endian number.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/expected.h"
#include "io/net/error.h"
#include "io/net/loop.h"
#include "io/net/stream.h"

namespace sealhall::io {

/// Larger: one message may hold the loop longer; smaller: big rosters do not fit.
inline constexpr std::size_t channel_message_limit = 1U << 20;

/// Cuts a byte stream into messages. Sans-IO.
class ChannelReader {
 public:
  /// Adds what arrived.
  void feed(ByteView data);
  /// The next whole message, valid until the next call of any function; nullopt when there is none yet. An error when
  /// the peer announced more than `channel_message_limit`; the channel must then be closed.
  expected<std::optional<std::string_view>, NetError> next();

 private:
  Bytes buffer_;
  std::size_t at_ = 0;
};

/// One connected channel. Closed when it is destroyed; its callbacks may destroy it.
class Channel {
 public:
  using OnMessage = std::move_only_function<void(std::string_view)>;
  using OnClosed = std::move_only_function<void(const Failure&)>;

  Channel(Loop& loop, std::shared_ptr<Stream> stream);
  ~Channel();
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  /// Starts reading. Set both before messages are expected.
  void start(OnMessage on_message, OnClosed on_closed);
  /// At most `channel_message_limit` bytes. A peer that leaves 64 MiB unread is closed (`slow_consumer`).
  void send(std::string_view message);
  /// Sends what is queued, then closes.
  void close();
  [[nodiscard]] std::size_t queued() const noexcept;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

/// Accepts channels at a path. Only processes of our own user are let in (SO_PEERCRED).
class ChannelServer {
 public:
  using OnChannel = std::move_only_function<void(std::unique_ptr<Channel>, int peer_pid)>;
  /// Makes the socket with mode 0600; an old socket file at `path` is replaced.
  static expected<std::unique_ptr<ChannelServer>, Failure> listen(Loop& loop, const std::string& path,
                                                                  OnChannel on_channel);
  ~ChannelServer();

 private:
  struct State;
  explicit ChannelServer(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

/// Keeps a channel to `path` open: connects, and connects again every `retry` after it was closed or could not be made.
class ChannelClient {
 public:
  struct Events {
    Callback on_open = {};  ///< connected: say hello
    Channel::OnMessage on_message = {};
    Callback on_lost = {};  ///< the connection is gone; `on_open` will follow when it is back
  };
  ChannelClient(Loop& loop, std::string path, Events events, Duration retry = std::chrono::milliseconds{100});
  ~ChannelClient();
  ChannelClient(const ChannelClient&) = delete;
  ChannelClient& operator=(const ChannelClient&) = delete;

  /// Dropped while there is no connection; returns whether it was given to one.
  bool send(std::string_view message);
  [[nodiscard]] bool connected() const noexcept;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace sealhall::io
