// How new recordings look and how long they are kept: of the account, and of a meeting where it says something else.
#pragma once

#include "server/api/registry.h"
#include "server/recording/library.h"

namespace sealhall::recordings {

/// `/api/recording-settings` and `/api/meetings/{meeting_id}/recording-settings`; whoever puts the API together
/// resolves `meeting_id`. `library` must live as long as the registry.
void add_settings_endpoints(api::Registry& registry, Library& library);

}  // namespace sealhall::recordings
