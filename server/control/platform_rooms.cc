// Tested in integrations_test.cc
#include "server/control/platform_rooms.h"

#include <algorithm>

#include "io/http/message.h"
#include "server/api/tokens.h"

namespace sealhall::control {
namespace {

bbb::HouseError from(store::StoreError error) {
  return error == store::StoreError::not_found ? bbb::HouseError::not_found : bbb::HouseError::away;
}

bool publishes(const wire::RosterEntry& entry, wire::SourceKind kind) {
  return std::ranges::find(entry.sources, kind) != entry.sources.end();
}

}  // namespace

void PlatformRooms::make_room(bbb::RoomWanted wanted, bbb::HouseDone<std::string> done) {
  store::Meeting meeting;
  meeting.id = api::random_text(parts_.random, 12);
  meeting.owner_id = std::move(wanted.owner_id);
  meeting.account_id = std::move(wanted.account_id);
  meeting.topic = std::move(wanted.topic);
  meeting.waiting_room = wanted.waiting_room;
  meeting.created_at = parts_.clock.now();
  parts_.store.create_meeting(meeting, [id = meeting.id, done = std::move(done)](auto made) mutable {
    if (!made) return done(unexpected(from(made.error())));
    done(id);
  });
}

void PlatformRooms::end_room(const std::string&, const std::string& room_id, bbb::HouseDone<void> done) {
  parts_.store.end_meeting(room_id, parts_.clock.now(), [this, room_id, done = std::move(done)](auto ended) mutable {
    if (!ended && ended.error() != store::StoreError::not_found) return done(unexpected(from(ended.error())));
    parts_.meetings.end(room_id, wire::EndReason::ended_by_host);
    done({});
  });
}

bbb::RoomNow PlatformRooms::now(const std::string& room_id) const {
  bbb::RoomNow now;
  const meeting::Meeting* running = parts_.meetings.running(room_id);
  if (running == nullptr) return now;
  for (const auto& [number, participant] : running->participants()) {
    if (!participant.in_roster()) continue;
    const wire::RosterEntry entry = participant.roster_entry();
    if (entry.client == wire::ClientKind::recorder) {
      now.recording = true;
      continue;
    }
    now.people.push_back({std::to_string(number), entry.name, entry.role != wire::Role::participant,
                          publishes(entry, wire::SourceKind::share),
                          publishes(entry, wire::SourceKind::audio) && !entry.audio_muted,
                          publishes(entry, wire::SourceKind::camera) && !entry.video_muted});
  }
  return now;
}

void PlatformRooms::link(bbb::RoomPass pass, bbb::HouseDone<std::string> done) {
  done(parts_.public_url + "/j/" + pass.room_id + "?name=" + io::percent_encode(pass.name));
}

void PlatformRooms::recordings(const std::string&, std::vector<std::string>,
                               bbb::HouseDone<std::vector<bbb::RoomRecording>> done) {
  done(std::vector<bbb::RoomRecording>{});
}

void PlatformRooms::delete_recording(const std::string&, const std::string&, bbb::HouseDone<void> done) {
  done(unexpected(bbb::HouseError::not_found));
}

}  // namespace sealhall::control
