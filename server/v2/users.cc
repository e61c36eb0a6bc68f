// Tested in server/control/v2_people_test.cc
#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "core/base/ascii.h"
#include "server/api/text.h"
#include "server/api/tokens.h"
#include "server/identity/rank.h"
#include "server/v2/people.h"
#include "store/sign_ins.h"

namespace sealhall::v2 {
namespace {

constexpr std::string_view tag = "Users";

std::optional<std::string> known(const std::string& text) { return text.empty() ? std::nullopt : std::optional{text}; }

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return out;
}

User view_of(const store::Person& p) {
  User out;
  out.id = p.id;
  out.email = p.login;
  std::tie(out.first_name, out.last_name) = names_of(p);
  out.display_name = p.name;
  out.status = p.disabled ? "inactive" : "active";
  out.pmi = number(p.personal_meeting);
  out.timezone = known(p.profile.timezone);
  out.dept = known(p.profile.department);
  out.created_at = api::rfc3339(p.created_at);
  if (p.last_login_at) out.last_login_time = api::rfc3339(*p.last_login_at);
  out.group_ids = p.group_ids;
  out.role_id = role_number(p.role);
  return out;
}

User view_of(const store::Invitation& invitation) {
  User out;
  out.id = invitation.id;
  out.email = out.display_name = invitation.login;
  out.status = "pending";
  out.created_at = api::rfc3339(invitation.created_at);
  if (invitation.group_id) out.group_ids.push_back(*invitation.group_id);
  out.role_id = role_number(invitation.role);
  out.verified = 0;
  return out;
}

api::ApiError exists() {
  api::ApiError error{409, "User already in the account."};
  error.code = api::codes::user_exists;
  return error;
}

bool sort_by(std::string_view field, store::Profiles::Query& query) {
  using enum store::Profiles::Query::Order;
  query.descending = field.starts_with('-');
  if (query.descending) field.remove_prefix(1);
  constexpr std::array<std::pair<std::string_view, store::Profiles::Query::Order>, 6> fields{
      {{"", created},
       {"created_at", created},
       {"email", login},
       {"display_name", name},
       {"dept", department},
       {"last_login_time", last_login}}};
  const auto found = std::ranges::find(fields, field, [](const auto& f) { return f.first; });
  if (found == fields.end()) return false;
  query.order = found->second;
  return true;
}

api::ApiError last_owner() { return {409, "The account would be without an owner."}; }

}  // namespace

std::pair<std::string, std::string> names_of(const store::Person& person) {
  if (!person.profile.first_name.empty() || !person.profile.last_name.empty()) {
    return {person.profile.first_name, person.profile.last_name};
  }
  const std::size_t space = person.name.rfind(' ');
  if (space == std::string::npos) return {person.name, ""};
  return {person.name.substr(0, space), person.name.substr(space + 1)};
}

std::string role_number(std::string_view role) {
  if (role == "owner") return "0";
  if (role == "admin") return "1";
  if (role == "member") return "2";
  return std::string{role};
}
std::string role_of_number(std::string_view number) {
  if (number == "0") return "owner";
  if (number == "1") return "admin";
  if (number == "2") return "member";
  return std::string{number};
}

std::string People::new_id() { return api::random_text(parts_.random, 16); }

People::People(api::Registry& registry, Parts parts)
    : parts_(std::move(parts)),
      profiles_(parts_.engine),
      directory_(parts_.engine),
      assistants_(parts_.engine),
      sign_ins_(parts_.engine) {
  registry.resolve(
      "user_id",
      [this](const api::Caller& caller, std::string id, api::Done<std::optional<api::Subject>> done) {
        std::string who = id == "me" ? caller.user_id : id.find('@') == std::string::npos ? id : ascii_lower(id);
        const bool sees_invited = caller.may(api::Permission::users_read, "user:read:list_users");
        profiles_.find(
            who, [this, who, sees_invited, account = caller.account_id, done = std::move(done)](auto person) mutable {
              if (!person) return done(unexpected(api::from_store(person.error())));
              if (!*person && sees_invited) return only_invited(account, std::move(who), std::move(done));
              if (!*person) return done(std::optional<api::Subject>{});
              api::Subject subject{(*person)->id, (*person)->account_id, (*person)->id, {}, {}};
              subject.object = std::move(**person);
              done(std::optional{std::move(subject)});
            });
      },
      api::no_user("there is nobody by that name here"));
  registry.protect(
      "user_id", api::Permission::users_write,
      [&engine = parts_.engine](const api::Caller& caller, const api::Subject& subject, api::Done<void> done) {
        identity::may_act_on(engine, caller, subject.as<store::Person>().role, std::move(done));
      });
  add_user_endpoints(registry);
  add_assistant_endpoints(registry);
  add_group_endpoints(registry);
  add_field_endpoints(registry);
}

