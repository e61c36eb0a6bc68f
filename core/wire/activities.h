// Signalling, second part: what people do in a meeting besides being seen and heard. Chat, reactions, hands, spotlight,
// polls, questions, recording, reports.
//
// Messages with a `request` are answered by `Acknowledged` when what they ask for is durable (or by an `Error` with the
// same number), and not before: whoever has read the answer finds it again after a power cut.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/wire/basics.h"

namespace sealhall::wire {

// ---- chat ---------------------------------------------------------------------------------------------------------

enum class ChatScope : std::uint8_t {
  everyone,      ///< all who are in the meeting
  direct,        ///< one person
  hosts,         ///< host and co-hosts; the only scope that somebody who waits may use
  waiting_room,  ///< from hosts to everybody who waits
};
/// What participants may write; hosts and co-hosts may always.
enum class ChatPolicy : std::uint8_t { nobody, hosts, everyone, everyone_and_direct };

/// What an organisation's policies can switch off in a meeting, for hosts too.
enum class Feature : std::uint8_t {
  chat,
  private_chat,  ///< from one person to another; what is said to the hosts is no private chat
  files,
  share_by_all,  ///< off: only hosts and co-hosts share
  reactions,
  polls,
  questions,
  whiteboard,
  rooms,
  recording,      ///< by the server
  own_recording,  ///< by a participant, on their own device
};

/// A file that was uploaded for this meeting.
struct ChatFile {
  std::string file;  ///< its id
  std::string name;
  std::uint64_t size = 0;  ///< bytes
};
struct ChatReaction {
  std::string emoji;
  std::vector<ParticipantNumber> participants;  ///< in the order in which they reacted
};
struct ChatMessage {
  std::uint64_t message = 0;  ///< 1 and up, ascending in a meeting
  ParticipantNumber from = 0;
  std::string name;  ///< of the sender, when it was sent
  ChatScope scope = ChatScope::everyone;
  std::optional<ParticipantNumber> to{};  ///< with `direct`
  std::string text;                       ///< empty when deleted
  std::optional<std::uint64_t> reply_to{};
  std::uint64_t sent_at_ms = 0;  ///< since 1970
  std::optional<std::uint64_t> edited_at_ms{};
  bool deleted = false;
  std::vector<ChatReaction> reactions{};
  std::vector<ChatFile> files{};
};

struct SendChat {
  RequestNumber request = 0;
  ChatScope scope = ChatScope::everyone;
  std::optional<ParticipantNumber> to{};  ///< with `direct`
  std::string text;
  std::optional<std::uint64_t> reply_to{};
  std::vector<std::string> files{};  ///< ids of uploaded files
};
/// Of one's own message.
struct EditChat {
  RequestNumber request = 0;
  std::uint64_t message = 0;
  std::string text;
};
/// Of one's own message; hosts and co-hosts delete anybody's that they can read.
struct DeleteChat {
  RequestNumber request = 0;
  std::uint64_t message = 0;
};
struct ReactToChat {
  RequestNumber request = 0;
  std::uint64_t message = 0;
  std::string emoji;
  bool on = true;  ///< false takes it back
};
/// Messages before `before` (or the newest), answered by `Chat` with `history`.
struct ReadChat {
  std::optional<std::uint64_t> before{};
  std::uint32_t limit = 50;
};
/// New and changed messages, whole: a known number replaces what was known. With `history` what was there before.
struct Chat {
  std::vector<ChatMessage> messages;
  bool history = false;
  bool more = false;  ///< there are older ones
};

// ---- what passes, hands, spotlight --------------------------------------------------------------------------------

struct React {
  std::string emoji;
};
/// Shown for some seconds; kept nowhere.
struct Reaction {
  ParticipantNumber participant = 0;
  std::string emoji;
};
struct RaiseHand {
  bool raised = true;
};
struct Hands {
  std::vector<ParticipantNumber> raised;  ///< who raised it first is first
};
/// By hosts and co-hosts: who is shown large to everybody; empty ends it.
struct SetSpotlight {
  std::vector<ParticipantNumber> participants;
};
struct Spotlight {
  std::vector<ParticipantNumber> participants;
};

// ---- polls --------------------------------------------------------------------------------------------------------

enum class PollState : std::uint8_t { draft, open, closed };
struct PollQuestion {
  std::string text;
  bool multiple = false;             ///< any number of options, not just one
  std::vector<std::string> options;  ///< 2..20
};
struct PollVoters {
  std::vector<ParticipantNumber> participants;
};
struct PollTally {
  std::vector<std::uint32_t> votes;  ///< of each option
  std::vector<PollVoters> voters;    ///< of each option; empty when the poll is anonymous, and for participants
};
struct Poll {
  std::uint64_t poll = 0;
  std::string title;
  bool anonymous = false;
  PollState state = PollState::draft;
  std::vector<PollQuestion> questions;
  bool shared = false;             ///< the results are shown to everybody
  std::uint32_t votes = 0;         ///< how many have voted
  std::vector<PollTally> results;  ///< of each question; empty for whoever may not see them
};
/// By hosts and co-hosts. Makes a draft, or changes one that was not opened yet.
struct SavePoll {
  RequestNumber request = 0;
  std::optional<std::uint64_t> poll{};
  std::string title;
  bool anonymous = false;
  std::vector<PollQuestion> questions;
};
enum class PollAction : std::uint8_t { open, close, share, unshare, remove };
struct ControlPoll {
  RequestNumber request = 0;
  std::uint64_t poll = 0;
  PollAction action = PollAction::open;
};
struct PollAnswer {
  std::vector<std::uint32_t> options;  ///< indices
};
/// Once for each person and poll.
struct Vote {
  RequestNumber request = 0;
  std::uint64_t poll = 0;
  std::vector<PollAnswer> answers;  ///< one for each question
};
struct PollChanged {
  Poll poll;
  std::optional<bool> voted{};  ///< this participant has voted; only in what somebody who comes in is told
};
struct PollRemoved {
  std::uint64_t poll = 0;
};

// ---- questions and answers ----------------------------------------------------------------------------------------

enum class QuestionState : std::uint8_t { open, answered, dismissed };
struct Answer {
  std::string name;
  std::string text;
  std::uint64_t at_ms = 0;
};
struct Question {
  std::uint64_t question = 0;
  std::optional<ParticipantNumber> from{};  ///< absent when it was asked anonymously
  std::string name;                         ///< empty when it was asked anonymously
  std::string text;
  std::uint64_t asked_at_ms = 0;
  QuestionState state = QuestionState::open;
  std::uint32_t upvotes = 0;
  std::vector<Answer> answers{};
};
struct AskQuestion {
  RequestNumber request = 0;
  std::string text;
  bool anonymous = false;
};
struct UpvoteQuestion {
  RequestNumber request = 0;
  std::uint64_t question = 0;
  bool on = true;  ///< false takes it back
};
/// By hosts and co-hosts.
struct AnswerQuestion {
  RequestNumber request = 0;
  std::uint64_t question = 0;
  std::string text;
};
enum class QuestionAction : std::uint8_t { answered, dismiss, reopen };
/// By hosts and co-hosts. `answered`: aloud. A dismissed one is seen by hosts and co-hosts only.
struct ControlQuestion {
  RequestNumber request = 0;
  std::uint64_t question = 0;
  QuestionAction action = QuestionAction::answered;
};
struct QuestionChanged {
  Question question;
  std::optional<bool> upvoted{};  ///< by this participant; only in what somebody who comes in is told
};
struct QuestionRemoved {
  std::uint64_t question = 0;
};

// ---- hosts, names, recording, reports -----------------------------------------------------------------------------

/// By hosts and co-hosts; what is absent stays.
struct SetPolicy {
  std::optional<ChatPolicy> chat{};
  std::optional<bool> rename{};  ///< participants may change their names
  std::optional<bool> unmute{};  ///< participants may switch their microphones on themselves
  std::optional<bool> share{};   ///< participants may share a screen
  std::optional<bool> draw{};    ///< participants may draw on the whiteboard
};
/// One's own name, or, by hosts and co-hosts, somebody's.
struct Rename {
  std::optional<ParticipantNumber> participant{};
  std::string name;
};
/// A host asks: only the person switches the microphone or camera on, with `SetMuted`.
struct AskedToUnmute {
  bool audio = false;
  bool video = false;
  std::string name;  ///< of who asks
};

enum class RecordingState : std::uint8_t { off, on, paused };
enum class ConsentState : std::uint8_t { not_asked, asked, agreed, refused };
/// By who records: a recorder, hosts and co-hosts, and whom a host has allowed to.
struct SetRecording {
  RequestNumber request = 0;
  RecordingState state = RecordingState::on;
};
struct AnswerConsent {
  RequestNumber request = 0;
  bool agreed = false;
};
/// To everybody when it changes, and to whoever comes in while somebody records.
struct Recording {
  std::vector<ParticipantNumber> recorders;  ///< who records now, or has paused
  bool asked = false;                        ///< this participant has not answered yet: `AnswerConsent`
  std::optional<std::string> notice{};       ///< what the organisation wants said to whoever is asked
};
/// To whoever runs the server, about people in the meeting.
struct Report {
  RequestNumber request = 0;
  std::vector<ParticipantNumber> participants;
  std::string text;
};

// ---- files --------------------------------------------------------------------------------------------------------

/// Answered by `FileTicket`: then its content goes to /api/files/FILE over HTTPS, in pieces. When all of it is there,
/// and was found harmless, `FileStored` comes, and `SendChat` may name it.
struct OfferFile {
  RequestNumber request = 0;
  std::string name;
  std::uint64_t size = 0;  ///< bytes
};
/// A file of a message that this participant can read; answered by `FileTicket`.
struct GetFile {
  RequestNumber request = 0;
  std::string file;
};
/// For some minutes, and for this one file. Whoever has it needs no other right.
struct FileTicket {
  RequestNumber request = 0;
  std::string file;
  std::string ticket;
  std::string name;
  std::uint64_t size = 0;
  std::uint32_t piece = 0;  ///< bytes of a piece at most
};
struct FileStored {
  std::string file;
  bool stored = false;
  std::string message;  ///< when not: a sentence that says why
};

// ---- whiteboard ---------------------------------------------------------------------------------------------------

/// `erase` takes one item away, `clear` everything before it.
enum class ShapeKind : std::uint8_t { stroke, line, rectangle, ellipse, text, erase, clear };
/// One entry of the board's log; the numbers ascend.
struct BoardItem {
  std::uint64_t item = 0;
  ParticipantNumber from = 0;
  ShapeKind kind = ShapeKind::stroke;
  std::vector<std::uint32_t> points{};    ///< x, y, x, y ..; the board is 0..65535 wide and high
  std::uint32_t color = 0;                ///< 0xRRGGBB
  std::uint32_t width = 0;                ///< of the line, or of the letters, in units of the board
  std::string text{};                     ///< with `text`
  std::optional<std::uint64_t> erases{};  ///< with `erase`
};
struct Draw {
  RequestNumber request = 0;
  ShapeKind kind = ShapeKind::stroke;
  std::vector<std::uint32_t> points{};
  std::uint32_t color = 0;
  std::uint32_t width = 100;
  std::string text{};
};
/// One's own item; hosts and co-hosts anybody's, and without an item all of them.
struct Erase {
  RequestNumber request = 0;
  std::optional<std::uint64_t> item{};
};
struct Board {
  std::vector<BoardItem> items;
  bool all = false;  ///< what was known before is not on the board; more may follow
};

// ---- breakout rooms -----------------------------------------------------------------------------------------------

struct BreakoutRoom {
  std::uint32_t room = 0;  ///< 1 and up; 0 is the main room
  std::string name;
  std::vector<ParticipantNumber> assigned;
  std::vector<ParticipantNumber> inside;
};
struct RoomPlan {
  std::string name;
  std::vector<ParticipantNumber> assigned;
};
/// By hosts and co-hosts, while no room is open: the rooms are numbered in this order, from 1. Replaces what was.
struct PlanRooms {
  std::vector<RoomPlan> rooms;
  bool choose = false;  ///< people may go where they like, not only where they are assigned
};
enum class RoomsAction : std::uint8_t { open, close };
/// By hosts and co-hosts. `close`: everybody goes back to the main room, at the latest after `seconds`.
struct ControlRooms {
  RoomsAction action = RoomsAction::open;
  std::uint32_t seconds = 60;
};
/// By hosts and co-hosts. While rooms are open, this moves the person; 0 is the main room.
struct AssignRoom {
  ParticipantNumber participant = 0;
  std::uint32_t room = 0;
};
/// By hosts and co-hosts: a text that everybody in every room reads.
struct TellRooms {
  std::string text;
};
/// From within a room: hosts read which room asks.
struct AskForHelp {};

/// To everybody when it changes.
struct Rooms {
  std::vector<BreakoutRoom> rooms;
  bool open = false;
  bool choose = false;
  std::optional<std::uint32_t> closing_in_seconds{};
};
/// Go there now: `EnterRoom`. Whoever does not is moved by nobody, but finds the room closed in the end.
struct MoveToRoom {
  std::uint32_t room = 0;
  std::string name;  ///< of the room; empty for the main room
};
struct Announcement {
  std::string name;  ///< of who says it
  std::string text;
};
struct HelpWanted {
  std::uint32_t room = 0;
  ParticipantNumber participant = 0;
};

// ---- answers ------------------------------------------------------------------------------------------------------

/// What was asked for with this number has been done, and is durable.
struct Acknowledged {
  RequestNumber request = 0;
  std::optional<std::uint64_t> made{};  ///< the number of what was made: message, poll, question
};

}  // namespace sealhall::wire
