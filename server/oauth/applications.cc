// Tested in server/control/oauth_test.cc
// Applications as administrators make them, and what people granted as they see it.
#include <algorithm>
#include <utility>

#include "io/log/json_text.h"
#include "server/api/text.h"
#include "server/api/tokens.h"
#include "server/oauth/endpoints.h"

namespace sealhall::oauth {
namespace {

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    out.emplace_back(line);
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
  return out;
}
std::string joined(const std::vector<std::string>& words, char between) {
  std::string out;
  for (const std::string& word : words) {
    if (!out.empty()) out += between;
    out += word;
  }
  return out;
}

/// "meeting:read:admin": words of letters with colons between them.
bool is_scope(std::string_view text) {
  return text.size() <= 100 && text.find(':') != std::string_view::npos && !text.starts_with(':') &&
         !text.ends_with(':') && text.find("::") == std::string_view::npos &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz_:") == std::string_view::npos;
}

std::optional<api::ApiError> wrong_scopes(const std::vector<std::string>& scopes) {
  for (const std::string& scope : scopes) {
    if (!is_scope(scope)) return api::wrong_field("scopes", "This is not a scope: " + scope + ".");
  }
  return std::nullopt;
}
std::optional<api::ApiError> wrong_addresses(const std::vector<std::string>& uris, bool for_people) {
  if (for_people && uris.empty()) return api::wrong_field("redirect_uris", "At least one is needed.");
  for (const std::string& uri : uris) {
    if (!may_redirect_to(uri)) {
      return api::wrong_field("redirect_uris", "https, http on this machine, or the scheme of a native application.");
    }
  }
  return std::nullopt;
}

shapes::ApplicationView view_of(const store::Application& a) {
  shapes::ApplicationView out;
  out.client_id = a.id;
  out.account_id = a.account_id;
  out.name = a.name;
  out.kind = a.for_people ? shapes::ApplicationKind::people : shapes::ApplicationKind::server_to_server;
  out.scopes = api::Scopes::parse(a.scopes).words();
  out.redirect_uris = lines_of(a.redirect_uris);
  out.disabled = a.disabled;
  out.created_at = api::rfc3339(a.created_at);
  return out;
}

}  // namespace

void Endpoints::add_application_endpoints(api::Registry& registry) {
  using api::Access;
  constexpr auto access = Access::owner("client_id", api::Permission::applications);
  registry.resolve("client_id",
                   [this](const api::Caller&, std::string id, api::Done<std::optional<api::Subject>> done) {
                     parts_.oauth.applications().find(std::move(id), [done = std::move(done)](auto found) mutable {
                       if (!found) return done(unexpected(api::from_store(found.error())));
                       if (!*found) return done(std::optional<api::Subject>{});
                       // Nobody owns one: who made it may have lost the right since.
                       done(api::Subject{(*found)->id, (*found)->account_id, "", {}, **found});
                     });
                   },
                   {404, "There is no such application."});
  registry.add({"POST", "/api/applications", "Applications", "Make an application",
                Access::permission(api::Permission::applications), 201},
               this, &Endpoints::create);
  registry.add({"GET", "/api/applications", "Applications", "All applications",
                Access::permission(api::Permission::applications)},
               this, &Endpoints::list);
  registry.add({"GET", "/api/applications/{client_id}", "Applications", "An application", access}, this,
               &Endpoints::get);
  registry.add({"PATCH", "/api/applications/{client_id}", "Applications", "Change an application", access}, this,
               &Endpoints::change);
  registry.add({"POST", "/api/applications/{client_id}/secret", "Applications",
                "A new secret; the old one and every token of it end", access},
               this, &Endpoints::new_secret);
  registry.add(
      {"DELETE", "/api/applications/{client_id}", "Applications", "Remove an application and its tokens", access}, this,
      &Endpoints::remove);
  registry.add({"GET", "/api/me/grants", "Applications", "What I have allowed to applications", Access::signed_in()},
               this, &Endpoints::grants);
  registry.add({"DELETE", "/api/me/grants/{client_id}", "Applications", "Take it back", Access::signed_in()}, this,
               &Endpoints::end_grant);
}

void Endpoints::create(api::Call<api::None, shapes::NewApplication> call, api::Answer<shapes::ApplicationView> answer) {
  const shapes::NewApplication& body = call.body;
  const bool for_people = body.kind == shapes::ApplicationKind::people;
  const auto uris = body.redirect_uris.value_or(std::vector<std::string>{});
  if (const auto error = wrong_scopes(body.scopes)) return answer(*error);
  if (const auto error = wrong_addresses(uris, for_people)) return answer(*error);
  const bool is_public = for_people && body.public_client.value_or(false);
  store::Application a;
  a.id = parts_.oauth.random_text(16);
  a.account_id = call.caller.account_id;
  a.owner_id = call.caller.user_id;
  a.name = body.name;
  a.for_people = for_people;
  const std::string secret = is_public ? "" : parts_.oauth.random_text(32);
  if (!is_public) a.secret_hash = api::token_hash(secret);
  a.redirect_uris = joined(uris, '\n');
  a.scopes = api::Scopes::parse(joined(body.scopes, ' ')).text();
  a.permissions = static_cast<std::int64_t>(call.caller.permissions.bits());
  a.created_at = parts_.oauth.parts().clock.now();
  answer.header("Cache-Control", "no-store");
  parts_.oauth.applications().add(a, std::move(answer).from([this, caller = call.caller, a, secret] {
    log(caller, "add", a.id);
    auto view = view_of(a);
    if (!secret.empty()) view.client_secret = secret;
    return view;
  }));
}

