// Who people are: sign-in with a password, bearer tokens, the first administrator by a one-time link.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/random.h"
#include "core/meeting/attempt_limiter.h"
#include "io/net/clock.h"
#include "server/control/api_error.h"
#include "server/control/password.h"
#include "store/store.h"

namespace sealhall::control {

struct SignedIn {
  std::string token;  ///< 32 random bytes as base64url; the only time that it is seen
  UnixMicros expires_at{};
  store::User user;
};

struct AccountTimes {
  Duration session = std::chrono::hours{24 * 30};
  Duration setup_link = std::chrono::minutes{30};
};

struct NewAccount {
  std::string login;
  std::string name;
  std::string password;
  store::UserRole role = store::UserRole::member;
};

/// Callbacks come on the loop.
class Accounts {
 public:
  template <class T>
  using Done = std::move_only_function<void(expected<T, ApiError>)>;

  Accounts(io::Loop& loop, store::Store& store, const io::WallClock& clock, RandomSource& random,
           PasswordHasher& hasher, AccountTimes times = {})
      : loop_(loop), store_(store), clock_(clock), random_(random), hasher_(hasher), times_(times) {}

  /// `source` names where the attempt comes from; wrong ones are slowed down by source and by login.
  void sign_in(std::string login, std::string password, std::string source, Done<SignedIn> done);
  void sign_out(std::string_view token, Done<void> done);
  /// Who has this token; nullopt for an unknown or expired one.
  void user_of(std::string_view token, Done<std::optional<store::User>> done);
  void create(NewAccount account, Done<store::User> done);

  /// A fresh set-up token while there is no administrator; nullopt afterwards. Older ones stop working.
  void offer_setup(Done<std::optional<std::string>> done);
  void set_up(std::string token, NewAccount admin, std::string source, Done<SignedIn> done);

 private:
  [[nodiscard]] std::optional<ApiError> wrong_with(const NewAccount& account) const;
  void start_session(store::User user, Done<SignedIn> done);
  std::string random_text(std::size_t bytes);

  io::Loop& loop_;
  store::Store& store_;
  const io::WallClock& clock_;
  RandomSource& random_;
  PasswordHasher& hasher_;
  AccountTimes times_;
  meeting::AttemptLimiter by_source_{{.free_attempts = 10}};
  meeting::AttemptLimiter by_login_{{.free_attempts = 20}};
};

/// Hexadecimal SHA-256: how tokens are stored.
std::string token_hash(std::string_view token);
/// Lower case ASCII, without white space around; what logins are compared by.
std::string normalised_login(std::string_view login);
/// Where a connection comes from, for counting attempts: an IPv4 address, or the /64 of an IPv6 one.
std::string source_of(const io::Endpoint& peer);

}  // namespace sealhall::control
