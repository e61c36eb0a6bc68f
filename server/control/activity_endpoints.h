// What was said and done in meetings, for those who answer for it: the chat with search, bans that can be lifted,
// reports of abuse.
#pragma once

#include "server/api/registry.h"
#include "server/control/live_meetings.h"

namespace sealhall::control {

struct ActivityEndpointParts {
  ActivityKeeper& keeper;
  LiveMeetings& meetings;
};
/// The parts must outlive the registry.
void add_activity_endpoints(api::Registry& registry, ActivityEndpointParts parts);

}  // namespace sealhall::control
