#include "io/http/router.h"

#include <algorithm>

#include "core/base/check.h"

namespace sealhall::io {
namespace {

std::vector<std::string_view> split(std::string_view path) {
  std::vector<std::string_view> segments;
  path.remove_prefix(std::min<std::size_t>(1, path.size()));
  while (true) {
    const std::size_t slash = path.find('/');
    segments.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return segments;
    path.remove_prefix(slash + 1);
  }
}

bool matches(const std::vector<std::string>& pattern, const std::vector<std::string_view>& segments) {
  return std::ranges::equal(pattern, segments,
                            [](const std::string& p, std::string_view s) { return p == "{}" ? !s.empty() : p == s; });
}

}  // namespace

void Router::add(std::string_view method, std::string_view pattern, Handler handler, std::size_t body_limit) {
  SEALHALL_CHECK(pattern.starts_with('/'));
  Route route{std::string{method}, {}, std::move(handler), body_limit};
  for (const std::string_view segment : split(pattern)) route.segments.emplace_back(segment);
  routes_.push_back(std::move(route));
}

const Router::Route* Router::find(std::string_view method, const std::vector<std::string_view>& segments) const {
  const std::string_view wanted = method == "HEAD" ? "GET" : method;
  // A literal segment beats `{}`, whatever the order of `add`.
  const Route* best = nullptr;
  for (const Route& route : routes_) {
    if (route.method != wanted || !matches(route.segments, segments)) continue;
    if (best == nullptr || std::ranges::count(route.segments, "{}") < std::ranges::count(best->segments, "{}"))
      best = &route;
  }
  return best;
}

void Router::route(HttpRequest request, HttpResponder responder) const {
  const std::string path{request.path()};
  const std::vector<std::string_view> segments = split(path);
  const Route* route = find(request.method, segments);
  if (route == nullptr) {
    std::string allowed;
    for (const std::string_view method : {"GET", "POST", "PUT", "PATCH", "DELETE"}) {
      if (find(method, segments) == nullptr) continue;
      allowed += (allowed.empty() ? "" : ", ") + std::string{method} + (method == "GET" ? ", HEAD" : "");
    }
    if (allowed.empty()) return responder(HttpResponse::error(404, "There is nothing at this address."));
    HttpResponse response = request.method == "OPTIONS"
                                ? HttpResponse::empty(204)
                                : HttpResponse::error(405, "This address does not take that method.");
    response.headers.set("Allow", allowed);
    return responder(std::move(response));
  }
  RouteArguments arguments;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    if (route->segments[i] != "{}") continue;
    auto value = percent_decode(segments[i]);
    if (!value) return responder(HttpResponse::error(400, "The address is badly encoded."));
    arguments.push_back(std::move(*value));
  }
  route->handler(std::move(request), std::move(arguments), std::move(responder));
}

std::size_t Router::body_limit(const HttpRequest& request) const {
  const Route* route = find(request.method, split(request.path()));
  return route != nullptr ? route->body_limit : 0;
}

}  // namespace sealhall::io
