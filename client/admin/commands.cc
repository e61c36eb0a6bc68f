#include "client/admin/commands.h"

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <iostream>

#include "client/admin/account_options.h"

namespace sealhall::admin {

int setup_main(int argc, char** argv) {
  CLI::App app{"Make the first administrator of a new server, with the one-time link that the server printed.",
               "sealhall setup"};
  std::string link;
  std::string ca;
  std::string login = "admin";
  std::string name;
  app.add_option("LINK", link, "the link that `sealhall serve` printed")->required();
  app.add_option("--ca", ca, "trust only the authorities in this PEM file");
  app.add_option("--user", login, "the name to sign in with (default: admin)");
  app.add_option("--name", name, "what others see (default: the name to sign in with)");
  if (const auto code = parse(app, argc, argv)) return *code;
  const auto url = io::parse_url(link);
  constexpr std::string_view before_token = "token=";
  const auto at = url ? url->target.find(before_token) : std::string::npos;
  if (at == std::string::npos) {
    return fail(
        {"This is not a set-up link. It looks like https://HOST:PORT/setup?token=…; put it in quotes.", exit_usage});
  }
  auto session = RestSession::open(link, ca);
  if (!session) return fail(session.error());
  const auto password = read_password("Choose a password for " + login + " (10 characters or more): ", true);
  if (!password) return fail(password.error());
  const auto answer = (*session)->call("POST", "/api/setup",
                                       {{"token", url->target.substr(at + before_token.size())},
                                        {"login", login},
                                        {"name", name.empty() ? login : name},
                                        {"password", *password}});
  if (!answer) return fail(answer.error());
  std::cout << "The administrator " << login
            << " is made. Now make a meeting:\n  sealhall meeting create --server https://" << url->host_header()
            << (ca.empty() ? "" : " --ca " + ca) << " --user " << login << " --topic \"First\"\n";
  return 0;
}

namespace {

/// The id of whoever has that login.
expected<std::string, Problem> id_of(RestSession& session, const std::string& login) {
  const auto answer = session.call("GET", "/api/users");
  if (!answer) return unexpected(answer.error());
  std::string id;
  for_each_object(*answer, "users", [&](const boost::json::object& user) {
    if (text_of(user, "login") == login) id = text_of(user, "id");
  });
  if (id.empty())
    return unexpected(Problem{"Nobody here is called " + login + ". `sealhall user list` names everybody."});
  return id;
}

/// The role that is called so: one that is built in, or one of the account's own by its name or id.
expected<std::string, Problem> role_of(RestSession& session, const std::string& name) {
  const auto answer = session.call("GET", "/api/roles");
  if (!answer) return unexpected(answer.error());
  std::string id;
  std::string all;
  for_each_object(*answer, "roles", [&](const boost::json::object& role) {
    all += (all.empty() ? "" : ", ") + text_of(role, "name");
    if (text_of(role, "name") == name || text_of(role, "id") == name) id = text_of(role, "id");
  });
  if (id.empty()) return unexpected(Problem{"There is no role " + name + ". There are: " + all + "."});
  return id;
}

/// The commands that change somebody who is here.
int change_user(RestSession& session, const std::string& what, const std::string& login, const std::string& role) {
  const auto id = id_of(session, login);
  if (!id) return fail(id.error());
  if (what == "set-role") {
    const auto role_id = role_of(session, role);
    if (!role_id) return fail(role_id.error());
    const auto answer = session.call("PUT", "/api/users/" + *id + "/role", {{"role", *role_id}});
    if (!answer) return fail(answer.error());
    std::cout << login << " is now: " << role << ".\n";
    return 0;
  }
  const auto answer = session.call("POST", "/api/users/" + *id + "/" + what);
  if (!answer) return fail(answer.error());
  std::cout << (what == "disable"  ? login + " is signed out and cannot sign in any more.\n"
                : what == "enable" ? login + " can sign in again.\n"
                                   : login + " has no second factor any more.\n");
  return 0;
}

}  // namespace

int user_main(int argc, char** argv) {
  CLI::App app{"Add, invite and list people, and change what they may do (administrators).", "sealhall user"};
  app.require_subcommand(1);
  AccountOptions account;
  std::string login;
  std::string name;
  std::string role;
  bool is_admin = false;
  auto* add = app.add_subcommand("add", "make an account; its password is asked for, or SEALHALL_NEW_PASSWORD");
  auto* list = app.add_subcommand("list", "everybody who has an account");
  auto* invite = app.add_subcommand("invite", "send somebody a link by mail, by which they become a user");
  auto* disable = app.add_subcommand("disable", "let somebody in no more, and end their sessions");
  auto* enable = app.add_subcommand("enable", "let somebody in again");
  auto* reset = app.add_subcommand("reset-2fa", "remove every second factor of somebody who has lost them");
  auto* set_role = app.add_subcommand("set-role", "owner, admin, member, or a role of your own");
  for (auto* command : {add, list, invite, disable, enable, reset, set_role}) account.add_to(*command);
  for (auto* command : {disable, enable, reset, set_role}) command->add_option("LOGIN", login, "who")->required();
  set_role->add_option("ROLE", role, "the role")->required();
  invite->add_option("ADDRESS", login, "their mail address")->required();
  invite->add_option("--role", role, "what they may do (default: member)");
  add->add_option("LOGIN", login, "the name to sign in with")->required();
  add->add_option("--name", name, "what others see (default: LOGIN)");
  add->add_flag("--admin", is_admin, "may do everything");
  if (const auto code = parse(app, argc, argv)) return *code;
  auto session = account.sign_in();
  if (!session) return fail(session.error());
  if (list->parsed()) {
    const auto answer = (*session)->call("GET", "/api/users");
    if (!answer) return fail(answer.error());
    for_each_object(*answer, "users", [](const boost::json::object& user) {
      const auto* admin = user.if_contains("admin");
      std::cout << text_of(user, "login") << "  " << text_of(user, "name")
                << (admin != nullptr && admin->is_bool() && admin->as_bool() ? "  (administrator)" : "") << "\n";
    });
    return 0;
  }
  for (const auto* command : {disable, enable, reset, set_role}) {
    if (command->parsed()) return change_user(**session, command->get_name(), login, role);
  }
  if (invite->parsed()) {
    boost::json::object body{{"login", login}};
    if (!role.empty()) {
      const auto role_id = role_of(**session, role);
      if (!role_id) return fail(role_id.error());
      body["role"] = *role_id;
    }
    const auto answer = (*session)->call("POST", "/api/invitations", body);
    if (!answer) return fail(answer.error());
    std::cout << "An invitation to " << login << " is on its way. It works once, until "
              << text_of(*answer, "expires_at") << ".\n";
    return 0;
  }
  std::string password;
  if (const char* given = std::getenv("SEALHALL_NEW_PASSWORD"); given != nullptr && *given != '\0') {
    password = given;
  } else {
    auto asked = read_password("Choose a password for " + login + " (10 characters or more): ", true);
    if (!asked) return fail(asked.error());
    password = std::move(*asked);
  }
  const auto answer = (*session)->call(
      "POST", "/api/users",
      {{"login", login}, {"name", name.empty() ? login : name}, {"password", password}, {"admin", is_admin}});
  if (!answer) return fail(answer.error());
  std::cout << "The account " << login << " is made.\n";
  return 0;
}

}  // namespace sealhall::admin
