#include "client/cli/activity_view.h"

#include <algorithm>

#include "client/cli/terminal_view.h"
#include "core/wire/codec.h"

namespace sealhall::cli {
namespace {

using Lines = std::vector<std::string>;

std::string joined(const std::vector<wire::ParticipantNumber>& numbers, const ActivityContext& c) {
  std::string out;
  for (const auto n : numbers) out += (out.empty() ? "" : ", ") + (n == c.self ? std::string("you") : c.name_of(n));
  return out;
}

std::string to_whom(const wire::ChatMessage& m, const ActivityContext& c) {
  switch (m.scope) {
    case wire::ChatScope::everyone:
      return "";
    case wire::ChatScope::direct:
      return m.to == c.self ? " (to you alone)" : " (to " + c.name_of(m.to.value_or(0)) + " alone)";
    case wire::ChatScope::hosts:
      return " (to the hosts)";
    case wire::ChatScope::waiting_room:
      return " (to the waiting room)";
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
  if (m.history && m.more) lines.emplace_back("(There are older messages: /history NUMBER)");
  for (const wire::ChatMessage& message : m.messages) {
    std::string head = "[" + std::to_string(message.message) + "] " + printable(message.name) + to_whom(message, c);
    if (message.reply_to) head += " re [" + std::to_string(*message.reply_to) + "]";
    if (message.deleted) {
      lines.push_back(head + ": (deleted)");
      continue;
    }
    if (message.edited_at_ms) head += " (edited)";
    if (!message.text.empty()) add_text(lines, head + ": ", message.text);
    for (const wire::ChatFile& file : message.files) {
      lines.push_back(head + " has a file: " + printable(file.name, 255) + ", " + std::to_string(file.size) +
                      " bytes (/get " + file.file + ")");
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
  if (m.raised.empty()) return {"No hand is raised."};
  return {"Hands, in order: " + joined(m.raised, c)};
}
Lines lines_of(const wire::Spotlight& m, const ActivityContext& c) {
  if (m.participants.empty()) return {"Nobody is in the spotlight."};
  return {"In the spotlight: " + joined(m.participants, c)};
}

Lines lines_of(const wire::PollChanged& m, const ActivityContext& c) {
  const wire::Poll& poll = m.poll;
  const std::string n = std::to_string(poll.poll);
  Lines lines;
  std::string head = "Poll " + n + ": " + printable(poll.title, 200);
  if (poll.anonymous) head += " (anonymous)";
  if (poll.state == wire::PollState::draft) head += " is prepared. /poll-open " + n;
  if (poll.state == wire::PollState::open)
    head += c.state.voted(poll.poll) ? " is open. You have voted." : " is open. /vote " + n + " OPTION";
  if (poll.state == wire::PollState::closed) head += " is closed.";
  lines.push_back(head + " " + std::to_string(poll.votes) + " have voted.");
  for (std::size_t q = 0; q < poll.questions.size(); ++q) {
    const wire::PollQuestion& question = poll.questions[q];
    lines.push_back("   " + printable(question.text, 500) + (question.multiple ? " (several)" : ""));
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
  return {"Poll " + std::to_string(m.poll) + " was removed."};
}

Lines lines_of(const wire::QuestionChanged& m, const ActivityContext&) {
  const wire::Question& q = m.question;
  Lines lines;
  std::string head = "Question " + std::to_string(q.question) + " by " +
                     (q.from ? printable(q.name) : std::string("somebody")) + ", " + std::to_string(q.upvotes) +
                     " want to know";
  if (q.state == wire::QuestionState::answered) head += ", answered";
  if (q.state == wire::QuestionState::dismissed) head += ", dismissed";
  add_text(lines, head + ": ", q.text);
  for (const wire::Answer& answer : q.answers) add_text(lines, "   " + printable(answer.name) + ": ", answer.text);
  return lines;
}
Lines lines_of(const wire::QuestionRemoved& m, const ActivityContext&) {
  return {"Question " + std::to_string(m.question) + " was dismissed."};
}

Lines lines_of(const wire::AskedToUnmute& m, const ActivityContext&) {
  return {printable(m.name) + (m.audio ? " asks you to switch your microphone on: /unmute"
                                       : " asks you to switch your camera on: /camera-on")};
}
Lines lines_of(const wire::Recording& m, const ActivityContext& c) {
  if (m.recorders.empty()) return {"Nobody records."};
  Lines lines{"This meeting is being recorded by " + joined(m.recorders, c) + "."};
  if (m.notice) lines.push_back("   " + printable(*m.notice, 1000));
  if (m.asked) lines.emplace_back("Do you agree to being recorded? /agree or /refuse");
  return lines;
}

Lines lines_of(const wire::Rooms& m, const ActivityContext& c) {
  if (m.rooms.empty()) return {"There are no breakout rooms."};
  std::string head = m.open ? "Breakout rooms are open" : "Breakout rooms";
  if (m.choose) head += ", choose one: /enter NUMBER";
  if (m.closing_in_seconds) head += ", closing in " + std::to_string(*m.closing_in_seconds) + " s";
  Lines lines{head + "."};
  for (const wire::BreakoutRoom& room : m.rooms) {
    std::string line = "   " + std::to_string(room.room) + ". " + printable(room.name, 64);
    if (!room.inside.empty()) line += ": " + joined(room.inside, c);
    if (!room.assigned.empty()) line += " (for " + joined(room.assigned, c) + ")";
    lines.push_back(std::move(line));
  }
  return lines;
}
Lines lines_of(const wire::Board& m, const ActivityContext& c) {
  Lines lines;
  for (const wire::BoardItem& item : m.items) {
    std::string line = "Whiteboard: " + c.name_of(item.from);
    if (item.kind == wire::ShapeKind::clear) {
      line += " cleared it.";
    } else if (item.kind == wire::ShapeKind::erase) {
      line += " erased [" + std::to_string(item.erases.value_or(0)) + "].";
    } else {
      line += " drew [" + std::to_string(item.item) + "] a " + std::string(wire::word_of(item.kind));
      if (!item.text.empty()) line += ": " + printable(item.text, 1000);
    }
    lines.push_back(std::move(line));
  }
  return lines;
}
Lines lines_of(const wire::FileStored& m, const ActivityContext&) {
  if (m.stored) return {};
  return {"The file was not taken: " + printable(m.message, 400)};
}
Lines lines_of(const wire::MoveToRoom& m, const ActivityContext&) {
  return {m.room == 0 ? "You are called back to the main room." : "You go to room " + printable(m.name, 64) + "."};
}
Lines lines_of(const wire::Announcement& m, const ActivityContext&) {
  return {printable(m.name) + " to everybody: " + printable(m.text, 1000)};
}
Lines lines_of(const wire::HelpWanted& m, const ActivityContext& c) {
  return {"Room " + std::to_string(m.room) + " asks for help (" + c.name_of(m.participant) + "): /enter " +
          std::to_string(m.room)};
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
