// The browser client as it was built: read once when the server starts, served from memory.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "core/base/expected.h"
#include "io/http/message.h"
#include "server/api/registry.h"

namespace sealhall::control {

class WebApp {
 public:
  /// Reads `folder`: index.html, csp (its Content-Security-Policy) and assets/*. NAME.gz is NAME compressed. An
  /// empty name, or a folder that is not there, is a server without browser client. The failure is a sentence for the
  /// person who starts the server.
  static expected<WebApp, std::string> load(const std::string& folder);

  [[nodiscard]] bool here() const noexcept { return !page_.content.empty(); }
  /// The one page; what it shows depends on its address. `accepted` as below.
  [[nodiscard]] io::HttpResponse page(std::string_view accepted = {}) const;
  /// 404 for a name that was not built. `accepted` is the request's Accept-Encoding: what was built compressed goes so.
  [[nodiscard]] io::HttpResponse asset(std::string_view name, std::string_view accepted = {}) const;

 private:
  struct Asset {
    std::string content;
    std::string gzipped;  ///< empty when it was not built
    std::string_view type;
  };
  /// The content as the request takes it, with its type and encoding.
  static io::HttpResponse sent(const Asset& asset, std::string_view accepted);

  Asset page_;
  std::string policy_;
  std::map<std::string, Asset, std::less<>> assets_;
};

/// What the client takes compressed: for `accepted` of the above.
std::string_view accepted_encodings(const io::HttpRequest& request);

/// GET /assets/{file}. `app` outlives the registry.
void add_web_endpoints(api::Registry& registry, const WebApp& app);

}  // namespace sealhall::control
