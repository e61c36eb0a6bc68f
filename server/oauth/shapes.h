// What goes over the wire: token requests and answers, applications as administrators see them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "server/api/arrange.h"
#include "server/api/shape.h"

namespace sealhall::oauth::shapes {

struct TokenRequest {
  std::string grant_type;
  std::optional<std::string> account_id;
  std::optional<std::string> code;
  std::optional<std::string> redirect_uri;
  std::optional<std::string> code_verifier;
  std::optional<std::string> refresh_token;
  std::optional<std::string> scope;
  std::optional<std::string> client_id;
  std::optional<std::string> client_secret;
};
/// Clients fail without `api_url`, with `expires_in` as text, or without `scope` (trap 3).
struct TokenAnswer {
  std::string access_token;
  std::string token_type = "bearer";
  std::optional<std::string> refresh_token;
  std::uint32_t expires_in = 0;
  std::string scope;
  std::string api_url;
};
struct RevokeRequest {
  std::string token;
  std::optional<std::string> client_id;
  std::optional<std::string> client_secret;
};
struct StatusAnswer {
  std::string status;
};
struct ComplianceRequest {
  std::optional<std::string> client_id;
  std::optional<std::string> user_id;
  std::optional<std::string> account_id;
  std::optional<api::Json> deauthorization_event_received;
  std::optional<bool> compliance_completed;
};
struct AuthorizeQuery {
  std::optional<std::string> response_type;
  std::optional<std::string> client_id;
  std::optional<std::string> redirect_uri;
  std::optional<std::string> scope;
  std::optional<std::string> state;
  std::optional<std::string> code_challenge;
  std::optional<std::string> code_challenge_method;
};
/// The same, as the form of the consent page sends it back.
struct ConsentForm {
  std::optional<std::string> response_type;
  std::optional<std::string> client_id;
  std::optional<std::string> redirect_uri;
  std::optional<std::string> scope;
  std::optional<std::string> state;
  std::optional<std::string> code_challenge;
  std::optional<std::string> code_challenge_method;
  std::optional<std::string> decision;  ///< "allow", "deny"
  std::optional<std::string> login;
  std::optional<std::string> password;
  std::optional<std::string> one_time_code;
};

enum class ApplicationKind : std::uint8_t { server_to_server, people };
struct NewApplication {
  std::string name;
  ApplicationKind kind = ApplicationKind::server_to_server;
  std::vector<std::string> scopes;
  std::optional<std::vector<std::string>> redirect_uris;
  std::optional<bool> public_client;  ///< people: without a secret, with PKCE
};
struct ChangeApplication {
  std::optional<std::string> name;
  std::optional<std::vector<std::string>> scopes;
  std::optional<std::vector<std::string>> redirect_uris;
  std::optional<bool> disabled;
};
struct ApplicationPath {
  std::string client_id;
};
struct ApplicationView {
  std::string client_id;
  std::string account_id;
  std::string name;
  ApplicationKind kind = ApplicationKind::server_to_server;
  std::vector<std::string> scopes;
  std::vector<std::string> redirect_uris;
  bool disabled = false;
  std::string created_at;
  std::optional<std::string> client_secret;  ///< seen once, when it was made
};
struct ApplicationQuery {
  api::ListQuery list;
};
struct ApplicationList {
  api::Page page;
  std::vector<ApplicationView> applications;
};
struct GrantView {
  std::string client_id;
  std::string name;
  std::vector<std::string> scopes;
  std::string created_at;
};
struct GrantList {
  std::vector<GrantView> grants;
};

BOOST_DESCRIBE_STRUCT(TokenRequest, (),
                      (grant_type, account_id, code, redirect_uri, code_verifier, refresh_token, scope, client_id,
                       client_secret))
BOOST_DESCRIBE_STRUCT(TokenAnswer, (), (access_token, token_type, refresh_token, expires_in, scope, api_url))
BOOST_DESCRIBE_STRUCT(RevokeRequest, (), (token, client_id, client_secret))
BOOST_DESCRIBE_STRUCT(StatusAnswer, (), (status))
BOOST_DESCRIBE_STRUCT(ComplianceRequest, (),
                      (client_id, user_id, account_id, deauthorization_event_received, compliance_completed))
BOOST_DESCRIBE_STRUCT(AuthorizeQuery, (),
                      (response_type, client_id, redirect_uri, scope, state, code_challenge, code_challenge_method))
BOOST_DESCRIBE_STRUCT(ConsentForm, (),
                      (response_type, client_id, redirect_uri, scope, state, code_challenge, code_challenge_method,
                       decision, login, password, one_time_code))
BOOST_DESCRIBE_ENUM(ApplicationKind, server_to_server, people)
BOOST_DESCRIBE_STRUCT(NewApplication, (), (name, kind, scopes, redirect_uris, public_client))
BOOST_DESCRIBE_STRUCT(ChangeApplication, (), (name, scopes, redirect_uris, disabled))
BOOST_DESCRIBE_STRUCT(ApplicationPath, (), (client_id))
BOOST_DESCRIBE_STRUCT(ApplicationView, (),
                      (client_id, account_id, name, kind, scopes, redirect_uris, disabled, created_at, client_secret))
BOOST_DESCRIBE_STRUCT(ApplicationQuery, (), (list))
BOOST_DESCRIBE_STRUCT(ApplicationList, (), (page, applications))
BOOST_DESCRIBE_STRUCT(GrantView, (), (client_id, name, scopes, created_at))
BOOST_DESCRIBE_STRUCT(GrantList, (), (grants))

}  // namespace sealhall::oauth::shapes

namespace sealhall::wire {
template <>
inline constexpr Limit limit_of<&oauth::shapes::NewApplication::name> = size_between(1, 100);
template <>
inline constexpr Limit limit_of<&oauth::shapes::NewApplication::scopes> = size_between(1, 200);
template <>
inline constexpr Limit limit_of<&oauth::shapes::NewApplication::redirect_uris> = size_between(0, 20);
template <>
inline constexpr Limit limit_of<&oauth::shapes::ChangeApplication::name> = size_between(1, 100);
template <>
inline constexpr Limit limit_of<&oauth::shapes::ChangeApplication::scopes> = size_between(1, 200);
template <>
inline constexpr Limit limit_of<&oauth::shapes::ChangeApplication::redirect_uris> = size_between(0, 20);
}  // namespace sealhall::wire
