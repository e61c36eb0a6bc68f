#include "client/admin/commands.h"

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <iostream>

#include "client/admin/rest_session.h"

namespace sealhall::admin {

namespace {

constexpr int exit_usage = 2;

/// What the commands that need an account have in common.
struct Account {
  std::string server;
  std::string ca;
  std::string user;
  std::string token;

  void add_to(CLI::App& app) {
    app.add_option("--server", server, "the server, as https://HOST:PORT")->required();
    app.add_option("--ca", ca, "trust only the authorities in this PEM file");
    app.add_option("--user", user, "sign in as this user; the password comes from SEALHALL_PASSWORD or is asked for");
    app.add_option("--token", token, "a bearer token instead of signing in");
  }

  [[nodiscard]] expected<std::unique_ptr<RestSession>, Problem> sign_in() const {
    auto session = RestSession::open(server, ca);
    if (!session) return session;
    if (!token.empty()) {
      (*session)->use_token(token);
      return session;
    }
    if (user.empty()) return unexpected(Problem{"Say who you are with --user (or give --token).", exit_usage});
    const auto password = read_password("Password of " + user + ": ", false);
    if (!password) return unexpected(password.error());
    const auto answer = (*session)->call("POST", "/api/sign-in", {{"login", user}, {"password", *password}});
    if (!answer) return unexpected(answer.error());
    (*session)->use_token(text_of(*answer, "token"));
    return session;
  }
};

int fail(const Problem& problem) {
  std::cerr << problem.sentence << "\n";
  return problem.exit_code;
}

/// nullopt when the options are fine; otherwise the exit code, everything said.
std::optional<int> parse(CLI::App& app, int argc, char** argv) {
  try {
    app.parse(argc, argv);
    return std::nullopt;
  } catch (const CLI::ParseError& error) {
    return app.exit(error, std::cout, std::cerr) == 0 ? 0 : exit_usage;
  }
}

void print_meeting(const boost::json::object& meeting) {
  std::cout << text_of(meeting, "topic") << "\n  join: " << text_of(meeting, "join_url")
            << "\n  id:   " << text_of(meeting, "id");
  if (!text_of(meeting, "ended_at").empty()) std::cout << "   (ended " << text_of(meeting, "ended_at") << ")";
  std::cout << "\n";
}

template <typename OnObject>
void for_each_object(const boost::json::object& answer, std::string_view field, OnObject on_object) {
  const auto* list = answer.if_contains({field.data(), field.size()});
  if (list == nullptr || !list->is_array()) return;
  for (const auto& entry : list->as_array()) {
    if (entry.is_object()) on_object(entry.as_object());
  }
}

}  // namespace

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

int meeting_main(int argc, char** argv) {
  CLI::App app{"Make, list and end meetings.", "sealhall meeting"};
  app.require_subcommand(1);
  Account account;
  std::string topic;
  std::string passcode;
  std::string id;
  bool waiting_room = false;
  auto* create = app.add_subcommand("create", "make a meeting and print its link");
  auto* list = app.add_subcommand("list", "your meetings, newest first");
  auto* end = app.add_subcommand("end", "end a meeting for everybody");
  for (auto* command : {create, list, end}) account.add_to(*command);
  create->add_option("--topic", topic, "what it is about");
  create->add_option("--passcode", passcode, "people need it to join; it is part of the link");
  create->add_flag("--waiting-room", waiting_room, "people wait until a host admits them");
  end->add_option("ID", id, "the meeting's id")->required();
  if (const auto code = parse(app, argc, argv)) return *code;
  auto session = account.sign_in();
  if (!session) return fail(session.error());
  if (create->parsed()) {
    boost::json::object body{{"topic", topic}, {"waiting_room", waiting_room}};
    if (!passcode.empty()) body["passcode"] = passcode;
    const auto answer = (*session)->call("POST", "/api/meetings", body);
    if (!answer) return fail(answer.error());
    print_meeting(*answer);
    return 0;
  }
  if (list->parsed()) {
    const auto answer = (*session)->call("GET", "/api/meetings");
    if (!answer) return fail(answer.error());
    for_each_object(*answer, "meetings", print_meeting);
    return 0;
  }
  const auto answer = (*session)->call("POST", "/api/meetings/" + id + "/end");
  if (!answer) return fail(answer.error());
  std::cout << "The meeting has ended.\n";
  return 0;
}

int user_main(int argc, char** argv) {
  CLI::App app{"Add people and list them (administrators).", "sealhall user"};
  app.require_subcommand(1);
  Account account;
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
