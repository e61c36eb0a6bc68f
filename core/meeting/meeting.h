// One running meeting. Feed inputs with `handle`; do what it puts into the outbox, in order; call again at
// `next_deadline`.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/random.h"
#include "core/meeting/activities.h"
#include "core/meeting/breakout.h"
#include "core/meeting/key_generations.h"
#include "core/meeting/participant.h"
#include "core/meeting/passcode_guard.h"
#include "core/meeting/permissions.h"
#include "core/meeting/sender_indices.h"
#include "core/meeting/types.h"

namespace sealhall::meeting {

class Meeting {
 public:
  /// `random` makes resume secrets; `passcodes` counts wrong ones and is shared by all meetings.
  /// Both outlive the meeting.
  Meeting(Settings settings, Times times, RandomSource& random, PasscodeGuard& passcodes, Instant now);
  Meeting(const Meeting&) = delete;
  Meeting& operator=(const Meeting&) = delete;

  /// Appends to `out`. After `Finished` every join is answered with `meeting_ended`.
  void handle(const Input& input, Instant now, Outbox& out);
  [[nodiscard]] std::optional<Instant> next_deadline() const;

  [[nodiscard]] const Settings& settings() const noexcept { return settings_; }
  /// People inside or coming in, not those who wait.
  [[nodiscard]] std::size_t inside() const noexcept;
  [[nodiscard]] std::size_t waiting() const noexcept;
  [[nodiscard]] bool finished() const noexcept { return finished_; }
  [[nodiscard]] const std::map<ParticipantNumber, Participant>& participants() const noexcept { return participants_; }
  [[nodiscard]] const KeyGenerations& keys() const noexcept { return keys_; }
  [[nodiscard]] const Activities& activities() const noexcept { return activities_; }

 private:
  // meeting.cc
  void on(const Message& input, Instant now, Outbox& out);
  void on(const Disconnected& input, Instant now, Outbox& out);
  void on(const KeysMade& input, Instant now, Outbox& out);
  void on(const KeysSealed& input, Instant now, Outbox& out);
  void on(const KeysFailed& input, Instant now, Outbox& out);
  void on(const KmsLost& input, Instant now, Outbox& out);
  void on(const KmsReady& input, Instant now, Outbox& out);
  void on(const EndMeeting& input, Instant now, Outbox& out);
  void on(const Timeout& input, Instant now, Outbox& out);
  void gone(ParticipantNumber number, Departure departure, Instant now, Outbox& out);
  void away(Participant& p, Instant now, Outbox& out);
  void release_index(Participant& p);
  void pass_on_host(Instant now, Outbox& out);
  void apply_keys(KeyOutbox& keys, Instant now, Outbox& out);
  void flush_roster(Instant now, Outbox& out);
  void send_waiting_list(Outbox& out);
  void broadcast(wire::ServerMessage message, Outbox& out) const;
  void roster_changed(const Participant& p);
  static void fail(ConnectionId to, wire::ErrorCode code, bool fatal, Outbox& out, Duration wait = Duration::zero());
  static void end(Participant& p, wire::EndReason reason, Outbox& out);
  Participant* of(ConnectionId connection);
  Participant* find(ParticipantNumber number);
  [[nodiscard]] wire::MeetingInfo info() const;
  [[nodiscard]] std::vector<wire::WaitingEntry> waiting_list() const;

  // meeting_join.cc
  void on(const JoinRequest& input, Instant now, Outbox& out);
  bool resume(const JoinRequest& input, Instant now, Outbox& out);
  bool passcode_is_right(const JoinRequest& input, Instant now, Outbox& out);
  void admit(Participant& p, Instant now, Outbox& out);
  void let_in(Participant& p, Instant now, Outbox& out);
  void admission_failed(Participant& p, wire::ErrorCode code, Instant now, Outbox& out);
  void complete_admissions(Instant now, Outbox& out);
  void become_present(Participant& p, KeysForJoin keys, Instant now, Outbox& out);
  void take_host_from_others();
  void admit_those_who_wait_for_host(Instant now, Outbox& out);
  [[nodiscard]] bool host_is_inside() const;

  // meeting_media.cc
  void on(const TransportReady& input, Instant now, Outbox& out);
  void on(const TransportUp& input, Instant now, Outbox& out);
  void on(const TransportDown& input, Instant now, Outbox& out);
  void on(const SlotsMoved& input, Instant now, Outbox& out);
  void on(const LayersMoved& input, Instant now, Outbox& out);
  void on(const SpeakersMoved& input, Instant now, Outbox& out);
  [[nodiscard]] wire::Speakers speakers() const;
  void open_transport(Participant& p, Outbox& out);
  void close_transport(Participant& p, Outbox& out);
  static void reopen_transport(Participant& p, Instant now);
  void client_transport(Participant& p, const wire::ClientTransport& message, Outbox& out);
  void renew_transport(Participant& p, Instant now, Outbox& out);
  void tell_published(const Participant& p, Outbox& out) const;
  void look_at_codecs(Instant now, Outbox& out);
  void tell_subscribed(const Participant& p, Outbox& out) const;
  void look_at_consent(const Participant& p, Outbox& out);
  void tell_shares(Outbox& out);
  Participant* with_attempt(ParticipantNumber number, std::uint64_t attempt);
  void publish(Participant& p, const wire::Publish& message, Outbox& out);
  void subscribe(Participant& p, const wire::Subscribe& message, Outbox& out);
  void set_muted(Participant& p, const wire::SetMuted& message, Outbox& out);

