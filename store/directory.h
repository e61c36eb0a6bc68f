// Who may do what: roles, groups and their members, policies of accounts, groups and users.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/time.h"
#include "store/engine.h"

namespace sealhall::store {

/// A role that the account made itself. "owner", "admin" and "member" are there without rows.
struct Role {
  std::string id;
  std::string account_id;
  std::string name;  ///< unique in the account
  std::string description;
  std::string permissions;  ///< words of api::Permission, separated by spaces
  UnixMicros created_at{};
  std::int64_t members = 0;  ///< not written
};
struct Group {
  std::string id;
  std::string account_id;
  std::string name;  ///< unique in the account
  UnixMicros created_at{};
  std::int64_t members = 0;  ///< not written
};
/// Somebody in a group or with a role.
struct Member {
  std::string user_id;
  std::string login;
  std::string name;
  bool is_primary = false;  ///< groups: the one whose policies count first
};
struct Policy {
  enum class Level : std::uint8_t { account, group, user };
  std::string account_id;
  Level level = Level::account;
  std::string subject_id;  ///< the account, the group or the user
  std::string name;
  std::string value;  ///< JSON
  bool locked = false;
};

class Directory {
 public:
  explicit Directory(Engine& engine) noexcept : engine_(engine) {}

  /// Error: taken (the name).
  void add_role(Role role, Done<void> done);
  /// Name, description and permissions. Error: not_found, taken.
  void change_role(Role role, Done<void> done);
  /// Whoever had it is a plain member afterwards. Error: not_found.
  void remove_role(std::string account_id, std::string id, Done<void> done);
  void role(std::string account_id, std::string id, Done<std::optional<Role>> done);
  /// By name.
  void roles(std::string account_id, Done<std::vector<Role>> done);
  void role_members(std::string account_id, std::string role_id, std::uint32_t limit, std::uint32_t offset,
                    Done<std::vector<Member>> done);
  void count_role_members(std::string account_id, std::string role_id, Done<std::int64_t> done);
  /// `role_id` may be "owner", "admin", "member" or a role of the same account. Error: not_found (user or role);
  /// not_valid: the account would be without an owner.
  void set_role(std::string account_id, std::string user_id, std::string role_id, Done<void> done);
  /// Ends their sessions too. Error: not_found; not_valid: it is the last owner.
  void set_disabled(std::string account_id, std::string user_id, bool disabled, Done<void> done);

  /// Error: taken (the name).
  void add_group(Group group, Done<void> done);
  /// Error: not_found, taken.
  void rename_group(std::string account_id, std::string id, std::string name, Done<void> done);
  /// With its policies. Error: not_found.
  void remove_group(std::string account_id, std::string id, Done<void> done);
  void group(std::string account_id, std::string id, Done<std::optional<Group>> done);
  void groups(std::string account_id, Done<std::vector<Group>> done);
  /// Does nothing when they are in it already; the first group of somebody is their primary one. Error: not_found
  /// (group or user, also of another account).
  void add_member(std::string account_id, std::string group_id, std::string user_id, UnixMicros now, Done<void> done);
  /// Error: not_found.
  void remove_member(std::string account_id, std::string group_id, std::string user_id, Done<void> done);
  void members(std::string account_id, std::string group_id, std::uint32_t limit, std::uint32_t offset,
               Done<std::vector<Member>> done);
  /// The primary one first, then by age.
  void groups_of(std::string user_id, Done<std::vector<Group>> done);

  /// Replaces what was there under that name.
  void set_policies(std::vector<Policy> policies, Done<void> done);
  /// Back to what the level above says.
  void remove_policy(std::string account_id, Policy::Level level, std::string subject_id, std::string name,
                     Done<void> done);
  void policies_at(std::string account_id, Policy::Level level, std::string subject_id, Done<std::vector<Policy>> done);
  /// Everything that counts for this user: of the account, of each of their groups, of themselves.
  void policies_for(std::string account_id, std::string user_id, Done<std::vector<Policy>> done);

 private:
  Engine& engine_;
};

}  // namespace sealhall::store
