#include "server/vault/stored_vault.h"

#include <doctest/doctest.h>

#include <filesystem>

#include "core/base/encoding.h"
#include "core/envelope/container.h"
#include "tests/vault/in_process.h"

namespace sealhall::vault {
namespace {

using namespace std::chrono_literals;
using namespace wire::kms;
using testing::account;
using testing::InProcess;
using testing::Server;

TEST_CASE("vault: what was sealed opens in its place, also after a restart, and nowhere else") {
  store::testing::on_each_engine([](store::testing::Shop& shop) {
    Server s{shop};
    const Bytes sealed = s.seal("hello").value();
    CHECK(s.open(sealed).value() == "hello");
    s.restart();
    CHECK(s.open(sealed).value() == "hello");
    CHECK(s.open(sealed, "m2").error() == VaultError::not_authentic);
    CHECK(s.open(sealed, "m1", "another account").error() == VaultError::not_authentic);
    Bytes bent = sealed;
    bent.back() ^= 1;
    CHECK(s.open(bent).error() == VaultError::not_authentic);
    CHECK(s.open(Bytes{1, 2, 3}).error() == VaultError::not_authentic);
    CHECK(s.open(sealed, "m1", "").error() == VaultError::bad_context);
    CHECK(s.seal(std::string((1U << 20) + 1, 'x')).error() == VaultError::too_large);
    const auto key = s.object("recording/1").value();
    s.restart();
    CHECK(s.object_key(key.wrapped).value() == key.key);
    CHECK(s.object_key(Bytes(150, 2)).error() == VaultError::not_authentic);
  });
}

TEST_CASE("vault: one data key for a scope, one question to kms for many records") {
  store::testing::on_each_engine([](store::testing::Shop& shop) {
    Server s{shop};
    std::vector<SealedItem> items;
    for (int i = 0; i < 200; ++i) {
      const std::string id = "m" + std::to_string(i);
      items.push_back({{account, "chat", id, "text"}, s.seal("text " + id, "meeting/1", id).value()});
    }
    s.restart();
    const int before = s.source.asked;
    items[7].context.object_id = "m8";
    std::vector<expected<Bytes, VaultError>> opened;
    s.vault->open_all(std::move(items), [&](auto all) { opened = std::move(all); });
    shop.loop().run_until([&] { return !opened.empty(); }, 30s);
    REQUIRE(opened.size() == 200);
    for (std::size_t i = 0; i < opened.size(); ++i) {
      if (i == 7) {
        CHECK(opened[i].error() == VaultError::not_authentic);
      } else {
        CHECK(as_text(opened[i].value()) == "text m" + std::to_string(i));
      }
    }
    CHECK(s.source.asked == before + 1);
    CHECK(s.vault->keys_in_memory() == 1);
  });
}

TEST_CASE("vault: kms is away for ten minutes: new chats and recordings go on, and everything opens when it is back") {
  store::testing::on_each_engine([](store::testing::Shop& shop) {
    Server s{shop};
    s.vault->warm(account);
    const Bytes before = s.seal("before").value();
    CHECK(s.vault->pooled(account) >= 64);
    s.source.is_here = false;
    std::vector<std::pair<std::string, Bytes>> written;
    std::vector<ObjectKey> recordings;
    for (int minute = 0; minute < 10; ++minute) {
      s.pass(1min);
      const std::string id = "n" + std::to_string(minute);
      const auto sealed = s.seal(id, "meeting/1", id);
      REQUIRE(sealed);
      written.emplace_back(id, *sealed);
      CHECK(s.seal(id, "meeting/new " + id, id));
      auto recording = s.object("recording/" + id);
      REQUIRE(recording);
      recordings.push_back(std::move(*recording));
      CHECK(s.open(*sealed, id).value() == id);  // what was just written is at hand
    }
    CHECK(s.open(before).error() == VaultError::unavailable);
    s.source.is_here = true;
    s.vault->source_ready();
    s.restart();
    CHECK(s.open(before).value() == "before");
    for (const auto& [id, sealed] : written) CHECK(s.open(sealed, id).value() == id);
    for (const ObjectKey& recording : recordings) CHECK(s.object_key(recording.wrapped).value() == recording.key);
  });
}

TEST_CASE("vault: without kms and without a pool nothing is sealed, and that is said") {
  store::testing::on_each_engine([](store::testing::Shop& shop) {
    Server s{shop};
    s.source.is_here = false;
    CHECK(s.seal("x").error() == VaultError::unavailable);
    CHECK(s.object("recording/1").error() == VaultError::unavailable);
    s.source.is_here = true;
    CHECK(s.seal("x"));
  });
}

TEST_CASE("vault: keys leave memory after five minutes, and there are never more than a thousand") {
  store::testing::on_each_engine([](store::testing::Shop& shop) {
    Server s{shop};
    for (int i = 0; i < 1100; ++i) REQUIRE(s.object("recording/" + std::to_string(i)));
    CHECK(s.vault->keys_in_memory() == 1000);
    s.pass(5min);
    CHECK(s.vault->keys_in_memory() == 0);
  });
}

TEST_CASE("vault: many at once for a new scope share one key, and each is answered once") {
  store::testing::on_each_engine([](store::testing::Shop& shop) {
    Server s{shop};
    std::vector<Bytes> sealed;
    for (int i = 0; i < 50; ++i) {
      s.vault->seal({account, "chat", std::to_string(i), ""}, "meeting/1", Bytes{static_cast<std::uint8_t>(i)},
                    [&](auto done) { sealed.push_back(std::move(done.value())); });
    }
    shop.loop().run_until([&] { return sealed.size() == 50; }, 30s);
    REQUIRE(sealed.size() == 50);
    const auto id = envelope::data_key_of_record(sealed[0]).value();
    for (const Bytes& one : sealed) CHECK(envelope::data_key_of_record(one).value() == id);
  });
}

TEST_CASE("vault: a data key that is used up makes room for another, and both open") {
  store::testing::on_each_engine([](store::testing::Shop& shop) {
    Server s{shop};
    const Bytes first = s.seal("first").value();
    const auto id = envelope::data_key_of_record(first).value();
    store::DataKeys rows{shop.engine()};
    const auto reserve = [&](std::int64_t count) {
      return shop.ask<std::int64_t>([&](auto done) { rows.reserve(to_base64url(id), count, std::move(done)); }).value();
    };
    const std::int64_t block = reserve(0);  // what the first record has reserved
    CHECK(block > 0);
    constexpr auto limit = static_cast<std::int64_t>(envelope::max_records_per_key);
    CHECK(reserve(limit - 2 * block) == limit - block);
    s.restart();  // it reserves anew
    const Bytes last = s.seal("last").value();
    CHECK(envelope::data_key_of_record(last).value() == id);
    CHECK(reserve(0) == limit);
    s.restart();
    const Bytes next = s.seal("next").value();
    CHECK(envelope::data_key_of_record(next).value() != id);
    s.restart();
    CHECK(s.open(first).value() == "first");
    CHECK(s.open(last).value() == "last");
    CHECK(s.open(next).value() == "next");
  });
}

TEST_CASE("vault: a shredded scope stays unreadable when an old database comes back") {
  // Files, since a backup of the database is a file.
  const store::testing::Folder folder;
  const std::string live = folder.path + "/live.sqlite", backup = folder.path + "/backup.sqlite";
  ::sealhall::kms::testing::Bench bench;
  Instant now{};
  auto service = bench.service();
  InProcess source{*service, now};
  Bytes sealed, kept, wrapped;
  const auto clocks = [&] {
    return StoredVault::Clocks{.steady = [&] { return now; }, .wall = [&] { return bench.wall; }};
  };
  const auto with = [&](const std::string& file, const auto& use) {
    store::testing::Shop shop{file};
    StoredVault vault{shop.engine(), source, bench.random, clocks()};
    const auto wait = [&]<class T>(std::type_identity<T>, auto start) {
      std::optional<expected<T, VaultError>> result;
      start(Done<T>{[&result](auto r) { result = std::move(r); }});
      shop.loop().run_until([&result] { return result.has_value(); }, 30s);
      REQUIRE(result.has_value());
      return std::move(*result);
    };
    use(vault, wait);
  };
  const SealContext place{account, "chat", "1", "text"};
  with(live, [&](StoredVault& vault, const auto& wait) {
    sealed = wait(std::type_identity<Bytes>{}, [&](auto done) {
               vault.seal(place, "meeting/1", {1, 2, 3}, std::move(done));
             }).value();
    kept = wait(std::type_identity<Bytes>{}, [&](auto done) {
             vault.seal(place, "meeting/2", {4, 5}, std::move(done));
           }).value();
    wrapped = wait(std::type_identity<ObjectKey>{}, [&](auto done) {
                vault.new_object_key(place, "meeting/1", std::move(done));
              })->wrapped;
  });
  for (const char* part : {"", "-wal"}) {
    if (std::filesystem::exists(live + part)) std::filesystem::copy_file(live + part, backup + part);
  }
  with(live, [&](StoredVault& vault, const auto& wait) {
    CHECK(wait(std::type_identity<void>{}, [&](auto done) { vault.shred(account, "meeting/1", std::move(done)); }));
    CHECK(wait(std::type_identity<Bytes>{}, [&](auto done) { vault.open(place, sealed, std::move(done)); }).error() ==
          VaultError::shredded);
  });
  // The backup still has the rows with the wrapped keys.
  const auto check_backup = [&] {
    with(backup, [&](StoredVault& vault, const auto& wait) {
      CHECK(wait(std::type_identity<Bytes>{}, [&](auto done) { vault.open(place, sealed, std::move(done)); }).error() ==
            VaultError::shredded);
      CHECK(wait(std::type_identity<envelope::Key>{}, [&](auto done) {
              vault.object_key(place, wrapped, std::move(done));
            }).error() == VaultError::shredded);
      CHECK(wait(std::type_identity<Bytes>{}, [&](auto done) { vault.open(place, kept, std::move(done)); }) ==
            Bytes{4, 5});
    });
  };
  check_backup();
  // And not by a list alone: when the account key was rotated and its old version destroyed, there is no key in the
  // world that opens what the backup has. (The key that is kept was wrapped again before, in the live database.)
  const auto key = service->keystore().list().at(0).key_id;
  REQUIRE(service->handle(RotateKeys{0, Principal::administrator, account}, now));
  REQUIRE(service->handle(DestroyKey{0, Principal::administrator, key, 1}, now));
  with(backup, [&](StoredVault& vault, const auto& wait) {
    CHECK(wait(std::type_identity<Bytes>{}, [&](auto done) { vault.open(place, sealed, std::move(done)); }).error() ==
          VaultError::shredded);
  });
  CHECK(bench.file.find("\"wrapped\":\"\"") != std::string::npos);
}

TEST_CASE("vault: retention periods are months, and an account's own things have none") {
  CHECK(period_of("meeting/1", UnixMicros{1'764'000'000'000'000}) == "2025-11");
  CHECK(period_of("account", UnixMicros{1'764'000'000'000'000}).empty());
  CHECK(period_of("account/settings", UnixMicros{}).empty());
  CHECK(period_of("accounting", UnixMicros{0}) == "1970-01");
}

}  // namespace
}  // namespace sealhall::vault
