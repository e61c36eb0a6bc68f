// Tested in server/control/v2_people_test.cc
#include <algorithm>
#include <utility>

#include "server/api/text.h"
#include "server/v2/people.h"

namespace sealhall::v2 {
namespace {

Member view_of(const store::Member& m) {
  store::Person person;
  person.name = m.name;
  const auto [first, last] = names_of(person);
  return {m.user_id, m.login, first, last};
}
Group view_of(const store::Group& g) { return {g.id, g.name, static_cast<std::uint64_t>(g.members)}; }

}  // namespace

void People::add_group_endpoints(api::Registry& registry) {
  using api::Access;
  using enum api::Permission;
  constexpr std::string_view tag = "Groups";
  registry.resolve("group_id",
                   [this](const api::Caller& caller, std::string id, api::Done<std::optional<api::Subject>> done) {
                     directory_.group(caller.account_id, std::move(id), [done = std::move(done)](auto group) mutable {
                       if (!group) return done(unexpected(api::from_store(group.error())));
                       if (!*group) return done(std::optional<api::Subject>{});
                       // A group belongs to the account, to nobody in it.
                       done(api::Subject{(*group)->id, (*group)->account_id, "", {}, **group});
                     });
                   },
                   {404, "A group with this ID does not exist.", {}, std::nullopt, api::codes::no_group});

  registry.add({"GET", "/v2/groups", tag, "List groups", Access::permission(groups_read, "group:read:list_groups")},
               this, &People::list_groups);
  registry.add(
      {"POST", "/v2/groups", tag, "Create a group", Access::permission(groups_write, "group:write:group"), 201}, this,
      &People::create_group);
  registry.add(
      {"GET", "/v2/groups/{group_id}", tag, "Get a group", Access::owner("group_id", groups_read, "group:read:group")},
      [](Call<GroupPath> call, Answer<Group> answer) { answer(view_of(call.subject.as<store::Group>())); });
  registry.add({"PATCH", "/v2/groups/{group_id}", tag, "Rename a group",
                Access::owner("group_id", groups_write, "group:update:group")},
               [this](Call<GroupPath, NameOfGroup> call, Answer<> answer) {
                 directory_.rename_group(call.subject.account_id, call.subject.id, call.body.name,
                                         logged(call.caller, "change", "group", call.subject.id, std::move(answer)));
               });
  registry.add({"DELETE", "/v2/groups/{group_id}", tag, "Delete a group",
                Access::owner("group_id", groups_write, "group:delete:group")},
               [this](Call<GroupPath> call, Answer<> answer) {
                 directory_.remove_group(call.subject.account_id, call.subject.id,
                                         logged(call.caller, "remove", "group", call.subject.id, std::move(answer)));
               });
  registry.add({"GET", "/v2/groups/{group_id}/members", tag, "List the members of a group",
                Access::owner("group_id", groups_read, "group:read:list_members")},
               this, &People::group_members);
  registry.add({"POST", "/v2/groups/{group_id}/members", tag, "Add members to a group",
                Access::owner("group_id", groups_write, "group:write:member"), 201},
               this, &People::add_members);
  registry.add({"DELETE", "/v2/groups/{group_id}/members/{member_id}", tag, "Take a member out of a group",
                Access::owner("group_id", groups_write, "group:delete:member")},
               [this](Call<GroupMemberPath> call, Answer<> answer) {
                 directory_.remove_member(call.subject.account_id, call.subject.id, call.query.member_id,
                                          logged(call.caller, "change", "group", call.subject.id, std::move(answer)));
               });
  registry.add({"GET", "/v2/roles", "Roles", "List roles", Access::permission(roles_read, "role:read:list_roles")},
               this, &People::list_roles);
  registry.add({"GET", "/v2/roles/{role_id}/members", "Roles", "List who has a role",
                Access::permission(roles_read, "role:read:list_members")},
               this, &People::role_members);
}

void People::list_groups(Call<> call, Answer<GroupList> answer) {
  directory_.groups(call.caller.account_id, std::move(answer).from([](const std::vector<store::Group>& groups) {
    GroupList list;
    for (const store::Group& group : groups) list.groups.push_back(view_of(group));
    list.total_records = list.groups.size();
    return list;
  }));
}

void People::create_group(Call<api::None, NameOfGroup> call, Answer<Group> answer) {
  store::Group group{new_id(), call.caller.account_id, call.body.name, parts_.clock.now()};
  directory_.add_group(group, std::move(answer).from([this, caller = call.caller, group] {
    log(caller, "add", "group", group.id);
    return view_of(group);
  }));
}

void People::group_members(Call<GroupMembersQuery> call, Answer<MemberList> answer) {
  const auto window = api::window_of(call.query.page);
  if (!window) return answer(window.error());
  const auto total = static_cast<std::uint64_t>(call.subject.as<store::Group>().members);
  directory_.members(call.subject.account_id, call.subject.id, window->limit, window->offset,
                     std::move(answer).from([window = *window, total](const std::vector<store::Member>& members) {
                       MemberList list;
                       list.page = window.page(total);
                       for (const store::Member& member : members) list.members.push_back(view_of(member));
                       return list;
                     }));
}

/// Adding several, one after the other; whoever is not there is left out, as programs of the field expect.
struct People::Adding {
  api::Caller caller;
  std::string account_id;
  std::string group_id;
  std::vector<MemberReference> wanted;
  std::size_t next = 0;
  std::string added;
  Answer<AddedMembers> answer;
};

void People::add_members(Call<GroupPath, AddMembers> call, Answer<AddedMembers> answer) {
  add_next(std::make_shared<Adding>(Adding{
      call.caller, call.subject.account_id, call.subject.id, std::move(call.body.members), 0, {}, std::move(answer)}));
}

void People::add_next(std::shared_ptr<Adding> adding) {
  if (adding->next == adding->wanted.size()) {
    if (!adding->added.empty()) log(adding->caller, "change", "group", adding->group_id);
    return adding->answer(AddedMembers{adding->added, api::rfc3339(parts_.clock.now())});
  }
  const MemberReference& who = adding->wanted[adding->next++];
  profiles_.find(who.id.value_or(who.email.value_or("")), [this, adding](auto person) {
    if (!person) return adding->answer(api::from_store(person.error()));
    if (!*person || (*person)->account_id != adding->account_id) return add_next(adding);
    directory_.add_member(adding->account_id, adding->group_id, (*person)->id, parts_.clock.now(),
                          [this, adding, id = (*person)->id](auto added) {
                            if (!added) return adding->answer(api::from_store(added.error()));
                            adding->added += (adding->added.empty() ? "" : ",") + id;
                            add_next(adding);
                          });
  });
}

/// The three roles that are always there, then those of the account; each with how many have it.
struct People::Counting {
  std::string account_id;
  RoleList list;
  std::size_t next = 0;
  Answer<RoleList> answer;
};

void People::list_roles(Call<> call, Answer<RoleList> answer) {
  directory_.roles(call.caller.account_id,
                   [this, account = call.caller.account_id, answer = std::move(answer)](auto roles) mutable {
                     if (!roles) return answer(api::from_store(roles.error()));
                     auto counting = std::make_shared<Counting>(Counting{account, {}, 0, std::move(answer)});
                     counting->list.roles = {{"0", "Owner", "May do everything.", 0},
                                             {"1", "Admin", "May do everything but appoint an Owner.", 0},
                                             {"2", "Member", "May do what concerns themselves.", 0}};
                     for (const store::Role& role : *roles) {
                       counting->list.roles.push_back({role.id, role.name, role.description, 0});
                     }
                     counting->list.total_records = counting->list.roles.size();
                     count_next(std::move(counting));
                   });
}

void People::count_next(std::shared_ptr<Counting> counting) {
  if (counting->next == counting->list.roles.size()) return counting->answer(counting->list);
  directory_.count_role_members(
      counting->account_id, role_of_number(counting->list.roles[counting->next].id), [this, counting](auto count) {
        if (!count) return counting->answer(api::from_store(count.error()));
        counting->list.roles[counting->next++].total_members = static_cast<std::uint64_t>(*count);
        count_next(counting);
      });
}

void People::role_members(Call<RoleMembersQuery> call, Answer<MemberList> answer) {
  const auto window = api::window_of(call.query.page);
  if (!window) return answer(window.error());
  const std::string role = role_of_number(call.query.role_id);
  if (role == "owner" || role == "admin" || role == "member") {
    return list_role_members(call.caller.account_id, role, *window, std::move(answer));
  }
  directory_.role(
      call.caller.account_id, role,
      [this, account = call.caller.account_id, role, window = *window, answer = std::move(answer)](auto found) mutable {
        if (!found) return answer(api::from_store(found.error()));
        if (!*found) return answer(api::ApiError{404, "There is no such role."});
        list_role_members(account, role, window, std::move(answer));
      });
}

void People::list_role_members(const std::string& account_id, const std::string& role, api::Window window,
                               Answer<MemberList> answer) {
  directory_.count_role_members(
      account_id, role, [this, account = account_id, role, window, answer = std::move(answer)](auto total) mutable {
        if (!total) return answer(api::from_store(total.error()));
        directory_.role_members(account, role, window.limit, window.offset,
                                std::move(answer).from([window, total = static_cast<std::uint64_t>(*total)](
                                                           const std::vector<store::Member>& members) {
                                  MemberList list;
                                  list.page = window.page(total);
                                  for (const store::Member& member : members) list.members.push_back(view_of(member));
                                  return list;
                                }));
      });
}

}  // namespace sealhall::v2
