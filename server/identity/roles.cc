#include "server/identity/roles.h"

#include <boost/describe/enumerators.hpp>
#include <boost/mp11/algorithm.hpp>

namespace sealhall::identity {
namespace {

template <class Use>
void for_each_permission(Use&& use) {
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<api::Permission>>(
      [&](auto d) { use(d.value, std::string_view{d.name}); });
}

/// Calls `use` for each word; stops when it says false.
template <class Use>
bool each_word(std::string_view text, Use&& use) {
  while (!text.empty()) {
    const std::size_t end = text.find(' ');
    const std::string_view word = text.substr(0, end);
    if (!word.empty() && !use(word)) return false;
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  }
  return true;
}

std::optional<api::Permission> permission_of(std::string_view word) {
  std::optional<api::Permission> found;
  for_each_permission([&](api::Permission p, std::string_view name) {
    if (name == word) found = p;
  });
  return found;
}

}  // namespace

std::optional<api::Permissions> built_in_permissions(std::string_view role) noexcept {
  if (role == owner_role || role == admin_role) return api::Permissions::all();
  if (role == member_role) return api::Permissions{};
  return std::nullopt;
}

std::vector<api::Permission> list_of(api::Permissions permissions) {
  std::vector<api::Permission> out;
  for_each_permission([&](api::Permission p, std::string_view) {
    if (permissions.has(p)) out.push_back(p);
  });
  return out;
}

std::string text_of(api::Permissions permissions) {
  std::string out;
  for_each_permission([&](api::Permission p, std::string_view name) {
    if (!permissions.has(p)) return;
    if (!out.empty()) out += ' ';
    out += name;
  });
  return out;
}

std::optional<api::Permissions> parse_permissions(std::string_view text) {
  api::Permissions out;
  const bool all_known = each_word(text, [&](std::string_view word) {
    const auto found = permission_of(word);
    if (found) out.add(*found);
    return found.has_value();
  });
  if (!all_known) return std::nullopt;
  return out;
}

api::Permissions known_permissions(std::string_view text) {
  api::Permissions out;
  each_word(text, [&](std::string_view word) {
    if (const auto found = permission_of(word)) out.add(*found);
    return true;
  });
  return out;
}

bool includes(api::Permissions own, api::Permissions wanted) noexcept {
  bool all = true;
  for_each_permission([&](api::Permission p, std::string_view) { all = all && (own.has(p) || !wanted.has(p)); });
  return all;
}

}  // namespace sealhall::identity
