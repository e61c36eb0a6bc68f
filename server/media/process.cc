#include "server/media/process.h"

#include <signal.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "core/wire/codec.h"
#include "io/log/log.h"
#include "io/net/clock.h"

namespace sealhall::media {

namespace {

using namespace std::chrono_literals;

/// Batches read before the loop looks at its timers. Larger: fewer turns under load; smaller: steadier pacing.
constexpr int batches_a_turn = 4;
constexpr int relay_datagrams_a_turn = 64;
constexpr int link_datagrams_a_turn = 64;
constexpr Duration control_retry = 100ms;
constexpr Duration report_interval = 1s;
constexpr Duration link_retry = 1ms;
constexpr std::size_t relay_buffer_size = 2048;

Duration cpu_time() noexcept {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto micros = [](const timeval& t) { return Duration{t.tv_sec * 1'000'000 + t.tv_usec}; };
  return micros(usage.ru_utime) + micros(usage.ru_stime);
}

/// epoll_wait's milliseconds are too coarse for pacing; older kernels have nothing else.
int wait(int epoll, std::span<epoll_event> events, Duration most) noexcept {
  const std::int64_t micros = std::max<std::int64_t>(0, most.count());
  const timespec limit{micros / 1'000'000, (micros % 1'000'000) * 1000};
  const int n = ::epoll_pwait2(epoll, events.data(), static_cast<int>(events.size()), &limit, nullptr);
  if (n >= 0 || errno != ENOSYS) return n;
  return ::epoll_wait(epoll, events.data(), static_cast<int>(events.size()), static_cast<int>((micros + 999) / 1000));
}

}  // namespace

expected<std::unique_ptr<Process>, io::Failure> Process::start(const Options& options) {
  std::unique_ptr<Process> process{new Process(options)};
  auto udp = io::UdpSocket::open({.bind = options.bind, .gso = options.gso});
  if (!udp) return unexpected(std::move(udp.error()));
  process->udp_ = std::move(*udp);
  process->received_ = std::make_unique<io::ReceiveBatch>();
  process->relay_buffer_.resize(relay_buffer_size);
  auto links = Links::open(options.run, options.worker);
  if (!links) return unexpected(std::move(links.error()));
  process->links_.emplace(std::move(*links));
  auto relays = Relays::open(options.run, options.worker);
  if (!relays) return unexpected(std::move(relays.error()));
  process->relays_.emplace(std::move(*relays));

  auto identity = dtls::Identity::create(dtls::server_profiles);
  if (!identity) return unexpected(io::Failure{io::NetError::internal, "Cannot make a DTLS certificate."});
  WorkerConfig config;
  config.worker = options.worker;
  config.identity = std::move(*identity);
  config.sfu.worker = options.worker;
  if (options.start_rate_kbps != 0) config.sfu.start_rate = DataRate::kbps(options.start_rate_kbps);
  const auto addresses =
      options.public_addresses.empty() ? reachable_addresses(options.bind) : options.public_addresses;
  for (const std::string& address : addresses) config.candidates.push_back({address, process->udp_->local().port});
  const Instant now = io::steady_now();
  process->worker_.reset(new Worker(std::move(config), *process, process->random_, now));
  process->next_control_ = now;
  process->report_at_ = now;
  process->next_report_ = now + report_interval;
  process->cpu_at_report_ = cpu_time();

  process->epoll_ = io::FileDescriptor{::epoll_create1(EPOLL_CLOEXEC)};
  const bool ok = process->epoll_ && process->watch(process->udp_->fd(), EPOLLIN) &&
                  process->watch(process->links_->fd(), EPOLLIN) && process->watch(process->relays_->fd(), EPOLLIN);
  if (!ok) return unexpected(io::failure_from_errno(errno, "Cannot wait for events"));
  return process;
}

Process::~Process() = default;

bool Process::watch(int fd, std::uint32_t events) noexcept {
  epoll_event event{};
  event.events = events;
  event.data.fd = fd;
  return ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0;
}

void Process::run() {
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGTERM);
  ::sigaddset(&set, SIGINT);
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
  signals_ = io::FileDescriptor{::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK)};
  static_cast<void>(watch(signals_.get(), EPOLLIN));
  while (turn(1s)) {
  }
}

Duration Process::wait_time(Instant now, Duration most) const {
  Instant next = std::min({worker_->next_deadline(), next_report_, now + most});
  if (!control_.connected()) next = std::min(next, next_control_);
  if (links_->pending()) next = std::min(next, now + link_retry);
  return next - now;
}

