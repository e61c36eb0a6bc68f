// The Unix sockets of a media worker: links to other workers, relay connections, and the channel to control.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/expected.h"
#include "core/base/time.h"
#include "core/ice/address.h"
#include "core/sfu/types.h"
#include "core/wire/frame.h"
#include "io/net/error.h"
#include "io/net/system.h"
#include "server/media/link_packer.h"
#include "server/media/outside.h"

namespace sealhall::media {

/// "$run/media-3.link" and so on.
std::string link_path(const std::string& run, std::uint32_t worker);
std::string relay_path(const std::string& run, std::uint32_t worker);
std::string control_path(const std::string& run);

/// Datagrams between workers. A worker that does not keep up loses messages, never the sender its time.
class Links {
 public:
  static expected<Links, io::Failure> open(const std::string& run, std::uint32_t worker);

  [[nodiscard]] int fd() const noexcept { return fd_.get(); }
  void send(std::uint32_t worker, ByteView head, ByteView body) noexcept;
  /// Sends what waits; what a full queue refuses stays for the next time.
  void flush() noexcept;
  [[nodiscard]] bool pending() const noexcept { return pending_; }
  [[nodiscard]] std::uint64_t dropped() const noexcept { return dropped_; }
  /// Reads one datagram into its own buffer; empty when there is none.
  ByteView receive() noexcept;

 private:
  Links() = default;
  struct Peer {
    io::FileDescriptor fd;
    LinkPacker packer;
  };
  bool flush_peer(std::uint32_t worker, Peer& peer) noexcept;

  std::string run_;
  std::uint32_t worker_ = 0;
  io::FileDescriptor fd_;
  std::array<std::unique_ptr<Peer>, sfu::max_workers> peers_{};
  std::unique_ptr<std::uint8_t[]> buffer_;
  bool pending_ = false;
  std::uint64_t dropped_ = 0;
};

/// SEQPACKET connections of control's TURN sessions: each is one client with a virtual address.
class Relays {
 public:
  static constexpr std::size_t max_connections = 4096;
  static expected<Relays, io::Failure> open(const std::string& run, std::uint32_t worker);

  struct Connection {
    io::FileDescriptor fd;
    ice::Address client;
  };

  [[nodiscard]] int fd() const noexcept { return fd_.get(); }
  /// A new connection, or nullptr when none waits. It stays valid until `close`.
  const Connection* accept() noexcept;
  [[nodiscard]] const Connection* find(int fd) const noexcept;
  void close(int fd) noexcept;
  /// A slow connection loses the datagram.
  void send(const ice::Address& client, ByteView datagram) noexcept;
  [[nodiscard]] std::size_t size() const noexcept { return by_fd_.size(); }
  [[nodiscard]] std::uint64_t dropped() const noexcept { return dropped_; }

 private:
  Relays() = default;
  io::FileDescriptor fd_;
  std::unordered_map<int, std::unique_ptr<Connection>> by_fd_;
  std::unordered_map<ice::Address, Connection*, ice::AddressHash> by_client_;
  std::uint32_t next_number_ = 1;
  std::uint64_t dropped_ = 0;
};

/// The stream to control: JSON in frames.
class ControlChannel {
 public:
  /// What may wait for control to read. When it is more, control hangs and the connection is given up.
  static constexpr std::size_t max_waiting = std::size_t{16} << 20;

  explicit ControlChannel(std::string path) : path_(std::move(path)) {}

  /// True when it is connected now.
  bool connect() noexcept;
  [[nodiscard]] bool connected() const noexcept { return static_cast<bool>(fd_); }
  [[nodiscard]] int fd() const noexcept { return fd_.get(); }
  /// Queues one message and sends what the kernel takes.
  void send(std::string_view json);
  /// Writes what waits. False when the connection is lost.
  bool write() noexcept;
  [[nodiscard]] bool waiting() const noexcept { return sent_ < out_.size(); }
  /// Reads what has arrived and appends whole messages. False when the connection is lost.
  bool read(std::vector<std::string>& messages);
  void disconnect() noexcept;

 private:
  std::string path_;
  io::FileDescriptor fd_;
  wire::FrameReader reader_;
  Bytes out_;
  std::size_t sent_ = 0;
};

}  // namespace sealhall::media
