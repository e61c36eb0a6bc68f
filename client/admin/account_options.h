// What the commands that talk to a server as somebody have in common: options, signing in, failing.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "client/admin/rest_session.h"

namespace CLI {
class App;
}

namespace sealhall::admin {

inline constexpr int exit_usage = 2;

struct AccountOptions {
  std::string server;
  std::string ca;
  std::string user;
  std::string token;
  std::string code;   ///< of the second factor
  bool json = false;  ///< print the server's answer as it came

  void add_to(CLI::App& app);
  /// `signed_in`, when given, gets what the server said to the sign-in (empty with a token).
  [[nodiscard]] expected<std::unique_ptr<RestSession>, Problem> sign_in(boost::json::object* signed_in = nullptr) const;
};

/// Says why, and gives the exit code.
int fail(const Problem& problem);
/// nullopt when the options are fine; otherwise the exit code, everything said.
std::optional<int> parse(CLI::App& app, int argc, char** argv);

template <typename OnObject>
void for_each_object(const boost::json::object& answer, std::string_view field, OnObject on_object) {
  const auto* list = answer.if_contains({field.data(), field.size()});
  if (list == nullptr || !list->is_array()) return;
  for (const auto& entry : list->as_array()) {
    if (entry.is_object()) on_object(entry.as_object());
  }
}

}  // namespace sealhall::admin
