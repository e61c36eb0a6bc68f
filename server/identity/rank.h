// Who may act on whom: a helper does not act on administrators, and only owners act on owners.
#pragma once

#include <string>

#include "server/api/caller.h"
#include "server/api/error.h"
#include "store/engine.h"

namespace sealhall::identity {

/// Whether `caller`, who may change people of the account, may change somebody who has `role` in it: only when the
/// caller may do as much as they may. Answers 403 otherwise. `engine` outlives the answer.
void may_act_on(store::Engine& engine, const api::Caller& caller, const std::string& role, api::Done<void> done);

}  // namespace sealhall::identity
