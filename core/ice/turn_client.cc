// Tested in turn_session_test.cc, both ends against each other.
#include "core/ice/turn_client.h"

#include <algorithm>
#include <array>
#include <utility>

namespace sealhall::turn {

namespace {

using stun::Builder;
using stun::Class;
namespace attribute = stun::attribute;
namespace method = stun::method;

constexpr std::size_t max_peers = 16;
constexpr std::uint32_t max_tries = 3;  // 401, 438, then it is no use
constexpr Duration renew_before = std::chrono::minutes{1};
constexpr std::uint32_t request_udp = 17U << 24;  // REQUESTED-TRANSPORT, RFC 8656 section 18.8

}  // namespace

Client::Client(ClientConfig config, RandomSource& random) : config_(std::move(config)), random_(random) {}

void Client::fail(TurnError error, ClientOutbox& out) {
  if (state_ == State::failed) return;
  state_ = State::failed;
  pending_.clear();
  out.failed = error;
}

void Client::start(Instant now, ClientOutbox& out) {
  if (state_ != State::idle) return;
  state_ = State::allocating;
  request_allocation(0, now, out);
}

void Client::send_request(Builder& builder, MutableBytes buffer, const Pending& pending, ClientOutbox& out) {
  if (!nonce_.empty()) {  // the first request of all goes without credentials (RFC 8489 section 9.2.3.1)
    builder.text(attribute::username, config_.username)
        .text(attribute::realm, realm_)
        .text(attribute::nonce, nonce_)
        .integrity(key_);
  }
  const auto size = builder.finish();
  if (!size) return fail(TurnError::malformed, out);
  append(out.to_server, ByteView{buffer}.first(*size));
  pending_.push_back(pending);
}

void Client::request_allocation(std::uint32_t tries, Instant now, ClientOutbox& out) {
  Pending pending{.method = method::allocate, .tries = tries, .until = now + config_.answer_timeout};
  random_.fill(pending.transaction);
  std::array<std::uint8_t, stun::max_protected_size> buffer{};
  Builder builder{buffer, Class::request, pending.method, pending.transaction};
  builder.u32(attribute::requested_transport, request_udp);
  send_request(builder, buffer, pending, out);
}

void Client::request_refresh(Duration lifetime, std::uint32_t tries, Instant now, ClientOutbox& out) {
  Pending pending{.method = method::refresh,
                  .releasing = lifetime == Duration{0},
                  .tries = tries,
                  .until = now + config_.answer_timeout};
  random_.fill(pending.transaction);
  std::array<std::uint8_t, stun::max_protected_size> buffer{};
  Builder builder{buffer, Class::request, pending.method, pending.transaction};
  builder.u32(attribute::lifetime, static_cast<std::uint32_t>(lifetime / std::chrono::seconds{1}));
  send_request(builder, buffer, pending, out);
}

void Client::request_channel(Peer& peer, std::uint32_t tries, Instant now, ClientOutbox& out) {
  Pending pending{
      .method = method::channel_bind, .channel = peer.channel, .tries = tries, .until = now + config_.answer_timeout};
  random_.fill(pending.transaction);
  std::array<std::uint8_t, stun::max_protected_size> buffer{};
  Builder builder{buffer, Class::request, pending.method, pending.transaction};
  // Binding a channel installs the permission, too (RFC 8656 section 12.2).
  builder.u32(attribute::channel_number, std::uint32_t{peer.channel} << 16)
      .xor_address(attribute::xor_peer_address, peer.address);
  peer.asked = true;
  send_request(builder, buffer, pending, out);
}

void Client::on_bytes(ByteView stream, Instant now, ClientOutbox& out) {
  if (state_ == State::failed) return;
  parser_.feed(stream);
  while (state_ != State::failed) {
    const auto frame = parser_.next();
    if (!frame) return fail(frame.error(), out);
    if (!*frame) return;
    if ((*frame)->channel_data) {
      const auto peer = std::ranges::find(peers_, (*frame)->channel, &Peer::channel);
      if (peer == peers_.end() || !peer->bound) continue;
      out.received.push_back({peer->address, Bytes((*frame)->bytes.begin(), (*frame)->bytes.end())});
      continue;
    }
    const auto message = stun::parse((*frame)->bytes);
    if (!message) return fail(TurnError::malformed, out);
    on_message(*message, now, out);
  }
}

void Client::on_message(const stun::Message& message, Instant now, ClientOutbox& out) {
  if (message.kind == Class::indication) {
    if (message.method != method::data) return;
    const auto peer = message.xor_address(attribute::xor_peer_address);
    const auto data = message.find(attribute::data);
    if (!peer || !data || std::ranges::find(peers_, *peer, &Peer::address) == peers_.end()) return;
    out.received.push_back({*peer, Bytes(data->begin(), data->end())});
    return;
  }
  const auto found = std::ranges::find(pending_, message.transaction, &Pending::transaction);
  if (found == pending_.end() || found->method != message.method || message.kind == Class::request) return;
  const Pending pending = *found;
  if (message.kind == Class::success) {
    // RFC 8489 section 9.2.5: a success that is not authentic is ignored, as if it had not come.
    if (!stun::verify_integrity(message, key_)) return;
    pending_.erase(found);
    on_success(pending, message, now, out);
  } else {
    pending_.erase(found);
    on_error(pending, message, now, out);
  }
}

void Client::on_success(const Pending& pending, const stun::Message& message, Instant now, ClientOutbox& out) {
  if (pending.method == method::channel_bind) {
    const auto peer = std::ranges::find(peers_, pending.channel, &Peer::channel);
    if (peer == peers_.end()) return;
    peer->asked = false;
    peer->renew_at = now + permission_lifetime - renew_before;  // shorter than the channel's own lifetime
    if (!std::exchange(peer->bound, true)) out.peers_ready.push_back(peer->address);
    return;
  }
  if (pending.releasing) return;
  const Duration lifetime = std::chrono::seconds{message.u32(attribute::lifetime).value_or(0)};
  refresh_at_ = now + std::max<Duration>(lifetime - renew_before, renew_before);
  if (pending.method != method::allocate) return;
  const auto relayed = message.xor_address(attribute::xor_relayed_address);
  if (!relayed) return fail(TurnError::malformed, out);
  state_ = State::allocated;
  out.allocated = *relayed;
  for (Peer& peer : peers_) request_channel(peer, 0, now, out);
}

void Client::on_error(const Pending& pending, const stun::Message& message, Instant now, ClientOutbox& out) {
  if (pending.releasing) return;
  const int code = message.error_code().value_or(0);
  const bool try_again =
      (code == 401 && pending.tries == 0 && nonce_.empty()) || (code == 438 && pending.tries < max_tries);
  if (!try_again) return fail(code == 401 ? TurnError::unauthorised : TurnError::refused, out);
  const auto nonce = message.text(attribute::nonce);
  const auto realm = message.text(attribute::realm);
  if (!nonce || !realm || nonce->empty() || nonce->size() > 763 ||
      realm->size() > 763)  // RFC 8489 sections 14.9, 14.10
    return fail(TurnError::malformed, out);
  nonce_ = *nonce;
  realm_ = *realm;
  key_ = stun::long_term_key(config_.username, realm_, config_.password);
  const std::uint32_t tries = pending.tries + 1;
  if (pending.method == method::allocate) return request_allocation(tries, now, out);
  if (pending.method == method::refresh) return request_refresh(default_lifetime, tries, now, out);
  const auto peer = std::ranges::find(peers_, pending.channel, &Peer::channel);
  if (peer != peers_.end()) request_channel(*peer, tries, now, out);
}

void Client::add_peer(const ice::Address& address, Instant now, ClientOutbox& out) {
  if (peers_.size() >= max_peers || std::ranges::find(peers_, address, &Peer::address) != peers_.end()) return;
  peers_.push_back({address, static_cast<std::uint16_t>(first_channel + peers_.size()), false, {}, false});
  if (state_ == State::allocated) request_channel(peers_.back(), 0, now, out);
}

bool Client::ready(const ice::Address& address) const noexcept {
  const auto peer = std::ranges::find(peers_, address, &Peer::address);
  return state_ == State::allocated && peer != peers_.end() && peer->bound;
}

bool Client::send(const ice::Address& address, ByteView data, ClientOutbox& out) {
  if (!ready(address) || data.size() > max_frame_size - 4) return false;
  append_channel_data(out.to_server, std::ranges::find(peers_, address, &Peer::address)->channel, data);
  return true;
}

void Client::release(Instant now, ClientOutbox& out) {
  if (state_ == State::allocated) request_refresh(Duration{0}, 0, now, out);
}

std::optional<Instant> Client::next_deadline() const noexcept {
  if (state_ == State::failed) return std::nullopt;
  std::optional<Instant> next;
  const auto consider = [&next](Instant t) { next = next ? std::min(*next, t) : t; };
  for (const Pending& p : pending_) consider(p.until);
  if (state_ == State::allocated) {
    consider(refresh_at_);
    for (const Peer& p : peers_)
      if (p.bound && !p.asked) consider(p.renew_at);
  }
  return next;
}

void Client::handle_timeout(Instant now, ClientOutbox& out) {
  if (state_ == State::failed) return;
  if (std::ranges::any_of(pending_, [now](const Pending& p) { return now >= p.until; }))
    return fail(TurnError::timed_out, out);
  if (state_ != State::allocated) return;
  if (now >= refresh_at_) {
    refresh_at_ = now + default_lifetime;
    request_refresh(default_lifetime, 0, now, out);
  }
  for (Peer& peer : peers_)
    if (peer.bound && !peer.asked && now >= peer.renew_at) request_channel(peer, 0, now, out);
}

}  // namespace sealhall::turn
