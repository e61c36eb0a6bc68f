// Our own plain pages: nothing from elsewhere, and hardly a script.
#pragma once

#include <string>
#include <string_view>

#include "io/http/message.h"
#include "server/api/registry.h"

namespace sealhall::api {

/// What a whole page is made of, and what it may do (its Content-Security-Policy): nothing but be read, and send a form
/// to our own origin, unless said otherwise.
struct HtmlPage {
  int status = 200;
  std::string_view title;             ///< text
  std::string_view body;              ///< HTML
  std::string_view language = "en";   ///< of title and body
  std::string_view form_target = {};  ///< where else a form is sent, or redirected to
  /// The one script that runs, after the body. It may ask and play what is ours, and sends the forms itself: the
  /// browser never does, which would put what is typed into an address.
  std::string_view script = {};
};

/// No search engine keeps it, nor does a cache.
io::HttpResponse html_page(const HtmlPage& page);

/// The declaration of a page, or of the form on it: for anybody, small, and not of the documented API.
Endpoint page_endpoint(std::string_view method, std::string_view path);

}  // namespace sealhall::api
