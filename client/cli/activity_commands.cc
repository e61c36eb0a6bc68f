#include "client/cli/activity_commands.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <vector>

#include "client/cli/words.h"

namespace sealhall::cli {
namespace {

using Parsed = expected<wire::ClientMessage, std::string>;

struct Words {
  std::string_view verb;
  std::string_view rest;
  const NamedPeople& people;
};

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view space = " \t";
  const std::size_t from = text.find_first_not_of(space);
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(space) - from + 1);
}

/// Cuts the first word off `text`.
std::string_view take_word(std::string_view& text) {
  text = trimmed(text);
  const std::size_t end = std::min(text.find_first_of(" \t"), text.size());
  const std::string_view word = text.substr(0, end);
  text = trimmed(text.substr(end));
  return word;
}

std::vector<std::string> split(std::string_view text, char by) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(by, at), text.size());
    parts.emplace_back(trimmed(text.substr(at, end - at)));
    at = end + 1;
  }
  return parts;
}

std::optional<std::uint64_t> number(std::string_view word) {
  if (word.starts_with('#')) word.remove_prefix(1);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc{} || end != word.data() + word.size() || value > 0xFFFFFFFFU) return std::nullopt;
  return value;
}

unexpected<std::string> usage(std::string_view how) { return unexpected(tr("Type it like this: /{1}", {how})); }

/// "NAME: TEXT" or, when the name is one word, "NAME TEXT".
struct Addressed {
  wire::ParticipantNumber who = 0;
  std::string text;
};
expected<Addressed, std::string> addressed(const Words& w, std::string_view how) {
  std::string_view text = w.rest;
  const std::size_t colon = text.find(':');
  if (colon != std::string_view::npos) {
    if (const auto who = find_anybody(trimmed(text.substr(0, colon)), w.people)) {
      return Addressed{*who, std::string(trimmed(text.substr(colon + 1)))};
    }
  }
  const std::string_view name = take_word(text);
  if (name.empty() || text.empty()) return usage(how);
  const auto who = find_anybody(name, w.people);
  if (!who) return unexpected(who.error());
  return Addressed{*who, std::string(text)};
}

wire::SendChat chat(wire::ChatScope scope, std::string_view text) {
  wire::SendChat m;
  m.scope = scope;
  m.text = text;
  return m;
}

Parsed message(const Words& w) {
  const auto to = addressed(w, "msg NAME: TEXT");
  if (!to) return unexpected(to.error());
  wire::SendChat m = chat(wire::ChatScope::direct, to->text);
  m.to = to->who;
  return m;
}
Parsed to_hosts(const Words& w) { return chat(wire::ChatScope::hosts, w.rest); }
Parsed to_waiting(const Words& w) { return chat(wire::ChatScope::waiting_room, w.rest); }

/// "N TEXT"
expected<std::pair<std::uint64_t, std::string>, std::string> numbered(const Words& w, std::string_view how) {
  std::string_view text = w.rest;
  const auto n = number(take_word(text));
  if (!n || text.empty()) return usage(how);
  return std::pair{*n, std::string(text)};
}
expected<std::uint64_t, std::string> only_number(const Words& w, std::string_view how) {
  const auto n = number(w.rest);
  if (!n) return usage(how);
  return *n;
}

Parsed reply(const Words& w) {
  const auto n = numbered(w, "reply NUMBER TEXT");
  if (!n) return unexpected(n.error());
  wire::SendChat m = chat(wire::ChatScope::everyone, n->second);
  m.reply_to = n->first;
  return m;
}
Parsed edit(const Words& w) {
  const auto n = numbered(w, "edit NUMBER TEXT");
  if (!n) return unexpected(n.error());
  return wire::EditChat{0, n->first, n->second};
}
Parsed remove(const Words& w) {
  const auto n = only_number(w, "delete NUMBER");
  if (!n) return unexpected(n.error());
  return wire::DeleteChat{0, *n};
}
Parsed like(const Words& w) {
  const auto n = numbered(w, "like NUMBER EMOJI");
  if (!n) return unexpected(n.error());
  return wire::ReactToChat{0, n->first, n->second, true};
}
Parsed unlike(const Words& w) {
  const auto n = numbered(w, "unlike NUMBER EMOJI");
  if (!n) return unexpected(n.error());
  return wire::ReactToChat{0, n->first, n->second, false};
}
Parsed history(const Words& w) { return wire::ReadChat{number(w.rest), 50}; }
Parsed react(const Words& w) {
  if (w.rest.empty()) return usage("react EMOJI");
  return wire::React{std::string(w.rest)};
}
Parsed hand(const Words&) { return wire::RaiseHand{true}; }
Parsed hand_down(const Words&) { return wire::RaiseHand{false}; }

