// Tested in tests/e2e/scenarios/people.py
// `sealhall group` and `sealhall role`: who belongs together, and who may do what.
#include <CLI/CLI.hpp>
#include <iostream>

#include "client/admin/account_options.h"
#include "client/admin/commands.h"
#include "client/admin/lookup.h"

namespace sealhall::admin {
namespace {

namespace json = boost::json;

void print_members(const json::object& answer) {
  for_each_object(answer, "members", [](const json::object& member) {
    std::cout << text_of(member, "login") << "  " << text_of(member, "name") << "\n";
  });
}

json::array array_of(const std::vector<std::string>& words) {
  json::array out;
  for (const std::string& word : words) out.emplace_back(word);
  return out;
}

}  // namespace

int group_main(int argc, char** argv) {
  CLI::App app{"Put people into groups; policies can be set for a group.", "sealhall group"};
  app.require_subcommand(1);
  AccountOptions account;
  std::string name;
  std::string other;
  auto* list = app.add_subcommand("list", "all groups");
  auto* create = app.add_subcommand("create", "make a group");
  auto* rename = app.add_subcommand("rename", "give a group another name");
  auto* remove = app.add_subcommand("remove", "remove a group; its people stay");
  auto* members = app.add_subcommand("members", "who is in a group");
  auto* add = app.add_subcommand("add", "put somebody into a group");
  auto* take = app.add_subcommand("take", "take somebody out of a group");
  for (auto* command : app.get_subcommands({})) account.add_to(*command);
  for (auto* command : {create, rename, remove, members, add, take})
    command->add_option("GROUP", name, "the group's name")->required();
  rename->add_option("NEW", other, "the new name")->required();
  for (auto* command : {add, take}) command->add_option("LOGIN", other, "who")->required();
  if (const auto code = parse(app, argc, argv)) return *code;
  auto session = account.sign_in();
  if (!session) return fail(session.error());
  RestSession& rest = **session;
  if (list->parsed()) {
    return show(rest.call("GET", "/api/groups"), account.json, [](const json::object& answer) {
      for_each_object(answer, "groups", [](const json::object& group) {
        std::cout << text_of(group, "name") << "  " << text_of(group, "members") << " people  " << text_of(group, "id")
                  << "\n";
      });
    });
  }
  if (create->parsed()) {
    return show(rest.call("POST", "/api/groups", {{"name", name}}), account.json,
                [&](const json::object&) { std::cout << "The group " << name << " is made.\n"; });
  }
  const auto id = group_by_name(rest, name);
  if (!id) return fail(id.error());
  const std::string path = "/api/groups/" + *id;
  if (rename->parsed()) {
    return told(rest.call("PATCH", path, {{"name", other}}), account.json, "The group is called " + other + " now.");
  }
  if (remove->parsed()) return told(rest.call("DELETE", path), account.json, "The group " + name + " is gone.");
  if (members->parsed()) return show(rest.call("GET", path + "/members"), account.json, &print_members);
  const auto user = user_by_login(rest, other);
  if (!user) return fail(user.error());
  const std::string member = path + "/members/" + *user;
  return add->parsed() ? told(rest.call("PUT", member), account.json, other + " is in " + name + " now.")
                       : told(rest.call("DELETE", member), account.json, other + " is not in " + name + " any more.");
}

int role_main(int argc, char** argv) {
  CLI::App app{"What people may do: roles, and who has them.", "sealhall role"};
  app.require_subcommand(1);
  AccountOptions account;
  std::string name;
  std::string login;
  std::string description;
  std::vector<std::string> permissions;
  auto* list = app.add_subcommand("list", "all roles and what they allow");
  auto* create = app.add_subcommand("create", "make a role");
  auto* change = app.add_subcommand("change", "change what a role allows");
  auto* remove = app.add_subcommand("remove", "remove a role; whoever had it becomes a member");
  auto* members = app.add_subcommand("members", "who has a role");
  auto* assign = app.add_subcommand("assign", "give somebody a role");
  for (auto* command : app.get_subcommands({})) account.add_to(*command);
  for (auto* command : {create, change, remove, members})
    command->add_option("ROLE", name, "the role's name")->required();
  for (auto* command : {create, change}) {
    command->add_option("--allow", permissions, "what it allows, as `role list` names it: users_read,meetings_write")
        ->delimiter(',');
    command->add_option("--description", description, "for whoever gives it");
  }
  assign->add_option("LOGIN", login, "who")->required();
  assign->add_option("ROLE", name, "owner, admin, member, or a role of your own")->required();
  if (const auto code = parse(app, argc, argv)) return *code;
  auto session = account.sign_in();
  if (!session) return fail(session.error());
  RestSession& rest = **session;
  if (list->parsed()) {
    return show(rest.call("GET", "/api/roles"), account.json, [](const json::object& answer) {
      for_each_object(answer, "roles", [](const json::object& role) {
        std::cout << text_of(role, "name") << "  " << text_of(role, "members") << " people\n";
        if (const auto* all = role.if_contains("permissions"); all != nullptr && all->is_array()) {
          std::cout << " ";
          for (const auto& one : all->as_array()) std::cout << " " << text_of(one);
          std::cout << "\n";
        }
      });
    });
  }
  json::object body;
  if (!description.empty()) body["description"] = description;
  if (create->parsed()) {
    body["name"] = name;
    body["permissions"] = array_of(permissions);
    return show(rest.call("POST", "/api/roles", body), account.json,
                [&](const json::object&) { std::cout << "The role " << name << " is made.\n"; });
  }
  const auto id = role_by_name(rest, name);
  if (!id) return fail(id.error());
  const std::string path = "/api/roles/" + *id;
  if (change->parsed()) {
    if (!permissions.empty()) body["permissions"] = array_of(permissions);
    return told(rest.call("PATCH", path, body), account.json, "The role " + name + " is changed.");
  }
  if (remove->parsed()) return told(rest.call("DELETE", path), account.json, "The role " + name + " is gone.");
  if (members->parsed()) return show(rest.call("GET", path + "/members"), account.json, &print_members);
  const auto user = user_by_login(rest, login);
  if (!user) return fail(user.error());
  return told(rest.call("PUT", "/api/users/" + *user + "/role", {{"role", *id}}), account.json,
              login + " is now: " + name + ".");
}

}  // namespace sealhall::admin
