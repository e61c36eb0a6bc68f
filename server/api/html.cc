// Tested in server/control/api_test.cc
#include "server/api/html.h"

#include "core/base/encoding.h"
#include "core/crypto/hash.h"
#include "server/api/text.h"

namespace sealhall::api {

namespace {

/// The look of the browser client (web/src/style/tokens.css), for pages without it; they are wider where a film plays.
constexpr std::string_view style = R"(
:root{color-scheme:light dark;--ground:light-dark(#f4f6f9,#11151b);--surface:light-dark(#fff,#1a2028);--raised:light-dark(#ebeff4,#272f3a);
--line:light-dark(#d5dbe4,#343d49);--edge:light-dark(#78849a,#7b8898);--text:light-dark(#151b24,#eef2f6);--accent:light-dark(#1757b5,#8fbcff);--on:light-dark(#fff,#0a1a31)}
body{margin:0;min-height:100vh;box-sizing:border-box;padding:2rem 1rem;display:grid;place-content:center;background:var(--ground);color:var(--text);
font:16px/1.5 system-ui,"Noto Sans","Noto Sans CJK TC",sans-serif}
main{width:min(40rem,calc(100vw - 2rem));box-sizing:border-box;padding:2rem 1.5rem;background:var(--surface);border:1px solid var(--line);border-radius:16px;overflow-wrap:anywhere}
h1{font-size:1.375rem;line-height:1.25;margin:0 0 1rem}a{color:var(--accent)}p{margin:0 0 .75rem}p>a:only-child{display:inline-block;padding:.2rem 0}
[role=alert]{padding:.75rem;border-inline-start:4px solid light-dark(#a8202f,#ff9aa2);border-radius:10px;background:light-dark(#fcebec,#43191e)}
code,pre{font:14px ui-monospace,monospace;background:var(--raised);border-radius:6px;padding:.15rem .35rem;overflow-wrap:anywhere}
pre{padding:.8rem;white-space:pre-wrap}label{display:block;margin:.9rem 0 .25rem;font-weight:550;font-size:.875rem}
input,select,textarea{font:inherit;color:inherit;width:100%;min-height:2.5rem;padding:.45rem .75rem;box-sizing:border-box;background:var(--surface);border:1px solid var(--edge);border-radius:10px}
input[type=checkbox],input[type=radio]{width:1.15rem;min-height:1.15rem;accent-color:var(--accent)}
button{font:inherit;font-weight:550;margin:1.2rem .5rem 0 0;min-height:2.5rem;padding:.4rem 1.2rem;color:var(--on);background:var(--accent);border:0;border-radius:10px;cursor:pointer}
:focus-visible{outline:3px solid light-dark(#1757b5,#ffd166);outline-offset:2px}
table{border-collapse:collapse;width:100%}td,th{text-align:left;vertical-align:top;padding:.25rem .6rem .25rem 0;border-bottom:1px solid var(--line)}
video{width:100%}main:has(video:not([hidden])){width:min(60rem,calc(100vw - 2rem))}
details{margin:.3rem 0}summary{cursor:pointer}details>*:not(summary){margin-left:1.2rem}
)";

/// A style sheet or a script by its hash (CSP level 2): nothing else is applied or run, whatever gets into a page.
std::string source_of(std::string_view content) {
  return "'sha256-" + to_base64(crypto::sha256(as_bytes(content))) + "'";
}

std::string policy_of(const HtmlPage& page) {
  static const std::string start = "default-src 'none'; style-src " + source_of(style);
  std::string policy = start + "; form-action ";
  if (page.script.empty()) {
    policy += "'self'";
    if (!page.form_target.empty()) policy.append(" ").append(page.form_target);
  } else {
    policy += "'none'; script-src " + source_of(page.script) + "; connect-src 'self'; media-src 'self'";
  }
  return policy + "; frame-ancestors 'none'; base-uri 'none'";
}

}  // namespace

io::HttpResponse html_page(const HtmlPage& page) {
  io::HttpResponse response;
  response.status = page.status;
  response.headers.set("Content-Type", "text/html; charset=utf-8");
  response.headers.set("Cache-Control", "no-store");
  response.headers.set("X-Robots-Tag", "noindex");
  response.headers.set("Referrer-Policy", "no-referrer");
  response.headers.set("Content-Security-Policy", policy_of(page));
  response.body = R"(<!doctype html>
<html lang=")" + html_escape(page.language) +
                  R"("><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="robots" content="noindex"><title>)" +
                  html_escape(page.title) + R"(</title><style>)" + std::string{style} +
                  R"(</style></head><body><main><h1>)" + html_escape(page.title) + "</h1>\n" + std::string{page.body} +
                  (page.script.empty() ? "" : "<script>" + std::string{page.script} + "</script>") +
                  "\n</main></body></html>\n";
  return response;
}

Endpoint page_endpoint(std::string_view method, std::string_view path) {
  return {.method = method,
          .path = path,
          .tag = "Pages",
          .summary = "A page for people",
          .access = Access::anyone(),
          .body_limit = 16U << 10,
          .body = BodyKind::form,
          .documented = false};
}

}  // namespace sealhall::api
