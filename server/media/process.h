// The media process: one epoll loop around the worker, with its UDP port and Unix sockets.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/base/expected.h"
#include "core/crypto/random.h"
#include "io/net/error.h"
#include "io/udp/send_batch.h"
#include "io/udp/socket.h"
#include "server/media/options.h"
#include "server/media/unix_sockets.h"
#include "server/media/worker.h"

namespace sealhall::media {

class Process final : private Outside {
 public:
  /// Opens the port and the sockets. Control need not be there yet: it is looked for every 100 ms.
  static expected<std::unique_ptr<Process>, io::Failure> start(const Options& options);
  ~Process() override;

  /// Ends with SIGTERM or SIGINT, or with Stop of control, after all transports have been closed politely.
  void run();
  /// One turn of the loop; waits at most `most`. False when the process is to end.
  bool turn(Duration most);
  /// What SIGTERM does.
  void stop() noexcept { stop_asked_ = true; }

  [[nodiscard]] const ice::Address& address() const noexcept { return udp_->local(); }
  [[nodiscard]] const Worker& worker() const noexcept { return *worker_; }
  [[nodiscard]] io::UdpSocket& udp() noexcept { return *udp_; }

 private:
  explicit Process(const Options& options) : options_(options), control_(control_path(options.run)) {}

  // What the worker does to the world.
  void send(std::span<const io::OutMessage> messages) noexcept override { udp_->send(messages); }
  void send_relay(const ice::Address& client, ByteView datagram) noexcept override { relays_->send(client, datagram); }
  void send_link(std::uint32_t worker, ByteView head, ByteView body) noexcept override {
    links_->send(worker, head, body);
  }
  void to_control(const wire::media::WorkerMessage& message) noexcept override;

  bool watch(int fd, std::uint32_t events) noexcept;
  [[nodiscard]] Duration wait_time(Instant now, Duration most) const;
  void read_udp();
  void read_links();
  void accept_relays();
  void read_relay(int fd);
  void serve_control(std::uint32_t events);
  void look_for_control(Instant now);
  void report(Instant now);
  void finish();

  Options options_;
  crypto::SystemRandom random_;
  io::FileDescriptor epoll_;
  io::FileDescriptor signals_;
  std::unique_ptr<io::UdpSocket> udp_;
  std::unique_ptr<io::ReceiveBatch> received_;
  std::optional<Links> links_;
  std::optional<Relays> relays_;
  ControlChannel control_;
  std::unique_ptr<Worker> worker_;
  Bytes relay_buffer_;
  std::vector<std::string> messages_;
  Instant next_control_{};
  Instant next_report_{};
  Duration cpu_at_report_{};
  Instant report_at_{};
  bool watching_writes_ = false;
  bool stop_asked_ = false;
  bool finished_ = false;
};

}  // namespace sealhall::media
