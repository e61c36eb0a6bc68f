#include "core/meeting/meeting.h"

#include <algorithm>
#include <utility>

#include "core/base/check.h"
#include "core/meeting/scene.h"
#include "core/meeting/sentences.h"

namespace sealhall::meeting {

Meeting::Meeting(Settings settings, Times times, RandomSource& random, PasscodeGuard& passcodes, Instant now)
    : settings_(std::move(settings)),
      times_(times),
      random_(random),
      passcodes_(passcodes),
      keys_(times.keys),
      rooms_sent_(now - times.roster_batch),
      started_(now),
      roster_sent_(now - times.roster_batch),
      empty_since_(now) {
  SEALHALL_CHECK(settings_.meeting_uuid.size() == 16);
  if (settings_.room != 0) settings_.planned_rooms.clear();
  wire::PlanRooms plan;
  for (const PlannedRoom& room : settings_.planned_rooms) plan.rooms.push_back({room.name, {}});
  if (!plan.rooms.empty()) rooms_.plan(plan);
}

void Meeting::handle(const Input& input, Instant now, Outbox& out) {
  std::visit([&](const auto& what) { on(what, now, out); }, input);
  if (finished_) return;
  complete_admissions(now, out);
  if (std::exchange(codecs_dirty_, false)) look_at_codecs(now, out);
  tell_shares(out);
  if (std::exchange(waiting_dirty_, false)) send_waiting_list(out);
  flush_roster(now, out);
  flush_rooms(now, out);
  if (!participants_.empty()) {
    empty_since_.reset();
  } else if (!empty_since_) {
    empty_since_ = now;
  }
}

std::optional<Instant> Meeting::next_deadline() const {
  if (finished_) return std::nullopt;
  std::optional<Instant> next = keys_.next_deadline();
  const auto consider = [&](Instant when) { next = next ? std::min(*next, when) : when; };
  for (const auto& [number, p] : participants_) {
    if (p.stage == Stage::admitting || p.stage == Stage::away) consider(p.deadline);
    if (p.reopen_at) consider(*p.reopen_at);
  }
  if (!roster_dirty_.empty() || !roster_gone_.empty()) consider(roster_sent_ + times_.roster_batch);
  if (codecs_wider_at_) consider(*codecs_wider_at_);
  if (rooms_dirty_) consider(rooms_sent_ + times_.roster_batch);
  if (rooms_forced_at_) {
    consider(*rooms_forced_at_);
  } else if (rooms_.closes_at()) {
    consider(*rooms_.closes_at());
  }
  // A breakout room stays until the main meeting closes it.
  if (empty_since_ && settings_.room == 0) consider(*empty_since_ + times_.empty);
  return next;
}

std::size_t Meeting::inside() const noexcept {
  return static_cast<std::size_t>(
      std::ranges::count_if(participants_, [](const auto& entry) { return entry.second.stage != Stage::waiting; }));
}
std::size_t Meeting::waiting() const noexcept { return participants_.size() - inside(); }

void Meeting::on(const Message& input, Instant now, Outbox& out) {
  if (const auto* ping = std::get_if<wire::Ping>(&input.message)) {
    out.emplace_back(Send{{input.connection}, wire::Pong{ping->id}});
    return;
  }
  Participant* p = of(input.connection);
  if (p == nullptr) return fail(input.connection, wire::ErrorCode::not_joined, false, out);
  if (std::holds_alternative<wire::Leave>(input.message)) {
    const ParticipantNumber number = p->number;
    end(*p, wire::EndReason::left, out);
    return gone(number, p->had_keys ? Departure::left : Departure::never_had_keys, now, out);
  }
  if (p->is_somewhere() && settings_.room == 0 && rooms_message(*p, input.message, now, out)) return;
  bool is_activity = false;
  with_scene(now, out, [&](Scene& scene) { is_activity = activities_.handle(*p, input.message, scene); });
  if (is_activity) return;
  if (p->stage != Stage::present) return fail(input.connection, wire::ErrorCode::not_joined, false, out);
  if (const auto* m = std::get_if<wire::Publish>(&input.message)) return publish(*p, *m, out);
  if (const auto* m = std::get_if<wire::Subscribe>(&input.message)) return subscribe(*p, *m, out);
  if (const auto* m = std::get_if<wire::ClientTransport>(&input.message)) return client_transport(*p, *m, out);
  if (std::holds_alternative<wire::RenewTransport>(input.message)) return renew_transport(*p, now, out);
  if (const auto* m = std::get_if<wire::SetMuted>(&input.message)) return set_muted(*p, *m, out);
  if (const auto* m = std::get_if<wire::HostCommand>(&input.message)) return host_command(*p, *m, now, out);
  if (const auto* m = std::get_if<wire::SetPolicy>(&input.message)) return set_policy(*p, *m, out);
  if (const auto* m = std::get_if<wire::Rename>(&input.message)) return rename(*p, *m, out);
  if (const auto* m = std::get_if<wire::KeyReady>(&input.message)) {
    KeyOutbox keys;
    keys_.acknowledged(p->number, m->generation, now, keys);
    return apply_keys(keys, now, out);
  }
  fail(input.connection, wire::ErrorCode::bad_message, false, out);  // a second Join
}

void Meeting::on(const Disconnected& input, Instant now, Outbox& out) {
  Participant* p = of(input.connection);
  if (p == nullptr) return;
  by_connection_.erase(input.connection);
  p->connection.reset();
  if (p->stage == Stage::in_room) return;  // the room waits for it
  if (p->had_keys) return away(*p, now, out);
  gone(p->number, Departure::never_had_keys, now, out);
}

void Meeting::on(const KeysMade& input, Instant now, Outbox& out) {
  KeyOutbox keys;
  keys_.on_made(input.request, input.generation, now, keys);
  apply_keys(keys, now, out);
}
void Meeting::on(const KeysSealed& input, Instant now, Outbox& out) {
  KeyOutbox keys;
  keys_.on_sealed(input.request, input.sealed, now, keys);
  apply_keys(keys, now, out);
}
void Meeting::on(const KeysFailed& input, Instant now, Outbox& out) {
  KeyOutbox keys;
  if (input.failure == wire::kms::Failure::bad_public_key) {
    keys_.on_bad_public_key(input.request, keys);
  } else {
    keys_.on_failed(input.request, now, keys);
  }
  apply_keys(keys, now, out);
}
void Meeting::on(const KmsLost&, Instant now, Outbox&) { keys_.kms_lost(now); }
void Meeting::on(const KmsReady& input, Instant now, Outbox& out) {
  KeyOutbox keys;
  keys_.kms_ready(input.forgot, now, keys);
  apply_keys(keys, now, out);
}

void Meeting::on(const EndMeeting& input, Instant, Outbox& out) {
  if (finished_) return;
  if (rooms_.is_open()) {
    for (std::uint32_t room = 1; room <= rooms_.count(); ++room) out.emplace_back(CloseRoom{room, input.reason});
  }
  for (auto& [number, p] : participants_) {
    close_transport(p, out);
    if (p.stage != Stage::in_room) end(p, input.reason, out);
    if (p.in_roster()) tell_presence(PresenceChanged::What::left, p, false, out);
    if (p.stage == Stage::waiting) tell_presence(PresenceChanged::What::gave_up, p, false, out);
  }
  participants_.clear();
  by_connection_.clear();
  out.emplace_back(EraseKeys{0});
  out.emplace_back(Finished{});
  finished_ = true;
}

void Meeting::on(const Timeout&, Instant now, Outbox& out) {
  KeyOutbox keys;
  keys_.on_timeout(now, keys);
  apply_keys(keys, now, out);
  std::vector<ParticipantNumber> late;
  for (auto& [number, p] : participants_) {
    if ((p.stage == Stage::admitting || p.stage == Stage::away) && now >= p.deadline) late.push_back(number);
    if (p.reopen_at && now >= *p.reopen_at) open_transport(p, out);
  }
  for (const ParticipantNumber number : late) {
    Participant* p = find(number);
    if (p == nullptr) continue;
    if (p->stage == Stage::admitting) {
      admission_failed(*p, wire::ErrorCode::internal, now, out);
    } else {
      gone(number, Departure::left, now, out);
    }
  }
  if (codecs_wider_at_ && now >= *codecs_wider_at_) codecs_dirty_ = true;
  rooms_timeout(now, out);
  if (empty_since_ && participants_.empty() && settings_.room == 0 && now >= *empty_since_ + times_.empty) {
    // With its rooms, where perhaps everybody was last; nobody is there to read the reason.
    on(EndMeeting{wire::EndReason::ended_by_host}, now, out);
  }
}

/// Media stops first, then everybody else hears of it. A caller that tells the person does so before.
void Meeting::gone(ParticipantNumber number, Departure departure, Instant now, Outbox& out) {
  Participant* p = find(number);
  if (p == nullptr) return;
  close_transport(*p, out);
  const bool was_host = p->role == wire::Role::host;
  if (rooms_.where(number) != 0 || rooms_.assigned(number) != 0) rooms_dirty_ = true;
  rooms_.forget(number);
  if (p->stage == Stage::waiting) {
    waiting_dirty_ = true;
    tell_presence(PresenceChanged::What::gave_up, *p, departure == Departure::removed, out);
  }
  if (p->in_roster()) {
    roster_gone_.push_back(number);
    tell_presence(PresenceChanged::What::left, *p, departure == Departure::removed, out);
  } else if (settings_.room != 0) {
    // It never came in; the main meeting must hear of it all the same.
    tell_presence(PresenceChanged::What::left, *p, departure == Departure::removed, out);
  }
  roster_dirty_.erase(number);
  release_index(*p);
  if (p->connection) by_connection_.erase(*p->connection);
  participants_.erase(number);
  with_scene(now, out, [&](Scene& scene) { activities_.gone(number, scene); });
  KeyOutbox keys;
  keys_.member_gone(number, departure, now, keys);
  apply_keys(keys, now, out);
  if (was_host) pass_on_host(now, out);
}

void Meeting::release_index(Participant& p) {
  if (p.sender_index) indices_.give_back(*p.sender_index, keys_.newest_made());
  p.sender_index.reset();
}

void Meeting::away(Participant& p, Instant now, Outbox& out) {
  p.stage = Stage::away;
  p.deadline = now + times_.grace;
  p.reopen_at.reset();
  roster_changed(p);
  KeyOutbox keys;
  keys_.member_away(p.number, now, keys);
  apply_keys(keys, now, out);
}

/// The co-host who has been here longest becomes host. Without one the meeting goes on without a host.
void Meeting::pass_on_host(Instant, Outbox&) {
  if (host_is_inside() || settings_.room != 0) return;
  for (auto& [number, p] : participants_) {
    if (p.role != wire::Role::cohost || p.stage == Stage::waiting) continue;
    p.role = wire::Role::host;
    roster_changed(p);
    waiting_dirty_ = true;
    return;
  }
}

void Meeting::apply_keys(KeyOutbox& keys, Instant now, Outbox& out) {
  for (KeyOutput& output : keys) {
    if (auto* make = std::get_if<MakeKeys>(&output)) {
      out.emplace_back(*make);
    } else if (auto* seal = std::get_if<SealKeys>(&output)) {
      out.emplace_back(std::move(*seal));
    } else if (auto* erase = std::get_if<EraseKeys>(&output)) {
      out.emplace_back(*erase);
    } else if (auto* deliver = std::get_if<DeliverKeys>(&output)) {
      // Keys may have been sealed while the meeting ended.
      const Participant* p = find(deliver->participant);
      if (p == nullptr || p->stage != Stage::present || !p->connection) continue;
      out.emplace_back(Send{{*p->connection}, wire::NewGeneration{std::move(deliver->sealed)}});
    } else if (auto* activate = std::get_if<ActivateKeys>(&output)) {
      Send send{{}, wire::ActivateGeneration{activate->generation}};
      for (const ParticipantNumber number : activate->to) {
        const Participant* p = find(number);
        if (p != nullptr && p->connection) send.to.push_back(*p->connection);
      }
      if (!send.to.empty()) out.emplace_back(std::move(send));
    } else if (auto* refuse = std::get_if<RefuseMember>(&output)) {
      if (Participant* p = find(refuse->participant)) {
        if (p->connection) fail(*p->connection, wire::ErrorCode::bad_message, true, out);
        gone(p->number, p->had_keys ? Departure::left : Departure::never_had_keys, now, out);
      }
    }
  }
}

void Meeting::flush_roster(Instant now, Outbox& out) {
  if ((roster_dirty_.empty() && roster_gone_.empty()) || now < roster_sent_ + times_.roster_batch) return;
  wire::RosterUpdate update;
  for (const ParticipantNumber number : roster_dirty_) {
    if (const Participant* p = find(number); p != nullptr && p->in_roster())
      update.changed.push_back(p->roster_entry());
  }
  update.gone = std::exchange(roster_gone_, {});
  roster_dirty_.clear();
  roster_sent_ = now;
  broadcast(std::move(update), out);
}

void Meeting::send_waiting_list(Outbox& out) {
  Send send{{}, wire::WaitingUpdate{waiting_list()}};
  for (const auto& [number, p] : participants_) {
    if (p.stage == Stage::present && p.role >= wire::Role::cohost) send.to.push_back(*p.connection);
  }
  if (!send.to.empty()) out.emplace_back(std::move(send));
}

void Meeting::broadcast(wire::ServerMessage message, Outbox& out) const {
  Send send{{}, std::move(message)};
  for (const auto& [number, p] : participants_) {
    if (p.stage == Stage::present) send.to.push_back(*p.connection);
  }
  if (!send.to.empty()) out.emplace_back(std::move(send));
}

void Meeting::roster_changed(const Participant& p) {
  if (p.in_roster()) roster_dirty_.insert(p.number);
}

void Meeting::fail(ConnectionId to, wire::ErrorCode code, bool fatal, Outbox& out, Duration wait) {
  wire::Error error{code, std::string{sentence(code)}, fatal, std::nullopt};
  if (wait > Duration::zero()) error.retry_after_seconds = retry_after_seconds(wait);
  out.emplace_back(Send{{to}, std::move(error)});
  if (fatal) out.emplace_back(CloseConnection{to});
}

void Meeting::end(Participant& p, wire::EndReason reason, Outbox& out) {
  if (!p.connection) return;
  out.emplace_back(Send{{*p.connection}, wire::Ended{reason, std::string{sentence(reason)}}});
  out.emplace_back(CloseConnection{*p.connection});
}

Participant* Meeting::of(ConnectionId connection) {
  const auto it = by_connection_.find(connection);
  return it == by_connection_.end() ? nullptr : find(it->second);
}

Participant* Meeting::find(ParticipantNumber number) {
  const auto it = participants_.find(number);
  return it == participants_.end() ? nullptr : &it->second;
}

wire::MeetingInfo Meeting::info() const {
  const Rules& rules = settings_.rules;
  return {settings_.meeting_id, settings_.meeting_uuid, settings_.topic,     settings_.locked, settings_.waiting_room,
          rules.chat,           rules.rename,           rules.unmute,        rules.share,      rules.draw,
          rules.suspended,      settings_.room,         settings_.room_name, rules.off.list()};
}

std::vector<wire::WaitingEntry> Meeting::waiting_list() const {
  std::vector<wire::WaitingEntry> list;
  for (const auto& [number, p] : participants_) {
    if (p.stage == Stage::waiting) list.push_back({number, p.name});
  }
  return list;
}

}  // namespace sealhall::meeting
