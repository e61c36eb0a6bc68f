// Tested in server/control/api_test.cc
#include "server/api/html.h"

#include "server/api/text.h"

namespace sealhall::api {

io::HttpResponse html_page(int status, std::string_view title, std::string_view body, std::string_view form_target) {
  io::HttpResponse response;
  response.status = status;
  response.headers.set("Content-Type", "text/html; charset=utf-8");
  response.headers.set("Cache-Control", "no-store");
  response.headers.set("Referrer-Policy", "no-referrer");
  response.headers.set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'" +
                                                      (form_target.empty() ? "" : " " + std::string{form_target}) +
                                                      "; frame-ancestors 'none'; base-uri 'none'");
  response.body = R"(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>)" + html_escape(title) +
                  R"(</title><style>
:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:3rem auto;padding:0 1rem}
code,pre{font:14px ui-monospace,monospace;background:#8882;border-radius:6px;padding:.15rem .35rem;overflow-wrap:anywhere}
pre{padding:.8rem;white-space:pre-wrap}label{display:block;margin:.8rem 0 .2rem}
input{font:inherit;width:100%;padding:.5rem;box-sizing:border-box}button{font:inherit;margin-top:1.2rem;padding:.5rem 1.2rem}
table{border-collapse:collapse;width:100%}td,th{text-align:left;vertical-align:top;padding:.25rem .6rem .25rem 0;border-bottom:1px solid #8884}
details{margin:.3rem 0}summary{cursor:pointer}details>*:not(summary){margin-left:1.2rem}
</style></head><body><h1>)" +
                  html_escape(title) + "</h1>\n" + std::string{body} + "\n</body></html>\n";
  return response;
}

}  // namespace sealhall::api
