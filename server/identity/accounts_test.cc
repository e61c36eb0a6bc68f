#include "server/identity/accounts.h"

#include <doctest/doctest.h>

#include "store/testing.h"

using namespace sealhall;
using namespace sealhall::identity;
using namespace std::chrono_literals;

TEST_CASE("accounts: while too many passwords are being checked nobody is taken for somebody who guesses") {
  store::testing::Folder folder;
  store::testing::Shop shop{folder.file()};
  const io::SystemWallClock clock;
  SeededRandom random{9};
  PasswordHasher full{shop.loop(), {.threads = 1, .waiting = 0, .passes = 1, .memory = 64U << 10}};
  Accounts accounts{{shop.loop(), shop.engine(), clock, random, full}};
  const store::User ada{"ada", "ada@example.org", "Ada", store::UserRole::member, "x", UnixMicros{1}};
  for (int i = 0; i < 30; ++i) {
    std::optional<int> signed_in;
    accounts.sign_in(ada.login, "otter", "", {"here"}, [&](auto in) { signed_in = in ? 200 : in.error().status; });
    REQUIRE(shop.loop().run_until([&] { return signed_in.has_value(); }, 10s));
    CHECK(*signed_in == 503);
    std::optional<int> confirmed;
    accounts.confirm_password(ada, "otter", {"here"}, [&](auto is) { confirmed = is ? 204 : is.error().status; });
    REQUIRE(shop.loop().run_until([&] { return confirmed.has_value(); }, 10s));
    CHECK(*confirmed == 503);
    std::optional<int> set_up;
    accounts.set_up("token", {.login = "bob@example.org", .name = "Bob", .password = "quiet otter 27 rivers"}, {"here"},
                    [&](auto in) { set_up = in ? 200 : in.error().status; });
    REQUIRE(shop.loop().run_until([&] { return set_up.has_value(); }, 10s));
    CHECK(*set_up == 503);
  }
}
