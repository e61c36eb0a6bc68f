// Tested in signalling_test.cc
#include "server/control/live_meetings.h"

#include <algorithm>
#include <utility>

#include "core/base/encoding.h"
#include "core/crypto/hash.h"
#include "io/log/log.h"

namespace sealhall::control {

namespace {
bool is_about_rooms(const wire::ClientMessage& message) {
  return std::holds_alternative<wire::EnterRoom>(message) || std::holds_alternative<wire::PlanRooms>(message) ||
         std::holds_alternative<wire::ControlRooms>(message) || std::holds_alternative<wire::AssignRoom>(message) ||
         std::holds_alternative<wire::TellRooms>(message) || std::holds_alternative<wire::AskForHelp>(message);
}
}  // namespace

std::string LiveMeetings::Live::to_hex(const Bytes& uuid) { return sealhall::to_hex(uuid); }

void LiveMeetings::join(const store::Meeting& stored, const MeetingPolicies& policies, meeting::JoinRequest request) {
  const auto running = by_id_.find(stored.id);
  const std::shared_ptr<Live> live = running != by_id_.end() ? running->second : start(stored, policies);
  const auto before = by_connection_.find(static_cast<std::uint64_t>(request.connection));
  if (before != by_connection_.end()) {
    const std::shared_ptr<Live> main = before->second->parent.lock();
    // In one of its rooms: refused there, and the room still hears when the connection ends.
    if (main == live) return feed(live, std::move(request));
    // Nobody is in two meetings: the one before would wait for somebody who never comes back.
    if (before->second != live) disconnected(request.connection);
  }
  by_connection_[static_cast<std::uint64_t>(request.connection)] = live;
  // The secret of a guest's device is a name for the meeting; what is kept of it cannot be used to join.
  if (request.join.device) request.join.device = to_base64url(crypto::sha256(as_bytes(*request.join.device)));
  feed(live, std::move(request));
}

/// Integrations put the base64 of it into paths: without '/' none of them goes wrong.
Bytes LiveMeetings::new_uuid() {
  Bytes uuid(16);
  do {
    random_.fill(uuid);
  } while (to_base64(uuid).find('/') != std::string::npos);
  return uuid;
}

/// Nobody comes in before what was kept of an instance that goes on has been read.
std::shared_ptr<LiveMeetings::Live> LiveMeetings::start(const store::Meeting& stored, const MeetingPolicies& policies) {
  meeting::Settings settings;
  settings.meeting_id = stored.id;
  settings.meeting_uuid = new_uuid();
  settings.topic = stored.topic;
  settings.passcode = stored.passcode;
  settings.waiting_room = stored.waiting_room;
  settings.join_before_host = stored.join_before_host;
  settings.mute_on_entry = stored.mute_on_entry;
  settings.host_video = stored.host_video;
  settings.participant_video = stored.participant_video;
  if (!policies.off(wire::Feature::rooms)) {
    for (const store::Meeting::PlannedRoom& room : stored.planned_rooms)
      settings.planned_rooms.push_back({room.name, room.people});
  }
  settings.waiting_room_required =
      policies.waiting_room_required || (policies.passcode_required && !stored.passcode.has_value());
  settings.max_participants = policies.max_participants;
  settings.max_file_size = std::uint64_t{policies.file_megabytes} << 20;
  settings.rules = meeting::rules_without(policies.switched_off);
  settings.rules.recording_notice = policies.consent_text;
  settings.started_at = clock_.now();
  if (outside_.shape) outside_.shape(stored.id, settings);
  auto live = std::make_shared<Live>(std::move(settings), times_, random_, passcodes_, loop_);
  live->account_id = stored.account_id;
  live->owner_id = stored.owner_id;
  live->auto_record = stored.auto_record;
  live->policies = policies;
  by_id_[stored.id] = live;
  by_key_[live->key] = live;
  io::log::info("meeting runs", {{"meeting", io::loggable(stored.id)}});
  if (!kms_.up()) feed(live, meeting::KmsLost{});
  live->busy = true;
  read_kept(live, stored.account_id);
  return live;
}

/// Again and again while the store or the key service is away: who comes waits as long.
void LiveMeetings::read_kept(const std::shared_ptr<Live>& live, const std::string& account_id) {
  static constexpr Duration ask_again = std::chrono::milliseconds{300};
  keeper_.begin(account_id, live->state.settings().meeting_id,
                [this, account_id, weak = std::weak_ptr<Live>{live}](ActivityKeeper::Begun begun) {
                  const auto again = weak.lock();
                  if (!again) return;
                  if (begun.away) {
                    again->timer.after(ask_again, [this, account_id, weak] {
                      if (const auto waiting = weak.lock()) read_kept(waiting, account_id);
                    });
                    return;
                  }
                  again->log = std::move(begun.log);
                  for (const wire::Record& record : begun.records) {
                    if (const auto* message = std::get_if<wire::ChatMessage>(&record))
                      again->newest_said = std::max(again->newest_said, message->message);
                  }
                  again->inputs.push_front(meeting::Restore{std::move(begun.records), std::move(begun.banned)});
                  again->busy = false;
                  drain(again);
                });
}

void LiveMeetings::message(meeting::ConnectionId connection, wire::ClientMessage message) {
  const auto it = by_connection_.find(static_cast<std::uint64_t>(connection));
  if (it == by_connection_.end()) return;
  const std::shared_ptr<Live> live = it->second;
  // Which room somebody may go to is the main meeting's to say, wherever they are.
  const std::shared_ptr<Live> main = is_about_rooms(message) ? live->parent.lock() : nullptr;
  feed(main ? main : live, meeting::Message{connection, std::move(message)});
}

void LiveMeetings::disconnected(meeting::ConnectionId connection) {
  const auto it = by_connection_.find(static_cast<std::uint64_t>(connection));
  if (it == by_connection_.end()) return;
  const std::shared_ptr<Live> live = it->second;
  by_connection_.erase(it);
  const std::shared_ptr<Live> main = live->parent.lock();
  feed(live, meeting::Disconnected{connection});
  if (main) feed(main, meeting::Disconnected{connection});
}

void LiveMeetings::end(const std::string& meeting_id, wire::EndReason reason) {
  if (const auto it = by_id_.find(meeting_id); it != by_id_.end()) {
    const std::shared_ptr<Live> live = it->second;
    feed(live, meeting::EndMeeting{reason});
  }
}

void LiveMeetings::lift_ban(const std::string& meeting_id, std::string key) {
  if (const auto it = by_id_.find(meeting_id); it != by_id_.end()) {
    const std::shared_ptr<Live> live = it->second;
    feed(live, meeting::BanLifted{std::move(key)});
  }
}

void LiveMeetings::write_up(const std::string& meeting_id, meeting::WaitingRoomWritten written) {
  if (const auto it = by_id_.find(meeting_id); it != by_id_.end()) {
    const std::shared_ptr<Live> live = it->second;
    feed(live, std::move(written));
  }
}

void LiveMeetings::end_all(wire::EndReason reason) {
  for (const auto& [key, live] : by_key_) live->stopping = reason == wire::EndReason::server_stopping;
  to_all(meeting::EndMeeting{reason});
}

void LiveMeetings::to_meeting(const std::string& key, meeting::Input input) {
  if (const auto it = by_key_.find(key); it != by_key_.end()) {
    const std::shared_ptr<Live> live = it->second;
    feed(live, std::move(input));
  }
}

void LiveMeetings::to_all(const meeting::Input& input) {
  const auto all = by_key_;
  for (const auto& [key, live] : all) feed(live, input);
}

const Bytes& LiveMeetings::held_as(const Live& live) {
  const std::shared_ptr<Live> main = live.parent.lock();
  return (main ? *main : live).state.settings().meeting_uuid;
}

std::optional<Bytes> LiveMeetings::held_as(const std::string& key) const {
  const auto it = by_key_.find(key);
  if (it == by_key_.end()) return std::nullopt;
  return held_as(*it->second);
}

LiveMeetings::Presence LiveMeetings::presence(const std::string& meeting_id) const {
  const auto it = by_id_.find(meeting_id);
  if (it == by_id_.end()) return {};
  return {it->second->state.inside(), it->second->state.waiting()};
}

const meeting::Meeting* LiveMeetings::running(const std::string& meeting_id) const {
  const auto it = by_id_.find(meeting_id);
  return it == by_id_.end() ? nullptr : &it->second->state;
}

LiveMeetings::Running LiveMeetings::find_running(const std::string& meeting) const {
  auto it = by_id_.find(meeting);
  if (it == by_id_.end()) {
    it = std::ranges::find_if(
        by_id_, [&](const auto& e) { return to_base64(e.second->state.settings().meeting_uuid) == meeting; });
  }
  if (it == by_id_.end()) return {};
  return {&it->second->state.settings(), it->second->account_id, it->second->owner_id, &it->second->policies};
}

std::vector<LiveMeetings::Overview> LiveMeetings::overview(const std::string& account_id) const {
  std::vector<Overview> out;
  for (const auto& [id, live] : by_id_) {
    if (live->account_id != account_id) continue;
    Overview o{&live->state.settings(), live->key, live->owner_id, {live->state.inside(), live->state.waiting()}};
    for (const auto& [number, room] : live->rooms) {
      o.presence.inside += room->state.inside();
      ++o.rooms;
    }
    out.push_back(std::move(o));
  }
  return out;
}

/// Whatever an output sets off in turn waits until this one is done: a meeting is never entered twice.
void LiveMeetings::feed(const std::shared_ptr<Live>& live, meeting::Input input) {
  live->inputs.push_back(std::move(input));
  if (!live->busy) drain(live);
}

void LiveMeetings::drain(const std::shared_ptr<Live>& live) {
  live->busy = true;
  meeting::Outbox outbox;
  while (!live->inputs.empty()) {
    const meeting::Input next = std::move(live->inputs.front());
    live->inputs.pop_front();
    live->state.handle(next, loop_.now(), outbox);
    obey(live, outbox);
    outbox.clear();
  }
  live->busy = false;
  if (const auto deadline = live->state.next_deadline()) {
    live->timer.at(*deadline, [this, weak = std::weak_ptr<Live>{live}] {
      if (const auto again = weak.lock()) feed(again, meeting::Timeout{});
    });
  } else {
    live->timer.cancel();
  }
}

void LiveMeetings::obey(const std::shared_ptr<Live>& live, meeting::Outbox& outbox) {
  const std::string& key = live->key;
  const Bytes& uuid = live->state.settings().meeting_uuid;
  for (meeting::Output& output : outbox) {
    if (auto* send = std::get_if<meeting::Send>(&output)) {
      const std::string text = wire::encode(send->message);
      for (const meeting::ConnectionId connection : send->to) outside_.send(connection, text);
    } else if (auto* close = std::get_if<meeting::CloseConnection>(&output)) {
      by_connection_.erase(static_cast<std::uint64_t>(close->connection));
      outside_.close(close->connection);
    } else if (auto* open = std::get_if<meeting::OpenTransport>(&output)) {
      media_.open(key, *open);
    } else if (const auto* remote = std::get_if<meeting::SetRemote>(&output)) {
      media_.set_remote(key, *remote);
    } else if (auto* gone = std::get_if<meeting::CloseTransport>(&output)) {
      media_.close(key, gone->participant, gone->attempt);
    } else if (auto* published = std::get_if<meeting::SetPublished>(&output)) {
      media_.set_published(key, *published);
      if (outside_.published) outside_.published(held_as(*live), *published);
    } else if (auto* subscribed = std::get_if<meeting::SetSubscribed>(&output)) {
      media_.set_subscribed(key, *subscribed);
    } else if (auto* make = std::get_if<meeting::MakeKeys>(&output)) {
      kms_.make(key, uuid, *make);
    } else if (auto* seal = std::get_if<meeting::SealKeys>(&output)) {
      kms_.seal(key, uuid, *seal);
    } else if (auto* erase = std::get_if<meeting::EraseKeys>(&output)) {
      kms_.erase(uuid, erase->generation);
    } else if (auto* keep = std::get_if<meeting::KeepRecord>(&output)) {
      keeper_.keep(live->log, keep->record,
                   [this, weak = std::weak_ptr<Live>{live}, request = keep->request, record = keep->record](bool kept) {
                     const auto again = weak.lock();
                     if (!again) return;
                     if (kept) was_kept(*again, record);
                     auto go_on = [this, weak, request, kept] {
                       if (const auto still = weak.lock()) feed(still, meeting::Kept{request, kept});
                     };
                     outside_.when_told ? outside_.when_told(std::move(go_on)) : go_on();
                   });
    } else if (auto* banned = std::get_if<meeting::Banned>(&output)) {
      const std::shared_ptr<Live> main = live->parent.lock();
      keeper_.ban(main ? main->log : live->log, banned->key);
    } else if (const auto* asked = std::get_if<meeting::RecordingAsked>(&output)) {
      record(live, *asked);
    } else if (auto* offered = std::get_if<meeting::FileOffered>(&output)) {
      files_.expect_upload(
          {live->log->log.account_id, live->state.settings().meeting_id}, offered->file, offered->ticket, offered->size,
          [this, weak = std::weak_ptr<Live>{live}, file = offered->file](bool stored, std::string message) {
            if (const auto again = weak.lock()) {
              feed(again, meeting::FileReady{file, stored, std::move(message)});
            }
          });
    } else if (auto* wanted = std::get_if<meeting::FileWanted>(&output)) {
      files_.expect_download({live->log->log.account_id, live->state.settings().meeting_id}, wanted->file,
                             wanted->ticket);
    } else if (std::holds_alternative<meeting::Finished>(output)) {
      finished(live);
    } else {
      obey_rooms(live, output);
    }
  }
}

void LiveMeetings::record(const std::shared_ptr<Live>& live, const meeting::RecordingAsked& asked) {
  auto refused = [this, by = asked.by](std::string why) {
    wire::Error error;
    error.code = wire::ErrorCode::not_allowed;
    error.message = std::move(why);
    outside_.send(by, wire::encode(wire::ServerMessage{std::move(error)}));
  };
  if (!outside_.record) return refused("This server does not record.");
  const std::string& id = live->state.settings().meeting_id;
  if (std::string why = outside_.record_objection ? outside_.record_objection(id) : std::string{}; !why.empty())
    return refused(std::move(why));
  outside_.record(id, asked.action, std::move(refused));
}

void LiveMeetings::finished(const std::shared_ptr<Live>& live) {
  io::log::info("meeting is over", {{"meeting", io::loggable(live->state.settings().meeting_id)}});
  if (live->started) tell(*live, LiveEvent::What::ended);
  if (live->log && !live->stopping) keeper_.end(live->log);
  by_key_.erase(live->key);
  if (live->state.settings().room == 0) by_id_.erase(live->state.settings().meeting_id);
  std::erase_if(by_connection_, [&](const auto& entry) { return entry.second == live; });
  if (live->state.settings().room == 0 && outside_.finished) outside_.finished(live->state.settings().meeting_id);
}

}  // namespace sealhall::control
