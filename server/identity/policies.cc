#include "server/identity/policies.h"

#include <algorithm>
#include <boost/json.hpp>

namespace sealhall::identity {
namespace {

using enum PolicyRule::Kind;

constexpr std::size_t max_json = 8192;

const std::vector<PolicyRule>& all_rules() {
  static const std::vector<PolicyRule> rules{
      {.name = "sign_in.second_factor_required",
       .kind = boolean,
       .standard = false,
       .meaning = "Signing in takes a one-time code or a passkey.",
       .meaning_zh = "登入時需要一次性驗證碼或通行金鑰。"},
      {.name = "sign_in.session_hours",
       .kind = number,
       .standard = std::int64_t{720},
       .least = 1,
       .most = 8760,
       .meaning = "How long a session lasts, in hours.",
       .meaning_zh = "登入狀態維持的時數。"},
      {.name = "sign_in.password",
       .kind = boolean,
       .standard = true,
       .meaning = "People may sign in with a password; otherwise by passkey or through a provider only.",
       .meaning_zh = "可以使用密碼登入；否則只能使用通行金鑰或身分提供者。"},
      {.name = "guests.allowed",
       .kind = boolean,
       .standard = true,
       .meaning = "People without an account may join meetings by a link.",
       .meaning_zh = "沒有帳號的人可以透過連結加入會議。"},
      {.name = "meeting.waiting_room",
       .kind = boolean,
       .standard = false,
       .meaning = "New meetings have a waiting room when their host says nothing else.",
       .meaning_zh = "若主持人沒有另外設定，新的會議會有等候室。"},
      {.name = "meeting.waiting_room_required",
       .kind = boolean,
       .standard = false,
       .meaning = "Every meeting has a waiting room, and no host can switch it off.",
       .meaning_zh = "每一場會議都有等候室，主持人不能關閉。"},
      {.name = "meeting.passcode_required",
       .kind = boolean,
       .standard = false,
       .meaning = "Every meeting has a passcode; one without gets a waiting room instead.",
       .meaning_zh = "每一場會議都有密碼；沒有密碼的會議改用等候室。"},
      {.name = "meeting.join_before_host",
       .kind = boolean,
       .standard = true,
       .meaning = "New meetings begin without their host when the host says nothing else.",
       .meaning_zh = "若主持人沒有另外設定，新的會議可以在主持人到場前開始。"},
      {.name = "meeting.join_before_host_allowed",
       .kind = boolean,
       .standard = true,
       .meaning = "Meetings may begin without their host.",
       .meaning_zh = "會議可以在主持人到場前開始。"},
      {.name = "meeting.max_participants",
       .kind = number,
       .standard = std::int64_t{1000},
       .least = 2,
       .most = 1000,
       .meaning = "How many people fit into a meeting.",
       .meaning_zh = "一場會議可容納的人數。"},
      {.name = "meeting.screen_share",
       .kind = word,
       .standard = std::string{"all"},
       .words = {"all", "host"},
       .meaning = "Who may share a screen: all, or hosts and co-hosts only.",
       .meaning_zh = "誰可以分享螢幕：所有人，或只有主持人與共同主持人。"},
      {.name = "meeting.reactions",
       .kind = boolean,
       .standard = true,
       .meaning = "People may react with emoji.",
       .meaning_zh = "可以使用表情符號回應。"},
      {.name = "meeting.polls",
       .kind = boolean,
       .standard = true,
       .meaning = "Meetings may have polls.",
       .meaning_zh = "會議可以進行投票。"},
      {.name = "meeting.questions",
       .kind = boolean,
       .standard = true,
       .meaning = "Meetings may have questions and answers.",
       .meaning_zh = "會議可以使用問答。"},
      {.name = "meeting.whiteboard",
       .kind = boolean,
       .standard = true,
       .meaning = "Meetings may have a whiteboard.",
       .meaning_zh = "會議可以使用白板。"},
      {.name = "meeting.breakout_rooms",
       .kind = boolean,
       .standard = true,
       .meaning = "Hosts may open breakout rooms.",
       .meaning_zh = "主持人可以開啟分組討論室。"},
      {.name = "chat.allowed",
       .kind = boolean,
       .standard = true,
       .meaning = "Meetings have a chat.",
       .meaning_zh = "會議有聊天功能。"},
      {.name = "chat.private",
       .kind = boolean,
       .standard = true,
       .meaning = "Participants may write to one another privately.",
       .meaning_zh = "參與者之間可以私下傳訊息。"},
      {.name = "chat.files",
       .kind = boolean,
       .standard = true,
       .meaning = "Files may be sent in the chat.",
       .meaning_zh = "聊天中可以傳送檔案。"},
      {.name = "chat.file_megabytes",
       .kind = number,
       .standard = std::int64_t{100},
       .least = 1,
       .most = 100,
       .meaning = "The largest file that may be sent in the chat, in megabytes.",
       .meaning_zh = "聊天中可傳送檔案的大小上限（百萬位元組）。"},
      {.name = "recording.allowed",
       .kind = boolean,
       .standard = true,
       .meaning = "Meetings may be recorded by the server.",
       .meaning_zh = "伺服器可以錄製會議。"},
      {.name = "recording.on_devices",
       .kind = boolean,
       .standard = true,
       .meaning = "Participants whom a host allows may record on their own device.",
       .meaning_zh = "經主持人允許的參與者可以在自己的裝置上錄製。"},
      {.name = "recording.automatic",
       .kind = boolean,
       .standard = false,
       .meaning = "Meetings are recorded from their beginning.",
       .meaning_zh = "會議從一開始就會錄製。"},
      {.name = "recording.consent_text",
       .kind = text,
       .standard = std::string{},
       .most = 1000,
       .meaning = "What is told to everybody who is asked for consent to being recorded.",
       .meaning_zh = "徵求錄製同意時要告知的內容。"},
      {.name = "recording.share_links",
       .kind = boolean,
       .standard = true,
       .meaning = "Recordings may be shared by a link.",
       .meaning_zh = "錄製內容可以透過連結分享。"},
      {.name = "recording.retention_days",
       .kind = number,
       .standard = std::int64_t{0},
       .least = 0,
       .most = 36500,
       .meaning = "After how many days recordings are deleted; 0: never.",
       .meaning_zh = "錄製內容在幾天後刪除；0 表示永不刪除。"},
      {.name = "logs.retention_days",
       .kind = number,
       .standard = std::int64_t{365},
       .least = 1,
       .most = 3650,
       .meaning = "After how many days the logs of sign-ins and changes are forgotten.",
       .meaning_zh = "登入與變更紀錄保留的天數。",
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
    case text: {
      const auto* words = std::get_if<std::string>(&value);
      return words != nullptr && words->size() <= static_cast<std::size_t>(rule.most);
    }
  }
  return false;
}

std::optional<PolicyValue> parse_policy_value(const PolicyRule& rule, std::string_view json) {
  if (json.size() > max_json) return std::nullopt;
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
