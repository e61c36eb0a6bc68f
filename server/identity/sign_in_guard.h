// Slows down whoever guesses passwords and codes, without ever locking out the person whose device is known.
#pragma once

#include <string>
#include <string_view>

#include "core/meeting/attempt_limiter.h"

namespace sealhall::identity {

/// An attempt as it is counted. A browser or client that has signed in before keeps a device token; `known_device` is
/// its hash when it belongs to this very login, "" otherwise.
struct Attempt {
  std::string_view login;
  std::string_view source;  ///< an IPv4 address or the /64 of an IPv6 one
  std::string_view known_device = {};
};

/// Strangers are counted by source and by login: guesses at one account from everywhere, and at every account from one
/// place, both get slow (doubling waits up to the longest). A known device has a count of its own and is not held up by
/// what strangers do, neither to its login nor from its network; when its own guesses are wrong it waits as well, so a
/// stolen device token is no way around. Neither is an account of one's own: a right password forgets what was wrong
/// from its place, but that of one login only once in a while.
class SignInGuard {
 public:
  struct Policy {
    meeting::AttemptPolicy by_source = {.free_attempts = 10};
    meeting::AttemptPolicy by_login = {.free_attempts = 15};  ///< with pauses: under 100 an hour
    meeting::AttemptPolicy by_device = {.free_attempts = 5};
  };
  SignInGuard() : SignInGuard(Policy{}) {}
  explicit SignInGuard(const Policy& policy)
      : by_source_(policy.by_source),
        by_login_(policy.by_login),
        by_device_(policy.by_device),
        forgiven_(policy.by_source.forget_after) {}

  /// How long this attempt has to wait; zero: it may be made now.
  [[nodiscard]] Duration wait(const Attempt& attempt, Instant now) const;
  /// Counted as wrong until `succeeded` says otherwise: call it before the answer is known, so that guesses that are
  /// sent at the same time count too.
  void begins(const Attempt& attempt, Instant now);
  /// `begun` is the moment that `begins` was told.
  void succeeded(const Attempt& attempt, Instant begun);
  /// Neither right nor wrong, since it could not be looked at: it is not counted any more.
  void not_checked(const Attempt& attempt, Instant begun);

 private:
  [[nodiscard]] static std::string device_key(const Attempt& attempt);
  meeting::AttemptLimiter by_source_;
  meeting::AttemptLimiter by_login_;
  meeting::AttemptLimiter by_device_;
  meeting::OnceIn forgiven_;  ///< which login has just made its place's failures forgotten
};

}  // namespace sealhall::identity
