// Tested in meeting_test.cc
// What hosts and co-hosts do. Whether they may is decided in permissions.cc alone.
#include "core/meeting/meeting.h"
#include "core/meeting/scene.h"

namespace sealhall::meeting {

using wire::HostAction;

namespace {
/// Roles, the door and the end are the main meeting's.
bool works_in_rooms(HostAction action) {
  switch (action) {
    case HostAction::make_host:
    case HostAction::make_cohost:
    case HostAction::make_participant:
    case HostAction::lock:
    case HostAction::unlock:
    case HostAction::waiting_room_on:
    case HostAction::waiting_room_off:
    case HostAction::end_meeting:
    case HostAction::suspend:
    case HostAction::resume:
      return false;
    default:
      return true;
  }
}
}  // namespace

void Meeting::host_command(Participant& p, const wire::HostCommand& command, Instant now, Outbox& out) {
  if (settings_.room != 0 && !works_in_rooms(command.action)) {
    return fail(*p.connection, wire::ErrorCode::not_allowed, false, out);
  }
  Participant* target = command.participant ? find(*command.participant) : nullptr;
  Target about{.named = command.participant.has_value(), .exists = target != nullptr};
  if (target != nullptr) {
    about.is_self = target->number == p.number;
    about.stage = target->stage;
    about.role = target->role;
  }
  switch (may({p.stage, p.role}, command.action, about)) {
    case Verdict::allowed:
      break;
    case Verdict::refused:
      return fail(*p.connection, wire::ErrorCode::not_allowed, false, out);
    case Verdict::needs_target:
      return fail(*p.connection, wire::ErrorCode::bad_message, false, out);
    case Verdict::no_such_target:
      return fail(*p.connection, wire::ErrorCode::not_found, false, out);
  }
  switch (command.action) {
    case HostAction::admit:
    case HostAction::deny:
    case HostAction::remove:
    case HostAction::mute_audio:
    case HostAction::stop_video:
    case HostAction::make_host:
    case HostAction::make_cohost:
    case HostAction::make_participant:
    case HostAction::ban:
    case HostAction::ask_unmute:
    case HostAction::ask_video:
    case HostAction::stop_share:
    case HostAction::lower_hand:
    case HostAction::allow_recording:
    case HostAction::forbid_recording:
      if (target != nullptr) return act_on_person(p, command.action, *target, now, out);
      break;
    default:
      return act_on_meeting(p, command.action, now, out);
  }
  // admit without a person: everybody who waits and fits in.
  for (const wire::WaitingEntry& entry : waiting_list()) {
    if (Participant* waiting = find(entry.participant); waiting != nullptr && inside() < settings_.max_participants) {
      let_in(*waiting, now, out);
    }
  }
}

void Meeting::act_on_person(Participant& actor, HostAction action, Participant& target, Instant now, Outbox& out) {
  switch (action) {
    case HostAction::admit:
      if (inside() >= settings_.max_participants) return fail(*actor.connection, wire::ErrorCode::full, false, out);
      return let_in(target, now, out);
    case HostAction::deny:
      end(target, wire::EndReason::denied, out);
      return gone(target.number, Departure::never_had_keys, now, out);
    case HostAction::ban:
    case HostAction::remove: {
      removed_.insert(target.number);
      shut_out(target, action == HostAction::ban, out);
      if (target.stage == Stage::in_room) {
        out.emplace_back(TakeFromRoom{target.room, target.number, true, target.connection});
      }
      close_transport(target, out);  // before anything else: not one more packet
      end(target, wire::EndReason::removed, out);
      const Departure departure = target.had_keys ? Departure::removed : Departure::never_had_keys;
      return gone(target.number, departure, now, out);
    }
    case HostAction::mute_audio:
      return silence(target, true, false, false, out);
    case HostAction::stop_video:
      return silence(target, false, true, false, out);
    case HostAction::stop_share:
      return silence(target, false, false, true, out);
    case HostAction::ask_unmute:
    case HostAction::ask_video: {
      const bool audio = action == HostAction::ask_unmute;
      target.asked_to_unmute = target.asked_to_unmute || audio;
      if (target.stage != Stage::present) return;
      out.emplace_back(Send{{*target.connection}, wire::AskedToUnmute{audio, !audio, actor.name}});
      return;
    }
    case HostAction::lower_hand:
      return with_scene(now, out, [&](Scene& scene) { activities_.hands().lower(target.number, scene); });
    case HostAction::allow_recording:
    case HostAction::forbid_recording:
      return with_scene(now, out, [&](Scene& scene) {
        activities_.recording().allow(target, action == HostAction::allow_recording, scene);
      });
    case HostAction::make_host:
      take_host_from_others();
      target.role = wire::Role::host;
      break;
    case HostAction::make_cohost:
      target.role = wire::Role::cohost;
      break;
    case HostAction::make_participant:
      target.role = wire::Role::participant;
      break;
    default:
      return;
  }
  roster_changed(target);
  waiting_dirty_ = true;  // whoever was promoted sees who waits
}

void Meeting::act_on_meeting(const Participant& actor, HostAction action, Instant now, Outbox& out) {
  switch (action) {
    case HostAction::lock:
    case HostAction::unlock:
      settings_.locked = action == HostAction::lock;
      return broadcast(wire::MeetingChanged{info()}, out);
    case HostAction::waiting_room_on:
    case HostAction::waiting_room_off:
      if (action == HostAction::waiting_room_off && settings_.waiting_room_required) return switched_off(actor, out);
      settings_.waiting_room = action == HostAction::waiting_room_on;
      return broadcast(wire::MeetingChanged{info()}, out);
    case HostAction::new_keys: {
      KeyOutbox keys;
      keys_.rotate(now, keys);
      return apply_keys(keys, now, out);
    }
    case HostAction::mute_all:
      for (auto& [number, p] : participants_) {
        if (p.stage != Stage::waiting && !is_host(p)) silence(p, true, false, false, out);
      }
      return;
    case HostAction::suspend:
    case HostAction::resume:
      return suspend(action == HostAction::suspend, now, out);
    case HostAction::lower_all_hands:
      return with_scene(now, out, [&](Scene& scene) { activities_.hands().lower_all(scene); });
    case HostAction::record_start:
    case HostAction::record_resume:
      if (settings_.rules.off.has(wire::Feature::recording)) return switched_off(actor, out);
      out.emplace_back(RecordingAsked{action, *actor.connection});
      return;
    case HostAction::record_stop:
    case HostAction::record_pause:
      out.emplace_back(RecordingAsked{action, *actor.connection});
      return;
    case HostAction::end_meeting:
      return on(EndMeeting{wire::EndReason::ended_by_host}, now, out);
    default:
      return;
  }
}

}  // namespace sealhall::meeting
