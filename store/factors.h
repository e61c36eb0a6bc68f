// What people sign in with besides a password: one-time codes, recovery codes, passkeys, identities of providers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/time.h"
#include "store/engine.h"

namespace sealhall::store {

struct TotpFactor {
  std::string user_id;
  Bytes secret_sealed;
  bool confirmed = false;      ///< it counts only when a code of it has been right once
  std::int64_t last_step = 0;  ///< of the code that was used last
  UnixMicros created_at{};
};
struct Passkey {
  std::string credential_id;  ///< base64url
  std::string user_id;
  std::int64_t algorithm = 0;  ///< COSE
  Bytes public_key;
  std::uint32_t sign_count = 0;
  bool backed_up = false;
  std::string name;  ///< "Laptop", as its owner calls it
  UnixMicros created_at{};
  std::optional<UnixMicros> last_used_at;
};

class Factors {
 public:
  explicit Factors(Engine& engine) noexcept : engine_(engine) {}

  /// A new one that is not confirmed; replaces one that never was. Error: taken (there is a confirmed one), not_found.
  void begin_totp(TotpFactor factor, Done<void> done);
  /// From now on it counts; `step` is that of the code that proved it, `code_hashes` are new recovery codes. Error:
  /// not_valid (there is none to confirm).
  void confirm_totp(std::string user_id, std::int64_t step, std::vector<std::string> code_hashes, Done<void> done);
  void totp(std::string user_id, Done<std::optional<TotpFactor>> done);
  /// Marks a code as used. Error: not_valid, when it or a later one was used already.
  void use_totp(std::string user_id, std::int64_t step, Done<void> done);
  /// Removes the secret and the recovery codes; passkeys stay.
  void remove_totp(std::string user_id, Done<void> done);
  /// Removes every second factor: secret, codes, passkeys and known devices. For whoever has lost all.
  void reset(std::string user_id, Done<void> done);

  /// Instead of those that were there.
  void set_recovery_codes(std::string user_id, std::vector<std::string> code_hashes, Done<void> done);
  /// Error: not_valid, when it is none or was used.
  void use_recovery_code(std::string user_id, std::string code_hash, Done<void> done);
  void recovery_codes_left(std::string user_id, Done<std::int64_t> done);

  /// Error: taken (the credential), not_found (the user).
  void add_passkey(Passkey passkey, Done<void> done);
  void passkey(std::string credential_id, Done<std::optional<Passkey>> done);
  void passkeys_of(std::string user_id, Done<std::vector<Passkey>> done);
  /// The counter must still be `was`: of two sign-ins with one signature only one is right. Error: not_valid.
  void use_passkey(std::string credential_id, std::uint32_t was, std::uint32_t is, bool backed_up, UnixMicros now,
                   Done<void> done);
  /// Error: not_found.
  void remove_passkey(std::string user_id, std::string credential_id, Done<void> done);

  /// Error: taken, when that identity belongs to somebody.
  void add_identity(std::string provider, std::string subject, std::string user_id, UnixMicros now, Done<void> done);
  void user_of_identity(std::string provider, std::string subject, Done<std::optional<std::string>> done);

 private:
  Engine& engine_;
};

}  // namespace sealhall::store
