// /api/files: the content of files in chats, in pieces. The right to it is a ticket that a live meeting gave out.
#pragma once

#include "server/api/registry.h"
#include "server/control/file_store.h"

namespace sealhall::control {

/// `store` outlives the registry.
void add_file_endpoints(api::Registry& registry, FileStore& store);

}  // namespace sealhall::control
