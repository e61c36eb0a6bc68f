// What a person sees in the terminal: who is there, who speaks, and how each is encrypted. Pure text.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "client/engine/meeting_session.h"

namespace sealhall::cli {

struct ViewInput {
  client::SessionState state = client::SessionState::idle;
  wire::MeetingInfo meeting;
  wire::ParticipantNumber self = 0;
  std::map<wire::ParticipantNumber, wire::RosterEntry> roster;
  std::vector<wire::WaitingEntry> waiting;
  std::vector<wire::ParticipantNumber> speakers;
  client::SessionStats stats;
  Duration since_join{};
};

/// One string a line, no control characters whatever people call themselves.
std::vector<std::string> render(const ViewInput& view);

/// `text` with control characters, line breaks and invalid UTF-8 replaced, cut to `most` characters.
std::string printable(std::string_view text, std::size_t most = 40);

/// `text` cut to at most `columns` columns of a terminal, with "…" where something was left out. Wide characters (East
/// Asian, emoji) count two, combining ones none. A line that wrapped would break the redrawing.
std::string fit(std::string_view text, std::size_t columns);

/// How the leg outside of the sealed media is encrypted, in words.
std::string outer_leg_words(const wire::RosterEntry& entry);

}  // namespace sealhall::cli
