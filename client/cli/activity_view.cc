#include "client/cli/activity_view.h"

#include <algorithm>

#include "client/cli/terminal_view.h"
#include "client/cli/words.h"
#include "core/wire/codec.h"

namespace sealhall::cli {
namespace {

using Lines = std::vector<std::string>;

std::string joined(const std::vector<wire::ParticipantNumber>& numbers, const ActivityContext& c) {
  std::string out;
  for (const auto n : numbers) out += (out.empty() ? "" : ", ") + (n == c.self ? tr("you") : c.name_of(n));
  return out;
}

std::string to_whom(const wire::ChatMessage& m, const ActivityContext& c) {
  switch (m.scope) {
    case wire::ChatScope::everyone:
      return "";
    case wire::ChatScope::direct:
      return m.to == c.self ? tr(" (to you alone)") : tr(" (to {1} alone)", {c.name_of(m.to.value_or(0))});
    case wire::ChatScope::hosts:
      return tr(" (to the hosts)");
    case wire::ChatScope::waiting_room:
      return tr(" (to the waiting room)");
  }
  return "";
}

/// A text of several lines stays several lines; each is made harmless by itself.
void add_text(Lines& lines, std::string head, const std::string& text) {
  std::size_t at = 0;
  while (at <= text.size()) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(head + printable(std::string_view(text).substr(at, end - at), 4096));
    head = "      ";
    at = end + 1;
  }
}

Lines lines_of(const wire::Chat& m, const ActivityContext& c) {
  Lines lines;
  if (m.history && m.more) lines.emplace_back(tr("(There are older messages: /history NUMBER)"));
  for (const wire::ChatMessage& message : m.messages) {
    std::string head = "[" + std::to_string(message.message) + "] " + printable(message.name) + to_whom(message, c);
    if (message.reply_to) head += tr(" re [{1}]", {std::to_string(*message.reply_to)});
    if (message.deleted) {
      lines.push_back(head + ": " + tr("(deleted)"));
      continue;
    }
    if (message.edited_at_ms) head += tr(" (edited)");
    if (!message.text.empty()) add_text(lines, head + ": ", message.text);
    for (const wire::ChatFile& file : message.files) {
      lines.push_back(tr("{1} has a file: {2}, {3} bytes (/get {4})",
                         {head, printable(file.name, 255), std::to_string(file.size), file.file}));
    }
    for (const wire::ChatReaction& reaction : message.reactions) {
      lines.push_back("      " + printable(reaction.emoji) + " " + joined(reaction.participants, c));
    }
  }
  return lines;
}

Lines lines_of(const wire::Reaction& m, const ActivityContext& c) {
  return {c.name_of(m.participant) + ": " + printable(m.emoji)};
}
Lines lines_of(const wire::Hands& m, const ActivityContext& c) {
  if (m.raised.empty()) return {tr("No hand is raised.")};
  return {tr("Hands, in order: {1}", {joined(m.raised, c)})};
}
Lines lines_of(const wire::Spotlight& m, const ActivityContext& c) {
  if (m.participants.empty()) return {tr("Nobody is in the spotlight.")};
  return {tr("In the spotlight: {1}", {joined(m.participants, c)})};
}

Lines lines_of(const wire::PollChanged& m, const ActivityContext& c) {
  const wire::Poll& poll = m.poll;
  const std::string n = std::to_string(poll.poll);
  Lines lines;
  std::string head = tr("Poll {1}: {2}", {n, printable(poll.title, 200)});
  if (poll.anonymous) head += tr(" (anonymous)");
  if (poll.state == wire::PollState::draft) head += tr(" is prepared. /poll-open {1}", {n});
  if (poll.state == wire::PollState::open)
    head += c.state.voted(poll.poll) ? tr(" is open. You have voted.") : tr(" is open. /vote {1} OPTION", {n});
  if (poll.state == wire::PollState::closed) head += tr(" is closed.");
  lines.push_back(head + tr(" {1} have voted.", {std::to_string(poll.votes)}));
  for (std::size_t q = 0; q < poll.questions.size(); ++q) {
    const wire::PollQuestion& question = poll.questions[q];
    lines.push_back("   " + printable(question.text, 500) + (question.multiple ? tr(" (several)") : ""));
    for (std::size_t o = 0; o < question.options.size(); ++o) {
      std::string line = "     " + std::to_string(o + 1) + ". " + printable(question.options[o], 200);
      if (q < poll.results.size() && o < poll.results[q].votes.size()) {
        line += ": " + std::to_string(poll.results[q].votes[o]);
        if (o < poll.results[q].voters.size() && !poll.results[q].voters[o].participants.empty()) {
          line += " (" + joined(poll.results[q].voters[o].participants, c) + ")";
        }
      }
      lines.push_back(std::move(line));
    }
  }
  return lines;
}
Lines lines_of(const wire::PollRemoved& m, const ActivityContext&) {
  return {tr("Poll {1} was removed.", {std::to_string(m.poll)})};
}

Lines lines_of(const wire::QuestionChanged& m, const ActivityContext&) {
  const wire::Question& q = m.question;
  Lines lines;
  std::string head =
      tr("Question {1} by {2}, {3} want to know",
         {std::to_string(q.question), q.from ? printable(q.name) : tr("somebody"), std::to_string(q.upvotes)});
  if (q.state == wire::QuestionState::answered) head += tr(", answered");
  if (q.state == wire::QuestionState::dismissed) head += tr(", dismissed");
  add_text(lines, head + ": ", q.text);
  for (const wire::Answer& answer : q.answers) add_text(lines, "   " + printable(answer.name) + ": ", answer.text);
  return lines;
}
Lines lines_of(const wire::QuestionRemoved& m, const ActivityContext&) {
  return {tr("Question {1} was dismissed.", {std::to_string(m.question)})};
}

Lines lines_of(const wire::AskedToUnmute& m, const ActivityContext&) {
  const std::string name = printable(m.name);
  return {m.audio ? tr("{1} asks you to switch your microphone on: /unmute", {name})
                  : tr("{1} asks you to switch your camera on: /camera-on", {name})};
}
Lines lines_of(const wire::Recording& m, const ActivityContext& c) {
  if (m.recorders.empty()) return {tr("Nobody records.")};
  Lines lines{tr("This meeting is being recorded by {1}.", {joined(m.recorders, c)})};
  if (m.notice) lines.push_back("   " + printable(*m.notice, 1000));
  if (m.asked) lines.emplace_back(tr("Do you agree to being recorded? /agree or /refuse"));
  return lines;
}

Lines lines_of(const wire::Rooms& m, const ActivityContext& c) {
  if (m.rooms.empty()) return {tr("There are no breakout rooms.")};
  std::string head = m.open ? tr("Breakout rooms are open") : tr("Breakout rooms");
  if (m.choose) head += tr(", choose one: /enter NUMBER");
  if (m.closing_in_seconds) head += tr(", closing in {1} s", {std::to_string(*m.closing_in_seconds)});
  Lines lines{head + "."};
  for (const wire::BreakoutRoom& room : m.rooms) {
    std::string line = "   " + std::to_string(room.room) + ". " + printable(room.name, 64);
    if (!room.inside.empty()) line += ": " + joined(room.inside, c);
    if (!room.assigned.empty()) line += tr(" (for {1})", {joined(room.assigned, c)});
    lines.push_back(std::move(line));
  }
  return lines;
}
Lines lines_of(const wire::Board& m, const ActivityContext& c) {
  Lines lines;
  for (const wire::BoardItem& item : m.items) {
    const std::string who = c.name_of(item.from);
    std::string line;
    if (item.kind == wire::ShapeKind::clear) {
      line = tr("Whiteboard: {1} cleared it.", {who});
    } else if (item.kind == wire::ShapeKind::erase) {
      line = tr("Whiteboard: {1} erased [{2}].", {who, std::to_string(item.erases.value_or(0))});
    } else {
      line = tr("Whiteboard: {1} drew [{2}] a {3}", {who, std::to_string(item.item), wire::word_of(item.kind)});
      if (!item.text.empty()) line += ": " + printable(item.text, 1000);
    }
    lines.push_back(std::move(line));
  }
  return lines;
}
Lines lines_of(const wire::FileStored& m, const ActivityContext&) {
  if (m.stored) return {};
  return {tr("The file was not taken: {1}", {printable(m.message, 400)})};
}
Lines lines_of(const wire::MoveToRoom& m, const ActivityContext&) {
  return {m.room == 0 ? tr("You are called back to the main room.")
                      : tr("You go to room {1}.", {printable(m.name, 64)})};
}
Lines lines_of(const wire::Announcement& m, const ActivityContext&) {
  return {tr("{1} to everybody: {2}", {printable(m.name), printable(m.text, 1000)})};
}
Lines lines_of(const wire::HelpWanted& m, const ActivityContext& c) {
  return {tr("Room {1} asks for help ({2}): /enter {1}", {std::to_string(m.room), c.name_of(m.participant)})};
}

}  // namespace

std::vector<std::string> activity_lines(const wire::ServerMessage& message, const ActivityContext& context) {
  return std::visit(
      [&](const auto& m) -> Lines {
        if constexpr (requires { lines_of(m, context); }) {
          return lines_of(m, context);
        } else {
          return {};
        }
      },
      message);
}

}  // namespace sealhall::cli