bool Process::turn(Duration most) {
  if (finished_) return false;
  std::array<epoll_event, 64> events{};
  const int count = wait(epoll_.get(), events, wait_time(io::steady_now(), most));
  for (int i = 0; i < count; ++i) {
    const int fd = events[static_cast<std::size_t>(i)].data.fd;
    if (fd == udp_->fd()) {
      read_udp();
    } else if (fd == links_->fd()) {
      read_links();
    } else if (fd == relays_->fd()) {
      accept_relays();
    } else if (control_.connected() && fd == control_.fd()) {
      serve_control(events[static_cast<std::size_t>(i)].events);
    } else if (signals_ && fd == signals_.get()) {
      stop_asked_ = true;
    } else {
      read_relay(fd);
    }
  }
  Instant now = io::steady_now();
  worker_->flush(now);
  if (now >= worker_->next_deadline()) worker_->handle_timeout(now);
  links_->flush();
  look_for_control(now);
  if (now >= next_report_) report(now);
  if (stop_asked_ || worker_->stopping()) finish();
  return !finished_;
}

void Process::read_udp() {
  for (int i = 0; i < batches_a_turn; ++i) {
    const std::size_t got = udp_->receive(*received_, io::steady_now());
    for (const io::UdpDatagram& d : received_->datagrams()) worker_->on_datagram(d.from, d.bytes, d.arrived);
    if (got < io::ReceiveBatch::max_datagrams) return;
  }
}

void Process::read_links() {
  const Instant now = io::steady_now();
  for (int i = 0; i < link_datagrams_a_turn; ++i) {
    const ByteView datagram = links_->receive();
    if (datagram.empty()) return;
    unpack_link(datagram, [&](std::uint32_t worker, ByteView message) { worker_->on_link(worker, message, now); });
  }
}

void Process::accept_relays() {
  while (const Relays::Connection* connection = relays_->accept())
    if (!watch(connection->fd.get(), EPOLLIN)) relays_->close(connection->fd.get());
}

void Process::read_relay(int fd) {
  const Relays::Connection* connection = relays_->find(fd);
  if (connection == nullptr) return;
  const Instant now = io::steady_now();
  for (int i = 0; i < relay_datagrams_a_turn; ++i) {
    const ssize_t size = ::recv(fd, relay_buffer_.data(), relay_buffer_.size(), MSG_DONTWAIT | MSG_TRUNC);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (size <= 0) {
      const ice::Address client = connection->client;
      relays_->close(fd);
      worker_->on_relay_closed(client, now);
      return;
    }
    const auto n = static_cast<std::size_t>(size);
    if (n <= relay_buffer_.size())
      worker_->on_relay_datagram(connection->client, MutableBytes{relay_buffer_}.first(n), now);
  }
}

void Process::look_for_control(Instant now) {
  if (control_.connected()) {
    if (control_.waiting() != watching_writes_) {
      epoll_event event{};
      watching_writes_ = control_.waiting();
      event.events = EPOLLIN | (watching_writes_ ? EPOLLOUT : 0U);
      event.data.fd = control_.fd();
      ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, control_.fd(), &event);
    }
    return;
  }
  if (now < next_control_) return;
  next_control_ = now + control_retry;
  if (!control_.connect()) return;
  watching_writes_ = false;
  static_cast<void>(watch(control_.fd(), EPOLLIN));
  // A control that was started anew knows none of the transports of the one before.
  worker_->close_all(now);
  control_.send(wire::encode(wire::media::WorkerMessage{worker_->hello(static_cast<std::uint32_t>(::getpid()))}));
}

void Process::serve_control(std::uint32_t events) {
  if ((events & EPOLLOUT) != 0) static_cast<void>(control_.write());
  if (!control_.connected() || (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) == 0) return;
  messages_.clear();
  const bool alive = control_.read(messages_);
  for (const std::string& text : messages_) {
    const auto message = wire::decode_media_control(text);
    if (!message) {
      io::log::warning("unreadable command", {{"error", wire::name_of(message.error().kind)}});
      continue;
    }
    worker_->on_control(*message, io::steady_now());
  }
  if (!alive) io::log::info("control is gone");
}

void Process::to_control(const wire::media::WorkerMessage& message) noexcept { control_.send(wire::encode(message)); }

void Process::report(Instant now) {
  const Duration cpu = cpu_time();
  const auto permille = static_cast<std::uint32_t>((cpu - cpu_at_report_).count() * 1000 /
                                                   std::max<std::int64_t>(1, (now - report_at_).count()));
  cpu_at_report_ = cpu;
  report_at_ = now;
  next_report_ = now + report_interval;
  to_control(worker_->stats(permille));
}

void Process::finish() {
  worker_->close_all(io::steady_now());
  to_control(wire::media::Stopped{});
  static_cast<void>(control_.write());
  finished_ = true;
}

}  // namespace sealhall::media
