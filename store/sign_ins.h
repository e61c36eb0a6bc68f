// Sessions that can be listed and ended, devices that are known, passwords that are set anew, invitations, and the logs
// of who signed in and who changed what.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/time.h"
#include "store/engine.h"
#include "store/store.h"

namespace sealhall::store {

/// A session as its owner sees it.
struct SessionInfo {
  std::string id;  ///< names it to its owner; says nothing of the token
  std::string token_hash;
  std::string user_id;
  std::string method;  ///< "password", "password+totp", "passkey", "oidc:<provider>", ..
  std::string source;  ///< where it came from
  std::string client;  ///< the User-Agent, shortened
  UnixMicros created_at{};
  UnixMicros expires_at{};
  bool restricted = false;  ///< until a second factor is set up
};
struct SignInRecord {
  std::string id;
  std::string account_id;
  std::string user_id;
  UnixMicros at{};
  std::string kind;  ///< "in", "out", "refused"
  std::string method;
  std::string source;
  std::string client;
};
/// Who changed what: never the content.
struct Operation {
  std::string id;
  std::string account_id;
  UnixMicros at{};
  std::string actor;     ///< a user's or an application's id, or "command line"
  std::string action;    ///< "add", "change", "remove", ..
  std::string category;  ///< "user", "role", "group", "policy", ..
  std::string object_id;
};
struct Invitation {
  std::string id;
  std::string account_id;
  std::string token_hash;
  std::string login;  ///< the address that was invited
  std::string role;
  std::optional<std::string> group_id;
  std::string invited_by;
  UnixMicros created_at{};
  UnixMicros expires_at{};
};

class SignIns {
 public:
  explicit SignIns(Engine& engine) noexcept : engine_(engine) {}

  /// Writes the session and its line in the log; removes sessions that have expired. Error: not_found.
  void start(SessionInfo session, SignInRecord record, Done<void> done);
  /// Makes a restricted session a whole one; any other stays as it is.
  void lift_restriction(std::string token_hash, UnixMicros expires_at, Done<void> done);
  /// Newest first.
  void sessions_of(std::string user_id, UnixMicros now, Done<std::vector<SessionInfo>> done);
  /// Gives the hashes of the tokens that ended, so that whoever remembers them can forget. Error: not_found.
  void end(std::string user_id, std::string session_id, Done<std::string> done);
  /// Every one but the one with that token hash ("" ends all).
  void end_others(std::string user_id, std::string but_token_hash, Done<std::vector<std::string>> done);

  void remember_device(std::string token_hash, std::string user_id, UnixMicros now, UnixMicros until, Done<void> done);
  void is_known_device(std::string token_hash, std::string user_id, UnixMicros now, Done<bool> done);

  /// Ends every session but that one, and every reset that waits. Error: not_found.
  void set_password(std::string user_id, std::string password_hash, std::string but_token_hash, Done<void> done);
  /// At most one waits for a user: an older one stops working.
  void put_reset(std::string token_hash, std::string user_id, UnixMicros until, Done<void> done);
  void user_of_reset(std::string token_hash, UnixMicros now, Done<std::optional<User>> done);
  /// Uses the reset up, sets the password, ends every session. Error: not_valid.
  void reset_password(std::string token_hash, UnixMicros now, std::string user_id, std::string password_hash,
                      Done<void> done);

  /// Instead of an older one to the same address. Error: taken (somebody has that login), not_found (the group).
  void invite(Invitation invitation, Done<void> done);
  void invitation(std::string token_hash, UnixMicros now, Done<std::optional<Invitation>> done);
  void invitations(std::string account_id, Done<std::vector<Invitation>> done);
  /// Error: not_found.
  void revoke_invitation(std::string account_id, std::string id, Done<void> done);
  /// Uses the invitation up and makes the user, in its group, both or nothing. Error: not_valid, taken.
  void accept(Invitation invitation, UnixMicros now, User user, Done<void> done);

  void log_sign_in(SignInRecord record, Done<void> done);
  void log_operation(Operation operation, Done<void> done);
  /// Newest first, from `from` to before `to`; `user_id` "" for everybody.
  void sign_in_log(std::string account_id, std::string user_id, UnixMicros from, UnixMicros to, std::uint32_t limit,
                   std::uint32_t offset, Done<std::vector<SignInRecord>> done);
  void operation_log(std::string account_id, UnixMicros from, UnixMicros to, std::uint32_t limit, std::uint32_t offset,
                     Done<std::vector<Operation>> done);

 private:
  Engine& engine_;
};

}  // namespace sealhall::store
