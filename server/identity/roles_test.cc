#include "server/identity/roles.h"

#include <doctest/doctest.h>

using namespace sealhall::identity;
using sealhall::api::Permission;
using sealhall::api::Permissions;

TEST_CASE("roles: owners and administrators may everything, members nothing of others") {
  CHECK(built_in_permissions("owner") == Permissions::all());
  CHECK(built_in_permissions("admin") == Permissions::all());
  CHECK(built_in_permissions("member")->empty());
  CHECK_FALSE(built_in_permissions("Owner"));
  CHECK_FALSE(built_in_permissions(""));
  CHECK(is_built_in("member"));
  CHECK_FALSE(is_built_in("AAAA"));
}

TEST_CASE("roles: permissions as words and back") {
  const Permissions some{Permission::users_read, Permission::audit_read};
  CHECK(text_of(some) == "users_read audit_read");
  CHECK(parse_permissions("audit_read  users_read users_read ") == some);
  CHECK(parse_permissions("")->empty());
  CHECK_FALSE(parse_permissions("users_read fly"));
  CHECK(known_permissions("users_read fly audit_read") == some);
  CHECK(text_of({}).empty());
}

TEST_CASE("roles: nobody gives away what they do not have") {
  CHECK(includes(Permissions::all(), {Permission::server}));
  CHECK(includes({Permission::users_read}, {}));
  CHECK_FALSE(includes({Permission::users_read}, {Permission::users_read, Permission::users_write}));
}

TEST_CASE("roles: what one allows as a list, in the order of the enumeration") {
  CHECK(list_of({}).empty());
  CHECK(list_of({Permission::server, Permission::users_read}) ==
        std::vector{Permission::users_read, Permission::server});
  CHECK(list_of(Permissions::all()).back() == Permission::server);
}
