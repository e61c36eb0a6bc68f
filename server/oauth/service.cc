#include "server/oauth/service.h"

#include <algorithm>
#include <utility>

#include "core/base/encoding.h"
#include "core/crypto/hash.h"
#include "server/api/tokens.h"

namespace sealhall::oauth {
namespace {

using api::ApiError;
using store::OAuthToken;

UnixMicros plus(UnixMicros time, Duration d) { return UnixMicros{static_cast<std::int64_t>(time) + d.count()}; }

ApiError oauth_error(int status, std::string_view word, std::string message) {
  ApiError error{status, std::move(message)};
  error.oauth = word;
  return error;
}
ApiError invalid_client() { return oauth_error(401, "invalid_client", "Invalid client_id or client_secret."); }
ApiError invalid_grant(std::string message) { return oauth_error(400, "invalid_grant", std::move(message)); }

bool is_loopback_http(std::string_view uri) {
  for (const std::string_view host : {"http://127.0.0.1", "http://localhost", "http://[::1]"}) {
    if (uri.starts_with(host) && (uri.size() == host.size() || uri[host.size()] == ':' || uri[host.size()] == '/')) {
      return true;
    }
  }
  return false;
}

/// "http://127.0.0.1:1234/x" -> "http://127.0.0.1/x".
std::string without_port(std::string_view uri) {
  const std::size_t from = uri.find(':', uri.find("://") + 3 + (uri.find('[') == std::string_view::npos ? 0 : 5));
  if (from == std::string_view::npos) return std::string{uri};
  const std::size_t to = std::min(uri.find('/', from), uri.size());
  return std::string{uri.substr(0, from)} + std::string{uri.substr(to)};
}

}  // namespace

std::string challenge_of(std::string_view verifier) { return to_base64url(crypto::sha256(as_bytes(verifier))); }

bool may_redirect_to(std::string_view uri) {
  for (const char c : uri) {
    if (c <= ' ' || c >= 0x7f || c == '"' || c == '\'' || c == '<' || c == '>' || c == ';' || c == ',') return false;
  }
  if (uri.find('#') != std::string_view::npos) return false;  // RFC 6749 section 3.1.2
  if (uri.starts_with("https://")) return uri.size() > 8 && uri[8] != '/';
  if (is_loopback_http(uri)) return true;
  const std::size_t colon = uri.find(':');
  const std::string_view scheme = uri.substr(0, colon);
  return colon != std::string_view::npos && scheme.find('.') != std::string_view::npos && scheme.front() >= 'a' &&
         scheme.front() <= 'z' &&
         scheme.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-+") == std::string_view::npos;
}

bool is_registered(std::string_view registered_lines, std::string_view uri) {
  if (!may_redirect_to(uri)) return false;
  while (!registered_lines.empty()) {
    const std::string_view line = registered_lines.substr(0, registered_lines.find('\n'));
    registered_lines.remove_prefix(std::min(line.size() + 1, registered_lines.size()));
    if (line == uri) return true;
    if (is_loopback_http(line) && is_loopback_http(uri) && without_port(line) == without_port(uri)) return true;
  }
  return false;
}

OAuth::OAuth(Parts parts) : parts_(std::move(parts)), applications_(parts_.engine) {}

std::string OAuth::random_text(std::size_t bytes) { return api::random_text(parts_.random, bytes); }

void OAuth::authenticate(ClientProof proof, api::Done<store::Application> done) {
  const Instant now = parts_.loop.now();
  if (const Duration wait = wrong_secrets_.wait(proof.source, now); wait > Duration::zero()) {
    return done(unexpected(api::too_many(meeting::retry_after_seconds(wait))));
  }
  std::string id = proof.client_id;
  applications_.find(std::move(id), [this, now, proof = std::move(proof), done = std::move(done)](auto found) mutable {
    if (!found) return done(unexpected(api::from_store(found.error())));
    const bool right =
        *found && !(*found)->disabled &&
        ((*found)->secret_hash.empty() ? proof.secret.empty() : (*found)->secret_hash == api::token_hash(proof.secret));
    if (!right) {
      wrong_secrets_.failed(proof.source, now);
      return done(unexpected(invalid_client()));
    }
    done(std::move(**found));
  });
}

OAuth::Pair OAuth::make_tokens(const store::Application& application, std::optional<std::string> user_id,
                               std::string grant_id, std::string scope) {
  const UnixMicros now = parts_.clock.now();
  Pair out;
  out.issued = {std::string{access_prefix} + random_text(32),
                {},
                scope,
                // One second less than it lives, so that a careful client never comes too late.
                static_cast<std::uint32_t>(parts_.times.access.count() / 1'000'000 - 1)};
  const auto row = [&](const std::string& token, OAuthToken::Kind kind, Duration life) {
    out.tokens.push_back(
        {api::token_hash(token), kind, grant_id, application.id, user_id, scope, false, now, plus(now, life)});
  };
  row(out.issued.access_token, OAuthToken::Kind::access, parts_.times.access);
  if (user_id) {
    out.issued.refresh_token = std::string{refresh_prefix} + random_text(32);
    row(out.issued.refresh_token, OAuthToken::Kind::refresh, parts_.times.refresh);
  }
  return out;
}

void OAuth::for_account(const store::Application& application, std::string_view account_id, std::string_view scope,
                        api::Done<Issued> done) {
  if (application.for_people || application.secret_hash.empty()) {
    return done(unexpected(oauth_error(400, "unauthorized_client", "This application acts for people only.")));
  }
  if (account_id != application.account_id) {
    return done(
        unexpected(oauth_error(400, "invalid_request", "Bad request: the account_id is not the application's.")));
  }
  const auto most = api::Scopes::parse(application.scopes);
  const auto granted = scope.empty() ? most : api::Scopes::parse(scope).within(most);
  if (granted.empty()) return done(unexpected(oauth_error(400, "invalid_scope", "The application has no such scope.")));
  Pair pair = make_tokens(application, std::nullopt, random_text(16), granted.text());
  applications_.add_tokens(std::move(pair.tokens), parts_.clock.now(),
                           [issued = std::move(pair.issued), done = std::move(done)](auto added) mutable {
                             if (!added) return done(unexpected(api::from_store(added.error())));
                             done(std::move(issued));
                           });
}

void OAuth::for_code(const store::Application& application, std::string code, std::string redirect_uri,
                     std::string verifier, api::Done<Issued> done) {
  std::string hash = api::token_hash(code);
  applications_.code(hash, [this, application, hash, redirect_uri = std::move(redirect_uri),
                            verifier = std::move(verifier), done = std::move(done)](auto found) mutable {
    if (!found) return done(unexpected(api::from_store(found.error())));
    if (!*found || (*found)->client_id != application.id || (*found)->expires_at <= parts_.clock.now()) {
      return done(unexpected(invalid_grant("Invalid authorization code.")));
    }
    const store::OAuthCode& c = **found;
    if (c.used) {  // somebody has it who should not: nothing that came from it stays
      applications_.end_grant(c.grant_id, [this, id = application.id, done = std::move(done)](auto) mutable {
        parts_.callers.forget_application(id);
        done(unexpected(invalid_grant("This authorization code was used already.")));
      });
      return;
    }
    const bool proved = c.challenge.empty() ? verifier.empty() : challenge_of(verifier) == c.challenge;
    if (c.redirect_uri != redirect_uri || !proved) {
      return done(unexpected(invalid_grant("The redirect_uri or the code_verifier is not that of the request.")));
    }
    Pair pair = make_tokens(application, c.user_id, c.grant_id, c.scopes);
    applications_.redeem_code(hash, std::move(pair.tokens),
                              [issued = std::move(pair.issued), done = std::move(done)](auto redeemed) mutable {
                                if (!redeemed && redeemed.error() == store::StoreError::not_valid) {
                                  return done(unexpected(invalid_grant("This authorization code was used already.")));
                                }
                                if (!redeemed) return done(unexpected(api::from_store(redeemed.error())));
                                done(std::move(issued));
                              });
  });
}

void OAuth::for_refresh(const store::Application& application, std::string token, std::string_view scope,
                        api::Done<Issued> done) {
  applications_.token(api::token_hash(token),
                      [this, application, scope = std::string{scope}, done = std::move(done)](auto found) mutable {
                        if (!found) return done(unexpected(api::from_store(found.error())));
                        if (!*found || (*found)->kind != OAuthToken::Kind::refresh ||
                            (*found)->client_id != application.id || (*found)->expires_at <= parts_.clock.now()) {
                          return done(unexpected(invalid_grant("Invalid refresh token.")));
                        }
                        const OAuthToken old = std::move(**found);
                        const auto used_twice = [this, old, id = application.id](api::Done<Issued> refuse) {
                          applications_.end_grant(old.grant_id, [this, id, refuse = std::move(refuse)](auto) mutable {
                            parts_.callers.forget_application(id);
                            refuse(unexpected(invalid_grant("This refresh token was used already.")));
                          });
                        };
                        if (old.used) return used_twice(std::move(done));
                        const auto granted = api::Scopes::parse(old.scopes);
                        const auto wanted = scope.empty() ? granted : api::Scopes::parse(scope).within(granted);
                        if (wanted.empty())
                          return done(unexpected(oauth_error(400, "invalid_scope", "That was not granted.")));
                        Pair pair = make_tokens(application, old.user_id, old.grant_id, wanted.text());
                        applications_.exchange(old.token_hash, std::move(pair.tokens),
                                               [this, used_twice, id = application.id, issued = std::move(pair.issued),
                                                done = std::move(done)](auto exchanged) mutable {
                                                 if (!exchanged && exchanged.error() == store::StoreError::not_valid) {
                                                   return used_twice(std::move(done));
                                                 }
                                                 if (!exchanged)
                                                   return done(unexpected(api::from_store(exchanged.error())));
                                                 parts_.callers.forget_application(id);
                                                 done(std::move(issued));
                                               });
                      });
}

void OAuth::revoke(const store::Application& application, std::string token, api::Done<void> done) {
  applications_.token(api::token_hash(token), [this, id = application.id, done = std::move(done)](auto found) mutable {
    if (!found) return done(unexpected(api::from_store(found.error())));
    if (!*found || (*found)->client_id != id) return done({});
    applications_.end_grant((*found)->grant_id, [this, id, done = std::move(done)](auto ended) mutable {
      if (!ended) return done(unexpected(api::from_store(ended.error())));
      parts_.callers.forget_application(id);
      done({});
    });
  });
}

void OAuth::look_at(const Request& request, api::Done<Asked> done) {
  applications_.find(request.client_id, [request, done = std::move(done)](auto found) mutable {
    if (!found) return done(unexpected(api::from_store(found.error())));
    if (!*found || (*found)->disabled || !(*found)->for_people) {
      return done(unexpected(oauth_error(400, "invalid_client", "There is no such application. (client_id)")));
    }
    if (!is_registered((*found)->redirect_uris, request.redirect_uri)) {
      return done(
          unexpected(oauth_error(400, "invalid_request", "The application did not register this redirect_uri.")));
    }
    const auto most = api::Scopes::parse((*found)->scopes);
    auto scopes = request.scope.empty() ? most : api::Scopes::parse(request.scope).within(most);
    done(Asked{std::move(**found), std::move(scopes)});
  });
}

std::string_view OAuth::wrong_with(const Request& request, const Asked& asked) {
  if (request.response_type != "code") return "unsupported_response_type";
  if (asked.scopes.empty()) return "invalid_scope";
  // RFC 7636: plain is not taken; whoever has no secret must use PKCE (RFC 9700 section 2.1.1).
  if (!request.challenge.empty() && request.challenge_method != "S256") return "invalid_request";
  if (!request.challenge.empty() && request.challenge.size() != 43) return "invalid_request";
  if (request.challenge.empty() && asked.application.secret_hash.empty()) return "invalid_request";
  return "";
}

void OAuth::allow(const Request& request, const Asked& asked, std::string user_id, api::Done<std::string> done) {
  std::string code = random_text(32);
  const UnixMicros now = parts_.clock.now();
  applications_.add_code({api::token_hash(code), request.client_id, std::move(user_id), request.redirect_uri,
                          asked.scopes.text(), request.challenge, random_text(16), false, plus(now, parts_.times.code)},
                         now, [code, done = std::move(done)](auto added) mutable {
                           if (!added) return done(unexpected(api::from_store(added.error())));
                           done(std::move(code));
                         });
}

void OAuth::grants_of(std::string user_id, api::Done<std::vector<store::Applications::Grant>> done) {
  applications_.grants_of(std::move(user_id), parts_.clock.now(), [done = std::move(done)](auto grants) mutable {
    if (!grants) return done(unexpected(api::from_store(grants.error())));
    done(std::move(*grants));
  });
}

void OAuth::end_grants(std::string user_id, std::string client_id, api::Done<void> done) {
  applications_.end_grants(std::move(user_id), client_id,
                           [this, client_id, done = std::move(done)](auto ended) mutable {
                             if (!ended) return done(unexpected(api::from_store(ended.error())));
                             parts_.callers.forget_application(client_id);
                             done({});
                           });
}

}  // namespace sealhall::oauth
