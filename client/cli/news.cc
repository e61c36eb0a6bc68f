#include "client/cli/news.h"

#include "client/cli/terminal_view.h"
#include "client/cli/words.h"

namespace sealhall::cli {
namespace {

std::string role_words(wire::Role role) {
  switch (role) {
    case wire::Role::host:
      return tr("the host");
    case wire::Role::cohost:
      return tr("a co-host");
    case wire::Role::participant:
      return tr("a participant like everybody else");
  }
  return "";
}

std::string chat_words(wire::ChatPolicy chat) {
  switch (chat) {
    case wire::ChatPolicy::nobody:
      return tr("Participants may not write in the chat now.");
    case wire::ChatPolicy::hosts:
      return tr("Participants may write to the hosts only now.");
    case wire::ChatPolicy::everyone:
      return tr("Participants may write to everybody and to the hosts, but not to each other alone.");
    case wire::ChatPolicy::everyone_and_direct:
      return tr("Participants may write to everybody and to each other.");
  }
  return "";
}

}  // namespace

std::vector<std::string> news_of_person(const wire::RosterEntry& before, const wire::RosterEntry& now, bool self) {
  std::vector<std::string> lines;
  const std::string name = printable(now.name);
  if (before.name != now.name) {
    lines.push_back(self ? tr("Your name is {1} now.", {name})
                         : tr("{1} is called {2} now.", {printable(before.name), name}));
  }
  if (before.role != now.role) {
    lines.push_back(self ? tr("You are now {1}.", {role_words(now.role)})
                         : tr("{1} is now {2}.", {name, role_words(now.role)}));
  }
  if (before.consent != now.consent && now.consent == wire::ConsentState::agreed) {
    lines.push_back(self ? tr("You have agreed to being recorded.") : tr("{1} has agreed to being recorded.", {name}));
  }
  if (before.consent != now.consent && now.consent == wire::ConsentState::refused) {
    lines.push_back(self ? tr("You have refused to be recorded. You may /leave.")
                         : tr("{1} has refused to be recorded.", {name}));
  }
  if (before.recording != now.recording && now.recording == wire::RecordingState::paused) {
    lines.push_back(self ? tr("Your recording is paused.") : tr("The recording by {1} is paused.", {name}));
  }
  return lines;
}

std::vector<std::string> news_of_meeting(const wire::MeetingInfo& before, const wire::MeetingInfo& now) {
  std::vector<std::string> lines;
  if (before.room != now.room) return lines;
  if (before.suspended != now.suspended) {
    lines.emplace_back(now.suspended ? tr("A host has suspended everything: only hosts can speak, show and write.")
                                     : tr("The meeting goes on."));
  }
  if (before.locked != now.locked) {
    lines.emplace_back(now.locked ? tr("The meeting is locked: nobody else can come in.")
                                  : tr("The meeting is open again."));
  }
  if (before.waiting_room != now.waiting_room) {
    lines.emplace_back(now.waiting_room ? tr("Whoever comes now waits until a host lets them in.")
                                        : tr("Whoever comes now is let in at once."));
  }
  if (before.chat != now.chat) lines.emplace_back(chat_words(now.chat));
  const auto may = [&](bool was, bool is, std::string yes, std::string no) {
    if (was != is) lines.push_back(is ? std::move(yes) : std::move(no));
  };
  may(before.rename, now.rename, tr("Participants may change their names."),
      tr("Participants may not change their names."));
  may(before.unmute, now.unmute, tr("Participants may switch their microphones on themselves."),
      tr("Participants may not switch their microphones on themselves."));
  may(before.share, now.share, tr("Participants may share their screens."),
      tr("Participants may not share their screens."));
  may(before.draw, now.draw, tr("Participants may draw on the whiteboard."),
      tr("Participants may not draw on the whiteboard."));
  return lines;
}

}  // namespace sealhall::cli
