// Tested in server/control/oauth_test.cc
// What an access token may do: never more than the application, than whoever made it, or than the person.
#include <utility>

#include "server/api/tokens.h"
#include "server/oauth/service.h"
#include "store/store.h"

namespace sealhall::oauth {

void OAuthCallers::caller_of(std::string_view token, api::Done<std::optional<Found>> done) {
  oauth_.applications().token(api::token_hash(token), [this, done = std::move(done)](auto found) mutable {
    if (!found) return done(unexpected(api::from_store(found.error())));
    if (!*found || (*found)->kind != store::OAuthToken::Kind::access ||
        (*found)->expires_at <= oauth_.parts().clock.now()) {
      return done(std::optional<Found>{});
    }
    std::string client = (*found)->client_id;
    oauth_.applications().find(std::move(client),
                               [this, t = std::move(**found), done = std::move(done)](auto application) mutable {
                                 if (!application) return done(unexpected(api::from_store(application.error())));
                                 if (!*application || (*application)->disabled) return done(std::optional<Found>{});
                                 with_token(std::move(t), std::move(**application), std::move(done));
                               });
  });
}

void OAuthCallers::with_token(store::OAuthToken token, store::Application application,
                              api::Done<std::optional<Found>> done) {
  Found found;
  found.expires_at = token.expires_at;
  found.caller.kind = api::CallerKind::application;
  found.caller.account_id = application.account_id;
  found.caller.client_id = application.id;
  found.caller.user_id = token.user_id.value_or(application.owner_id);
  found.caller.scopes = api::Scopes::parse(token.scopes);
  found.caller.permissions = api::Permissions::from_bits(static_cast<std::uint64_t>(application.permissions));
  if (!token.user_id) return done(std::optional{std::move(found)});
  std::string person = *token.user_id;
  oauth_.parts().permissions_of(std::move(person),
                                [found = std::move(found), done = std::move(done)](auto role) mutable {
                                  if (!role) return done(unexpected(std::move(role.error())));
                                  if (!*role) return done(std::optional<Found>{});
                                  found.caller.permissions = **role;
                                  done(std::optional{std::move(found)});
                                });
}

}  // namespace sealhall::oauth
