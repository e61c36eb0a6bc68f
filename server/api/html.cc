// Tested in server/control/api_test.cc
#include "server/api/html.h"

#include "core/base/encoding.h"
#include "core/crypto/hash.h"
#include "server/api/text.h"

namespace sealhall::api {

namespace {

constexpr std::string_view style = R"(
:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:3rem auto;padding:0 1rem}
code,pre{font:14px ui-monospace,monospace;background:#8882;border-radius:6px;padding:.15rem .35rem;overflow-wrap:anywhere}
pre{padding:.8rem;white-space:pre-wrap}label{display:block;margin:.8rem 0 .2rem}
input{font:inherit;width:100%;padding:.5rem;box-sizing:border-box}button{font:inherit;margin-top:1.2rem;padding:.5rem 1.2rem}
table{border-collapse:collapse;width:100%}td,th{text-align:left;vertical-align:top;padding:.25rem .6rem .25rem 0;border-bottom:1px solid #8884}
details{margin:.3rem 0}summary{cursor:pointer}details>*:not(summary){margin-left:1.2rem}
)";

/// The one style sheet by its hash (CSP level 2): nothing else is applied, whatever gets into a page.
const std::string& style_source() {
  static const std::string source = "'sha256-" + to_base64(crypto::sha256(as_bytes(style))) + "'";
  return source;
}

}  // namespace

io::HttpResponse html_page(int status, std::string_view title, std::string_view body, std::string_view form_target,
                           std::string_view language) {
  io::HttpResponse response;
  response.status = status;
  response.headers.set("Content-Type", "text/html; charset=utf-8");
  response.headers.set("Cache-Control", "no-store");
  response.headers.set("X-Robots-Tag", "noindex");
  response.headers.set("Referrer-Policy", "no-referrer");
  response.headers.set("Content-Security-Policy", "default-src 'none'; style-src " + style_source() +
                                                      "; form-action 'self'" +
                                                      (form_target.empty() ? "" : " " + std::string{form_target}) +
                                                      "; frame-ancestors 'none'; base-uri 'none'");
  response.body = R"(<!doctype html>
<html lang=")" + html_escape(language) +
                  R"("><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="robots" content="noindex"><title>)" +
                  html_escape(title) + R"(</title><style>)" + std::string{style} + R"(</style></head><body><h1>)" +
                  html_escape(title) + "</h1>\n" + std::string{body} + "\n</body></html>\n";
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