void People::add_user_endpoints(api::Registry& registry) {
  using api::Access;
  using enum api::Permission;
  registry.add({"GET", "/v2/users", tag, "List users", Access::permission(users_read, "user:read:list_users")}, this,
               &People::list_users);
  registry.add({"POST", "/v2/users", tag, "Create a user", Access::permission(users_write, "user:write:user"), 201},
               this, &People::create_user);
  registry.add({"GET", "/v2/users/email", tag, "Whether somebody has this e-mail address",
                Access::permission(users_read, "user:read:email")},
               this, &People::email_exists);
  registry.add(
      {"GET", "/v2/users/{user_id}", tag, "Get a user", Access::owner("user_id", users_read, "user:read:user")}, this,
      &People::get_user);
  registry.add(
      {"PATCH", "/v2/users/{user_id}", tag, "Change a user", Access::owner("user_id", users_write, "user:update:user")},
      this, &People::change_user);
  registry.add({.method = "DELETE",
                .path = "/v2/users/{user_id}",
                .tag = tag,
                .summary = "Delete a user",
                .access = Access::owner("user_id", users_write, "user:delete:user"),
                .description = "With action=disassociate the person is deactivated and nothing of theirs is deleted. "
                               "Nobody deletes themselves."},
               this, &People::delete_user);
  registry.add({"PUT", "/v2/users/{user_id}/status", tag, "Activate or deactivate a user",
                Access::owner("user_id", users_write, "user:update:status")},
               this, &People::change_status);
}

void People::list_users(Call<UserListQuery> call, Answer<UserList> answer) {
  const auto window = api::window_of(call.query.page);
  if (!window) return answer(window.error());
  store::Profiles::Query query{.account_id = call.caller.account_id, .disabled = false};
  query.limit = window->limit;
  query.offset = window->offset;
  if (call.query.status == "inactive") query.disabled = true;
  if (call.query.status == "all") query.disabled.reset();
  if (call.query.group_id && !call.query.group_id->empty()) query.group_id = call.query.group_id;
  if (call.query.query && !call.query.query->empty()) query.text = ascii_lower(*call.query.query);
  if (!sort_by(call.query.sort.value_or(""), query)) {
    return answer(api::wrong_field("sort", "email, display_name, dept, created_at or last_login_time."));
  }
  if (call.query.status == "pending") return list_pending(std::move(call), *window, std::move(answer));
  if (call.query.role_id && !call.query.role_id->empty()) query.role = role_of_number(*call.query.role_id);
  profiles_.list(query, std::move(answer).from([window = *window](const store::Profiles::List& found) {
    UserList list;
    list.page = window.page(found.total);
    for (const store::Person& person : found.people) list.users.push_back(view_of(person));
    return list;
  }));
}

