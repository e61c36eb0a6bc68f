// A routing table: method and path pattern to handler.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "io/http/message.h"
#include "io/http/server.h"

namespace sealhall::io {

/// What the `{}` parts of a pattern matched, percent-decoded, in order.
using RouteArguments = std::vector<std::string>;

class Router {
 public:
  using Handler = std::function<void(HttpRequest, RouteArguments, HttpResponder)>;

  /// Pattern: "/v2/meetings/{}/end"; `{}` matches one non-empty segment. HEAD uses the handler of GET.
  void add(std::string_view method, std::string_view pattern, Handler handler, std::size_t body_limit = 64U << 10);
  /// Calls the handler, or answers 404, or 405 with `Allow` (RFC 9110 section 15.5.6), or 400 for a badly encoded
  /// segment.
  void route(HttpRequest request, HttpResponder responder) const;
  /// For `HttpHandlers::body_limit`: the limit of the route, 0 for an unknown one.
  [[nodiscard]] std::size_t body_limit(const HttpRequest& request) const;

 private:
  struct Route {
    std::string method;
    std::vector<std::string> segments;
    Handler handler;
    std::size_t body_limit;
  };
  [[nodiscard]] const Route* find(std::string_view method, const std::vector<std::string_view>& segments) const;
  std::vector<Route> routes_;
};

}  // namespace sealhall::io
