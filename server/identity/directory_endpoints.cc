// Tested in server/control/identity_test.cc
// Roles and groups.
#include <memory>
#include <utility>

#include "core/meeting/display_name.h"
#include "server/identity/endpoints.h"
#include "server/identity/of_account.h"
#include "server/identity/roles.h"
#include "server/identity/shapes.h"

namespace sealhall::identity {
namespace {

using api::Access;
using api::Answer;
using api::Call;
using api::None;
using enum api::Permission;

constexpr std::uint32_t most_members = 1000;

api::Permissions set_of(const std::vector<api::Permission>& list) {
  api::Permissions out;
  for (const api::Permission p : list) out.add(p);
  return out;
}
shapes::RoleView view_of(const store::Role& r) {
  return {r.id,          r.name,
          r.description, list_of(known_permissions(r.permissions)),
          false,         static_cast<std::uint32_t>(r.members)};
}
shapes::GroupView view_of(const store::Group& g) { return {g.id, g.name, static_cast<std::uint32_t>(g.members)}; }
shapes::MemberList view_of(const std::vector<store::Member>& members) {
  shapes::MemberList list;
  for (const store::Member& m : members) list.members.push_back({m.user_id, m.login, m.name, m.is_primary});
  return list;
}
api::ApiError no_role() { return {404, "There is no such role."}; }
api::ApiError named(store::StoreError error, api::ApiError missing) {
  if (error == store::StoreError::not_found) return missing;
  if (error == store::StoreError::taken) return {409, "There is one with that name already."};
  return api::from_store(error);
}

struct Handlers {
  explicit Handlers(EndpointParts p) : parts(p), directory(p.accounts.parts().engine) {}
  EndpointParts parts;
  store::Directory directory;
  void log(const api::Caller& caller, std::string action, std::string category, std::string id) {
    parts.accounts.log_operation(caller, std::move(action), std::move(category), std::move(id));
  }
  /// Calls `go` when the role is a built-in one or one of the account.
  template <class Go>
  void on_role(const std::string& account, const std::string& id, Answer<shapes::MemberList> answer, Go go) {
    if (is_built_in(id)) return go(std::move(answer));
    directory.role(account, id, [answer = std::move(answer), go = std::move(go)](auto role) mutable {
      if (!role) return answer(api::from_store(role.error()));
      if (!*role) return answer(no_role());
      go(std::move(answer));
    });
  }
};
using H = std::shared_ptr<Handlers>;

void add_roles(api::Registry& registry, const H& h) {
  registry.add({"GET", "/api/roles", "Roles", "All roles", Access::permission(roles_read)},
               [h](Call<shapes::ListQuery> call, Answer<shapes::RoleList> answer) {
                 h->directory.roles(
                     call.caller.account_id,
                     std::move(answer).from([query = std::move(call.query)](
                                                const auto& rows) -> expected<shapes::RoleList, api::ApiError> {
                       shapes::RoleList list;
                       for (const std::string_view name : {owner_role, admin_role, member_role}) {
                         list.roles.push_back(
                             {std::string{name}, std::string{name}, "", list_of(*built_in_permissions(name)), true, 0});
                       }
                       for (const store::Role& r : rows) list.roles.push_back(view_of(r));
                       auto page = api::arrange(list.roles, query.list);
                       if (!page) return unexpected(std::move(page.error()));
                       list.page = *page;
                       return list;
                     }));
               });
  registry.add({"POST", "/api/roles", "Roles", "Make a role", Access::permission(roles_write), 201},
               [h](Call<None, shapes::NewRole> call, Answer<shapes::RoleView> answer) {
                 const api::Permissions wanted = set_of(call.body.permissions);
                 if (!includes(call.caller.permissions, wanted)) {
                   return answer(api::ApiError{403, "A role can only hold what you may do yourself."});
                 }
                 store::Role role{
                     h->parts.accounts.random_text(16),  call.caller.account_id, meeting::display_name(call.body.name),
                     call.body.description.value_or(""), text_of(wanted),        h->parts.accounts.now()};
                 if (role.name.empty() || is_built_in(role.name)) {
                   return answer(api::wrong_field("name", "Please give it a name of its own."));
                 }
                 h->directory.add_role(role,
                                       [h, role, caller = call.caller, answer = std::move(answer)](auto added) mutable {
                                         if (!added) return answer(named(added.error(), no_role()));
                                         h->log(caller, "add", "role", role.id);
                                         answer(view_of(role));
                                       });
               });
  registry.add({"PATCH", "/api/roles/{role_id}", "Roles", "Change a role", Access::permission(roles_write)},
               [h](Call<shapes::RolePath, shapes::ChangeRole> call, Answer<> answer) {
                 const api::Caller caller = call.caller;
                 h->directory.role(
                     caller.account_id, call.query.role_id,
                     [h, caller, body = std::move(call.body), answer = std::move(answer)](auto row) mutable {
                       if (!row) return answer(api::from_store(row.error()));
                       if (!*row) return answer(no_role());
                       store::Role role = std::move(**row);
                       if (body.name) role.name = meeting::display_name(*body.name);
                       if (body.description) role.description = *body.description;
                       const api::Permissions before = known_permissions(role.permissions);
                       const api::Permissions after = body.permissions ? set_of(*body.permissions) : before;
                       // Neither give what one does not have nor take it away from those who have more.
                       if (!includes(caller.permissions, before) || !includes(caller.permissions, after)) {
                         return answer(api::ApiError{403, "A role can only hold what you may do yourself."});
                       }
                       role.permissions = text_of(after);
                       if (role.name.empty() || is_built_in(role.name)) {
                         return answer(api::wrong_field("name", "Please give it a name of its own."));
                       }
                       h->directory.change_role(
                           role, [h, caller, id = role.id, answer = std::move(answer)](auto changed) mutable {
                             if (!changed) return answer(named(changed.error(), no_role()));
                             h->parts.callers.forget_all();
                             h->log(caller, "change", "role", id);
                             answer();
                           });
                     });
               });
  registry.add({"DELETE", "/api/roles/{role_id}", "Roles", "Remove a role; whoever had it becomes a member",
                Access::permission(roles_write)},
               [h](Call<shapes::RolePath> call, Answer<> answer) {
                 const std::string id = call.query.role_id;
                 h->directory.remove_role(
                     call.caller.account_id, id,
                     [h, id, caller = call.caller, answer = std::move(answer)](auto removed) mutable {
                       if (!removed) return answer(named(removed.error(), no_role()));
                       h->parts.callers.forget_all();
                       h->log(caller, "remove", "role", id);
                       answer();
                     });
               });
  registry.add({"GET", "/api/roles/{role_id}/members", "Roles", "Who has a role (the first 1000)",
                Access::permission(roles_read)},
               [h](Call<shapes::RolePath> call, Answer<shapes::MemberList> answer) {
                 const std::string account = call.caller.account_id;
                 const std::string id = call.query.role_id;
                 h->on_role(account, id, std::move(answer), [h, account, id](Answer<shapes::MemberList> a) {
                   h->directory.role_members(account, id, most_members, 0,
                                             std::move(a).from([](const auto& rows) { return view_of(rows); }));
                 });
               });
}

void add_groups(api::Registry& registry, const H& h) {
  registry.add({"GET", "/api/groups", "Groups", "All groups", Access::permission(groups_read)},
               [h](Call<shapes::ListQuery> call, Answer<shapes::GroupList> answer) {
                 h->directory.groups(
                     call.caller.account_id,
                     std::move(answer).from([query = std::move(call.query)](
                                                const auto& rows) -> expected<shapes::GroupList, api::ApiError> {
                       shapes::GroupList list;
                       for (const store::Group& g : rows) list.groups.push_back(view_of(g));
                       auto page = api::arrange(list.groups, query.list);
                       if (!page) return unexpected(std::move(page.error()));
                       list.page = *page;
                       return list;
                     }));
               });
  registry.add({"POST", "/api/groups", "Groups", "Make a group", Access::permission(groups_write), 201},
               [h](Call<None, shapes::NewGroup> call, Answer<shapes::GroupView> answer) {
                 store::Group group{h->parts.accounts.random_text(16), call.caller.account_id,
                                    meeting::display_name(call.body.name), h->parts.accounts.now()};
                 if (group.name.empty()) return answer(api::wrong_field("name", "Please give it a name."));
                 h->directory.add_group(
                     group, [h, group, caller = call.caller, answer = std::move(answer)](auto added) mutable {
                       if (!added) return answer(named(added.error(), no_group()));
                       h->log(caller, "add", "group", group.id);
                       answer(view_of(group));
                     });
               });
  registry.add({"PATCH", "/api/groups/{group_id}", "Groups", "Rename a group", Access::permission(groups_write)},
               [h](Call<shapes::GroupPath, shapes::NewGroup> call, Answer<> answer) {
                 const std::string name = meeting::display_name(call.body.name);
                 if (name.empty()) return answer(api::wrong_field("name", "Please give it a name."));
                 const std::string id = call.query.group_id;
                 h->directory.rename_group(
                     call.caller.account_id, id, name,
                     [h, id, caller = call.caller, answer = std::move(answer)](auto renamed) mutable {
                       if (!renamed) return answer(named(renamed.error(), no_group()));
                       h->log(caller, "change", "group", id);
                       answer();
                     });
               });
  registry.add({"DELETE", "/api/groups/{group_id}", "Groups", "Remove a group", Access::permission(groups_write)},
               [h](Call<shapes::GroupPath> call, Answer<> answer) {
                 const std::string id = call.query.group_id;
                 h->directory.remove_group(
                     call.caller.account_id, id,
                     [h, id, caller = call.caller, answer = std::move(answer)](auto removed) mutable {
                       if (!removed) return answer(named(removed.error(), no_group()));
                       h->log(caller, "remove", "group", id);
                       answer();
                     });
               });
  registry.add({"GET", "/api/groups/{group_id}/members", "Groups", "Who is in a group (the first 1000)",
                Access::permission(groups_read)},
               [h](Call<shapes::GroupPath> call, Answer<shapes::MemberList> answer) {
                 const std::string account = call.caller.account_id;
                 const std::string id = call.query.group_id;
                 on_group(h->directory, account, id, std::move(answer), [h, account, id](Answer<shapes::MemberList> a) {
                   h->directory.members(account, id, most_members, 0,
                                        std::move(a).from([](const auto& rows) { return view_of(rows); }));
                 });
               });
  registry.add({"PUT", "/api/groups/{group_id}/members/{user_id}", "Groups", "Put somebody into a group",
                Access::permission(groups_write)},
               [h](Call<shapes::GroupMemberPath> call, Answer<> answer) {
                 const std::string id = call.query.group_id;
                 h->directory.add_member(call.caller.account_id, id, call.query.user_id, h->parts.accounts.now(),
                                         [h, id, caller = call.caller, answer = std::move(answer)](auto added) mutable {
                                           if (!added) return answer(named(added.error(), no_group()));
                                           h->log(caller, "change", "group", id);
                                           answer();
                                         });
               });
  registry.add({"DELETE", "/api/groups/{group_id}/members/{user_id}", "Groups", "Take somebody out of a group",
                Access::permission(groups_write)},
               [h](Call<shapes::GroupMemberPath> call, Answer<> answer) {
                 const std::string id = call.query.group_id;
                 h->directory.remove_member(
                     call.caller.account_id, id, call.query.user_id,
                     [h, id, caller = call.caller, answer = std::move(answer)](auto removed) mutable {
                       if (!removed) return answer(named(removed.error(), no_group()));
                       h->log(caller, "change", "group", id);
                       answer();
                     });
               });
}

}  // namespace

void add_directory_endpoints(api::Registry& registry, const EndpointParts& parts) {
  const auto handlers = std::make_shared<Handlers>(parts);
  add_roles(registry, handlers);
  add_groups(registry, handlers);
}

}  // namespace sealhall::identity
