#include "io/udp/socket.h"

#include <netinet/ip.h>
#include <netinet/udp.h>
#include <sys/types.h>
#include <time.h>

#include <cerrno>
#include <cstring>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

namespace sealhall::io {

namespace {

constexpr std::size_t send_control_size = CMSG_SPACE(sizeof(std::uint16_t));

bool refuses_gso(int error) noexcept {
  return error == EIO || error == EINVAL || error == EMSGSIZE || error == EOPNOTSUPP || error == ENOPROTOOPT;
}

void set_option(int fd, int level, int name, int value) noexcept {
  static_cast<void>(::setsockopt(fd, level, name, &value, sizeof value));  // an old kernel may not know one: go on
}

/// How long ago the kernel stamped a datagram, never negative (the wall clock may be set back).
Duration age_of(const timespec& stamp, const timespec& wall) noexcept {
  const std::int64_t micros = (wall.tv_sec - stamp.tv_sec) * 1'000'000 + (wall.tv_nsec - stamp.tv_nsec) / 1000;
  return Duration{micros < 0 || micros > 1'000'000 ? 0 : micros};
}

}  // namespace

ice::Address address_from_sockaddr(const sockaddr* address) noexcept {
  if (address->sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, address, sizeof v4);
    std::array<std::uint8_t, 4> ip{};
    std::memcpy(ip.data(), &v4.sin_addr, ip.size());
    return ice::Address::v4(ip, ntohs(v4.sin_port));
  }
  sockaddr_in6 v6{};
  std::memcpy(&v6, address, sizeof v6);
  return ice::Address::v6(std::span<const std::uint8_t, 16>{v6.sin6_addr.s6_addr}, ntohs(v6.sin6_port));
}

ReceiveBatch::ReceiveBatch()
    : bytes_(std::make_unique<std::uint8_t[]>(max_datagrams * buffer_size)),
      control_(std::make_unique<std::uint8_t[]>(max_datagrams * control_size)) {
  for (std::size_t i = 0; i < max_datagrams; ++i) {
    vectors_[i] = {&bytes_[i * buffer_size], buffer_size};
    msghdr& header = headers_[i].msg_hdr;
    header.msg_name = &addresses_[i];
    header.msg_iov = &vectors_[i];
    header.msg_iovlen = 1;
    header.msg_control = &control_[i * control_size];
  }
}

UdpSocket::UdpSocket(FileDescriptor fd, bool ipv6, bool gso) : fd_(std::move(fd)), ipv6_(ipv6), gso_(gso) {}

socklen_t UdpSocket::to_sockaddr(const ice::Address& address, sockaddr_in6& out) const noexcept {
  if (!ipv6_) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(address.port);
    std::memcpy(&v4.sin_addr, address.ip.data(), 4);
    std::memcpy(&out, &v4, sizeof v4);
    return sizeof v4;
  }
  out = {};
  out.sin6_family = AF_INET6;
  out.sin6_port = htons(address.port);
  if (address.family == ice::Family::ipv6) {
    std::memcpy(&out.sin6_addr, address.ip.data(), 16);
  } else {  // RFC 4291 section 2.5.5.2
    out.sin6_addr.s6_addr[10] = 0xff;
    out.sin6_addr.s6_addr[11] = 0xff;
    std::memcpy(&out.sin6_addr.s6_addr[12], address.ip.data(), 4);
  }
  return sizeof out;
}

