#include "server/control/activity_keeper.h"

#include <doctest/doctest.h>

#include <fstream>

#include "server/vault/testing.h"
#include "store/testing.h"
#include "tests/support/faulty_engine.h"

using namespace sealhall;
using namespace sealhall::control;

namespace {

struct FixedClock final : io::WallClock {
  [[nodiscard]] UnixMicros now() const noexcept override { return UnixMicros{at}; }
  std::int64_t at = 1'000'000'000'000;
};

/// Seals when told to, in the order that the test wants.
struct SlowVault final : vault::Vault {
  vault::testing::MemoryVault inner;
  std::vector<std::move_only_function<void()>> waiting;
  bool slow = false;
  bool away = false;  ///< opens nothing now
  void seal(vault::SealContext context, std::string scope, Bytes plaintext, vault::Done<Bytes> done) override {
    if (!slow) return inner.seal(std::move(context), std::move(scope), std::move(plaintext), std::move(done));
    waiting.push_back([this, context, scope, plaintext, done = std::move(done)]() mutable {
      inner.seal(std::move(context), std::move(scope), std::move(plaintext), std::move(done));
    });
  }
  void open(vault::SealContext c, Bytes sealed, vault::Done<Bytes> done) override {
    inner.open(std::move(c), std::move(sealed), std::move(done));
  }
  void open_all(std::vector<vault::SealedItem> items,
                std::move_only_function<void(std::vector<expected<Bytes, vault::VaultError>>)> done) override {
    if (away)
      return done(
          std::vector<expected<Bytes, vault::VaultError>>(items.size(), unexpected(vault::VaultError::unavailable)));
    inner.open_all(std::move(items), std::move(done));
  }
  void new_object_key(vault::SealContext c, std::string s, vault::Done<vault::ObjectKey> done) override {
    inner.new_object_key(std::move(c), std::move(s), std::move(done));
  }
  void object_key(vault::SealContext c, Bytes w, vault::Done<envelope::Key> done) override {
    inner.object_key(std::move(c), std::move(w), std::move(done));
  }
  void shred(std::string a, std::string s, vault::Done<void> done) override {
    inner.shred(std::move(a), std::move(s), std::move(done));
  }
};

wire::ChatMessage chat(std::uint64_t number, std::string text, wire::ChatScope scope = wire::ChatScope::everyone) {
  wire::ChatMessage m;
  m.message = number;
  m.from = 1;
  m.scope = scope;
  m.text = std::move(text);
  return m;
}

struct Desk {
  store::testing::Folder folder;
  store::testing::Shop shop{folder.file()};
  sealhall::testing::FaultyEngine engine{shop.engine()};
  SlowVault vault;
  FixedClock clock;
  SeededRandom random{1};
  ActivityKeeper keeper{engine, &vault, clock, random};
  const std::string account{"AAAAAAAAAAAAAAAAAAAAAA"};

  ActivityKeeper::Begun begin(const std::string& meeting = "m") { return begin_with(keeper, meeting); }
  /// What another process finds, which knows only what is in the store.
  ActivityKeeper::Begun begin_after_restart() {
    ActivityKeeper other{engine, &vault, clock, random};
    return begin_with(other, "m");
  }
  ActivityKeeper::Begun begin_with(ActivityKeeper& with, const std::string& meeting) {
    std::optional<ActivityKeeper::Begun> out;
    with.begin(account, meeting, [&](ActivityKeeper::Begun b) { out = std::move(b); });
    shop.loop().run_until([&] { return out.has_value(); }, std::chrono::seconds{10});
    REQUIRE(out.has_value());
    return std::move(*out);
  }
  bool keep(const std::shared_ptr<ActivityKeeper::Log>& log, const wire::Record& record) {
    std::optional<bool> out;
    keeper.keep(log, record, [&](bool kept) { out = kept; });
    shop.loop().run_until([&] { return out.has_value(); }, std::chrono::seconds{10});
    REQUIRE(out.has_value());
    return *out;
  }
  /// Writes take effect in order: after one more, all that were asked for before.
  void ends_are_stored() { REQUIRE(shop.write({{.sql = "DELETE FROM meeting_bans WHERE who='nobody'"}}).has_value()); }
  std::vector<std::string> bans() {
    return *shop.ask<std::vector<std::string>>([&](auto done) { keeper.bans(account, "m", std::move(done)); });
  }
  expected<void, store::StoreError> lift(const std::string& who) {
    return shop.ask<void>([&](auto done) { keeper.lift(account, "m", who, std::move(done)); });
  }
  std::vector<std::string> search(const std::string& words, std::uint32_t limit = 10) {
    std::optional<std::vector<std::string>> out;
    keeper.search(account, "m", words, limit, [&](auto found) {
      REQUIRE(found.has_value());
      out.emplace();
      for (const auto& m : *found) out->push_back(m.text);
    });
    shop.loop().run_until([&] { return out.has_value(); }, std::chrono::seconds{10});
    REQUIRE(out.has_value());
    return *out;
  }
};

}  // namespace

