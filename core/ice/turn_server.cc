// Tested in turn_session_test.cc, both ends against each other.
#include "core/ice/turn_server.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/base/encoding.h"

namespace sealhall::turn {

namespace {

using stun::Builder;
using stun::Class;
using stun::Message;
namespace attribute = stun::attribute;
namespace method = stun::method;

constexpr std::uint8_t transport_udp = 17;  // RFC 8656 section 18.8
constexpr std::size_t answer_size = 1024;   // NONCE, REALM and SOFTWARE are ours and short

/// EVEN-PORT, RESERVATION-TOKEN and DONT-FRAGMENT are missing on purpose: a virtual relay address has neither ports to
/// reserve nor fragments, and 420 says so (RFC 8656 section 7.2).
constexpr std::array known_attributes{attribute::username,
                                      attribute::realm,
                                      attribute::nonce,
                                      attribute::lifetime,
                                      attribute::channel_number,
                                      attribute::data,
                                      attribute::xor_peer_address,
                                      attribute::requested_transport,
                                      attribute::requested_address_family};

/// Permissions are by IP address (RFC 8656 section 9).
ice::Address without_port(ice::Address address) noexcept {
  address.port = 0;
  return address;
}

}  // namespace

ServerSession::ServerSession(ServerConfig config, Authority& authority, RandomSource& random, Instant now)
    : config_(std::move(config)), authority_(authority), random_(random), started_(now) {
  renew_nonce(now);
}

ServerSession::~ServerSession() {
  if (allocation_) authority_.release_allocation(username_, allocation_->relayed);
  wipe(key_);
}

void ServerSession::renew_nonce(Instant now) {
  std::array<std::uint8_t, 16> bytes{};
  random_.fill(bytes);
  nonce_ = to_hex(bytes);
  nonce_until_ = now + config_.nonce_lifetime;
}

std::optional<ice::Address> ServerSession::relayed() const noexcept {
  return allocation_ ? std::optional{allocation_->relayed} : std::nullopt;
}

void ServerSession::on_bytes(ByteView stream, Instant now, ServerOutbox& out) {
  if (closed_) return;
  parser_.feed(stream);
  for (;;) {
    const auto frame = parser_.next();
    if (!frame) {
      out.close = frame.error();
      closed_ = true;
    }
    if (closed_ || !*frame) return;
    if ((*frame)->channel_data) {
      on_channel_data(**frame, now, out);
    } else {
      on_frame(**frame, now, out);
    }
  }
}

void ServerSession::on_frame(const Frame& frame, Instant now, ServerOutbox& out) {
  const auto message = stun::parse(frame.bytes);
  if (!message) {
    out.close = TurnError::malformed;
    closed_ = true;
    return;
  }
  if (message->kind == Class::request) {
    on_request(*message, now, out);
  } else if (message->kind == Class::indication && message->method == method::send) {
    on_send(*message, now, out);
  }
  if (errors_ > config_.max_errors && !closed_) {
    out.close = TurnError::too_many_errors;
    closed_ = true;
  }
}

void ServerSession::refuse(const Message& request, int code, bool authenticated, ServerOutbox& out) {
  ++errors_;
  std::array<std::uint8_t, answer_size> buffer{};
  Builder builder{buffer, Class::error, request.method, request.transaction};
  builder.error(code, {});
  if (code == 420) builder.unknown(stun::unknown_required(request, known_attributes));
  if (authenticated) builder.integrity(key_);
  if (const auto size = builder.finish()) append(out.to_client, ByteView{buffer}.first(*size));
}

/// RFC 8489 section 9.2.4: 401 and 438 carry what the next try needs.
void ServerSession::challenge(const Message& request, int code, Instant now, ServerOutbox& out) {
  ++errors_;
  if (now >= nonce_until_) renew_nonce(now);
  std::array<std::uint8_t, answer_size> buffer{};
  Builder builder{buffer, Class::error, request.method, request.transaction};
  builder.error(code, {}).text(attribute::realm, config_.realm).text(attribute::nonce, nonce_);
  if (const auto size = builder.finish()) append(out.to_client, ByteView{buffer}.first(*size));
}

void ServerSession::finish_success(Builder& builder, MutableBytes buffer, ServerOutbox& out) const {
  if (!config_.software.empty()) builder.text(attribute::software, config_.software);
  if (const auto size = builder.integrity(key_).finish()) append(out.to_client, ByteView{buffer}.first(*size));
}

void ServerSession::on_request(const Message& request, Instant now, ServerOutbox& out) {
  if (request.method == method::binding) {  // needs no credentials (RFC 8489 section 7)
    std::array<std::uint8_t, answer_size> buffer{};
    Builder builder{buffer, Class::success, request.method, request.transaction};
    const auto size = builder.xor_address(attribute::xor_mapped_address, config_.client).finish();
    if (size) append(out.to_client, ByteView{buffer}.first(*size));
    return;
  }
  // RFC 8489 section 9.2.4, in its order.
  if (!request.integrity_at) return challenge(request, 401, now, out);
  const auto username = request.text(attribute::username);
  const auto nonce = request.text(attribute::nonce);
  if (!username || !nonce || !request.has(attribute::realm)) return refuse(request, 400, false, out);
  if (*nonce != nonce_ || now >= nonce_until_) return challenge(request, 438, now, out);
  if (allocation_ && *username != username_) return refuse(request, 441, false, out);  // RFC 8656 section 5
  if (!allocation_) {
    const auto password = authority_.password_for(*username);
    if (!password) return challenge(request, 401, now, out);
    key_ = stun::long_term_key(*username, config_.realm, *password);
  }
  if (!stun::verify_integrity(request, key_)) return challenge(request, 401, now, out);
  if (stun::unknown_required(request, known_attributes).count > 0) return refuse(request, 420, true, out);

  switch (request.method) {
    case method::allocate:
      return allocate(request, *username, now, out);
    case method::refresh:
      return refresh(request, now, out);
    case method::create_permission:
      return create_permission(request, now, out);
    case method::channel_bind:
      return channel_bind(request, now, out);
    default:
      return refuse(request, 400, true, out);
  }
}

namespace {

Duration lifetime_of(const Message& request) noexcept {
  // RFC 8656 section 7.2: at least the default, at most our own maximum.
  const auto asked = request.u32(attribute::lifetime);
  if (!asked) return default_lifetime;
  return std::clamp<Duration>(std::chrono::seconds{*asked}, default_lifetime, max_lifetime);
}

std::uint32_t on_wire(Duration lifetime) noexcept {
  return static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::seconds>(lifetime).count());
}

}  // namespace

