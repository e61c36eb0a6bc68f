// Which endpoint a method and a path name: a tree by segments, a literal segment before a {name}.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sealhall::api {

class Routes {
 public:
  /// False: there is one already, or the path does not begin with '/'.
  bool add(std::string_view method, std::string_view path, std::size_t endpoint);

  struct Found {
    std::size_t endpoint;
    std::vector<std::string_view> values;  ///< what stands for the {names}, in order, still percent-encoded
  };
  /// HEAD finds GET.
  [[nodiscard]] std::optional<Found> find(std::string_view method, std::string_view path) const;
  /// The methods of a path, for 405 and OPTIONS (RFC 9110 section 10.2.1); empty: there is no such path.
  [[nodiscard]] std::vector<std::string_view> methods(std::string_view path) const;

  /// The {names} of a path, in order.
  static std::vector<std::string_view> names(std::string_view path);

 private:
  struct Node {
    std::map<std::string, std::unique_ptr<Node>, std::less<>> literal;
    std::unique_ptr<Node> any;
    std::map<std::string, std::size_t, std::less<>> endpoints;  ///< by method
  };
  bool search(const Node& node, std::string_view rest, std::string_view method, Found& found) const;
  void collect(const Node& node, std::string_view rest, std::vector<std::string_view>& methods) const;
  Node root_;
};

}  // namespace sealhall::api
