// Tested in api_test.cc
// Plain pages for people who open a link of ours in a browser. No script, nothing from elsewhere.
#include <utility>

#include "server/api/html.h"
#include "server/api/text.h"
#include "server/control/api.h"
#include "server/identity/account_words.h"
#include "server/identity/endpoints.h"

namespace sealhall::control {
namespace {

using api::html_escape;

io::HttpResponse page(int status, std::string_view title, std::string_view body) {
  return api::html_page({.status = status, .title = title, .body = body});
}

/// A link that leads to no meeting, in the reader's language.
io::HttpResponse nothing_to_join(const io::HttpRequest& request, bool ended) {
  using identity::Reading;
  if (identity::reading_of(request) == Reading::traditional_chinese) {
    return api::html_page({.status = ended ? 410 : 404,
                           .title = ended ? "這場會議已經結束" : "找不到這場會議",
                           .body = ended ? "<p>已無法加入。請向寄給您連結的人確認是否有新的會議。</p>"
                                         : "<p>請向寄給您連結的人確認連結是否正確。</p>",
                           .language = "zh-Hant"});
  }
  return ended
             ? page(410, "This meeting has ended",
                    "<p>There is nothing to join any more. Please ask the person who sent the link for a new one.</p>")
             : page(404, "No such meeting", "<p>Please check the link with the person who sent it.</p>");
}

std::string setup_form_html(std::string_view token, std::string_view problem) {
  std::string html;
  if (!problem.empty()) html += "<p role=\"alert\"><strong>" + html_escape(problem) + "</strong></p>";
  return html + R"(<p>Create the first administrator of this server. This link works once.</p>
<form method="post" action="/setup"><input type="hidden" name="token" value=")" +
         html_escape(token) + R"(">
<label for="name">Your name</label><input id="name" name="name" required maxlength="64" autocomplete="name">
<label for="login">Name to sign in with</label><input id="login" name="login" required minlength="2" maxlength="64" autocomplete="username">
<label for="password">Password (at least 10 characters)</label><input id="password" name="password" type="password" required minlength="10" maxlength="512" autocomplete="new-password">
<button>Create administrator</button></form>)";
}

}  // namespace

void Api::add_pages(api::Registry& registry) {
  registry.add(api::page_endpoint("GET", "/"), this, &Api::home_page);
  for (const char* path : {"/app", "/app/{page}", "/app/{page}/{item}", "/app/{page}/{item}/{part}", "/admin",
                           "/admin/{page}", "/admin/{page}/{item}", "/admin/{page}/{item}/{part}", "/setup/{page}"}) {
    registry.add(api::page_endpoint("GET", path), this, &Api::site_page);
  }
  registry.add(api::page_endpoint("GET", "/j/{meeting_id}"), this, &Api::join_page);
  registry.add(api::page_endpoint("GET", "/s/{meeting_id}"), this, &Api::start_page);
  registry.add(api::page_endpoint("GET", "/register/{meeting_id}"), this, &Api::register_page);
  registry.add(api::page_endpoint("POST", "/register/{meeting_id}"), this, &Api::register_form);
  registry.add(api::page_endpoint("GET", "/setup"), this, &Api::setup_page);
  registry.add(api::page_endpoint("POST", "/setup"), this, &Api::setup_form);
}

void Api::home_page(Call<>, Page answer) {
  if (parts_.web != nullptr && parts_.web->here()) {
    io::HttpResponse response = io::HttpResponse::empty(303);
    response.headers.set("Location", "/app");
    return answer(std::move(response));
  }
  parts_.store.needs_setup([this, answer = std::move(answer)](auto needed) mutable {
    if (!needed) return answer(from_store(needed.error()));
    std::string body = *needed ? "<p>This server is new. Open the set-up link that it printed when it started.</p>"
                               : "<p>This server is running. Meetings are encrypted from client to client.</p>";
    body += "<p>To join a meeting, run</p><pre>sealhall join " + html_escape(parts_.public_url) + "/j/MEETING</pre>";
    answer(page(200, "Sealhall", body));
  });
}

