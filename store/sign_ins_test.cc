#include "store/sign_ins.h"

#include <doctest/doctest.h>

#include "store/directory.h"
#include "store/logs.h"
#include "store/testing.h"

using namespace sealhall;
using namespace sealhall::store;
using testing::on_each_engine;

namespace {

const std::string account{default_account};

template <class Start>
expected<void, StoreError> did(testing::Shop& shop, Start start) {
  return shop.ask<void>([&](Done<void> done) { start(std::move(done)); });
}
void add_user(testing::Shop& shop, const std::string& id) {
  Store store{shop.engine()};
  const User user{id, id, id, UserRole::member, "hash", UnixMicros{1}};
  REQUIRE(did(shop, [&](auto done) { store.create_user(user, std::move(done)); }));
}
void sign_in(testing::Shop& shop, const std::string& id, const std::string& user, std::int64_t at) {
  SignIns sign_ins{shop.engine()};
  REQUIRE(did(shop, [&](auto done) {
    sign_ins.start(
        {"session " + id, "hash " + id, user, "password", "source", "Browser", UnixMicros{at}, UnixMicros{at + 100}},
        {"log " + id, account, user, UnixMicros{at}, "in", "password", "source", "Browser"}, std::move(done));
  }));
}
std::string sessions(testing::Shop& shop, const std::string& user, std::int64_t now) {
  SignIns sign_ins{shop.engine()};
  std::string out;
  const auto all = *shop.ask<std::vector<SessionInfo>>(
      [&](auto done) { sign_ins.sessions_of(user, UnixMicros{now}, std::move(done)); });
  for (const SessionInfo& s : all) out += s.id.substr(8) + " ";
  return out;
}

}  // namespace

TEST_CASE("store: sessions are listed, ended one by one, or all but this one; every start is in the log") {
  on_each_engine([](testing::Shop& shop) {
    SignIns sign_ins{shop.engine()};
    add_user(shop, "ada");
    add_user(shop, "bob");
    for (int i = 1; i <= 4; ++i) sign_in(shop, std::to_string(i), "ada", i);
    sign_in(shop, "b", "bob", 5);
    CHECK(sessions(shop, "ada", 10) == "4 3 2 1 ");
    CHECK(sessions(shop, "ada", 102) == "4 3 ");
    const auto end = [&](const char* user, const char* id) {
      return shop.ask<std::string>([&](auto done) { sign_ins.end(user, id, std::move(done)); });
    };
    CHECK(end("ada", "session 2") == "hash 2");
    CHECK(end("ada", "session 2").error() == StoreError::not_found);
    CHECK(end("ada", "session b").error() == StoreError::not_found);
    CHECK(end("ada", "").error() == StoreError::not_found);
    const auto ended =
        *shop.ask<std::vector<std::string>>([&](auto done) { sign_ins.end_others("ada", "hash 3", std::move(done)); });
    CHECK(ended.size() == 2);
    CHECK(sessions(shop, "ada", 10) == "3 ");
    CHECK(sessions(shop, "bob", 10) == "b ");
    const auto log = *shop.ask<std::vector<SignInRecord>>(
        [&](auto done) { sign_ins.sign_in_log(account, "", UnixMicros{2}, UnixMicros{6}, 3, 0, std::move(done)); });
    REQUIRE(log.size() == 3);
    CHECK(log[0].user_id == "bob");
    CHECK(log[2].at == UnixMicros{3});
    CHECK(shop.ask<std::vector<SignInRecord>>([&](auto done) {
                sign_ins.sign_in_log(account, "ada", UnixMicros{0}, UnixMicros{9}, 30, 0, std::move(done));
              })
              ->size() == 4);
    CHECK(shop.ask<std::vector<SignInRecord>>([&](auto done) {
                sign_ins.sign_in_log("other", "", UnixMicros{0}, UnixMicros{9}, 30, 0, std::move(done));
              })
              ->empty());
    REQUIRE(did(shop, [&](auto done) { Logs{shop.engine()}.prune(account, UnixMicros{5}, std::move(done)); }));
    CHECK(shop.ask<std::vector<SignInRecord>>([&](auto done) {
                sign_ins.sign_in_log(account, "", UnixMicros{0}, UnixMicros{9}, 30, 0, std::move(done));
              })
              ->size() == 1);
  });
}

