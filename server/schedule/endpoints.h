// The v2 endpoints of meetings and registrants.
#pragma once

#include "server/api/registry.h"
#include "server/schedule/api_shapes.h"
#include "server/schedule/service.h"

namespace sealhall::schedule {

/// {meeting_id} is a meeting's number, or its uuid raw, encoded once or twice. {user_id} must be known to the registry
/// (a user's id, address or "me"). The service must live as long as the registry.
void add_schedule_endpoints(api::Registry& registry, Service& service);
/// guest_endpoints.cc; the clock outlives the registry.
void add_guest_endpoints(api::Registry& registry, Service& service, const io::WallClock& clock);
/// template_endpoints.cc; the service outlives the registry.
void add_template_endpoints(api::Registry& registry, Service& service);

/// Makes {meeting_id} known to the registry; what it names is a `store::Meeting`, opened.
void resolve_meetings(api::Registry& registry, Service& service);

}  // namespace sealhall::schedule
