// A UDP socket on the loop: datagrams of anybody in, datagrams to anybody out.
#pragma once

#include <functional>
#include <memory>

#include "core/base/bytes.h"
#include "core/base/expected.h"
#include "core/ice/address.h"
#include "io/net/error.h"
#include "io/net/loop.h"

namespace sealhall::client {

class UdpSocket {
 public:
  /// The datagram may be changed in place. Called on the loop's thread; may destroy the socket.
  using OnDatagram = std::function<void(const ice::Address& from, MutableBytes datagram)>;

  /// Bound to any address and port of the family.
  static expected<std::unique_ptr<UdpSocket>, io::Failure> open(io::Loop& loop, ice::Family family,
                                                                OnDatagram on_datagram);
  ~UdpSocket();
  UdpSocket(const UdpSocket&) = delete;
  UdpSocket& operator=(const UdpSocket&) = delete;

  /// False when the system refused (no route, buffer full): as good as lost on the way.
  bool send(const ice::Address& to, ByteView datagram);

 private:
  struct State;
  explicit UdpSocket(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace sealhall::client
