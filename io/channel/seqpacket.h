// Unix SOCK_SEQPACKET: messages with borders over a connection, each at most 64 KiB. The relay path between control and
// a media worker: one connection is one virtual client address, one message is one datagram.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "core/base/bytes.h"
#include "core/base/expected.h"
#include "io/net/error.h"
#include "io/net/loop.h"

namespace sealhall::io {

/// What waits for a slow reader at most, in messages. Then the oldest waiting message is dropped: media that is late is
/// worth less than media that is new.
inline constexpr std::size_t seqpacket_queue_limit = 256;

/// One connection. Destroying it closes it; its callbacks may destroy it.
class SeqPacket {
 public:
  using OnPacket = std::move_only_function<void(ByteView)>;  ///< valid during the call only
  using OnClosed = std::move_only_function<void(const Failure&)>;

  /// Connects at once (a Unix connect does not wait).
  static expected<std::unique_ptr<SeqPacket>, Failure> connect(Loop& loop, const std::string& path);
  /// Takes over a connected SOCK_SEQPACKET descriptor.
  SeqPacket(Loop& loop, int fd);
  ~SeqPacket();
  SeqPacket(const SeqPacket&) = delete;
  SeqPacket& operator=(const SeqPacket&) = delete;

  void start(OnPacket on_packet, OnClosed on_closed);
  /// Sends or queues; see `seqpacket_queue_limit`. Empty packets are not sent.
  void send(ByteView packet);
  [[nodiscard]] std::uint64_t dropped() const noexcept;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

/// Accepts SEQPACKET connections of our own user at a path (for tests and for processes with this loop).
class SeqPacketServer {
 public:
  using OnConnection = std::move_only_function<void(std::unique_ptr<SeqPacket>)>;
  static expected<std::unique_ptr<SeqPacketServer>, Failure> listen(Loop& loop, const std::string& path,
                                                                    OnConnection on_connection);
  ~SeqPacketServer();

 private:
  struct State;
  explicit SeqPacketServer(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace sealhall::io
