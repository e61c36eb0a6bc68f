#include "store/logs.h"

#include <doctest/doctest.h>

#include "store/sign_ins.h"
#include "store/testing.h"

using namespace sealhall;
using namespace sealhall::store;
using testing::on_each_engine;

TEST_CASE("store: logs are pruned of one account alone") {
  on_each_engine([](testing::Shop& shop) {
    Logs logs{shop.engine()};
    SignIns sign_ins{shop.engine()};
    const std::string account{default_account};
    const auto did = [&](auto start) { return shop.ask<void>([&](Done<void> done) { start(std::move(done)); }); };
    REQUIRE(shop.write({{.sql = "INSERT INTO accounts(id, name, created_at) VALUES('other','Other',1)"}}).has_value());
    CHECK(shop.ask<std::vector<std::string>>([&](auto done) { logs.accounts(std::move(done)); })->size() == 2);
    for (const std::string& of : {account, std::string{"other"}}) {
      for (const std::int64_t at : {1, 9}) {
        REQUIRE(did([&](auto done) {
          sign_ins.log_sign_in({of + std::to_string(at), of, "u", UnixMicros{at}, "in", "", "", ""}, std::move(done));
        }));
        REQUIRE(did([&](auto done) {
          sign_ins.log_operation({of + std::to_string(at), of, UnixMicros{at}, "u", "add", "user", "x"},
                                 std::move(done));
        }));
      }
    }
    REQUIRE(did([&](auto done) { logs.prune(account, UnixMicros{9}, std::move(done)); }));
    const auto count = [&](const std::string& of) {
      const auto in = shop.ask<std::vector<SignInRecord>>(
          [&](auto done) { sign_ins.sign_in_log(of, "", UnixMicros{0}, UnixMicros{99}, 9, 0, std::move(done)); });
      const auto changes = shop.ask<std::vector<Operation>>(
          [&](auto done) { sign_ins.operation_log(of, UnixMicros{0}, UnixMicros{99}, 9, 0, std::move(done)); });
      return in->size() + changes->size();
    };
    CHECK(count(account) == 2);
    CHECK(count("other") == 4);
  });
}
