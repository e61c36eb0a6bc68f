// Who people are (server/identity), under the names that control uses.
#pragma once

#include "server/control/api_error.h"
#include "server/identity/accounts.h"
#include "server/identity/password.h"

namespace sealhall::control {

using identity::Accounts;
using identity::AccountTimes;
using identity::NewAccount;
using identity::PasswordCost;
using identity::PasswordHasher;
using identity::SignedIn;
using identity::token_hash;

}  // namespace sealhall::control
