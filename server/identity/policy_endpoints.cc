// Tested in server/control/identity_test.cc
// Policies: what there is, what each level has set, what counts.
#include <memory>
#include <utility>

#include "server/identity/endpoints.h"
#include "server/identity/of_account.h"
#include "server/identity/shapes.h"

namespace sealhall::identity {
namespace {

using api::Access;
using api::Answer;
using api::Call;
using api::None;
using enum api::Permission;
using Level = store::Policy::Level;

std::string_view word_for(EffectivePolicy::Source source) noexcept {
  switch (source) {
    case EffectivePolicy::Source::standard:
      return "standard";
    case EffectivePolicy::Source::account:
      return "account";
    case EffectivePolicy::Source::group:
      return "group";
    case EffectivePolicy::Source::user:
      return "user";
  }
  return "";
}

shapes::EffectiveList view_of(const Accounts::Policies& policies) {
  shapes::EffectiveList list;
  for (const auto& [name, p] : policies) {
    const auto group = p.group_id.empty() ? std::nullopt : std::optional{p.group_id};
    list.policies.push_back({name, {policy_json(p.value)}, std::string{word_for(p.source)}, group, p.locked});
  }
  return list;
}
shapes::PolicyRuleView view_of(const PolicyRule& rule) {
  shapes::PolicyRuleView view;
  view.name = rule.name;
  view.meaning = rule.meaning;
  view.meaning_zh = rule.meaning_zh;
  view.standard = {policy_json(rule.standard)};
  view.for_users = rule.for_users;
  switch (rule.kind) {
    case PolicyRule::Kind::boolean:
      view.kind = "boolean";
      break;
    case PolicyRule::Kind::number:
      view.kind = "number";
      view.least = rule.least;
      view.most = rule.most;
      break;
    case PolicyRule::Kind::word:
      view.kind = "word";
      view.words.emplace(rule.words.begin(), rule.words.end());
      break;
    case PolicyRule::Kind::text:
      view.kind = "text";
      view.most = rule.most;
      break;
  }
  return view;
}
shapes::PolicySettingsView view_of(const std::vector<store::Policy>& rows) {
  shapes::PolicySettingsView out;
  for (const store::Policy& row : rows) out.settings.push_back({row.name, {row.value}, row.locked});
  return out;
}

/// The rows of a request; an error names the first setting that is wrong.
expected<std::vector<store::Policy>, api::ApiError> rows_of(const shapes::PolicySettingsView& body,
                                                            const std::string& account, Level level,
                                                            const std::string& subject) {
  std::vector<store::Policy> rows;
  for (const shapes::PolicySettingView& s : body.settings) {
    const PolicyRule* rule = policy_rule(s.name);
    if (rule == nullptr || (level != Level::account && !rule->for_users)) {
      return unexpected(api::wrong_field("settings", "There is no policy " + s.name + " at this level."));
    }
    const auto value = parse_policy_value(*rule, s.value.text);
    if (!value) return unexpected(api::wrong_field("settings", "That is no value for " + s.name + "."));
    rows.push_back(
        {account, level, subject, s.name, policy_json(*value), level != Level::user && s.locked.value_or(false)});
  }
  return rows;
}

struct Handlers {
  explicit Handlers(EndpointParts p)
      : parts(p), directory(p.accounts.parts().engine), store(p.accounts.parts().engine) {}
  EndpointParts parts;
  store::Directory directory;
  store::Store store;