TEST_CASE("store: a device is known to one user, for a while") {
  on_each_engine([](testing::Shop& shop) {
    SignIns sign_ins{shop.engine()};
    add_user(shop, "ada");
    REQUIRE(did(shop, [&](auto done) {
      sign_ins.remember_device("d", "ada", UnixMicros{1}, UnixMicros{50}, std::move(done));
    }));
    const auto known = [&](const char* user, std::int64_t now) {
      return *shop.ask<bool>([&](auto done) { sign_ins.is_known_device("d", user, UnixMicros{now}, std::move(done)); });
    };
    CHECK(known("ada", 10));
    CHECK_FALSE(known("ada", 50));
    CHECK_FALSE(known("bob", 10));
  });
}

TEST_CASE("store: a password is set anew by a token that works once; all sessions end") {
  on_each_engine([](testing::Shop& shop) {
    SignIns sign_ins{shop.engine()};
    Store store{shop.engine()};
    add_user(shop, "ada");
    sign_in(shop, "1", "ada", 1);
    sign_in(shop, "2", "ada", 2);
    const auto password = [&] {
      return (*shop.ask<std::optional<User>>([&](auto done) { store.user("ada", std::move(done)); }))->password_hash;
    };
    const auto put = [&](const char* token) {
      REQUIRE(did(shop, [&](auto done) { sign_ins.put_reset(token, "ada", UnixMicros{50}, std::move(done)); }));
    };
    const auto use = [&](const char* token, std::int64_t now) {
      return did(shop, [&](auto done) {
        sign_ins.reset_password(token, UnixMicros{now}, "ada", "new hash", std::move(done));
      });
    };
    put("t1");
    put("t2");
    CHECK(use("t1", 10).error() == StoreError::not_valid);  // an older one
    CHECK(use("t2", 50).error() == StoreError::not_valid);  // too late
    CHECK(password() == "hash");
    CHECK(sessions(shop, "ada", 10) == "2 1 ");
    CHECK((*shop.ask<std::optional<User>>([&](auto done) {
            sign_ins.user_of_reset("t2", UnixMicros{10}, std::move(done));
          }))->id == "ada");
    REQUIRE(use("t2", 10));
    CHECK(use("t2", 10).error() == StoreError::not_valid);
    CHECK(password() == "new hash");
    CHECK(sessions(shop, "ada", 10).empty());
    sign_in(shop, "3", "ada", 3);
    sign_in(shop, "4", "ada", 4);
    put("t3");
    REQUIRE(did(shop, [&](auto done) { sign_ins.set_password("ada", "third", "hash 4", std::move(done)); }));
    CHECK(password() == "third");
    CHECK(sessions(shop, "ada", 10) == "4 ");
    CHECK_FALSE(*shop.ask<std::optional<User>>(
        [&](auto done) { sign_ins.user_of_reset("t3", UnixMicros{10}, std::move(done)); }));
  });
}

