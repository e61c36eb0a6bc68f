// Tested in meeting_rooms_test.cc
// Breakout rooms: the main meeting's side (who may go where, who is where) and the room's side (being placed, taken).
#include <algorithm>
#include <utility>

#include "core/meeting/meeting.h"
#include "core/meeting/scene.h"
#include "core/meeting/sentences.h"
#include "core/meeting/text.h"

namespace sealhall::meeting {
namespace {
using wire::ErrorCode;
/// After the rooms have closed, people have this long to come back before they are taken out.
constexpr Duration return_grace = std::chrono::seconds{15};
}  // namespace

/// True when the message was about rooms. `p` is in the main room or in one of the others.
bool Meeting::rooms_message(Participant& p, const wire::ClientMessage& message, Instant now, Outbox& out) {
  const auto* opens = std::get_if<wire::ControlRooms>(&message);
  const bool makes = std::holds_alternative<wire::PlanRooms>(message) ||
                     (opens != nullptr && opens->action == wire::RoomsAction::open);
  if (makes && settings_.rules.off.has(wire::Feature::rooms)) {
    switched_off(p, out);
    return true;
  }
  if (const auto* m = std::get_if<wire::EnterRoom>(&message)) {
    enter_room(p, *m, now, out);
  } else if (const auto* plan = std::get_if<wire::PlanRooms>(&message)) {
    plan_rooms(p, *plan, out);
  } else if (const auto* control = std::get_if<wire::ControlRooms>(&message)) {
    control_rooms(p, *control, now, out);
  } else if (const auto* assign = std::get_if<wire::AssignRoom>(&message)) {
    assign_room(p, *assign, out);
  } else if (const auto* tell = std::get_if<wire::TellRooms>(&message)) {
    std::string text = clean_text(tell->text);
    if (!is_host(p) || text.empty()) {
      fail(*p.connection, is_host(p) ? ErrorCode::bad_message : ErrorCode::not_allowed, false, out);
    } else {
      tell_all_rooms(wire::Announcement{p.name, std::move(text)}, out);
    }
  } else if (std::holds_alternative<wire::AskForHelp>(message)) {
    const std::uint32_t room = rooms_.where(p.number);
    if (room == 0) {
      fail(*p.connection, ErrorCode::bad_message, false, out);
      return true;
    }
    Send send{{}, wire::HelpWanted{room, p.number}};
    for (const auto& [number, other] : participants_) {
      if (is_host(other) && other.connection && other.is_somewhere()) send.to.push_back(*other.connection);
    }
    if (!send.to.empty()) out.emplace_back(std::move(send));
  } else {
    return false;
  }
  return true;
}

/// Only people who are here: a number that nobody has yet would send whoever gets it into a room.
void Meeting::plan_rooms(Participant& p, const wire::PlanRooms& message, Outbox& out) {
  if (!is_host(p)) return fail(*p.connection, ErrorCode::not_allowed, false, out);
  for (const wire::RoomPlan& plan : message.rooms) {
    const bool here = std::ranges::all_of(plan.assigned, [&](ParticipantNumber number) {
      const Participant* who = find(number);
      return who != nullptr && who->in_roster();
    });
    if (!here) return fail(*p.connection, ErrorCode::not_found, false, out);
  }
  if (!rooms_.plan(message)) return fail(*p.connection, ErrorCode::bad_message, false, out);
  settings_.planned_rooms.clear();  // the host has other rooms in mind now
  rooms_dirty_ = true;
}

/// Somebody comes in for the first time: rooms that were planned with the meeting have a place for them.
void Meeting::place_as_planned(const Participant& p, Outbox& out) {
  if (settings_.room != 0 || rooms_.count() == 0) return;
  rooms_dirty_ = true;  // also who was not planned for sees them
  const auto waits_for = [&](const PlannedRoom& room) {
    return std::ranges::any_of(
        room.people, [&](const std::string& who) { return !who.empty() && (who == p.account || who == p.registrant); });
  };
  const auto found = std::ranges::find_if(settings_.planned_rooms, waits_for);
  if (found == settings_.planned_rooms.end() || rooms_.assigned(p.number) != 0) return;
  const auto room = static_cast<std::uint32_t>(found - settings_.planned_rooms.begin()) + 1;
  rooms_.assign(p.number, room);
  if (rooms_.is_open()) send_to(p, room, out);
}

void Meeting::tell_all_rooms(wire::ServerMessage message, Outbox& out) const {
  Send send{{}, std::move(message)};
  for (const auto& [number, p] : participants_) {
    if (p.connection && p.is_somewhere()) send.to.push_back(*p.connection);
  }
  if (!send.to.empty()) out.emplace_back(std::move(send));
}

void Meeting::send_to(const Participant& p, std::uint32_t room, Outbox& out) const {
  if (!p.connection || !p.is_somewhere()) return;
  out.emplace_back(Send{{*p.connection}, wire::MoveToRoom{room, room == 0 ? std::string{} : rooms_.name(room)}});
}

void Meeting::control_rooms(Participant& p, const wire::ControlRooms& message, Instant now, Outbox& out) {
  if (!is_host(p)) return fail(*p.connection, ErrorCode::not_allowed, false, out);
  if (message.action == wire::RoomsAction::open) {
    if (!rooms_.open()) return fail(*p.connection, ErrorCode::bad_message, false, out);
    for (std::uint32_t room = 1; room <= rooms_.count(); ++room) out.emplace_back(OpenRoom{room, rooms_.name(room)});
    for (const auto& [number, other] : participants_) {
      if (const std::uint32_t room = rooms_.assigned(number); room != 0) send_to(other, room, out);
    }
  } else {
    if (!rooms_.is_open()) return fail(*p.connection, ErrorCode::bad_message, false, out);
    rooms_.close_at(now + std::chrono::seconds{message.seconds});
  }
  rooms_dirty_ = true;
}

void Meeting::assign_room(Participant& p, const wire::AssignRoom& message, Outbox& out) {
  if (!is_host(p)) return fail(*p.connection, ErrorCode::not_allowed, false, out);
  const Participant* target = find(message.participant);
  if (target == nullptr || !target->in_roster()) return fail(*p.connection, ErrorCode::not_found, false, out);
  if (!rooms_.assign(message.participant, message.room)) {
    return fail(*p.connection, ErrorCode::not_found, false, out);
  }
  rooms_dirty_ = true;
  if (rooms_.is_open() && rooms_.where(message.participant) != message.room) send_to(*target, message.room, out);
}

/// Where somebody was ends before where they go begins: at no time are they in two rooms.
void Meeting::enter_room(Participant& p, const wire::EnterRoom& message, Instant now, Outbox& out) {
  const auto refuse = [&](ErrorCode code) {
    wire::Error error{code, std::string{sentence(code)}, false, std::nullopt};
    error.request = message.request;
    out.emplace_back(Send{{*p.connection}, std::move(error)});
  };
  const std::uint32_t from = rooms_.where(p.number);
  if (message.room == from) return refuse(ErrorCode::bad_message);
  const bool host_goes = is_host(p) && rooms_.is_open() && rooms_.exists(message.room);
  if (message.room != 0 && !host_goes && !rooms_.may_enter(p.number, message.room)) {
    return refuse(ErrorCode::not_allowed);
  }
  wire::Join join;
  join.hpke_public_key = message.hpke_public_key;
  join.sender_nonce = message.sender_nonce;
  join.transport = message.transport;
  join.audio_slots = p.audio_slots;
  join.video_slots = p.video_slots;
  join.client = p.client;
  if (from != 0) {
    out.emplace_back(TakeFromRoom{from, p.number, false, p.connection});
  } else {
    leave_main_room(p, now, out);
  }
  rooms_.moved(p.number, message.room);
  p.room = message.room;
  rooms_dirty_ = true;
  if (message.room == 0) {
    come_back(p, join, now, out);
  } else {
    p.stage = Stage::in_room;
    out.emplace_back(PlaceInRoom{message.room, *p.connection, p.number, std::move(join), p.name, p.account, p.role,
                                 p.outer_leg, p.resume_secret, p.device, p.consent});
  }
  roster_changed(p);
}

/// Its media stops, and what the others seal from now on it cannot open: as if it had left.
void Meeting::leave_main_room(Participant& p, Instant now, Outbox& out) {
  close_transport(p, out);
  release_index(p);
  p.sources.clear();
  p.wishes.clear();
  p.losses = 0;
  with_scene(now, out, [&](Scene& scene) { activities_.gone(p.number, scene); });
  p.recording = wire::RecordingState::off;
  KeyOutbox keys;
  keys_.member_gone(p.number, Departure::left, now, keys);
  apply_keys(keys, now, out);
}

void Meeting::come_back(Participant& p, const wire::Join& join, Instant now, Outbox& out) {
  p.hpke_public_key = join.hpke_public_key;
  p.sender_nonce = join.sender_nonce;
  p.remote = join.transport;
  admit(p, now, out);
}

/// From the room: somebody is there no more, and did not go anywhere else.
void Meeting::on(const LeftRoom& input, Instant now, Outbox& out) {
  Participant* p = find(input.participant);
  if (p == nullptr || p->stage != Stage::in_room || rooms_.where(input.participant) != input.room) return;
  if (input.removed) {
    removed_.insert(p->number);
    shut_out(*p, false, out);
  }
  rooms_dirty_ = true;
  gone(input.participant, input.removed ? Departure::removed : Departure::left, now, out);
}

void Meeting::rooms_timeout(Instant now, Outbox& out) {
  if (const auto closes = rooms_.closes_at(); closes && now >= *closes && !rooms_forced_at_) {
    for (const auto& [number, room] : rooms_.inside()) {
      if (const Participant* p = find(number)) send_to(*p, 0, out);
    }
    rooms_forced_at_ = now + return_grace;
  }
  if (rooms_forced_at_ && (now >= *rooms_forced_at_ || rooms_.inside().empty())) close_rooms(now, out);
}

void Meeting::close_rooms(Instant now, Outbox& out) {
  rooms_forced_at_.reset();
  if (!rooms_.is_open()) return;
  for (std::uint32_t room = 1; room <= rooms_.count(); ++room) out.emplace_back(CloseRoom{room});
  std::vector<ParticipantNumber> late;
  for (const auto& [number, room] : rooms_.inside()) late.push_back(number);
  rooms_.closed();
  rooms_dirty_ = true;
  for (const ParticipantNumber number : late) gone(number, Departure::left, now, out);
}

void Meeting::flush_rooms(Instant now, Outbox& out) {
  if (rooms_forced_at_ && rooms_.inside().empty()) close_rooms(now, out);
  if (!rooms_dirty_ || now < rooms_sent_ + times_.roster_batch) return;
  rooms_dirty_ = false;
  rooms_sent_ = now;
  tell_all_rooms(rooms_.view(now), out);
}

// ---- the room's side ----------------------------------------------------------------------------------------------

void Meeting::on(const Placed& input, Instant now, Outbox& out) {
  const PlaceInRoom& place = input.place;
  if (finished_) return fail(place.connection, ErrorCode::meeting_ended, true, out);
  if (find(place.participant) != nullptr) gone(place.participant, Departure::left, now, out);
  Participant& p = participants_[place.participant];
  p.number = place.participant;
  p.name = place.name;
  p.account = place.account;
  p.role = place.role;
  p.client = place.join.client;
  p.outer_leg = place.outer_leg;
  p.connection = place.connection;
  p.resume_secret = place.resume_secret;
  p.device = place.device;
  p.consent = place.consent;
  p.audio_slots = place.join.audio_slots;
  p.video_slots = place.join.video_slots;
  by_connection_[place.connection] = place.participant;
  come_back(p, place.join, now, out);
}

/// The connection lives on: the person is somewhere else in the same meeting now.
void Meeting::on(const Taken& input, Instant now, Outbox& out) {
  moving_ = true;
  gone(input.participant, input.removed ? Departure::removed : Departure::left, now, out);
  moving_ = false;
}

}  // namespace sealhall::meeting
