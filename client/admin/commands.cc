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

int user_main(int argc, char** argv) {
  CLI::App app{"Add people and list them (administrators).", "sealhall user"};
  app.require_subcommand(1);
  AccountOptions account;
  std::string login;
  std::string name;
  bool is_admin = false;
  auto* add = app.add_subcommand("add", "make an account; its password is asked for, or SEALHALL_NEW_PASSWORD");
  auto* list = app.add_subcommand("list", "everybody who has an account");
  for (auto* command : {add, list}) account.add_to(*command);
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