/// Who was invited and has not come yet, whoever was invited last first. They are no users: their id is the
/// invitation's.
void People::list_pending(Call<UserListQuery> call, const api::Window& window, Answer<UserList> answer) {
  const std::string account = call.caller.account_id;
  sign_ins_.invitations(account, std::move(answer).from([query = std::move(call.query), window,
                                                         now = parts_.clock.now()](const auto& invitations) {
    const auto is = [](const std::optional<std::string>& wanted, const std::string& found) {
      return !wanted || wanted->empty() || *wanted == found;
    };
    std::vector<User> all;
    for (const store::Invitation& invitation : invitations) {
      User user = view_of(invitation);
      const bool named = !query.query || user.email.find(ascii_lower(*query.query)) != std::string::npos;
      if (invitation.expires_at > now && named && is(query.role_id, user.role_id) &&
          is(query.group_id, invitation.group_id.value_or("")))
        all.push_back(std::move(user));
    }
    UserList list;
    list.page = window.page(all.size());
    const std::size_t first = std::min<std::size_t>(window.offset, all.size());
    const std::size_t last = std::min<std::size_t>(first + window.limit, all.size());
    for (std::size_t i = first; i < last; ++i) list.users.push_back(std::move(all[i]));
    return list;
  }));
}

/// Finds nobody. Of whom was invited and has not come yet this is said, to whoever may see the list of those.
void People::only_invited(const std::string& account, std::string who, api::Done<std::optional<api::Subject>> done) {
  sign_ins_.invitations(
      account, [who = std::move(who), now = parts_.clock.now(), done = std::move(done)](auto invitations) mutable {
        if (!invitations) return done(unexpected(api::from_store(invitations.error())));
        const bool invited = std::ranges::any_of(*invitations, [&](const store::Invitation& i) {
          return i.expires_at > now && (i.id == who || ascii_lower(i.login) == who);
        });
        if (!invited) return done(std::optional<api::Subject>{});
        api::ApiError error{404, "This person was invited and has not come yet."};
        error.code = api::codes::only_invited;
        done(unexpected(std::move(error)));
      });
}

void People::create_user(Call<api::None, CreateUser> call, Answer<CreatedUser> answer) {
  const NewUserInfo& info = call.body.user_info;
  if (info.email.find('@') == std::string::npos) {
    return answer(api::wrong_field("user_info.email", "This is not an e-mail address."));
  }
  std::string name = info.display_name.value_or("");
  if (name.empty()) name = info.first_name.value_or("") + " " + info.last_name.value_or("");
  while (name.ends_with(' ')) name.pop_back();
  while (name.starts_with(' ')) name.erase(0, 1);
  if (name.empty()) name = info.email.substr(0, info.email.find('@'));
  const std::string email = ascii_lower(info.email);
  store::Profile profile;
  profile.first_name = info.first_name.value_or("");
  profile.last_name = info.last_name.value_or("");
  parts_.create({call.caller.account_id, email, name, info.password.value_or("")},
                [this, caller = call.caller, email, name, profile, answer = std::move(answer)](auto id) mutable {
                  if (!id) return answer(id.error().status == 409 ? exists() : id.error());
                  profiles_.change(caller.account_id, *id, name, profile,
                                   [this, caller, id = *id, answer = std::move(answer)](auto changed) mutable {
                                     if (!changed) return answer(api::from_store(changed.error()));
                                     log(caller, "add", "user", id);
                                     profiles_.find(id, std::move(answer).from([](std::optional<store::Person> p) {
                                       const auto [first, last] = names_of(*p);
                                       return CreatedUser{p->id, p->login, first, last};
                                     }));
                                   });
                });
}

void People::get_user(Call<UserPath> call, Answer<User> answer) {
  const auto& person = call.subject.as<store::Person>();
  User view = view_of(person);
  view.account_id = person.account_id;
  view.language = known(person.profile.language);
  view.job_title = known(person.profile.job_title);
  view.company = known(person.profile.company);
  view.phone_number = known(person.profile.phone);
  if (view.pmi) view.personal_meeting_url = parts_.public_url + "/j/" + person.personal_meeting;
  if (person.role == "owner") view.role_name = "Owner";
  if (person.role == "admin") view.role_name = "Admin";
  if (person.role == "member") view.role_name = "Member";
  if (view.role_name) return answer(view);
  directory_.role(person.account_id, person.role,
                  std::move(answer).from([view](const std::optional<store::Role>& role) mutable {
                    if (role) view.role_name = role->name;
                    return view;
                  }));
}