  void set(const api::Caller& caller, std::vector<store::Policy> rows, Answer<> answer) {
    if (rows.empty()) return answer();
    const std::string subject = rows.front().subject_id;
    const Level level = rows.front().level;
    directory.set_policies(std::move(rows), told(caller, level, subject, std::move(answer)));
  }
  /// Back to what counts without it; when nothing was set there, that is so already.
  void remove(const api::Caller& caller, Level level, const std::string& subject, std::string name, Answer<> answer) {
    directory.remove_policy(caller.account_id, level, subject, std::move(name),
                            told(caller, level, subject, std::move(answer)));
  }
  /// Writes the change down, tells programs of one person's own, and answers.
  store::Done<void> told(const api::Caller& caller, Level level, const std::string& subject, Answer<> answer) {
    return [this, caller, level, subject, answer = std::move(answer)](expected<void, store::StoreError> done) mutable {
      if (!done) return answer(api::from_store(done.error()));
      parts.accounts.log_operation(caller, "change", "policy", subject);
      if (level == Level::user) parts.accounts.publish_of("user.settings_updated", subject);
      answer();
    };
  }
};
using H = std::shared_ptr<Handlers>;

void add_account_and_groups(api::Registry& registry, const H& h) {
  registry.add({"GET", "/api/policies", "Policies", "Every policy that there is", Access::signed_in()},
               [](Call<>, Answer<shapes::PolicyRules> answer) {
                 shapes::PolicyRules out;
                 for (const PolicyRule& rule : policy_rules()) {
                   out.policies.push_back(view_of(rule));
                 }
                 answer(out);
               });
  registry.add(
      {"GET", "/api/policies/account", "Policies", "What the account has set", Access::permission(settings_read)},
      [h](Call<> call, Answer<shapes::PolicySettingsView> answer) {
        h->directory.policies_at(call.caller.account_id, Level::account, call.caller.account_id,
                                 std::move(answer).from([](const auto& rows) { return view_of(rows); }));
      });
  registry.add(
      {"PUT", "/api/policies/account", "Policies", "Set policies of the account", Access::permission(settings_write)},
      [h](Call<None, shapes::PolicySettingsView> call, Answer<> answer) {
        auto rows = rows_of(call.body, call.caller.account_id, Level::account, call.caller.account_id);
        if (!rows) return answer(rows.error());
        h->set(call.caller, std::move(*rows), std::move(answer));
      });
  registry.add({"DELETE", "/api/policies/account/{name}", "Policies", "Back to the standard",
                Access::permission(settings_write)},
               [h](Call<shapes::PolicyPath> call, Answer<> answer) {
                 h->remove(call.caller, Level::account, call.caller.account_id, std::move(call.query.name),
                           std::move(answer));
               });
  registry.add(
      {"GET", "/api/groups/{group_id}/policies", "Policies", "What a group has set", Access::permission(groups_read)},
      [h](Call<shapes::GroupPath> call, Answer<shapes::PolicySettingsView> answer) {
        const std::string account = call.caller.account_id;
        const std::string id = call.query.group_id;
        on_group(h->directory, account, id, std::move(answer), [h, account, id](Answer<shapes::PolicySettingsView> a) {
          h->directory.policies_at(account, Level::group, id,
                                   std::move(a).from([](const auto& rows) { return view_of(rows); }));
        });
      });
  registry.add({"PUT", "/api/groups/{group_id}/policies", "Policies", "Set policies of a group",
                Access::permission(settings_write)},
               [h](Call<shapes::GroupPath, shapes::PolicySettingsView> call, Answer<> answer) {
                 auto rows = rows_of(call.body, call.caller.account_id, Level::group, call.query.group_id);
                 if (!rows) return answer(rows.error());
                 const api::Caller caller = call.caller;
                 on_group(h->directory, caller.account_id, call.query.group_id, std::move(answer),
                          [h, caller, rows = std::move(*rows)](Answer<> a) mutable {
                            h->set(caller, std::move(rows), std::move(a));
                          });
               });
}

void add_removal(api::Registry& registry, const H& h) {
  registry.add(
      {"DELETE", "/api/groups/{group_id}/policies/{name}", "Policies", "The group says nothing of it any more",
       Access::permission(settings_write)},
      [h](Call<shapes::GroupPolicyPath> call, Answer<> answer) {
        on_group(h->directory, call.caller.account_id, call.query.group_id, std::move(answer),
                 [h, caller = call.caller, group = call.query.group_id, name = call.query.name](Answer<> a) mutable {
                   h->remove(caller, Level::group, group, std::move(name), std::move(a));
                 });
      });
  registry.add({"DELETE", "/api/me/policies/{name}", "Policies", "I say nothing of it any more", Access::signed_in()},
               [h](Call<shapes::PolicyPath> call, Answer<> answer) {
                 h->remove(call.caller, Level::user, call.caller.user_id, std::move(call.query.name),
                           std::move(answer));
               });
}

void add_people(api::Registry& registry, const H& h) {
  registry.add({"GET", "/api/me/policies", "Policies", "What counts for me, and why", Access::signed_in()},
               [h](Call<> call, Answer<shapes::EffectiveList> answer) {
                 h->parts.accounts.policies_of(call.caller.account_id, call.caller.user_id,
                                               std::move(answer).from([](const auto& p) { return view_of(p); }));
               });
  registry.add(
      {"PUT", "/api/me/policies", "Policies", "Set what I may set myself", Access::signed_in()},
      [h](Call<None, shapes::PolicySettingsView> call, Answer<> answer) {
        auto rows = rows_of(call.body, call.caller.account_id, Level::user, call.caller.user_id);
        if (!rows) return answer(rows.error());
        const api::Caller caller = call.caller;
        h->parts.accounts.policies_of(
            caller.account_id, caller.user_id,
            [h, caller, rows = std::move(*rows), answer = std::move(answer)](auto now) mutable {
              if (!now) return answer(now.error());
              for (const store::Policy& row : rows) {
                // How people sign in is for administrators to say.
                if (now->find(row.name)->second.locked || row.name.starts_with("sign_in.")) {
                  return answer(api::ApiError{403, "The policy " + row.name + " is set by your administrator."});
                }
              }
              h->set(caller, std::move(rows), std::move(answer));
            });
      });
  registry.add({"GET", "/api/users/{user_id}/policies", "Policies", "What counts for somebody, and why",
                Access::permission(settings_read)},
               [h](Call<shapes::PersonPath> call, Answer<shapes::EffectiveList> answer) {
                 const std::string account = call.caller.account_id;
                 const std::string id = call.query.user_id;
                 h->store.user(id, [h, account, answer = std::move(answer)](auto user) mutable {
                   if (!user) return answer(api::from_store(user.error()));
                   if (!*user || (*user)->account_id != account) return answer(api::no_user("with that id"));
                   h->parts.accounts.policies_of(account, (*user)->id,
                                                 std::move(answer).from([](const auto& p) { return view_of(p); }));
                 });
               });
}

}  // namespace

void add_policy_endpoints(api::Registry& registry, const EndpointParts& parts) {
  const auto handlers = std::make_shared<Handlers>(parts);
  add_account_and_groups(registry, handlers);
  add_people(registry, handlers);
  add_removal(registry, handlers);
}

}  // namespace sealhall::identity
