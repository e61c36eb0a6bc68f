#include "kms/keystore.h"

#include <cstdlib>
#include <fstream>

#include "core/base/encoding.h"
#include "kms/testing.h"

namespace sealhall::kms {
namespace {

using testing::Bench;

const std::string alice = "alice-account", bob = "bob-account";

TEST_CASE("keystore: data keys open for their account only, also after a restart") {
  Bench b;
  auto store = b.create();
  const auto made = store->make(alice, "2026-11", 3, b.wall).value();
  REQUIRE(made.size() == 3);
  auto again = b.load().value();
  for (const DataKey& key : made) {
    CHECK(again->open(alice, key.wrapped).value() == key.key);
    CHECK(again->open(bob, key.wrapped).error() == KeystoreError::not_authentic);
  }
  CHECK(made[0].wrapped != made[1].wrapped);
  Bytes bent = made[0].wrapped;
  bent[120] ^= 1;
  CHECK(again->open(alice, bent).error() == KeystoreError::not_authentic);
  CHECK(again->open(alice, {}).error() == KeystoreError::not_authentic);
}

TEST_CASE("keystore: account keys are locked in memory") {
  const auto locked_kb = [] {
    std::ifstream status{"/proc/self/status"};
    for (std::string line; std::getline(status, line);) {
      if (line.starts_with("VmLck:")) return std::atoi(line.c_str() + 6);
    }
    return -1;
  };
  const int before = locked_kb();
  Bench b;
  auto store = b.create();
  for (int i = 0; i < 300; ++i) REQUIRE(store->make("account-" + std::to_string(i), "", 1, b.wall));
  // A small limit of the system is no reason to fail, but then it says so.
#if defined(__SANITIZE_ADDRESS__)
  constexpr bool counted = false;
#elif defined(__has_feature)
  constexpr bool counted = !__has_feature(address_sanitizer);  // it answers mlock itself, and locks nothing
#else
  constexpr bool counted = true;
#endif
  if (counted && store->locked()) CHECK(locked_kb() >= before + 300 * 32 / 1024);
  CHECK(b.load().value()->locked() == store->locked());
}

TEST_CASE("keystore: one account key for each account and period") {
  Bench b;
  auto store = b.create();
  for (const auto& [account, period] : {std::pair{alice, "2026-11"}, {alice, "2026-11"}, {alice, ""}, {bob, ""}}) {
    REQUIRE(store->make(account, period, 1, b.wall));
  }
  const auto list = store->list();
  REQUIRE(list.size() == 3);
  CHECK(list[0].account_id == alice);
  CHECK(list[0].period == "2026-11");
  CHECK(list[0].versions.size() == 1);
  CHECK(list[2].account_id == bob);
}

TEST_CASE("keystore: a rotation keeps what is old readable, and re-wrapped keys live on when the old version is gone") {
  Bench b;
  auto store = b.create();
  const auto key = std::move(store->make(alice, "", 1, b.wall).value()[0]);
  REQUIRE(store->rotate(alice, b.wall));
  CHECK(store->open(alice, key.wrapped).value() == key.key);
  const Bytes wrapped = store->rewrap(alice, key.wrapped).value();
  const auto info = envelope::read_wrapped_key(wrapped).value();
  CHECK(info.under.version == 2);
  CHECK(info.key_id == key.id);
  REQUIRE(store->destroy(info.under.id, 1));
  store = std::move(b.load().value());
  CHECK(store->open(alice, wrapped).value() == key.key);
  CHECK(store->open(alice, key.wrapped).error() == KeystoreError::destroyed);
  CHECK(store->rewrap(alice, key.wrapped).error() == KeystoreError::destroyed);
  CHECK(store->list()[0].versions[0].state == wire::kms::KeyState::destroyed);
  CHECK(store->list()[0].versions[1].state == wire::kms::KeyState::enabled);
  CHECK(store->destroy(info.under.id, 1).error() == KeystoreError::unknown_key);
  CHECK(store->destroy(KeyId{}, 0).error() == KeystoreError::unknown_key);
}

TEST_CASE("keystore: a destroyed key is gone from the file, and its period gets a new one") {
  Bench b;
  auto store = b.create();
  const auto key = std::move(store->make(alice, "2026-10", 1, b.wall).value()[0]);
  const Bytes wrapped_account_key = parse_keystore(b.file)->keys[0].versions[0].wrapped;
  REQUIRE(store->destroy(envelope::read_wrapped_key(key.wrapped)->under.id, 0));
  CHECK(b.file.find(to_base64url(wrapped_account_key)) == std::string::npos);
  CHECK(store->open(alice, key.wrapped).error() == KeystoreError::destroyed);
  const auto fresh = std::move(store->make(alice, "2026-10", 1, b.wall).value()[0]);
  CHECK(store->open(alice, fresh.wrapped));
  CHECK(b.load().value()->list().size() == 2);
}

TEST_CASE("keystore: a shredded data key stays shredded, whatever comes back") {
  Bench b;
  auto store = b.create();
  auto keys = store->make(alice, "", 2, b.wall).value();
  const Bytes before = store->rewrap(alice, keys[0].wrapped).value();
  REQUIRE(store->shred(alice, {keys[0].id}));
  store = std::move(b.load().value());
  CHECK(store->open(alice, keys[0].wrapped).error() == KeystoreError::destroyed);
  CHECK(store->open(alice, before).error() == KeystoreError::destroyed);
  CHECK(store->rewrap(alice, before).error() == KeystoreError::destroyed);
  CHECK(store->open(alice, keys[1].wrapped).value() == keys[1].key);
  CHECK(store->shredded() == 1);
}

TEST_CASE("keystore: another root key takes over everything") {
  Bench b;
  auto store = b.create();
  const auto key = std::move(store->make(alice, "", 1, b.wall).value()[0]);
  const std::string old_file = b.file;
  const auto old_root = b.root;
  std::shared_ptr<RootKey> next = SoftwareRoot::generate("file", b.random);
  REQUIRE(store->change_root(next));
  CHECK(b.load().error() == KeystoreError::other_root);
  b.root = next;
  CHECK(b.load().value()->open(alice, key.wrapped).value() == key.key);
  b.file = old_file;
  CHECK(b.load().error() == KeystoreError::other_root);
}

TEST_CASE("keystore: a disk that refuses changes nothing") {
  Bench b;
  auto store = b.create();
  const auto key = std::move(store->make(alice, "", 1, b.wall).value()[0]);
  const std::string before = b.file;
  const KeyId id = envelope::read_wrapped_key(key.wrapped)->under.id;
  b.disk_works = false;
  CHECK(store->make(alice, "2027-01", 1, b.wall).error() == KeystoreError::not_saved);
  CHECK(store->rotate(alice, b.wall).error() == KeystoreError::not_saved);
  CHECK(store->shred(alice, {key.id}).error() == KeystoreError::not_saved);
  CHECK(store->destroy(id, 0).error() == KeystoreError::not_saved);
  CHECK(store->change_root(SoftwareRoot::generate("file", b.random)).error() == KeystoreError::not_saved);
  CHECK(b.file == before);
  CHECK(store->open(alice, key.wrapped).value() == key.key);
  CHECK(store->make(alice, "", 1, b.wall));  // needs no new account key
  CHECK(store->list()[0].versions.size() == 1);
}

TEST_CASE("keystore: every changed byte of the file is found") {
  Bench b;
  auto store = b.create();
  REQUIRE(store->make(alice, "2026-11", 1, b.wall));
  const std::string good = b.file;
  for (std::size_t i = 0; i < good.size(); ++i) {
    b.file = good;
    b.file[i] = static_cast<char>(b.file[i] ^ 1);
    if (b.load()) FAIL("byte ", i);
  }
  b.file = good.substr(0, good.size() - 1);
  CHECK_FALSE(b.load());
  b.file = "";
  CHECK(b.load().error() == KeystoreError::malformed);
}

}  // namespace
}  // namespace sealhall::kms