expected<std::unique_ptr<UdpSocket>, Failure> UdpSocket::open(const UdpOptions& options) {
  const bool ipv6 = options.bind.family == ice::Family::ipv6;
  const std::string what = "Cannot open the UDP port " + options.bind.text();
  FileDescriptor fd{::socket(ipv6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!fd) return unexpected(failure_from_errno(errno, what));
  const int raw = fd.get();
  if (ipv6) {
    set_option(raw, IPPROTO_IPV6, IPV6_V6ONLY, 0);
    set_option(raw, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_PROBE);
    set_option(raw, IPPROTO_IPV6, IPV6_RECVTCLASS, 1);
  }
  set_option(raw, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE);  // DF set, the kernel's path MTU ignored
  set_option(raw, IPPROTO_IP, IP_RECVTOS, 1);
  set_option(raw, SOL_SOCKET, SO_TIMESTAMPNS, 1);
  set_option(raw, SOL_SOCKET, SO_RCVBUF, options.receive_buffer);
  set_option(raw, SOL_SOCKET, SO_SNDBUF, options.send_buffer);
  set_option(raw, SOL_SOCKET, SO_RCVBUFFORCE, options.receive_buffer);  // beyond the system's limit, when we may
  set_option(raw, SOL_SOCKET, SO_SNDBUFFORCE, options.send_buffer);
  std::unique_ptr<UdpSocket> socket{new UdpSocket(std::move(fd), ipv6, options.gso)};
  sockaddr_in6 address{};
  const socklen_t size = socket->to_sockaddr(options.bind, address);
  if (::bind(raw, reinterpret_cast<const sockaddr*>(&address), size) != 0)
    return unexpected(failure_from_errno(errno, what));
  socklen_t length = sizeof address;
  if (::getsockname(raw, reinterpret_cast<sockaddr*>(&address), &length) != 0)
    return unexpected(failure_from_errno(errno, what));
  socket->local_ = address_from_sockaddr(reinterpret_cast<const sockaddr*>(&address));
  return socket;
}

std::size_t UdpSocket::receive(ReceiveBatch& batch, Instant now) noexcept {
  for (std::size_t i = 0; i < ReceiveBatch::max_datagrams; ++i) {
    batch.headers_[i].msg_hdr.msg_namelen = sizeof(sockaddr_in6);
    batch.headers_[i].msg_hdr.msg_controllen = ReceiveBatch::control_size;
  }
  batch.count_ = 0;
  const int got = ::recvmmsg(fd_.get(), batch.headers_.data(), ReceiveBatch::max_datagrams, MSG_DONTWAIT, nullptr);
  if (got <= 0) return 0;
  timespec wall{};
  ::clock_gettime(CLOCK_REALTIME, &wall);
  for (std::size_t i = 0; i < static_cast<std::size_t>(got); ++i) {
    msghdr& header = batch.headers_[i].msg_hdr;
    if ((header.msg_flags & MSG_TRUNC) != 0) {
      ++batch.oversized_;
      continue;
    }
    UdpDatagram& datagram = batch.datagrams_[batch.count_++];
    datagram.from = address_from_sockaddr(reinterpret_cast<const sockaddr*>(&batch.addresses_[i]));
    datagram.bytes = {&batch.bytes_[i * ReceiveBatch::buffer_size], batch.headers_[i].msg_len};
    datagram.arrived = now;
    datagram.ecn = 0;
    for (cmsghdr* c = CMSG_FIRSTHDR(&header); c != nullptr; c = CMSG_NXTHDR(&header, c)) {
      if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS) {
        timespec stamp{};
        std::memcpy(&stamp, CMSG_DATA(c), sizeof stamp);
        datagram.arrived = now - age_of(stamp, wall);
      } else if ((c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_TOS) ||
                 (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_TCLASS)) {
        datagram.ecn = *CMSG_DATA(c) & 3;
      }
    }
  }
  return batch.count_;
}