TEST_CASE("keeper: while the key service is away nothing begins anew beside what cannot be read yet") {
  Desk d;
  const auto first = d.begin();
  CHECK_FALSE(first.away);
  CHECK(d.keep(first.log, chat(1, "acknowledged")));
  d.vault.away = true;
  const auto early = d.begin();
  CHECK(early.away);
  CHECK(early.records.empty());
  CHECK(early.lost == 0);
  d.vault.away = false;
  const auto later = d.begin();
  CHECK_FALSE(later.away);
  REQUIRE(later.records.size() == 1);
  CHECK(std::get<wire::ChatMessage>(later.records[0]).text == "acknowledged");
}

TEST_CASE("keeper: what was kept is there when the meeting goes on, unless it has ended or is long ago") {
  Desk d;
  auto first = d.begin();
  CHECK(first.records.empty());
  CHECK(d.keep(first.log, chat(1, "teh")));
  CHECK(d.keep(first.log, chat(1, "the")));
  CHECK(d.keep(first.log, chat(2, "end")));
  const auto again = d.begin();
  REQUIRE(again.records.size() == 2);
  CHECK(std::get<wire::ChatMessage>(again.records[0]).text == "the");
  CHECK(again.log->log.id == first.log->log.id);
  CHECK(d.begin("another meeting").records.empty());
  SUBCASE("ended") {
    d.keeper.end(again.log);
    CHECK(d.begin().records.empty());
  }
  SUBCASE("long ago") {
    d.clock.at += std::chrono::microseconds{std::chrono::hours{13}}.count();
    CHECK(d.begin().records.empty());
    CHECK(d.begin().log->log.id != first.log->log.id);
  }
}

TEST_CASE("keeper: a meeting that ended while something of it was being sealed does not go on") {
  Desk d;
  auto begun = d.begin();
  SUBCASE("its first record") { CHECK_FALSE(begun.log->written); }
  SUBCASE("a later one") { REQUIRE(d.keep(begun.log, chat(1, "early"))); }
  d.vault.slow = true;
  std::optional<bool> kept;
  d.keeper.keep(begun.log, chat(2, "last words"), [&](bool k) { kept = k; });
  d.keeper.end(begun.log);
  CHECK(d.begin().records.empty());
  CHECK(d.begin().log->log.id != begun.log->log.id);
  REQUIRE(d.vault.waiting.size() == 1);
  d.vault.waiting[0]();
  CHECK(d.begin().records.empty());
  d.shop.loop().run_until([&] { return kept.has_value(); }, std::chrono::seconds{10});
  CHECK(kept == true);  // it is there for whoever reads the past
  CHECK(d.begin().records.empty());
  d.ends_are_stored();
  CHECK(d.begin_after_restart().records.empty());
}

TEST_CASE("keeper: a meeting whose end the store did not take does not go on; the end is written when one begins") {
  Desk d;
  auto begun = d.begin();
  REQUIRE(d.keep(begun.log, chat(1, "among us")));
  d.engine.lost_writes = "ended_at";
  d.keeper.end(begun.log);
  REQUIRE(d.engine.lost == 1);
  CHECK(d.begin().records.empty());
  CHECK(d.engine.lost == 2);
  d.engine.lost_writes.reset();
  CHECK(d.begin_after_restart().records.size() == 1);  // nobody has told the store yet
  CHECK(d.begin().records.empty());
  d.ends_are_stored();
  CHECK(d.begin_after_restart().records.empty());
}

TEST_CASE("keeper: no meeting begins before it is known who is banned from it") {
  Desk d;
  auto begun = d.begin();
  d.keeper.ban(begun.log, "device:abc");
  d.engine.lost_reads = "meeting_bans";
  CHECK(d.begin().away);
  d.engine.lost_reads.reset();
  const auto later = d.begin();
  CHECK_FALSE(later.away);
  CHECK(later.banned == std::vector<std::string>{"device:abc"});
}

