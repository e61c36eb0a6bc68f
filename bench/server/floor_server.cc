#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <string_view>

#include "bench/server/servers.h"

namespace sealhall::bench {

void run_floor_server(const ServerFiles& files, const std::function<void(std::uint16_t)>& ready) {
  SSL_CTX* context = SSL_CTX_new(TLS_server_method());
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_num_tickets(context, 0);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_ciphersuites(context, "TLS_AES_256_GCM_SHA384");
  if (SSL_CTX_use_certificate_chain_file(context, files.chain.c_str()) != 1 ||
      SSL_CTX_use_PrivateKey_file(context, files.key.c_str(), SSL_FILETYPE_PEM) != 1) {
    std::abort();
  }
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof at;
  if (::bind(listener, reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0 || ::listen(listener, 4096) != 0)
    std::abort();
  ::getsockname(listener, reinterpret_cast<sockaddr*>(&at), &size);
  const int poller = ::epoll_create1(0);
  epoll_event event{};
  event.events = EPOLLIN;
  ::epoll_ctl(poller, EPOLL_CTL_ADD, listener, &event);
  ready(ntohs(at.sin_port));

  const std::string body = rest_body();
  const std::string answer =
      "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
      "\r\n\r\n" + body;
  constexpr std::string_view upgraded =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
      "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
  static std::array<char, 16384> buffer{};
  std::array<epoll_event, 64> events{};
  while (true) {
    const int n = ::epoll_wait(poller, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < n; ++i) {
      if (events[static_cast<std::size_t>(i)].data.ptr == nullptr) {
        const int fd = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK);
        if (fd < 0) continue;
        const int on = 1;
        ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        SSL* ssl = SSL_new(context);
        SSL_set_fd(ssl, fd);
        SSL_set_accept_state(ssl);
        event.data.ptr = ssl;
        ::epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event);
        continue;
      }
      SSL* ssl = static_cast<SSL*>(events[static_cast<std::size_t>(i)].data.ptr);
      const int got = SSL_read(ssl, buffer.data(), static_cast<int>(buffer.size()));
      if (got > 0) {
        const std::string_view text{buffer.data(), static_cast<std::size_t>(got)};
        const std::string_view reply =
            text.find("Upgrade: ") != std::string_view::npos ? upgraded : std::string_view{answer};
        SSL_write(ssl, reply.data(), static_cast<int>(reply.size()));
      } else if (SSL_get_error(ssl, got) != SSL_ERROR_WANT_READ) {
        ::close(SSL_get_fd(ssl));
        SSL_free(ssl);
      }
    }
  }
}

}  // namespace sealhall::bench
