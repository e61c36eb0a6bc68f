#include "server/identity/policies.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "core/base/random.h"

using namespace sealhall;
using namespace sealhall::identity;
using Source = EffectivePolicy::Source;

namespace {

PolicyValue some_value(const PolicyRule& rule, SeededRandom& random) {
  switch (rule.kind) {
    case PolicyRule::Kind::boolean:
      return random.chance(0.5);
    case PolicyRule::Kind::number:
      return rule.least +
             static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(rule.most - rule.least + 1)));
    case PolicyRule::Kind::word:
      return std::string{rule.words[random.below(rule.words.size())]};
    case PolicyRule::Kind::text:
      return std::string(random.below(20), 'x');
  }
  return false;
}
PolicySettings some_settings(SeededRandom& random, double set, double lock) {
  PolicySettings out;
  for (const PolicyRule& rule : policy_rules()) {
    if (random.chance(set)) out[std::string{rule.name}] = {some_value(rule, random), random.chance(lock)};
  }
  return out;
}

/// The rules of the header once more, as slowly as they are written there.
EffectivePolicy by_the_book(const PolicyRule& rule, const PolicySettings& account,
                            const std::vector<PolicyGroup>& groups, const PolicySettings& user) {
  const std::string name{rule.name};
  const auto has = [&](const PolicySettings& s) { return s.contains(name); };
  if (!rule.for_users)
    return has(account) ? EffectivePolicy{account.at(name).value, Source::account, {}, true}
                        : EffectivePolicy{rule.standard, Source::standard, {}, true};
  if (has(account) && account.at(name).locked) return {account.at(name).value, Source::account, {}, true};
  for (const auto& g : groups) {
    if (has(g.settings) && g.settings.at(name).locked) return {g.settings.at(name).value, Source::group, g.id, true};
  }
  if (has(user)) return {user.at(name).value, Source::user};
  for (const auto& g : groups) {
    if (has(g.settings)) return {g.settings.at(name).value, Source::group, g.id};
  }
  if (has(account)) return {account.at(name).value, Source::account};
  return {rule.standard, Source::standard};
}

}  // namespace

TEST_CASE("policies: nothing set is the standard; each level overrides the one above; locks turn that round") {
  const PolicyRule& rule = *policy_rule("meeting.waiting_room");
  const PolicySettings none;
  const PolicySettings yes{{"meeting.waiting_room", {true, false}}};
  const PolicySettings no{{"meeting.waiting_room", {false, false}}};
  const PolicySettings locked_yes{{"meeting.waiting_room", {true, true}}};
  const PolicySettings locked_no{{"meeting.waiting_room", {false, true}}};
  const auto with = [&](const PolicySettings& account, std::vector<PolicyGroup> groups, const PolicySettings& user) {
    return effective_policy(rule, account, groups, user);
  };
  CHECK(with(none, {}, none) == EffectivePolicy{false, Source::standard});
  CHECK(with(yes, {}, none) == EffectivePolicy{true, Source::account});
  CHECK(with(yes, {{"g", no}}, none) == EffectivePolicy{false, Source::group, "g"});
  CHECK(with(yes, {{"g", yes}}, no) == EffectivePolicy{false, Source::user});
  CHECK(with(locked_yes, {{"g", locked_no}}, no) == EffectivePolicy{true, Source::account, "", true});
  CHECK(with(no, {{"g", locked_yes}}, no) == EffectivePolicy{true, Source::group, "g", true});
  CHECK(with(none, {{"g", yes}, {"h", no}}, none) == EffectivePolicy{true, Source::group, "g"});
  CHECK(with(none, {{"g", yes}, {"h", locked_no}}, yes) == EffectivePolicy{false, Source::group, "h", true});
  CHECK(with(none, {{"g", locked_yes}, {"h", locked_no}}, none) == EffectivePolicy{true, Source::group, "g", true});
  CHECK(with(none, {}, locked_yes) == EffectivePolicy{true, Source::user});  // a user's lock means nothing
}

TEST_CASE("policies: any settings at all give what the book says, and no lock below breaks one above") {
  SeededRandom random{11};
  for (int round = 0; round < 2000; ++round) {
    const PolicySettings account = some_settings(random, 0.5, 0.3);
    std::vector<PolicyGroup> groups;
    for (std::uint64_t i = random.below(4); i > 0; --i)
      groups.push_back({"g" + std::to_string(i), some_settings(random, 0.4, 0.3)});
    const PolicySettings user = some_settings(random, 0.5, 0.5);
    const auto all = effective_policies(account, groups, user);
    REQUIRE(all.size() == policy_rules().size());
    for (const PolicyRule& rule : policy_rules()) {
      const EffectivePolicy& got = all.find(rule.name)->second;
      REQUIRE(got == by_the_book(rule, account, groups, user));
      REQUIRE(fits(rule, got.value));
      // Where it is locked the user changes nothing, whatever they set.
      if (got.locked) REQUIRE(effective_policy(rule, account, groups, some_settings(random, 1, 0.5)) == got);
      // Where nothing is locked the user decides.
      PolicySettings own = user;
      own[std::string{rule.name}] = {some_value(rule, random), false};
      if (!got.locked) REQUIRE(effective_policy(rule, account, groups, own).value == own.find(rule.name)->second.value);
    }
  }
}

TEST_CASE("policies: other names and values that do not fit are as if they were not there") {
  const PolicyRule& rule = *policy_rule("sign_in.session_hours");
  PolicySettings account{{"sign_in.session_hours", {std::int64_t{0}, true}}, {"nonsense", {true, true}}};
  CHECK(effective_policy(rule, account, {}, {}) == EffectivePolicy{std::int64_t{720}, Source::standard});
  account["sign_in.session_hours"] = {true, true};
  CHECK(effective_policy(rule, account, {}, {}).source == Source::standard);
  account["sign_in.session_hours"] = {std::int64_t{8}, true};
  CHECK(effective_policy(rule, account, {}, {}).value == PolicyValue{std::int64_t{8}});
  CHECK(policy_rule("nonsense") == nullptr);
}

TEST_CASE("policies: values as JSON") {
  const PolicyRule& flag = *policy_rule("chat.allowed");
  const PolicyRule& number = *policy_rule("sign_in.session_hours");
  const PolicyRule& word = *policy_rule("meeting.screen_share");
  CHECK(parse_policy_value(flag, "true") == PolicyValue{true});
  CHECK(parse_policy_value(number, "24") == PolicyValue{std::int64_t{24}});
  CHECK(parse_policy_value(word, "\"host\"") == PolicyValue{std::string{"host"}});
  for (const char* bad : {"", "1", "\"true\"", "null", "[]", "{}", "tru"}) CHECK_FALSE(parse_policy_value(flag, bad));
  for (const char* bad : {"0", "8761", "1.5", "true", "-1", "99999999999999999999"})
    CHECK_FALSE(parse_policy_value(number, bad));
  for (const char* bad : {"\"nobody\"", "all", "1"}) CHECK_FALSE(parse_policy_value(word, bad));
  for (const PolicyRule& rule : policy_rules()) {
    CHECK(parse_policy_value(rule, policy_json(rule.standard)) == rule.standard);
    CHECK(rule.meaning.ends_with('.'));
    CHECK(rule.meaning_zh.ends_with("。"));
  }
}

TEST_CASE("policies: every name once") {
  std::set<std::string_view> names;
  for (const PolicyRule& rule : policy_rules()) names.insert(rule.name);
  CHECK(names.size() == policy_rules().size());
}
