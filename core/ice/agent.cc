#include "core/ice/agent.h"

#include <algorithm>
#include <utility>

namespace sealhall::ice {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t max_paths = 32;
constexpr std::size_t max_probes = 24;           // unanswered checks remembered a path
constexpr std::size_t max_check_size = 600;      // USERNAME is at most 513 bytes
constexpr Duration silence_of_a_lost_path = 2s;  // for a path that is not in use
constexpr Duration proving_interval = 400ms;     // checks of UDP that is about to take over again
constexpr std::uint32_t answers_to_prove = 4;
constexpr Duration soon_again = 60s;  // a return to UDP that lasted shorter was a mistake

/// RFC 8445 section 5.1.2.1 with the recommended preferences: peer-reflexive 110, relayed 0.
constexpr std::uint32_t priority_of(PathKind kind) noexcept {
  return ((kind == PathKind::udp ? 110U : 0U) << 24) | (65535U << 8) | 255U;
}

}  // namespace

Agent::Agent(AgentConfig config, RandomSource& random)
    : config_(std::move(config)), random_(random), tie_breaker_(random.u64()), udp_stable_(config_.udp_stable_after) {}

const Agent::Path* Agent::find(PathId id) const noexcept {
  const auto found = std::ranges::find(paths_, id, &Path::id);
  return found == paths_.end() ? nullptr : &*found;
}
Agent::Path* Agent::find(PathId id) noexcept { return const_cast<Path*>(std::as_const(*this).find(id)); }

bool Agent::has_kind(PathKind kind) const noexcept {
  return std::ranges::any_of(paths_, [kind](const Path& p) { return p.kind == kind; });
}

std::optional<Address> Agent::remote(PathId id) const noexcept {
  const Path* path = find(id);
  return path == nullptr ? std::nullopt : std::optional{path->remote};
}
std::optional<PathKind> Agent::kind(PathId id) const noexcept {
  const Path* path = find(id);
  return path == nullptr ? std::nullopt : std::optional{path->kind};
}
std::optional<Duration> Agent::round_trip(PathId id) const noexcept {
  const Path* path = find(id);
  return path == nullptr ? std::nullopt : path->srtt;
}

std::optional<PathId> Agent::send_path() const noexcept {
  if (failed_) return std::nullopt;
  // While media moves away from a dead path the new one is used before its nomination is confirmed.
  const Path* chosen = selected_ ? find(*selected_) : nullptr;
  if (chosen != nullptr && chosen->valid) return chosen->id;
  if (nominating_) return nominating_;
  if (const Path* best = best_valid()) return best->id;
  return selected_;
}

const Agent::Path* Agent::best_valid() const noexcept {
  const Path* best = nullptr;
  for (const Path& path : paths_) {
    if (!path.valid) continue;
    const bool better = best == nullptr || (path.kind == PathKind::udp && best->kind == PathKind::relay) ||
                        (path.kind == best->kind && path.srtt < best->srtt);
    if (better) best = &path;
  }
  return best;
}

std::optional<PathId> Agent::add_path(PathKind kind, const Address& remote, Instant now, AgentOutbox& out) {
  if (paths_.size() >= max_paths) return std::nullopt;
  if (paths_.empty() && next_id_ == 1) {
    started_ = now;
    last_answer_ = now;
  }
  Path path;
  path.id = PathId{next_id_++};
  path.kind = kind;
  path.remote = remote;
  path.rto = config_.initial_rto;
  paths_.push_back(std::move(path));
  send_check(paths_.back(), now, out);
  return paths_.back().id;
}

void Agent::remove_path(PathId id, Instant now, AgentOutbox& out) {
  Path* path = find(id);
  if (path == nullptr) return;
  const bool was_selected = selected_ == id;
  if (nominating_ == id) nominating_.reset();
  if (was_selected) {
    selected_.reset();
    out.events.push_back({AgentEventKind::path_dead, id});
  }
  std::erase_if(paths_, [id](const Path& p) { return p.id == id; });
  choose(now, out);
}

void Agent::set_media_expected(bool expected, Instant now) noexcept {
  if (media_expected_ == expected) return;
  media_expected_ = expected;
  Path* path = selected_ ? find(*selected_) : nullptr;
  if (expected && path != nullptr) path->next_check = std::min(path->next_check, now);
}

Duration Agent::patience(const Path& path) const noexcept {
  return 60ms + (path.srtt ? *path.srtt + *path.srtt / 2 : Duration{0});
}

std::size_t Agent::overdue(const Path& path, Instant now) const noexcept {
  const Instant limit = now - patience(path);
  return static_cast<std::size_t>(
      std::ranges::count_if(path.probes, [limit](const Probe& p) { return p.sent <= limit; }));
}

