#include "store/directory.h"

#include <doctest/doctest.h>

#include "store/sign_ins.h"
#include "store/store.h"
#include "store/testing.h"

using namespace sealhall;
using namespace sealhall::store;
using testing::on_each_engine;

namespace {

const std::string account{default_account};

/// Asks for nothing but whether it worked.
template <class Start>
expected<void, StoreError> did(testing::Shop& shop, Start start) {
  return shop.ask<void>([&](Done<void> done) { start(std::move(done)); });
}
void add_user(testing::Shop& shop, const std::string& id, const std::string& role) {
  Store store{shop.engine()};
  User user{id, id + "@example.org", "Name of " + id, UserRole::member, "hash", UnixMicros{1}};
  user.role_id = role;
  REQUIRE(did(shop, [&](auto done) { store.create_user(user, std::move(done)); }));
}
std::string role_of(testing::Shop& shop, const std::string& id) {
  Store store{shop.engine()};
  return (*shop.ask<std::optional<User>>([&](auto done) { store.user(id, std::move(done)); }))->role_id;
}

}  // namespace

TEST_CASE("store: roles are made, changed, given and removed; an account keeps an owner") {
  on_each_engine([](testing::Shop& shop) {
    Directory directory{shop.engine()};
    Store store{shop.engine()};
    CHECK(*shop.ask<bool>([&](auto done) { store.needs_setup(std::move(done)); }));
    add_user(shop, "own", "owner");
    add_user(shop, "ada", "member");
    CHECK_FALSE(*shop.ask<bool>([&](auto done) { store.needs_setup(std::move(done)); }));
    const Role role{"r1", account, "Helpdesk", "answers the phone", "users_read", UnixMicros{5}};
    REQUIRE(did(shop, [&](auto done) { directory.add_role(role, std::move(done)); }));
    Role twin = role;
    twin.id = "r2";
    CHECK(did(shop, [&](auto done) { directory.add_role(twin, std::move(done)); }).error() == StoreError::taken);
    const auto give = [&](const std::string& user, const std::string& r) {
      return did(shop, [&](auto done) { directory.set_role(account, user, r, std::move(done)); });
    };
    REQUIRE(give("ada", "r1"));
    CHECK(role_of(shop, "ada") == "r1");
    CHECK(give("ada", "nothing").error() == StoreError::not_found);
    CHECK(give("nobody", "r1").error() == StoreError::not_found);
    CHECK(did(shop, [&](auto done) { directory.set_role("other account", "ada", "admin", std::move(done)); }).error() ==
          StoreError::not_found);
    CHECK(give("own", "member").error() == StoreError::not_valid);
    CHECK(role_of(shop, "own") == "owner");
    const auto all = *shop.ask<std::vector<Role>>([&](auto done) { directory.roles(account, std::move(done)); });
    REQUIRE(all.size() == 1);
    CHECK(all[0].members == 1);
    CHECK(all[0].permissions == "users_read");
    const auto members = *shop.ask<std::vector<Member>>(
        [&](auto done) { directory.role_members(account, "r1", 10, 0, std::move(done)); });
    REQUIRE(members.size() == 1);
    CHECK(members[0].login == "ada@example.org");
    CHECK(*shop.ask<std::int64_t>([&](auto done) { directory.count_role_members(account, "r1", std::move(done)); }) ==
          1);
    Role changed = role;
    changed.permissions = "users_read audit_read";
    REQUIRE(did(shop, [&](auto done) { directory.change_role(changed, std::move(done)); }));
    CHECK((*shop.ask<std::optional<Role>>([&](auto done) {
            directory.role(account, "r1", std::move(done));
          }))->permissions == "users_read audit_read");
    CHECK_FALSE(*shop.ask<std::optional<Role>>([&](auto done) { directory.role("other", "r1", std::move(done)); }));
    REQUIRE(did(shop, [&](auto done) { directory.remove_role(account, "r1", std::move(done)); }));
    CHECK(role_of(shop, "ada") == "member");
    CHECK(did(shop, [&](auto done) { directory.remove_role(account, "r1", std::move(done)); }).error() ==
          StoreError::not_found);
    REQUIRE(give("ada", "owner"));
    CHECK(give("own", "member").has_value());
  });
}

TEST_CASE("store: a disabled user has no sessions; the last owner cannot be disabled") {
  on_each_engine([](testing::Shop& shop) {
    Directory directory{shop.engine()};
    SignIns sign_ins{shop.engine()};
    add_user(shop, "own", "owner");
    add_user(shop, "ada", "member");
    REQUIRE(did(shop, [&](auto done) {
      sign_ins.start({"s", "hash", "ada", "password", "", "", UnixMicros{1}, UnixMicros{100}},
                     {"l", account, "ada", UnixMicros{1}, "in", "password", "", ""}, std::move(done));
    }));
    const auto disable = [&](const std::string& id, bool disabled) {
      return did(shop, [&](auto done) { directory.set_disabled(account, id, disabled, std::move(done)); });
    };
    CHECK(disable("own", true).error() == StoreError::not_valid);
    REQUIRE(disable("ada", true));
    CHECK(shop.ask<std::vector<SessionInfo>>(
                  [&](auto done) { sign_ins.sessions_of("ada", UnixMicros{2}, std::move(done)); })
              ->empty());
    REQUIRE(disable("ada", false));
    CHECK(disable("nobody", true).error() == StoreError::not_found);
  });
}