Parsed spotlight(const Words& w) {
  wire::SetSpotlight m;
  if (w.rest.empty()) return m;
  for (const std::string& name : split(w.rest, ',')) {
    const auto who = find_anybody(name, w.people);
    if (!who) return unexpected(who.error());
    m.participants.push_back(*who);
  }
  return m;
}

Parsed poll(const Words& w) {
  constexpr std::string_view how = "poll [anonymous] [multiple] TITLE | QUESTION | OPTION | OPTION .. (|| QUESTION ..)";
  std::string_view text = w.rest;
  wire::SavePoll m;
  bool multiple = false;
  for (;;) {
    std::string_view rest = text;
    const std::string_view word = take_word(rest);
    if (word != "anonymous" && word != "multiple") break;
    (word == "anonymous" ? m.anonymous : multiple) = true;
    text = rest;
  }
  const std::size_t bar = text.find('|');
  if (bar == std::string_view::npos) return usage(how);
  m.title = trimmed(text.substr(0, bar));
  text = text.substr(bar + 1);
  while (true) {
    const std::size_t next = text.find("||");
    std::vector<std::string> parts = split(text.substr(0, next), '|');
    if (parts.size() < 3) return usage(how);
    m.questions.push_back({parts.front(), multiple, {parts.begin() + 1, parts.end()}});
    if (next == std::string_view::npos) return m;
    text = text.substr(next + 2);
  }
}
Parsed control_poll(const Words& w, wire::PollAction action) {
  const auto n = only_number(w, std::string(w.verb) + " NUMBER");
  if (!n) return unexpected(n.error());
  return wire::ControlPoll{0, *n, action};
}
Parsed open_poll(const Words& w) { return control_poll(w, wire::PollAction::open); }
Parsed close_poll(const Words& w) { return control_poll(w, wire::PollAction::close); }
Parsed share_poll(const Words& w) { return control_poll(w, wire::PollAction::share); }
Parsed unshare_poll(const Words& w) { return control_poll(w, wire::PollAction::unshare); }
Parsed remove_poll(const Words& w) { return control_poll(w, wire::PollAction::remove); }
Parsed vote(const Words& w) {
  constexpr std::string_view how = "vote NUMBER OPTION [OPTION ..] [; OPTION .. for the next question]";
  std::string_view text = w.rest;
  const auto n = number(take_word(text));
  if (!n) return usage(how);
  wire::Vote m;
  m.poll = *n;
  for (const std::string& answer : split(text, ';')) {
    wire::PollAnswer one;
    std::string_view rest = answer;
    while (!rest.empty()) {
      const auto option = number(take_word(rest));
      if (!option || *option == 0) return usage(how);
      one.options.push_back(static_cast<std::uint32_t>(*option - 1));  // people count from one
    }
    m.answers.push_back(std::move(one));
  }
  return m;
}

Parsed ask(const Words& w) { return wire::AskQuestion{0, std::string(w.rest), false}; }
Parsed ask_anonymously(const Words& w) { return wire::AskQuestion{0, std::string(w.rest), true}; }
Parsed upvote(const Words& w) {
  const auto n = only_number(w, "upvote NUMBER");
  if (!n) return unexpected(n.error());
  return wire::UpvoteQuestion{0, *n, true};
}
Parsed answer(const Words& w) {
  const auto n = numbered(w, "answer NUMBER TEXT");
  if (!n) return unexpected(n.error());
  return wire::AnswerQuestion{0, n->first, n->second};
}
Parsed control_question(const Words& w, wire::QuestionAction action) {
  const auto n = only_number(w, std::string(w.verb) + " NUMBER");
  if (!n) return unexpected(n.error());
  return wire::ControlQuestion{0, *n, action};
}
Parsed answered(const Words& w) { return control_question(w, wire::QuestionAction::answered); }
Parsed dismiss(const Words& w) { return control_question(w, wire::QuestionAction::dismiss); }
Parsed reopen(const Words& w) { return control_question(w, wire::QuestionAction::reopen); }

