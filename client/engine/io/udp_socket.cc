#include "client/engine/io/udp_socket.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/system/error_code.hpp>

#include "core/rtp/profile.h"

namespace sealhall::client {

namespace asio = boost::asio;
using asio::ip::udp;

namespace {

udp::endpoint to_endpoint(const ice::Address& a) {
  if (a.family == ice::Family::ipv4) {
    asio::ip::address_v4::bytes_type bytes{};
    std::copy_n(a.ip.begin(), bytes.size(), bytes.begin());
    return {asio::ip::address_v4(bytes), a.port};
  }
  asio::ip::address_v6::bytes_type bytes{};
  std::copy_n(a.ip.begin(), bytes.size(), bytes.begin());
  return {asio::ip::address_v6(bytes), a.port};
}

ice::Address to_address(const udp::endpoint& e) {
  if (e.address().is_v4()) return ice::Address::v4(e.address().to_v4().to_bytes(), e.port());
  const auto bytes = e.address().to_v6().to_bytes();
  return ice::Address::v6(bytes, e.port());
}

/// Datagrams taken in one go before others get their turn.
constexpr int batch = 64;
constexpr int buffer_size = 2 << 20;

}  // namespace

struct UdpSocket::State : std::enable_shared_from_this<UdpSocket::State> {
  udp::socket socket;
  OnDatagram on_datagram;
  std::array<std::uint8_t, 2048> buffer{};
  bool closed = false;

  State(io::Loop& loop, OnDatagram handler) : socket(loop.context()), on_datagram(std::move(handler)) {}

  void wait() {
    socket.async_wait(udp::socket::wait_read, [self = shared_from_this()](const boost::system::error_code& error) {
      if (self->closed || error == asio::error::operation_aborted) return;
      self->read();
    });
  }
  void read() {
    for (int i = 0; i < batch; ++i) {
      udp::endpoint from;
      boost::system::error_code error;
      const std::size_t size = socket.receive_from(asio::buffer(buffer), from, 0, error);
      if (error == asio::error::would_block || error == asio::error::try_again) break;
      // Errors of earlier sends (ICMP) are reported here; the socket goes on.
      if (error || size == 0 || size > rtp::max_datagram_size) continue;
      on_datagram(to_address(from), MutableBytes{buffer}.first(size));
      if (closed) return;
    }
    wait();
  }
};

UdpSocket::UdpSocket(std::shared_ptr<State> state) : state_(std::move(state)) {}
UdpSocket::~UdpSocket() {
  state_->closed = true;
  boost::system::error_code ignored;
  state_->socket.close(ignored);
}

expected<std::unique_ptr<UdpSocket>, io::Failure> UdpSocket::open(io::Loop& loop, ice::Family family,
                                                                  OnDatagram on_datagram) {
  auto state = std::make_shared<State>(loop, std::move(on_datagram));
  boost::system::error_code error;
  const udp protocol = family == ice::Family::ipv4 ? udp::v4() : udp::v6();
  state->socket.open(protocol, error);
  if (!error) state->socket.bind(udp::endpoint(protocol, 0), error);
  if (!error) state->socket.non_blocking(true, error);
  if (error) {
    return unexpected(
        io::Failure{io::NetError::internal, "A UDP socket could not be opened: " + error.message() + "."});
  }
  boost::system::error_code ignored;
  state->socket.set_option(udp::socket::receive_buffer_size(buffer_size), ignored);
  state->socket.set_option(udp::socket::send_buffer_size(buffer_size), ignored);
  state->wait();
  return std::unique_ptr<UdpSocket>(new UdpSocket(std::move(state)));
}

bool UdpSocket::send(const ice::Address& to, ByteView datagram) {
  boost::system::error_code error;
  state_->socket.send_to(asio::buffer(datagram.data(), datagram.size()), to_endpoint(to), 0, error);
  return !error;
}

}  // namespace sealhall::client