void Endpoints::list(api::Call<shapes::ApplicationQuery> call, api::Answer<shapes::ApplicationList> answer) {
  parts_.oauth.applications().of_account(
      call.caller.account_id,
      std::move(answer).from([query = std::move(call.query)](const std::vector<store::Application>& all)
                                 -> expected<shapes::ApplicationList, api::ApiError> {
        shapes::ApplicationList list;
        for (const store::Application& a : all) list.applications.push_back(view_of(a));
        auto page = api::arrange(list.applications, query.list);
        if (!page) return unexpected(std::move(page.error()));
        list.page = *page;
        return list;
      }));
}

void Endpoints::get(api::Call<shapes::ApplicationPath> call, api::Answer<shapes::ApplicationView> answer) {
  answer(view_of(call.subject.as<store::Application>()));
}

void Endpoints::change(api::Call<shapes::ApplicationPath, shapes::ChangeApplication> call, api::Answer<> answer) {
  const shapes::ChangeApplication& body = call.body;
  store::Application a = call.subject.as<store::Application>();
  if (body.scopes) {
    if (const auto error = wrong_scopes(*body.scopes)) return answer(*error);
    a.scopes = api::Scopes::parse(joined(*body.scopes, ' ')).text();
  }
  if (body.redirect_uris) {
    if (const auto error = wrong_addresses(*body.redirect_uris, a.for_people)) return answer(*error);
    a.redirect_uris = joined(*body.redirect_uris, '\n');
  }
  if (body.name) a.name = *body.name;
  if (body.disabled) a.disabled = *body.disabled;
  parts_.oauth.applications().change(
      a, [this, caller = call.caller, id = a.id, answer = std::move(answer)](auto changed) mutable {
        if (!changed) return answer(api::from_store(changed.error()));
        parts_.oauth.parts().callers.forget_application(id);
        log(caller, "change", id);
        answer();
      });
}

void Endpoints::new_secret(api::Call<shapes::ApplicationPath> call, api::Answer<shapes::ApplicationView> answer) {
  store::Application a = call.subject.as<store::Application>();
  if (a.secret_hash.empty())
    return answer(api::ApiError{400, "This application has no secret, it proves itself by PKCE."});
  const std::string secret = parts_.oauth.random_text(32);
  a.secret_hash = api::token_hash(secret);
  answer.header("Cache-Control", "no-store");
  // A secret is changed because somebody else may know it: so may they the tokens. Disabling ends them.
  store::Application off = a;
  off.disabled = true;
  parts_.oauth.applications().change(
      off, [this, caller = call.caller, a, secret, answer = std::move(answer)](auto ended) mutable {
        if (!ended) return answer(api::from_store(ended.error()));
        parts_.oauth.parts().callers.forget_application(a.id);
        parts_.oauth.applications().change(a, std::move(answer).from([this, caller, a, secret] {
          log(caller, "new secret", a.id);
          auto view = view_of(a);
          view.client_secret = secret;
          return view;
        }));
      });
}

void Endpoints::remove(api::Call<shapes::ApplicationPath> call, api::Answer<> answer) {
  const std::string id = call.subject.id;
  parts_.oauth.applications().remove(
      call.caller.account_id, id, [this, caller = call.caller, id, answer = std::move(answer)](auto removed) mutable {
        if (!removed) return answer(api::from_store(removed.error()));
        parts_.oauth.parts().callers.forget_application(id);
        log(caller, "remove", id);
        answer();
      });
}

void Endpoints::grants(api::Call<> call, api::Answer<shapes::GrantList> answer) {
  parts_.oauth.grants_of(
      call.caller.user_id, std::move(answer).from([](const std::vector<store::Applications::Grant>& grants) {
        shapes::GrantList list;
        for (const auto& g : grants) {
          list.grants.push_back(
              {g.client_id, g.name, api::Scopes::parse(g.scopes).words(), api::rfc3339(g.created_at)});
        }
        return list;
      }));
}

void Endpoints::end_grant(api::Call<shapes::ApplicationPath> call, api::Answer<> answer) {
  parts_.oauth.end_grants(
      call.caller.user_id, call.query.client_id,
      [this, caller = call.caller, client = call.query.client_id, answer = std::move(answer)](auto ended) mutable {
        if (!ended) return answer(std::move(ended.error()));
        if (parts_.events != nullptr) {
          const UnixMicros now = parts_.oauth.parts().clock.now();
          const std::string who = R"("user_id":")" + io::json_escape(caller.user_id) + R"(","client_id":")" +
                                  io::json_escape(client) + R"(","deauthorization_time":")" + api::rfc3339(now) + '"';
          // Programs of the field look for these beside the object.
          parts_.events->publish({.name = "app_deauthorized",
                                  .account_id = caller.account_id,
                                  .at = now,
                                  .object_json = "{" + who + "}",
                                  .beside_json = "{" + who + "}",
                                  .application_id = client});
        }
        answer();
      });
}

void Endpoints::log(const api::Caller& caller, std::string action, std::string application) {
  if (parts_.log) parts_.log(caller, std::move(action), "application", std::move(application));
}

}  // namespace sealhall::oauth
