// Policies: what an account, a group or a user has set, and which of it counts. Account before group before user when
// somebody locks it there, the other way round when nobody does. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sealhall::identity {

using PolicyValue = std::variant<bool, std::int64_t, std::string>;

/// A policy that there is. Whatever is not in the list cannot be set.
struct PolicyRule {
  enum class Kind : std::uint8_t { boolean, number, word, text };
  std::string_view name;
  Kind kind;
  PolicyValue standard;  ///< what counts when nobody has set it
  std::int64_t least = 0;
  std::int64_t most = 0;  ///< of a text: bytes
  std::vector<std::string_view> words = {};
  std::string_view meaning;     ///< a sentence for whoever sets it
  std::string_view meaning_zh;  ///< the same in Traditional Chinese
  bool for_users = true;        ///< false: of the account only
};
std::span<const PolicyRule> policy_rules();
/// nullptr: there is no such policy.
const PolicyRule* policy_rule(std::string_view name);
/// Whether the value has the kind and the range of the rule.
bool fits(const PolicyRule& rule, const PolicyValue& value) noexcept;

/// JSON: true, 30, "word". nullopt for anything else, or when it does not fit.
std::optional<PolicyValue> parse_policy_value(const PolicyRule& rule, std::string_view json);
std::string policy_json(const PolicyValue& value);

struct PolicySetting {
  PolicyValue value;
  bool locked = false;  ///< nobody below may set it otherwise. Means nothing at a user
  bool operator==(const PolicySetting&) const = default;
};
/// What one level has set, by name.
using PolicySettings = std::map<std::string, PolicySetting, std::less<>>;

struct PolicyGroup {
  std::string id;
  PolicySettings settings;
};

/// What counts, and why.
struct EffectivePolicy {
  enum class Source : std::uint8_t { standard, account, group, user };
  PolicyValue value;
  Source source = Source::standard;
  std::string group_id = {};  ///< with source group
  bool locked = false;        ///< the user cannot change it
  bool operator==(const EffectivePolicy&) const = default;
};

/// 1. Locked by the account: that value. 2. Locked by a group: that of the first group that locks it. 3. The user's
/// own.
/// 4. That of the first group that sets it. 5. The account's. 6. The standard. `groups` in the order in which they
/// count: the primary one first. Settings of unknown names and values that do not fit are as if they were not there.
EffectivePolicy effective_policy(const PolicyRule& rule, const PolicySettings& account,
                                 std::span<const PolicyGroup> groups, const PolicySettings& user);
/// The same for every policy there is.
std::map<std::string, EffectivePolicy, std::less<>> effective_policies(const PolicySettings& account,
                                                                       std::span<const PolicyGroup> groups,
                                                                       const PolicySettings& user);

}  // namespace sealhall::identity
