// Signing in through an organisation's own provider: OpenID Connect, authorisation code with PKCE (OpenID Connect
// Core 1.0, Discovery 1.0, RFC 7636, RFC 9207).
#pragma once

#include <functional>
#include <list>
#include <map>
#include <string>
#include <vector>

#include "io/curl/curl.h"
#include "server/identity/accounts.h"
#include "server/identity/oidc_token.h"
#include "store/factors.h"

namespace sealhall::identity {

struct OidcProvider {
  std::string id;      ///< in addresses: letters, digits, dashes
  std::string name;    ///< on the button
  std::string issuer;  ///< exactly as the provider writes it
  std::string client_id;
  std::string client_secret = {};
  std::string scope = "openid email profile";
  std::vector<std::string> email_domains = {};  ///< empty: all
  bool sign_up = true;                          ///< whoever comes for the first time becomes a member
  bool link_by_email = true;  ///< .. or the user whose login is the address that the provider has verified
  std::string ca_file = {};
  bool allow_clear_text = false;  ///< for tests and for a provider on this machine
};
/// What is wrong with it, as a sentence; "" when nothing is.
std::string problem_with(const OidcProvider& provider);

/// What discovery says, checked. nullopt: not a discovery document of this issuer, or addresses that are not allowed.
struct OidcEndpoints {
  std::string authorization;
  std::string token;
  std::string keys;
  std::string userinfo = {};  ///< maybe none
  bool says_issuer = false;   ///< the answer carries "iss" (RFC 9207)
};
std::optional<OidcEndpoints> parse_discovery(std::string_view text, const OidcProvider& provider);

/// base64url(SHA-256(verifier)): RFC 7636 section 4.2.
std::string pkce_challenge(std::string_view verifier);

class OidcSignIn {
 public:
  using Fetch =
      std::function<void(io::HttpFetch, std::move_only_function<void(expected<io::HttpFetched, io::FetchError>)>)>;
  OidcSignIn(Accounts& accounts, Fetch fetch, std::string public_url, std::vector<OidcProvider> providers);

  [[nodiscard]] const std::vector<OidcProvider>& providers() const noexcept { return providers_; }

  struct Started {
    std::string url;      ///< where the browser goes
    std::string browser;  ///< for a cookie of this browser: only it may come back
  };
  void start(const std::string& provider_id, Done<Started> done);

  struct Callback {
    std::string state;
    std::string code;
    std::string error;
    std::string issuer;
    std::string browser;  ///< from the cookie
  };
  /// 401 for everything that does not fit together, with one sentence; the log has the reason.
  void finish(Callback callback, SignInSource source, Done<SignedIn> done);

  [[nodiscard]] std::size_t waiting() const noexcept { return flows_.size(); }

 private:
  struct Flow {
    std::string provider_id;
    std::string nonce;
    std::string verifier;
    std::string browser_hash;
    std::string access_token = {};  ///< for userinfo, when the ID token has no address
    Instant until{};
    std::list<std::string>::iterator order;
  };
  struct Known {  ///< of a provider
    std::optional<OidcEndpoints> endpoints;
    std::optional<Jwks> keys;
    Instant endpoints_until{};
    Instant keys_read{};
  };
  [[nodiscard]] const OidcProvider* provider(std::string_view id) const;
  void discover(const OidcProvider& provider, Done<OidcEndpoints> done);
  void read_keys(const OidcProvider& provider, bool again, Done<Jwks> done);
  void exchange(const OidcProvider& provider, Flow flow, std::string code, SignInSource source, Done<SignedIn> done);
  void check_token(const OidcProvider& provider, Flow flow, std::string token, bool again, SignInSource source,
                   Done<SignedIn> done);
  void ask_userinfo(const OidcProvider& provider, std::string access_token, IdClaims claims, SignInSource source,
                    Done<SignedIn> done);
  void enter(const OidcProvider& provider, IdClaims claims, SignInSource source, Done<SignedIn> done);
  void find_or_make(const OidcProvider& provider, IdClaims claims, Done<store::User> done);
  void link(const OidcProvider& provider, const std::string& subject, store::User user, Done<store::User> done);
  io::HttpFetch request(const OidcProvider& provider, std::string url) const;
  [[nodiscard]] std::string redirect_uri() const { return public_url_ + "/oidc/callback"; }

  Accounts& accounts_;
  store::Store store_;
  store::Factors factors_;
  Fetch fetch_;
  std::string public_url_;
  std::vector<OidcProvider> providers_;
  std::map<std::string, Known, std::less<>> known_;
  std::map<std::string, Flow> flows_;  ///< by state
  std::list<std::string> by_age_;
};

}  // namespace sealhall::identity
