#include "bench/sfu/clients.h"

#include <linux/filter.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>

#include "core/rtp/rtcp.h"
#include "io/net/clock.h"

namespace sealhall::bench {

using namespace std::chrono_literals;

namespace {
/// Receivers that decrypt and measure latency; the others read headers only, so that this process keeps up.
constexpr std::size_t decrypting = 6;
constexpr std::uint32_t audio_slots = 8;
constexpr std::uint32_t video_slots = 4;
constexpr std::size_t payload_size = 1200 - 20 - 6;  // an RTP packet of 1200 bytes
constexpr std::size_t time_offset = 16;              // of the send time in the payload, behind VideoEncoder's marks
}  // namespace

Clients::Clients(WorkerRun& worker, std::size_t receivers, Receiving receiving, const Load& load)
    : worker_(worker),
      receivers_(receivers),
      receiving_(receiving),
      load_(load),
      identity_(*dtls::Identity::create(dtls::native_profiles)),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      server_(*ice::Address::parse(worker.hello().candidates.at(0).address, worker.hello().candidates.at(0).port)) {
  const std::size_t publishers = std::max<std::size_t>(load.speakers, 1);
  open(publishers + receivers);
  connect();
  subscribe();
}

void Clients::open(std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    auto client = std::make_unique<Client>();
    client->id = i + 1;
    client->receives = i >= count - receivers_;
    client->decrypts = client->receives && i >= count - decrypting;
    client->credentials = ice::make_credentials(random_);
    auto socket = io::UdpSocket::open(
        {.bind = *ice::Address::parse("127.0.0.1", 0), .receive_buffer = 1 << 20, .send_buffer = 1 << 20});
    if (!socket) give_up("no more sockets: " + socket.error().reason);
    client->socket = std::move(*socket);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = i;
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, client->socket->fd(), &event);

    wire::media::OpenTransport command;
    command.transport = client->id;
    command.meeting = "00112233445566778899aabbccddeeff";
    command.participant = static_cast<std::uint32_t>(client->id);
    command.remote = {
        client->credentials.ufrag, client->credentials.password, dtls::fingerprint_text(identity_->fingerprint()), {}};
    command.audio_slots = client->receives ? audio_slots : 0;
    command.video_slots = client->receives ? video_slots : 0;
    worker_.say(command);
    clients_.push_back(std::move(client));
    worker_.listen(0);
  }
  for (int i = 0; i < 300 && worker_.ready.size() < count; ++i) worker_.listen(100);
  if (worker_.ready.size() < count) give_up("the worker did not open all transports");
}

void Clients::connect() {
  // A few at a time: handshakes are what a meeting's start is made of, not what is measured here.
  constexpr std::size_t at_once = 16;
  const Instant give_up_at = io::steady_now() + 120s;
  std::size_t started = 0;
  for (;;) {
    std::size_t connected = 0;
    for (std::size_t i = 0; i < started; ++i) {
      Client& client = *clients_[i];
      if (client.transport->state() != dtls::SecureTransport::State::connected) continue;
      ++connected;
      if (!client.greeted) greet(client);
    }
    if (connected == clients_.size() && worker_.connected >= clients_.size()) return;
    while (started < clients_.size() && started < connected + at_once) {
      Client& client = *clients_[started++];
      const wire::TransportParameters& local = worker_.ready[client.id].local;
      dtls::SecureTransportConfig config;
      config.local = client.credentials;
      config.remote = {local.ice_ufrag, local.ice_password};
      config.remote_fingerprint = *dtls::parse_fingerprint(local.dtls_fingerprint);
      config.identity = identity_;
      config.frugal = true;
      const Instant now = io::steady_now();
      client.transport.emplace(std::move(config), random_, now);
      client.path = client.transport->add_path(ice::PathKind::udp, server_, now, out_);
      flush(client);
    }
    turn(2ms);
    worker_.listen(0);
    if (io::steady_now() > give_up_at) give_up("clients did not connect");
  }
}

/// As every real client does at once: its first SRTP or SRTCP packet tells the worker that the handshake is over.
void Clients::greet(Client& client) {
  client.greeted = true;
  client.feedback.emplace(static_cast<std::uint32_t>(client.id), 1U);
  std::array<std::uint8_t, 64> rtcp{};
  const rtp::rtcp::Message hello = rtp::rtcp::ReceiverReport{static_cast<std::uint32_t>(client.id), {}};
  const auto size = rtp::rtcp::write({&hello, 1}, rtcp);
  static_cast<void>(client.transport->send_rtcp(ByteView{rtcp}.first(*size), io::steady_now(), out_));
  flush(client);
}

