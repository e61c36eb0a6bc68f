// Tested in api_test.cc
// Plain pages for people who open a link of ours in a browser. No script, nothing from elsewhere.
#include <utility>

#include "server/control/api.h"

namespace sealhall::control {
namespace {

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

io::HttpResponse page(int status, std::string_view title, std::string_view body) {
  io::HttpResponse response;
  response.status = status;
  response.headers.set("Content-Type", "text/html; charset=utf-8");
  response.headers.set("Cache-Control", "no-store");
  response.headers.set("Referrer-Policy", "no-referrer");
  response.headers.set("Content-Security-Policy",
                       "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; "
                       "base-uri 'none'");
  response.body = R"(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>)" + escaped(title) +
                  R"(</title><style>
:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:40rem;margin:3rem auto;padding:0 1rem}
code,pre{font:14px ui-monospace,monospace;background:#8882;border-radius:6px;padding:.15rem .35rem;overflow-wrap:anywhere}
pre{padding:.8rem;white-space:pre-wrap}label{display:block;margin:.8rem 0 .2rem}
input{font:inherit;width:100%;padding:.5rem;box-sizing:border-box}button{font:inherit;margin-top:1.2rem;padding:.5rem 1.2rem}
</style></head><body><h1>)" +
                  escaped(title) + "</h1>\n" + std::string{body} + "\n</body></html>\n";
  return response;
}

/// A field of an application/x-www-form-urlencoded body; empty when absent or badly encoded.
std::string form_value(std::string_view body, std::string_view name) {
  while (!body.empty()) {
    const std::string_view pair = body.substr(0, body.find('&'));
    body.remove_prefix(std::min(body.size(), pair.size() + 1));
    const std::size_t equals = pair.find('=');
    if (pair.substr(0, equals) != name || equals == std::string_view::npos) continue;
    std::string value{pair.substr(equals + 1)};
    for (char& c : value) c = c == '+' ? ' ' : c;
    return io::percent_decode(value).value_or("");
  }
  return {};
}

std::string setup_form_html(std::string_view token, std::string_view problem) {
  std::string html;
  if (!problem.empty()) html += "<p role=\"alert\"><strong>" + escaped(problem) + "</strong></p>";
  return html + R"(<p>Create the first administrator of this server. This link works once.</p>
<form method="post" action="/setup"><input type="hidden" name="token" value=")" +
         escaped(token) + R"(">
<label for="name">Your name</label><input id="name" name="name" required maxlength="64" autocomplete="name">
<label for="login">Name to sign in with</label><input id="login" name="login" required minlength="2" maxlength="64" autocomplete="username">
<label for="password">Password (at least 10 characters)</label><input id="password" name="password" type="password" required minlength="10" maxlength="128" autocomplete="new-password">
<button>Create administrator</button></form>)";
}

}  // namespace

void Api::home_page(Call, io::HttpResponder answer) {
  parts_.store.needs_setup([this, answer = std::move(answer)](auto needed) mutable {
    if (!needed) return answer(to_response(from_store(needed.error())));
    std::string body = *needed ? "<p>This server is new. Open the set-up link that it printed when it started.</p>"
                               : "<p>This server is running. Meetings are encrypted from client to client.</p>";
    body += "<p>To join a meeting, run</p><pre>sealhall join " + escaped(parts_.public_url) + "/j/MEETING</pre>";
    answer(page(200, "Sealhall", body));
  });
}

void Api::join_page(Call call, io::HttpResponder answer) {
  std::string link = parts_.public_url + "/j/" + io::percent_encode(call.arguments.at(0));
  if (const auto passcode = call.request.query_value("pwd")) link += "?pwd=" + io::percent_encode(*passcode);
  parts_.store.meeting(call.arguments.at(0), [link, answer = std::move(answer)](auto meeting) mutable {
    if (!meeting) return answer(to_response(from_store(meeting.error())));
    if (!*meeting)
      return answer(page(404, "No such meeting", "<p>Please check the link with the person who sent it.</p>"));
    if ((*meeting)->ended_at)
      return answer(page(410, "This meeting has ended", "<p>There is nothing to join any more.</p>"));
    answer(page(200, (*meeting)->topic,
                "<p>You are invited to a meeting. Join it with the native client:</p><pre>sealhall join '" +
                    escaped(link) + "'</pre><p>The browser client is not part of this version yet.</p>"));
  });
}

void Api::setup_page(Call call, io::HttpResponder answer) {
  const std::string token = call.request.query_value("token").value_or("");
  parts_.store.needs_setup([token, answer = std::move(answer)](auto needed) mutable {
    if (!needed) return answer(to_response(from_store(needed.error())));
    if (!*needed)
      return answer(page(410, "Already set up", "<p>This server has an administrator. Please sign in.</p>"));
    answer(page(200, "Set up Sealhall", setup_form_html(token, "")));
  });
}

void Api::setup_form(Call call, io::HttpResponder answer) {
  const std::string& body = call.request.body;
  const std::string token = form_value(body, "token");
  const NewAccount admin{form_value(body, "login"), form_value(body, "name"), form_value(body, "password"),
                         store::UserRole::admin};
  parts_.accounts.set_up(token, admin, call.source, [this, token, answer = std::move(answer)](auto signed_in) mutable {
    if (!signed_in) {
      const ApiError& error = signed_in.error();
      const std::string problem =
          error.errors.empty() ? error.message : error.errors[0].field + ": " + error.errors[0].message;
      auto again = page(error.status, "Set up Sealhall", setup_form_html(token, problem));
      if (error.retry_after_seconds) again.headers.set("Retry-After", std::to_string(*error.retry_after_seconds));
      return answer(std::move(again));
    }
    answer(page(201, "Done",
                "<p>You are the administrator <code>" + escaped(signed_in->user.login) +
                    "</code>. Make a meeting with</p><pre>sealhall meeting create --server " +
                    escaped(parts_.public_url) + " --user " + escaped(signed_in->user.login) + "</pre>"));
  });
}

}  // namespace sealhall::control
