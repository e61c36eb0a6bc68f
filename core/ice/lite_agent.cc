#include "core/ice/lite_agent.h"

#include <algorithm>

#include "core/base/check.h"

namespace sealhall::ice {

namespace {

/// The attributes of a Binding request that this agent understands (RFC 8445 section 16.1).
constexpr std::array known_attributes{stun::attribute::username, stun::attribute::priority,
                                      stun::attribute::use_candidate};

std::uint64_t transaction_key(const stun::TransactionId& transaction) noexcept {
  // 64 of the 96 random bits are enough to tell transactions apart; never 0, which marks an empty place.
  return (load_u64(transaction.data()) ^ (std::uint64_t{load_u32(transaction.data() + 8)} << 20)) | 1;
}

}  // namespace

std::optional<std::string_view> local_ufrag(const stun::Message& request) noexcept {
  const auto username = request.text(stun::attribute::username);
  if (!username) return std::nullopt;
  const std::size_t colon = username->find(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  return username->substr(0, colon);
}

LiteAgent::LiteAgent(Credentials local, Credentials remote, Instant now)
    : local_(std::move(local)), remote_(std::move(remote)), last_check_(now) {}

LiteAgent::LiteAgent(Credentials local, Instant now) : LiteAgent(std::move(local), {}, now) {}

const LiteAgent::Path* LiteAgent::find(const Address& address) const noexcept {
  for (const Path& path : paths_)
    if (path.used && path.address == address) return &path;
  return nullptr;
}

LiteAgent::Path* LiteAgent::find(const Address& address) noexcept {
  return const_cast<Path*>(static_cast<const LiteAgent*>(this)->find(address));
}

std::optional<Instant> LiteAgent::last_seen(const Address& address) const noexcept {
  const Path* path = find(address);
  return path == nullptr ? std::nullopt : std::optional{path->last_seen};
}

std::optional<Address> LiteAgent::selected() const noexcept { return selected_; }

std::optional<Address> LiteAgent::send_to() const noexcept { return selected_ ? selected_ : latest_; }

template <std::size_t places>
bool LiteAgent::Memory<places>::replayed(const stun::Message& request, const Address& from) noexcept {
  const std::uint64_t transaction = transaction_key(request.transaction);
  const std::uint64_t address = from.hash();
  for (const Seen& each : seen)
    if (each.transaction == transaction)
      return each.address != address;  // a retransmission comes from where it came from
  seen[next] = {transaction, address};
  next = (next + 1) % seen.size();
  return false;
}

std::size_t LiteAgent::refuse(const stun::Message& request, int code, MutableBytes reply) const noexcept {
  // An error without a reason is 28 bytes: shorter than any request with USERNAME or MESSAGE-INTEGRITY. A request that
  // is smaller yet gets no answer, so nobody can be made to receive more than was sent in his name.
  stun::Builder builder{reply, stun::Class::error, request.method, request.transaction};
  const auto size = builder.error(code, {}).finish();
  return size && *size <= request.bytes.size() ? *size : 0;
}

LiteAgent::Path* LiteAgent::add_path(const Address& address, Instant now, Answer& answer) noexcept {
  Path* place = nullptr;
  for (Path& path : paths_) {
    if (!path.used) {
      place = &path;
      break;
    }
    if (selected_ == path.address) continue;
    if (place == nullptr || path.last_seen < place->last_seen) place = &path;
  }
  if (place == nullptr) return nullptr;
  if (place->used) answer.evicted = place->address;
  *place = Path{};
  place->address = address;
  place->used = true;
  place->confirmed = !established_;
  place->last_seen = now;
  answer.new_path = true;
  return place;
}

LiteAgent::Answer LiteAgent::on_check(const stun::Message& request, const Address& from, Instant now,
                                      MutableBytes reply) noexcept {
  Answer answer;
  if (!has_remote() || request.kind != stun::Class::request || request.method != stun::method::binding) {
    answer.error = CheckError::not_for_us;
    return answer;
  }
  // RFC 8489 section 9.1.3: without USERNAME and MESSAGE-INTEGRITY 400, with wrong ones 401.
  const auto username = request.text(stun::attribute::username);
  if (!username || !request.integrity_at || !request.has_fingerprint) {
    answer.error = CheckError::not_for_us;
    answer.size = refuse(request, 400, reply);
    return answer;
  }
  // RFC 8445 section 7.3: what stands before the colon must be ours.
  const std::size_t half = local_.ufrag.size() + 1;
  if (username->size() <= half || local_ufrag(request) != local_.ufrag) {
    answer.error = CheckError::not_for_us;
    answer.size = refuse(request, 401, reply);
    return answer;
  }
  const ByteView key = as_bytes(local_.password);
  if (!stun::verify_integrity(request, key)) {
    answer.error = CheckError::unauthenticated;
    answer.size = refuse(request, 401, reply);
    return answer;
  }
  const bool only_asks = username->substr(half) != remote_.ufrag;
  if (only_asks ? questions_.replayed(request, from) : checks_.replayed(request, from)) {
    answer.error = CheckError::replayed;
    return answer;
  }
  const auto unknown = stun::unknown_required(request, known_attributes);
  if (unknown.count > 0) {  // RFC 8489 section 6.3.1
    answer.error = CheckError::malformed;
    stun::Builder builder{reply, stun::Class::error, request.method, request.transaction};
    answer.size = builder.error(420, {}).unknown(unknown).integrity(key).fingerprint().finish().value_or(0);
    return answer;
  }
  // RFC 8445 section 7.1.1: PRIORITY and a role are in every check. A peer that calls itself controlled would be lite,
  // too: then nobody would check, so it is refused rather than repaired.
  if (!request.u32(stun::attribute::priority) || !request.u64(stun::attribute::ice_controlling)) {
    answer.error = CheckError::malformed;
    stun::Builder builder{reply, stun::Class::error, request.method, request.transaction};
    answer.size = builder.error(400, {}).integrity(key).fingerprint().finish().value_or(0);
    return answer;
  }

  const auto accept = [&] {
    stun::Builder builder{reply, stun::Class::success, request.method, request.transaction};
    return builder.xor_address(stun::attribute::xor_mapped_address, from)
        .integrity(key)
        .fingerprint()
        .finish()
        .value_or(0);
  };
  if (only_asks) {
    answer.size = accept();
    return answer;
  }

  Path* path = find(from);
  if (path == nullptr) path = add_path(from, now, answer);
  if (path == nullptr) {
    answer.error = CheckError::table_full;
    return answer;
  }
  path->last_seen = now;
  path->received += request.bytes.size();
  last_check_ = now;
  if (!selected_) latest_ = from;
  // RFC 8445 section 7.3.1.5 and 8.2: the controlling side's latest nomination is the one that counts.
  if (request.has(stun::attribute::use_candidate) && selected_ != from) {
    selected_ = from;
    latest_ = from;
    answer.selected_changed = true;
  }

  answer.size = accept();
  path->sent += answer.size;
  return answer;
}

void LiteAgent::on_authenticated(const Address& from, Instant now) noexcept {
  Path* path = find(from);
  if (path == nullptr) return;
  path->confirmed = true;
  path->last_seen = now;
  established_ = true;
}

void LiteAgent::on_received(const Address& from, std::size_t bytes) noexcept {
  if (Path* path = find(from)) path->received += bytes;
}

void LiteAgent::on_sent(const Address& to, std::size_t bytes) noexcept {
  if (Path* path = find(to)) path->sent += bytes;
}

bool LiteAgent::may_send(const Address& to, std::size_t bytes) const noexcept {
  const Path* path = find(to);
  if (path == nullptr) return false;
  return path->confirmed || path->sent + bytes <= amplification_limit * path->received;
}

void LiteAgent::forget(const Address& address) noexcept {
  Path* path = find(address);
  if (path == nullptr) return;
  *path = Path{};
  if (selected_ == address) selected_.reset();
  if (latest_ == address) latest_.reset();
  if (!selected_ && !latest_) {
    const Path* newest = nullptr;
    for (const Path& other : paths_)
      if (other.used && (newest == nullptr || other.last_seen > newest->last_seen)) newest = &other;
    if (newest != nullptr) latest_ = newest->address;
  }
}

}  // namespace sealhall::ice
