#include <algorithm>

#include "io/http/client.h"
#include "io/net/endpoint.h"

namespace sealhall::io {

std::string Url::host_header() const {
  const std::string shown = host.find(':') != std::string::npos ? "[" + host + "]" : host;
  return port == 443 ? shown : shown + ":" + std::to_string(port);
}

std::optional<Url> parse_url(std::string_view text) {
  Url url;
  const std::size_t colon = text.find("://");
  if (colon == std::string_view::npos) return std::nullopt;
  url.scheme = text.substr(0, colon);
  if (url.scheme != "https" && url.scheme != "wss") return std::nullopt;
  text.remove_prefix(colon + 3);
  for (const char c : text) {
    if (c <= ' ' || c >= 0x7f) return std::nullopt;  // it goes into a request line as it is
  }
  if (const std::size_t hash = text.find('#'); hash != std::string_view::npos) {
    url.fragment = text.substr(hash + 1);
    text = text.substr(0, hash);
  }
  const std::size_t end = std::min(text.find_first_of("/?"), text.size());
  const auto endpoint = parse_endpoint(text.substr(0, end), 443);
  if (!endpoint || endpoint->address.empty() || endpoint->port == 0) return std::nullopt;
  url.host = endpoint->address;
  url.port = endpoint->port;
  url.target = text.substr(end);
  if (!url.target.starts_with('/')) url.target.insert(0, "/");
  return url;
}

}  // namespace sealhall::io
