#include "server/vault/testing.h"

#include <doctest/doctest.h>

namespace sealhall::vault {
namespace {

TEST_CASE("memory vault: does what a vault promises, so that tests written against it mean something") {
  testing::MemoryVault vault;
  const SealContext place{"account", "chat", "1", "text"};
  Bytes sealed;
  vault.seal(place, "meeting/1", {1, 2, 3}, [&](auto done) { sealed = std::move(*done); });
  REQUIRE(sealed.size() == 3 + envelope::record_overhead);
  const auto open = [&](const SealContext& context) {
    expected<Bytes, VaultError> out;
    vault.open(context, sealed, [&](auto done) { out = std::move(done); });
    return out;
  };
  CHECK(open(place).value() == Bytes{1, 2, 3});
  CHECK(open({"account", "chat", "2", "text"}).error() == VaultError::not_authentic);
  Bytes wrapped;
  vault.new_object_key(place, "meeting/1", [&](auto key) { wrapped = std::move(key->wrapped); });
  bool same = false;
  vault.object_key(place, wrapped, [&](auto key) { same = key.has_value(); });
  CHECK(same);
  vault.trouble = VaultError::unavailable;
  CHECK(open(place).error() == VaultError::unavailable);
  vault.trouble.reset();
  vault.shred("account", "meeting/1", [](auto) {});
  CHECK(open(place).error() == VaultError::shredded);
}

}  // namespace
}  // namespace sealhall::vault