Parsed chat_policy(const Words& w) {
  wire::SetPolicy m;
  if (w.rest == "nobody") {
    m.chat = wire::ChatPolicy::nobody;
  } else if (w.rest == "hosts") {
    m.chat = wire::ChatPolicy::hosts;
  } else if (w.rest == "everyone") {
    m.chat = wire::ChatPolicy::everyone;
  } else if (w.rest == "direct") {
    m.chat = wire::ChatPolicy::everyone_and_direct;
  } else {
    return usage("chat nobody|hosts|everyone|direct");
  }
  return m;
}
Parsed policy(const Words& w, bool allowed) {
  wire::SetPolicy m;
  if (w.rest == "rename") {
    m.rename = allowed;
  } else if (w.rest == "unmute") {
    m.unmute = allowed;
  } else if (w.rest == "share") {
    m.share = allowed;
  } else if (w.rest == "draw") {
    m.draw = allowed;
  } else {
    return usage(std::string(w.verb) + " rename|unmute|share|draw");
  }
  return m;
}
Parsed allow(const Words& w) { return policy(w, true); }
Parsed forbid(const Words& w) { return policy(w, false); }
Parsed rename(const Words& w) {
  if (w.rest.find(':') != std::string_view::npos) {
    const auto to = addressed(w, "rename NAME: NEW NAME");
    if (!to) return unexpected(to.error());
    return wire::Rename{to->who, to->text};
  }
  if (w.rest.empty()) return usage("rename NEW NAME");
  return wire::Rename{std::nullopt, std::string(w.rest)};
}
Parsed record(const Words& w) {
  if (w.rest.empty()) return unexpected(std::string{});  // the server's recording: host_commands.h
  if (w.rest == "on") return wire::SetRecording{0, wire::RecordingState::on};
  if (w.rest == "off") return wire::SetRecording{0, wire::RecordingState::off};
  if (w.rest == "pause") return wire::SetRecording{0, wire::RecordingState::paused};
  return usage("record on|off|pause");
}
Parsed agree(const Words&) { return wire::AnswerConsent{0, true}; }
Parsed refuse(const Words&) { return wire::AnswerConsent{0, false}; }
Parsed report(const Words& w) {
  const auto to = addressed(w, "report NAME: WHAT HAPPENED");
  if (!to) return unexpected(to.error());
  return wire::Report{0, {to->who}, to->text};
}