/// Pages about what one has and may do here. The page itself says who must sign in: it holds nothing of anybody.
void Api::site_page(Call<shapes::SitePage> call, Page answer) {
  if (parts_.web != nullptr && parts_.web->here()) return answer(parts_.web->page(accepted_encodings(call.http)));
  answer(page(404, "Not here", "<p>The browser client is not installed on this server.</p>"));
}

void Api::join_page(Call<shapes::JoinPage> call, Page answer) {
  std::string link = parts_.public_url + "/j/" + io::percent_encode(call.query.meeting_id);
  const auto add = [&link](std::string_view name, const std::optional<std::string>& value) {
    if (value)
      link += (link.find('?') == std::string::npos ? "?" : "&") + std::string{name} + io::percent_encode(*value);
  };
  add("pwd=", call.query.pwd);
  add("tk=", call.query.tk);
  const std::string id = call.query.meeting_id;  // the call moves on
  parts_.schedule.simple(id, [this, link, call = std::move(call), answer = std::move(answer)](auto meeting) mutable {
    if (!meeting) return answer(meeting.error());
    if (!*meeting || (*meeting)->ended_at) return answer(nothing_to_join(call.http, meeting->has_value()));
    if (parts_.web != nullptr && parts_.web->here()) return answer(parts_.web->page(accepted_encodings(call.http)));
    answer(page(200, (*meeting)->topic,
                "<p>You are invited to a meeting. Join it with the native client:</p><pre>sealhall join '" +
                    html_escape(link) + "'</pre><p>The browser client is not installed on this server.</p>"));
  });
}

/// For whoever starts the meeting: the link is its own proof.
void Api::start_page(Call<shapes::StartPage> call, Page answer) {
  if (parts_.web != nullptr && parts_.web->here()) return answer(parts_.web->page(accepted_encodings(call.http)));
  std::string link = parts_.public_url + "/s/" + io::percent_encode(call.query.meeting_id);
  if (call.query.zak) link += "?zak=" + io::percent_encode(*call.query.zak);
  answer(page(200, "Start your meeting",
              "<p>Start it with the native client:</p><pre>sealhall join '" + html_escape(link) +
                  "'</pre><p>The link is yours alone. Please do not pass it on.</p>"));
}

void Api::setup_page(Call<shapes::SetupPage> call, Page answer) {
  if (parts_.web != nullptr && parts_.web->here()) return answer(parts_.web->page(accepted_encodings(call.http)));
  const std::string token = call.query.token.value_or("");
  parts_.store.needs_setup([token, answer = std::move(answer)](auto needed) mutable {
    if (!needed) return answer(from_store(needed.error()));
    if (!*needed)
      return answer(page(410, "Already set up", "<p>This server has an administrator. Please sign in.</p>"));
    answer(page(200, "Set up Sealhall", setup_form_html(token, "")));
  });
}

void Api::setup_form(Call<api::None, shapes::SetupForm> call, Page answer) {
  const shapes::SetupForm& body = call.body;
  const std::string token = body.token.value_or("");
  const NewAccount admin{body.login.value_or(""), body.name.value_or(""), body.password.value_or(""),
                         store::UserRole::admin};
  parts_.accounts.set_up(
      token, admin, identity::source_of(call), [this, token, answer = std::move(answer)](auto signed_in) mutable {
        if (!signed_in) {
          const ApiError& error = signed_in.error();
          const std::string problem =
              error.errors.empty() ? error.message : error.errors[0].field + ": " + error.errors[0].message;
          auto again = page(error.status, "Set up Sealhall", setup_form_html(token, problem));
          if (error.retry_after_seconds) again.headers.set("Retry-After", std::to_string(*error.retry_after_seconds));
          return answer(std::move(again));
        }
        answer(page(201, "Done",
                    "<p>You are the administrator <code>" + html_escape(signed_in->user.login) +
                        "</code>. Make a meeting with</p><pre>sealhall meeting create --server " +
                        html_escape(parts_.public_url) + " --user " + html_escape(signed_in->user.login) + "</pre>"));
      });
}

}  // namespace sealhall::control