TEST_CASE("store: an invitation makes its user once, in its group") {
  on_each_engine([](testing::Shop& shop) {
    SignIns sign_ins{shop.engine()};
    Directory directory{shop.engine()};
    add_user(shop, "ada");
    REQUIRE(
        did(shop, [&](auto done) { directory.add_group({"g", account, "Group", UnixMicros{1}}, std::move(done)); }));
    Invitation invitation{"i", account, "token",       "bob@example.org", "member",
                          "g", "ada",   UnixMicros{1}, UnixMicros{50}};
    const auto invite = [&] { return did(shop, [&](auto done) { sign_ins.invite(invitation, std::move(done)); }); };
    REQUIRE(invite());
    invitation.id = "j";
    invitation.token_hash = "token 2";
    REQUIRE(invite());  // again: the older one stops working
    const auto find = [&](const char* token, std::int64_t now) {
      return *shop.ask<std::optional<Invitation>>(
          [&](auto done) { sign_ins.invitation(token, UnixMicros{now}, std::move(done)); });
    };
    CHECK_FALSE(find("token", 10));
    CHECK_FALSE(find("token 2", 50));
    REQUIRE(find("token 2", 10));
    CHECK(find("token 2", 10)->group_id == "g");
    CHECK(
        shop.ask<std::vector<Invitation>>([&](auto done) { sign_ins.invitations(account, std::move(done)); })->size() ==
        1);
    const User bob{"bob", "bob@example.org", "Bob", UserRole::member, "hash", UnixMicros{10}};
    const auto accept = [&](std::int64_t now) {
      return did(shop, [&](auto done) { sign_ins.accept(invitation, UnixMicros{now}, bob, std::move(done)); });
    };
    CHECK(accept(50).error() == StoreError::not_valid);
    REQUIRE(accept(10));
    CHECK(accept(10).error() == StoreError::not_valid);
    CHECK(shop.ask<std::vector<Group>>([&](auto done) { directory.groups_of("bob", std::move(done)); })->size() == 1);
    CHECK(invite().error() == StoreError::taken);
    invitation.login = "carl@example.org";
    REQUIRE(invite());
    CHECK(did(shop, [&](auto done) { sign_ins.revoke_invitation("other", "j", std::move(done)); }).error() ==
          StoreError::not_found);
    REQUIRE(did(shop, [&](auto done) { sign_ins.revoke_invitation(account, "j", std::move(done)); }));
    CHECK_FALSE(find("token 2", 10));
    REQUIRE(did(shop, [&](auto done) {
      sign_ins.log_operation({"o", account, UnixMicros{3}, "ada", "invite", "user", "bob"}, std::move(done));
    }));
    CHECK(shop.ask<std::vector<Operation>>([&](auto done) {
                sign_ins.operation_log(account, UnixMicros{0}, UnixMicros{9}, 30, 0, std::move(done));
              })
              ->size() == 1);
  });
}

TEST_CASE("store: a restricted session is nobody's until it is lifted, and a whole one is not made longer by that") {
  on_each_engine([](testing::Shop& shop) {
    SignIns sign_ins{shop.engine()};
    Store store{shop.engine()};
    add_user(shop, "ada");
    const auto start = [&](const std::string& id, bool restricted) {
      SessionInfo session{id, "hash " + id, "ada", "password", "", "", UnixMicros{1}, UnixMicros{50}, restricted};
      SignInRecord record{"line " + id, std::string{default_account}, "ada", UnixMicros{1}, "in", "password", "", ""};
      return did(shop, [&](auto done) { sign_ins.start(session, record, std::move(done)); });
    };
    REQUIRE(start("r", true));
    REQUIRE(start("w", false));
    const auto user_of = [&](const std::string& hash) {
      return shop
          .ask<std::optional<User>>([&](auto done) { store.user_of_session(hash, UnixMicros{10}, std::move(done)); })
          ->has_value();
    };
    const auto live = [&](const std::string& hash) {
      return **shop.ask<std::optional<Store::LiveSession>>(
          [&](auto done) { store.live_session(hash, UnixMicros{10}, std::move(done)); });
    };
    CHECK_FALSE(user_of("hash r"));
    CHECK(live("hash r").restricted);
    CHECK(user_of("hash w"));
    CHECK_FALSE(live("hash w").restricted);
    for (const char* hash : {"hash r", "hash w"}) {
      REQUIRE(did(shop, [&](auto done) { sign_ins.lift_restriction(hash, UnixMicros{90}, std::move(done)); }));
    }
    CHECK(user_of("hash r"));
    CHECK(live("hash r").expires_at == UnixMicros{90});
    CHECK(live("hash w").expires_at == UnixMicros{50});
  });
}
