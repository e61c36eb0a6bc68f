#include "client/admin/commands.h"

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <iostream>

#include "client/admin/account_options.h"
#include "client/admin/lookup.h"

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

/// The commands that change somebody who is here.
int change_user(RestSession& session, const std::string& what, const std::string& login, const std::string& role,
                bool json) {
  const auto id = user_by_login(session, login);
  if (!id) return fail(id.error());
  const std::string path = "/api/users/" + *id;
  if (what == "set-role") {
    const auto role_id = role_by_name(session, role);
    if (!role_id) return fail(role_id.error());
    return told(session.call("PUT", path + "/role", {{"role", *role_id}}), json, login + " is now: " + role + ".");
  }
  if (what == "remove") {
    return told(session.call("DELETE", "/v2/users/" + *id + "?action=delete"), json,
                login + " is gone, with everything that was theirs.");
  }
  if (what == "sign-out")
    return told(session.call("POST", path + "/sign-out"), json, login + " is signed out everywhere.");
  const bool off = what == "disable" || what == "suspend";
  const bool on = what == "enable" || what == "restore";
  return told(session.call("POST", path + (off  ? "/disable"
                                           : on ? "/enable"
                                                : "/reset-2fa")),
              json,
              off  ? login + " is signed out and cannot sign in any more."
              : on ? login + " can sign in again."
                   : login + " has no second factor any more.");
}

/// By the link of a mail, without being anybody yet: become a user, or choose a new password.
int by_link(const std::string& link, const AccountOptions& account, const std::string& name) {
  const auto url = io::parse_url(link);
  constexpr std::string_view before_token = "token=";
  const auto at = url ? url->target.find(before_token) : std::string::npos;
  if (at == std::string::npos)
    return fail({"This is not a link of a mail. It has ?token= in it; put it in quotes.", exit_usage});
  auto session = RestSession::open(link, account.ca);
  if (!session) return fail(session.error());
  const auto password = read_password("Choose a password (10 characters or more): ", true);
  if (!password) return fail(password.error());
  const std::string token = url->target.substr(at + before_token.size());
  if (url->target.starts_with("/password")) {
    return told((*session)->call("POST", "/api/password-reset/finish", {{"token", token}, {"password", *password}}),
                account.json, "The new password counts from now on. You were signed out everywhere.");
  }
  return show(
      (*session)->call("POST", "/api/invitations/accept", {{"token", token}, {"name", name}, {"password", *password}}),
      account.json, [](const boost::json::object& answer) {
        const auto* user = answer.if_contains("user");
        std::cout << "Welcome. You sign in as "
                  << (user != nullptr && user->is_object() ? text_of(user->as_object(), "login") : "") << ".\n";
      });
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
  auto* remove = app.add_subcommand("remove", "remove somebody and everything that is theirs");
  auto* out = app.add_subcommand("sign-out", "end every session of somebody");
  auto* invitations = app.add_subcommand("invitations", "invitations that were not accepted yet");
  auto* accept = app.add_subcommand("accept", "become a user, or choose a new password, by the link of a mail");
  add->alias("create");
  disable->alias("suspend");
  enable->alias("restore");
  for (auto* command : {add, list, invite, disable, enable, reset, set_role, remove, out, invitations})
    account.add_to(*command);
  for (auto* command : {disable, enable, reset, set_role, remove, out})
    command->add_option("LOGIN", login, "who")->required();
  accept->add_option("LINK", login, "the link, in quotes")->required();
  accept->add_option("--name", name, "what others see (for an invitation)");
  accept->add_option("--ca", account.ca, "trust only the authorities in this PEM file")->envname("SEALHALL_CA");
  accept->add_flag("--json", account.json, "print the answer as one line of JSON");
  set_role->add_option("ROLE", role, "the role")->required();
  invite->add_option("ADDRESS", login, "their mail address")->required();
  invite->add_option("--role", role, "what they may do (default: member)");
  add->add_option("LOGIN", login, "the name to sign in with")->required();
  add->add_option("--name", name, "what others see (default: LOGIN)");
  add->add_flag("--admin", is_admin, "may do everything");
  if (const auto code = parse(app, argc, argv)) return *code;
  if (accept->parsed()) return by_link(login, account, name);
  auto session = account.sign_in();
  if (!session) return fail(session.error());
  if (list->parsed()) {
    return show((*session)->call("GET", "/api/users"), account.json, [](const boost::json::object& answer) {
      for_each_object(answer, "users", [](const boost::json::object& user) {
        const auto* admin = user.if_contains("admin");
        std::cout << text_of(user, "login") << "  " << text_of(user, "name")
                  << (admin != nullptr && admin->is_bool() && admin->as_bool() ? "  (administrator)" : "") << "\n";
      });
    });
  }
  if (invitations->parsed()) {
    return show((*session)->call("GET", "/api/invitations"), account.json, [](const boost::json::object& answer) {
      for_each_object(answer, "invitations", [](const boost::json::object& i) {
        std::cout << text_of(i, "login") << "  " << text_of(i, "role") << "  until " << text_of(i, "expires_at") << "  "
                  << text_of(i, "id") << "\n";
      });
    });
  }
  for (const auto* command : {disable, enable, reset, set_role, remove, out}) {
    if (command->parsed()) return change_user(**session, command->get_name(), login, role, account.json);
  }
  if (invite->parsed()) {
    boost::json::object body{{"login", login}};
    if (!role.empty()) {
      const auto role_id = role_by_name(**session, role);
      if (!role_id) return fail(role_id.error());
      body["role"] = *role_id;
    }
    return show((*session)->call("POST", "/api/invitations", body), account.json,
                [&](const boost::json::object& answer) {
                  std::cout << "An invitation to " << login << " is on its way. It works once, until "
                            << text_of(answer, "expires_at") << ".\n";
                });
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
  return show(answer, account.json,
              [&](const boost::json::object&) { std::cout << "The account " << login << " is made.\n"; });
}

}  // namespace sealhall::admin
