#include "store/log_search.h"

#include <doctest/doctest.h>

#include "store/testing.h"

using namespace sealhall;
using namespace sealhall::store;
using testing::on_each_engine;

namespace {

template <class Record>
std::string ids(const LogPage<Record>& page) {
  std::string out;
  for (const auto& line : page.lines) out += line.record.id;
  return out + "/" + std::to_string(page.total);
}

}  // namespace

TEST_CASE("store: what is put into LIKE means itself") {
  CHECK(like_part("ada") == "%ada%");
  CHECK(like_part("50%_!") == "%50!%!_!!%");
}

TEST_CASE("store: the logs are searched by person, kind, text and time, and come in pages with their total") {
  on_each_engine([](testing::Shop& shop) {
    SignIns logs{shop.engine()};
    LogSearch search{shop.engine()};
    Store store{shop.engine()};
    const std::string account{default_account};
    User ada;
    ada.id = "ada";
    ada.login = "ada_l@example.org";
    ada.name = "Ada";
    ada.password_hash = "x";
    REQUIRE(shop.ask<void>([&](auto done) { store.create_user(ada, std::move(done)); }).has_value());
    const auto sign_in = [&](std::string id, std::int64_t at, std::string user, std::string kind, std::string source) {
      REQUIRE(shop.ask<void>([&](auto done) {
                    logs.log_sign_in({id, account, user, UnixMicros{at}, kind, "password", source, "Browser"},
                                     std::move(done));
                  })
                  .has_value());
    };
    sign_in("a", 1, "ada", "in", "7f000001");
    sign_in("b", 2, "ada", "refused", "0a000001");
    sign_in("c", 3, "gone", "refused", "0a000002");
    const auto ins = [&](LogQuery query) {
      query.account_id = query.account_id.empty() ? account : query.account_id;
      if (query.to == UnixMicros{}) query.to = UnixMicros{99};
      auto found = shop.ask<LogPage<SignInRecord>>([&](auto done) { search.sign_ins(query, std::move(done)); });
      REQUIRE(found.has_value());
      return std::move(*found);
    };
    CHECK(ids(ins({})) == "cba/3");
    CHECK(ids(ins({.oldest_first = true})) == "abc/3");
    CHECK(ids(ins({.limit = 1, .offset = 1})) == "b/3");
    CHECK(ids(ins({.user_id = "ada"})) == "ba/2");
    CHECK(ids(ins({.kind = "refused"})) == "cb/2");
    CHECK(ids(ins({.about = "passkey"})) == "/0");
    CHECK(ids(ins({.text = "ada_l@"})) == "ba/2");
    CHECK(ids(ins({.text = "adaxl@"})) == "/0");  // _ is no placeholder
    CHECK(ids(ins({.text = "0a00000"})) == "cb/2");
    CHECK(ids(ins({.text = "browser"})) == "cba/3");
    CHECK(ids(ins({.from = UnixMicros{2}, .to = UnixMicros{3}})) == "b/1");
    CHECK(ids(ins({.account_id = "elsewhere"})) == "/0");
    CHECK(ins({.kind = "in"}).lines.at(0).login == "ada_l@example.org");
    CHECK(ins({.user_id = "gone"}).lines.at(0).login == "");

    const auto change = [&](std::string id, std::int64_t at, std::string action, std::string category) {
      REQUIRE(shop.ask<void>([&](auto done) {
                    logs.log_operation({id, account, UnixMicros{at}, "ada", action, category, "Object" + id},
                                       std::move(done));
                  })
                  .has_value());
    };
    change("x", 1, "add", "user");
    change("y", 2, "change", "policy");
    const auto changes = [&](LogQuery query) {
      query.account_id = account;
      query.to = UnixMicros{99};
      auto found = shop.ask<LogPage<Operation>>([&](auto done) { search.operations(query, std::move(done)); });
      REQUIRE(found.has_value());
      return std::move(*found);
    };
    CHECK(ids(changes({})) == "yx/2");
    CHECK(ids(changes({.kind = "add"})) == "x/1");
    CHECK(ids(changes({.about = "policy"})) == "y/1");
    CHECK(ids(changes({.text = "objectx"})) == "x/1");
    CHECK(ids(changes({.text = "ada_l"})) == "yx/2");
    CHECK(changes({}).lines.at(0).login == "ada_l@example.org");
  });
}
