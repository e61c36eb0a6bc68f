// The vault with a key service in the same process, for the tests of this folder.
#pragma once

#include <doctest/doctest.h>

#include "kms/testing.h"
#include "server/vault/stored_vault.h"
#include "store/store.h"
#include "store/testing.h"

namespace sealhall::vault::testing {

using namespace std::chrono_literals;
using wire::kms::ControlMessage;
using wire::kms::KmsMessage;

/// kms in the same process: answers at once, or is away.
class InProcess final : public KeySource {
 public:
  explicit InProcess(sealhall::kms::KeyService& service, Instant& now) : service_(service), now_(now) {}
  [[nodiscard]] bool here() const noexcept override { return is_here; }
  void ask(ControlMessage question, std::move_only_function<void(expected<KmsMessage, VaultError>)> done) override {
    if (!is_here) return done(unexpected(VaultError::unavailable));
    ++asked;
    auto answer = service_.handle(question, now_);
    REQUIRE(answer);
    done(std::move(*answer));
  }

  bool is_here = true;
  int asked = 0;

 private:
  sealhall::kms::KeyService& service_;
  Instant& now_;
};

inline const std::string account{store::default_account};

struct Server {
  explicit Server(::sealhall::store::testing::Shop& the_shop) : shop(the_shop) { restart(); }

  void restart() {
    vault.reset();
    vault = std::make_unique<StoredVault>(
        shop.engine(), source, bench.random,
        StoredVault::Clocks{.steady = [this] { return now; }, .wall = [this] { return bench.wall; }});
  }
  void pass(Duration time) {
    now += time;
    bench.wall = UnixMicros{static_cast<std::int64_t>(bench.wall) + time.count()};
    vault->tick();
  }
  template <class T, class Ask>
  expected<T, VaultError> ask(Ask start) {
    std::optional<expected<T, VaultError>> result;
    start(Done<T>{[&result](auto r) { result = std::move(r); }});
    shop.loop().run_until([&result] { return result.has_value(); }, 30s);
    REQUIRE(result.has_value());
    return std::move(*result);
  }
  expected<Bytes, VaultError> seal(const std::string& text, const std::string& scope = "meeting/1",
                                   const std::string& id = "m1") {
    return ask<Bytes>([&](auto done) {
      vault->seal({account, "chat", id, "text"}, scope, Bytes(text.begin(), text.end()), std::move(done));
    });
  }
  expected<std::string, VaultError> open(const Bytes& sealed, const std::string& id = "m1",
                                         const std::string& who = account) {
    auto opened = ask<Bytes>([&](auto done) { vault->open({who, "chat", id, "text"}, sealed, std::move(done)); });
    if (!opened) return unexpected(opened.error());
    return std::string{opened->begin(), opened->end()};
  }
  expected<ObjectKey, VaultError> object(const std::string& scope) {
    return ask<ObjectKey>(
        [&](auto done) { vault->new_object_key({account, "recording", "r", ""}, scope, std::move(done)); });
  }
  expected<envelope::Key, VaultError> object_key(const Bytes& wrapped) {
    return ask<envelope::Key>(
        [&](auto done) { vault->object_key({account, "recording", "r", ""}, wrapped, std::move(done)); });
  }
  expected<void, VaultError> shred(const std::string& scope) {
    return ask<void>([&](auto done) { vault->shred(account, scope, std::move(done)); });
  }

  ::sealhall::store::testing::Shop& shop;
  sealhall::kms::testing::Bench bench;
  Instant now{};
  std::unique_ptr<sealhall::kms::KeyService> kms = bench.service({.per_second = 100, .burst = 100'000});
  InProcess source{*kms, now};
  std::unique_ptr<StoredVault> vault;
};

}  // namespace sealhall::vault::testing
