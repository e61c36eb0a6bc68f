// The v2 endpoints about what leaves the server by another way than its own: live streams and SIP. There is no such way
// yet, and they say so: to whoever may change the meeting, for a meeting that is there, with the field's own error.
// Where a meeting is to be streamed to is kept for when there is.
#pragma once

#include "server/api/registry.h"
#include "server/schedule/service.h"

namespace sealhall::v2 {

/// `meetings` lives as long as the registry.
void add_connector_endpoints(api::Registry& registry, schedule::Service& meetings);

}  // namespace sealhall::v2
