#include "server/media/worker.h"

#include <algorithm>
#include <array>
#include <memory_resource>
#include <utility>

#include "core/ice/stun.h"
#include "io/log/log.h"

namespace sealhall::media {

namespace {

using namespace std::chrono_literals;

constexpr Duration sweep_interval = 500ms;
/// A path on which its transport was heard so recently belongs to it: nobody else's check takes it away. Longer than
/// the interval of a browser's checks; smaller lets a client that comes back from the same port in sooner.
constexpr Duration path_hold = 5s;
/// Checks are about 100 bytes, 700 with the longest user name; what is larger is no check.
constexpr std::size_t max_check_size = 800;
/// SSRCs that a client may use: its encodings with retransmission, and what it reports from.
constexpr std::size_t max_client_ssrcs = 64;

/// What is wrong with a client's end of a transport; nullptr when nothing is.
const char* why_unfit(const wire::TransportParameters& remote) {
  if (!dtls::parse_fingerprint(remote.dtls_fingerprint)) return "the client's fingerprint is not SHA-256";
  if (!ice::well_formed({remote.ice_ufrag, remote.ice_password}))
    return "the client's ICE fragment or password is malformed";
  return nullptr;
}

const char* set_remote(Transport& transport, const wire::TransportParameters& remote) {
  if (const char* wrong = why_unfit(remote)) return wrong;
  transport.peer_fingerprint = dtls::parse_fingerprint(remote.dtls_fingerprint);
  transport.ice.set_remote({remote.ice_ufrag, remote.ice_password});
  return nullptr;
}

}  // namespace

Worker::Worker(WorkerConfig config, Outside& outside, RandomSource& random, Instant now)
    : config_(std::move(config)),
      outside_(outside),
      random_(random),
      sender_(transports_, outside, counters_),
      forwarder_(config_.sfu, sender_, random),
      latest_(now),
      next_sweep_(now + sweep_interval) {}

Worker::~Worker() = default;

// ---- datagrams ----------------------------------------------------------------------------------------------------

void Worker::on_datagram(const ice::Address& from, MutableBytes datagram, Instant arrived) {
  if (is_relay_address(from)) {  // forged: these are our own names for relay connections
    ++counters_.packets_in;
    ++counters_.dropped_unknown_address;
    return;
  }
  on_input(from, datagram, arrived);
}

void Worker::on_relay_datagram(const ice::Address& client, MutableBytes datagram, Instant now) {
  on_input(client, datagram, now);
}

/// Cheapest questions first: size and first byte, then whether the address is a path, then cryptography.
void Worker::on_input(const ice::Address& from, MutableBytes datagram, Instant arrived) {
  ++counters_.packets_in;
  counters_.bytes_in += datagram.size();
  const Instant now = latest_ = std::max(latest_, arrived);
  const rtp::DatagramKind kind = rtp::classify(datagram);
  if (kind == rtp::DatagramKind::stun) return on_stun(from, datagram, now);
  if (kind == rtp::DatagramKind::unknown || kind == rtp::DatagramKind::turn_channel) {
    ++counters_.dropped_malformed;
    return;
  }
  const auto found = by_path_.find(from);
  if (found == by_path_.end()) {
    ++counters_.dropped_unknown_address;
    return;
  }
  Transport& transport = *found->second;
  if (kind == rtp::DatagramKind::dtls) return on_dtls(transport, from, datagram, now);
  on_srtp(transport, from, datagram, kind == rtp::DatagramKind::rtcp, now);
}

void Worker::on_stun(const ice::Address& from, ByteView datagram, Instant now) {
  if (datagram.size() > max_check_size || !stun::looks_like_stun(datagram)) {
    ++counters_.dropped_malformed;
    return;
  }
  const auto message = stun::parse(datagram);
  if (!message) {
    ++counters_.dropped_malformed;
    return;
  }
  const auto ufrag = ice::local_ufrag(*message);
  const auto found = ufrag ? by_ufrag_.find(*ufrag) : by_ufrag_.end();
  if (found == by_ufrag_.end()) {  // for nobody here: no answer, whoever asks
    ++counters_.dropped_unauthenticated;
    return;
  }
  Transport& transport = *found->second;
  const auto owner = by_path_.find(from);
  const bool taken = owner != by_path_.end() && owner->second != &transport;
  if (taken && now - owner->second->ice.last_seen(from).value_or(Instant{}) < path_hold) {
    ++counters_.dropped_wrong_sender;
    return;
  }
  std::array<std::uint8_t, 256> reply{};
  const auto answer = transport.ice.on_check(*message, from, now, reply);
  if (answer.error) {
    const bool replayed = *answer.error == ice::LiteAgent::CheckError::replayed;
    ++(replayed ? counters_.dropped_replayed : counters_.dropped_unauthenticated);
    if (answer.size > 0) sender_.send_answer(from, ByteView{reply}.first(answer.size));
    return;
  }
  if (answer.evicted) by_path_.erase(*answer.evicted);
  if (answer.new_path) {
    if (taken) {
      Transport& before = *owner->second;
      before.ice.forget(from);
      follow_path(before, now);
    }
    by_path_[from] = &transport;
  }
  if (answer.new_path || answer.selected_changed) follow_path(transport, now);
  sender_.send_answer(from, ByteView{reply}.first(answer.size));
}

void Worker::on_dtls(Transport& transport, const ice::Address& from, ByteView datagram, Instant now) {
  transport.ice.on_received(from, datagram.size());
  if (transport.receiver && transport.dtls == nullptr) return;  // a late repetition of a handshake that is over
  if (transport.dtls == nullptr) {
    transport.dtls =
        std::make_unique<dtls::Endpoint>(config_.identity, dtls::Role::server, *transport.peer_fingerprint, now);
    transport.handshaking = true;
    handshaking_.push_back(&transport);
  }
  transport.dtls->handle(datagram, now, dtls_out_);
  after_dtls(transport, now);
}

/// What OpenSSL wants sent, its keys, and its end.
void Worker::after_dtls(Transport& transport, Instant now) {
  if (const auto to = transport.ice.send_to())
    for (const Bytes& datagram : dtls_out_) sender_.send_plain(transport, *to, datagram);
  dtls_out_.clear();
  if (const auto keys = transport.dtls->take_keys(); keys && !establish(transport, *keys, now))
    return lose(transport, "srtp: no keys", now);
  if (transport.dtls->state() == dtls::Endpoint::State::failed) {
    const bool wrong = transport.dtls->error() == dtls::DtlsError::wrong_fingerprint;
    return lose(transport, wrong ? "dtls: wrong certificate" : "dtls: handshake failed", now);
  }
  if (transport.dtls->state() == dtls::Endpoint::State::closed) lose(transport, "closed by the client", now);
}

bool Worker::establish(Transport& transport, const dtls::SrtpKeys& keys, Instant now) {
  auto sender = srtp::SrtpSender::create(keys.profile, keys.send());
  auto receiver = srtp::SrtpReceiver::create(keys.profile, keys.receive(), max_client_ssrcs);
  if (!sender || !receiver) return false;
  transport.sender.emplace(std::move(*sender));
  transport.receiver.emplace(std::move(*receiver));
  follow_path(transport, now);
  forwarder_.set_connected(transport.handle, true, now);
  outside_.to_control(
      wire::media::TransportConnected{transport.id, std::string{srtp::name(keys.profile)}, transport.relayed});
  return true;
}

/// Media goes where the client's latest nomination says.
void Worker::follow_path(Transport& transport, Instant now) {
  const auto to = transport.ice.send_to();
  const bool was_relayed = transport.relayed;
  const bool had = std::exchange(transport.has_destination, to.has_value());
  if (transport.sender && had != to.has_value()) forwarder_.set_connected(transport.handle, to.has_value(), now);
  if (!to) return;
  transport.destination = *to;
  transport.relayed = is_relay_address(*to);
  transport.limited = !transport.ice.may_send(*to, std::size_t{1} << 40);
  if (had && transport.sender && was_relayed != transport.relayed)
    outside_.to_control(wire::media::TransportConnected{
        transport.id, std::string{srtp::name(transport.sender->profile())}, transport.relayed});
}

void Worker::on_authentic(Transport& transport, const ice::Address& from, Instant now) {
  transport.ice.on_authenticated(from, now);
  if (transport.limited && from == transport.destination) transport.limited = false;
  if (transport.dtls != nullptr) {
    // The client has finished the handshake: nothing of it can be needed again.
    transport.dtls->release();
    dtls::Datagrams last;
    transport.dtls->close(last);
    if (!last.empty()) transport.close_notify = std::move(last.front());
    transport.dtls.reset();
  }
}

void Worker::on_srtp(Transport& transport, const ice::Address& from, MutableBytes datagram, bool rtcp, Instant now) {
  if (!transport.receiver) {
    ++counters_.dropped_unauthenticated;
    return;
  }
  if (transport.limited) transport.ice.on_received(from, datagram.size());
  const auto size = rtcp ? transport.receiver->unprotect_rtcp(datagram) : transport.receiver->unprotect(datagram);
  if (!size) {
    switch (size.error()) {
      case srtp::SrtpError::replayed:
      case srtp::SrtpError::too_old:
        ++counters_.dropped_replayed;
        return;
      case srtp::SrtpError::malformed:
        ++counters_.dropped_malformed;
        return;
      default:
        ++counters_.dropped_unauthenticated;
        return;
    }
  }
  on_authentic(transport, from, now);
  const ByteView plain = ByteView{datagram}.first(*size);
  if (rtcp) {
    std::array<std::byte, 16 * 1024> buffer;  // more than what browsers send fits; a monster goes to the heap
    std::pmr::monotonic_buffer_resource memory{buffer.data(), buffer.size()};
    const auto messages = rtp::rtcp::parse(plain, &memory);
    if (!messages) {
      ++counters_.dropped_malformed;
      return;
    }
    forwarder_.on_rtcp(transport.handle, *messages, now);
    return;
  }
  const auto packet = rtp::parse_packet(plain);
  if (!packet) {
    ++counters_.dropped_malformed;
    return;
  }
  forwarder_.on_rtp(transport.handle, *packet, now);
}

void Worker::on_relay_closed(const ice::Address& client, Instant now) {
  now = latest_ = std::max(latest_, now);
  const auto found = by_path_.find(client);
  if (found == by_path_.end()) return;
  Transport& transport = *found->second;
  by_path_.erase(found);
  transport.ice.forget(client);
  follow_path(transport, now);
}

void Worker::on_link(std::uint32_t from_worker, ByteView datagram, Instant now) {
  latest_ = std::max(latest_, now);
  forwarder_.on_link(from_worker, datagram, latest_);
}

void Worker::flush(Instant now) {
  latest_ = std::max(latest_, now);
  forwarder_.flush(latest_);
  sender_.flush();
}

// ---- control ------------------------------------------------------------------------------------------------------

wire::media::Hello Worker::hello(std::uint32_t pid) const {
  return {config_.worker, pid, dtls::fingerprint_text(config_.identity->fingerprint()), config_.candidates};
}

void Worker::on_control(const wire::media::ControlMessage& message, Instant now) {
  now = latest_ = std::max(latest_, now);
  const auto log_refused = [](const char* what, const auto& result) {
    if (!result) io::log::warning("command refused", {{"command", what}, {"error", static_cast<int>(result.error())}});
  };
  std::visit(
      [&]<typename T>(const T& command) {
        if constexpr (std::is_same_v<T, wire::media::OpenTransport>) {
          open(command, now);
        } else if constexpr (std::is_same_v<T, wire::media::SetRemote>) {
          const auto found = by_id_.find(command.transport);
          if (found == by_id_.end()) return;
          // Keys go to whom the first one names. Control passes on no second one; neither is it taken here.
          if (found->second->ice.has_remote()) return lose(*found->second, "a second remote end", now);
          if (const char* wrong = set_remote(*found->second, command.remote)) lose(*found->second, wrong, now);
        } else if constexpr (std::is_same_v<T, wire::media::CloseTransport>) {
          const auto found = by_id_.find(command.transport);
          if (found == by_id_.end()) return;
          say_goodbye(*found->second);
          close(*found->second, now);
        } else if constexpr (std::is_same_v<T, wire::media::SetPublished>) {
          log_refused("set_published", forwarder_.set_published(command, now));
        } else if constexpr (std::is_same_v<T, wire::media::SetRemotePublished>) {
          log_refused("set_remote_published", forwarder_.set_remote_published(command, now));
        } else if constexpr (std::is_same_v<T, wire::media::SetSubscribed>) {
          log_refused("set_subscribed", forwarder_.set_subscribed(command, now));
        } else if constexpr (std::is_same_v<T, wire::media::MeetingWorkers>) {
          log_refused("set_meeting_workers", forwarder_.set_meeting_workers(command, now));
        } else {
          static_assert(std::is_same_v<T, wire::media::Stop>);
          stopping_ = true;
        }
      },
      message);
}

void Worker::open(const wire::media::OpenTransport& command, Instant now) {
  const auto refuse = [&](const char* reason) {
    outside_.to_control(wire::media::TransportLost{command.transport, reason});
  };
  if (const char* wrong = command.remote ? why_unfit(*command.remote) : nullptr) return refuse(wrong);
  auto opened = forwarder_.open_transport(command, now);
  if (!opened) {
    io::log::warning("transport refused", {{"error", static_cast<int>(opened.error())}});
    return refuse("the forwarding unit refused it");
  }
  ice::Credentials local = ice::make_credentials(random_);
  while (by_ufrag_.contains(local.ufrag)) local = ice::make_credentials(random_);
  const std::size_t index = sfu::value(opened->handle);
  if (transports_.size() <= index) transports_.resize(index + 1);
  transports_[index] = std::make_unique<Transport>(opened->handle, command.transport, local, now);
  Transport* transport = transports_[index].get();
  if (command.remote) set_remote(*transport, *command.remote);
  for (const wire::Slot& slot : opened->slots) transport->slot_ssrcs.push_back(slot.ssrc);
  by_id_[command.transport] = transport;
  by_ufrag_[local.ufrag] = transport;

  wire::media::TransportReady ready;
  ready.transport = command.transport;
  ready.local = {local.ufrag, local.password, dtls::fingerprint_text(config_.identity->fingerprint()),
                 config_.candidates};
  ready.slots = std::move(opened->slots);
  outside_.to_control(ready);
}

/// RTCP BYE for all that was sent (RFC 3550 section 6.6), and close_notify.
void Worker::say_goodbye(Transport& transport) {
  constexpr std::size_t most = 31;  // the count field has five bits
  std::span<const std::uint32_t> left = transport.slot_ssrcs;
  while (transport.sender && !left.empty()) {
    const std::size_t n = std::min(most, left.size());
    const rtp::rtcp::Message bye = rtp::rtcp::Bye{{left.begin(), left.begin() + static_cast<std::ptrdiff_t>(n)}};
    sender_.send_rtcp_to(transport, {&bye, 1});
    left = left.subspan(n);
  }
  if (transport.dtls != nullptr) transport.dtls->close(dtls_out_);
  if (!transport.close_notify.empty()) dtls_out_.push_back(std::move(transport.close_notify));
  if (const auto to = transport.ice.send_to())
    for (const Bytes& datagram : dtls_out_) sender_.send_plain(transport, *to, datagram);
  dtls_out_.clear();
  transport.close_notify.clear();
}

void Worker::close(Transport& transport, Instant now) {
  if (transport.handshaking) std::erase(handshaking_, &transport);
  transport.ice.each_path([&](const ice::Address& path) {
    const auto found = by_path_.find(path);
    if (found != by_path_.end() && found->second == &transport) by_path_.erase(found);
  });
  by_ufrag_.erase(transport.ice.local().ufrag);
  by_id_.erase(transport.id);
  const sfu::TransportHandle handle = transport.handle;
  forwarder_.close_transport(handle, now);
  transports_[sfu::value(handle)].reset();
}

void Worker::lose(Transport& transport, std::string reason, Instant now) {
  io::log::info("transport lost", {{"transport", io::loggable(transport.id)}, {"reason", reason}});
  const sfu::TransportId id = transport.id;
  close(transport, now);
  outside_.to_control(wire::media::TransportLost{id, std::move(reason)});
}

void Worker::close_all(Instant now) {
  latest_ = std::max(latest_, now);
  for (const auto& transport : transports_)
    if (transport != nullptr) say_goodbye(*transport);
  sender_.flush();
  for (std::size_t i = 0; i < transports_.size(); ++i)
    if (transports_[i] != nullptr) close(*transports_[i], latest_);
}

// ---- time ---------------------------------------------------------------------------------------------------------

Instant Worker::next_deadline() const {
  Instant next = next_sweep_;
  if (const auto deadline = forwarder_.next_deadline()) next = std::min(next, *deadline);
  for (const Transport* transport : handshaking_)
    if (const auto deadline = transport->dtls ? transport->dtls->next_deadline() : std::nullopt)
      next = std::min(next, *deadline);
  return next;
}

void Worker::handle_timeout(Instant now) {
  now = latest_ = std::max(latest_, now);
  run_handshakes(now);
  if (now >= next_sweep_) sweep(now);
  const auto deadline = forwarder_.next_deadline();
  if (deadline && now >= *deadline) forwarder_.tick(now);
  sender_.flush();
}

void Worker::run_handshakes(Instant now) {
  for (std::size_t i = 0; i < handshaking_.size();) {
    Transport& transport = *handshaking_[i];
    const auto deadline = transport.dtls ? transport.dtls->next_deadline() : std::nullopt;
    if (!deadline) {  // done, one way or the other
      transport.handshaking = false;
      handshaking_[i] = handshaking_.back();
      handshaking_.pop_back();
      continue;
    }
    const std::size_t before = handshaking_.size();
    if (now >= *deadline) {
      transport.dtls->handle_timeout(now, dtls_out_);
      after_dtls(transport, now);
    }
    if (handshaking_.size() == before) ++i;  // otherwise the transport was lost and its place has another one
  }
}

/// RFC 7675 section 5.1: without consent nothing may be sent, so the transport ends.
void Worker::sweep(Instant now) {
  next_sweep_ = now + sweep_interval;
  for (wire::media::TransportQuality& sample : forwarder_.take_quality(now)) outside_.to_control(std::move(sample));
  for (std::size_t i = 0; i < transports_.size(); ++i)
    if (transports_[i] != nullptr && transports_[i]->ice.consent_expired(now))
      lose(*transports_[i], "no check for 30 seconds", now);
}

wire::media::WorkerStats Worker::stats(std::uint32_t cpu_permille) const {
  const sfu::Stats& sfu = forwarder_.stats();
  wire::media::WorkerStats stats;
  stats.worker = config_.worker;
  stats.transports = static_cast<std::uint32_t>(by_id_.size());
  stats.packets_in = counters_.packets_in;
  stats.packets_out = counters_.packets_out;
  stats.bytes_in = counters_.bytes_in;
  stats.bytes_out = counters_.bytes_out;
  stats.dropped_malformed = counters_.dropped_malformed + sfu.dropped_malformed;
  stats.dropped_unauthenticated = counters_.dropped_unauthenticated;
  stats.dropped_replayed = counters_.dropped_replayed;
  stats.dropped_unknown_address = counters_.dropped_unknown_address;
  stats.dropped_wrong_sender = counters_.dropped_wrong_sender + sfu.dropped_unannounced;
  stats.cpu_permille = cpu_permille;
  return stats;
}

}  // namespace sealhall::media
