// The store as the server sees it: every call answers through a callback, so that a database across a network fits too.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/time.h"
#include "store/engine.h"

namespace sealhall::store {

enum class UserRole : std::uint8_t { member, admin };

struct User {
  std::string id;
  std::string login;  ///< lower case, unique
  std::string name;
  UserRole role = UserRole::member;
  std::string password_hash;  ///< Argon2id in its text form
  UnixMicros created_at{};
  bool disabled = false;
};
struct Session {
  std::string token_hash;  ///< hexadecimal SHA-256 of the bearer token
  std::string user_id;
  UnixMicros created_at{};
  UnixMicros expires_at{};
};
struct Meeting {
  std::string id;
  std::string owner_id;
  std::string topic;
  std::optional<std::string> passcode;
  bool waiting_room = false;
  bool join_before_host = true;
  UnixMicros created_at{};
  std::optional<UnixMicros> ended_at;
};

/// Callbacks come on the thread of the caller's loop, some before the call has returned. A write is acknowledged when
/// it survives a power cut.
class Store {
 public:
  virtual ~Store() = default;

  /// Error: taken (the login).
  virtual void create_user(User user, Done<void> done) = 0;
  virtual void user_by_login(const std::string& login, Done<std::optional<User>> done) = 0;
  virtual void users(Done<std::vector<User>> done) = 0;
  /// True as long as there is no administrator.
  virtual void needs_setup(Done<bool> done) = 0;

  /// The only set-up link from now on.
  virtual void put_setup_link(std::string token_hash, UnixMicros expires_at, Done<void> done) = 0;
  /// Makes the first administrator and uses the link up, both or nothing. Error: not_valid, taken.
  virtual void use_setup_link(std::string token_hash, UnixMicros now, User admin, Done<void> done) = 0;

  virtual void create_session(Session session, Done<void> done) = 0;
  /// The user of a session that has not expired, if the user is not disabled.
  virtual void user_of_session(const std::string& token_hash, UnixMicros now, Done<std::optional<User>> done) = 0;
  virtual void end_session(std::string token_hash, Done<void> done) = 0;

  virtual void create_meeting(Meeting meeting, Done<void> done) = 0;
  virtual void meeting(const std::string& id, Done<std::optional<Meeting>> done) = 0;
  /// Newest first.
  virtual void meetings_of(const std::string& owner_id, std::uint32_t limit, std::uint32_t offset,
                           Done<std::vector<Meeting>> done) = 0;
  /// Error: not_found, also when it has ended before.
  virtual void end_meeting(std::string id, UnixMicros when, Done<void> done) = 0;
};

}  // namespace sealhall::store
