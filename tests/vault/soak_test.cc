// Months of chats, files, recordings and keys in seconds: seeded work on the store and the vault in virtual time,
// beside a model that knows what was acknowledged and what was destroyed. SEALHALL_SOAK_SEEDS=N and
// SEALHALL_SOAK_STEPS=N make it longer, SEALHALL_SEED=N begins with another seed.
#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "core/base/random.h"
#include "core/envelope/sealed_record.h"
#include "server/vault/key_admin.h"
#include "store/activity.h"
#include "store/recordings.h"
#include "store/unclaimed_blobs.h"
#include "tests/support/number_from.h"
#include "tests/vault/in_process.h"

namespace sealhall::vault {
namespace {

using namespace std::chrono_literals;
using sealhall::testing::number_from;
using testing::account;
using testing::Server;
using wire::keys::ControlAnswer;

/// How often something happened, so that a walk that did nothing is no proof.
struct Seen {
  int said = 0, refused_away = 0, opened = 0, lost = 0, elsewhere = 0, rotated = 0, removed = 0;
};

class Walk {
 public:
  Walk(store::testing::Shop& shop, std::uint64_t seed, Seen& seen) : shop_(shop), chance_(seed), seen_(seen) {
    for (int i = 1; i <= 4; ++i) meetings_.push_back({"meeting/" + std::to_string(i), "log" + std::to_string(i)});
  }

  void step() {
    const std::uint64_t what = chance_.below(100);
    Meeting& meeting = meetings_[chance_.below(meetings_.size())];
    if (what < 38) {
      say(meeting);
    } else if (what < 48) {
      send_file(meeting);
    } else if (what < 56) {
      record();
    } else if (what < 64) {
      change_recording();
    } else if (what < 76) {
      read_one(meeting);
    } else if (what < 86) {
      pass();
    } else if (what < 91) {
      kms(!s_.source.is_here);
    } else if (what < 93) {
      s_.restart();
    } else if (what < 96) {
      rotate();
    } else if (what < 99) {
      shred(meeting);
    } else {
      destroy_all();
    }
    CHECK(s_.vault->keys_in_memory() <= 1000);
  }

