// Who is here is told to nobody at the door: an unknown name and a wrong password get the same answer, after the same
// work. The work is counted where it is done and not timed.
#include <dlfcn.h>
#include <sodium.h>

#include <mutex>

#include "io/net/timer.h"
#include "server/identity/password.h"
#include "tests/support/control_house.h"

using namespace sealhall;
using namespace sealhall::control;
using namespace sealhall::control::testing;

namespace {

/// What Argon2id was asked to compare since the last look: "$argon2id$v=19$m=64,t=1,p=1" for each.
class Work {
 public:
  void done(std::string_view hash) {
    std::size_t end = 0;
    for (int i = 0; i < 4 && end != std::string_view::npos; ++i) end = hash.find('$', end + (i == 0 ? 0 : 1));
    const std::lock_guard lock{mutex_};
    if (costs_.size() < most) costs_.emplace_back(hash.substr(0, end));
  }
  std::vector<std::string> take() {
    const std::lock_guard lock{mutex_};
    return std::exchange(costs_, {});
  }

 private:
  static constexpr std::size_t most = 1000;  ///< the other tests of this program sign in, too
  std::mutex mutex_;
  std::vector<std::string> costs_;
};
Work& work() {
  static Work all;
  return all;
}

/// Everything of an answer but the time of day.
std::string whole(const io::HttpResponse& response) {
  std::string out = std::to_string(response.status) + "\n";
  for (const auto& [name, value] : response.headers) {
    if (name != "Date" && name != "date") out += name + ": " + value + "\n";
  }
  return out + "\n" + response.body;
}

struct Door {
  House house;
  std::string root = house.admin();

  struct Seen {
    std::string answer;
    std::vector<std::string> work;
  };
  Seen sign_in(const std::string& login, const std::string& password, const std::string& more = "") {
    work().take();
    const auto response = house.call("POST", "/api/sign-in",
                                     R"({"login":")" + login + R"(","password":")" + password + "\"" + more + "}");
    return {whole(response), work().take()};
  }
};

}  // namespace

// In front of libsodium's own.
extern "C" int crypto_pwhash_str_verify(const char* hash, const char* const password, unsigned long long size) {
  using Real = int(const char*, const char*, unsigned long long);
  static auto* const real = reinterpret_cast<Real*>(::dlsym(RTLD_NEXT, "crypto_pwhash_str_verify"));
  work().done(hash);
  return real(hash, password, size);
}

TEST_CASE("enumeration: an unknown name, a wrong password and a disabled person get one answer after the same work") {
  Door door;
  const std::string ada = door.house.member(door.root, "ada");
  const std::string id = House::text_at(door.house.call("GET", "/api/me", "", ada), "id");
  const auto wrong = door.sign_in("ada", "wrong horse");
  CHECK(wrong.answer.starts_with("401\n"));
  REQUIRE(wrong.work.size() == 1);
  CHECK(wrong.work[0].starts_with("$argon2id$v=19$m="));
  const auto same = [&](const Door::Seen& other) {
    CHECK(other.answer == wrong.answer);
    CHECK(other.work == wrong.work);
  };
  same(door.sign_in("nobody", "wrong horse"));
  same(door.sign_in("nobody@example.org", "wrong horse"));
  same(door.sign_in(" ", "wrong horse"));
  // What comes along does not tell them apart either.
  const std::string more = R"(,"code":"123456","device":"invented")";
  same(door.sign_in("ada", "wrong horse", more));
  same(door.sign_in("nobody", "wrong horse", more));
  REQUIRE(door.house.call("POST", "/api/users/" + id + "/disable", "", door.root).status == 204);
  same(door.sign_in("ada", "correct horse"));  // she knows it, and is told nothing
}

TEST_CASE("enumeration: whoever has to wait is told the same, whether there is somebody of that name or not") {
  Door door;
  door.house.member(door.root, "ada");
  for (int i = 0; i < 10; ++i) door.sign_in("another " + std::to_string(i), "wrong horse");
  const auto known = door.sign_in("ada", "correct horse");
  const auto unknown = door.sign_in("nobody", "correct horse");
  CHECK(known.answer.starts_with("429\n"));
  CHECK(known.answer == unknown.answer);
  CHECK(known.work.empty());
  CHECK(unknown.work.empty());
}

TEST_CASE("enumeration: a forgotten password is asked for with one answer, whoever is here") {
  Door door;
  REQUIRE(door.house
              .call("POST", "/api/users", R"({"login":"ada@example.org","name":"Ada","password":"correct horse"})",
                    door.root)
              .status == 201);
  const auto asked = [&](const std::string& login) {
    return whole(door.house.call("POST", "/api/password-reset", R"({"login":")" + login + "\"}"));
  };
  const std::string known = asked("ada@example.org");
  CHECK(known.starts_with("202\n"));
  CHECK(asked("nobody@example.org") == known);
  CHECK(asked("root") == known);  // is here, and has no address
}

TEST_CASE("enumeration: what stands in for the hash that is not there costs what passwords cost here") {
  io::Loop loop;
  io::Timer awake{loop};  // the hasher's thread posts later
  awake.after(1h, [] {});
  for (const unsigned long long passes : {1ULL, 3ULL}) {
    identity::PasswordHasher hasher{loop, {.passes = passes, .memory = 64U << 10}};
    std::optional<expected<std::string, identity::PasswordError>> hash;
    hasher.hash("correct horse", [&](auto h) { hash = std::move(h); });
    loop.run_until([&] { return hash.has_value(); }, 10s);
    REQUIRE((hash && *hash));
    const auto verify = [&](const std::string& against) {
      std::optional<expected<bool, identity::PasswordError>> right;
      work().take();
      hasher.verify(against, "wrong horse", [&](auto r) { right = std::move(r); });
      loop.run_until([&] { return right.has_value(); }, 10s);
      REQUIRE((right && *right));
      CHECK_FALSE(**right);
      return work().take();
    };
    const auto with = verify(**hash);
    CHECK(with.size() == 1);
    CHECK(verify("") == with);
  }
}
