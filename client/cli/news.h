// What has changed about people and about the meeting, in sentences for whoever sits at the terminal.
#pragma once

#include <string>
#include <vector>

#include "core/wire/signalling.h"

namespace sealhall::cli {

/// One participant before and after a change: name, role, recording, consent. `self` says "You".
std::vector<std::string> news_of_person(const wire::RosterEntry& before, const wire::RosterEntry& now, bool self);

/// Lock, waiting room, suspension and what participants may do. Nothing when `now` is another room than `before`.
std::vector<std::string> news_of_meeting(const wire::MeetingInfo& before, const wire::MeetingInfo& now);

}  // namespace sealhall::cli
