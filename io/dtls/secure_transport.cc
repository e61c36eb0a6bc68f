#include "io/dtls/secure_transport.h"

#include <utility>

#include "core/ice/stun.h"
#include "core/rtp/packet.h"
#include "core/rtp/profile.h"
#include "core/srtp/srtp.h"

namespace sealhall::dtls {

struct SecureTransport::Srtp {
  srtp::SrtpSender sender;
  srtp::SrtpReceiver receiver;
};

namespace {

ice::AgentConfig agent_config(const SecureTransportConfig& config) {
  ice::AgentConfig agent = config.ice;
  agent.local = config.local;
  agent.remote = config.remote;
  return agent;
}

}  // namespace

SecureTransport::SecureTransport(SecureTransportConfig config, RandomSource& random, Instant now)
    : config_(std::move(config)),
      agent_(agent_config(config_), random),
      dtls_(config_.identity, Role::client, config_.remote_fingerprint, now) {}

SecureTransport::~SecureTransport() = default;

std::optional<ice::PathKind> SecureTransport::selected_kind() const noexcept {
  return agent_.selected() ? agent_.kind(*agent_.selected()) : std::nullopt;
}

std::optional<Duration> SecureTransport::round_trip() const noexcept {
  return agent_.selected() ? agent_.round_trip(*agent_.selected()) : std::nullopt;
}

std::optional<ice::PathId> SecureTransport::add_path(ice::PathKind kind, const ice::Address& remote, Instant now,
                                                     Outbox& out) {
  if (state_ == State::failed || state_ == State::closed) return std::nullopt;
  const auto path = agent_.add_path(kind, remote, now, ice_out_);
  flush_ice(now, out);
  return path;
}

void SecureTransport::remove_path(ice::PathId path, Instant now, Outbox& out) {
  agent_.remove_path(path, now, ice_out_);
  flush_ice(now, out);
}

void SecureTransport::flush_ice(Instant now, Outbox& out) {
  for (ice::AgentTransmit& t : ice_out_.transmits) {
    counters_.bytes_out += t.data.size();
    ++counters_.packets_out;
    out.transmits.push_back({t.path, t.to, std::move(t.data)});
  }
  ice_out_.transmits.clear();
  for (const ice::AgentEvent& event : std::exchange(ice_out_.events, {})) {
    switch (event.kind) {
      case ice::AgentEventKind::path_valid:
        start_dtls(now, out);
        break;
      case ice::AgentEventKind::path_selected:
        out.events.push_back({EventKind::path_selected, event.path});
        break;
      case ice::AgentEventKind::path_suspect:
        out.events.push_back({EventKind::path_suspect, event.path});
        break;
      case ice::AgentEventKind::path_dead:
        out.events.push_back({EventKind::path_dead, event.path});
        break;
      case ice::AgentEventKind::failed:
        fail(Error::ice_failed, out);
        break;
    }
  }
}

void SecureTransport::start_dtls(Instant now, Outbox& out) {
  if (std::exchange(dtls_started_, true)) return;
  dtls_.start(now, dtls_out_);
  flush_dtls(now, out);
}

void SecureTransport::flush_dtls(Instant, Outbox& out) {
  const auto path = agent_.send_path();
  for (Bytes& datagram : dtls_out_) {
    if (!path) break;  // a retransmission comes when there is a path again
    counters_.bytes_out += datagram.size();
    ++counters_.packets_out;
    out.transmits.push_back({*path, *agent_.remote(*path), std::move(datagram)});
  }
  dtls_out_.clear();
}

void SecureTransport::on_dtls_progress(Instant now, Outbox& out) {
  flush_dtls(now, out);
  if (auto keys = dtls_.take_keys()) {
    auto sender = srtp::SrtpSender::create(keys->profile, keys->send());
    auto receiver = srtp::SrtpReceiver::create(keys->profile, keys->receive(), 512);
    if (!sender || !receiver) return fail(Error::dtls_failed, out);
    srtp_ = std::make_unique<Srtp>(std::move(*sender), std::move(*receiver));
    profile_ = keys->profile;
    state_ = State::connected;
    agent_.set_media_expected(true, now);
    out.events.push_back({EventKind::connected, agent_.send_path().value_or(ice::PathId{})});
  }
  if (state_ == State::failed || state_ == State::closed) return;
  if (dtls_.state() == Endpoint::State::failed) fail(Error::dtls_failed, out);
  if (dtls_.state() == Endpoint::State::closed) {
    state_ = State::closed;
    error_ = Error::closed_by_peer;
    out.events.push_back({EventKind::closed, {}});
  }
}

void SecureTransport::on_datagram(ice::PathId path, const ice::Address& from, MutableBytes datagram, Instant now,
                                  Outbox& out) {
  if (state_ == State::failed || state_ == State::closed) return;
  ++counters_.packets_in;
  counters_.bytes_in += datagram.size();
  // Media and DTLS are accepted from the other end of a path only; both are authenticated below.
  const bool from_server = agent_.remote(path) == from;
  switch (rtp::classify(datagram)) {
    case rtp::DatagramKind::stun:
      if (!agent_.on_datagram(path, from, datagram, now, ice_out_)) ++counters_.dropped_unauthenticated;
      flush_ice(now, out);
      return;
    case rtp::DatagramKind::dtls:
      if (!from_server || !dtls_started_) {
        ++counters_.dropped_other;
        return;
      }
      dtls_.handle(datagram, now, dtls_out_);
      on_dtls_progress(now, out);
      return;
    case rtp::DatagramKind::rtp:
    case rtp::DatagramKind::rtcp: {
      if (!from_server || !srtp_) {
        ++counters_.dropped_other;
        return;
      }
      const bool rtcp = rtp::classify(datagram) == rtp::DatagramKind::rtcp;
      const auto size = rtcp ? srtp_->receiver.unprotect_rtcp(datagram) : srtp_->receiver.unprotect(datagram);
      if (!size) {
        const bool replay = size.error() == srtp::SrtpError::replayed || size.error() == srtp::SrtpError::too_old;
        ++(replay ? counters_.dropped_replayed : counters_.dropped_unauthenticated);
        return;
      }
      if (config_.frugal && !dtls_.released()) dtls_.release();
      const MutableBytes plain = datagram.first(*size);
      out.received.push_back({rtcp, Bytes(plain.begin(), plain.end())});
      return;
    }
    default:
      ++counters_.dropped_other;
  }
}

expected<void, SecureTransport::SendError> SecureTransport::send(ByteView packet, bool rtcp, Outbox& out) {
  const auto path = agent_.send_path();
  if (state_ != State::connected || !path) return unexpected(SendError::not_connected);
  if (packet.size() > rtp::max_datagram_size - srtp::max_overhead) return unexpected(SendError::too_large);
  Bytes datagram(packet.size() + srtp::max_overhead);
  std::copy(packet.begin(), packet.end(), datagram.begin());
  const auto size =
      rtcp ? srtp_->sender.protect_rtcp(packet, datagram) : srtp_->sender.protect_in_place(datagram, packet.size());
  if (!size) return unexpected(SendError::refused);
  datagram.resize(*size);
  counters_.bytes_out += *size;
  ++counters_.packets_out;
  out.transmits.push_back({*path, *agent_.remote(*path), std::move(datagram)});
  return {};
}

expected<void, SecureTransport::SendError> SecureTransport::send_rtp(ByteView packet, Instant, Outbox& out) {
  return send(packet, false, out);
}
expected<void, SecureTransport::SendError> SecureTransport::send_rtcp(ByteView packet, Instant, Outbox& out) {
  return send(packet, true, out);
}

void SecureTransport::set_media_expected(bool expected, Instant now) noexcept {
  agent_.set_media_expected(expected, now);
}

void SecureTransport::close(Instant now, Outbox& out) {
  if (state_ == State::failed || state_ == State::closed) return;
  dtls_.close(dtls_out_);
  flush_dtls(now, out);
  state_ = State::closed;
}

void SecureTransport::fail(Error error, Outbox& out) {
  if (state_ == State::failed || state_ == State::closed) return;
  state_ = State::failed;
  error_ = error;
  out.events.push_back({EventKind::failed, {}});
}

std::optional<Instant> SecureTransport::next_deadline() const noexcept {
  if (state_ == State::failed || state_ == State::closed) return std::nullopt;
  auto next = agent_.next_deadline();
  if (dtls_started_)
    if (const auto d = dtls_.next_deadline()) next = next ? std::min(*next, *d) : d;
  return next;
}

void SecureTransport::handle_timeout(Instant now, Outbox& out) {
  if (state_ == State::failed || state_ == State::closed) return;
  agent_.handle_timeout(now, ice_out_);
  flush_ice(now, out);
  if (!dtls_started_) return;
  const auto deadline = dtls_.next_deadline();
  if (deadline && now >= *deadline) {
    dtls_.handle_timeout(now, dtls_out_);
    on_dtls_progress(now, out);
  }
}

}  // namespace sealhall::dtls