void UdpSocket::send_singly(const OutMessage& message) noexcept {
  std::array<mmsghdr, SendBatch::max_segments> headers{};
  std::array<iovec, SendBatch::max_segments> vectors{};
  sockaddr_in6 address{};
  const socklen_t address_size = to_sockaddr(message.to, address);
  std::size_t at = 0;
  while (at < message.bytes.size()) {
    unsigned count = 0;
    for (; count < headers.size() && at < message.bytes.size(); ++count) {
      const std::size_t size = std::min<std::size_t>(message.segment, message.bytes.size() - at);
      vectors[count] = {const_cast<std::uint8_t*>(message.bytes.data() + at), size};
      headers[count] = {};
      headers[count].msg_hdr.msg_name = &address;
      headers[count].msg_hdr.msg_namelen = address_size;
      headers[count].msg_hdr.msg_iov = &vectors[count];
      headers[count].msg_hdr.msg_iovlen = 1;
      at += size;
    }
    unsigned done = 0;
    while (done < count) {
      const int sent = ::sendmmsg(fd_.get(), &headers[done], count - done, MSG_DONTWAIT);
      if (sent > 0) {
        for (unsigned i = done; i < done + static_cast<unsigned>(sent); ++i) counters_.bytes_out += vectors[i].iov_len;
        counters_.datagrams_out += static_cast<unsigned>(sent);
        done += static_cast<unsigned>(sent);
        continue;
      }
      if (errno == EINTR) continue;
      if (errno == EAGAIN || errno == ENOBUFS) {
        counters_.dropped_full += count - done;
        return;
      }
      ++counters_.dropped_error;
      ++done;
    }
  }
}

/// Sends a prefix of the messages and returns its length, at least 1.
std::size_t UdpSocket::send_some(std::span<const OutMessage> messages) noexcept {
  std::array<mmsghdr, SendBatch::max_messages> headers{};
  std::array<iovec, SendBatch::max_messages> vectors{};
  std::array<sockaddr_in6, SendBatch::max_messages> addresses{};
  alignas(cmsghdr) std::array<std::array<std::uint8_t, send_control_size>, SendBatch::max_messages> control{};
  unsigned count = 0;
  for (const OutMessage& message : messages.first(std::min(messages.size(), headers.size()))) {
    const bool run = message.bytes.size() > message.segment;
    if (run && (!gso_ || forced_gso_error_ != 0)) break;
    vectors[count] = {const_cast<std::uint8_t*>(message.bytes.data()), message.bytes.size()};
    msghdr& header = headers[count].msg_hdr;
    header.msg_name = &addresses[count];
    header.msg_namelen = to_sockaddr(message.to, addresses[count]);
    header.msg_iov = &vectors[count];
    header.msg_iovlen = 1;
    if (run) {
      header.msg_control = control[count].data();
      header.msg_controllen = send_control_size;
      cmsghdr* c = CMSG_FIRSTHDR(&header);
      c->cmsg_level = IPPROTO_UDP;
      c->cmsg_type = UDP_SEGMENT;
      c->cmsg_len = CMSG_LEN(sizeof(std::uint16_t));
      std::memcpy(CMSG_DATA(c), &message.segment, sizeof message.segment);
    }
    ++count;
  }
  int error = 0;
  if (count > 0) {
    const int sent = ::sendmmsg(fd_.get(), headers.data(), count, MSG_DONTWAIT);
    if (sent > 0) {
      for (const OutMessage& message : messages.first(static_cast<std::size_t>(sent))) {
        counters_.datagrams_out += message.datagrams();
        counters_.bytes_out += message.bytes.size();
        if (message.bytes.size() > message.segment) ++counters_.gso_messages;
      }
      return static_cast<std::size_t>(sent);
    }
    error = errno;
    if (error == EINTR) return 0;
  } else if (gso_) {
    error = forced_gso_error_;  // the first message is a run, and a test wants it to fail
  } else {
    send_singly(messages.front());
    return 1;
  }
  const OutMessage& first = messages.front();
  const bool run = first.bytes.size() > first.segment;
  if (run && refuses_gso(error)) {
    gso_ = false;
    send_singly(first);
  } else if (error == EAGAIN || error == ENOBUFS) {
    counters_.dropped_full += first.datagrams();
  } else {
    counters_.dropped_error += first.datagrams();
  }
  return 1;
}

void UdpSocket::send(std::span<const OutMessage> messages) noexcept {
  while (!messages.empty()) messages = messages.subspan(send_some(messages));
}

}  // namespace sealhall::io
