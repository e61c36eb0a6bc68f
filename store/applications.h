// API applications with their codes and tokens (OAuth 2).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/time.h"
#include "store/engine.h"

namespace sealhall::store {

struct Application {
  std::string id;  ///< the client_id
  std::string account_id;
  std::string owner_id;  ///< who made it
  std::string name;
  bool for_people = false;     ///< people grant it something; false: it acts for the account by itself
  std::string secret_hash;     ///< hexadecimal SHA-256; "": a public client without a secret
  std::string redirect_uris;   ///< a newline between them
  std::string scopes;          ///< the most that it may be granted, a space between them
  std::int64_t permissions{};  ///< bits of api::Permissions: the most that its maker could give away
  bool disabled = false;
  UnixMicros created_at{};
};
struct OAuthCode {
  std::string code_hash;
  std::string client_id;
  std::string user_id;
  std::string redirect_uri;
  std::string scopes;
  std::string challenge;  ///< PKCE S256; "": none was given
  std::string grant_id;
  bool used = false;
  UnixMicros expires_at{};
};
struct OAuthToken {
  enum class Kind : std::uint8_t { access, refresh };
  std::string token_hash;
  Kind kind = Kind::access;
  std::string grant_id;  ///< what came from one consent, or one token request of an application for itself
  std::string client_id;
  std::optional<std::string> user_id;  ///< nullopt: for the application itself
  std::string scopes;
  bool used = false;  ///< a refresh token: exchanged already
  UnixMicros created_at{};
  UnixMicros expires_at{};
};

class Applications {
 public:
  /// The engine must outlive this.
  explicit Applications(Engine& engine) noexcept : engine_(engine) {}

  /// Error: taken (the id), not_found (the account).
  void add(Application application, Done<void> done);
  /// Name, addresses, scopes, secret and whether it is disabled; when it is, its tokens go. Error: not_found.
  void change(Application application, Done<void> done);
  /// With everything that it was granted. Error: not_found.
  void remove(std::string account_id, std::string id, Done<void> done);
  void find(std::string id, Done<std::optional<Application>> done);
  /// Oldest first.
  void of_account(std::string account_id, Done<std::vector<Application>> done);

  /// Also removes codes and tokens that have expired before now. Error: not_found (user or application).
  void add_code(OAuthCode code, UnixMicros now, Done<void> done);
  void code(std::string code_hash, Done<std::optional<OAuthCode>> done);
  /// Uses the code up and adds the tokens, both or nothing. Error: not_valid when somebody was quicker.
  void redeem_code(std::string code_hash, std::vector<OAuthToken> tokens, Done<void> done);

  /// Also removes tokens that have expired before now.
  void add_tokens(std::vector<OAuthToken> tokens, UnixMicros now, Done<void> done);
  /// Also one that is used or expired.
  void token(std::string token_hash, Done<std::optional<OAuthToken>> done);
  /// Uses a refresh token up and adds the new ones, both or nothing; access tokens from before last their hour, since
  /// other workers of the client still use them. Error: not_valid when it was used already.
  void exchange(std::string refresh_hash, std::vector<OAuthToken> tokens, Done<void> done);
  /// Ends every token and code of a grant.
  void end_grant(std::string grant_id, Done<void> done);

  /// What somebody granted and has not taken back.
  struct Grant {
    std::string client_id;
    std::string name;
    std::string scopes;
    UnixMicros created_at{};
  };
  void grants_of(std::string user_id, UnixMicros now, Done<std::vector<Grant>> done);
  /// Ends everything that this person granted to the application. Error: not_found when there is nothing.
  void end_grants(std::string user_id, std::string client_id, Done<void> done);

 private:
  Engine& engine_;
};

}  // namespace sealhall::store