  // meeting_rules.cc
  void on(const Kept& input, Instant now, Outbox& out);
  void on(const Restore& input, Instant now, Outbox& out);
  void on(const BanLifted& input, Instant now, Outbox& out);
  void on(const WaitingRoomWritten& input, Instant now, Outbox& out);
  [[nodiscard]] wire::Waiting waiting_room(const Participant& p) const;
  void on(const FileReady& input, Instant now, Outbox& out);
  /// Calls `use` with a scene, and does what it wrote there.
  template <class Use>
  void with_scene(Instant now, Outbox& out, Use&& use);
  void apply(const ActivityOutbox& box, Outbox& out);
  void set_policy(Participant& p, const wire::SetPolicy& message, Outbox& out);
  static void switched_off(const Participant& p, Outbox& out);
  void rename(Participant& p, const wire::Rename& message, Outbox& out);
  void silence(Participant& p, bool audio, bool video, bool share, Outbox& out);
  void suspend(bool suspended, Instant now, Outbox& out);
  void shut_out(const Participant& p, bool for_ever, Outbox& out);
  [[nodiscard]] bool is_shut_out(const JoinRequest& input) const;
  void tell_presence(PresenceChanged::What what, const Participant& p, bool removed, Outbox& out) const;

  // meeting_rooms.cc
  void on(const Placed& input, Instant now, Outbox& out);
  void on(const Taken& input, Instant now, Outbox& out);
  void on(const LeftRoom& input, Instant now, Outbox& out);
  bool rooms_message(Participant& p, const wire::ClientMessage& message, Instant now, Outbox& out);
  void tell_all_rooms(wire::ServerMessage message, Outbox& out) const;
  void send_to(const Participant& p, std::uint32_t room, Outbox& out) const;
  void plan_rooms(Participant& p, const wire::PlanRooms& message, Outbox& out);
  void control_rooms(Participant& p, const wire::ControlRooms& message, Instant now, Outbox& out);
  void assign_room(Participant& p, const wire::AssignRoom& message, Outbox& out);
  void enter_room(Participant& p, const wire::EnterRoom& message, Instant now, Outbox& out);
  void leave_main_room(Participant& p, Instant now, Outbox& out);
  void come_back(Participant& p, const wire::Join& join, Instant now, Outbox& out);
  void rooms_timeout(Instant now, Outbox& out);
  void place_as_planned(const Participant& p, Outbox& out);
  void close_rooms(Instant now, Outbox& out);
  void flush_rooms(Instant now, Outbox& out);

  // meeting_host.cc
  void host_command(Participant& p, const wire::HostCommand& command, Instant now, Outbox& out);
  void act_on_person(Participant& actor, wire::HostAction action, Participant& target, Instant now, Outbox& out);
  void act_on_meeting(const Participant& actor, wire::HostAction action, Instant now, Outbox& out);

  Settings settings_;
  Times times_;
  RandomSource& random_;
  PasscodeGuard& passcodes_;
  KeyGenerations keys_;
  SenderIndices indices_;
  std::map<ParticipantNumber, Participant> participants_;
  std::map<ConnectionId, ParticipantNumber> by_connection_;
  std::set<ParticipantNumber> removed_;
  std::set<std::string> shut_out_;          ///< "account:ID", "device:SECRET"
  std::set<ParticipantNumber> unrecorded_;  ///< have refused to be recorded: no recorder gets anything of them
  Activities activities_;
  Breakout rooms_;
  bool rooms_dirty_ = false;
  Instant rooms_sent_;
  std::optional<Instant> rooms_forced_at_;  ///< the rooms are closing; whoever is not back by then is out
  bool moving_ = false;                     ///< who goes now goes to another room
  Instant started_;
  std::set<ParticipantNumber> roster_dirty_;
  std::vector<ParticipantNumber> roster_gone_;
  std::vector<ParticipantNumber> loudest_;  ///< as it was told last
  /// Everybody who receives pictures decodes these, besides VP8, and has for a while; as it was told last.
  std::vector<std::string> codecs_{wire::other_video_codecs.begin(), wire::other_video_codecs.end()};
  std::optional<Instant> codecs_wider_at_;  ///< more would be possible: it is allowed then, if it still is
  bool codecs_dirty_ = false;
  Instant roster_sent_{};
  bool waiting_dirty_ = false;
  std::optional<Instant> empty_since_;
  ParticipantNumber next_number_ = 1;
  std::uint64_t next_attempt_ = 1;
  bool finished_ = false;
};

}  // namespace sealhall::meeting