/// "North: Ada, Bob | South: Eve | West"
Parsed plan_rooms(const Words& w) {
  wire::PlanRooms m;
  std::string_view text = w.rest;
  std::string_view rest = text;
  if (take_word(rest) == "choose") {
    m.choose = true;
    text = rest;
  }
  if (text.empty()) return m;
  for (const std::string& part : split(text, '|')) {
    const std::size_t colon = part.find(':');
    wire::RoomPlan plan{std::string(trimmed(std::string_view(part).substr(0, colon))), {}};
    if (plan.name.empty()) return usage("rooms [choose] ROOM: NAME, NAME | ROOM: NAME");
    if (colon != std::string::npos) {
      for (const std::string& name : split(std::string_view(part).substr(colon + 1), ',')) {
        if (name.empty()) continue;
        const auto who = find_anybody(name, w.people);
        if (!who) return unexpected(who.error());
        plan.assigned.push_back(*who);
      }
    }
    m.rooms.push_back(std::move(plan));
  }
  return m;
}
/// "stroke 1 2 3 4", "text 10 10 an idea"
Parsed draw(const Words& w) {
  constexpr std::string_view how = "draw stroke|line|rectangle|ellipse X Y X Y .., or draw text X Y TEXT";
  constexpr std::array kinds{std::pair{std::string_view{"stroke"}, wire::ShapeKind::stroke},
                             std::pair{std::string_view{"line"}, wire::ShapeKind::line},
                             std::pair{std::string_view{"rectangle"}, wire::ShapeKind::rectangle},
                             std::pair{std::string_view{"ellipse"}, wire::ShapeKind::ellipse},
                             std::pair{std::string_view{"text"}, wire::ShapeKind::text}};
  std::string_view text = w.rest;
  const std::string_view word = take_word(text);
  const auto kind = std::ranges::find(kinds, word, [](const auto& k) { return k.first; });
  if (kind == kinds.end()) return usage(how);
  wire::Draw m;
  m.kind = kind->second;
  while (!text.empty() && !(m.kind == wire::ShapeKind::text && m.points.size() == 2)) {
    const auto value = number(take_word(text));
    if (!value) return usage(how);
    m.points.push_back(static_cast<std::uint32_t>(*value));
  }
  m.text = text;
  return m;
}
Parsed erase(const Words& w) {
  if (w.rest == "all") return wire::Erase{0, std::nullopt};
  const auto n = only_number(w, "erase NUMBER|all");
  if (!n) return unexpected(n.error());
  return wire::Erase{0, *n};
}
Parsed open_rooms(const Words&) { return wire::ControlRooms{wire::RoomsAction::open, 0}; }
Parsed close_rooms(const Words& w) {
  const auto seconds = w.rest.empty() ? std::optional<std::uint64_t>{60} : number(w.rest);
  if (!seconds) return usage("rooms-close [SECONDS]");
  return wire::ControlRooms{wire::RoomsAction::close, static_cast<std::uint32_t>(*seconds)};
}
Parsed assign_room(const Words& w) {
  const auto to = addressed(w, "assign NAME: ROOM NUMBER");
  if (!to) return unexpected(to.error());
  const auto room = number(to->text);
  if (!room) return usage("assign NAME: ROOM NUMBER");
  return wire::AssignRoom{to->who, static_cast<std::uint32_t>(*room)};
}
Parsed tell_rooms(const Words& w) { return wire::TellRooms{std::string(w.rest)}; }
Parsed ask_for_help(const Words&) { return wire::AskForHelp{}; }

struct Command {
  std::string_view word;
  Parsed (*parse)(const Words&);
};

constexpr std::array commands{
    Command{"msg", message},
    Command{"hosts", to_hosts},
    Command{"lobby", to_waiting},
    Command{"reply", reply},
    Command{"edit", edit},
    Command{"delete", remove},
    Command{"like", like},
    Command{"unlike", unlike},
    Command{"history", history},
    Command{"react", react},
    Command{"hand", hand},
    Command{"hand-down", hand_down},
    Command{"spotlight", spotlight},
    Command{"poll", poll},
    Command{"poll-open", open_poll},
    Command{"poll-close", close_poll},
    Command{"poll-share", share_poll},
    Command{"poll-unshare", unshare_poll},
    Command{"poll-remove", remove_poll},
    Command{"vote", vote},
    Command{"ask", ask},
    Command{"ask-anonymously", ask_anonymously},
    Command{"upvote", upvote},
    Command{"answer", answer},
    Command{"answered", answered},
    Command{"dismiss", dismiss},
    Command{"reopen", reopen},
    Command{"chat", chat_policy},
    Command{"allow", allow},
    Command{"forbid", forbid},
    Command{"rename", rename},
    Command{"record", record},
    Command{"agree", agree},
    Command{"refuse", refuse},
    Command{"rooms", plan_rooms},
    Command{"rooms-open", open_rooms},
    Command{"rooms-close", close_rooms},
    Command{"assign", assign_room},
    Command{"tell-rooms", tell_rooms},
    Command{"help-me", ask_for_help},
    Command{"draw", draw},
    Command{"erase", erase},
    Command{"report", report},
};

}  // namespace

expected<wire::ClientMessage, std::string> parse_activity(std::string_view verb, std::string_view rest,
                                                          const NamedPeople& people) {
  const auto command = std::ranges::find(commands, verb, &Command::word);
  if (command == commands.end()) return unexpected(std::string{});
  return command->parse({verb, trimmed(rest), people});
}

std::vector<std::string_view> activity_words() {
  std::vector<std::string_view> words;
  for (const Command& command : commands) words.push_back(command.word);
  return words;
}

bool set_request(wire::ClientMessage& message, wire::RequestNumber request) {
  return std::visit(
      [&](auto& m) {
        if constexpr (requires { m.request; }) {
          m.request = request;
          return true;
        } else {
          return false;
        }
      },
      message);
}

}  // namespace sealhall::cli
