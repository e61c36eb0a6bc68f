// Our own plain pages: no script, nothing from elsewhere.
#pragma once

#include <string>
#include <string_view>

#include "io/http/message.h"
#include "server/api/registry.h"

namespace sealhall::api {

/// A whole page; `body` is HTML, `title` is text. Forms may be sent to our own origin and, when it is not empty, to
/// `form_target` (where a form is redirected to, CSP form-action). No search engine keeps it. `language` is that of
/// `title` and `body`.
io::HttpResponse html_page(int status, std::string_view title, std::string_view body, std::string_view form_target = {},
                           std::string_view language = "en");

/// The declaration of a page, or of the form on it: for anybody, small, and not of the documented API.
Endpoint page_endpoint(std::string_view method, std::string_view path);

}  // namespace sealhall::api
