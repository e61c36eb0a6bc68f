// Tested in api_test.cc
#include "server/control/session_callers.h"

#include <memory>
#include <utility>

#include "server/control/accounts.h"
#include "server/identity/endpoints.h"

namespace sealhall::control {

void SessionCallers::permissions_of(const store::User& user, api::Done<std::optional<api::Permissions>> done) {
  identity::permissions_of_role(directory_, user.account_id, user.role_id, std::move(done));
}

void SessionCallers::caller_of(std::string_view token, api::Done<std::optional<Found>> done) {
  store_.live_session(token_hash(token), clock_.now(), [this, done = std::move(done)](auto session) mutable {
    if (!session) return done(unexpected(api::from_store(session.error())));
    if (!*session) return done(std::optional<Found>{});
    const store::User& user = (*session)->user;
    Found found;
    found.caller.kind = api::CallerKind::user;
    found.caller.account_id = user.account_id;
    found.caller.user_id = user.id;
    found.caller.restricted = (*session)->restricted;
    found.caller.person = std::make_shared<const api::CallerPerson>(user.login, user.name, user.role_id,
                                                                    user.role == store::UserRole::admin);
    found.expires_at = (*session)->expires_at;
    const std::string account = user.account_id;
    const std::string role = user.role_id;
    identity::permissions_of_role(directory_, account, role,
                                  [found = std::move(found), done = std::move(done)](auto permissions) mutable {
                                    if (!permissions) return done(unexpected(std::move(permissions.error())));
                                    // A role that is gone allows nothing.
                                    found.caller.permissions = permissions->value_or(api::Permissions{});
                                    done(std::optional{std::move(found)});
                                  });
  });
}

}  // namespace sealhall::control
