// Clients of the worker under measurement: a few that publish, hundreds that receive. All in this process, one thread.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "bench/sfu/worker_run.h"
#include "core/congestion/feedback_builder.h"
#include "core/crypto/random.h"
#include "core/sfu/testing.h"
#include "io/dtls/secure_transport.h"
#include "io/udp/socket.h"

namespace sealhall::bench {

enum class Receiving {
  drop,    ///< media is dropped by a filter in the kernel, so that this process costs nothing
  answer,  ///< every packet is read and reported back (transport-wide feedback); some receivers decrypt too
};

/// What is published: one camera of `packets` x 1200 bytes a frame, or voices of `audio_size` bytes 50 times a second.
struct Load {
  std::size_t speakers = 0;  ///< 0: the camera
  int packets = 8;
  double frames_a_second = 30;
  std::size_t audio_size = 100;
};

struct Client {
  std::uint64_t id = 0;
  ice::Credentials credentials;
  std::unique_ptr<io::UdpSocket> socket;
  std::optional<dtls::SecureTransport> transport;
  std::optional<ice::PathId> path;
  std::optional<congestion::TransportFeedbackBuilder> feedback;
  std::optional<sfu::testing::VideoEncoder> video;
  std::optional<sfu::testing::AudioEncoder> audio;
  bool receives = false;
  bool decrypts = false;
  bool filtered = false;
  bool greeted = false;
};

struct Measured {
  double seconds = 0;
  double cpu_seconds = 0;            ///< of the worker
  double waited_seconds = 0;         ///< that the worker had to wait for a CPU
  std::uint64_t packets = 0;         ///< that left the worker
  std::uint64_t offered = 0;         ///< packets in, times receivers
  std::uint64_t received = 0;        ///< media packets that receivers have read
  std::uint64_t answers = 0;         ///< datagrams with feedback that receivers have sent
  std::vector<double> latencies_us;  ///< send call to the receiver's kernel
};

class Clients {
 public:
  Clients(WorkerRun& worker, std::size_t receivers, Receiving receiving, const Load& load);

  /// Publishes for `seconds` in real time and measures the worker meanwhile.
  Measured run(double seconds);
  [[nodiscard]] std::size_t receivers() const { return receivers_; }

 private:
  void open(std::size_t count);
  void connect();
  void greet(Client& client);
  void subscribe();
  void drop_media(Client& client);
  void turn(Duration most);
  void read(Client& client);
  void flush(Client& client);
  void on_plain(Client& client, const dtls::SecureTransport::Received& received, Instant arrived);
  void send_load(Instant now);
  void answer(Instant now);

  WorkerRun& worker_;
  std::size_t receivers_;
  Receiving receiving_;
  Load load_;
  crypto::SystemRandom random_;
  std::shared_ptr<const dtls::Identity> identity_;
  io::FileDescriptor epoll_;
  io::ReceiveBatch batch_;
  ice::Address server_;
  std::vector<std::unique_ptr<Client>> clients_;
  dtls::SecureTransport::Outbox out_;
  Instant next_send_{};
  Instant next_answer_{};
  Instant next_timeouts_{};
  std::uint64_t sent_ = 0;
  Measured measured_;
};

}  // namespace sealhall::bench