TEST_CASE("keeper: a ban that the store did not take counts, is listed and can be lifted") {
  Desk d;
  auto begun = d.begin();
  d.engine.lost_writes = "meeting_bans";
  d.keeper.ban(begun.log, "device:abc");
  CHECK(d.engine.lost == 1);
  CHECK(d.lift("device:abc").error() == store::StoreError::unavailable);
  d.engine.lost_writes.reset();
  const std::vector<std::string> only{"device:abc"};
  CHECK(d.begin().banned == only);
  CHECK(d.bans() == only);
  CHECK(d.lift("device:abc").has_value());
  CHECK(d.begin().banned.empty());
  CHECK(d.bans().empty());
  CHECK(d.lift("device:abc").error() == store::StoreError::not_found);
}

TEST_CASE("keeper: an older version never replaces a newer one, however slowly it was sealed") {
  Desk d;
  auto begun = d.begin();
  d.vault.slow = true;
  std::vector<int> order;
  d.keeper.keep(begun.log, chat(1, "old"), [&](bool) { order.push_back(1); });
  d.keeper.keep(begun.log, chat(1, "new"), [&](bool) { order.push_back(2); });
  REQUIRE(d.vault.waiting.size() == 2);
  d.vault.waiting[1]();
  CHECK(order.empty());
  d.vault.waiting[0]();
  d.shop.loop().run_until([&] { return order.size() == 2; }, std::chrono::seconds{10});
  CHECK(order == std::vector<int>{1, 2});
  CHECK(std::get<wire::ChatMessage>(d.begin().records.at(0)).text == "new");
}

TEST_CASE("keeper: without keys nothing is kept, and it is said; without any vault, too") {
  Desk d;
  auto begun = d.begin();
  d.vault.inner.trouble = vault::VaultError::unavailable;
  CHECK_FALSE(d.keep(begun.log, chat(1, "x")));
  d.vault.inner.trouble.reset();
  CHECK(d.keep(begun.log, chat(2, "y")));
  ActivityKeeper bare{d.shop.engine(), nullptr, d.clock, d.random};
  bool refused = false;
  bare.keep(begun.log, chat(3, "z"), [&](bool kept) { refused = !kept; });
  CHECK(refused);
}

TEST_CASE("keeper: search opens and scans every chat of the meeting, finds what everybody could read, newest first") {
  Desk d;
  auto begun = d.begin();
  d.keep(begun.log, chat(1, "The Budget of spring"));
  d.keep(begun.log, chat(2, "budget, privately", wire::ChatScope::direct));
  d.keep(begun.log, chat(3, "budget among hosts", wire::ChatScope::hosts));
  d.keep(begun.log, chat(4, "nothing"));
  d.keeper.end(begun.log);
  d.clock.at += 1000;
  d.ends_are_stored();
  auto later = d.begin();
  wire::ChatMessage gone = chat(1, "");
  gone.deleted = true;
  d.keep(later.log, gone);
  d.keep(later.log, chat(2, "the new BUDGET"));
  CHECK(d.search("budget") == std::vector<std::string>{"the new BUDGET", "The Budget of spring"});
  CHECK(d.search("budget", 1).size() == 1);
  CHECK(d.search("zebra").empty());
}

TEST_CASE("keeper: search goes through many pages without going deeper") {
  Desk d;
  auto begun = d.begin();
  int kept = 0;
  for (std::uint64_t i = 1; i <= 1800; ++i) {
    d.keeper.keep(begun.log, chat(i, i % 600 == 0 ? "needle" : "hay"), [&](bool) { ++kept; });
  }
  d.shop.loop().run_until([&] { return kept == 1800; }, std::chrono::seconds{20});
  CHECK(d.search("needle").size() == 3);
}

TEST_CASE("keeper: nothing that was written stands in the database's files") {
  Desk d;
  auto begun = d.begin();
  const std::string canary = "canary-7f3a9e";
  CHECK(d.keep(begun.log, chat(1, canary)));
  d.keeper.ban(begun.log, "device:abc");
  CHECK(d.begin().banned == std::vector<std::string>{"device:abc"});
  for (const auto& entry : std::filesystem::directory_iterator(d.folder.path)) {
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    CHECK(bytes.find(canary) == std::string::npos);
  }
}