void ServerSession::allocate(const Message& request, std::string_view username, Instant now, ServerOutbox& out) {
  if (allocation_) return refuse(request, 437, true, out);
  const auto transport = request.find(attribute::requested_transport);
  if (!transport || transport->size() != 4) return refuse(request, 400, true, out);
  if (transport->front() != transport_udp) return refuse(request, 442, true, out);
  const auto relayed = authority_.claim_allocation(username);
  if (!relayed) return refuse(request, 486, true, out);
  if (const auto family = request.find(attribute::requested_address_family)) {
    const std::uint8_t ours = relayed->family == ice::Family::ipv4 ? 1 : 2;
    if (family->size() != 4 || family->front() != ours) {
      authority_.release_allocation(username, *relayed);
      return refuse(request, family->size() == 4 ? 440 : 400, true, out);
    }
  }
  const Duration lifetime = lifetime_of(request);
  username_ = username;
  allocation_ = Allocation{*relayed, now + lifetime, {}, {}};
  out.allocated = *relayed;
  std::array<std::uint8_t, answer_size> buffer{};
  Builder builder{buffer, Class::success, request.method, request.transaction};
  builder.xor_address(attribute::xor_relayed_address, *relayed)
      .u32(attribute::lifetime, on_wire(lifetime))
      .xor_address(attribute::xor_mapped_address, config_.client);
  finish_success(builder, buffer, out);
}

void ServerSession::refresh(const Message& request, Instant now, ServerOutbox& out) {
  if (!allocation_) return refuse(request, 437, true, out);
  const bool ends = request.u32(attribute::lifetime) == 0U;  // RFC 8656 section 8.2
  const Duration lifetime = ends ? Duration{0} : lifetime_of(request);
  std::array<std::uint8_t, answer_size> buffer{};
  Builder builder{buffer, Class::success, request.method, request.transaction};
  builder.u32(attribute::lifetime, on_wire(lifetime));
  finish_success(builder, buffer, out);
  if (ends) {
    started_ = now;
    release(out);
  } else {
    allocation_->until = now + lifetime;
  }
}

expected<void, int> ServerSession::permit(const ice::Address& peer, Instant now) {
  if (peer.family != allocation_->relayed.family && !authority_.permits_peer(peer)) return unexpected(443);
  if (!authority_.permits_peer(peer)) return unexpected(403);
  auto& permissions = allocation_->permissions;
  std::erase_if(permissions, [now](const Permission& p) { return now >= p.until; });
  const ice::Address key = without_port(peer);
  const auto found = std::ranges::find(permissions, key, &Permission::peer);
  if (found != permissions.end()) {
    found->until = now + permission_lifetime;
    return {};
  }
  if (permissions.size() >= config_.max_permissions) return unexpected(508);
  permissions.push_back({key, now + permission_lifetime});
  return {};
}

bool ServerSession::permitted(const ice::Address& peer, Instant now) const noexcept {
  if (!allocation_ || now >= allocation_->until) return false;
  const auto found = std::ranges::find(allocation_->permissions, without_port(peer), &Permission::peer);
  return found != allocation_->permissions.end() && now < found->until;
}