void Clients::subscribe() {
  const Instant now = io::steady_now();
  for (const auto& client : clients_) {
    if (receiving_ == Receiving::drop) client->transport->set_media_expected(false, now);
    if (client->receives) {
      if (load_.speakers == 0) {
        wire::media::SetSubscribed command;
        command.transport = client->id;
        wire::VideoWish wish;
        wish.slot = audio_slots;
        wish.participant = 1;
        wish.max_height = 720;
        command.videos.push_back(wish);
        worker_.say(command);
      }
      if (receiving_ == Receiving::drop) drop_media(*client);
      continue;
    }
    wire::media::SetPublished command;
    command.transport = client->id;
    if (load_.speakers == 0) {
      command.sources.push_back(sfu::testing::Room::camera_source(1, 1));
      command.sources[0].encodings[0].max_bitrate_bps =
          static_cast<std::uint32_t>(load_.packets * 1200 * 8 * load_.frames_a_second);
      client->video.emplace(command.sources[0].encodings[0].ssrc, 1);
      client->video->temporal_layers = false;
    } else {
      command.sources.push_back(sfu::testing::Room::audio_source(static_cast<std::uint32_t>(client->id)));
      client->audio.emplace(command.sources[0].encodings[0].ssrc, client->id);
    }
    worker_.say(command);
  }
}

/// Media and RTCP (first byte 128..191, RFC 7983) end in the kernel; ICE goes on.
void Clients::drop_media(Client& client) {
  sock_filter code[] = {BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 8),  // behind the UDP header
                        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 128, 0, 1), BPF_STMT(BPF_RET | BPF_K, 0),
                        BPF_STMT(BPF_RET | BPF_K, 0xffff)};
  const sock_fprog program{4, code};
  ::setsockopt(client.socket->fd(), SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
  client.filtered = true;
}

void Clients::flush(Client& client) {
  for (const auto& transmit : out_.transmits) {
    const io::OutMessage message{transmit.to, transmit.data, static_cast<std::uint16_t>(transmit.data.size())};
    client.socket->send({&message, 1});
  }
  out_.clear();
}

void Clients::on_plain(Client& client, const dtls::SecureTransport::Received& received, Instant arrived) {
  if (received.rtcp) {
    const auto messages = rtp::rtcp::parse(received.packet);
    if (!messages || !client.video) return;
    for (const auto& message : *messages) {
      if (std::holds_alternative<rtp::rtcp::Pli>(message)) client.video->want_key();
    }
    return;
  }
  const auto packet = rtp::parse_packet(received.packet);
  if (!packet || packet->payload.size() < 60 || packet->payload_type == rtp::payload_type::probe) return;
  const std::size_t at = load_.speakers == 0 ? 6 + time_offset : time_offset;
  if (packet->payload_type == rtp::payload_type::vp8_rtx) return;
  const auto sent = static_cast<std::int64_t>(load_u64(&packet->payload[at]));
  const Duration latency = arrived.time_since_epoch() - Duration{sent};
  if (latency >= Duration{0} && latency < 10s) measured_.latencies_us.push_back(static_cast<double>(latency.count()));
}

void Clients::read(Client& client) {
  const Instant now = io::steady_now();
  while (client.socket->receive(batch_, now) != 0) {
    for (io::UdpDatagram& datagram : batch_.datagrams()) {
      const bool media = rtp::classify(datagram.bytes) == rtp::DatagramKind::rtp;
      if (media && client.receives) {
        // The header is in the clear under SRTP; its transport-wide number is all that feedback needs.
        ++measured_.received;
        const auto packet = rtp::parse_packet(datagram.bytes);
        const auto number = packet ? rtp::transport_sequence(*packet) : std::nullopt;
        if (number) client.feedback->on_packet(*number, datagram.arrived);
        if (!client.decrypts) continue;
      }
      client.transport->on_datagram(*client.path, server_, datagram.bytes, now, out_);
      for (const auto& received : out_.received) on_plain(client, received, datagram.arrived);
      flush(client);
    }
    if (batch_.datagrams().size() < io::ReceiveBatch::max_datagrams) break;
  }
}

