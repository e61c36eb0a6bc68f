// Tested in tests/e2e/scenarios/people.py
#include "client/admin/lookup.h"

#include <boost/json/serialize.hpp>
#include <iostream>

#include "client/admin/account_options.h"

namespace sealhall::admin {
namespace {

expected<std::string, Problem> find(RestSession& session, const std::string& path, const char* list, const char* field,
                                    const std::string& name, const std::string& missing) {
  const auto answer = session.call("GET", path);
  if (!answer) return unexpected(answer.error());
  std::string id;
  for_each_object(*answer, list, [&](const boost::json::object& one) {
    if (text_of(one, field) == name || text_of(one, "id") == name) id = text_of(one, "id");
  });
  if (id.empty()) return unexpected(Problem{missing});
  return id;
}

}  // namespace

expected<std::string, Problem> user_by_login(RestSession& session, const std::string& login) {
  return find(session, "/api/users", "users", "login", login,
              "Nobody here is called " + login + ". `sealhall user list` names everybody.");
}

expected<std::string, Problem> group_by_name(RestSession& session, const std::string& name) {
  return find(session, "/api/groups", "groups", "name", name,
              "There is no group " + name + ". `sealhall group list` names all.");
}

expected<std::string, Problem> role_by_name(RestSession& session, const std::string& name) {
  return find(session, "/api/roles", "roles", "name", name,
              "There is no role " + name + ". `sealhall role list` names all.");
}

int show(const expected<boost::json::object, Problem>& answer, bool json,
         const std::function<void(const boost::json::object&)>& print) {
  if (!answer) return fail(answer.error());
  if (json) {
    std::cout << boost::json::serialize(*answer) << "\n";
  } else {
    print(*answer);
  }
  return 0;
}

int told(const expected<boost::json::object, Problem>& answer, bool json, const std::string& sentence) {
  if (!answer) return fail(answer.error());
  std::cout << (json ? std::string{R"({"ok":true})"} : sentence) << "\n";
  return 0;
}

}  // namespace sealhall::admin
