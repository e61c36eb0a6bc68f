// What a role allows beyond one's own things. Roles (server/identity) are sets of these.
#pragma once

#include <boost/describe/enum.hpp>
#include <cstdint>
#include <initializer_list>

namespace sealhall::api {

/// Each is about what belongs to others of the same account, or to the account itself. Append only: roles are stored by
/// these words.
enum class Permission : std::uint8_t {
  users_read,
  users_write,
  groups_read,
  groups_write,
  roles_read,
  roles_write,
  settings_read,  ///< policies of the account
  settings_write,
  meetings_read,  ///< meetings of others
  meetings_write,
  recordings_read,
  recordings_write,
  reports_read,  ///< reports and dashboards
  audit_read,    ///< sign-ins, operations, the audit log
  applications,  ///< API applications
  webhooks,
  server,  ///< workers, keys, storage: the machine itself
};
BOOST_DESCRIBE_ENUM(Permission, users_read, users_write, groups_read, groups_write, roles_read, roles_write,
                    settings_read, settings_write, meetings_read, meetings_write, recordings_read, recordings_write,
                    reports_read, audit_read, applications, webhooks, server)

class Permissions {
 public:
  constexpr Permissions() noexcept = default;
  constexpr Permissions(std::initializer_list<Permission> list) noexcept {
    for (const Permission p : list) add(p);
  }
  static constexpr Permissions all() noexcept {
    Permissions out;
    out.bits_ = ~std::uint64_t{0};
    return out;
  }
  constexpr void add(Permission p) noexcept { bits_ |= bit(p); }
  [[nodiscard]] constexpr Permissions without(Permission p) const noexcept {
    Permissions out = *this;
    out.bits_ &= ~bit(p);
    return out;
  }
  [[nodiscard]] constexpr bool has(Permission p) const noexcept { return (bits_ & bit(p)) != 0; }
  [[nodiscard]] constexpr bool empty() const noexcept { return bits_ == 0; }
  /// For storing: a bit each, in the order of the enumeration.
  [[nodiscard]] constexpr std::uint64_t bits() const noexcept { return bits_; }
  static constexpr Permissions from_bits(std::uint64_t bits) noexcept {
    Permissions out;
    out.bits_ = bits;
    return out;
  }
  bool operator==(const Permissions&) const = default;

 private:
  static constexpr std::uint64_t bit(Permission p) noexcept { return std::uint64_t{1} << static_cast<unsigned>(p); }
  std::uint64_t bits_ = 0;
};

}  // namespace sealhall::api
