// What goes into a meeting and what comes out of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/time.h"
#include "core/meeting/key_generations.h"
#include "core/wire/kms_channel.h"
#include "core/wire/records.h"
#include "core/wire/signalling.h"

namespace sealhall::meeting {

using wire::ParticipantNumber;

/// One signalling connection; given by whoever runs the meeting, never used twice.
enum class ConnectionId : std::uint64_t {};

/// What policies have switched off for everybody.
class SwitchedOff {
 public:
  void add(wire::Feature feature) noexcept { bits_ |= bit(feature); }
  [[nodiscard]] bool has(wire::Feature feature) const noexcept { return (bits_ & bit(feature)) != 0; }
  [[nodiscard]] std::vector<wire::Feature> list() const;

 private:
  static constexpr std::uint32_t bit(wire::Feature f) noexcept { return std::uint32_t{1} << static_cast<unsigned>(f); }
  std::uint32_t bits_ = 0;
};

/// What participants may do; hosts and co-hosts may always, except for what is switched off. See wire::SetPolicy.
struct Rules {
  wire::ChatPolicy chat = wire::ChatPolicy::everyone_and_direct;
  bool rename = true;
  bool unmute = true;  ///< false: they also come in muted
  bool camera = true;  ///< false: no pictures of them; not a client's to change
  bool share = true;
  bool draw = true;
  bool suspended = false;
  SwitchedOff off{};
  std::string recording_notice{};  ///< told with the question for consent; empty: nothing
};
/// The rules of a meeting that begins with these features switched off.
Rules rules_without(const std::vector<wire::Feature>& off);

/// A breakout room that was planned with the meeting.
struct PlannedRoom {
  std::string name{};
  std::vector<std::string> people{};  ///< whom it waits for: ids of accounts and of registrations
};

struct Settings {
  std::string meeting_id{};
  Bytes meeting_uuid{};  ///< 16 bytes, of this instance
  std::string topic{};
  std::optional<std::string> passcode{};
  bool waiting_room = false;
  bool waiting_room_required = false;  ///< by a policy: no host switches it off
  bool locked = false;
  bool join_before_host = true;
  bool mute_on_entry = false;                ///< whoever is no host comes in with the microphone off
  bool host_video = true;                    ///< false: hosts come in with the camera off
  bool participant_video = true;             ///< the same for everybody else
  std::vector<PlannedRoom> planned_rooms{};  ///< what the main room plans first
  std::uint32_t max_participants = 1000;     ///< inside
  std::uint32_t max_waiting = 300;
  std::uint32_t room = 0;  ///< this is a breakout room of the meeting; 0: the main room
  std::string room_name{};
  std::uint64_t max_file_size = 100U << 20;  ///< bytes of a file in the chat; 0: no files
  Rules rules{};
  UnixMicros started_at{};  ///< of this instance, for the times that people read
  std::string leave_url{};  ///< where people go afterwards, at most 2000 bytes; empty: nowhere
  // What those who wait read, as `display_name` and `clean_text` make it; empty: nothing.
  std::string waiting_title{};        ///< at most 64 characters
  std::string waiting_description{};  ///< at most 1000 characters
};

struct Times {
  Duration grace = std::chrono::seconds{30};      ///< a broken connection may come back within; longer delays new keys
  Duration admission = std::chrono::seconds{10};  ///< keys and transport must be there within
  Duration roster_batch = std::chrono::milliseconds{50};  ///< roster changes that share one message to everybody
  Duration empty = std::chrono::seconds{30};              ///< a meeting without anybody ends after this
  /// More codecs are allowed when everybody has taken them for so long. Smaller: one who makes transports again and
  /// again changes everybody's codec more often; larger: VP8 for longer after somebody has left who took nothing else.
  Duration codecs_calm = std::chrono::seconds{10};
  KeyTimes keys;
};

/// A signed-in person, as the caller has verified it.
struct Account {
  std::string id;
  std::string name;
  bool may_host = false;   ///< owner of the meeting: comes in as host, past passcode, lock and waiting room
  bool connector = false;  ///< one of our own connectors (recorder, phone, ..), which may say what it stands for
  bool admitted = false;   ///< past the waiting room, not as host
};

// ---- in -----------------------------------------------------------------------------------------------------------

struct JoinRequest {
  ConnectionId connection{};
  wire::Join join;
  std::string source;  ///< where it comes from, for counting wrong passcodes
  std::optional<Account> account;
  std::string registrant{};  ///< who registered for the meeting: the id of the registration
};
struct Message {
  ConnectionId connection{};
  wire::ClientMessage message;  ///< anything but `Join`
};
struct Disconnected {
  ConnectionId connection{};
};
struct KeysMade {
  std::uint64_t request = 0;
  std::uint32_t generation = 0;
};
struct KeysSealed {
  std::uint64_t request = 0;
  wire::SealedGeneration sealed;
};
struct KeysFailed {
  std::uint64_t request = 0;
  wire::kms::Failure failure{};
};
struct KmsLost {};
struct KmsReady {
  bool forgot = false;  ///< another instance than before: it has none of the generations
};
/// `attempt` in these names the `OpenTransport` that they answer; what answers an older one is ignored.
struct TransportReady {
  ParticipantNumber participant = 0;
  std::uint64_t attempt = 0;
  wire::TransportParameters local;
  wire::RelayCredentials relay;
  std::vector<wire::Slot> slots;
};
struct TransportUp {
  ParticipantNumber participant = 0;
  std::uint64_t attempt = 0;
};
struct TransportDown {
  ParticipantNumber participant = 0;
  std::uint64_t attempt = 0;
};
struct SlotsMoved {
  ParticipantNumber participant = 0;
  std::uint64_t attempt = 0;
  std::vector<wire::SlotAssignment> assignments;
};
struct LayersMoved {
  ParticipantNumber participant = 0;
  std::uint64_t attempt = 0;
  wire::SourceKind kind{};
  std::vector<std::string> rids;
};
struct SpeakersMoved {
  std::vector<ParticipantNumber> loudest;
};
/// Somebody goes into a breakout room: the room takes this as `Placed`, under the same participant number.
struct PlaceInRoom {
  std::uint32_t room = 0;
  ConnectionId connection{};
  ParticipantNumber participant = 0;
  wire::Join join;  ///< the fresh key, nonce and transport
  std::string name;
  std::string account;
  wire::Role role = wire::Role::participant;
  wire::OuterLeg outer_leg = wire::OuterLeg::none_outside;
  std::string resume_secret;
  std::string device;
  wire::ConsentState consent = wire::ConsentState::not_asked;
};
struct Placed {
  PlaceInRoom place;
};
/// To a room: somebody is not here any more; the connection stays open and belongs elsewhere.
struct Taken {
  ParticipantNumber participant = 0;
  bool removed = false;
};
/// To the main meeting: somebody has left the meeting out of a room.
struct LeftRoom {
  std::uint32_t room = 0;
  ParticipantNumber participant = 0;
  bool removed = false;  ///< by a host there
};
/// Answers a `FileOffered`: its content is sealed and stored, or why it is not.
struct FileReady {
  std::string file;
  bool stored = false;
  std::string message;
};
/// Answers a `KeepRecord`: it is durable, or it could not be kept.
struct Kept {
  std::uint64_t request = 0;
  bool kept = false;
};
/// Before the first join: the records of an instance that was not ended (the server was killed), which goes on; and the
/// keys of all `Banned` outputs of this meeting.
struct Restore {
  std::vector<wire::Record> records;
  std::vector<std::string> banned;
};
/// What those who wait read from now on; what is absent stays as it is.
struct WaitingRoomWritten {
  std::optional<std::string> title{};
  std::optional<std::string> description{};
};
/// From outside of the meeting: whoever was banned under this key may come again.
struct BanLifted {
  std::string key;
};
/// From outside of the meeting: the REST API, or the server stops.
struct EndMeeting {
  wire::EndReason reason = wire::EndReason::ended_by_host;
};
/// `next_deadline` has passed.
struct Timeout {};

using Input =
    std::variant<JoinRequest, Message, Disconnected, KeysMade, KeysSealed, KeysFailed, KmsLost, KmsReady,
                 TransportReady, TransportUp, TransportDown, SlotsMoved, LayersMoved, SpeakersMoved, Placed, Taken,
                 LeftRoom, FileReady, Kept, Restore, BanLifted, WaitingRoomWritten, EndMeeting, Timeout>;

// ---- out ----------------------------------------------------------------------------------------------------------

struct Send {
  std::vector<ConnectionId> to;
  wire::ServerMessage message;
};
/// Close politely after what was sent; nothing more comes for this connection.
struct CloseConnection {
  ConnectionId connection{};
};
/// Answered by TransportReady or TransportDown. An open transport of the same participant is closed before.
struct OpenTransport {
  ParticipantNumber participant = 0;
  std::uint64_t attempt = 0;
  std::uint16_t sender_index = 0;
  std::optional<wire::TransportParameters> remote;  ///< else by `SetRemote`
  std::uint32_t audio_slots = 0;
  std::uint32_t video_slots = 0;
};
/// The client's end of a transport that was opened without one.
struct SetRemote {
  ParticipantNumber participant = 0;
  std::uint64_t attempt = 0;
  wire::TransportParameters remote;
};
/// Nothing is forwarded from or to it from now on.
struct CloseTransport {
  ParticipantNumber participant = 0;
  std::uint64_t attempt = 0;
};
struct SetPublished {
  ParticipantNumber participant = 0;
  std::vector<wire::PublishedSource> sources;
  bool audio_allowed = true;
  bool video_allowed = true;
};
struct SetSubscribed {
  ParticipantNumber participant = 0;
  std::vector<wire::VideoWish> videos;
  std::vector<ParticipantNumber> withheld{};  ///< who does not reach it, see wire::media::SetSubscribed
};
/// To be sealed and stored; answered by `Kept`, when it would survive a power cut. A record of the same kind and number
/// is replaced.
struct KeepRecord {
  std::uint64_t request = 0;
  wire::Record record;
};
/// Never to be let in again, also in later instances: "account:ID" or "device:SECRET".
struct Banned {
  std::string key;
};
/// For the history and for whoever listens to events. `came` and `left` are told once each for a participant number.
/// Whoever `waits` is `admitted` or `gave_up`; who `shares` a screen `stops_sharing`, before they have `left`.
struct PresenceChanged {
  enum class What : std::uint8_t { waits, admitted, gave_up, came, left, shares, stops_sharing };
  What what = What::came;
  ParticipantNumber participant = 0;
  std::string name;
  std::string account;  ///< empty for guests
  wire::ClientKind client = wire::ClientKind::native;
  wire::Role role = wire::Role::participant;
  bool removed = false;      ///< with `left`: by a host
  bool moved = false;        ///< with `left`: out of a breakout room, into another room of the same meeting
  std::string registrant{};  ///< JoinRequest::registrant
};
/// With this ticket the content of a new file may be uploaded; answered by `FileReady`.
struct FileOffered {
  std::string file;
  std::string ticket;
  std::uint64_t size = 0;
};
/// With this ticket the file may be downloaded.
struct FileWanted {
  std::string file;
  std::string ticket;
};
/// A breakout room begins: a Meeting of its own. It is given people by `PlaceInRoom`.
struct OpenRoom {
  std::uint32_t room = 0;
  std::string name;
};
/// It ends, with this reason for whoever is still inside.
struct CloseRoom {
  std::uint32_t room = 0;
  wire::EndReason reason = wire::EndReason::room_closed;
};
/// The room is given `Taken`; the connection belongs to this meeting again.
struct TakeFromRoom {
  std::uint32_t room = 0;
  ParticipantNumber participant = 0;
  bool removed = false;
  std::optional<ConnectionId> connection{};
};
/// Somebody whose connection broke in a room comes back: the join is that room's.
struct ResumeInRoom {
  std::uint32_t room = 0;
  JoinRequest request;
};
/// A host wants the server to record, or not any more: record_start, _stop, _pause, _resume. Whoever asked is told by
/// the caller when it cannot be done; that it is done everybody sees by the recorder.
struct RecordingAsked {
  wire::HostAction action = wire::HostAction::record_start;
  ConnectionId by{};
};
/// The meeting is over: kms forgets it, the caller drops it.
struct Finished {};

using Output =
    std::variant<Send, CloseConnection, OpenTransport, SetRemote, CloseTransport, SetPublished, SetSubscribed, MakeKeys,
                 SealKeys, EraseKeys, KeepRecord, Banned, PresenceChanged, RecordingAsked, OpenRoom, CloseRoom,
                 PlaceInRoom, TakeFromRoom, ResumeInRoom, FileOffered, FileWanted, Finished>;

/// Owned by the caller, who does what is in it in order, empties it and may use it again.
using Outbox = std::vector<Output>;

}  // namespace sealhall::meeting
