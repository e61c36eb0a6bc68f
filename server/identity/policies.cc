#include "server/identity/policies.h"

#include <algorithm>
#include <boost/json.hpp>

namespace sealhall::identity {
namespace {

using enum PolicyRule::Kind;

const std::vector<PolicyRule>& all_rules() {
  static const std::vector<PolicyRule> rules{
      {.name = "sign_in.second_factor_required",
       .kind = boolean,
       .standard = false,
       .meaning = "Signing in takes a one-time code or a passkey."},
      {.name = "sign_in.session_hours",
       .kind = number,
       .standard = std::int64_t{720},
       .least = 1,
       .most = 8760,
       .meaning = "How long a session lasts."},
      {.name = "sign_in.password",
       .kind = boolean,
       .standard = true,
       .meaning = "People may sign in with a password; otherwise by passkey or through a provider only."},
      {.name = "guests.allowed",
       .kind = boolean,
       .standard = true,
       .meaning = "People without an account may join by a link."},
      {.name = "meeting.waiting_room",
       .kind = boolean,
       .standard = false,
       .meaning = "New meetings have a waiting room."},
      {.name = "meeting.passcode_required",
       .kind = boolean,
       .standard = false,
       .meaning = "Every meeting has a passcode."},
      {.name = "meeting.join_before_host",
       .kind = boolean,
       .standard = true,
       .meaning = "New meetings begin without their host."},
      {.name = "meeting.screen_share",
       .kind = word,
       .standard = std::string{"all"},
       .words = {"all", "host"},
       .meaning = "Who may share a screen."},
      {.name = "meeting.max_participants",
       .kind = number,
       .standard = std::int64_t{1000},
       .least = 2,
       .most = 1000,
       .meaning = "How many people fit into a meeting."},
      {.name = "chat.allowed", .kind = boolean, .standard = true, .meaning = "Meetings have a chat."},
      {.name = "chat.files", .kind = boolean, .standard = true, .meaning = "Files may be sent in the chat."},
      {.name = "recording.allowed", .kind = boolean, .standard = true, .meaning = "Meetings may be recorded."},
      {.name = "recording.automatic",
       .kind = boolean,
       .standard = false,
       .meaning = "Meetings are recorded from their beginning."},
      {.name = "recording.retention_days",
       .kind = number,
       .standard = std::int64_t{0},
       .least = 0,
       .most = 36500,
       .meaning = "After how many days recordings are deleted; 0: never."},
      {.name = "logs.retention_days",
       .kind = number,
       .standard = std::int64_t{365},
       .least = 1,
       .most = 3650,
       .meaning = "After how many days the logs of sign-ins and changes are forgotten.",
       .for_users = false},
  };
  return rules;
}

/// The setting of that name, when there is one that fits.
const PolicySetting* setting_in(const PolicySettings& settings, const PolicyRule& rule) {
  const auto found = settings.find(rule.name);
  return found != settings.end() && fits(rule, found->second.value) ? &found->second : nullptr;
}

}  // namespace

std::span<const PolicyRule> policy_rules() { return all_rules(); }

const PolicyRule* policy_rule(std::string_view name) {
  const auto& rules = all_rules();
  const auto found = std::ranges::find(rules, name, &PolicyRule::name);
  return found == rules.end() ? nullptr : &*found;
}

bool fits(const PolicyRule& rule, const PolicyValue& value) noexcept {
  switch (rule.kind) {
    case boolean:
      return std::holds_alternative<bool>(value);
    case number: {
      const auto* n = std::get_if<std::int64_t>(&value);
      return n != nullptr && *n >= rule.least && *n <= rule.most;
    }
    case word: {
      const auto* text = std::get_if<std::string>(&value);
      return text != nullptr && std::ranges::find(rule.words, *text) != rule.words.end();
    }
  }
  return false;
}

std::optional<PolicyValue> parse_policy_value(const PolicyRule& rule, std::string_view json) {
  if (json.size() > 1024) return std::nullopt;
  boost::json::error_code error;
  const boost::json::value parsed = boost::json::parse({json.data(), json.size()}, error);
  if (error) return std::nullopt;
  PolicyValue value;
  if (parsed.is_bool()) {
    value = parsed.get_bool();
  } else if (parsed.is_int64()) {
    value = parsed.get_int64();
  } else if (parsed.is_string()) {
    value = std::string{parsed.get_string().data(), parsed.get_string().size()};
  } else {
    return std::nullopt;
  }
  if (!fits(rule, value)) return std::nullopt;
  return value;
}

std::string policy_json(const PolicyValue& value) {
  if (const auto* b = std::get_if<bool>(&value)) return *b ? "true" : "false";
  if (const auto* n = std::get_if<std::int64_t>(&value)) return std::to_string(*n);
  const std::string& text = std::get<std::string>(value);
  return boost::json::serialize(boost::json::string_view{text.data(), text.size()});
}

EffectivePolicy effective_policy(const PolicyRule& rule, const PolicySettings& account,
                                 std::span<const PolicyGroup> groups, const PolicySettings& user) {
  using Source = EffectivePolicy::Source;
  const PolicySetting* of_account = setting_in(account, rule);
  if (of_account != nullptr && (of_account->locked || !rule.for_users)) {
    return {of_account->value, Source::account, {}, true};
  }
  if (!rule.for_users) return {rule.standard, Source::standard, {}, true};
  for (const PolicyGroup& one : groups) {
    const PolicySetting* setting = setting_in(one.settings, rule);
    if (setting != nullptr && setting->locked) return {setting->value, Source::group, one.id, true};
  }
  if (const PolicySetting* own = setting_in(user, rule)) return {own->value, Source::user};
  for (const PolicyGroup& one : groups) {
    if (const PolicySetting* setting = setting_in(one.settings, rule)) return {setting->value, Source::group, one.id};
  }
  if (of_account != nullptr) return {of_account->value, Source::account};
  return {rule.standard, Source::standard};
}

std::map<std::string, EffectivePolicy, std::less<>> effective_policies(const PolicySettings& account,
                                                                       std::span<const PolicyGroup> groups,
                                                                       const PolicySettings& user) {
  std::map<std::string, EffectivePolicy, std::less<>> out;
  for (const PolicyRule& rule : all_rules()) {
    out.emplace(std::string{rule.name}, effective_policy(rule, account, groups, user));
  }
  return out;
}

}  // namespace sealhall::identity
