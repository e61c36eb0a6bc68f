// Signalling: every message between a client and the control process over the WebSocket, declared once.
//
// On the wire a message is one JSON text frame {"type": "<name>", ...fields...}; absent optionals are left out, unknown
// fields are ignored, unknown types are an error. Bytes travel as base64url without padding. At most 64 KiB a message
// from a client, 1 MiB to one (a roster of thousands). From this declaration and its limits in description.h come the
// C++ encoder and decoder, the JSON schema and the TypeScript types.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/bytes.h"
#include "core/wire/activities.h"
#include "core/wire/basics.h"

namespace sealhall::wire {

// ---- shared parts -------------------------------------------------------------------------------------------------

/// What a participant sends. The number is the SFrame KID context (0 audio, 1 camera, 2 share, 3 share audio).
enum class SourceKind : std::uint8_t { audio = 0, camera = 1, share = 2, share_audio = 3 };
/// How the leg outside of the sealed media is encrypted: a native client or browser, or what a connector stands for.
enum class OuterLeg : std::uint8_t { none_outside, srtp_aes_256_gcm, srtp_aes_128, unencrypted };
enum class ClientKind : std::uint8_t { native, web, recorder, phone, sip, h323, stream };

/// One RTP encoding of a source. Video has one a simulcast layer ("q", "h", "f" from small to large), audio has one.
struct Encoding {
  std::string rid;  ///< "" for audio
  std::uint32_t ssrc = 0;
  std::uint32_t rtx_ssrc = 0;  ///< 0 when there is no retransmission stream
  std::uint32_t width = 0;     ///< pixels, 0 for audio
  std::uint32_t height = 0;
  std::uint32_t max_bitrate_bps = 0;
};
/// The video codecs that a source may have where everybody decodes them; "vp8" it may have everywhere.
inline constexpr std::array<std::string_view, 2> other_video_codecs{"vp9", "h264"};
struct PublishedSource {
  SourceKind kind = SourceKind::audio;
  std::string codec;                ///< "opus", "vp8" or one of `other_video_codecs`
  std::vector<Encoding> encodings;  ///< 1..3
};
struct RosterEntry {
  ParticipantNumber participant = 0;
  std::string name;  ///< at most 64 characters, shown as text
  Role role = Role::participant;
  ClientKind client = ClientKind::native;
  OuterLeg outer_leg = OuterLeg::none_outside;
  std::uint16_t sender_index = 0;  ///< SFrame KID sender index of this join
  Bytes sender_nonce;              ///< 16 bytes of the sender's own choice, part of its base key
  bool audio_muted = false;
  bool video_muted = false;
  bool connected = false;           ///< media transport is up
  std::vector<SourceKind> sources;  ///< published now
  RecordingState recording = RecordingState::off;
  ConsentState consent = ConsentState::not_asked;  ///< to being recorded
  std::optional<std::uint32_t> room{};             ///< the breakout room that this person is in now
};
struct WaitingEntry {
  ParticipantNumber participant = 0;
  std::string name;
};
/// Where and how media reaches the server: what SDP would say, without SDP.
struct TransportParameters {
  std::string ice_ufrag;
  std::string ice_password;
  std::string dtls_fingerprint;  ///< "sha-256 AA:BB:.." (RFC 8122 section 5)
  struct Candidate {
    std::string address;  ///< IPv4 or IPv6 literal
    std::uint16_t port = 0;
  };
  std::vector<Candidate> candidates;  ///< host, UDP. Empty from clients: they are learned from their checks
};
/// TURN over TLS on the port that signalling uses (RFC 8656; long-term credentials, RFC 8489 section 9.2).
struct RelayCredentials {
  std::string username;
  std::string password;
  std::string realm;
};
/// A stream that the server sends to this client. Which source it carries changes by `slots` messages, never its SSRCs.
struct Slot {
  std::uint32_t slot = 0;  ///< index, audio and video counted together
  bool video = false;
  std::uint32_t ssrc = 0;
  std::uint32_t rtx_ssrc = 0;  ///< 0 for audio
};
struct SlotAssignment {
  std::uint32_t slot = 0;
  std::optional<ParticipantNumber> participant;  ///< nullopt: nobody now
  std::optional<SourceKind> kind;
};
/// A generation secret, HPKE-sealed to the key that this join announced (RFC 9180 base mode, suite of
/// core/crypto/hpke.h).
struct SealedGeneration {
  std::uint32_t generation = 0;
  Bytes enc;         ///< encapsulated key
  Bytes ciphertext;  ///< 32 bytes secret plus tag
};
struct MeetingInfo {
  std::string meeting_id;  ///< as in the link
  Bytes meeting_uuid;      ///< 16 bytes, of this instance; salt of the key schedule
  std::string topic;
  bool locked = false;
  bool waiting_room = false;
  ChatPolicy chat = ChatPolicy::everyone_and_direct;
  bool rename = true;  ///< participants may: see `SetPolicy`
  bool unmute = true;
  bool share = true;
  bool draw = true;
  bool suspended = false;  ///< a host has stopped everything: only hosts and co-hosts send, write and act
  std::uint32_t room = 0;  ///< the breakout room that this is about; 0: the main room
  std::string room_name{};
  std::vector<Feature> switched_off{};  ///< by the organisation's policies: nobody can switch it on in the meeting
};

// ---- client to server ---------------------------------------------------------------------------------------------

/// First message. Signed-in people pass `token`, guests a `name`. `resume` continues a join after a broken connection:
/// the participant number stays when the server still knows it, keys and transport are always new.
struct Join {
  std::string meeting_id;
  std::optional<std::string> token;
  std::optional<std::string> name;
  std::optional<std::string> passcode;
  std::optional<std::string> resume;
  /// Chosen by the client once for each meeting link and kept: a host who bans a guest bans this. 16 random bytes or
  /// more as base64url; it says nothing about the person, and differs for every meeting.
  std::optional<std::string> device{};
  std::optional<std::string> registrant{};  ///< the `tk=` of a registrant's link
  std::optional<std::string> start{};       ///< the `zak=` of a start link: comes in as the person that it names
  ClientKind client = ClientKind::native;
  Bytes hpke_public_key;  ///< 32 bytes X25519, made for this join
  Bytes sender_nonce;     ///< 16 random bytes, made for this join
  /// The client's ufrag, password and fingerprint; it is controlling and DTLS client. Without it the client says them
  /// in `ClientTransport` when it has the server's: a browser that answers an offer has none before.
  std::optional<TransportParameters> transport{};
  std::uint32_t audio_slots = 8;   ///< wanted, 0..32
  std::uint32_t video_slots = 25;  ///< wanted, 0..64
};
struct Publish {
  std::vector<PublishedSource> sources;  ///< all that this client publishes from now on; replaces the list before
};
struct VideoWish {
  std::uint32_t slot = 0;  ///< a video slot of this client
  ParticipantNumber participant = 0;
  SourceKind kind = SourceKind::camera;
  std::uint32_t max_height = 0;  ///< pixels that it will be shown at; 0 pauses
  std::uint32_t priority = 0;    ///< larger is kept longer when there is little bandwidth
};
struct Subscribe {
  std::vector<VideoWish> videos;  ///< all that is wanted from now on; replaces the list before
};
struct KeyReady {
  std::uint32_t generation = 0;  ///< can open what is sealed with it
};
struct SetMuted {
  bool audio = false;
  bool video = false;
};
enum class HostAction : std::uint8_t {
  admit,
  deny,
  remove,
  mute_audio,
  stop_video,
  make_host,
  make_cohost,
  make_participant,
  lock,
  unlock,
  waiting_room_on,
  waiting_room_off,
  new_keys,
  end_meeting,
  ban,         ///< remove, and never let in again: the account, or the guest's `Join::device`
  ask_unmute,  ///< `AskedToUnmute`
  ask_video,
  mute_all,    ///< everybody who is no host or co-host
  stop_share,  ///< the screen of a person
  suspend,     ///< everything: sound, pictures, sharing, chat, and nobody else comes in
  resume,      ///< what `suspend` has stopped may begin again
  lower_hand,
  lower_all_hands,
  allow_recording,  ///< this person may record
  forbid_recording,
  record_start,  ///< by the server: a recorder comes in, visible to everybody
  record_stop,
  record_pause,
  record_resume,
};
/// `participant` is needed for actions on a person. admit with no participant admits everybody who waits.
struct HostCommand {
  HostAction action = HostAction::admit;
  std::optional<ParticipantNumber> participant;
};
/// Leaves the room that one is in and enters another one, 0 being the main room: a join of its own, with fresh keys and
/// a fresh transport, because every room has its own generations. Answered by `Joined` of that room, or by an `Error`
/// with the same request: then nothing has changed but that this client must join again to use its new keys.
struct EnterRoom {
  RequestNumber request = 0;
  std::uint32_t room = 0;
  Bytes hpke_public_key;                           ///< as in `Join`
  Bytes sender_nonce;                              ///< as in `Join`
  std::optional<TransportParameters> transport{};  ///< as in `Join`
};
/// The client's end of the transport in `Joined` or `TransportReset`, once for each: until then the server answers no
/// check there. Only after a `Join` or `EnterRoom` without `transport`.
struct ClientTransport {
  std::string answers;  ///< the server's ice_ufrag; of a transport that is no more, it is not looked at
  TransportParameters transport;
  /// What this client decodes in every slot of it besides VP8. Words that the server does not know mean nothing.
  std::optional<std::vector<std::string>> video_codecs{};
};
/// The client's network has changed or nothing comes through: a new transport, please. Answered by `TransportReset`, at
/// once for the first time and after pauses when it happens again and again.
struct RenewTransport {};
struct Leave {};
struct Ping {
  std::uint64_t id = 0;
};

// ---- server to client ---------------------------------------------------------------------------------------------

/// In the waiting room: no roster, no keys, no transport. It comes again when what is written up there changes.
struct Waiting {
  ParticipantNumber participant = 0;
  std::string topic;
  std::optional<std::string> title{};        ///< one line
  std::optional<std::string> description{};  ///< may have several lines
};
struct Joined {
  ParticipantNumber participant = 0;
  std::uint16_t sender_index = 0;
  std::string resume;  ///< secret of this join, for `Join::resume`
  MeetingInfo meeting;
  Role role = Role::participant;
  TransportParameters transport;
  RelayCredentials relay;
  std::vector<Slot> slots;
  std::vector<SealedGeneration> generations;  ///< usable now, oldest first
  std::uint32_t active_generation = 0;        ///< to seal with
  std::vector<RosterEntry> roster;            ///< everybody admitted, this participant too
  std::vector<WaitingEntry> waiting;          ///< for hosts and co-hosts only
  /// The meeting begins so for this participant: nothing is forwarded until `SetMuted` by the person.
  std::optional<bool> audio_muted{};
  std::optional<bool> video_muted{};
  /// A page (https: or http:) where the person goes afterwards: whoever made the meeting wishes so.
  std::optional<std::string> leave_url{};
};
struct RosterUpdate {
  std::vector<RosterEntry> changed;  ///< new or changed entries, whole
  std::vector<ParticipantNumber> gone;
};
struct WaitingUpdate {
  std::vector<WaitingEntry> waiting;  ///< everybody who waits now; to hosts and co-hosts
};
/// A new generation: keep it ready to open, answer with `KeyReady`.
struct NewGeneration {
  SealedGeneration sealed;
};
/// Seal with this generation from now on; the ones before are opened for 10 s more.
struct ActivateGeneration {
  std::uint32_t generation = 0;
};
struct Slots {
  std::vector<SlotAssignment> assignments;  ///< the ones that changed
};
struct Speakers {
  std::vector<ParticipantNumber> loudest;  ///< loudest first, at most 8
};
/// Layers of one's own camera or share that anybody receives; others need not be encoded.
struct LayersWanted {
  SourceKind kind = SourceKind::camera;
  std::vector<std::string> rids;
};
struct MeetingChanged {
  MeetingInfo meeting;
};
/// The host has muted this participant; sending continues only after `SetMuted` by the person.
struct MutedByHost {
  bool audio = false;
  bool video = false;
  bool share = false;  ///< the shared screen was stopped
};
enum class EndReason : std::uint8_t {
  left,
  removed,
  ended_by_host,
  denied,
  server_stopping,
  transport_lost,
  replaced,
  room_closed,  ///< a breakout room, before this participant had gone back
};
struct Ended {
  EndReason reason = EndReason::left;
  std::string message;  ///< a sentence for the person
};
/// The media transport must be made again (a media worker restarted): new parameters, same join.
struct TransportReset {
  TransportParameters transport;
  RelayCredentials relay;
  std::vector<Slot> slots;
};
enum class ErrorCode : std::uint8_t {
  bad_message,
  not_joined,
  not_found,
  wrong_passcode,
  passcode_needed,
  locked,
  not_allowed,
  rate_limited,
  full,
  unauthorised,
  meeting_ended,
  internal,
};
/// `fatal` errors are followed by the server closing the connection.
struct Error {
  ErrorCode code = ErrorCode::internal;
  std::string message;  ///< a sentence that says what to do
  bool fatal = false;
  std::optional<std::uint32_t> retry_after_seconds;
  std::optional<RequestNumber> request{};  ///< of the message that this answers
};
struct Pong {
  std::uint64_t id = 0;
};
/// The codecs besides VP8 that everybody in this room decodes who receives pictures. To those who have named any in
/// `ClientTransport`: then, and whenever it changes. Pictures in another codec are dropped from that moment on.
struct VideoCodecs {
  std::vector<std::string> codecs;
};

using ClientMessage =
    std::variant<Join, Publish, Subscribe, KeyReady, SetMuted, HostCommand, Leave, Ping, ClientTransport,
                 RenewTransport, SendChat, EditChat, DeleteChat, ReactToChat, ReadChat, React, RaiseHand, SetSpotlight,
                 SavePoll, ControlPoll, Vote, AskQuestion, UpvoteQuestion, AnswerQuestion, ControlQuestion, SetPolicy,
                 Rename, SetRecording, AnswerConsent, Report, PlanRooms, ControlRooms, AssignRoom, TellRooms,
                 AskForHelp, EnterRoom, Draw, Erase, OfferFile, GetFile>;
using ServerMessage =
    std::variant<Waiting, Joined, RosterUpdate, WaitingUpdate, NewGeneration, ActivateGeneration, Slots, Speakers,
                 LayersWanted, MeetingChanged, MutedByHost, Ended, TransportReset, Error, Pong, Chat, Acknowledged,
                 Reaction, Hands, Spotlight, PollChanged, PollRemoved, QuestionChanged, QuestionRemoved, AskedToUnmute,
                 Recording, Rooms, MoveToRoom, Announcement, HelpWanted, Board, FileTicket, FileStored, VideoCodecs>;

}  // namespace sealhall::wire
