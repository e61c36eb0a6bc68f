// Tested in server/control/oauth_test.cc
#include "server/oauth/endpoints.h"

#include <utility>

#include "server/oauth/basic.h"

namespace sealhall::oauth {
namespace {

/// RFC 6749 section 2.3.1: by "Authorization: Basic", or in the body.
ClientProof proof_of(const api::CallBase& call, const std::optional<std::string>& id,
                     const std::optional<std::string>& secret) {
  if (auto proof = read_basic(call.http.headers.find("Authorization").value_or(""))) {
    return {std::move(proof->client_id), std::move(proof->secret), call.caller.source};
  }
  return {id.value_or(""), secret.value_or(""), call.caller.source};
}

}  // namespace

Endpoints::Endpoints(api::Registry& registry, Parts parts) : parts_(std::move(parts)) {
  using api::Access;
  registry.add({.method = "POST",
                .path = "/oauth/token",
                .tag = "OAuth",
                .summary = "Get an access token",
                .access = Access::anyone(),
                .body_limit = 16U << 10,
                .body = api::BodyKind::form,
                .description = "Grants: account_credentials (with account_id), authorization_code (with code, "
                               "redirect_uri and, after PKCE, code_verifier), refresh_token. The application proves "
                               "itself by HTTP Basic or by client_id and client_secret."},
               this, &Endpoints::token);
  registry.add({.method = "POST",
                .path = "/oauth/revoke",
                .tag = "OAuth",
                .summary = "End a token and everything of its grant",
                .access = Access::anyone(),
                .body_limit = 16U << 10,
                .body = api::BodyKind::form},
               this, &Endpoints::revoke);
  registry.add({.method = "POST",
                .path = "/oauth/data/compliance",
                .tag = "OAuth",
                .summary = "An application says that it has erased somebody's data",
                .access = Access::anyone(),
                .body_limit = 64U << 10,
                .body = api::BodyKind::form},
               this, &Endpoints::compliance);
  const auto page = [](std::string_view method, std::string_view summary) {
    return api::Endpoint{.method = method,
                         .path = "/oauth/authorize",
                         .tag = "OAuth",
                         .summary = summary,
                         .access = Access::anyone(),
                         .body_limit = 16U << 10,
                         .token = api::TokenPlace::cookie,
                         .body = api::BodyKind::form,
                         .documented = false};
  };
  registry.add(page("GET", "The page on which a person allows an application something"), this, &Endpoints::authorize);
  registry.add(page("POST", "What the person has decided"), this, &Endpoints::consent);
  add_application_endpoints(registry);
}

void Endpoints::token(api::Call<api::None, shapes::TokenRequest> call, api::Answer<shapes::TokenAnswer> answer) {
  shapes::TokenRequest& body = call.body;
  answer.header("Cache-Control", "no-store");
  answer.header("Pragma", "no-cache");  // RFC 6749 section 5.1
  auto proof = proof_of(call, body.client_id, body.client_secret);
  parts_.oauth.authenticate(
      std::move(proof), [this, body = std::move(body), answer = std::move(answer)](auto application) mutable {
        if (!application) return answer.fail(application.error());
        auto done = std::move(answer).from([this](const Issued& issued) {
          shapes::TokenAnswer out;
          out.access_token = issued.access_token;
          if (!issued.refresh_token.empty()) out.refresh_token = issued.refresh_token;
          out.expires_in = issued.expires_in;
          out.scope = issued.scope;
          out.api_url = parts_.public_url;
          return out;
        });
        if (body.grant_type == "account_credentials") {
          return parts_.oauth.for_account(*application, body.account_id.value_or(application->account_id),
                                          body.scope.value_or(""), std::move(done));
        }
        if (body.grant_type == "authorization_code") {
          return parts_.oauth.for_code(*application, body.code.value_or(""), body.redirect_uri.value_or(""),
                                       body.code_verifier.value_or(""), std::move(done));
        }
        if (body.grant_type == "refresh_token") {
          return parts_.oauth.for_refresh(*application, body.refresh_token.value_or(""), body.scope.value_or(""),
                                          std::move(done));
        }
        api::ApiError error{400, "This grant_type is not known here."};
        error.oauth = "unsupported_grant_type";
        done(expected<Issued, api::ApiError>{unexpected(std::move(error))});
      });
}

void Endpoints::revoke(api::Call<api::None, shapes::RevokeRequest> call, api::Answer<shapes::StatusAnswer> answer) {
  auto proof = proof_of(call, call.body.client_id, call.body.client_secret);
  parts_.oauth.authenticate(std::move(proof), [this, token = std::move(call.body.token),
                                               answer = std::move(answer)](auto application) mutable {
    if (!application) return answer.fail(application.error());
    parts_.oauth.revoke(*application, std::move(token),
                        std::move(answer).from([] { return shapes::StatusAnswer{"success"}; }));
  });
}

void Endpoints::compliance(api::Call<api::None, shapes::ComplianceRequest> call,
                           api::Answer<shapes::StatusAnswer> answer) {
  // Nothing is asked back: what an application holds is its own affair. It must be one, though.
  auto proof = proof_of(call, call.body.client_id, std::nullopt);
  parts_.oauth.authenticate(std::move(proof), [answer = std::move(answer)](auto application) mutable {
    if (!application) return answer.fail(application.error());
    answer(shapes::StatusAnswer{"success"});
  });
}

}  // namespace sealhall::oauth