/// The wait between checks that are answered in time.
Duration Agent::idle_interval(const Path& path) noexcept {
  if (selected_ == path.id && media_expected_) return config_.liveness_interval;
  const bool proving = path.kind == PathKind::udp && selected_ && kind(*selected_) == PathKind::relay;
  if (proving) return proving_interval;
  // RFC 7675 section 5.1: randomised between 0.8 and 1.2 of the interval.
  const std::int64_t base = config_.consent_interval.count();
  return Duration{base * 8 / 10 + static_cast<std::int64_t>(random_.u32() % 1000) * base * 4 / 10 / 1000};
}

/// The wait after a check that is sent now, unless its answer comes before.
Duration Agent::check_interval(Path& path, Instant now) noexcept {
  const Duration look_again = std::max(config_.urgent_interval, patience(path));
  if (nominating_ == path.id) return look_again;
  if (!path.valid) {
    const Path* chosen = selected_ ? find(*selected_) : nullptr;
    const bool other_works = chosen != nullptr && chosen != &path && chosen->valid;
    if (other_works) return config_.udp_retry_interval;
    return std::exchange(path.rto, std::min(path.rto * 2, config_.max_rto));
  }
  // One late answer is not loss of the path; it is a reason to look closer.
  if (selected_ == path.id && media_expected_) return overdue(path, now) > 0 ? config_.urgent_interval : look_again;
  return idle_interval(path);
}

void Agent::send_check(Path& path, Instant now, AgentOutbox& out) {
  Probe probe;
  random_.fill(probe.transaction);
  probe.sent = now;
  probe.nominating = in_use(path);

  AgentTransmit transmit{path.id, path.remote, Bytes(max_check_size)};
  stun::Builder builder{transmit.data, stun::Class::request, stun::method::binding, probe.transaction};
  // RFC 8445 section 7.2.2: the peer's fragment first; integrity with the peer's password.
  builder.text(stun::attribute::username, config_.remote.ufrag + ':' + config_.local.ufrag)
      .u32(stun::attribute::priority, priority_of(path.kind))
      .u64(stun::attribute::ice_controlling, tie_breaker_);
  if (probe.nominating) builder.flag(stun::attribute::use_candidate);
  const auto size = builder.integrity(as_bytes(config_.remote.password)).fingerprint().finish();
  if (!size) return;  // credentials of absurd length
  transmit.data.resize(*size);

  path.next_check = now + check_interval(path, now);
  if (path.probes.size() == max_probes) path.probes.erase(path.probes.begin());
  path.probes.push_back(probe);
  out.transmits.push_back(std::move(transmit));
}

bool Agent::on_datagram(PathId id, const Address& from, ByteView datagram, Instant now, AgentOutbox& out) {
  Path* path = find(id);
  if (path == nullptr || path->remote != from) return false;  // RFC 8445 section 7.2.5.2.1: answers are symmetric
  const auto message = stun::parse(datagram);
  if (!message || message->method != stun::method::binding || !message->has_fingerprint) return false;
  if (message->kind == stun::Class::request) {
    const std::string username = config_.local.ufrag + ':' + config_.remote.ufrag;
    if (message->text(stun::attribute::username) != username) return false;
    if (!stun::verify_integrity(*message, as_bytes(config_.local.password))) return false;
    answer_request(*path, *message, out);
    return true;
  }
  if (message->kind != stun::Class::success) return false;
  const auto probe = std::ranges::find(path->probes, message->transaction, &Probe::transaction);
  if (probe == path->probes.end()) return false;
  if (!stun::verify_integrity(*message, as_bytes(config_.remote.password))) return false;
  on_answer(*path, static_cast<std::size_t>(probe - path->probes.begin()), now, out);
  return true;
}

void Agent::answer_request(const Path& path, const stun::Message& request, AgentOutbox& out) const {
  AgentTransmit transmit{path.id, path.remote, Bytes(128)};
  stun::Builder builder{transmit.data, stun::Class::success, stun::method::binding, request.transaction};
  const auto size = builder.xor_address(stun::attribute::xor_mapped_address, path.remote)
                        .integrity(as_bytes(config_.local.password))
                        .fingerprint()
                        .finish();
  if (!size) return;
  transmit.data.resize(*size);
  out.transmits.push_back(std::move(transmit));
}

