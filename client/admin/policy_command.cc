// Tested in tests/e2e/scenarios/people.py
// `sealhall policy`: what there is, what counts for somebody and why, what account, groups and people have set.
#include <CLI/CLI.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <iostream>

#include "client/admin/account_options.h"
#include "client/admin/commands.h"
#include "client/admin/lookup.h"

namespace sealhall::admin {
namespace {

namespace json = boost::json;

std::string value_of(const json::object& object, const char* field) {
  const auto* value = object.if_contains(field);
  return value == nullptr ? std::string{} : json::serialize(*value);
}

/// What was typed: true, 30, or a word without quotation marks.
json::value typed(const std::string& text) {
  boost::system::error_code error;
  json::value value = json::parse(text, error);
  return error || value.is_object() || value.is_array() || value.is_null() ? json::value(text) : value;
}

bool locked(const json::object& object) {
  const auto* flag = object.if_contains("locked");
  return flag != nullptr && flag->is_bool() && flag->as_bool();
}

void print_rules(const json::object& answer, bool chinese) {
  for_each_object(answer, "policies", [chinese](const json::object& rule) {
    std::cout << text_of(rule, "name") << " = " << value_of(rule, "standard") << "  (" << text_of(rule, "kind");
    if (text_of(rule, "kind") == "number")
      std::cout << ", " << value_of(rule, "least") << " to " << value_of(rule, "most");
    if (rule.contains("words")) std::cout << ", " << value_of(rule, "words");
    std::cout << ")\n    " << text_of(rule, chinese ? "meaning_zh" : "meaning") << "\n";
  });
}
void print_settings(const json::object& answer) {
  for_each_object(answer, "settings", [](const json::object& s) {
    std::cout << text_of(s, "name") << " = " << value_of(s, "value") << (locked(s) ? "  locked" : "") << "\n";
  });
}
void print_effective(const json::object& answer) {
  for_each_object(answer, "policies", [](const json::object& p) {
    std::cout << text_of(p, "name") << " = " << value_of(p, "value") << "  (" << text_of(p, "source")
              << (locked(p) ? ", locked" : "") << ")\n";
  });
}

}  // namespace

int policy_main(int argc, char** argv) {
  CLI::App app{"What the account, a group or a person has set, and what counts.", "sealhall policy"};
  app.require_subcommand(1);
  AccountOptions account;
  std::string name;
  std::string value;
  std::string group;
  std::string who;
  bool mine = false;
  bool lock = false;
  bool chinese = false;
  auto* list = app.add_subcommand("list", "every policy that there is, its standard and what it means");
  auto* show_command = app.add_subcommand("show", "what counts for you (or for --for), and who has set it");
  auto* settings = app.add_subcommand("settings", "what the account (or --group) has set");
  auto* set = app.add_subcommand("set", "set a policy of the account (or of --group, or --mine)");
  auto* unset = app.add_subcommand("unset", "say nothing of it any more");
  for (auto* command : app.get_subcommands({})) account.add_to(*command);
  list->add_flag("--zh", chinese, "in Traditional Chinese");
  show_command->add_option("--for", who, "somebody's login (administrators)");
  for (auto* command : {settings, set, unset}) command->add_option("--group", group, "of this group");
  for (auto* command : {set, unset}) {
    command->add_option("NAME", name, "the policy, as `policy list` names it")->required();
    command->add_flag("--mine", mine, "your own, where nobody above has locked it");
  }
  set->add_option("VALUE", value, "true, false, a number or a word")->required();
  set->add_flag("--lock", lock, "nobody below may set it otherwise");
  if (const auto code = parse(app, argc, argv)) return *code;
  auto session = account.sign_in();
  if (!session) return fail(session.error());
  RestSession& rest = **session;
  if (list->parsed()) {
    return show(rest.call("GET", "/api/policies"), account.json,
                [chinese](const json::object& answer) { print_rules(answer, chinese); });
  }
  if (show_command->parsed()) {
    std::string path = "/api/me/policies";
    if (!who.empty()) {
      const auto id = user_by_login(rest, who);
      if (!id) return fail(id.error());
      path = "/api/users/" + *id + "/policies";
    }
    return show(rest.call("GET", path), account.json, &print_effective);
  }
  std::string path = mine ? "/api/me/policies" : "/api/policies/account";
  if (!group.empty()) {
    const auto id = group_by_name(rest, group);
    if (!id) return fail(id.error());
    path = "/api/groups/" + *id + "/policies";
  }
  if (settings->parsed()) return show(rest.call("GET", path), account.json, &print_settings);
  if (unset->parsed()) {
    return told(rest.call("DELETE", path + "/" + name), account.json, name + " is as it would be without.");
  }
  json::object setting{{"name", name}, {"value", typed(value)}};
  if (lock) setting["locked"] = true;
  return told(rest.call("PUT", path, {{"settings", json::array{std::move(setting)}}}), account.json,
              name + " = " + value + (lock ? ", locked." : "."));
}

}  // namespace sealhall::admin
