// The endpoints of this folder: sign-in, one's own security, and what administrators do with people.
#pragma once

#include "server/api/caller_cache.h"
#include "server/api/registry.h"
#include "server/identity/accounts.h"
#include "server/identity/credentials.h"
#include "server/identity/outbox_mailer.h"
#include "server/identity/passkeys.h"
#include "server/identity/second_factors.h"
#include "server/identity/shapes.h"

namespace sealhall::identity {

struct EndpointParts {
  Accounts& accounts;
  SecondFactors& factors;
  Passkeys& passkeys;
  Credentials& credentials;
  api::CallerCache& callers;
};

/// Everything below; what is captured lives in `parts` and must outlive the registry.
void add_identity_endpoints(api::Registry& registry, const EndpointParts& parts);

void add_sign_in_endpoints(api::Registry& registry, const EndpointParts& parts);    // sign_in_endpoints.cc
void add_security_endpoints(api::Registry& registry, const EndpointParts& parts);   // security_endpoints.cc
void add_people_endpoints(api::Registry& registry, const EndpointParts& parts);     // people_endpoints.cc
void add_directory_endpoints(api::Registry& registry, const EndpointParts& parts);  // directory_endpoints.cc
void add_policy_endpoints(api::Registry& registry, const EndpointParts& parts);     // policy_endpoints.cc
void add_import_endpoints(api::Registry& registry, const EndpointParts& parts);     // import_endpoints.cc

/// The pages behind the links of mails; not among them because they need the address of the server.
void add_account_pages(api::Registry& registry, Credentials& credentials, const std::string& public_url);

/// Why the token may not become a cookie; asked before a password or a link is looked at. Only a page of ours may wish
/// for one, so that nobody else signs a browser in here.
std::optional<api::ApiError> cookie_refused(const api::CallBase& call, std::optional<bool> wished);
/// Answers a way of signing in. With `as_cookie` the token goes into the session cookie, where no script finds it, and
/// not into the body.
Done<SignedIn> answer_sign_in(const Accounts& accounts, std::optional<bool> as_cookie,
                              api::Answer<shapes::SignedInView> answer);

/// What came with a request, for the guard and the logs.
SignInSource source_of(const api::CallBase& call, std::string device = {});
/// Of the account, of a person with that role: "owner", "admin", "member" or a row's id. nullopt: no such role.
void permissions_of_role(store::Directory& directory, const std::string& account_id, const std::string& role,
                         Done<std::optional<api::Permissions>> done);
/// Whether `caller` may give that role to somebody: only owners make owners, and nobody gives what they do not have.
void may_give_role(const EndpointParts& parts, const api::Caller& caller, const std::string& role, Done<void> done);

}  // namespace sealhall::identity
