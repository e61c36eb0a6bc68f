// A UDP socket for media: receives in batches with the kernel's arrival times, sends runs with UDP_SEGMENT (udp(7), RFC
// 768).
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <memory>
#include <span>

#include "core/base/bytes.h"
#include "core/base/expected.h"
#include "core/base/time.h"
#include "core/ice/address.h"
#include "io/net/error.h"
#include "io/net/system.h"
#include "io/udp/send_batch.h"

namespace sealhall::io {

struct UdpOptions {
  /// Port 0: the kernel chooses. "::" takes IPv4 as well.
  ice::Address bind;
  /// The operator's switch: some kernels and cards break GSO without an error.
  bool gso = true;
  /// Asked of the kernel, which may give less. Larger: survives longer pauses of this process; smaller: less kernel
  /// memory.
  int receive_buffer = 8 << 20;
  int send_buffer = 8 << 20;
};

struct UdpDatagram {
  ice::Address from;
  MutableBytes bytes;
  Instant arrived{};     ///< when the kernel got it, on the steady clock
  std::uint8_t ecn = 0;  ///< RFC 3168: 0..3, 3 is "congestion experienced"
};

/// Buffers for one receive call, made once.
class ReceiveBatch {
 public:
  static constexpr std::size_t max_datagrams = 64;
  /// A datagram that is larger is dropped: nothing that we speak is.
  static constexpr std::size_t buffer_size = 2048;

  ReceiveBatch();
  ReceiveBatch(const ReceiveBatch&) = delete;
  ReceiveBatch& operator=(const ReceiveBatch&) = delete;
  /// What the last call of `UdpSocket::receive` got; the bytes may be changed in place.
  [[nodiscard]] std::span<UdpDatagram> datagrams() noexcept { return {datagrams_.data(), count_}; }
  /// Datagrams that were larger than a buffer, since the start.
  [[nodiscard]] std::uint64_t oversized() const noexcept { return oversized_; }

 private:
  friend class UdpSocket;
  static constexpr std::size_t control_size = 128;
  std::unique_ptr<std::uint8_t[]> bytes_;
  std::unique_ptr<std::uint8_t[]> control_;
  std::array<mmsghdr, max_datagrams> headers_{};
  std::array<iovec, max_datagrams> vectors_{};
  std::array<sockaddr_in6, max_datagrams> addresses_{};
  std::array<UdpDatagram, max_datagrams> datagrams_{};
  std::size_t count_ = 0;
  std::uint64_t oversized_ = 0;
};

struct UdpCounters {
  std::uint64_t datagrams_out = 0;
  std::uint64_t bytes_out = 0;
  std::uint64_t dropped_full = 0;   ///< the send buffer had no room
  std::uint64_t dropped_error = 0;  ///< no route, and the like
  std::uint64_t gso_messages = 0;
};

/// Not blocking. Sets DF on IPv4 and never fragments (media fits every usual path), and ignores forged path MTU
/// messages.
class UdpSocket final : public DatagramSink {
 public:
  static expected<std::unique_ptr<UdpSocket>, Failure> open(const UdpOptions& options);

  [[nodiscard]] int fd() const noexcept { return fd_.get(); }
  [[nodiscard]] const ice::Address& local() const noexcept { return local_; }

  /// Fills `batch` with what has arrived, at most ReceiveBatch::max_datagrams; returns how many. `now` is the steady
  /// clock.
  std::size_t receive(ReceiveBatch& batch, Instant now) noexcept;

  /// Sends all messages; what the kernel does not take is dropped and counted. A kernel or card that refuses GSO (EIO,
  /// EINVAL, EMSGSIZE, EOPNOTSUPP) switches it off for this socket, and the refused run is sent datagram by datagram.
  void send(std::span<const OutMessage> messages) noexcept override;

  [[nodiscard]] bool gso() const noexcept { return gso_; }
  [[nodiscard]] const UdpCounters& counters() const noexcept { return counters_; }
  /// For tests: the next GSO message fails with this errno. 0 ends it.
  void fail_gso_for_test(int error) noexcept { forced_gso_error_ = error; }

 private:
  UdpSocket(FileDescriptor fd, bool ipv6, bool gso);
  std::size_t send_some(std::span<const OutMessage> messages) noexcept;
  void send_singly(const OutMessage& message) noexcept;
  socklen_t to_sockaddr(const ice::Address& address, sockaddr_in6& out) const noexcept;

  FileDescriptor fd_;
  bool ipv6_;
  bool gso_;
  int forced_gso_error_ = 0;
  ice::Address local_;
  UdpCounters counters_;
};

/// The address in a socket address of either family.
ice::Address address_from_sockaddr(const sockaddr* address) noexcept;

}  // namespace sealhall::io
