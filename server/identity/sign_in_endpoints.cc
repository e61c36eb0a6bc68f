// Tested in server/control/identity_test.cc
// Ways into an account that need no session yet.
#include <utility>

#include "server/api/session_cookie.h"
#include "server/api/text.h"
#include "server/identity/endpoints.h"
#include "server/identity/roles.h"
#include "server/identity/shapes.h"

namespace sealhall::identity {
namespace {

using api::Access;
using api::Answer;
using api::Call;
using api::None;

constexpr std::size_t passkey_body = 32U << 10;

shapes::SignedInView view_of(const SignedIn& s) {
  shapes::SignedInView out{s.token,
                           api::rfc3339(s.expires_at),
                           {s.user.id, s.user.login, s.user.name, s.user.role == store::UserRole::admin},
                           std::nullopt,
                           std::nullopt};
  if (!s.device.empty()) out.device = s.device;
  if (s.second_factor_missing) out.second_factor_missing = true;
  return out;
}

}  // namespace

std::optional<api::ApiError> cookie_refused(const api::CallBase& call, std::optional<bool> wished) {
  if (!wished.value_or(false) || call.from_own_page) return std::nullopt;
  return api::ApiError{403, "Only a page of this server can have its session as a cookie."};
}

Done<SignedIn> answer_sign_in(const Accounts& accounts, std::optional<bool> as_cookie,
                              Answer<shapes::SignedInView> answer) {
  return [now = accounts.now(), as_cookie, answer = std::move(answer)](auto signed_in) mutable {
    if (!signed_in) return answer(signed_in.error());
    shapes::SignedInView view = view_of(*signed_in);
    if (as_cookie.value_or(false)) {
      answer.header("Set-Cookie", api::session_cookie_of(view.token, now, signed_in->expires_at));
      view.token.clear();
    }
    answer(view);
  };
}

SignInSource source_of(const api::CallBase& call, std::string device) {
  return {call.caller.source, std::string{call.http.headers.find("User-Agent").value_or("")}, std::move(device)};
}

void add_sign_in_endpoints(api::Registry& registry, const EndpointParts& parts) {
  Passkeys& passkeys = parts.passkeys;
  Credentials& credentials = parts.credentials;
  const Accounts& accounts = parts.accounts;
  registry.add(
      {"POST", "/api/sign-in/passkey/begin", "Sign-in", "A challenge for signing in with a passkey", Access::anyone()},
      [&passkeys](Call<>, Answer<shapes::PasskeyRequest> answer) {
        const auto request = passkeys.begin_sign_in();
        answer(shapes::PasskeyRequest{request.challenge, request.rp_id});
      });
  registry.add(
      {"POST", "/api/sign-in/passkey", "Sign-in", "Sign in with a passkey", Access::anyone(), 200, passkey_body},
      [&passkeys, &accounts](Call<None, shapes::PasskeySignIn> call, Answer<shapes::SignedInView> answer) {
        auto& b = call.body;
        if (const auto refused = cookie_refused(call, b.cookie)) return answer(*refused);
        passkeys.finish_sign_in({std::move(b.credential_id), std::move(b.client_data), std::move(b.authenticator_data),
                                 std::move(b.signature)},
                                source_of(call), answer_sign_in(accounts, b.cookie, std::move(answer)));
      });
  registry.add(
      {.method = "POST",
       .path = "/api/password-look",
       .tag = "Sign-in",
       .summary = "Whether a new password would be taken",
       .access = Access::anyone(),
       .rate = api::Rate::heavy,
       .description = "For a form that says so while somebody types. Nothing of it is kept."},
      [&accounts](Call<None, shapes::LookAtPassword> call, Answer<shapes::PasswordLook> answer) {
        const auto& b = call.body;
        const PasswordOwner owner{b.login.value_or(""), b.name.value_or("")};
        const auto problem = check_password(b.password, owner, accounts.parts().breached);
        answer(shapes::PasswordLook{guess_bits(b.password, owner), enough_guess_bits,
                                    problem ? std::optional{std::string{sentence_for(*problem)}} : std::nullopt});
      });
  registry.add({"POST", "/api/password-reset", "Sign-in", "Ask for a new password by mail", Access::anyone(), 202},
               [&credentials](Call<None, shapes::ResetRequest> call, Answer<> answer) {
                 credentials.request_reset(std::move(call.body.login), source_of(call), std::move(answer).done());
               });
  registry.add({"POST", "/api/password-reset/finish", "Sign-in", "Choose a new password by the link of a mail",
                Access::anyone()},
               [&credentials](Call<None, shapes::ResetFinish> call, Answer<> answer) {
                 credentials.finish_reset(std::move(call.body.token), std::move(call.body.password), source_of(call),
                                          std::move(answer).done());
               });
  registry.add({"POST", "/api/invitations/look", "Sign-in", "Whom an invitation is for", Access::anyone()},
               [&credentials](Call<None, shapes::Token> call, Answer<shapes::Invited> answer) {
                 credentials.look(std::move(call.body.token), std::move(answer).from([](const store::Invitation& i) {
                   return shapes::Invited{i.login};
                 }));
               });
  registry.add({"POST", "/api/invitations/accept", "Sign-in", "Become a user by the link of an invitation",
                Access::anyone(), 201},
               [&credentials, &accounts](Call<None, shapes::Accept> call, Answer<shapes::SignedInView> answer) {
                 auto& b = call.body;
                 if (const auto refused = cookie_refused(call, b.cookie)) return answer(*refused);
                 credentials.accept(std::move(b.token), std::move(b.name), std::move(b.password), source_of(call),
                                    answer_sign_in(accounts, b.cookie, std::move(answer)));
               });
}

void permissions_of_role(store::Directory& directory, const std::string& account_id, const std::string& role,
                         Done<std::optional<api::Permissions>> done) {
  // The machine belongs to the account that it was set up with.
  const auto of_the_house = [ours = account_id == store::default_account](api::Permissions p) {
    return ours ? p : p.without(api::Permission::server);
  };
  if (const auto built_in = built_in_permissions(role)) return done(std::optional{of_the_house(*built_in)});
  directory.role(account_id, role, [of_the_house, done = std::move(done)](auto row) mutable {
    if (!row) return done(unexpected(api::from_store(row.error())));
    if (!*row) return done(std::optional<api::Permissions>{});
    done(std::optional{of_the_house(known_permissions((*row)->permissions))});
  });
}

void may_give_role(const EndpointParts& parts, const api::Caller& caller, const std::string& role, Done<void> done) {
  auto store = std::make_shared<store::Store>(parts.accounts.parts().engine);
  auto directory = std::make_shared<store::Directory>(parts.accounts.parts().engine);
  store->user(caller.user_id, [store, directory, caller, role, done = std::move(done)](auto user) mutable {
    if (!user) return done(unexpected(api::from_store(user.error())));
    const bool is_owner = *user && (*user)->role_id == owner_role;
    if (role == owner_role && !is_owner) {
      return done(unexpected(api::ApiError{403, "Only an owner can make somebody an owner."}));
    }
    permissions_of_role(
        *directory, caller.account_id, role, [directory, caller, done = std::move(done)](auto permissions) mutable {
          if (!permissions) return done(unexpected(std::move(permissions.error())));
          if (!*permissions) return done(unexpected(api::wrong_field("role", "There is no such role.")));
          if (!includes(caller.permissions, **permissions)) {
            return done(unexpected(api::ApiError{403, "A role can only be given by somebody who may do as much."}));
          }
          done({});
        });
  });
}

void add_identity_endpoints(api::Registry& registry, const EndpointParts& parts) {
  add_sign_in_endpoints(registry, parts);
  add_security_endpoints(registry, parts);
  add_people_endpoints(registry, parts);
  add_directory_endpoints(registry, parts);
  add_policy_endpoints(registry, parts);
  add_import_endpoints(registry, parts);
}

}  // namespace sealhall::identity
