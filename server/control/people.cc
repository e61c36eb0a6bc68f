// Tested in identity_test.cc
#include "server/control/people.h"

#include <algorithm>
#include <utility>

#include "io/log/log.h"
#include "server/api/html.h"
#include "server/api/session_cookie.h"
#include "server/api/text.h"
#include "server/identity/account_words.h"

namespace sealhall::control {
namespace {

constexpr std::string_view browser_cookie = "__Host-sealhall-oidc";

/// Lax: the provider sends the browser back here.
std::string browser_cookie_of(std::string_view value, int seconds) {
  return std::string{browser_cookie} + "=" + std::string{value} + "; Max-Age=" + std::to_string(seconds) +
         "; Path=/; Secure; HttpOnly; SameSite=Lax";
}

/// A person looks at it, coming back from the provider.
io::HttpResponse sign_in_failed(const api::ApiError& error, identity::Reading reading) {
  const bool chinese = reading == identity::Reading::traditional_chinese;
  const std::string body = "<p role=\"alert\">" + api::html_escape(identity::said(error.message, reading)) +
                           "</p><p><a href=\"/app\">" + (chinese ? "回到登入頁面" : "Back to signing in") + "</a></p>";
  return api::html_page({.status = error.status,
                         .title = chinese ? "無法登入" : "Signing in did not work",
                         .body = body,
                         .language = chinese ? "zh-Hant" : "en"});
}

struct ProviderPath {
  std::string provider_id;
};
struct CallbackQuery {
  std::optional<std::string> state;
  std::optional<std::string> code;
  std::optional<std::string> error;
  std::optional<std::string> iss;
};
struct ProviderView {
  std::string id;
  std::string name;
  std::string url;
};
struct ProviderList {
  std::vector<ProviderView> providers;
};
BOOST_DESCRIBE_STRUCT(ProviderPath, (), (provider_id))
BOOST_DESCRIBE_STRUCT(CallbackQuery, (), (state, code, error, iss))
BOOST_DESCRIBE_STRUCT(ProviderView, (), (id, name, url))
BOOST_DESCRIBE_STRUCT(ProviderList, (), (providers))

}  // namespace

expected<std::unique_ptr<People>, std::string> People::make(Parts parts, PeopleOptions options,
                                                            identity::AccountTimes times) {
  std::unique_ptr<People> self{new People{parts, std::move(options)}};
  const PeopleOptions& o = self->options_;
  if (o.smtp) {
    if (auto problem = io::problem_with(*o.smtp); !problem.empty()) return unexpected(problem);
  }
  for (const auto& provider : o.providers) {
    if (auto problem = identity::problem_with(provider); !problem.empty()) return unexpected(problem);
  }
  if (!o.breached_passwords.empty()) {
    auto list = identity::BreachList::open(o.breached_passwords);
    if (!list) return unexpected(list.error());
    self->breached_ = std::move(*list);
  }
  if (o.smtp || !o.providers.empty()) self->curl_ = std::make_unique<io::Curl>(parts.loop);
  io::Mailer* mailer = o.mailer;
  if (mailer == nullptr && o.smtp) {
    self->smtp_ = std::make_unique<io::SmtpMailer>(*self->curl_, parts.clock, parts.random, *o.smtp);
    mailer = self->smtp_.get();
  }
  if (parts.vault != nullptr) {
    self->factors_ = std::make_unique<identity::SecondFactors>(parts.engine, *parts.vault, parts.clock, parts.random);
    self->outbox_ = std::make_unique<identity::OutboxMailer>(
        identity::OutboxMailer::Parts{parts.loop, parts.engine, *parts.vault, parts.clock, parts.random, mailer});
    self->outbox_->run();  // what was left from before
  }
  self->accounts_ = std::make_unique<identity::Accounts>(
      identity::Accounts::Parts{parts.loop, parts.engine, parts.clock, parts.random, parts.hasher, times,
                                self->factors_.get(), self->breached_.get(), &parts.events});
  return self;
}

People::~People() = default;

void People::add_endpoints(api::Registry& registry, const std::string& public_url,
                           std::function<std::string()> organisation) {
  if (parts_.vault == nullptr) {
    return io::log::warning("there is no vault: no second factors, no invitations, no resets by mail");
  }
  logs_ = std::make_unique<identity::LogKeeper>(*accounts_);
  passkeys_ = std::make_unique<identity::Passkeys>(*accounts_, public_url);
  credentials_ = std::make_unique<identity::Credentials>(
      identity::Credentials::Parts{*accounts_, *outbox_, parts_.callers, public_url, std::move(organisation)});
  identity::add_identity_endpoints(registry, {*accounts_, *factors_, *passkeys_, *credentials_, parts_.callers});
  identity::add_account_pages(registry, *credentials_, public_url);
  oidc_ = std::make_unique<identity::OidcSignIn>(
      *accounts_, [this](io::HttpFetch request, auto done) { curl_->fetch(std::move(request), std::move(done)); },
      public_url, options_.providers);
  add_provider_endpoints(registry);
}

void People::add_provider_endpoints(api::Registry& registry) {
  using api::Access;
  registry.add({"GET", "/api/sign-in/providers", "Sign-in", "Other ways to sign in", Access::anyone()},
               [this](api::Call<>, api::Answer<ProviderList> answer) {
                 ProviderList list;
                 for (const auto& p : oidc_->providers()) {
                   list.providers.push_back({p.id, p.name.empty() ? p.id : p.name, "/oidc/" + p.id + "/start"});
                 }
                 answer(list);
               });
  registry.add({.method = "GET",
                .path = "/oidc/{provider_id}/start",
                .tag = "Sign-in",
                .summary = "Send the browser to a provider",
                .access = Access::anyone(),
                .documented = false},
               [this](api::Call<ProviderPath> call, api::Answer<api::Http> answer) {
                 oidc_->start(call.query.provider_id, [answer = std::move(answer)](auto started) mutable {
                   if (!started) return answer(started.error());
                   io::HttpResponse response = io::HttpResponse::empty(302);
                   response.headers.set("Location", started->url);
                   response.headers.add("Set-Cookie", browser_cookie_of(started->browser, 600));
                   answer(std::move(response));
                 });
               });
  registry.add({.method = "GET",
                .path = "/oidc/callback",
                .tag = "Sign-in",
                .summary = "Where a provider sends the browser back to",
                .access = Access::anyone(),
                .documented = false},
               [this](api::Call<CallbackQuery> call, api::Answer<api::Http> answer) {
                 auto& q = call.query;
                 const auto reading = identity::reading_of(call.http);
                 oidc_->finish(
                     {q.state.value_or(""), q.code.value_or(""), q.error.value_or(""), q.iss.value_or(""),
                      api::cookie_in(call.http, browser_cookie).value_or("")},
                     identity::source_of(call), [this, reading, answer = std::move(answer)](auto signed_in) mutable {
                       if (!signed_in) return answer(sign_in_failed(signed_in.error(), reading));
                       io::HttpResponse response = io::HttpResponse::empty(303);
                       response.headers.set("Location", "/");
                       response.headers.add("Set-Cookie", api::session_cookie_of(signed_in->token, accounts_->now(),
                                                                                 signed_in->expires_at));
                       response.headers.add("Set-Cookie", browser_cookie_of("", 0));
                       answer(std::move(response));
                     });
               });
}

}  // namespace sealhall::control