void People::change_user(Call<UserPath, ChangeUser> call, Answer<> answer) {
  auto person = call.subject.as<store::Person>();
  const ChangeUser& body = call.body;
  store::Profile& p = person.profile;
  std::tie(p.first_name, p.last_name) = names_of(person);
  const auto take = [](std::string& into, const std::optional<std::string>& from) {
    if (from) into = *from;
  };
  take(p.first_name, body.first_name);
  take(p.last_name, body.last_name);
  take(p.department, body.dept);
  take(p.job_title, body.job_title);
  take(p.company, body.company);
  take(p.phone, body.phone_number);
  take(p.timezone, body.timezone);
  take(p.language, body.language);
  std::string name = person.name;
  if (body.display_name && !body.display_name->empty()) {
    name = *body.display_name;
  } else if (body.first_name || body.last_name) {
    name = p.first_name + (p.first_name.empty() || p.last_name.empty() ? "" : " ") + p.last_name;
    if (name.empty()) name = person.name;
  }
  person.name = name;
  profiles_.change(person.account_id, person.id, name, p,
                   [this, caller = call.caller, person, answer = std::move(answer)](auto done) mutable {
                     if (!done) return answer(api::from_store(done.error()));
                     parts_.callers.forget_user(person.id);
                     publish("user.updated", person);
                     log(caller, "change", "user", person.id);
                     answer();
                   });
}

void People::set_disabled(const api::Caller& caller, const api::Subject& subject, bool disabled, bool disassociated,
                          Answer<> answer) {
  directory_.set_disabled(subject.account_id, subject.id, disabled,
                          [this, caller, person = subject.as<store::Person>(), disabled, disassociated,
                           answer = std::move(answer)](auto done) mutable {
                            if (!done && done.error() == store::StoreError::not_valid) return answer(last_owner());
                            if (!done) return answer(api::from_store(done.error()));
                            parts_.callers.forget_user(person.id);
                            publish(disabled ? "user.deactivated" : "user.activated", person);
                            if (disassociated) publish("user.disassociated", person);
                            log(caller, disabled ? "disable" : "enable", "user", person.id);
                            answer();
                          });
}

void People::delete_user(Call<DeleteUserQuery> call, Answer<> answer) {
  if (call.subject.id == call.caller.user_id || !call.caller.may(api::Permission::users_write, "user:delete:user")) {
    return answer(api::not_allowed());
  }
  const std::string action = call.query.action.value_or("disassociate");
  if (action == "disassociate") return set_disabled(call.caller, call.subject, true, true, std::move(answer));
  if (action != "delete") return answer(api::wrong_field("action", "disassociate or delete."));
  profiles_.remove(call.subject.account_id, call.subject.id,
                   [this, caller = call.caller, person = call.subject.as<store::Person>(),
                    answer = std::move(answer)](auto done) mutable {
                     if (!done && done.error() == store::StoreError::not_valid) return answer(last_owner());
                     if (!done) return answer(api::from_store(done.error()));
                     parts_.callers.forget_user(person.id);
                     publish("user.deleted", person);
                     log(caller, "remove", "user", person.id);
                     answer();
                   });
}

void People::change_status(Call<UserPath, ChangeStatus> call, Answer<> answer) {
  // Their own status is nobody's own affair: the owner of an account cannot be shut out by a stolen session.
  if (call.subject.id == call.caller.user_id || !call.caller.may(api::Permission::users_write, "user:update:status")) {
    return answer(api::not_allowed());
  }
  set_disabled(call.caller, call.subject, call.body.action == StatusAction::deactivate, false, std::move(answer));
}

void People::email_exists(Call<EmailQuery> call, Answer<ExistedEmail> answer) {
  profiles_.find(ascii_lower(call.query.email),
                 std::move(answer).from([account = call.caller.account_id](const std::optional<store::Person>& person) {
                   return ExistedEmail{person && person->account_id == account};
                 }));
}

void People::publish(std::string_view event, const store::Person& person) {
  if (parts_.events == nullptr) return;
  const auto [first, last] = names_of(person);
  parts_.events->publish({std::string{event}, person.account_id, parts_.clock.now(),
                          api::to_json(CreatedUser{person.id, person.login, first, last})});
}

}  // namespace sealhall::v2
