// Tested in api_test.cc
#include "server/control/session_callers.h"

#include "server/control/accounts.h"

namespace sealhall::control {

void SessionCallers::caller_of(std::string_view token, api::Done<std::optional<Found>> done) {
  store_.live_session(token_hash(token), clock_.now(), [done = std::move(done)](auto session) mutable {
    if (!session) return done(unexpected(api::from_store(session.error())));
    if (!*session) return done(std::optional<Found>{});
    const store::User& user = (*session)->user;
    Found found;
    found.caller.kind = api::CallerKind::user;
    found.caller.account_id = user.account_id;
    found.caller.user_id = user.id;
    if (user.role == store::UserRole::admin) {
      // The machine belongs to the account that it was set up with.
      const bool of_the_house = user.account_id == store::default_account;
      const auto all = api::Permissions::all();
      found.caller.permissions = of_the_house ? all : all.without(api::Permission::server);
    }
    found.expires_at = (*session)->expires_at;
    done(std::optional{std::move(found)});
  });
}

}  // namespace sealhall::control
