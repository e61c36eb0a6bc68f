// Tested in meeting_activity_test.cc
// Breakout rooms of live meetings: each a core/meeting of its own beside its main meeting, and the way between them.
#include <utility>

#include "server/control/live_meetings.h"

namespace sealhall::control {

void LiveMeetings::obey_rooms(const std::shared_ptr<Live>& live, meeting::Output& output) {
  const auto room_of = [&](std::uint32_t room) {
    const auto it = live->rooms.find(room);
    return it == live->rooms.end() ? nullptr : it->second;
  };
  if (const auto* open = std::get_if<meeting::OpenRoom>(&output)) {
    open_room(live, *open);
  } else if (const auto* close = std::get_if<meeting::CloseRoom>(&output)) {
    const auto room = room_of(close->room);
    live->rooms.erase(close->room);
    if (room) feed(room, meeting::EndMeeting{close->reason});
  } else if (auto* place = std::get_if<meeting::PlaceInRoom>(&output)) {
    if (const auto room = room_of(place->room)) {
      belongs_to(place->connection, room);
      feed(room, meeting::Placed{std::move(*place)});
    }
  } else if (const auto* take = std::get_if<meeting::TakeFromRoom>(&output)) {
    if (take->connection) belongs_to(*take->connection, live);
    if (const auto room = room_of(take->room)) feed(room, meeting::Taken{take->participant, take->removed});
  } else if (auto* resume = std::get_if<meeting::ResumeInRoom>(&output)) {
    if (const auto room = room_of(resume->room)) {
      belongs_to(resume->request.connection, room);
      feed(room, std::move(resume->request));
    }
  } else if (const auto* change = std::get_if<meeting::PresenceChanged>(&output)) {
    presence_changed(live, *change);
  }
}

/// Its own uuid: its own keys in kms, its own place in the media workers. Nothing of it is restored after a crash.
void LiveMeetings::open_room(const std::shared_ptr<Live>& live, const meeting::OpenRoom& room) {
  meeting::Settings settings = live->state.settings();
  settings.meeting_uuid = new_uuid();
  settings.room = room.room;
  settings.room_name = room.name;
  settings.passcode.reset();
  settings.waiting_room = false;
  settings.locked = false;
  settings.started_at = clock_.now();
  auto child = std::make_shared<Live>(std::move(settings), times_, random_, passcodes_, loop_);
  child->parent = live;
  child->log =
      keeper_.fresh(live->log->log.account_id, live->log->log.meeting_id + "/room-" + std::to_string(room.room));
  live->rooms[room.room] = child;
  by_key_[child->key] = child;
  if (!kms_.up()) feed(child, meeting::KmsLost{});
}

/// Also when it is closing: then it belongs to nobody any more.
void LiveMeetings::belongs_to(meeting::ConnectionId connection, const std::shared_ptr<Live>& live) {
  const auto it = by_connection_.find(static_cast<std::uint64_t>(connection));
  if (it != by_connection_.end()) it->second = live;
}

namespace {
LiveEvent::What what_of(meeting::PresenceChanged::What what) noexcept {
  using From = meeting::PresenceChanged::What;
  switch (what) {
    case From::waits:
      return LiveEvent::What::waits;
    case From::admitted:
      return LiveEvent::What::admitted;
    case From::gave_up:
      return LiveEvent::What::gave_up;
    case From::came:
      return LiveEvent::What::came;
    case From::shares:
      return LiveEvent::What::shares;
    case From::stops_sharing:
      return LiveEvent::What::stops_sharing;
    case From::left:
      break;
  }
  return LiveEvent::What::left;
}
}  // namespace

void LiveMeetings::tell(const Live& live, LiveEvent::What what, const meeting::PresenceChanged& person,
                        const wire::ChatMessage& message) {
  if (!outside_.happened) return;
  const meeting::Settings& settings = live.state.settings();
  outside_.happened({what, live.account_id, settings.meeting_id, settings.meeting_uuid, live.owner_id, settings.topic,
                     settings.started_at, clock_.now(), person, live.log ? live.log->log.id : "", message});
}

/// What was written to one person or among hosts is theirs: no program of others hears it. Nor what is said in a
/// breakout room.
void LiveMeetings::was_kept(Live& live, const wire::Record& record) {
  const auto* message = std::get_if<wire::ChatMessage>(&record);
  if (message == nullptr || message->message <= live.newest_said) return;  // changed, or reacted to
  live.newest_said = message->message;
  if (live.state.settings().room == 0 && message->scope == wire::ChatScope::everyone)
    tell(live, LiveEvent::What::said, {}, *message);
}

void LiveMeetings::presence_changed(const std::shared_ptr<Live>& live, const meeting::PresenceChanged& change) {
  const std::shared_ptr<Live> main = live->parent.lock();
  if (!main) {
    if (live->state.settings().room != 0) return;  // its main meeting is over
    using What = meeting::PresenceChanged::What;
    // Our recorder is in the roster, and its recording has events of its own; it is nobody who attends.
    if (change.client == wire::ClientKind::recorder) return;
    if (change.what == What::came && !std::exchange(live->started, true)) {
      tell(*live, LiveEvent::What::started);
      begin_recording(live);
    }
    return tell(*live, what_of(change.what), change);
  }
  if (change.what != meeting::PresenceChanged::What::left || change.moved) return;
  feed(main, meeting::LeftRoom{live->state.settings().room, change.participant, change.removed});
}

/// Where the meeting or a policy says so.
void LiveMeetings::begin_recording(const std::shared_ptr<Live>& live) {
  const MeetingPolicies& policies = live->policies;
  const bool wanted = live->auto_record || policies.automatic_recording;
  if (!wanted || policies.off(wire::Feature::recording) || !outside_.record_by_itself) return;
  outside_.record_by_itself(live->state.settings().meeting_id);
}

}  // namespace sealhall::control
