// Tested in server/control/console_test.cc
// Before a file of people is taken: what is wrong in which line. Taking it is one call a line (an invitation or a new
// user), so that a file may stop anywhere and go on.
#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include "core/base/ascii.h"
#include "server/identity/endpoints.h"
#include "server/identity/roles.h"
#include "server/identity/shapes.h"
#include "store/profiles.h"

namespace sealhall::identity {
namespace {

using api::Access;
using api::Answer;
using api::Call;
using api::None;
using shapes::ImportProblem;

/// An id as it is, or the name without regard to capitals.
template <class Row>
const Row* named(const std::vector<Row>& rows, const std::string& wanted) {
  const auto found = std::ranges::find_if(
      rows, [&](const Row& row) { return row.id == wanted || ascii_lower(row.name) == ascii_lower(wanted); });
  return found == rows.end() ? nullptr : &*found;
}

struct Known {
  std::vector<std::string> taken;  ///< logins
  std::vector<store::Role> roles;
  std::vector<store::Group> groups;
};

shapes::ImportChecked look(const shapes::ImportCheck& body, const Known& known, const api::Caller& caller,
                           bool is_owner) {
  shapes::ImportChecked out;
  std::set<std::string> seen;
  const std::set<std::string> taken(known.taken.begin(), known.taken.end());
  for (const shapes::ImportRow& row : body.rows) {
    shapes::CheckedRow& checked = out.rows.emplace_back();
    const std::string login = normalised_login(row.login);
    if (login.size() < 3 || login.size() > 64 || login.find('@') == std::string::npos ||
        login.find_first_of(" \t,;\"") != std::string::npos) {
      checked.problems.push_back(ImportProblem::bad_login);
    } else if (!seen.insert(login).second) {
      checked.problems.push_back(ImportProblem::repeated);
    } else if (taken.contains(login)) {
      checked.problems.push_back(ImportProblem::exists);
    }
    if (row.role && !row.role->empty()) {
      const std::string word = ascii_lower(*row.role);
      const store::Role* own = is_built_in(word) ? nullptr : named(known.roles, *row.role);
      if (!is_built_in(word) && own == nullptr) {
        checked.problems.push_back(ImportProblem::no_such_role);
      } else {
        checked.role_id = own == nullptr ? word : own->id;
        const auto wanted = own == nullptr ? *built_in_permissions(word) : known_permissions(own->permissions);
        if (!includes(caller.permissions, wanted) || (word == owner_role && !is_owner)) {
          checked.problems.push_back(ImportProblem::role_not_yours);
        }
      }
    }
    if (row.group && !row.group->empty()) {
      const store::Group* group = named(known.groups, *row.group);
      if (group == nullptr) {
        checked.problems.push_back(ImportProblem::no_such_group);
      } else {
        checked.group_id = group->id;
      }
    }
  }
  return out;
}

struct Parts {
  explicit Parts(store::Engine& engine) : profiles(engine), directory(engine), users(engine) {}
  store::Profiles profiles;
  store::Directory directory;
  store::Store users;
};

}  // namespace

void add_import_endpoints(api::Registry& registry, const EndpointParts& parts) {
  const auto p = std::make_shared<Parts>(parts.accounts.parts().engine);
  api::Endpoint endpoint{"POST",
                         "/api/users/import-check",
                         "Users",
                         "What is wrong in which line of a file of people",
                         Access::permission(api::Permission::users_write),
                         200};
  endpoint.body_limit = 256U << 10;
  endpoint.description = "Changes nothing. Each line that is well is then an invitation or a new user of its own.";
  registry.add(endpoint, [p](Call<None, shapes::ImportCheck> call, Answer<shapes::ImportChecked> answer) {
    // One after the other: what the account has, then what the caller is.
    const api::Caller caller = call.caller;
    const std::string account = caller.account_id;
    p->profiles.logins(
        account, [p, caller, body = std::move(call.body), answer = std::move(answer)](auto logins) mutable {
          if (!logins) return answer(api::from_store(logins.error()));
          auto known = std::make_shared<Known>();
          for (auto& [id, login] : *logins) known->taken.push_back(login);
          p->directory.roles(caller.account_id, [p, caller, known, body = std::move(body),
                                                 answer = std::move(answer)](auto roles) mutable {
            if (!roles) return answer(api::from_store(roles.error()));
            known->roles = std::move(*roles);
            p->directory.groups(caller.account_id, [p, caller, known, body = std::move(body),
                                                    answer = std::move(answer)](auto groups) mutable {
              if (!groups) return answer(api::from_store(groups.error()));
              known->groups = std::move(*groups);
              p->users.user(
                  caller.user_id,
                  std::move(answer).from([caller, known, body = std::move(body)](const std::optional<store::User>& me) {
                    return look(body, *known, caller, me && me->role_id == owner_role);
                  }));
            });
          });
        });
  });
}

}  // namespace sealhall::identity
