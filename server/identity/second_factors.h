// The second factor of a sign-in with a password: one-time codes, with recovery codes for the day on which the phone is
// lost.
#pragma once

#include <string>
#include <vector>

#include "core/base/random.h"
#include "io/net/clock.h"
#include "server/api/caller.h"
#include "server/vault/vault.h"
#include "store/factors.h"
#include "store/store.h"

namespace sealhall::identity {

template <class T>
using Done = std::move_only_function<void(expected<T, api::ApiError>)>;

/// Secrets are sealed by the vault under their user; recovery codes are hashes.
class SecondFactors {
 public:
  SecondFactors(store::Engine& engine, vault::Vault& vault, const io::WallClock& clock, RandomSource& random)
      : factors_(engine), vault_(vault), clock_(clock), random_(random) {}

  enum class Checked : std::uint8_t { none_set_up, with_code, with_recovery_code };
  /// For a sign-in, after the password. An empty code when one is needed, and a wrong one, are a 401 with the field
  /// "code". A code that was right is used up.
  void check(const store::User& user, std::string code, Done<Checked> done);

  struct Enrolment {
    std::string secret;  ///< base32, to be typed
    std::string uri;     ///< for a QR code
  };
  /// 409 when there is one already.
  void begin(const store::User& user, Done<Enrolment> done);
  /// The first code proves that the app has the secret. Gives the recovery codes, the only time that they are seen.
  void confirm(const store::User& user, std::string code, Done<std::vector<std::string>> done);
  /// New recovery codes instead of the old ones; 409 without a second factor.
  void renew_codes(const store::User& user, Done<std::vector<std::string>> done);
  /// With a code of it, or a recovery code.
  void disable(const store::User& user, std::string code, Done<void> done);

  struct State {
    bool totp = false;
    std::int64_t recovery_codes = 0;
  };
  void state(const std::string& user_id, Done<State> done);

 private:
  void open_secret(const store::User& user, Bytes sealed, Done<Bytes> done);
  std::vector<std::string> new_codes(const std::string& user_id, std::vector<std::string>& hashes);

  store::Factors factors_;
  vault::Vault& vault_;
  const io::WallClock& clock_;
  RandomSource& random_;
};

}  // namespace sealhall::identity