TEST_CASE("store: groups, their members, and whose policies count first") {
  on_each_engine([](testing::Shop& shop) {
    Directory directory{shop.engine()};
    add_user(shop, "ada", "member");
    for (const char* id : {"g1", "g2"}) {
      REQUIRE(did(shop, [&](auto done) {
        directory.add_group({id, account, std::string{"Group "} + id, UnixMicros{1}}, std::move(done));
      }));
    }
    CHECK(did(shop, [&](auto done) {
            directory.add_group({"g3", account, "Group g1", UnixMicros{1}}, std::move(done));
          }).error() == StoreError::taken);
    const auto join = [&](const char* group, const char* user, std::int64_t at) {
      return did(shop, [&](auto done) { directory.add_member(account, group, user, UnixMicros{at}, std::move(done)); });
    };
    REQUIRE(join("g2", "ada", 5));
    REQUIRE(join("g1", "ada", 6));
    REQUIRE(join("g1", "ada", 7));  // once more
    CHECK(join("g1", "nobody", 8).error() == StoreError::not_found);
    CHECK(join("g9", "ada", 8).error() == StoreError::not_found);
    const auto mine = [&] {
      std::string ids;
      const auto groups =
          *shop.ask<std::vector<Group>>([&](auto done) { directory.groups_of("ada", std::move(done)); });
      for (const Group& g : groups) ids += g.id + " ";
      return ids;
    };
    CHECK(mine() == "g2 g1 ");
    const auto members =
        *shop.ask<std::vector<Member>>([&](auto done) { directory.members(account, "g2", 10, 0, std::move(done)); });
    REQUIRE(members.size() == 1);
    CHECK(members[0].is_primary);
    REQUIRE(did(shop, [&](auto done) { directory.remove_member(account, "g2", "ada", std::move(done)); }));
    CHECK(mine() == "g1 ");
    CHECK((*shop.ask<std::vector<Member>>(
        [&](auto done) { directory.members(account, "g1", 10, 0, std::move(done)); }))[0]
              .is_primary);
    CHECK(did(shop, [&](auto done) { directory.remove_member(account, "g2", "ada", std::move(done)); }).error() ==
          StoreError::not_found);
    REQUIRE(did(shop, [&](auto done) { directory.rename_group(account, "g1", "New name", std::move(done)); }));
    CHECK((*shop.ask<std::optional<Group>>([&](auto done) {
            directory.group(account, "g1", std::move(done));
          }))->members == 1);
    REQUIRE(did(shop, [&](auto done) { directory.remove_group(account, "g1", std::move(done)); }));
    CHECK(mine().empty());
    CHECK((*shop.ask<std::vector<Group>>([&](auto done) { directory.groups(account, std::move(done)); })).size() == 1);
  });
}

TEST_CASE("store: policies of every level that counts for somebody") {
  on_each_engine([](testing::Shop& shop) {
    Directory directory{shop.engine()};
    add_user(shop, "ada", "member");
    REQUIRE(did(shop, [&](auto done) { directory.add_group({"g1", account, "One", UnixMicros{1}}, std::move(done)); }));
    REQUIRE(did(shop, [&](auto done) { directory.add_group({"g2", account, "Two", UnixMicros{1}}, std::move(done)); }));
    REQUIRE(did(shop, [&](auto done) { directory.add_member(account, "g1", "ada", UnixMicros{1}, std::move(done)); }));
    using Level = Policy::Level;
    REQUIRE(did(shop, [&](auto done) {
      directory.set_policies({{account, Level::account, account, "a", "true", true},
                              {account, Level::group, "g1", "b", "1", false},
                              {account, Level::group, "g2", "c", "2", false},
                              {account, Level::user, "ada", "d", "\"x\"", false}},
                             std::move(done));
    }));
    REQUIRE(did(shop, [&](auto done) {
      directory.set_policies({{account, Level::user, "ada", "d", "\"y\"", true}}, std::move(done));
    }));
    const auto names = [&] {
      std::string out;
      const auto policies =
          *shop.ask<std::vector<Policy>>([&](auto done) { directory.policies_for(account, "ada", std::move(done)); });
      for (const Policy& p : policies) out += p.name + "=" + p.value + (p.locked ? "! " : " ");
      return out;
    };
    CHECK(names() == "a=true! b=1 d=\"y\"! ");
    REQUIRE(did(shop, [&](auto done) { directory.remove_policy(account, Level::user, "ada", "d", std::move(done)); }));
    CHECK(names() == "a=true! b=1 ");
    CHECK(shop.ask<std::vector<Policy>>(
                  [&](auto done) { directory.policies_at(account, Level::group, "g2", std::move(done)); })
              ->size() == 1);
    REQUIRE(did(shop, [&](auto done) { directory.remove_group(account, "g1", std::move(done)); }));
    CHECK(names() == "a=true! ");
  });
}
