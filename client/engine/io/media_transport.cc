#include "client/engine/io/media_transport.h"

#include <algorithm>

#include "core/srtp/profile.h"

namespace sealhall::client {

namespace {
/// UDP alone gets this long before the relay is made ready beside it. Longer saves the server idle TLS connections on
/// slow paths, shorter finds the way out of a network without UDP sooner; the promise is two seconds for everything.
constexpr Duration relay_after = std::chrono::milliseconds{350};
constexpr Duration relay_retry = std::chrono::milliseconds{800};
/// After so long on UDP without trouble the relay is given back.
constexpr Duration relay_idle = std::chrono::seconds{20};
constexpr std::size_t most_candidates = 4;
}  // namespace

expected<std::unique_ptr<MediaTransport>, std::string> MediaTransport::create(io::Loop& loop,
                                                                              const io::TlsClientContext& tls,
                                                                              RandomSource& random,
                                                                              MediaTransportConfig config,
                                                                              Handlers handlers) {
  const auto fingerprint = dtls::parse_fingerprint(config.remote.dtls_fingerprint);
  if (!fingerprint) return unexpected(std::string("The server announced a media certificate that is not SHA-256."));
  const ice::Credentials remote{.ufrag = config.remote.ice_ufrag, .password = config.remote.ice_password};
  if (!ice::well_formed(remote))
    return unexpected(std::string("The server announced media credentials that are not valid."));
  std::vector<ice::Address> candidates;
  for (const auto& candidate : config.remote.candidates) {
    if (const auto address = ice::Address::parse(candidate.address, candidate.port)) candidates.push_back(*address);
    if (candidates.size() == most_candidates) break;
  }
  if (candidates.empty()) return unexpected(std::string("The server announced no media address that can be used."));
  std::unique_ptr<MediaTransport> transport(
      new MediaTransport(loop, tls, random, std::move(config), std::move(handlers)));
  transport->candidates_ = std::move(candidates);
  transport->transport_ =
      std::make_unique<dtls::SecureTransport>(dtls::SecureTransportConfig{.local = transport->config_.local,
                                                                          .remote = remote,
                                                                          .remote_fingerprint = *fingerprint,
                                                                          .identity = transport->config_.identity,
                                                                          .ice = transport->config_.ice},
                                              random, loop.now());
  transport->start();
  return transport;
}

MediaTransport::MediaTransport(io::Loop& loop, const io::TlsClientContext& tls, RandomSource& random,
                               MediaTransportConfig config, Handlers handlers)
    : loop_(loop),
      tls_(tls),
      random_(random),
      config_(std::move(config)),
      handlers_(std::move(handlers)),
      timer_(loop),
      relay_timer_(loop),
      relay_end_timer_(loop) {}

MediaTransport::~MediaTransport() { *alive_ = false; }

void MediaTransport::start() {
  if (config_.relay_only) {
    start_relay();
  } else {
    for (const ice::Address& candidate : candidates_) open_udp(candidate);
    if (config_.relay_allowed)
      relay_timer_.after(relay_after, [this] {
        if (path() != ice::PathKind::udp) start_relay();
      });
  }
  // Nothing may call back before `create` has returned.
  loop_.post([this, alive = alive_] {
    if (*alive) flush();
  });
}

void MediaTransport::open_udp(const ice::Address& candidate) {
  const Instant now = loop_.now();
  const auto id = transport_->add_path(ice::PathKind::udp, candidate, now, out_);
  if (!id) return;
  auto socket =
      UdpSocket::open(loop_, candidate.family, [this, path = *id](const ice::Address& from, MutableBytes datagram) {
        transport_->on_datagram(path, from, datagram, loop_.now(), out_);
        flush();
      });
  if (!socket) {
    transport_->remove_path(*id, now, out_);
    return;
  }
  udp_.push_back({.socket = std::move(*socket), .id = *id, .port = candidate.port});
}

void MediaTransport::start_relay() {
  if (relay_ || failed_ || !(config_.relay_allowed || config_.relay_only)) return;
  relay_ = std::make_unique<TurnRelay>(
      loop_, tls_, random_,
      TurnRelay::Config{.server = config_.relay_server,
                        .username = config_.relay.username,
                        .password = config_.relay.password,
                        .peers = candidates_},
      TurnRelay::Handlers{.ready =
                              [this](const ice::Address& peer) {
                                const auto id = transport_->add_path(ice::PathKind::relay, peer, loop_.now(), out_);
                                if (id) relay_paths_.push_back({.peer = peer, .id = *id});
                                flush();
                              },
                          .received =
                              [this](const ice::Address& peer, MutableBytes datagram) {
                                for (const RelayPath& path : relay_paths_) {
                                  if (path.peer != peer) continue;
                                  transport_->on_datagram(path.id, peer, datagram, loop_.now(), out_);
                                  break;
                                }
                                flush();
                              },
                          .failed = [this](const std::string&) { on_relay_failed(); }});
}

void MediaTransport::on_relay_failed() {
  drop_relay();
  if (path() == ice::PathKind::udp || failed_) return;
  relay_timer_.after(relay_retry, [this] {
    if (path() != ice::PathKind::udp) start_relay();
  });
}

void MediaTransport::drop_relay() {
  for (const RelayPath& path : std::exchange(relay_paths_, {})) transport_->remove_path(path.id, loop_.now(), out_);
  old_relay_ = std::move(relay_);
  loop_.post([this, alive = alive_] {
    if (*alive) old_relay_.reset();
  });
  flush();
}

void MediaTransport::on_event(const dtls::SecureTransport::Event& event) {
  using Kind = dtls::SecureTransport::EventKind;
  switch (event.kind) {
    case Kind::connected:
      handlers_.connected();
      break;
    case Kind::path_selected: {
      ++path_changes_;
      const auto kind = path();
      if (!kind) break;
      if (*kind == ice::PathKind::udp && relay_ && !config_.relay_only) {
        relay_end_timer_.after(relay_idle, [this] {
          if (path() == ice::PathKind::udp && relay_) drop_relay();
        });
      } else {
        relay_end_timer_.cancel();
      }
      handlers_.path(*kind);
      break;
    }
    case Kind::path_suspect:
    case Kind::path_dead:
      relay_end_timer_.cancel();
      start_relay();
      break;
    case Kind::failed:
    case Kind::closed:
      if (failed_) break;
      failed_ = true;
      handlers_.failed(event.kind == Kind::closed ? "The server closed the media connection."
                                                  : "The media connection was lost.");
      break;
  }
}

void MediaTransport::transmit(const dtls::SecureTransport::Transmit& transmit) {
  for (const UdpPath& path : udp_) {
    if (path.id == transmit.path) {
      path.socket->send(transmit.to, transmit.data);
      return;
    }
  }
  if (relay_) relay_->send(transmit.to, transmit.data);
}

void MediaTransport::flush() {
  if (flushing_) return;
  flushing_ = true;
  const auto alive = alive_;
  while (!out_.transmits.empty() || !out_.received.empty() || !out_.events.empty()) {
    std::swap(out_, work_);
    out_.clear();
    for (const auto& t : work_.transmits) transmit(t);
    const Instant now = loop_.now();
    for (const auto& received : work_.received) {
      (received.rtcp ? handlers_.rtcp : handlers_.rtp)(received.packet, now);
    }
    const auto events = std::exchange(work_.events, {});
    for (const auto& event : events) {
      on_event(event);
      if (!*alive) return;
    }
  }
  flushing_ = false;
  arm();
}

void MediaTransport::arm() {
  const auto deadline = transport_->next_deadline();
  if (!deadline) return;
  // Moving a timer for every packet costs more than waking once too early.
  if (armed_ && *armed_ <= *deadline) return;
  armed_ = deadline;
  timer_.at(*deadline, [this] {
    armed_.reset();
    const Instant now = loop_.now();
    if (const auto due = transport_->next_deadline(); due && *due <= now) transport_->handle_timeout(now, out_);
    flush();
    if (!armed_) arm();
  });
}

void MediaTransport::send_rtp(ByteView packet) {
  if (!failed_ && transport_->send_rtp(packet, loop_.now(), out_)) flush();
}

void MediaTransport::send_rtcp(ByteView packet) {
  if (!failed_ && transport_->send_rtcp(packet, loop_.now(), out_)) flush();
}

void MediaTransport::close() {
  failed_ = true;  // whatever follows is not news
  transport_->close(loop_.now(), out_);
  flush();
}

bool MediaTransport::connected() const noexcept {
  return transport_->state() == dtls::SecureTransport::State::connected;
}

std::uint16_t MediaTransport::server_port() const noexcept {
  const auto selected = transport_->selected();
  if (!selected) return 0;
  for (const UdpPath& path : udp_) {
    if (path.id == *selected) return path.port;
  }
  for (const RelayPath& path : relay_paths_) {
    if (path.id == *selected) return path.peer.port;
  }
  return 0;
}

std::string MediaTransport::cipher() const {
  const auto profile = transport_->profile();
  return profile ? std::string(srtp::name(*profile)) : std::string();
}

}  // namespace sealhall::client