void Clients::answer(Instant now) {
  next_answer_ = now + 10ms;
  std::array<std::uint8_t, 1200> rtcp{};
  for (const auto& client : clients_) {
    if (!client->receives || client->filtered) continue;
    const auto deadline = client->feedback->next_deadline();
    if (!deadline || *deadline > now) continue;
    while (auto feedback = client->feedback->due(now)) {
      const rtp::rtcp::Message message{std::move(*feedback)};
      const auto size = rtp::rtcp::write({&message, 1}, rtcp);
      if (size && client->transport->send_rtcp(ByteView{rtcp}.first(*size), now, out_)) ++measured_.answers;
    }
    flush(*client);
  }
}

void Clients::send_load(Instant now) {
  const double interval = load_.speakers == 0 ? 1e6 / load_.frames_a_second : 20'000.0;
  next_send_ += Duration{static_cast<std::int64_t>(interval)};
  if (now - next_send_ > 200ms) next_send_ = now;  // this process was away: nothing is caught up
  const auto stamp = static_cast<std::uint64_t>(io::steady_now().time_since_epoch().count());
  for (const auto& client : clients_) {
    if (client->receives) break;
    std::vector<Bytes> packets;
    if (client->video) {
      packets = client->video->frame(load_.packets, payload_size, Duration{static_cast<std::int64_t>(interval)});
      for (Bytes& packet : packets) {
        const auto parsed = rtp::parse_packet(packet);
        store_u64(&packet[parsed->header_size + 6 + time_offset], stamp);
      }
    } else {
      packets.push_back(client->audio->packet(static_cast<std::uint8_t>(20 + client->id), true, load_.audio_size));
      const auto parsed = rtp::parse_packet(packets[0]);
      store_u64(&packets[0][parsed->header_size + time_offset], stamp);
    }
    for (const Bytes& packet : packets) static_cast<void>(client->transport->send_rtp(packet, now, out_));
    sent_ += packets.size();
    flush(*client);
  }
}

void Clients::turn(Duration most) {
  std::array<epoll_event, 64> events{};
  const auto micros = std::max<std::int64_t>(most.count(), 0);
  const timespec limit{micros / 1'000'000, (micros % 1'000'000) * 1000};
  const int count = ::epoll_pwait2(epoll_.get(), events.data(), static_cast<int>(events.size()), &limit, nullptr);
  for (int i = 0; i < count; ++i) {
    Client& client = *clients_[events[static_cast<std::size_t>(i)].data.u64];
    if (client.transport) read(client);
  }
  const Instant now = io::steady_now();
  if (now < next_timeouts_) return;
  next_timeouts_ = now + 20ms;
  for (const auto& client : clients_) {
    if (!client->transport) continue;
    const auto deadline = client->transport->next_deadline();
    if (!deadline || *deadline > now) continue;
    client->transport->handle_timeout(now, out_);
    for (const auto& received : out_.received) on_plain(*client, received, now);
    flush(*client);
  }
}

Measured Clients::run(double seconds) {
  worker_.listen(0);
  // The worker tells its counters every second; between two reports of it everything is measured.
  const auto play_to_report = [&](std::size_t report) {
    while (worker_.reports < report) {
      const Instant now = io::steady_now();
      if (next_send_ == Instant{}) next_send_ = now;
      if (now >= next_send_) send_load(now);
      if (receiving_ == Receiving::answer && now >= next_answer_) answer(now);
      turn(std::min<Duration>(next_send_ - io::steady_now(), 5ms));
      worker_.listen(0);
    }
  };
  play_to_report(worker_.reports + 1);
  measured_ = {};
  const std::uint64_t packets = worker_.stats.packets_out;
  const double cpu = worker_.process().cpu_seconds();
  const double waited = worker_.process().waited_seconds();
  const Instant from = io::steady_now();
  sent_ = 0;
  play_to_report(worker_.reports + static_cast<std::size_t>(seconds));
  measured_.packets = worker_.stats.packets_out - packets;
  measured_.cpu_seconds = worker_.process().cpu_seconds() - cpu;
  measured_.waited_seconds = worker_.process().waited_seconds() - waited;
  measured_.seconds = to_seconds(io::steady_now() - from);
  measured_.offered = sent_ * receivers_;
  return measured_;
}

}  // namespace sealhall::bench
