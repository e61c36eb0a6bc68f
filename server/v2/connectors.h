// The v2 endpoints about what leaves the server by another way than its own: live streams and SIP. There is no such way
// yet, and they say so: to whoever may change the meeting, for a meeting that is there, with the field's own error.
#pragma once

#include "server/api/registry.h"

namespace sealhall::v2 {

void add_connector_endpoints(api::Registry& registry);

}  // namespace sealhall::v2
