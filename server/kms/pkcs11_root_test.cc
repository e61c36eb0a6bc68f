#include "server/kms/pkcs11_root.h"

#include <doctest/doctest.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

#include "core/crypto/random.h"
#include "server/kms/key_folder.h"

namespace sealhall::kms {
namespace {

constexpr const char* module = "/usr/lib/softhsm/libsofthsm2.so";

/// A SoftHSM token in a folder of its own, made once: the module reads its configuration when it is loaded.
struct TokenFolder {
  TokenFolder() {
    path = "/tmp/sealhall_hsm_XXXXXX";
    REQUIRE(::mkdtemp(path.data()) != nullptr);
    std::filesystem::create_directory(path + "/tokens");
    std::ofstream{path + "/softhsm2.conf"} << "directories.tokendir = " << path << "/tokens\nlog.level = ERROR\n";
    ::setenv("SOFTHSM2_CONF", (path + "/softhsm2.conf").c_str(), 1);
    const int made = std::system(
        "softhsm2-util --init-token --free --label sealhall --pin 123456 --so-pin 12345678 >/dev/null 2>&1");
    REQUIRE(made == 0);
  }
  ~TokenFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  std::string path;
};
const std::string& token_folder() {
  static const TokenFolder folder;
  return folder.path;
}
Pkcs11Options options() {
  token_folder();
  return {.module = module, .token = "sealhall", .pin = "123456"};
}

TEST_CASE("PKCS#11 root: wraps and opens in its place; what was changed is refused") {
  SeededRandom random{1};
  auto root = Pkcs11Root::open(options(), true, random);
  REQUIRE(root);
  Key key;
  random.fill(key.reveal_mutable());
  const envelope::Context place{"account", "account_key", "1", "1"};
  const Bytes wrapped = (*root)->wrap(KeyId{1, 2, 3}, place, key).value();
  CHECK((*root)->unwrap(place, wrapped).value() == key);
  CHECK((*root)->unwrap({"account", "account_key", "1", "2"}, wrapped).error() == RootError::refused);
  for (std::size_t i = 0; i < wrapped.size(); ++i) {
    Bytes bent = wrapped;
    bent[i] ^= 1;
    CHECK((*root)->unwrap(place, bent).error() == RootError::refused);
  }
  CHECK((*root)->unwrap(place, ByteView{wrapped}.first(50)).error() == RootError::refused);
  CHECK((*root)->unwrap(place, wrapped).value() == key);  // still in order after all that
  CHECK((*root)->description() == "PKCS#11 token sealhall");

  // The key is the same in the next process.
  const KeyId id = (*root)->id();
  root->reset();
  root = Pkcs11Root::open(options(), false, random);
  REQUIRE(root);
  CHECK((*root)->id() == id);
  CHECK((*root)->unwrap(place, wrapped).value() == key);
}

TEST_CASE("PKCS#11 root: many callers at once are served one after the other, each with an answer of its own") {
  crypto::SystemRandom random;
  const auto root = Pkcs11Root::open(options(), true, random).value();
  std::atomic<int> right = 0;
  {
    std::vector<std::jthread> callers;
    for (std::uint8_t caller = 0; caller < 4; ++caller) {
      callers.emplace_back([&, caller] {
        const envelope::Context place{"account" + std::to_string(caller), "account_key", "1", "1"};
        for (int i = 0; i < 50; ++i) {
          Key key;
          random.fill(key.reveal_mutable());
          const auto wrapped = root->wrap(KeyId{caller}, place, key);
          if (!wrapped) continue;
          const auto opened = root->unwrap(place, *wrapped);
          if (opened && *opened == key) ++right;
        }
      });
    }
  }
  CHECK(right == 200);
}

TEST_CASE("PKCS#11 root: a keystore stands on it, and is not opened by another key") {
  SeededRandom random{2};
  const io::SystemWallClock clock;
  const std::string folder = token_folder() + "/keys";
  const auto ask = [&](KeyFolder& keys, const wire::kms::ControlMessage& m) { return *keys.service().handle(m, {}); };
  using namespace wire::kms;
  Bytes wrapped;
  {
    std::shared_ptr<RootKey> root = Pkcs11Root::open(options(), true, random).value();
    auto keys = KeyFolder::open({.folder = folder}, random, clock, root);
    REQUIRE(keys);
    CHECK_FALSE(std::filesystem::exists(folder + "/root.key"));
    wrapped =
        std::get<DataKeysMade>(ask(**keys, MakeDataKeys{1, Principal::control, "account", "", 1})).keys[0].wrapped;
  }
  CHECK_FALSE(root_of_keystore(folder + "/nowhere"));
  const KeyId before = root_of_keystore(folder).value();
  auto of_keystore = options();
  of_keystore.id = before;
  std::shared_ptr<RootKey> root = Pkcs11Root::open(of_keystore, false, random).value();
  CHECK(root->id() == before);
  auto keys = KeyFolder::open({.folder = folder}, random, clock, root);
  REQUIRE(keys);
  const auto opens = [&] {
    return std::holds_alternative<DataKeyOpened>(ask(**keys, OpenDataKey{1, Principal::control, "account", wrapped}));
  };
  CHECK(opens());
  // Another root key in the token: the keystore changes over to it, at once and for the next start.
  CHECK(std::holds_alternative<KeysChanged>(ask(**keys, RotateKeys{2, Principal::administrator, ""})));
  CHECK(opens());
  CHECK(std::holds_alternative<KeysChanged>(ask(**keys, RotateKeys{3, Principal::administrator, ""})));
  of_keystore.id = root_of_keystore(folder).value();
  CHECK(of_keystore.id != before);
  keys->reset();
  root.reset();
  root = Pkcs11Root::open(of_keystore, false, random).value();
  CHECK(root->id() == of_keystore.id);
  keys = KeyFolder::open({.folder = folder}, random, clock, root);
  REQUIRE(keys);
  CHECK(opens());
  keys->reset();
  root.reset();
  // The one before is still in the token, and opens the keystore no more.
  of_keystore.id = before;
  root = Pkcs11Root::open(of_keystore, false, random).value();
  CHECK(KeyFolder::open({.folder = folder}, random, clock, root).error().find("another root key") != std::string::npos);
  root.reset();
  auto other_options = options();
  other_options.key = "another";
  std::shared_ptr<RootKey> other = Pkcs11Root::open(other_options, true, random).value();
  CHECK(KeyFolder::open({.folder = folder}, random, clock, other).error().find("another root key") !=
        std::string::npos);
}

TEST_CASE("PKCS#11 root: what is missing is said in a sentence") {
  SeededRandom random{3};
  auto o = options();
  o.module = "/nonexistent.so";
  CHECK(Pkcs11Root::open(o, false, random).error().find("cannot be loaded") != std::string::npos);
  o.module = "/lib/x86_64-linux-gnu/libm.so.6";
  if (std::filesystem::exists(o.module))
    CHECK(Pkcs11Root::open(o, false, random).error().find("is not a PKCS#11 module") != std::string::npos);
  o = options();
  o.token = "nobody";
  CHECK(Pkcs11Root::open(o, false, random).error().find("no token") != std::string::npos);
  o = options();
  o.pin = "000000";
  CHECK(Pkcs11Root::open(o, false, random).error().find("PIN") != std::string::npos);
  o = options();
  o.id = KeyId{7};
  CHECK(Pkcs11Root::open(o, false, random).error().find("no key") != std::string::npos);
  o = options();
  o.key = "missing";
  CHECK(Pkcs11Root::open(o, false, random).error().find("no key") != std::string::npos);
}

}  // namespace
}  // namespace sealhall::kms
