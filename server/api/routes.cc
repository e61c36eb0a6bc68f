#include "server/api/routes.h"

#include <algorithm>

namespace sealhall::api {
namespace {

/// Takes the first segment of "/a/b", leaves "/b".
std::string_view take_segment(std::string_view& rest) {
  rest.remove_prefix(1);
  const std::size_t end = std::min(rest.find('/'), rest.size());
  const std::string_view segment = rest.substr(0, end);
  rest.remove_prefix(end);
  return segment;
}

bool is_name(std::string_view segment) { return segment.starts_with('{') && segment.ends_with('}'); }

}  // namespace

std::vector<std::string_view> Routes::names(std::string_view path) {
  std::vector<std::string_view> out;
  while (path.starts_with('/')) {
    const std::string_view segment = take_segment(path);
    if (is_name(segment)) out.push_back(segment.substr(1, segment.size() - 2));
  }
  return out;
}

bool Routes::add(std::string_view method, std::string_view path, std::size_t endpoint) {
  if (!path.starts_with('/')) return false;
  Node* node = &root_;
  while (!path.empty()) {
    const std::string_view segment = take_segment(path);
    std::unique_ptr<Node>& next = is_name(segment) ? node->any : node->literal[std::string{segment}];
    if (!next) next = std::make_unique<Node>();
    node = next.get();
  }
  return node->endpoints.emplace(method, endpoint).second;
}

bool Routes::search(const Node& node, std::string_view rest, std::string_view method, Found& found) const {
  if (rest.empty()) {
    const auto endpoint = node.endpoints.find(method);
    if (endpoint == node.endpoints.end()) return false;
    found.endpoint = endpoint->second;
    return true;
  }
  const std::string_view segment = take_segment(rest);
  if (const auto next = node.literal.find(segment); next != node.literal.end()) {
    if (search(*next->second, rest, method, found)) return true;
  }
  if (!node.any || segment.empty()) return false;
  found.values.push_back(segment);
  if (search(*node.any, rest, method, found)) return true;
  found.values.pop_back();
  return false;
}

std::optional<Routes::Found> Routes::find(std::string_view method, std::string_view path) const {
  if (!path.starts_with('/')) return std::nullopt;
  Found found{};
  if (!search(root_, path, method == "HEAD" ? "GET" : method, found)) return std::nullopt;
  return found;
}

void Routes::collect(const Node& node, std::string_view rest, std::vector<std::string_view>& methods) const {
  if (rest.empty()) {
    for (const auto& [method, endpoint] : node.endpoints) {
      if (std::ranges::find(methods, method) == methods.end()) methods.push_back(method);
    }
    return;
  }
  const std::string_view segment = take_segment(rest);
  if (const auto next = node.literal.find(segment); next != node.literal.end()) collect(*next->second, rest, methods);
  if (node.any && !segment.empty()) collect(*node.any, rest, methods);
}

std::vector<std::string_view> Routes::methods(std::string_view path) const {
  std::vector<std::string_view> out;
  if (path.starts_with('/')) collect(root_, path, out);
  return out;
}

}  // namespace sealhall::api
