#include "server/identity/oidc_sign_in.h"

#include <algorithm>
#include <utility>

#include "core/base/encoding.h"
#include "core/base/secret.h"
#include "core/crypto/hash.h"
#include "core/meeting/display_name.h"
#include "io/http/message.h"
#include "io/log/log.h"
#include "io/mail/message.h"
#include "server/identity/json_text.h"

namespace sealhall::identity {
namespace {

using api::ApiError;

constexpr Duration flow_lasts = std::chrono::minutes{10};
constexpr Duration discovery_lasts = std::chrono::hours{1};
constexpr Duration keys_rest = std::chrono::minutes{1};  // shorter: strangers make us ask the provider more often
constexpr std::size_t most_flows = 10'000;
constexpr std::size_t max_document = 256U << 10;

ApiError refused(std::string_view why) {
  io::log::info("a sign-in through a provider was refused", {{"reason", why}});
  return {401, "The sign-in did not work. Please start again."};
}
ApiError provider_away(std::string_view why) {
  io::log::warning("a sign-in provider cannot be used", {{"reason", why}});
  return {503, "Your organisation's sign-in does not answer. Please try again.", {}, 5};
}

std::string_view word_for(IdTokenError error) noexcept {
  switch (error) {
    case IdTokenError::malformed:
      return "id token malformed";
    case IdTokenError::algorithm_not_allowed:
      return "id token algorithm";
    case IdTokenError::critical_header:
      return "id token critical header";
    case IdTokenError::unknown_key:
      return "id token key";
    case IdTokenError::bad_signature:
      return "id token signature";
    case IdTokenError::wrong_issuer:
      return "id token issuer";
    case IdTokenError::wrong_audience:
      return "id token audience";
    case IdTokenError::expired:
      return "id token expired";
    case IdTokenError::not_yet_valid:
      return "id token not valid yet";
    case IdTokenError::wrong_nonce:
      return "id token nonce";
    case IdTokenError::no_subject:
      return "id token subject";
  }
  return "";
}

bool is_allowed_url(std::string_view url, const OidcProvider& provider) {
  return url.size() <= 2048 &&
         (url.starts_with("https://") || (provider.allow_clear_text && url.starts_with("http://")));
}

bool is_of_domains(std::string_view email, const std::vector<std::string>& domains) {
  if (domains.empty()) return true;
  const std::string domain = normalised_login(email.substr(email.find('@') + 1));
  return std::ranges::any_of(domains, [&](const std::string& d) { return normalised_login(d) == domain; });
}

}  // namespace

std::string problem_with(const OidcProvider& p) {
  const bool id_fine = !p.id.empty() && p.id.size() <= 32 && std::ranges::all_of(p.id, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
  if (!id_fine) return "A sign-in provider's id has small letters, digits and dashes.";
  if (!is_allowed_url(p.issuer, p)) return "The issuer of the sign-in provider " + p.id + " must begin with https://.";
  if (p.client_id.empty()) return "The sign-in provider " + p.id + " needs a client_id.";
  return {};
}

std::optional<OidcEndpoints> parse_discovery(std::string_view text, const OidcProvider& provider) {
  const auto object = json_object(text, max_document);
  // Discovery 1.0 section 4.3: the issuer must be the very one that was asked.
  if (!object || text_member(*object, "issuer") != provider.issuer) return std::nullopt;
  OidcEndpoints out{std::string{text_member(*object, "authorization_endpoint").value_or("")},
                    std::string{text_member(*object, "token_endpoint").value_or("")},
                    std::string{text_member(*object, "jwks_uri").value_or("")}};
  out.userinfo = text_member(*object, "userinfo_endpoint").value_or("");
  if (!is_allowed_url(out.userinfo, provider)) out.userinfo.clear();
  const auto* says = member(*object, "authorization_response_iss_parameter_supported");
  out.says_issuer = says != nullptr && says->is_bool() && says->get_bool();
  for (const std::string* url : {&out.authorization, &out.token, &out.keys}) {
    if (!is_allowed_url(*url, provider) || url->find('#') != std::string::npos) return std::nullopt;
  }
  return out;
}

std::string pkce_challenge(std::string_view verifier) { return to_base64url(crypto::sha256(as_bytes(verifier))); }

OidcSignIn::OidcSignIn(Accounts& accounts, Fetch fetch, std::string public_url, std::vector<OidcProvider> providers)
    : accounts_(accounts),
      store_(accounts.parts().engine),
      factors_(accounts.parts().engine),
      fetch_(std::move(fetch)),
      public_url_(std::move(public_url)),
      providers_(std::move(providers)) {}

const OidcProvider* OidcSignIn::provider(std::string_view id) const {
  const auto found = std::ranges::find(providers_, id, &OidcProvider::id);
  return found == providers_.end() ? nullptr : &*found;
}

io::HttpFetch OidcSignIn::request(const OidcProvider& p, std::string url) const {
  io::HttpFetch out;
  out.url = std::move(url);
  out.headers = {{"Accept", "application/json"}};
  out.timeout = std::chrono::seconds{15};
  out.max_response = max_document;
  out.ca_file = p.ca_file;
  out.allow_clear_text = p.allow_clear_text;
  return out;
}

void OidcSignIn::discover(const OidcProvider& p, Done<OidcEndpoints> done) {
  Known& known = known_[p.id];
  if (known.endpoints && known.endpoints_until > accounts_.parts().loop.now()) return done(*known.endpoints);
  std::string base = p.issuer;
  if (base.ends_with('/')) base.pop_back();
  fetch_(request(p, base + "/.well-known/openid-configuration"), [this, &p, done = std::move(done)](auto got) mutable {
    if (!got) return done(unexpected(provider_away("no discovery document: " + got.error().reason)));
    if (got->status != 200) return done(unexpected(provider_away("no discovery document")));
    auto endpoints = parse_discovery(as_text(got->body), p);
    if (!endpoints) return done(unexpected(provider_away("a discovery document that does not fit the issuer")));
    Known& k = known_[p.id];
    k.endpoints = *endpoints;
    k.endpoints_until = accounts_.parts().loop.now() + discovery_lasts;
    done(std::move(*endpoints));
  });
}

void OidcSignIn::start(const std::string& provider_id, Done<Started> done) {
  const OidcProvider* p = provider(provider_id);
  if (p == nullptr) return done(unexpected(api::not_found()));
  discover(*p, [this, p, done = std::move(done)](auto endpoints) mutable {
    if (!endpoints) return done(unexpected(std::move(endpoints.error())));
    const Instant now = accounts_.parts().loop.now();
    while (!by_age_.empty()) {
      const auto oldest = flows_.find(by_age_.front());
      if (oldest->second.until > now && flows_.size() < most_flows) break;
      flows_.erase(oldest);
      by_age_.pop_front();
    }
    Started out;
    out.browser = accounts_.random_text(32);
    const std::string state = accounts_.random_text(32);
    Flow flow{
        p->id, accounts_.random_text(32), accounts_.random_text(48), token_hash(out.browser), {}, now + flow_lasts, {}};
    const auto add = [&out](std::string_view name, std::string_view value) {
      out.url +=
          (out.url.find('?') == std::string::npos ? "?" : "&") + std::string{name} + "=" + io::percent_encode(value);
    };
    out.url = endpoints->authorization;
    add("response_type", "code");
    add("client_id", p->client_id);
    add("redirect_uri", redirect_uri());
    add("scope", p->scope);
    add("state", state);
    add("nonce", flow.nonce);
    add("code_challenge", pkce_challenge(flow.verifier));
    add("code_challenge_method", "S256");
    by_age_.push_back(state);
    flow.order = std::prev(by_age_.end());
    flows_.emplace(state, std::move(flow));
    done(std::move(out));
  });
}

void OidcSignIn::finish(Callback callback, SignInSource source, Done<SignedIn> done) {
  const auto found = flows_.find(callback.state);
  if (found == flows_.end()) return done(unexpected(refused("unknown state")));
  // A state works once, whatever comes of it.
  Flow flow = std::move(found->second);
  by_age_.erase(flow.order);
  flows_.erase(found);
  if (flow.until <= accounts_.parts().loop.now()) return done(unexpected(refused("too late")));
  // Only the browser that began: otherwise somebody could be signed in as somebody else by a link.
  if (!constant_time_equal(as_bytes(token_hash(callback.browser)), as_bytes(flow.browser_hash))) {
    return done(unexpected(refused("another browser")));
  }
  const OidcProvider* p = provider(flow.provider_id);
  if (p == nullptr) return done(unexpected(refused("provider gone")));
  const Known& known = known_[p->id];
  // RFC 9207 section 2.4: an answer of another provider than the one asked.
  const bool must_say = known.endpoints && known.endpoints->says_issuer;
  if ((must_say || !callback.issuer.empty()) && callback.issuer != p->issuer) {
    return done(unexpected(refused("issuer of the answer")));
  }
  if (!callback.error.empty()) return done(unexpected(refused("the provider said no")));
  if (callback.code.empty() || callback.code.size() > 4096) return done(unexpected(refused("no code")));
  exchange(*p, std::move(flow), std::move(callback.code), std::move(source), std::move(done));
}

void OidcSignIn::exchange(const OidcProvider& p, Flow flow, std::string code, SignInSource source,
                          Done<SignedIn> done) {
  discover(p, [this, &p, flow = std::move(flow), code = std::move(code), source = std::move(source),
               done = std::move(done)](auto endpoints) mutable {
    if (!endpoints) return done(unexpected(std::move(endpoints.error())));
    io::HttpFetch ask = request(p, endpoints->token);
    ask.method = "POST";
    ask.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
    std::string form = "grant_type=authorization_code&code=" + io::percent_encode(code) +
                       "&redirect_uri=" + io::percent_encode(redirect_uri()) + "&code_verifier=" + flow.verifier;
    if (p.client_secret.empty()) {
      form += "&client_id=" + io::percent_encode(p.client_id);
    } else {
      // RFC 6749 section 2.3.1: both are form-encoded first.
      const std::string both = io::percent_encode(p.client_id) + ":" + io::percent_encode(p.client_secret);
      ask.headers.emplace_back("Authorization", "Basic " + to_base64(as_bytes(both)));
    }
    ask.body.assign(form.begin(), form.end());
    fetch_(std::move(ask),
           [this, &p, flow = std::move(flow), source = std::move(source), done = std::move(done)](auto got) mutable {
             if (!got) return done(unexpected(provider_away("the token endpoint: " + got.error().reason)));
             const auto object = json_object(as_text(got->body), max_document);
             if (got->status != 200 || !object) return done(unexpected(refused("the token endpoint said no")));
             auto token = text_member(*object, "id_token");
             if (!token) return done(unexpected(refused("no id token")));
             std::string text{*token};
             flow.access_token = text_member(*object, "access_token").value_or("");
             check_token(p, std::move(flow), std::move(text), false, std::move(source), std::move(done));
           });
  });
}

void OidcSignIn::read_keys(const OidcProvider& p, bool again, Done<Jwks> done) {
  Known& known = known_[p.id];
  const Instant now = accounts_.parts().loop.now();
  const bool rested = !known.keys || now - known.keys_read >= keys_rest;
  if (known.keys && !(again && rested)) return done(*known.keys);
  if (!known.endpoints) return done(unexpected(provider_away("no discovery document")));
  known.keys_read = now;
  fetch_(request(p, known.endpoints->keys), [this, &p, done = std::move(done)](auto got) mutable {
    if (!got || got->status != 200) return done(unexpected(provider_away("no keys")));
    auto keys = Jwks::parse_jwks(as_text(got->body));
    if (!keys) return done(unexpected(provider_away("no key set")));
    known_[p.id].keys = *keys;
    done(std::move(*keys));
  });
}

void OidcSignIn::check_token(const OidcProvider& p, Flow flow, std::string token, bool again, SignInSource source,
                             Done<SignedIn> done) {
  read_keys(p, again,
            [this, &p, flow = std::move(flow), token = std::move(token), again, source = std::move(source),
             done = std::move(done)](auto keys) mutable {
              if (!keys) return done(unexpected(std::move(keys.error())));
              auto claims = parse_id_token(token, *keys, {p.issuer, p.client_id, flow.nonce, accounts_.now()});
              // The provider may have changed its keys since we read them.
              if (!claims && claims.error() == IdTokenError::unknown_key && !again) {
                return check_token(p, std::move(flow), std::move(token), true, std::move(source), std::move(done));
              }
              if (!claims) return done(unexpected(refused(word_for(claims.error()))));
              const Known& known = known_[p.id];
              const bool can_ask = known.endpoints && !known.endpoints->userinfo.empty() && !flow.access_token.empty();
              if (claims->email.empty() && can_ask) {
                return ask_userinfo(p, std::move(flow.access_token), std::move(*claims), std::move(source),
                                    std::move(done));
              }
              enter(p, std::move(*claims), std::move(source), std::move(done));
            });
}

/// Providers that keep to the letter say an address here and not in the ID token (OpenID Connect Core section 5.4).
void OidcSignIn::ask_userinfo(const OidcProvider& p, std::string access_token, IdClaims claims, SignInSource source,
                              Done<SignedIn> done) {
  io::HttpFetch ask = request(p, known_[p.id].endpoints->userinfo);
  ask.headers.emplace_back("Authorization", "Bearer " + access_token);
  fetch_(std::move(ask),
         [this, &p, claims = std::move(claims), source = std::move(source), done = std::move(done)](auto got) mutable {
           if (!got || got->status != 200) return done(unexpected(provider_away("no userinfo")));
           auto info = parse_userinfo(as_text(got->body), claims.subject);
           if (!info) return done(unexpected(refused("userinfo about somebody else")));
           enter(p, std::move(*info), std::move(source), std::move(done));
         });
}

void OidcSignIn::enter(const OidcProvider& p, IdClaims claims, SignInSource source, Done<SignedIn> done) {
  find_or_make(p, std::move(claims), [this, &p, source = std::move(source), done = std::move(done)](auto user) mutable {
    if (!user) return done(unexpected(std::move(user.error())));
    if (user->disabled) return done(unexpected(refused("disabled")));
    accounts_.start_session(std::move(*user), "oidc:" + p.id, std::move(source), true, std::move(done));
  });
}

void OidcSignIn::find_or_make(const OidcProvider& p, IdClaims claims, Done<store::User> done) {
  const std::string subject = claims.subject;
  factors_.user_of_identity(
      p.id, subject, [this, &p, claims = std::move(claims), done = std::move(done)](auto id) mutable {
        if (!id) return done(unexpected(api::from_store(id.error())));
        if (*id) {
          return store_.user(**id, [done = std::move(done)](auto user) mutable {
            if (!user) return done(unexpected(api::from_store(user.error())));
            if (!*user) return done(unexpected(refused("user gone")));
            done(std::move(**user));
          });
        }
        const std::string login = normalised_login(claims.email);
        if (!claims.email_verified || !io::is_mail_address(login) || login.size() > 64) {
          return done(unexpected(
              ApiError{403, "Your organisation's sign-in gave no verified mail address. Ask for an invitation."}));
        }
        if (!is_of_domains(login, p.email_domains)) {
          return done(unexpected(ApiError{403, "People with that address may not sign in here."}));
        }
        store_.user_by_login(
            login, [this, &p, login, claims = std::move(claims), done = std::move(done)](auto found) mutable {
              if (!found) return done(unexpected(api::from_store(found.error())));
              const std::string of_subject = claims.subject;
              if (*found) {
                if (!p.link_by_email)
                  return done(unexpected(ApiError{403, "Somebody with that address is here already."}));
                return link(p, of_subject, std::move(**found), std::move(done));
              }
              if (!p.sign_up)
                return done(unexpected(ApiError{403, "You are not invited yet. Ask your administrator."}));
              // Without a password: an empty hash is never right.
              store::User user{accounts_.random_text(16), login, meeting::display_name(claims.name),
                               store::UserRole::member,   "",    accounts_.now()};
              if (user.name.empty()) user.name = login;
              store_.create_user(user, [this, &p, user, of_subject, done = std::move(done)](auto made) mutable {
                if (!made) return done(unexpected(api::from_store(made.error())));
                accounts_.publish("user.created", user);
                link(p, of_subject, std::move(user), std::move(done));
              });
            });
      });
}

void OidcSignIn::link(const OidcProvider& p, const std::string& subject, store::User user, Done<store::User> done) {
  const std::string id = user.id;
  factors_.add_identity(p.id, subject, id, accounts_.now(),
                        [user = std::move(user), done = std::move(done)](auto added) mutable {
                          if (!added) return done(unexpected(api::from_store(added.error())));
                          done(std::move(user));
                        });
}

}  // namespace sealhall::identity
