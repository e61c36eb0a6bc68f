#include "server/api/routes.h"

#include <doctest/doctest.h>

using namespace sealhall::api;

TEST_CASE("routes: literal segments first, back to a name when that leads nowhere") {
  Routes routes;
  CHECK(routes.add("GET", "/", 0));
  CHECK(routes.add("GET", "/users/{id}", 1));
  CHECK(routes.add("GET", "/users/email", 2));
  CHECK(routes.add("GET", "/users/me/zak", 3));
  CHECK(routes.add("GET", "/users/{id}/token", 4));
  CHECK(routes.add("DELETE", "/users/{id}", 5));
  CHECK_FALSE(routes.add("GET", "/users/{other}", 6));
  CHECK_FALSE(routes.add("GET", "users", 7));
  const auto at = [&](std::string_view method, std::string_view path) {
    const auto found = routes.find(method, path);
    return found ? static_cast<int>(found->endpoint) : -1;
  };
  CHECK(at("GET", "/") == 0);
  CHECK(at("GET", "/users/a") == 1);
  CHECK(at("HEAD", "/users/a") == 1);
  CHECK(at("GET", "/users/email") == 2);
  CHECK(at("GET", "/users/me/zak") == 3);
  CHECK(at("GET", "/users/me/token") == 4);
  CHECK(at("DELETE", "/users/email") == 5);
  CHECK(at("GET", "/users/") == -1);
  CHECK(at("GET", "/users") == -1);
  CHECK(at("GET", "") == -1);
  CHECK(at("GET", "*") == -1);
  CHECK(at("GET", "//users") == -1);
  CHECK(routes.find("GET", "/users/me/token")->values == std::vector<std::string_view>{"me"});
  CHECK(routes.methods("/users/email") == std::vector<std::string_view>{"GET", "DELETE"});
  CHECK(routes.methods("/nothing").empty());
  CHECK(Routes::names("/a/{b}/c/{d}") == std::vector<std::string_view>{"b", "d"});
}
