// Tested in integrations_test.cc
#include "server/control/platform_rooms.h"

#include <algorithm>

namespace sealhall::control {
namespace {

/// How long a link from `join` lets its holder in. Longer serves longer lessons after a broken connection, shorter
/// makes a link that was passed on worth less.
constexpr Duration pass_time = std::chrono::hours{12};
constexpr std::uint32_t most_recordings = 500;
constexpr std::size_t most_topic = 200;
constexpr std::size_t most_agenda = 2000;

/// The beginning of it, at most so many bytes and no half character.
std::string beginning(std::string text, std::size_t most) {
  if (text.size() <= most) return text;
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0U) == 0x80U) --most;
  text.resize(most);
  return text;
}

bbb::HouseError from(store::StoreError error) {
  return error == store::StoreError::not_found ? bbb::HouseError::not_found : bbb::HouseError::away;
}

bbb::HouseError from(const api::ApiError& error) {
  if (error.status == 404 || error.status == 410) return bbb::HouseError::not_found;
  return error.status >= 500 ? bbb::HouseError::away : bbb::HouseError::refused;
}

bbb::RoomRecording room_recording(const recordings::OpenedRecording& opened, const recordings::Library& library) {
  const store::Recording& row = opened.row;
  bbb::RoomRecording out{.id = row.id,
                         .room_id = row.meeting_id,
                         .started_at = row.started_at,
                         .ended_at = row.ended_at.value_or(row.started_at),
                         .duration_ms = row.duration_ms,
                         .processing = row.state != store::RecordingState::completed};
  for (const auto& file : opened.files) {
    if (file.row.part == 0) out.bytes += file.row.size;
  }
  if (row.share == store::ShareState::link && opened.share_token) out.play_url = library.share_url(*opened.share_token);
  return out;
}

bool publishes(const wire::RosterEntry& entry, wire::SourceKind kind) {
  return std::ranges::find(entry.sources, kind) != entry.sources.end();
}

}  // namespace

void obey(const bbb::BbbService::Limits& limits, meeting::Settings& settings) {
  if (limits.max_participants > 0)
    settings.max_participants = std::min(settings.max_participants, limits.max_participants);
  meeting::Rules& rules = settings.rules;
  // What attendees say to the moderators is left to them, as it is there.
  if (!limits.private_chat) rules.chat = std::min(rules.chat, wire::ChatPolicy::everyone);
  if (!limits.public_chat) rules.chat = std::min(rules.chat, wire::ChatPolicy::hosts);
  rules.unmute = rules.unmute && limits.microphone;
  rules.camera = rules.camera && limits.camera;
  settings.leave_url = limits.leave_url;
}

/// With a passcode that nobody is told: the only way in is a link that the platform asked for.
void PlatformRooms::make_room(bbb::RoomWanted wanted, bbb::HouseDone<std::string> done) {
  schedule::shapes::MeetingBody body;
  body.topic = beginning(std::move(wanted.topic), most_topic);
  body.type = 3;
  body.agenda = beginning(std::move(wanted.welcome), most_agenda);
  body.settings = schedule::shapes::Settings{.join_before_host = true,
                                             .mute_upon_entry = wanted.mute_on_start,
                                             .waiting_room = wanted.waiting_room,
                                             .auto_recording = wanted.auto_record ? "cloud" : "none"};
  parts_.schedule.create({wanted.account_id, wanted.owner_id, false}, wanted.owner_id, std::move(body),
                         [done = std::move(done)](auto made) mutable {
                           if (!made) return done(unexpected(from(made.error())));
                           done(std::to_string(made->id));
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
  const UnixMicros until{static_cast<std::int64_t>(parts_.clock.now()) + pass_time.count()};
  parts_.schedule.visitor_link(pass.room_id, {std::move(pass.name), pass.moderator, pass.waits}, until,
                               [done = std::move(done)](auto link) mutable {
                                 if (!link) return done(unexpected(from(link.error())));
                                 done(std::move(*link));
                               });
}

void PlatformRooms::recordings(const std::string& account_id, std::vector<std::string> room_ids,
                               bbb::HouseDone<std::vector<bbb::RoomRecording>> done) {
  const auto wanted = [rooms = std::move(room_ids)](const store::Recording& row) {
    return !row.trashed_at && (rooms.empty() || std::ranges::find(rooms, row.meeting_id) != rooms.end());
  };
  parts_.library.store().of_host(account_id, "", UnixMicros{0}, parts_.clock.now(), false, most_recordings, 0,
                                 [this, wanted, done = std::move(done)](auto rows) mutable {
                                   if (!rows) return done(unexpected(bbb::HouseError::away));
                                   std::erase_if(*rows, [&](const store::Recording& row) { return !wanted(row); });
                                   parts_.library.open_all(std::move(*rows),
                                                           [this, done = std::move(done)](auto opened) mutable {
                                                             if (!opened) return done(unexpected(from(opened.error())));
                                                             std::vector<bbb::RoomRecording> out;
                                                             for (const recordings::OpenedRecording& one : *opened)
                                                               out.push_back(room_recording(one, parts_.library));
                                                             done(std::move(out));
                                                           });
                                 });
}

void PlatformRooms::find(const std::string& account_id, const std::string& recording_id,
                         bbb::HouseDone<store::Recording> done) {
  parts_.library.store().find(recording_id, [account_id, done = std::move(done)](auto row) mutable {
    if (!row) return done(unexpected(bbb::HouseError::away));
    if (!*row || (*row)->account_id != account_id || (*row)->trashed_at)
      return done(unexpected(bbb::HouseError::not_found));
    done(std::move(**row));
  });
}

void PlatformRooms::show_recording(const std::string& account_id, const std::string& recording_id, bool shown,
                                   bbb::HouseDone<std::string> done) {
  find(account_id, recording_id, [this, shown, done = std::move(done)](auto row) mutable {
    if (!row) return done(unexpected(row.error()));
    if (!shown) {
      return parts_.library.unshare(std::move(*row), [done = std::move(done)](auto hidden) mutable {
        if (!hidden) return done(unexpected(from(hidden.error())));
        done(std::string{});
      });
    }
    const std::string account = row->account_id;
    const std::string host = row->host_id;
    parts_.may_share(account, host, [this, row = std::move(*row), done = std::move(done)](auto may) mutable {
      if (!may) return done(unexpected(from(may.error())));
      if (!*may) return done(unexpected(bbb::HouseError::refused));
      parts_.library.share(std::move(row), {.passcode = std::nullopt, .until = std::nullopt},
                           [this, done = std::move(done)](auto opened) mutable {
                             if (!opened) return done(unexpected(from(opened.error())));
                             done(room_recording(*opened, parts_.library).play_url);
                           });
    });
  });
}

void PlatformRooms::delete_recording(const std::string& account_id, const std::string& recording_id,
                                     bbb::HouseDone<void> done) {
  find(account_id, recording_id, [this, done = std::move(done)](auto row) mutable {
    if (!row) return done(unexpected(row.error()));
    parts_.library.trash(*row, [done = std::move(done)](auto trashed) mutable {
      if (!trashed) return done(unexpected(from(trashed.error())));
      done({});
    });
  });
}

}  // namespace sealhall::control
