#include "server/keys/control_client.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "core/wire/codec.h"

namespace sealhall::keys {
namespace {

// Longer than control waits for kms at worst, so that a person gets the real reason.
constexpr timeval answer_limit{30, 0};

std::string not_running(const std::string& run) {
  return "No server answers at " + run +
         "/control.sock. Is it running, and are --data or --run the ones it was started with?";
}

}  // namespace

expected<ControlClient, std::string> ControlClient::connect(const std::string& run) {
  const std::string path = run + "/control.sock";
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return unexpected("The path " + path + " is too long for a socket.");
  std::memcpy(address.sun_path, path.data(), path.size());
  io::FileDescriptor fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  if (!fd || ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return unexpected(not_running(run));
  ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &answer_limit, sizeof answer_limit);
  ControlClient client{std::move(fd)};
  if (auto said = client.send(wire::keys::Hello{static_cast<std::uint32_t>(::getpid())}); !said)
    return unexpected(said.error());
  return client;
}

expected<void, std::string> ControlClient::send(const wire::keys::CommandMessage& message) {
  Bytes frame;
  wire::append_frame(wire::encode(message), frame);
  for (ByteView rest = frame; !rest.empty();) {
    const ssize_t size = ::send(fd_.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return unexpected("The server has closed the connection.");
    rest = rest.subspan(static_cast<std::size_t>(size));
  }
  return {};
}

expected<wire::keys::ControlAnswer, std::string> ControlClient::ask(const wire::keys::CommandMessage& message) {
  if (auto sent = send(message); !sent) return unexpected(sent.error());
  for (;;) {
    const auto frame = reader_.next();
    if (!frame) return unexpected("The server's answer cannot be read.");
    if (frame->has_value()) {
      auto answer = wire::decode_keys_answer(**frame);
      if (!answer) return unexpected("The server's answer cannot be read; it may be of another version.");
      if (auto* problem = std::get_if<wire::keys::Problem>(&*answer)) return unexpected(std::move(problem->sentence));
      return std::move(*answer);
    }
    std::array<std::uint8_t, 65536> room{};
    const ssize_t size = ::recv(fd_.get(), room.data(), room.size(), 0);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return unexpected("The server did not answer.");
    reader_.push(ByteView{room}.first(static_cast<std::size_t>(size)));
  }
}

}  // namespace sealhall::keys