  /// Everything that was acknowledged, against what the store has and the vault opens.
  void look() {
    for (const Meeting& meeting : meetings_) {
      const auto rows =
          ask<std::vector<store::ActivityRecord>>([&](auto done) { activity_.records(meeting.log, std::move(done)); });
      REQUIRE(rows);
      CHECK(rows->size() == meeting.said.size());
      for (const store::ActivityRecord& row : *rows) {
        const auto found = meeting.said.find({row.kind, row.number});
        REQUIRE(found != meeting.said.end());
        reads(place(meeting, row.kind, row.number), row.body_sealed, found->second);
      }
    }
    for (const auto& [name, key] : file_keys_) opens(key);
    for (const auto& [id, recording] : recordings_) {
      const auto row =
          ask<std::optional<store::Recording>>([&](auto done) { recordings_of_.find(id, std::move(done)); });
      REQUIRE((row && *row));
      CHECK((*row)->trashed_at.has_value() == recording.trashed);
      CHECK((*row)->legal_hold == recording.hold);
      reads(id, (*row)->topic_sealed, recording.topic);
      opens(recording.key);
    }
    for (const Key& key : removed_keys_) opens(key);
    const auto doomed =
        ask<std::vector<std::string>>([&](auto done) { recordings_of_.doomed(100'000, std::move(done)); });
    REQUIRE(doomed);
    CHECK(std::set<std::string>{doomed->begin(), doomed->end()} == doomed_);
  }

  /// With everything back and nothing in memory.
  void finish() {
    kms(true);
    finish_rotation();
    s_.restart();
    look();
    s_.kms->checkpoint();
    const auto key = s_.kms->keystore().audit_key().public_key();
    sealhall::kms::AuditVerifier verifier{key};
    for (const std::string& line : s_.bench.lines()) verifier.feed(line);
    verifier.finish(sealhall::kms::parse_audit_head(s_.bench.head, key));
    CHECK(verifier.problem().value_or("") == "");
  }

 private:
  struct Said {
    std::string text;
    bool lost = false;
  };
  struct Key {
    Bytes wrapped;
    envelope::Key key;
    std::string scope;
    bool lost = false;
  };
  struct Meeting {
    std::string scope;
    std::string log;
    std::int64_t numbers = 0;
    std::map<std::pair<std::string, std::int64_t>, Said> said{};  ///< by kind and number
  };
  struct Recorded {
    Key key;
    Said topic;
    bool trashed = false;
    bool hold = false;
  };

  template <class T, class Ask>
  expected<T, store::StoreError> ask(Ask start) {
    return shop_.ask<T>(std::move(start));
  }
  [[nodiscard]] store::ActivityLog log_of(const Meeting& m) const {
    return {m.log, account, m.scope.substr(8), UnixMicros{1}, s_.bench.wall, std::nullopt};
  }
  static std::string place(const Meeting& m, const std::string& kind, std::int64_t number) {
    return m.log + "/" + kind + "/" + std::to_string(number);
  }
  std::string text() { return "words " + std::to_string(chance_.next()) + std::string(chance_.below(200), '.'); }

  /// Nothing is refused but for want of the key service.
  void refused(VaultError error) {
    CHECK(error == VaultError::unavailable);
    CHECK_FALSE(s_.source.is_here);
    ++seen_.refused_away;
  }
  /// No (data key, nonce) comes twice: bytes 2 to 30 of a record.
  void once(const Bytes& sealed) {
    REQUIRE(sealed.size() >= envelope::record_overhead);
    CHECK(nonces_.insert(Bytes{sealed.begin() + 2, sealed.begin() + 30}).second);
  }
  void reads(const std::string& id, const Bytes& sealed, const Said& said) {
    const auto opened = s_.open(sealed, id);
    CAPTURE(id);
    if (opened) {
      CHECK_FALSE(said.lost);
      CHECK(*opened == said.text);
      ++seen_.opened;
    } else if (opened.error() == VaultError::unavailable) {
      CHECK_FALSE(s_.source.is_here);
    } else {
      CHECK(opened.error() == VaultError::shredded);
      CHECK(said.lost);
      ++seen_.lost;
    }
  }
  void opens(const Key& key) {
    const auto opened = s_.object_key(key.wrapped);
    CAPTURE(key.scope);
    if (opened) {
      CHECK_FALSE(key.lost);
      CHECK(*opened == key.key);
    } else if (opened.error() == VaultError::unavailable) {
      CHECK_FALSE(s_.source.is_here);
    } else {
      CHECK(opened.error() == VaultError::shredded);
      CHECK(key.lost);
    }
  }

  void put(Meeting& m, const std::string& kind, std::int64_t number, const std::vector<std::string>& blobs = {}) {
    Said said{text()};
    const auto sealed = s_.seal(said.text, m.scope, place(m, kind, number));
    if (!sealed) return refused(sealed.error());
    once(*sealed);
    REQUIRE(ask<void>(
        [&](auto done) { activity_.put(log_of(m), {kind, number, s_.bench.wall, *sealed}, std::move(done), blobs); }));
    m.said.insert_or_assign({kind, number}, said);
    for (const std::string& blob : blobs) unclaimed_.erase(blob);
    ++seen_.said;
  }
  void say(Meeting& m) {
    const bool edits = m.numbers > 0 && chance_.chance(0.2);
    const std::int64_t number = edits ? 1 + static_cast<std::int64_t>(chance_.below(m.numbers)) : ++m.numbers;
    put(m, "chat", number);
  }
  void send_file(Meeting& m) {
    const std::int64_t number = ++m.numbers;
    const std::string blob = "files/" + m.log + "-" + std::to_string(number);
    REQUIRE(ask<void>([&](auto done) { blobs_.add(blob, s_.bench.wall, std::move(done)); }));
    unclaimed_[blob] = s_.bench.wall;
    auto key = s_.object(m.scope);
    if (!key) return refused(key.error());
    file_keys_.emplace(blob, Key{std::move(key->wrapped), std::move(key->key), m.scope});
    if (chance_.chance(0.7)) put(m, "file", number, {blob});  // otherwise it is uploaded and never sent
  }
  void record() {
    const std::string id = "recording" + std::to_string(++recorded_);
    auto key = s_.object("recording/" + id);
    if (!key) return refused(key.error());
    Said topic{text()};
    const auto sealed = s_.seal(topic.text, "recording/" + id, id);
    if (!sealed) return refused(sealed.error());
    once(*sealed);
    store::Recording row;
    row.id = id;
    row.account_id = account;
    row.meeting_id = "1";
    row.meeting_uuid = id;
    row.host_id = "host";
    row.topic_sealed = *sealed;
    row.started_at = s_.bench.wall;
    REQUIRE(ask<void>([&](auto done) { recordings_of_.create(row, std::move(done)); }));
    REQUIRE(ask<void>([&](auto done) { recordings_of_.end(id, s_.bench.wall, std::move(done)); }));
    recordings_.emplace(
        id, Recorded{Key{std::move(key->wrapped), std::move(key->key), "recording/" + id}, topic, false, false});
  }
  void change_recording() {
    if (recordings_.empty()) return;
    const auto at = std::next(recordings_.begin(), static_cast<std::ptrdiff_t>(chance_.below(recordings_.size())));
    const std::string& id = at->first;
    Recorded& r = at->second;
    const auto done_well = [&](auto start) { return ask<void>(std::move(start)).has_value(); };
    switch (chance_.below(4)) {
      case 0:
        CHECK(done_well([&](auto d) { recordings_of_.trash(id, s_.bench.wall, std::move(d)); }) ==
              (!r.trashed && !r.hold));
        if (!r.hold) r.trashed = true;
        return;
      case 1:
        CHECK(done_well([&](auto d) { recordings_of_.restore(id, std::move(d)); }) == r.trashed);
        r.trashed = false;
        return;
      case 2:
        r.hold = !r.hold;
        CHECK(done_well([&](auto d) { recordings_of_.keep(id, r.hold, std::nullopt, std::move(d)); }));
        return;
      default:
        if (r.hold) {
          CHECK_FALSE(done_well([&](auto d) { recordings_of_.remove(id, std::move(d)); }));
          return;
        }
        if (const auto shredded = s_.shred("recording/" + id); !shredded) return refused(shredded.error());
        CHECK(done_well([&](auto d) { recordings_of_.remove(id, std::move(d)); }));
        doomed_.insert(store::recording_blobs(id));
        r.key.lost = true;
        removed_keys_.push_back(std::move(r.key));
        recordings_.erase(at);
        ++seen_.removed;
    }
  }
  void read_one(const Meeting& m) {
    const auto rows = ask<std::vector<store::ActivityRecord>>(
        [&](auto done) { activity_.page(m.log, "chat", m.numbers + 1, 5, std::move(done)); });
    REQUIRE(rows);
    if (rows->empty()) return;
    const store::ActivityRecord& row = (*rows)[chance_.below(rows->size())];
    const Said& said = m.said.at({row.kind, row.number});
    reads(place(m, row.kind, row.number), row.body_sealed, said);
    // Copied into another row it opens nowhere.
    const auto copied = s_.open(row.body_sealed, place(m, row.kind, row.number + 1));
    CHECK_FALSE(copied);
    if (!said.lost && s_.source.is_here) {
      CHECK(copied.error() == VaultError::not_authentic);
      ++seen_.elsewhere;
    }
  }

  void pass() {
    constexpr std::array<Duration, 4> times{20s, 6min, 5h, 9 * 24h};
    s_.pass(times[chance_.below(times.size())]);
    constexpr Duration patience = 1h;
    const UnixMicros then{static_cast<std::int64_t>(s_.bench.wall) - patience.count()};
    std::int64_t gone = 0;
    std::erase_if(unclaimed_, [&](const auto& entry) {
      if (entry.second >= then) return false;
      doomed_.insert(entry.first);
      ++gone;
      return true;
    });
    CHECK(ask<std::int64_t>([&](auto done) { blobs_.doom(then, std::move(done)); }).value_or(-1) == gone);
  }
  void kms(bool here) {
    if (!here) finish_rotation();
    s_.source.is_here = here;
    if (!here) return;
    s_.vault->source_ready();
    admin_.rewrap();
  }
  ControlAnswer command(const wire::keys::CommandMessage& message) {
    std::optional<ControlAnswer> answer;
    admin_.handle(message, [&](ControlAnswer a) { answer = std::move(a); });
    shop_.loop().run_until([&] { return answer.has_value(); }, 30s);
    REQUIRE(answer.has_value());
    return std::move(*answer);
  }
  void finish_rotation() {
    shop_.loop().run_until([&] { return !admin_.running(); }, 60s);
    CHECK_FALSE(admin_.running());
  }
  void rotate() {
    if (!s_.source.is_here) return;
    CHECK(std::holds_alternative<wire::keys::Done>(
        command(wire::keys::Rotate{"", chance_.chance(0.2), chance_.chance(0.5)})));
    if (chance_.chance(0.5)) finish_rotation();  // otherwise life goes on meanwhile
    ++seen_.rotated;
  }
  void lose(const std::string& scope) {
    for (Meeting& m : meetings_) {
      if (!scope.empty() && m.scope != scope) continue;
      for (auto& [number, said] : m.said) said.lost = true;
    }
    for (auto& [name, key] : file_keys_) key.lost = key.lost || scope.empty() || key.scope == scope;
    if (!scope.empty()) return;
    for (auto& [id, recording] : recordings_) recording.key.lost = recording.topic.lost = true;
  }
  void shred(const Meeting& m) {
    if (const auto done = s_.shred(m.scope); !done) return refused(done.error());
    lose(m.scope);
  }
  void destroy_all() {
    if (!s_.source.is_here) return;
    finish_rotation();
    const ControlAnswer listed = command(wire::keys::List{});
    const auto* report = std::get_if<wire::keys::Report>(&listed);
    REQUIRE(report != nullptr);
    for (const auto& key : report->keys) {
      if (std::ranges::all_of(key.versions, [](const auto& v) { return v.destroyed; })) continue;
      CHECK(std::holds_alternative<wire::keys::Done>(command(wire::keys::Destroy{key.key_id, 0, true})));
    }
    lose("");
  }

  store::testing::Shop& shop_;
  SeededRandom chance_;
  Seen& seen_;
  Server s_{shop_};
  KeyAdmin admin_{shop_.engine(), s_.source, [this](auto later) { shop_.loop().post(std::move(later)); },
                  [this] { s_.vault->keys_changed(); }};
  store::Activity activity_{shop_.engine()};
  store::Recordings recordings_of_{shop_.engine()};
  store::UnclaimedBlobs blobs_{shop_.engine()};
  std::vector<Meeting> meetings_;
  std::map<std::string, Key> file_keys_;         ///< by blob
  std::map<std::string, UnixMicros> unclaimed_;  ///< blobs that no message names
  std::map<std::string, Recorded> recordings_;
  std::vector<Key> removed_keys_;
  std::set<std::string> doomed_;
  std::set<Bytes> nonces_;
  int recorded_ = 0;
};

TEST_CASE(
    "soak: seeded months of chats, files, recordings and keys lose nothing that was kept and keep nothing that was "
    "destroyed") {
  const std::uint64_t first = number_from("SEALHALL_SEED", 1);
  const std::uint64_t seeds = number_from("SEALHALL_SOAK_SEEDS", 3);
  const std::uint64_t steps = number_from("SEALHALL_SOAK_STEPS", 300);
  Seen seen;
  for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
    store::testing::on_each_engine([&](store::testing::Shop& shop) {
      CAPTURE(seed);
      Walk walk{shop, seed, seen};
      for (std::uint64_t step = 0; step < steps; ++step) {
        CAPTURE(step);
        walk.step();
        if (step % 60 == 59) walk.look();
      }
      walk.finish();
    });
  }
  MESSAGE(seen.said << " said, " << seen.opened << " opened, " << seen.lost << " found destroyed, " << seen.elsewhere
                    << " refused in another place, " << seen.refused_away << " refused without kms, " << seen.rotated
                    << " rotations, " << seen.removed << " recordings removed");
  for (const int count :
       {seen.said, seen.refused_away, seen.opened, seen.lost, seen.elsewhere, seen.rotated, seen.removed})
    CHECK(count > 0);
}

}  // namespace
}  // namespace sealhall::vault