void Agent::on_answer(Path& path, std::size_t index, Instant now, AgentOutbox& out) {
  const Probe probe = path.probes[index];
  const Duration sample = now - probe.sent;
  path.srtt = path.srtt ? (*path.srtt * 7 + sample) / 8 : sample;  // RFC 6298 section 2
  // Checks that were sent before this one are history: lost, or answered late.
  path.probes.erase(path.probes.begin(), path.probes.begin() + static_cast<std::ptrdiff_t>(index) + 1);
  path.last_answer = now;
  path.suspect = false;
  last_answer_ = now;
  if (!path.valid) {
    path.valid = true;
    path.valid_since = now;
    path.answers = 0;
    path.rto = config_.initial_rto;
    out.events.push_back({AgentEventKind::path_valid, path.id});
  }
  ++path.answers;
  if (probe.nominating && nominating_ == path.id) {
    nominating_.reset();
    if (selected_ != path.id) {
      selected_ = path.id;
      if (path.kind == PathKind::udp) udp_selected_at_ = now;
      out.events.push_back({AgentEventKind::path_selected, path.id});
    }
  }
  if (path.probes.empty() && nominating_ != path.id) path.next_check = std::max(now, probe.sent + idle_interval(path));
  choose(now, out);
}

/// The path does not answer: another one takes over if there is one.
void Agent::lose(Path& path, Instant now, AgentOutbox& out) {
  path.valid = false;
  path.suspect = false;
  path.answers = 0;
  path.rto = config_.initial_rto;
  if (nominating_ == path.id) nominating_.reset();
  out.events.push_back({AgentEventKind::path_dead, path.id});
  if (selected_ == path.id && path.kind == PathKind::udp) {
    // The first return to UDP is quick; one that did not last makes the next one slower.
    udp_stable_ = now - udp_selected_at_ < soon_again ? std::min(udp_stable_ * 2, config_.udp_stable_max)
                                                      : config_.udp_stable_after;
  }
}

void Agent::judge(Path& path, Instant now, AgentOutbox& out) {
  if (!path.valid) return;
  const Duration silence = now - path.last_answer;
  const std::size_t missing = overdue(path, now);
  if (in_use(path) && (media_expected_ || nominating_ == path.id)) {
    if (missing >= config_.dead_after_probes && silence >= config_.dead_after) {
      lose(path, now, out);
    } else if (missing >= 3 && silence >= config_.dead_after / 2 && !path.suspect) {
      path.suspect = true;
      out.events.push_back({AgentEventKind::path_suspect, path.id});
    }
    return;
  }
  if (missing >= 3 && silence >= std::max(silence_of_a_lost_path, config_.consent_interval * 3)) {
    lose(path, now, out);
  } else if (missing >= 3 && silence >= silence_of_a_lost_path && path.kind == PathKind::udp && selected_ &&
             kind(*selected_) == PathKind::relay) {
    lose(path, now, out);
  }
}

void Agent::nominate(PathId id, Instant now, AgentOutbox& out) {
  nominating_ = id;
  send_check(*find(id), now, out);
}

void Agent::choose(Instant now, AgentOutbox& out) {
  if (nominating_) return;
  const Path* chosen = selected_ ? find(*selected_) : nullptr;
  const Path* best = best_valid();
  if (best == nullptr || best == chosen) return;
  if (chosen != nullptr && chosen->valid) {
    const bool back_to_udp = chosen->kind == PathKind::relay && best->kind == PathKind::udp &&
                             best->answers >= answers_to_prove && now - best->valid_since >= udp_stable_;
    if (!back_to_udp) return;
  } else if (chosen == nullptr && best->kind == PathKind::relay && has_kind(PathKind::udp) &&
             now < started_ + config_.udp_head_start) {
    return;  // UDP still has its head start
  }
  nominate(best->id, now, out);
}

std::optional<Instant> Agent::next_deadline() const noexcept {
  if (failed_ || paths_.empty()) return std::nullopt;
  Instant next = last_answer_ + config_.consent_timeout;
  for (const Path& path : paths_) next = std::min(next, path.next_check);
  const Instant head_start_over = started_ + config_.udp_head_start;
  if (!selected_ && !nominating_ && best_valid() != nullptr) next = std::min(next, head_start_over);
  return next;
}

void Agent::handle_timeout(Instant now, AgentOutbox& out) {
  if (failed_ || paths_.empty()) return;
  if (now >= last_answer_ + config_.consent_timeout) {  // RFC 7675 section 5.1
    failed_ = true;
    out.events.push_back({AgentEventKind::failed, selected_.value_or(PathId{})});
    return;
  }
  for (Path& path : paths_) judge(path, now, out);
  choose(now, out);
  for (Path& path : paths_)
    if (now >= path.next_check) send_check(path, now, out);
}

}  // namespace sealhall::ice
