// OAuth 2: who gets which token, and until when (RFC 6749).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/random.h"
#include "core/meeting/attempt_limiter.h"
#include "io/net/clock.h"
#include "io/net/loop.h"
#include "server/api/caller.h"
#include "server/api/caller_cache.h"
#include "store/applications.h"

namespace sealhall::oauth {

inline constexpr std::string_view access_prefix = "at.";
inline constexpr std::string_view refresh_prefix = "rt.";

struct Times {
  Duration access = std::chrono::seconds{3600};  ///< longer: a stolen token works longer; shorter: more renewals
  Duration refresh = std::chrono::hours{24 * 90};
  Duration code = std::chrono::minutes{5};
};

struct Issued {
  std::string access_token;
  std::string refresh_token;  ///< "" for applications that act for themselves
  std::string scope;
  std::uint32_t expires_in = 0;  ///< seconds
};

/// Which application asks, and how it proves that.
struct ClientProof {
  std::string client_id;
  std::string secret;  ///< "": none was sent
  std::string source;  ///< where the request comes from, for counting wrong secrets
};

/// Callbacks come on the loop.
class OAuth {
 public:
  struct Parts {
    io::Loop& loop;
    store::Engine& engine;
    const io::WallClock& clock;
    RandomSource& random;
    api::CallerCache& callers;
    /// What a person's role allows; nullopt: there is no such person, or it is disabled.
    std::function<void(std::string user_id, api::Done<std::optional<api::Permissions>>)> permissions_of;
    Times times = {};
  };
  explicit OAuth(Parts parts);

  /// RFC 6749 section 2.3. Error: 401 invalid_client for everything that is wrong, 429 after many wrong ones.
  void authenticate(ClientProof proof, api::Done<store::Application> done);

  /// Grant account_credentials: for the account itself. Error: unauthorized_client, invalid_request (another account).
  void for_account(const store::Application& application, std::string_view account_id, std::string_view scope,
                   api::Done<Issued> done);
  /// Grant authorization_code. `verifier`: PKCE, RFC 7636 section 4.6. Error: invalid_grant; when the code was used
  /// before, what came from it ends too (RFC 9700 section 2.1.1).
  void for_code(const store::Application& application, std::string code, std::string redirect_uri, std::string verifier,
                api::Done<Issued> done);
  /// Grant refresh_token. The old one is used up; used twice it ends the grant (RFC 9700 section 4.14).
  void for_refresh(const store::Application& application, std::string token, std::string_view scope,
                   api::Done<Issued> done);
  /// RFC 7009: ends the grant of a token of this application; unknown ones are fine.
  void revoke(const store::Application& application, std::string token, api::Done<void> done);

  /// What an application asks a person for.
  struct Request {
    std::string client_id;
    std::string redirect_uri;
    std::string scope;
    std::string state;
    std::string challenge;
    std::string challenge_method;
    std::string response_type;
  };
  /// What the consent page shows, or why it must not redirect to where the request says.
  struct Asked {
    store::Application application;
    api::Scopes scopes;
  };
  void look_at(const Request& request, api::Done<Asked> done);
  /// RFC 6749 section 4.1.2.1: what is wrong with the rest of a request whose address is right; "" nothing.
  static std::string_view wrong_with(const Request& request, const Asked& asked);
  /// The person has allowed it: the code for the redirect.
  void allow(const Request& request, const Asked& asked, std::string user_id, api::Done<std::string> done);

  void grants_of(std::string user_id, api::Done<std::vector<store::Applications::Grant>> done);
  void end_grants(std::string user_id, std::string client_id, api::Done<void> done);

  [[nodiscard]] store::Applications& applications() noexcept { return applications_; }
  [[nodiscard]] const Parts& parts() const noexcept { return parts_; }
  std::string random_text(std::size_t bytes);

 private:
  struct Pair {
    Issued issued;
    std::vector<store::OAuthToken> tokens;
  };
  Pair make_tokens(const store::Application& application, std::optional<std::string> user_id, std::string grant_id,
                   std::string scope);

  Parts parts_;
  store::Applications applications_;
  meeting::AttemptLimiter wrong_secrets_{{.free_attempts = 20}};
};

/// What access tokens stand for.
class OAuthCallers final : public api::CallerSource {
 public:
  explicit OAuthCallers(OAuth& oauth) : oauth_(oauth) {}
  void caller_of(std::string_view token, api::Done<std::optional<Found>> done) override;

 private:
  void with_token(store::OAuthToken token, store::Application application, api::Done<std::optional<Found>> done);
  OAuth& oauth_;
};

/// "https://..", http on loopback, or a scheme of a native application with a dot in it (RFC 8252 section 7).
bool may_redirect_to(std::string_view uri);
/// Exactly one of the registered ones; on loopback any port (RFC 8252 section 7.3).
bool is_registered(std::string_view registered_lines, std::string_view uri);
/// RFC 7636 section 4.2: base64url(SHA-256(verifier)).
std::string challenge_of(std::string_view verifier);

}  // namespace sealhall::oauth
