// Tested in server/control/identity_test.cc
// What administrators do with people: invitations, roles, disabling, lost second factors, the logs.
#include <memory>
#include <utility>

#include "core/base/ascii.h"
#include "server/api/arrange.h"
#include "server/api/text.h"
#include "server/identity/endpoints.h"
#include "server/identity/rank.h"
#include "server/identity/roles.h"
#include "server/identity/shapes.h"
#include "store/log_search.h"

namespace sealhall::identity {
namespace {

using api::Access;
using api::Answer;
using api::Call;
using api::None;
using enum api::Permission;

shapes::InvitationView view_of(const store::Invitation& i) {
  return {i.id, i.login, i.role, i.group_id, api::rfc3339(i.created_at), api::rfc3339(i.expires_at)};
}

struct People {
  explicit People(EndpointParts p)
      : parts(p),
        store(p.accounts.parts().engine),
        sign_ins(p.accounts.parts().engine),
        directory(p.accounts.parts().engine),
        factors(p.accounts.parts().engine),
        search(p.accounts.parts().engine) {}
  EndpointParts parts;
  store::Store store;
  store::SignIns sign_ins;
  store::Directory directory;
  store::Factors factors;
  store::LogSearch search;

  /// Calls `go` with the person of that id, when they are of the caller's account and the caller may do as much as they
  /// may: a helper does not act on administrators.
  template <class A, class Go>
  void on_person(const api::Caller& caller, const std::string& id, A answer, Go go) {
    store.user(id, [this, caller, answer = std::move(answer), go = std::move(go)](auto user) mutable {
      if (!user) return answer(api::from_store(user.error()));
      if (!*user || (*user)->account_id != caller.account_id) return answer(api::no_user("with that id"));
      const std::string role = (*user)->role_id;
      may_act_on(parts.accounts.parts().engine, caller, role,
                 [user = std::move(**user), answer = std::move(answer),
                  go = std::move(go)](expected<void, api::ApiError> may) mutable {
                   if (!may) return answer(may.error());
                   go(std::move(user), std::move(answer));
                 });
    });
  }
};

void add_invitations(api::Registry& registry, const std::shared_ptr<People>& p) {
  registry.add(
      {"POST", "/api/invitations", "Users", "Invite somebody by mail", Access::permission(users_write), 201},
      [p](Call<None, shapes::Invite> call, Answer<shapes::InvitationView> answer) {
        const std::string role = call.body.role.value_or(std::string{member_role});
        may_give_role(
            p->parts, call.caller, role,
            [p, caller = call.caller, role, body = std::move(call.body), answer = std::move(answer)](auto may) mutable {
              if (!may) return answer(may.error());
              p->parts.credentials.invite(caller, {std::move(body.login), role, std::move(body.group_id)},
                                          std::move(answer).from(&view_of));
            });
      });
  registry.add(
      {"GET", "/api/invitations", "Users", "Invitations that were not accepted yet", Access::permission(users_read)},
      [p](Call<shapes::ListQuery> call, Answer<shapes::InvitationList> answer) {
        p->parts.credentials.invitations(
            call.caller.account_id,
            std::move(answer).from(
                [query = std::move(call.query)](const auto& rows) -> expected<shapes::InvitationList, api::ApiError> {
                  shapes::InvitationList list;
                  for (const store::Invitation& i : rows) list.invitations.push_back(view_of(i));
                  auto page = api::arrange(list.invitations, query.list);
                  if (!page) return unexpected(std::move(page.error()));
                  list.page = *page;
                  return list;
                }));
      });
  registry.add({"DELETE", "/api/invitations/{invitation_id}", "Users", "Take an invitation back",
                Access::permission(users_write)},
               [p](Call<shapes::InvitationPath> call, Answer<> answer) {
                 p->parts.credentials.revoke(call.caller.account_id, std::move(call.query.invitation_id),
                                             std::move(answer).done());
               });
}

void add_person_changes(api::Registry& registry, const std::shared_ptr<People>& p) {
  registry.add(
      {"PUT", "/api/users/{user_id}/role", "Users", "Give somebody a role", Access::permission(users_write)},
      [p](Call<shapes::PersonPath, shapes::GiveRole> call, Answer<> answer) {
        const api::Caller caller = call.caller;
        p->on_person(
            caller, call.query.user_id, std::move(answer),
            [p, caller, role = std::move(call.body.role)](const store::User& user, Answer<> a) mutable {
              may_give_role(p->parts, caller, role, [p, caller, role, user, a = std::move(a)](auto may) mutable {
                if (!may) return a(may.error());
                p->directory.set_role(
                    caller.account_id, user.id, role, [p, caller, user, a = std::move(a)](auto set) mutable {
                      if (!set && set.error() == store::StoreError::not_valid) {
                        return a(api::ApiError{409, "This is the last owner. Make somebody else an owner first."});
                      }
                      if (!set) return a(api::from_store(set.error()));
                      p->parts.callers.forget_user(user.id);
                      p->parts.accounts.log_operation(caller, "change", "role", user.id);
                      a();
                    });
              });
            });
      });
  const auto add_switch = [&](std::string_view path, std::string_view summary, bool disabled) {
    registry.add({"POST", path, "Users", summary, Access::permission(users_write)}, [p, disabled](
                                                                                        Call<shapes::PersonPath> call,
                                                                                        Answer<> answer) {
      const api::Caller caller = call.caller;
      p->on_person(
          caller, call.query.user_id, std::move(answer), [p, caller, disabled](const store::User& user, Answer<> a) {
            p->directory.set_disabled(
                caller.account_id, user.id, disabled, [p, caller, disabled, user, a = std::move(a)](auto set) mutable {
                  if (!set && set.error() == store::StoreError::not_valid) {
                    return a(api::ApiError{409, "This is the last owner. Make somebody else an owner first."});
                  }
                  if (!set) return a(api::from_store(set.error()));
                  p->parts.callers.forget_user(user.id);
                  p->parts.accounts.publish(disabled ? "user.deactivated" : "user.activated", user);
                  p->parts.accounts.log_operation(caller, disabled ? "disable" : "enable", "user", user.id);
                  a();
                });
          });
    });
  };
  add_switch("/api/users/{user_id}/disable", "Let somebody in no more, and end their sessions", true);
  add_switch("/api/users/{user_id}/enable", "Let somebody in again", false);
  registry.add({"POST", "/api/users/{user_id}/reset-2fa", "Users",
                "Remove every second factor of somebody who has lost them", Access::permission(users_write)},
               [p](Call<shapes::PersonPath> call, Answer<> answer) {
                 const api::Caller caller = call.caller;
                 p->on_person(caller, call.query.user_id, std::move(answer),
                              [p, caller](const store::User& user, Answer<> a) {
                                p->factors.reset(user.id, [p, caller, user, a = std::move(a)](auto reset) mutable {
                                  if (!reset) return a(api::from_store(reset.error()));
                                  p->parts.accounts.log_operation(caller, "reset", "second factor", user.id);
                                  a();
                                });
                              });
               });
  registry.add({"POST", "/api/users/{user_id}/sign-out", "Users", "End every session of somebody",
                Access::permission(users_write)},
               [p](Call<shapes::PersonPath> call, Answer<> answer) {
                 const api::Caller caller = call.caller;
                 p->on_person(
                     caller, call.query.user_id, std::move(answer), [p, caller](const store::User& user, Answer<> a) {
                       p->sign_ins.end_others(user.id, "", [p, caller, user, a = std::move(a)](auto ended) mutable {
                         if (!ended) return a(api::from_store(ended.error()));
                         p->parts.callers.forget_user(user.id);
                         p->parts.accounts.log_operation(caller, "end", "sessions", user.id);
                         a();
                       });
                     });
               });
}

struct Between {
  UnixMicros from{};
  UnixMicros to{};
};
expected<Between, api::ApiError> between(const std::optional<std::string>& from, const std::optional<std::string>& to,
                                         UnixMicros now) {
  Between out{UnixMicros{0}, plus(now, std::chrono::seconds{1})};
  const auto read = [](const std::optional<std::string>& text, UnixMicros& time) {
    if (!text || text->empty()) return true;
    const auto parsed = api::parse_time(*text);
    if (parsed) time = *parsed;
    return parsed.has_value();
  };
  if (!read(from, out.from)) return unexpected(api::wrong_field("from", "A time such as 2026-11-28T08:00:00Z."));
  if (!read(to, out.to)) return unexpected(api::wrong_field("to", "A time such as 2026-11-28T08:00:00Z."));
  return out;
}

/// An empty filter is none.
std::optional<std::string> filter(const std::optional<std::string>& text) {
  return text && !text->empty() ? text : std::nullopt;
}

template <class Query>
expected<store::LogQuery, api::ApiError> log_query(const Call<Query>& call, const api::Window& window, UnixMicros now,
                                                   const std::optional<std::string>& kind,
                                                   const std::optional<std::string>& about) {
  const auto times = between(call.query.from, call.query.to, now);
  if (!times) return unexpected(times.error());
  const std::string sort = call.query.sort.value_or("");
  if (!sort.empty() && sort != "at" && sort != "-at") return unexpected(api::wrong_field("sort", "at or -at."));
  store::LogQuery out{call.caller.account_id,     times->from,  times->to,
                      filter(call.query.user_id), filter(kind), filter(about)};
  if (const auto text = filter(call.query.query)) out.text = ascii_lower(*text);
  out.oldest_first = sort == "at";
  out.limit = window.limit;
  out.offset = window.offset;
  return out;
}

std::optional<std::string> login_in(const std::string& login) {
  return login.empty() ? std::nullopt : std::optional{login};
}

void add_logs(api::Registry& registry, const std::shared_ptr<People>& p) {
  registry.add({"GET", "/api/logs/sign-ins", "Logs", "Who signed in, newest first", Access::permission(audit_read)},
               [p](Call<shapes::LogQuery> call, Answer<shapes::SignInLog> answer) {
                 const auto window = api::window_of(call.query.page);
                 if (!window) return answer(window.error());
                 auto query = log_query(call, *window, p->parts.accounts.now(), call.query.kind, call.query.method);
                 if (!query) return answer(query.error());
                 p->search.sign_ins(std::move(*query), std::move(answer).from([window = *window](const auto& found) {
                   shapes::SignInLog log{window.page(found.total), {}};
                   for (const auto& [r, login] : found.lines) {
                     log.sign_ins.push_back(
                         {api::rfc3339(r.at), r.user_id, login_in(login), r.kind, r.method, r.source, r.client});
                   }
                   return log;
                 }));
               });
  registry.add(
      {"GET", "/api/logs/operations", "Logs", "Who changed what, newest first", Access::permission(audit_read)},
      [p](Call<shapes::OperationQuery> call, Answer<shapes::OperationLog> answer) {
        const auto window = api::window_of(call.query.page);
        if (!window) return answer(window.error());
        auto query = log_query(call, *window, p->parts.accounts.now(), call.query.action, call.query.category);
        if (!query) return answer(query.error());
        p->search.operations(std::move(*query), std::move(answer).from([window = *window](const auto& found) {
          shapes::OperationLog log{window.page(found.total), {}};
          for (const auto& [o, login] : found.lines) {
            log.operations.push_back({api::rfc3339(o.at), o.actor, login_in(login), o.action, o.category, o.object_id});
          }
          return log;
        }));
      });
}

}  // namespace

void add_people_endpoints(api::Registry& registry, const EndpointParts& parts) {
  const auto people = std::make_shared<People>(parts);
  add_invitations(registry, people);
  add_person_changes(registry, people);
  add_logs(registry, people);
}

}  // namespace sealhall::identity
