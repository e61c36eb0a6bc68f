#include "io/clamd/clamd.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>

#include "io/net/endpoint.h"
#include "io/net/system.h"

namespace sealhall::io {
namespace {

constexpr std::size_t most_answer = 4096;
constexpr std::size_t most_piece = 256U << 10;  // of one chunk; clamd takes up to its StreamMaxLength

class Connection {
 public:
  static expected<Connection, std::string> open(const std::string& address, Duration limit,
                                                std::function<bool()> stopped = {}) {
    Connection made;
    made.stopped_ = std::move(stopped);
    sockaddr_storage storage{};
    socklen_t size = 0;
    if (address.starts_with('/')) {
      auto* un = reinterpret_cast<sockaddr_un*>(&storage);
      un->sun_family = AF_UNIX;
      if (address.size() >= sizeof un->sun_path) return unexpected(std::string{"The path of the socket is too long."});
      std::memcpy(un->sun_path, address.c_str(), address.size() + 1);
      size = sizeof(sockaddr_un);
    } else {
      const auto at = parse_endpoint(address);
      if (!at) return unexpected("\"" + address + "\" is not the path of a socket, nor an address and a port.");
      auto* v4 = reinterpret_cast<sockaddr_in*>(&storage);
      auto* v6 = reinterpret_cast<sockaddr_in6*>(&storage);
      if (::inet_pton(AF_INET, at->address.c_str(), &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(at->port);
        size = sizeof(sockaddr_in);
      } else if (::inet_pton(AF_INET6, at->address.c_str(), &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(at->port);
        size = sizeof(sockaddr_in6);
      } else {
        return unexpected("\"" + at->address + "\" is not a numeric address.");
      }
    }
    made.fd_ = FileDescriptor{::socket(storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (!made.fd_) return unexpected(words("A socket cannot be made"));
    if (::connect(made.fd_.get(), reinterpret_cast<const sockaddr*>(&storage), size) != 0) {
      if (errno != EINPROGRESS) return unexpected(words("clamd does not answer at " + address));
      if (!made.wait(POLLOUT, limit)) return unexpected("clamd does not answer at " + address + ": it is too slow.");
      int error = 0;
      socklen_t length = sizeof error;
      ::getsockopt(made.fd_.get(), SOL_SOCKET, SO_ERROR, &error, &length);
      errno = error;
      if (error != 0) return unexpected(words("clamd does not answer at " + address));
    }
    return made;
  }

  /// False: the daemon has closed (its answer may still be there to read), or is too slow.
  bool send(ByteView bytes, Duration limit) {
    while (!bytes.empty()) {
      const ssize_t n = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n > 0) {
        bytes = bytes.subspan(static_cast<std::size_t>(n));
      } else if (n < 0 && errno == EINTR) {
        continue;
      } else if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
        if (!wait(POLLOUT, limit)) return false;
      } else {
        return false;
      }
    }
    return true;
  }

  /// Up to the zero byte that ends an answer, or the end of the connection.
  std::optional<std::string> answer(Duration limit) {
    std::string out;
    std::array<char, 512> buffer{};
    while (out.size() < most_answer) {
      const ssize_t n = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
      if (n > 0) {
        out.append(buffer.data(), static_cast<std::size_t>(n));
        if (const std::size_t end = out.find('\0'); end != std::string::npos) return out.substr(0, end);
      } else if (n == 0) {
        return out;
      } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
        if (!wait(POLLIN, limit)) return std::nullopt;
      } else if (errno != EINTR) {
        return out.empty() ? std::nullopt : std::optional{out};
      }
    }
    return std::nullopt;
  }

 private:
  /// In steps, so that somebody who wants to end need not wait for a daemon.
  bool wait(short events, Duration limit) const {
    constexpr int step_ms = 100;
    pollfd poll{fd_.get(), events, 0};
    for (auto left = to_millis(limit); left > 0 && !(stopped_ && stopped_()); left -= step_ms) {
      if (::poll(&poll, 1, static_cast<int>(std::min<std::int64_t>(left, step_ms))) > 0) return true;
    }
    return false;
  }
  static std::string words(const std::string& what) { return failure_from_errno(errno, what).reason; }

  FileDescriptor fd_;
  std::function<bool()> stopped_;
};

ByteView bytes_of(std::string_view text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }

}  // namespace

ClamdVerdict read_clamd_answer(std::string_view answer) noexcept {
  while (answer.ends_with('\n') || answer.ends_with('\r')) answer.remove_suffix(1);
  if (!answer.starts_with("stream: ") || answer.find('\n') != std::string_view::npos) return ClamdVerdict::no_verdict;
  answer.remove_prefix(std::string_view{"stream: "}.size());
  if (answer == "OK") return ClamdVerdict::harmless;
  constexpr std::string_view found = " FOUND";
  return answer.ends_with(found) && answer.size() > found.size() ? ClamdVerdict::harmful : ClamdVerdict::no_verdict;
}

ClamdResult scan_with_clamd(const std::string& address, const ClamdContent& content, const ClamdTimes& times,
                            const std::function<bool()>& stopped) {
  auto connection = Connection::open(address, times.connect, stopped);
  if (!connection) return {ClamdVerdict::no_verdict, connection.error()};
  using namespace std::string_view_literals;
  bool sent = connection->send(bytes_of("zINSTREAM\0"sv), times.step);
  for (std::uint64_t at = 0; sent;) {
    const auto piece = content(at);
    if (!piece) return {ClamdVerdict::no_verdict, "The content could not be read."};
    if (piece->empty()) {
      constexpr std::array<std::uint8_t, 4> end{};
      sent = connection->send(end, times.step);
      break;
    }
    at += piece->size();
    for (ByteView rest{*piece}; sent && !rest.empty();) {
      const ByteView chunk = rest.first(std::min(rest.size(), most_piece));
      std::array<std::uint8_t, 4> length{};
      store_u32(length.data(), static_cast<std::uint32_t>(chunk.size()));
      sent = connection->send(length, times.step) && connection->send(chunk, times.step);
      rest = rest.subspan(chunk.size());
    }
  }
  // One that has seen enough answers and closes before the end.
  const auto answer = connection->answer(sent ? times.verdict : times.connect);
  if (!answer) return {ClamdVerdict::no_verdict, "clamd has not answered in time."};
  const ClamdVerdict verdict = read_clamd_answer(*answer);
  // Half of the content is not harmless, whatever was said about it.
  if (!sent && verdict == ClamdVerdict::harmless) return {ClamdVerdict::no_verdict, "clamd has not taken all of it."};
  if (verdict != ClamdVerdict::no_verdict) return {verdict, {}};
  const bool limit = answer->find("size limit exceeded") != std::string::npos;
  return {verdict, limit ? "The content is larger than clamd's StreamMaxLength." : "clamd gave no verdict."};
}

expected<void, std::string> ping_clamd(const std::string& address, const ClamdTimes& times) {
  auto connection = Connection::open(address, times.connect);
  if (!connection) return unexpected(connection.error());
  using namespace std::string_view_literals;
  const auto answer = connection->send(bytes_of("zPING\0"sv), times.step) ? connection->answer(times.connect)
                                                                          : std::optional<std::string>{};
  if (!answer || *answer != "PONG") return unexpected("What listens at " + address + " is not clamd.");
  return {};
}

bool is_clamd_address(std::string_view address) {
  if (address.starts_with('/')) return address.size() > 1 && address.size() < sizeof(sockaddr_un::sun_path);
  const auto at = parse_endpoint(address);
  return at && at->port != 0 && is_numeric_address(at->address);
}

}  // namespace sealhall::io
