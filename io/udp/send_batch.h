// Datagrams gathered for one system call: equal-sized runs to one receiver become one UDP_SEGMENT message (udp(7)).
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <memory>
#include <span>

#include "core/base/bytes.h"
#include "core/ice/address.h"

namespace sealhall::io {

/// One message of a batch: one datagram, or several back to back that are `segment` bytes each, the last one at most
/// that.
struct OutMessage {
  ice::Address to;
  ByteView bytes;
  std::uint16_t segment = 0;

  [[nodiscard]] std::size_t datagrams() const noexcept { return (bytes.size() + segment - 1) / segment; }
};

/// What takes the messages of a batch when it is flushed or full.
class DatagramSink {
 public:
  virtual ~DatagramSink() = default;
  /// The views are valid during the call.
  virtual void send(std::span<const OutMessage> messages) noexcept = 0;
};

/// Write a datagram straight into `prepare`'s buffer, then `commit` it. Allocates in the constructor only.
class SendBatch {
 public:
  /// Datagrams in one GSO message. Larger: fewer system calls; smaller: gentler bursts (and the kernel's limit is 64).
  static constexpr std::size_t max_segments = 16;
  static constexpr std::size_t max_messages = 64;
  /// Larger: fewer system calls in a wide fan-out; smaller: stays in the second-level cache.
  static constexpr std::size_t buffer_size = 256 * 1024;
  static constexpr std::size_t max_datagram = 2048;
  /// The kernel's limit of one UDP_SEGMENT message, headers included.
  static constexpr std::size_t max_message_bytes = 65'000;

  explicit SendBatch(DatagramSink& sink);

  /// Room for one datagram to `to`, `max_datagram` bytes. Flushes first when the batch is full.
  MutableBytes prepare(const ice::Address& to) noexcept;
  /// The prepared datagram is `size` bytes, 1..max_datagram.
  void commit(std::size_t size) noexcept;
  /// The next datagram starts a message of its own.
  void end_run() noexcept { open_ = false; }
  void flush() noexcept;
  [[nodiscard]] bool empty() const noexcept { return count_ == 0; }

 private:
  DatagramSink& sink_;
  std::unique_ptr<std::uint8_t[]> buffer_;
  std::array<OutMessage, max_messages> messages_{};
  std::size_t count_ = 0;
  std::size_t fill_ = 0;
  ice::Address next_to_;
  bool open_ = false;  // the last message may grow
};

}  // namespace sealhall::io
