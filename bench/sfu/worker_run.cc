#include "bench/sfu/worker_run.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cstdlib>
#include <cstring>

namespace sealhall::bench {

void give_up(const std::string& why) {
  std::fprintf(stderr, "sfu_fanout: %s\n", why.c_str());
  std::exit(1);
}

WorkerRun::WorkerRun(const std::string& program, int cpu, std::uint32_t start_rate_kbps) {
  std::string name = "/tmp/sealhall-fanout-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) give_up("no temporary directory");
  directory_ = name;
  listener_ = io::FileDescriptor{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = directory_ + "/control.sock";
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  if (::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listener_.get(), 1) != 0) {
    give_up("cannot listen at " + path);
  }
  const pid_t pid = ::fork();
  if (pid == 0) {
    pin_to(cpu);
    const std::string rate = std::to_string(start_rate_kbps);
    const int log = ::open((directory_ + "/media.log").c_str(), O_CREAT | O_WRONLY | O_TRUNC, 0600);
    ::dup2(log, 2);
    ::execl(program.c_str(), program.c_str(), "--run", directory_.c_str(), "--worker", "0", "--bind", "127.0.0.1",
            "--port", "0", "--start-rate", rate.c_str(), static_cast<char*>(nullptr));
    ::_exit(127);
  }
  child_ = Child{pid};
  pollfd waiting{listener_.get(), POLLIN, 0};
  if (::poll(&waiting, 1, 20'000) != 1) give_up(program + " does not connect to its control channel");
  channel_ = io::FileDescriptor{::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)};
  for (int i = 0; i < 200 && !hello_; ++i) listen(100);
  if (!hello_) give_up("the worker did not introduce itself");
}

WorkerRun::~WorkerRun() {
  child_ = Child{};
  std::error_code error;
  std::filesystem::remove_all(directory_, error);
}

void WorkerRun::say(const wire::media::ControlMessage& message) {
  Bytes out;
  wire::append_frame(wire::encode(message), out);
  std::size_t at = 0;
  while (at < out.size()) {
    const ssize_t n = ::send(channel_.get(), out.data() + at, out.size() - at, MSG_NOSIGNAL);
    if (n > 0) {
      at += static_cast<std::size_t>(n);
      continue;
    }
    if (errno != EAGAIN) give_up("the worker has closed its control channel");
    listen(10);
  }
}

void WorkerRun::listen(int milliseconds) {
  pollfd waiting{channel_.get(), POLLIN, 0};
  if (::poll(&waiting, 1, milliseconds) != 1) return;
  std::array<std::uint8_t, 65536> buffer;
  for (;;) {
    const ssize_t n = ::recv(channel_.get(), buffer.data(), buffer.size(), 0);
    if (n == 0) give_up("the worker has ended");
    if (n < 0) break;
    reader_.push(ByteView{buffer}.first(static_cast<std::size_t>(n)));
  }
  for (;;) {
    const auto frame = reader_.next();
    if (!frame) give_up("the worker sends broken frames");
    if (!*frame) return;
    const auto message = wire::decode_media_worker(**frame);
    if (message) take(*message);
  }
}

void WorkerRun::take(const wire::media::WorkerMessage& message) {
  if (const auto* hello = std::get_if<wire::media::Hello>(&message)) hello_ = *hello;
  if (const auto* made = std::get_if<wire::media::TransportReady>(&message)) ready[made->transport] = *made;
  if (std::get_if<wire::media::TransportConnected>(&message) != nullptr) ++connected;
  if (std::get_if<wire::media::TransportLost>(&message) != nullptr) ++lost;
  if (const auto* told = std::get_if<wire::media::WorkerStats>(&message)) {
    stats = *told;
    ++reports;
  }
}

}  // namespace sealhall::bench
