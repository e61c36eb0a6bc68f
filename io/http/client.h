// A small HTTPS client: one origin, one connection that is kept and made again when it was closed.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/expected.h"
#include "io/http/message.h"
#include "io/net/error.h"
#include "io/net/loop.h"
#include "io/tls/context.h"

namespace sealhall::io {

/// "https://host:port/path?query" or "wss://..." cut into its parts. User information is refused.
struct Url {
  std::string scheme;
  std::string host;        ///< without brackets
  std::uint16_t port = 0;  ///< 443 when absent
  std::string target;      ///< begins with '/'; without the fragment
  std::string fragment;
  [[nodiscard]] std::string host_header() const;  ///< "host" or "host:port", IPv6 in brackets
};
std::optional<Url> parse_url(std::string_view text);

struct HttpClientRequest {
  std::string method = "GET";
  std::string target = "/";
  HttpHeaders headers = {};  ///< Host, Content-Length and User-Agent are added
  std::string body = {};
};

using OnHttpResponse = std::move_only_function<void(expected<HttpResponse, Failure>)>;

/// Requests to one origin, one after the other. Destroying it drops what is under way; callbacks are then not called.
class HttpClient {
 public:
  /// `context` must live as long as the client. `limit` is for one request with everything that belongs to it.
  HttpClient(Loop& loop, const TlsClientContext& context, std::string host, std::uint16_t port,
             Duration limit = std::chrono::seconds{15});
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// Any status is a response; a Failure is when there is none. `done` is called exactly once, never before this
  /// returned.
  void send(HttpClientRequest request, OnHttpResponse done);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace sealhall::io
