#include "server/kms/control_link.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>

#include "core/base/secret.h"
#include "core/wire/codec.h"
#include "io/log/log.h"

namespace sealhall::kms {
namespace {

/// How soon a lost connection is tried again. Longer makes joins wait after a restart of control, shorter burns CPU.
constexpr int retry_millis = 100;
/// Answers that control has not read yet; then its next questions wait too.
constexpr std::size_t max_unread_answers = 1024 * 1024;

Instant now() noexcept {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return Instant{std::chrono::duration_cast<Duration>(since)};
}

/// How long entries of the audit log may stand unsigned. Shorter makes more checkpoints than entries.
constexpr Duration checkpoint_every = std::chrono::seconds{30};

/// Milliseconds for poll: until `due`, at most until the next checkpoint.
int poll_timeout(std::optional<Instant> due) noexcept {
  const std::int64_t most = to_millis(checkpoint_every);
  if (!due) return static_cast<int>(most);
  return static_cast<int>(std::clamp(to_millis(*due - now()) + 1, std::int64_t{0}, most));
}

/// Control runs as our own user; whoever else answers at its path is not control (SO_PEERCRED is told by the kernel).
bool is_own_user(int fd) noexcept {
  ucred peer{};
  socklen_t size = sizeof peer;
  return ::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == ::geteuid();
}

/// A connected, non-blocking socket, or -1.
int connect_to(const std::string& path) noexcept {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return -1;
  std::memcpy(address.sun_path, path.data(), path.size());
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return -1;
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 && is_own_user(fd)) return fd;
  ::close(fd);
  return -1;
}

}  // namespace

void ControlLink::pause() {
  pollfd waiting{.fd = end_, .events = POLLIN, .revents = 0};  // of -1 it takes no notice
  ended_ = ::poll(&waiting, 1, retry_millis) > 0;
}

void ControlLink::run() {
  while (!service_.stopped() && !ended_) {
    const int fd = connect_to(path_);
    if (fd < 0) {
      pause();
      advance();
      continue;
    }
    serve(fd);
    ::close(fd);
    if (!service_.stopped() && !ended_) {
      io::log::warning("connection to control lost");
      pause();
    }
  }
}

void ControlLink::serve(int fd) {
  reader_ = {};
  out_.clear();
  broken_ = false;
  io::log::info("connected to control");
  wire::append_frame(wire::encode(wire::kms::KmsMessage{service_.hello(static_cast<std::uint32_t>(::getpid()))}), out_);
  while (!service_.stopped()) {
    std::array<pollfd, 2> both{pollfd{.fd = fd, .events = 0, .revents = 0},
                               pollfd{.fd = end_, .events = POLLIN, .revents = 0}};
    pollfd& waiting = both[0];
    if (out_.size() < max_unread_answers) waiting.events |= POLLIN;
    if (!out_.empty()) waiting.events |= POLLOUT;
    const int ready = ::poll(both.data(), both.size(), poll_timeout(service_.next_deadline()));
    if (ready < 0 && errno != EINTR) return;
    if (ready > 0 && both[1].revents != 0) {
      ended_ = true;
      return;
    }
    advance();
    if (ready <= 0) continue;
    if ((waiting.revents & POLLOUT) != 0 && !send_queued(fd)) return;
    if ((waiting.revents & (POLLIN | POLLHUP | POLLERR)) != 0 && !receive(fd)) return;
  }
  static_cast<void>(send_queued(fd));
}

void ControlLink::advance() {
  const Instant at = now();
  service_.advance(at);
  if (keys_ == nullptr || at - last_checkpoint_ < checkpoint_every) return;
  last_checkpoint_ = at;
  keys_->note_kit();
  keys_->service().checkpoint();
}

bool ControlLink::receive(int fd) {
  std::array<std::uint8_t, 65536> room;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled by recv
  const ssize_t size = ::recv(fd, room.data(), room.size(), 0);
  if (size < 0) return errno == EAGAIN || errno == EINTR;
  if (size == 0) return false;
  reader_.push(ByteView{room}.first(static_cast<std::size_t>(size)));
  answer_all();
  if (keys_ != nullptr && !keys_->sync()) {
    io::log::error("the audit log cannot be synced to the disk, so nothing is answered");
    wipe(out_);
    out_.clear();
    return false;
  }
  return !broken_;
}

void ControlLink::answer_all() {
  while (!service_.stopped()) {
    const auto frame = reader_.next();
    if (!frame) {
      io::log::error("control sent a broken frame");
      broken_ = true;
      return;
    }
    if (!frame->has_value()) return;
    const auto message = wire::decode_kms_control(**frame);
    if (!message) {
      io::log::error("control sent a message that is none",
                     {{"kind", wire::name_of(message.error().kind)}, {"field", message.error().field}});
      broken_ = true;
      return;
    }
    const auto answer = service_.handle(*message, now());
    if (!answer) continue;
    const std::string text = wire::encode(*answer);
    if (text.size() > wire::max_frame_payload) {
      // The list of keys only grows. The secrets of meetings are in this process: it does not end for that.
      io::log::error("an answer to control is too large for a frame, so nothing is answered", {{"bytes", text.size()}});
      broken_ = true;
      return;
    }
    wire::append_frame(text, out_);
  }
}

bool ControlLink::send_queued(int fd) {
  const ssize_t size = ::send(fd, out_.data(), out_.size(), MSG_NOSIGNAL);
  if (size < 0) return errno == EAGAIN || errno == EINTR;
  wipe(MutableBytes{out_}.first(static_cast<std::size_t>(size)));  // data keys go through here
  out_.erase(out_.begin(), out_.begin() + size);
  return true;
}

}  // namespace sealhall::kms
