// The fields and limits of activities.h and records.h; part of description.h.
#pragma once

#include "core/wire/activities.h"
#include "core/wire/records.h"
#include "core/wire/reflect.h"

namespace sealhall::wire {

BOOST_DESCRIBE_ENUM(ChatScope, everyone, direct, hosts, waiting_room)
BOOST_DESCRIBE_ENUM(ChatPolicy, nobody, hosts, everyone, everyone_and_direct)
BOOST_DESCRIBE_ENUM(Feature, chat, private_chat, files, share_by_all, reactions, polls, questions, whiteboard, rooms,
                    recording, own_recording)
BOOST_DESCRIBE_ENUM(PollState, draft, open, closed)
BOOST_DESCRIBE_ENUM(PollAction, open, close, share, unshare, remove)
BOOST_DESCRIBE_ENUM(QuestionState, open, answered, dismissed)
BOOST_DESCRIBE_ENUM(QuestionAction, answered, dismiss, reopen)
BOOST_DESCRIBE_ENUM(RecordingState, off, on, paused)
BOOST_DESCRIBE_ENUM(ConsentState, not_asked, asked, agreed, refused)

BOOST_DESCRIBE_STRUCT(ChatFile, (), (file, name, size))
BOOST_DESCRIBE_STRUCT(ChatReaction, (), (emoji, participants))
BOOST_DESCRIBE_STRUCT(ChatMessage, (),
                      (message, from, name, scope, to, text, reply_to, sent_at_ms, edited_at_ms, deleted, reactions,
                       files))
BOOST_DESCRIBE_STRUCT(SendChat, (), (request, scope, to, text, reply_to, files))
BOOST_DESCRIBE_STRUCT(EditChat, (), (request, message, text))
BOOST_DESCRIBE_STRUCT(DeleteChat, (), (request, message))
BOOST_DESCRIBE_STRUCT(ReactToChat, (), (request, message, emoji, on))
BOOST_DESCRIBE_STRUCT(ReadChat, (), (before, limit))
BOOST_DESCRIBE_STRUCT(Chat, (), (messages, history, more))
BOOST_DESCRIBE_STRUCT(React, (), (emoji))
BOOST_DESCRIBE_STRUCT(Reaction, (), (participant, emoji))
BOOST_DESCRIBE_STRUCT(RaiseHand, (), (raised))
BOOST_DESCRIBE_STRUCT(Hands, (), (raised))
BOOST_DESCRIBE_STRUCT(SetSpotlight, (), (participants))
BOOST_DESCRIBE_STRUCT(Spotlight, (), (participants))
BOOST_DESCRIBE_STRUCT(PollQuestion, (), (text, multiple, options))
BOOST_DESCRIBE_STRUCT(PollVoters, (), (participants))
BOOST_DESCRIBE_STRUCT(PollTally, (), (votes, voters))
BOOST_DESCRIBE_STRUCT(Poll, (), (poll, title, anonymous, state, questions, shared, votes, results))
BOOST_DESCRIBE_STRUCT(SavePoll, (), (request, poll, title, anonymous, questions))
BOOST_DESCRIBE_STRUCT(ControlPoll, (), (request, poll, action))
BOOST_DESCRIBE_STRUCT(PollAnswer, (), (options))
BOOST_DESCRIBE_STRUCT(Vote, (), (request, poll, answers))
BOOST_DESCRIBE_STRUCT(PollChanged, (), (poll, voted))
BOOST_DESCRIBE_STRUCT(PollRemoved, (), (poll))
BOOST_DESCRIBE_STRUCT(Answer, (), (name, text, at_ms))
BOOST_DESCRIBE_STRUCT(Question, (), (question, from, name, text, asked_at_ms, state, upvotes, answers))
BOOST_DESCRIBE_STRUCT(AskQuestion, (), (request, text, anonymous))
BOOST_DESCRIBE_STRUCT(UpvoteQuestion, (), (request, question, on))
BOOST_DESCRIBE_STRUCT(AnswerQuestion, (), (request, question, text))
BOOST_DESCRIBE_STRUCT(ControlQuestion, (), (request, question, action))
BOOST_DESCRIBE_STRUCT(QuestionChanged, (), (question, upvoted))
BOOST_DESCRIBE_STRUCT(QuestionRemoved, (), (question))
BOOST_DESCRIBE_STRUCT(SetPolicy, (), (chat, rename, unmute, share, draw))
BOOST_DESCRIBE_STRUCT(Rename, (), (participant, name))
BOOST_DESCRIBE_STRUCT(AskedToUnmute, (), (audio, video, name))
BOOST_DESCRIBE_STRUCT(SetRecording, (), (request, state))
BOOST_DESCRIBE_STRUCT(AnswerConsent, (), (request, agreed))
BOOST_DESCRIBE_STRUCT(Recording, (), (recorders, asked, notice))
BOOST_DESCRIBE_STRUCT(Report, (), (request, participants, text))
BOOST_DESCRIBE_STRUCT(OfferFile, (), (request, name, size))
BOOST_DESCRIBE_STRUCT(GetFile, (), (request, file))
BOOST_DESCRIBE_STRUCT(FileTicket, (), (request, file, ticket, name, size, piece))
BOOST_DESCRIBE_STRUCT(FileStored, (), (file, stored, message))
BOOST_DESCRIBE_ENUM(ShapeKind, stroke, line, rectangle, ellipse, text, erase, clear)
BOOST_DESCRIBE_STRUCT(BoardItem, (), (item, from, kind, points, color, width, text, erases))
BOOST_DESCRIBE_STRUCT(Draw, (), (request, kind, points, color, width, text))
BOOST_DESCRIBE_STRUCT(Erase, (), (request, item))
BOOST_DESCRIBE_STRUCT(Board, (), (items, all))
BOOST_DESCRIBE_ENUM(RoomsAction, open, close)
BOOST_DESCRIBE_STRUCT(BreakoutRoom, (), (room, name, assigned, inside))
BOOST_DESCRIBE_STRUCT(RoomPlan, (), (name, assigned))
BOOST_DESCRIBE_STRUCT(PlanRooms, (), (rooms, choose))
BOOST_DESCRIBE_STRUCT(ControlRooms, (), (action, seconds))
BOOST_DESCRIBE_STRUCT(AssignRoom, (), (participant, room))
BOOST_DESCRIBE_STRUCT(TellRooms, (), (text))
BOOST_DESCRIBE_STRUCT(AskForHelp, (), ())
BOOST_DESCRIBE_STRUCT(Rooms, (), (rooms, open, choose, closing_in_seconds))
BOOST_DESCRIBE_STRUCT(MoveToRoom, (), (room, name))
BOOST_DESCRIBE_STRUCT(Announcement, (), (name, text))
BOOST_DESCRIBE_STRUCT(HelpWanted, (), (room, participant))
BOOST_DESCRIBE_STRUCT(Acknowledged, (), (request, made))

BOOST_DESCRIBE_STRUCT(PollRecord, (), (poll, removed, voted))
BOOST_DESCRIBE_STRUCT(QuestionRecord, (), (question, upvoters))
BOOST_DESCRIBE_STRUCT(ReportRecord, (), (report, by, about, text, at_ms))
BOOST_DESCRIBE_STRUCT(ConsentRecord, (), (participant, name, agreed, at_ms))

// ---- limits -------------------------------------------------------------------------------------------------------

inline constexpr std::size_t max_chat_text = 4096;  // characters
inline constexpr std::size_t max_chat_files = 10;
inline constexpr std::size_t max_emoji = 16;  // code points: families and flags are sequences

template <>
inline constexpr Limit limit_of<&ChatFile::file> = size_between(1, 64);
template <>
inline constexpr Limit limit_of<&ChatFile::name> = size_between(1, 255);
template <>
inline constexpr Limit limit_of<&ChatReaction::emoji> = size_between(1, max_emoji);
template <>
inline constexpr Limit limit_of<&ChatMessage::name> = size_between(0, 64);
template <>
inline constexpr Limit limit_of<&ChatMessage::text> = size_between(0, max_chat_text);
template <>
inline constexpr Limit limit_of<&ChatMessage::reactions> = size_between(0, 20);
template <>
inline constexpr Limit limit_of<&ChatMessage::files> = size_between(0, max_chat_files);
template <>
inline constexpr Limit limit_of<&SendChat::text> = size_between(0, max_chat_text);
template <>
inline constexpr Limit limit_of<&SendChat::files> = size_between(0, max_chat_files);
template <>
inline constexpr Limit limit_of<&EditChat::text> = size_between(1, max_chat_text);
template <>
inline constexpr Limit limit_of<&ReactToChat::emoji> = size_between(1, max_emoji);
template <>
inline constexpr Limit limit_of<&ReadChat::limit> = at_most(100);
template <>
inline constexpr Limit limit_of<&Chat::messages> = size_between(0, 1000);
template <>
inline constexpr Limit limit_of<&React::emoji> = size_between(1, max_emoji);
template <>
inline constexpr Limit limit_of<&Reaction::emoji> = size_between(1, max_emoji);
template <>
inline constexpr Limit limit_of<&SetSpotlight::participants> = size_between(0, 9);
template <>
inline constexpr Limit limit_of<&Spotlight::participants> = size_between(0, 9);
template <>
inline constexpr Limit limit_of<&PollQuestion::text> = size_between(1, 500);
template <>
inline constexpr Limit limit_of<&PollQuestion::options> = size_between(2, 20);
template <>
inline constexpr Limit limit_of<&PollTally::votes> = size_between(0, 20);
template <>
inline constexpr Limit limit_of<&PollTally::voters> = size_between(0, 20);
template <>
inline constexpr Limit limit_of<&Poll::title> = size_between(0, 200);
template <>
inline constexpr Limit limit_of<&Poll::questions> = size_between(1, 10);
template <>
inline constexpr Limit limit_of<&Poll::results> = size_between(0, 10);
template <>
inline constexpr Limit limit_of<&SavePoll::title> = size_between(0, 200);
template <>
inline constexpr Limit limit_of<&SavePoll::questions> = size_between(1, 10);
template <>
inline constexpr Limit limit_of<&PollAnswer::options> = size_between(0, 20);
template <>
inline constexpr Limit limit_of<&Vote::answers> = size_between(1, 10);
template <>
inline constexpr Limit limit_of<&Answer::name> = size_between(0, 64);
template <>
inline constexpr Limit limit_of<&Question::name> = size_between(0, 64);
template <>
inline constexpr Limit limit_of<&Question::text> = size_between(1, 1000);
template <>
inline constexpr Limit limit_of<&Question::answers> = size_between(0, 10);
template <>
inline constexpr Limit limit_of<&AskQuestion::text> = size_between(1, 1000);
template <>
inline constexpr Limit limit_of<&AnswerQuestion::text> = size_between(1, 4096);
template <>
inline constexpr Limit limit_of<&Rename::name> = size_between(1, 64);
template <>
inline constexpr Limit limit_of<&AskedToUnmute::name> = size_between(0, 64);
template <>
inline constexpr Limit limit_of<&Report::participants> = size_between(0, 20);
template <>
inline constexpr Limit limit_of<&Report::text> = size_between(1, 2000);
template <>
inline constexpr Limit limit_of<&BoardItem::points> = size_between(0, 2000);
template <>
inline constexpr Limit limit_of<&BoardItem::color> = at_most(0xFFFFFF);
template <>
inline constexpr Limit limit_of<&BoardItem::width> = at_most(0xFFFF);
template <>
inline constexpr Limit limit_of<&BoardItem::text> = size_between(0, 1000);
template <>
inline constexpr Limit limit_of<&Draw::points> = size_between(0, 2000);
template <>
inline constexpr Limit limit_of<&Draw::color> = at_most(0xFFFFFF);
template <>
inline constexpr Limit limit_of<&Draw::width> = at_most(0xFFFF);
template <>
inline constexpr Limit limit_of<&Draw::text> = size_between(0, 1000);
template <>
inline constexpr Limit limit_of<&OfferFile::name> = size_between(1, 255);
template <>
inline constexpr Limit limit_of<&GetFile::file> = size_between(1, 64);
template <>
inline constexpr Limit limit_of<&FileTicket::file> = size_between(1, 64);
template <>
inline constexpr Limit limit_of<&FileTicket::ticket> = size_between(1, 64);
template <>
inline constexpr Limit limit_of<&FileTicket::name> = size_between(0, 255);
template <>
inline constexpr Limit limit_of<&RoomPlan::name> = size_between(1, 64);
template <>
inline constexpr Limit limit_of<&RoomPlan::assigned> = size_between(0, 1000);
template <>
inline constexpr Limit limit_of<&PlanRooms::rooms> = size_between(0, 100);
template <>
inline constexpr Limit limit_of<&ControlRooms::seconds> = at_most(600);
template <>
inline constexpr Limit limit_of<&TellRooms::text> = size_between(1, 1000);
template <>
inline constexpr Limit limit_of<&Rooms::rooms> = size_between(0, 100);
template <>
inline constexpr Limit limit_of<&ConsentRecord::name> = size_between(0, 64);

}  // namespace sealhall::wire
