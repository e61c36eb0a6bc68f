#include "client/cli/news.h"

#include "client/cli/terminal_view.h"

namespace sealhall::cli {
namespace {

std::string_view role_words(wire::Role role) {
  switch (role) {
    case wire::Role::host:
      return "the host";
    case wire::Role::cohost:
      return "a co-host";
    case wire::Role::participant:
      return "a participant like everybody else";
  }
  return "";
}

std::string_view chat_words(wire::ChatPolicy chat) {
  switch (chat) {
    case wire::ChatPolicy::nobody:
      return "Participants may not write in the chat now.";
    case wire::ChatPolicy::hosts:
      return "Participants may write to the hosts only now.";
    case wire::ChatPolicy::everyone:
      return "Participants may write to everybody and to the hosts, but not to each other alone.";
    case wire::ChatPolicy::everyone_and_direct:
      return "Participants may write to everybody and to each other.";
  }
  return "";
}

}  // namespace

std::vector<std::string> news_of_person(const wire::RosterEntry& before, const wire::RosterEntry& now, bool self) {
  std::vector<std::string> lines;
  const std::string name = printable(now.name);
  const std::string is = self ? "You are" : name + " is";
  if (before.name != now.name) {
    lines.push_back(self ? "Your name is " + name + " now." : printable(before.name) + " is called " + name + " now.");
  }
  if (before.role != now.role) lines.push_back(is + " now " + std::string(role_words(now.role)) + ".");
  if (before.consent != now.consent && now.consent == wire::ConsentState::agreed) {
    lines.push_back(self ? "You have agreed to being recorded." : name + " has agreed to being recorded.");
  }
  if (before.consent != now.consent && now.consent == wire::ConsentState::refused) {
    lines.push_back(self ? "You have refused to be recorded. You may /leave." : name + " has refused to be recorded.");
  }
  if (before.recording != now.recording && now.recording == wire::RecordingState::paused) {
    lines.push_back(self ? "Your recording is paused." : "The recording by " + name + " is paused.");
  }
  return lines;
}

std::vector<std::string> news_of_meeting(const wire::MeetingInfo& before, const wire::MeetingInfo& now) {
  std::vector<std::string> lines;
  if (before.room != now.room) return lines;
  if (before.suspended != now.suspended) {
    lines.emplace_back(now.suspended ? "A host has suspended everything: only hosts can speak, show and write."
                                     : "The meeting goes on.");
  }
  if (before.locked != now.locked) {
    lines.emplace_back(now.locked ? "The meeting is locked: nobody else can come in." : "The meeting is open again.");
  }
  if (before.waiting_room != now.waiting_room) {
    lines.emplace_back(now.waiting_room ? "Whoever comes now waits until a host lets them in."
                                        : "Whoever comes now is let in at once.");
  }
  if (before.chat != now.chat) lines.emplace_back(chat_words(now.chat));
  const auto may = [&](bool was, bool is, std::string_view what) {
    if (was != is) lines.push_back(std::string(is ? "Participants may " : "Participants may not ") + std::string(what));
  };
  may(before.rename, now.rename, "change their names.");
  may(before.unmute, now.unmute, "switch their microphones on themselves.");
  may(before.share, now.share, "share their screens.");
  may(before.draw, now.draw, "draw on the whiteboard.");
  return lines;
}

}  // namespace sealhall::cli
