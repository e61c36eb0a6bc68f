#include "client/admin/account_options.h"

#include <CLI/CLI.hpp>
#include <iostream>

namespace sealhall::admin {

void AccountOptions::add_to(CLI::App& app) {
  app.add_option("--server", server, "the server, as https://HOST:PORT")->envname("SEALHALL_SERVER")->required();
  app.add_option("--ca", ca, "trust only the authorities in this PEM file")->envname("SEALHALL_CA");
  app.add_option("--user", user, "sign in as this user; the password comes from SEALHALL_PASSWORD or is asked for");
  app.add_option("--code", code, "the code of your authenticator app, or a recovery code, if you have a second factor");
  app.add_option("--token", token, "a bearer token instead of signing in")->envname("SEALHALL_TOKEN");
  app.add_flag("--json", json, "print the answer as one line of JSON");
}

expected<std::unique_ptr<RestSession>, Problem> AccountOptions::sign_in(boost::json::object* signed_in) const {
  auto session = RestSession::open(server, ca);
  if (!session) return session;
  if (!token.empty()) {
    (*session)->use_token(token);
    return session;
  }
  if (user.empty()) return unexpected(Problem{"Say who you are with --user (or give --token).", exit_usage});
  const auto password = read_password("Password of " + user + ": ", false);
  if (!password) return unexpected(password.error());
  boost::json::object body{{"login", user}, {"password", *password}};
  if (!code.empty()) body["code"] = code;
  const auto answer = (*session)->call("POST", "/api/sign-in", body);
  if (!answer) return unexpected(answer.error());
  (*session)->use_token(text_of(*answer, "token"));
  if (signed_in != nullptr) *signed_in = *answer;
  return session;
}

int fail(const Problem& problem) {
  std::cerr << problem.sentence << "\n";
  return problem.exit_code;
}

std::optional<int> parse(CLI::App& app, int argc, char** argv) {
  try {
    app.parse(argc, argv);
    return std::nullopt;
  } catch (const CLI::ParseError& error) {
    return app.exit(error, std::cout, std::cerr) == 0 ? 0 : exit_usage;
  }
}

}  // namespace sealhall::admin
