// Many small messages between workers in few Unix datagrams: the kernel queues only about ten of those.
//
//   bytes 0..3  the sending worker
//   then        length 2, message; length 2, message; ..
#pragma once

#include <cstdint>
#include <memory>

#include "core/base/bytes.h"

namespace sealhall::media {

/// Gathers messages for one other worker. Allocates once, with the first message.
class LinkPacker {
 public:
  /// Larger: fewer datagrams; the kernel's socket buffer must hold several.
  static constexpr std::size_t capacity = 60 * 1024;

  /// False when there is no room: flush first, or drop it.
  bool add(std::uint32_t own_worker, ByteView head, ByteView body) noexcept;
  /// The datagram to send; empty when there is nothing.
  [[nodiscard]] ByteView pending() const noexcept { return {bytes_.get(), fill_}; }
  void clear() noexcept { fill_ = 0; }

 private:
  std::unique_ptr<std::uint8_t[]> bytes_;
  std::size_t fill_ = 0;
};

/// Calls `f(worker, message)` for each message of a datagram. A broken datagram ends at its first wrong length: it is
/// from our own process, so that is a bug, but not one to die of.
template <typename F>
void unpack_link(ByteView datagram, F&& f) {
  ByteReader reader{datagram};
  const std::uint32_t worker = reader.u32();
  while (reader.ok() && reader.remaining() > 0) {
    const std::size_t size = reader.u16();
    const ByteView message = reader.bytes(size);
    if (!reader.ok()) return;
    f(worker, message);
  }
}

}  // namespace sealhall::media