void ServerSession::create_permission(const Message& request, Instant now, ServerOutbox& out) {
  if (!allocation_) return refuse(request, 437, true, out);
  int error = 0;
  std::vector<ice::Address> peers;
  request.each(attribute::xor_peer_address, [&](ByteView value) {
    const auto peer = request.read_xor_address(value);
    if (!peer) {
      error = 400;
    } else if (peers.size() < config_.max_permissions) {
      peers.push_back(*peer);
    } else {
      error = 508;
    }
  });
  if (peers.empty() && error == 0) error = 400;
  // RFC 8656 section 10.2: one peer that is not allowed refuses them all, before any is installed.
  for (const ice::Address& peer : peers)
    if (error == 0 && !authority_.permits_peer(peer)) error = 403;
  for (const ice::Address& peer : peers) {
    if (error != 0) break;
    const auto done = permit(peer, now);
    if (!done) error = done.error();
  }
  if (error != 0) return refuse(request, error, true, out);
  std::array<std::uint8_t, answer_size> buffer{};
  Builder builder{buffer, Class::success, request.method, request.transaction};
  finish_success(builder, buffer, out);
}

void ServerSession::channel_bind(const Message& request, Instant now, ServerOutbox& out) {
  if (!allocation_) return refuse(request, 437, true, out);
  const auto number = request.find(attribute::channel_number);
  const auto peer = request.xor_address(attribute::xor_peer_address);
  if (!number || number->size() != 4 || !peer) return refuse(request, 400, true, out);
  const std::uint16_t channel = load_u16(number->data());
  if (channel < first_channel || channel > last_channel) return refuse(request, 400, true, out);
  auto& channels = allocation_->channels;
  std::erase_if(channels, [now](const Channel& c) { return now >= c.until; });
  // RFC 8656 section 12.2: neither the number nor the peer may be bound to something else.
  for (const Channel& c : channels)
    if ((c.number == channel) != (c.peer == *peer)) return refuse(request, 400, true, out);
  const auto found = std::ranges::find(channels, channel, &Channel::number);
  if (found == channels.end() && channels.size() >= config_.max_channels) return refuse(request, 508, true, out);
  const auto done = permit(*peer, now);
  if (!done) return refuse(request, done.error(), true, out);
  if (found != channels.end()) {
    found->until = now + channel_lifetime;
  } else {
    channels.push_back({channel, *peer, now + channel_lifetime});
  }
  std::array<std::uint8_t, answer_size> buffer{};
  Builder builder{buffer, Class::success, request.method, request.transaction};
  finish_success(builder, buffer, out);
}

void ServerSession::on_send(const Message& indication, Instant now, ServerOutbox& out) {
  const auto peer = indication.xor_address(attribute::xor_peer_address);
  const auto data = indication.find(attribute::data);
  // RFC 8656 section 11.2: what is incomplete, not understood or not permitted is dropped in silence.
  if (!peer || !data || stun::unknown_required(indication, known_attributes).count > 0) return;
  if (!permitted(*peer, now) || !authority_.permits_peer(*peer)) return;
  out.to_peers.push_back({*peer, Bytes(data->begin(), data->end())});
}

void ServerSession::on_channel_data(const Frame& frame, Instant now, ServerOutbox& out) {
  if (!allocation_) return;
  const auto found = std::ranges::find(allocation_->channels, frame.channel, &Channel::number);
  if (found == allocation_->channels.end() || now >= found->until || !permitted(found->peer, now)) return;
  out.to_peers.push_back({found->peer, Bytes(frame.bytes.begin(), frame.bytes.end())});
}

bool ServerSession::on_peer_datagram(const ice::Address& peer, ByteView data, Instant now, ServerOutbox& out) {
  if (closed_ || !permitted(peer, now) || data.size() > max_frame_size - 64) return false;
  const auto found = std::ranges::find(allocation_->channels, peer, &Channel::peer);
  if (found != allocation_->channels.end() && now < found->until) {
    append_channel_data(out.to_client, found->number, data);
    return true;
  }
  stun::TransactionId transaction{};
  random_.fill(transaction);
  const std::size_t at = out.to_client.size();
  out.to_client.resize(at + data.size() + 64);
  Builder builder{MutableBytes{out.to_client}.subspan(at), Class::indication, method::data, transaction};
  const auto size = builder.xor_address(attribute::xor_peer_address, peer).bytes(attribute::data, data).finish();
  out.to_client.resize(at + size.value_or(0));
  return size.has_value();
}

void ServerSession::release(ServerOutbox& out) {
  authority_.release_allocation(username_, allocation_->relayed);
  allocation_.reset();
  out.released = true;
}

Instant ServerSession::next_deadline() const noexcept {
  return allocation_ ? allocation_->until : started_ + config_.unallocated_timeout;
}

void ServerSession::handle_timeout(Instant now, ServerOutbox& out) {
  if (closed_ || now < next_deadline()) return;
  if (allocation_) release(out);
  out.close = TurnError::timed_out;
  closed_ = true;
}

}  // namespace sealhall::turn
