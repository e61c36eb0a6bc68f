// Tested in tests/e2e/scenarios/people.py
// `sealhall app`: programs that may use the API. `sealhall session`: where one is signed in, and the second factor.
#include <CLI/CLI.hpp>
#include <iostream>

#include "client/admin/account_options.h"
#include "client/admin/commands.h"
#include "client/admin/lookup.h"

namespace sealhall::admin {
namespace {

namespace json = boost::json;

void print_app(const json::object& app) {
  std::cout << text_of(app, "name") << "  " << text_of(app, "kind")
            << "\n  client_id:     " << text_of(app, "client_id") << "\n  account_id:    " << text_of(app, "account_id")
            << "\n";
  if (!text_of(app, "client_secret").empty())
    std::cout << "  client_secret: " << text_of(app, "client_secret") << "   (seen only now)\n";
  if (const auto* scopes = app.if_contains("scopes"); scopes != nullptr && scopes->is_array()) {
    std::cout << "  scopes:       ";
    for (const auto& scope : scopes->as_array()) std::cout << " " << text_of(scope);
    std::cout << "\n";
  }
}

json::array array_of(const std::vector<std::string>& words) {
  json::array out;
  for (const std::string& word : words) out.emplace_back(word);
  return out;
}

}  // namespace

int app_main(int argc, char** argv) {
  CLI::App app{"Programs that may use the API (OAuth 2).", "sealhall app"};
  app.require_subcommand(1);
  AccountOptions account;
  std::string name;
  std::vector<std::string> scopes;
  std::vector<std::string> redirects;
  bool public_client = false;
  auto* list = app.add_subcommand("list", "all applications");
  auto* create = app.add_subcommand("create", "make an application; its secret is printed once");
  auto* secret = app.add_subcommand("secret", "a new secret instead of the old one");
  auto* disable = app.add_subcommand("disable", "let an application do nothing any more");
  auto* enable = app.add_subcommand("enable", "let it work again");
  auto* remove = app.add_subcommand("remove", "remove an application and its tokens");
  for (auto* command : app.get_subcommands({})) account.add_to(*command);
  create->add_option("NAME", name, "what it is called")->required();
  create->add_option("--scopes", scopes, "what it may do: meeting:read:meeting:admin,user:read:user")->delimiter(',');
  create->add_option("--redirect", redirects, "for people who allow it something: where their browser returns to");
  create->add_flag("--public", public_client, "without a secret, with PKCE (needs --redirect)");
  for (auto* command : {secret, disable, enable, remove})
    command->add_option("CLIENT_ID", name, "the application")->required();
  if (const auto code = parse(app, argc, argv)) return *code;
  auto session = account.sign_in();
  if (!session) return fail(session.error());
  RestSession& rest = **session;
  if (list->parsed()) {
    return show(rest.call("GET", "/api/applications"), account.json,
                [](const json::object& answer) { for_each_object(answer, "applications", &print_app); });
  }
  if (create->parsed()) {
    json::object body{{"name", name}, {"scopes", array_of(scopes)}};
    body["kind"] = redirects.empty() ? "server_to_server" : "people";
    if (!redirects.empty()) body["redirect_uris"] = array_of(redirects);
    if (public_client) body["public_client"] = true;
    return show(rest.call("POST", "/api/applications", body), account.json, &print_app);
  }
  const std::string path = "/api/applications/" + name;
  if (secret->parsed()) return show(rest.call("POST", path + "/secret"), account.json, &print_app);
  if (remove->parsed()) return told(rest.call("DELETE", path), account.json, "The application is gone.");
  return show(rest.call("PATCH", path, {{"disabled", disable->parsed()}}), account.json, &print_app);
}

int session_main(int argc, char** argv) {
  CLI::App app{"Where you are signed in, and your second factor.", "sealhall session"};
  app.require_subcommand(1);
  AccountOptions account;
  std::string id;
  std::string confirm;
  bool others = false;
  auto* sign_in = app.add_subcommand("sign-in", "sign in and print the bearer token, for --token and for curl");
  auto* sign_out = app.add_subcommand("sign-out", "end the session of --token");
  auto* list = app.add_subcommand("list", "where you are signed in");
  auto* revoke = app.add_subcommand("revoke", "end one of your sessions, or all --others");
  auto* factor = app.add_subcommand("second-factor", "begin to use an authenticator app; then --confirm CODE");
  for (auto* command : app.get_subcommands({})) account.add_to(*command);
  revoke->add_option("ID", id, "as `session list` names it");
  revoke->add_flag("--others", others, "every session but this one");
  factor->add_option("--confirm", confirm, "a code that the app shows: then it counts");
  if (const auto code = parse(app, argc, argv)) return *code;
  json::object signed_in;
  if (sign_in->parsed()) account.token.clear();  // another one is asked for
  auto session = account.sign_in(&signed_in);
  if (!session) return fail(session.error());
  RestSession& rest = **session;
  if (sign_in->parsed()) {
    return show(signed_in, account.json,
                [](const json::object& answer) { std::cout << text_of(answer, "token") << "\n"; });
  }
  if (sign_out->parsed()) return told(rest.call("POST", "/api/sign-out"), account.json, "Signed out.");
  if (list->parsed()) {
    return show(rest.call("GET", "/api/me/sessions"), account.json, [](const json::object& answer) {
      for_each_object(answer, "sessions", [](const json::object& s) {
        const auto* current = s.if_contains("current");
        std::cout << text_of(s, "id") << "  since " << text_of(s, "created_at") << "  " << text_of(s, "method") << "  "
                  << text_of(s, "source") << "  " << text_of(s, "client")
                  << (current != nullptr && current->is_bool() && current->as_bool() ? "  (this one)" : "") << "\n";
      });
    });
  }
  if (revoke->parsed()) {
    if (others)
      return told(rest.call("POST", "/api/me/sessions/end-others"), account.json, "Every other session has ended.");
    if (id.empty()) return fail({"Name a session, or say --others.", exit_usage});
    return told(rest.call("DELETE", "/api/me/sessions/" + id), account.json, "The session has ended.");
  }
  if (!confirm.empty()) {
    return show(rest.call("POST", "/api/me/totp/confirm", {{"code", confirm}}), account.json,
                [](const json::object& a) {
                  std::cout << "From now on signing in takes a code. Keep these; each replaces one code, once:\n";
                  if (const auto* codes = a.if_contains("recovery_codes"); codes != nullptr && codes->is_array()) {
                    for (const auto& one : codes->as_array()) std::cout << "  " << text_of(one) << "\n";
                  }
                });
  }
  const auto password = read_password("Your password once more: ", false);
  if (!password) return fail(password.error());
  return show(rest.call("POST", "/api/me/totp", {{"password", *password}}), account.json, [](const json::object& a) {
    std::cout << "Give this secret to your authenticator app: " << text_of(a, "secret") << "\n  " << text_of(a, "uri")
              << "\nThen run this command again with --confirm and the code that it shows.\n";
  });
}

}  // namespace sealhall::admin
