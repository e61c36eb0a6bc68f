// What a media worker does to the world: the seam between its logic and its sockets.
#pragma once

#include <cstdint>

#include "core/base/bytes.h"
#include "core/ice/address.h"
#include "core/wire/media_channel.h"
#include "io/udp/send_batch.h"

namespace sealhall::media {

/// Datagrams to clients go through `io::DatagramSink::send`. Nothing here may call back into the worker.
class Outside : public io::DatagramSink {
 public:
  /// One datagram to a client behind a relay connection, named by its virtual address.
  virtual void send_relay(const ice::Address& client, ByteView datagram) noexcept = 0;
  /// One datagram head | body to another worker.
  virtual void send_link(std::uint32_t worker, ByteView head, ByteView body) noexcept = 0;
  virtual void to_control(const wire::media::WorkerMessage& message) noexcept = 0;
};

/// Virtual addresses of relay connections, 240.0.0.0/4: reserved (RFC 1112 section 4), so that no client can have one.
inline constexpr std::uint32_t max_relay_number = 0x0FFFFFFF;
inline ice::Address relay_address(std::uint32_t number) noexcept {
  std::array<std::uint8_t, 4> ip{};
  store_u32(ip.data(), 0xF0000000U | (number & max_relay_number));
  return ice::Address::v4(ip, 1);
}
inline bool is_relay_address(const ice::Address& address) noexcept {
  return address.family == ice::Family::ipv4 && (address.ip[0] & 0xF0) == 0xF0;
}

}  // namespace sealhall::media
