// Users, sessions, the set-up link and meetings, as control has needed them from the start.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/time.h"
#include "store/engine.h"

namespace sealhall::store {

/// The account that every installation has from the start.
inline constexpr std::string_view default_account = "AAAAAAAAAAAAAAAAAAAAAA";

enum class UserRole : std::uint8_t { member, admin };

struct User {
  std::string id;
  std::string login;  ///< lower case, unique
  std::string name;
  UserRole role = UserRole::member;
  std::string password_hash;  ///< Argon2id in its text form
  UnixMicros created_at{};
  bool disabled = false;
  std::string account_id{default_account};
  /// "owner", "admin", "member" or the id of a role of the account; "" when it is written: what `role` says. `role` is
  /// admin for owners too.
  std::string role_id = {};
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
  std::string account_id{default_account};
  std::string link_token{};  ///< what stands for the passcode in links; filled by scheduling, not by the store
  bool auto_record = false;  ///< recorded from its beginning; filled by scheduling
  // How people come in, and what is planned for them; filled by scheduling.
  bool mute_on_entry = false;
  bool host_video = true;
  bool participant_video = true;
  struct PlannedRoom {
    std::string name;
    std::vector<std::string> people;  ///< ids of accounts and of registrations
  };
  std::vector<PlannedRoom> planned_rooms{};
};

/// Callbacks come on the thread of the caller's loop, some before the call has returned. A write is acknowledged when
/// it survives a power cut.
class Store {
 public:
  /// The engine must outlive the store.
  explicit Store(Engine& engine) noexcept : engine_(engine) {}

  /// Error: taken (the login), not_found (the account).
  void create_user(User user, Done<void> done);
  void user(const std::string& id, Done<std::optional<User>> done);
  void user_by_login(const std::string& login, Done<std::optional<User>> done);
  /// Of every account, oldest first.
  void users(Done<std::vector<User>> done);
  /// True as long as there is neither an owner nor an administrator.
  void needs_setup(Done<bool> done);

  /// The only set-up link from now on.
  void put_setup_link(std::string token_hash, UnixMicros expires_at, Done<void> done);
  /// Makes the first administrator and uses the link up, both or nothing. Error: not_valid, taken.
  void use_setup_link(std::string token_hash, UnixMicros now, User admin, Done<void> done);

  /// Also removes the sessions that have expired. Error: not_found (the user).
  void create_session(Session session, Done<void> done);
  /// The user of a session that has not expired and is not restricted, if the user is not disabled.
  void user_of_session(const std::string& token_hash, UnixMicros now, Done<std::optional<User>> done);
  /// The same with the time at which the session ends, also of a restricted one.
  struct LiveSession {
    User user;
    UnixMicros expires_at{};
    bool restricted = false;  ///< until a second factor is set up
  };
  void live_session(const std::string& token_hash, UnixMicros now, Done<std::optional<LiveSession>> done);
  void end_session(std::string token_hash, Done<void> done);

  /// Error: taken (the id), not_found (the owner or the account).
  void create_meeting(Meeting meeting, Done<void> done);
  void meeting(const std::string& id, Done<std::optional<Meeting>> done);
  /// Newest first.
  void meetings_of(const std::string& owner_id, std::uint32_t limit, std::uint32_t offset,
                   Done<std::vector<Meeting>> done);
  /// Error: not_found, also when it has ended before.
  void end_meeting(std::string id, UnixMicros when, Done<void> done);

 private:
  Engine& engine_;
};

}  // namespace sealhall::store
