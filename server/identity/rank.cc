// Tested in server/control/identity_test.cc and server/control/v2_people_test.cc
#include "server/identity/rank.h"

#include <memory>
#include <utility>

#include "server/identity/endpoints.h"
#include "server/identity/roles.h"
#include "store/directory.h"
#include "store/store.h"

namespace sealhall::identity {
namespace {

void must_be_owner(store::Engine& engine, const api::Caller& caller, api::Done<void> done) {
  const auto users = std::make_shared<store::Store>(engine);
  users->user(caller.user_id, [users, done = std::move(done)](auto user) mutable {
    if (!user) return done(unexpected(api::from_store(user.error())));
    if (!*user || (*user)->role_id != owner_role) return done(unexpected(api::not_allowed()));
    done({});
  });
}

}  // namespace

void may_act_on(store::Engine& engine, const api::Caller& caller, const std::string& role, api::Done<void> done) {
  const auto directory = std::make_shared<store::Directory>(engine);
  permissions_of_role(*directory, caller.account_id, role,
                      [&engine, directory, caller, role, done = std::move(done)](auto theirs) mutable {
                        if (!theirs) return done(unexpected(std::move(theirs.error())));
                        if (!includes(caller.permissions, theirs->value_or(api::Permissions{}))) {
                          return done(unexpected(api::not_allowed()));
                        }
                        if (role != owner_role) return done({});
                        must_be_owner(engine, caller, std::move(done));
                      });
}

}  // namespace sealhall::identity
