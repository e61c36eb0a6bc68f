// Tested in meeting_test.cc
// How somebody comes in: checks, the waiting room, keys and transport, and coming back after a broken connection.
#include <algorithm>
#include <charconv>
#include <utility>

#include "core/base/encoding.h"
#include "core/base/secret.h"
#include "core/meeting/display_name.h"
#include "core/meeting/meeting.h"
#include "core/meeting/scene.h"

namespace sealhall::meeting {
namespace {

using wire::ErrorCode;

/// "17.secret" -> 17; nullopt for anything else.
std::optional<ParticipantNumber> number_in(std::string_view resume) {
  ParticipantNumber number = 0;
  const auto [end, error] = std::from_chars(resume.data(), resume.data() + resume.size(), number);
  if (error != std::errc{} || end == resume.data() + resume.size() || *end != '.') return std::nullopt;
  return number;
}

std::string make_resume_secret(ParticipantNumber number, RandomSource& random) {
  std::array<std::uint8_t, 32> secret{};
  random.fill(secret);
  return std::to_string(number) + "." + to_base64url(secret);
}

void take_over(Participant& p, const wire::Join& join) {
  p.hpke_public_key = join.hpke_public_key;
  p.sender_nonce = join.sender_nonce;
  p.remote = join.transport;
  p.audio_slots = join.audio_slots;
  p.video_slots = join.video_slots;
}

bool stands_for_others(wire::ClientKind kind) {
  return kind != wire::ClientKind::native && kind != wire::ClientKind::web;
}

}  // namespace

void Meeting::on(const JoinRequest& input, Instant now, Outbox& out) {
  const wire::Join& join = input.join;
  const ConnectionId connection = input.connection;
  if (by_connection_.contains(connection)) return fail(connection, ErrorCode::bad_message, false, out);
  if (finished_) return fail(connection, ErrorCode::meeting_ended, true, out);
  if (join.resume && resume(input, now, out)) return;
  // Numbers are the main room's to give, and its host's whom to let in: into a room one is placed.
  if (settings_.room != 0) return fail(connection, ErrorCode::internal, true, out);

  const bool may_host = input.account && input.account->may_host;
  if (is_shut_out(input)) {
    return fail(connection, ErrorCode::not_allowed, true, out);
  }
  if (stands_for_others(join.client) && !(input.account && input.account->connector)) {
    return fail(connection, ErrorCode::not_allowed, true, out);
  }
  // A recorder of ours comes because a host has asked for it. A telephone stands for a person, who asks like everybody.
  const bool invited =
      may_host || (join.client == wire::ClientKind::recorder && input.account && input.account->connector);
  if (!invited && !passcode_is_right(input, now, out)) return;
  if (!invited && settings_.locked) return fail(connection, ErrorCode::locked, true, out);
  std::string name = display_name(join.name.value_or(""));
  if (name.empty() && input.account) name = display_name(input.account->name);
  if (name.empty()) return fail(connection, ErrorCode::bad_message, false, out);

  const bool waits_for_host = !settings_.join_before_host && !host_is_inside();
  const bool asks_first = settings_.waiting_room && !(input.account && input.account->admitted);
  const bool waits = !invited && (asks_first || waits_for_host);
  if (waits ? waiting() >= settings_.max_waiting : !invited && inside() >= settings_.max_participants) {
    return fail(connection, ErrorCode::full, true, out);
  }

  const ParticipantNumber number = next_number_++;
  Participant& p = participants_[number];
  p.number = number;
  p.name = std::move(name);
  p.account = input.account ? input.account->id : "";
  p.registrant = input.registrant;
  p.device = join.device.value_or("");
  p.client = join.client;
  p.connection = connection;
  p.resume_secret = make_resume_secret(number, random_);
  take_over(p, join);
  p.audio_muted = settings_.mute_on_entry && !may_host;
  p.video_muted = !(may_host ? settings_.host_video : settings_.participant_video);
  by_connection_[connection] = number;
  if (waits) {
    p.waits_for_host = !asks_first;
    out.emplace_back(Send{{connection}, waiting_room(p)});
    tell_presence(PresenceChanged::What::waits, p, false, out);
    with_scene(now, out, [&](Scene& scene) { activities_.welcome(p, scene); });
    waiting_dirty_ = true;
    return;
  }
  if (may_host) {
    take_host_from_others();
    p.role = wire::Role::host;
  }
  admit(p, now, out);
}

/// True when the join was answered here: it continues an earlier one, or it may never come back.
bool Meeting::resume(const JoinRequest& input, Instant now, Outbox& out) {
  const auto number = number_in(*input.join.resume);
  if (!number) return false;
  if (removed_.contains(*number)) {
    fail(input.connection, ErrorCode::not_allowed, true, out);
    return true;
  }
  Participant* p = find(*number);
  // In a room the secret is that of the main room, which has given it: also who is still on the way in comes back by
  // it.
  if (p == nullptr || (!p->had_keys && settings_.room == 0)) return false;
  if (!constant_time_equal(as_bytes(p->resume_secret), as_bytes(*input.join.resume))) return false;

  if (p->stage == Stage::in_room) {
    if (p->connection) by_connection_.erase(*p->connection);
    p->connection = input.connection;
    by_connection_[input.connection] = p->number;
    out.emplace_back(ResumeInRoom{rooms_.where(p->number), input});
    return true;
  }
  if (p->connection) {
    end(*p, wire::EndReason::replaced, out);
    by_connection_.erase(*p->connection);
  }
  p->connection = input.connection;
  by_connection_[input.connection] = p->number;
  // Everything of the broken join ends here: its transport, its sources, its sender index.
  close_transport(*p, out);
  release_index(*p);
  p->sources.clear();
  p->wishes.clear();
  p->losses = 0;
  take_over(*p, input.join);
  admit(*p, now, out);
  return true;
}

bool Meeting::passcode_is_right(const JoinRequest& input, Instant now, Outbox& out) {
  if (!settings_.passcode) return true;
  if (!input.join.passcode) {
    fail(input.connection, ErrorCode::passcode_needed, false, out);
    return false;
  }
  const std::string& meeting = settings_.meeting_id;
  // While a source has to wait, a right guess is not told apart from a wrong one.
  if (const Duration wait = passcodes_.wait(input.source, meeting, now); wait > Duration::zero()) {
    fail(input.connection, ErrorCode::rate_limited, false, out, wait);
    return false;
  }
  if (!constant_time_equal(as_bytes(*settings_.passcode), as_bytes(*input.join.passcode))) {
    passcodes_.failed(input.source, meeting, now);
    fail(input.connection, ErrorCode::wrong_passcode, false, out, passcodes_.wait(input.source, meeting, now));
    return false;
  }
  passcodes_.succeeded(input.source, meeting, now);
  return true;
}

/// From the waiting room.
void Meeting::let_in(Participant& p, Instant now, Outbox& out) {
  tell_presence(PresenceChanged::What::admitted, p, false, out);
  admit(p, now, out);
}

void Meeting::admit(Participant& p, Instant now, Outbox& out) {
  if (p.stage == Stage::waiting) waiting_dirty_ = true;
  p.stage = Stage::admitting;
  p.deadline = now + times_.admission;
  if (!p.had_keys && !is_host(p)) {
    // Who may not begin to speak or to show themselves does not do so by coming in.
    p.audio_muted = p.audio_muted || !settings_.rules.unmute;
    p.video_muted = p.video_muted || !settings_.rules.camera;
  }
  p.sender_index = indices_.take(keys_.oldest_live());
  roster_changed(p);
  KeyOutbox keys;
  if (!p.sender_index) {
    // Every index is used in the generations that joiners get: a new generation frees those of people who have left.
    keys_.rotate(now, keys);
    apply_keys(keys, now, out);
    return admission_failed(p, ErrorCode::full, now, out);
  }
  keys_.member_joins(p.number, p.hpke_public_key, now, keys);
  open_transport(p, out);
  apply_keys(keys, now, out);
}

void Meeting::admission_failed(Participant& p, ErrorCode code, Instant now, Outbox& out) {
  if (p.connection) {
    fail(*p.connection, code, true, out, std::chrono::seconds{5});
    by_connection_.erase(*p.connection);
    p.connection.reset();
  }
  if (p.had_keys) {
    close_transport(p, out);
    return away(p, now, out);
  }
  gone(p.number, Departure::never_had_keys, now, out);
}

void Meeting::complete_admissions(Instant now, Outbox& out) {
  for (auto& [number, p] : participants_) {
    if (p.stage != Stage::admitting || !p.ready || !p.connection) continue;
    if (auto keys = keys_.keys_for(number)) become_present(p, std::move(*keys), now, out);
  }
  if (host_is_inside()) admit_those_who_wait_for_host(now, out);
}

void Meeting::become_present(Participant& p, KeysForJoin keys, Instant now, Outbox& out) {
  p.stage = Stage::present;
  const bool first_time = !std::exchange(p.had_keys, true);
  if (first_time) tell_presence(PresenceChanged::What::came, p, false, out);
  keys_.member_ready(p.number);
  wire::Joined joined;
  joined.participant = p.number;
  joined.sender_index = *p.sender_index;
  joined.resume = p.resume_secret;
  joined.meeting = info();
  joined.role = p.role;
  joined.transport = p.ready->local;
  joined.relay = p.ready->relay;
  joined.slots = p.ready->slots;
  joined.generations = std::move(keys.generations);
  joined.active_generation = keys.active;
  for (const auto& [number, other] : participants_) {
    if (other.in_roster()) joined.roster.push_back(other.roster_entry());
  }
  if (p.role >= wire::Role::cohost) joined.waiting = waiting_list();
  if (p.audio_muted) joined.audio_muted = true;
  if (p.video_muted) joined.video_muted = true;
  if (!settings_.leave_url.empty()) joined.leave_url = settings_.leave_url;
  out.emplace_back(Send{{*p.connection}, std::move(joined)});
  // Workers only say when it changes, and nobody may speak for the first time soon.
  if (wire::Speakers now_loud = speakers(); !now_loud.loudest.empty())
    out.emplace_back(Send{{*p.connection}, std::move(now_loud)});
  if (rooms_.count() != 0) out.emplace_back(Send{{*p.connection}, rooms_.view(now)});
  roster_changed(p);
  look_at_consent(p, out);  // who comes from another room has perhaps answered there
  with_scene(now, out, [&](Scene& scene) { activities_.welcome(p, scene); });
  if (first_time) place_as_planned(p, out);
}

void Meeting::take_host_from_others() {
  for (auto& [number, p] : participants_) {
    if (p.role != wire::Role::host) continue;
    p.role = wire::Role::cohost;
    roster_changed(p);
  }
}

void Meeting::admit_those_who_wait_for_host(Instant now, Outbox& out) {
  std::vector<ParticipantNumber> numbers;
  for (const auto& [number, p] : participants_) {
    if (p.stage == Stage::waiting && p.waits_for_host) numbers.push_back(number);
  }
  for (const ParticipantNumber number : numbers) {
    if (Participant* p = find(number); p != nullptr && inside() < settings_.max_participants) let_in(*p, now, out);
  }
}

bool Meeting::host_is_inside() const {
  return std::ranges::any_of(participants_, [](const auto& entry) {
    return entry.second.role == wire::Role::host && entry.second.stage != Stage::waiting;
  });
}

}  // namespace sealhall::meeting
