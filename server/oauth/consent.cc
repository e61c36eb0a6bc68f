// Tested in server/control/oauth_test.cc
// The page on which a person, signed in or signing in here, allows an application something; in the reader's language.
#include <utility>

#include "server/api/html.h"
#include "server/api/text.h"
#include "server/oauth/endpoints.h"

namespace sealhall::oauth {
namespace {

using identity::Reading;

std::string in(Reading reading, std::string_view english, std::string_view chinese) {
  return std::string{reading == Reading::english ? english : chinese};
}

template <class Shape>
OAuth::Request request_of(const Shape& from) {
  return {from.client_id.value_or(""),    from.redirect_uri.value_or(""),   from.scope.value_or(""),
          from.state.value_or(""),        from.code_challenge.value_or(""), from.code_challenge_method.value_or(""),
          from.response_type.value_or("")};
}

/// The scheme and host of an address that was checked by `may_redirect_to`.
std::string origin_of(std::string_view uri) {
  const std::size_t authority = uri.find("://");
  if (authority == std::string_view::npos || !uri.starts_with("http"))
    return std::string{uri.substr(0, uri.find(':') + 1)};
  return std::string{uri.substr(0, uri.find_first_of("/?", authority + 3))};
}

io::HttpResponse page(int status, Reading reading, std::string_view title, const std::string& body,
                      std::string_view target = {}) {
  auto response = api::html_page({.status = status,
                                  .title = title,
                                  .body = body,
                                  .language = in(reading, "en", "zh-Hant"),
                                  .form_target = target});
  // Browsers send "Origin: null" from a page without a referrer, and then we could not tell our own form.
  response.headers.set("Referrer-Policy", "same-origin");
  return response;
}

io::HttpResponse problem_page(const api::ApiError& error, Reading reading) {
  return page(error.status, reading, in(reading, "This does not work", "無法繼續"),
              "<p>" + api::html_escape(identity::said(error.message, reading)) + "</p><p>" +
                  in(reading, "Please go back to the application and try again.", "請回到應用程式，然後再試一次。") +
                  "</p>");
}

io::HttpResponse redirect(std::string uri, std::initializer_list<std::pair<std::string_view, std::string>> parameters) {
  char separator = uri.find('?') == std::string::npos ? '?' : '&';
  for (const auto& [name, value] : parameters) {
    if (value.empty()) continue;
    uri += separator + std::string{name} + "=" + io::percent_encode(value);
    separator = '&';
  }
  auto response = io::HttpResponse::empty(302);
  response.headers.set("Location", std::move(uri));
  response.headers.set("Cache-Control", "no-store");
  return response;
}

std::string hidden_fields(const OAuth::Request& r) {
  std::string out;
  const auto field = [&](std::string_view name, std::string_view value) {
    out += "<input type=\"hidden\" name=\"" + std::string{name} + "\" value=\"" + api::html_escape(value) + "\">";
  };
  field("response_type", r.response_type);
  field("client_id", r.client_id);
  field("redirect_uri", r.redirect_uri);
  field("scope", r.scope);
  field("state", r.state);
  field("code_challenge", r.challenge);
  field("code_challenge_method", r.challenge_method);
  return out;
}

io::HttpResponse sign_in_page(int status, Reading reading, const OAuth::Request& request, const OAuth::Asked& asked,
                              std::string_view problem) {
  std::string html;
  if (!problem.empty()) {
    html += "<p role=\"alert\"><strong>" + api::html_escape(identity::said(problem, reading)) + "</strong></p>";
  }
  const auto field = [&](const std::string& name, const std::string& label, std::string_view more) {
    html += "<label for=\"" + name + "\">" + label + "</label><input id=\"" + name + "\" name=\"" + name + "\" " +
            std::string{more} + ">\n";
  };
  const std::string title = in(reading, "Sign in", "登入");
  html += "<p>" + in(reading, "Please sign in to continue to ", "請登入，以繼續使用 ") + "<strong>" +
          api::html_escape(asked.application.name) + "</strong>" + in(reading, ".", "。") + "</p>" +
          R"(<form method="post" action="/oauth/authorize">)" + hidden_fields(request);
  field("login", in(reading, "Name or e-mail address", "帳號或電子郵件"), R"(required autocomplete="username")");
  field("password", in(reading, "Password", "密碼"), R"(type="password" required autocomplete="current-password")");
  field("one_time_code", in(reading, "One-time code, if you use them", "驗證碼（若您有使用）"),
        R"(inputmode="numeric" autocomplete="one-time-code")");
  html += "<button>" + title + "</button></form>";
  return page(status, reading, title, html, origin_of(request.redirect_uri));
}

/// What a scope means, in words a person knows.
std::string meaning_of(std::string_view scope, Reading reading) {
  const std::string_view family = scope.substr(0, scope.find(':'));
  const bool writes = scope.find(":read") == std::string_view::npos;
  const bool everyone = scope.ends_with(":admin");
  std::string out = writes ? in(reading, "Change ", "變更") : in(reading, "See ", "檢視");
  out += everyone ? in(reading, "everybody's ", "所有人的") : in(reading, "your ", "您的");
  if (family == "meeting") return out + in(reading, "meetings", "會議");
  if (family == "user") return out + in(reading, everyone ? "profiles" : "profile", "個人資料");
  if (family == "recording" || family == "cloud_recording") return out + in(reading, "recordings", "錄製內容");
  if (family == "report") return out + in(reading, "reports", "報告");
  return out + in(reading, "", " ") + std::string{family};
}

std::string same_origin_error(const api::CallBase& call, const std::string& own_origin) {
  if (call.http.headers.find("Origin").value_or("") == own_origin) return {};
  if (call.http.headers.find("Sec-Fetch-Site").value_or("") == "same-origin") return {};
  return "This form did not come from a page of this server.";
}

}  // namespace

void Endpoints::authorize(api::Call<shapes::AuthorizeQuery> call, Page answer) {
  auto request = request_of(call.query);
  const Reading reading = identity::reading_of(call.http);
  std::string user_id = call.caller.is_user() ? call.caller.user_id : "";
  parts_.oauth.look_at(request, [this, request, reading, user_id, answer = std::move(answer)](auto asked) mutable {
    if (!asked) return answer(problem_page(asked.error(), reading));
    if (const auto wrong = OAuth::wrong_with(request, *asked); !wrong.empty()) {
      return answer(redirect(request.redirect_uri, {{"error", std::string{wrong}}, {"state", request.state}}));
    }
    if (user_id.empty()) return answer(sign_in_page(200, reading, request, *asked, ""));
    show(request, *asked, reading, user_id, "", std::move(answer));
  });
}

void Endpoints::show(const OAuth::Request& request, const OAuth::Asked& asked, Reading reading, std::string user_id,
                     std::string cookie, Page answer) {
  parts_.name_of(std::move(user_id), [request, asked, reading, cookie, answer = std::move(answer)](auto name) mutable {
    if (!name) return answer(problem_page(name.error(), reading));
    std::string html = "<p><strong>" + api::html_escape(asked.application.name) + "</strong>" +
                       in(reading, " would like to act for you, ", " 希望能代您操作。您的帳號：") +
                       api::html_escape(*name) + in(reading, ". It could then:", "。允許後，它可以：") + "</p><ul>";
    for (const std::string& scope : asked.scopes.words()) {
      html +=
          "<li>" + api::html_escape(meaning_of(scope, reading)) + " <code>" + api::html_escape(scope) + "</code></li>";
    }
    html += "</ul><p>" +
            in(reading, "You can take this back at any time in your settings.", "您隨時可以在設定中撤銷。") + "</p>" +
            R"(<form method="post" action="/oauth/authorize">)" + hidden_fields(request) +
            R"(<button name="decision" value="allow">)" + in(reading, "Allow", "允許") +
            R"(</button> <button name="decision" value="deny">)" + in(reading, "Do not allow", "不允許") +
            "</button></form>";
    auto response =
        page(200, reading, in(reading, "Allow access?", "要允許存取嗎？"), html, origin_of(request.redirect_uri));
    if (!cookie.empty()) {
      response.headers.set("Set-Cookie", "__Host-sealhall=" + cookie + "; Path=/; Secure; HttpOnly; SameSite=Lax");
    }
    answer(std::move(response));
  });
}

void Endpoints::consent(api::Call<api::None, shapes::ConsentForm> call, Page answer) {
  auto request = request_of(call.body);
  const Reading reading = identity::reading_of(call.http);
  const std::string foreign = same_origin_error(call, parts_.public_url);
  if (!foreign.empty()) return answer(problem_page({403, foreign}, reading));
  parts_.oauth.look_at(request, [this, request, reading, call = std::move(call),
                                 answer = std::move(answer)](auto asked) mutable {
    if (!asked) return answer(problem_page(asked.error(), reading));
    if (const auto wrong = OAuth::wrong_with(request, *asked); !wrong.empty()) {
      return answer(redirect(request.redirect_uri, {{"error", std::string{wrong}}, {"state", request.state}}));
    }
    const shapes::ConsentForm& form = call.body;
    if (form.decision == "deny") {
      return answer(redirect(request.redirect_uri, {{"error", "access_denied"}, {"state", request.state}}));
    }
    if (form.login) {
      parts_.sign_in(*form.login, form.password.value_or(""), form.one_time_code.value_or(""), call.caller.source,
                     [this, request, reading, asked = *asked, answer = std::move(answer)](auto token) mutable {
                       if (!token) {
                         const api::ApiError& error = token.error();
                         const std::string& problem = error.errors.empty() ? error.message : error.errors[0].message;
                         return answer(sign_in_page(error.status, reading, request, asked, problem));
                       }
                       parts_.oauth.parts().callers.caller_of(*token, [this, request, reading, asked, cookie = *token,
                                                                       answer = std::move(answer)](auto who) mutable {
                         if (!who || !*who)
                           return answer(sign_in_page(401, reading, request, asked, "Please sign in."));
                         show(request, asked, reading, (*who)->user_id, cookie, std::move(answer));
                       });
                     });
      return;
    }
    if (!call.caller.is_user()) return answer(sign_in_page(200, reading, request, *asked, ""));
    if (form.decision != "allow") return show(request, *asked, reading, call.caller.user_id, "", std::move(answer));
    parts_.oauth.allow(request, *asked, call.caller.user_id,
                       [request, reading, answer = std::move(answer)](auto code) mutable {
                         if (!code) return answer(problem_page(code.error(), reading));
                         answer(redirect(request.redirect_uri, {{"code", *code}, {"state", request.state}}));
                       });
  });
}

}  // namespace sealhall::oauth
