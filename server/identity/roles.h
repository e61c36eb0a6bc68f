// What the roles that every account has may do, and how a role of one's own is written down.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/api/permission.h"

namespace sealhall::identity {

inline constexpr std::string_view owner_role = "owner";    ///< everything; nobody else makes owners
inline constexpr std::string_view admin_role = "admin";    ///< everything else
inline constexpr std::string_view member_role = "member";  ///< their own things only

[[nodiscard]] constexpr bool is_built_in(std::string_view role) noexcept {
  return role == owner_role || role == admin_role || role == member_role;
}
/// nullopt: no role that is built in.
std::optional<api::Permissions> built_in_permissions(std::string_view role) noexcept;

/// In the order of the enumeration.
std::vector<api::Permission> list_of(api::Permissions permissions);
/// Words separated by spaces, in the order of the enumeration.
std::string text_of(api::Permissions permissions);
/// nullopt when a word is unknown. Repetitions do no harm.
std::optional<api::Permissions> parse_permissions(std::string_view text);
/// The same, leaving out what this version does not know: for rows of a newer one.
api::Permissions known_permissions(std::string_view text);

/// Whether everything of `wanted` is in `own`: nobody gives away what they do not have.
[[nodiscard]] bool includes(api::Permissions own, api::Permissions wanted) noexcept;

}  // namespace sealhall::identity
