#include "core/meeting/key_generations.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <utility>

using namespace sealhall;
using namespace sealhall::meeting;
using namespace std::chrono_literals;

namespace {

/// kms and clients in one: answers what is asked when `answer` is called.
struct House {
  KeyGenerations keys;
  KeyOutbox out;
  Instant now{1h};
  std::uint32_t kms_newest = 0;
  std::vector<DeliverKeys> delivered;
  std::vector<ActivateKeys> activated;
  std::vector<std::uint32_t> erased;
  std::vector<wire::ParticipantNumber> refused;
  int made = 0;

  /// Answers kms requests until there are none; other outputs are recorded. Returns how many seals were asked.
  int answer() {
    int seals = 0;
    while (!out.empty()) {
      KeyOutbox batch = std::exchange(out, {});
      for (KeyOutput& output : batch) {
        if (auto* make = std::get_if<MakeKeys>(&output)) {
          kms_newest = std::max(kms_newest, make->after) + 1;
          ++made;
          keys.on_made(make->request, kms_newest, now, out);
        } else if (auto* seal = std::get_if<SealKeys>(&output)) {
          ++seals;
          keys.on_sealed(seal->request, {seal->generation, Bytes(32), Bytes(48)}, now, out);
        } else {
          record(output);
        }
      }
    }
    return seals;
  }
  void record(KeyOutput& output) {
    if (auto* d = std::get_if<DeliverKeys>(&output)) delivered.push_back(std::move(*d));
    if (auto* a = std::get_if<ActivateKeys>(&output)) activated.push_back(std::move(*a));
    if (auto* e = std::get_if<EraseKeys>(&output)) erased.push_back(e->generation);
    if (auto* r = std::get_if<RefuseMember>(&output)) refused.push_back(r->participant);
  }
  KeysForJoin join(wire::ParticipantNumber p) {
    keys.member_joins(p, Bytes(32), now, out);
    answer();
    auto k = keys.keys_for(p);
    REQUIRE(k.has_value());
    keys.member_ready(p);
    return *k;
  }
  void acknowledge_all() {
    for (const DeliverKeys& d : std::exchange(delivered, {})) {
      keys.acknowledged(d.participant, d.sealed.generation, now, out);
    }
    answer();
  }
  void pass(Duration d) {
    const Instant end = now + d;
    while (keys.next_deadline() && *keys.next_deadline() <= end) {
      now = std::max(now, *keys.next_deadline());
      keys.on_timeout(now, out);
      answer();
    }
    now = end;
  }
};

}  // namespace

TEST_CASE("generations: the first joiner makes the first one, later joiners get the same") {
  House h;
  const KeysForJoin first = h.join(1);
  CHECK(first.active == 1);
  REQUIRE(first.generations.size() == 1);
  CHECK(first.generations[0].generation == 1);
  CHECK(h.join(2).active == 1);
  CHECK(h.made == 1);
  CHECK(h.delivered.empty());
}

TEST_CASE("generations: leaves within a batch share one, everybody gets it, and it is activated when all have it") {
  House h;
  for (wire::ParticipantNumber p = 1; p <= 4; ++p) h.join(p);
  h.activated.clear();
  h.keys.member_gone(4, Departure::left, h.now, h.out);
  h.pass(300ms);
  h.keys.member_gone(3, Departure::left, h.now, h.out);
  CHECK(h.made == 1);
  h.pass(500ms);  // 800 ms after the first leave
  CHECK(h.made == 2);
  REQUIRE(h.delivered.size() == 2);
  CHECK(h.activated.empty());
  h.keys.acknowledged(1, 2, h.now, h.out);
  h.answer();
  CHECK(h.activated.empty());
  h.keys.acknowledged(2, 2, h.now, h.out);
  h.answer();
  REQUIRE(h.activated.size() == 1);
  CHECK(h.activated[0].generation == 2);
  CHECK(h.activated[0].to == std::vector<wire::ParticipantNumber>{1, 2});
  CHECK(h.erased == std::vector<std::uint32_t>{1});
  h.pass(10min);
  CHECK(h.made == 2);
}

TEST_CASE("generations: who does not acknowledge delays activation by two seconds, not more") {
  House h;
  for (wire::ParticipantNumber p = 1; p <= 3; ++p) h.join(p);
  h.activated.clear();
  h.keys.rotate(h.now, h.out);
  h.answer();
  h.keys.acknowledged(1, 2, h.now, h.out);
  h.pass(1999ms);
  CHECK(h.activated.empty());
  h.pass(1ms);
  REQUIRE(h.activated.size() == 1);
  CHECK(h.activated[0].to.size() == 3);
}

TEST_CASE("generations: a removal makes one at once and the removed member is not in it") {
  House h;
  for (wire::ParticipantNumber p = 1; p <= 3; ++p) h.join(p);
  h.keys.member_gone(2, Departure::removed, h.now, h.out);
  h.answer();
  CHECK(h.made == 2);
  CHECK(std::ranges::none_of(h.delivered, [](const DeliverKeys& d) { return d.participant == 2; }));
  CHECK(h.delivered.size() == 2);
}

TEST_CASE("generations: a second removal does not wait for the first one's acknowledgements") {
  House h;
  for (wire::ParticipantNumber p = 1; p <= 4; ++p) h.join(p);
  h.activated.clear();
  h.keys.member_gone(2, Departure::removed, h.now, h.out);
  h.answer();
  h.delivered.clear();
  h.now += 1s;
  h.keys.member_gone(3, Departure::removed, h.now, h.out);
  h.answer();
  CHECK(h.made == 3);
  CHECK(h.delivered.size() == 2);  // generation 3, to 1 and 4
  h.pass(1s);
  REQUIRE(h.activated.size() == 1);  // 2 is activated on its own time: it already keeps the first one out
  CHECK(h.activated[0].generation == 2);
  h.pass(1s);
  REQUIRE(h.activated.size() == 2);
  CHECK(h.activated[1].generation == 3);
}

TEST_CASE("generations: a newer one that everybody has supersedes an older one") {
  House h;
  for (wire::ParticipantNumber p = 1; p <= 2; ++p) h.join(p);
  h.activated.clear();
  h.keys.rotate(h.now, h.out);
  h.answer();
  h.keys.rotate(h.now, h.out);
  h.answer();
  h.keys.acknowledged(1, 3, h.now, h.out);
  h.keys.acknowledged(2, 3, h.now, h.out);
  h.answer();
  REQUIRE(h.activated.size() == 1);
  CHECK(h.activated[0].generation == 3);
  CHECK(h.erased == std::vector<std::uint32_t>{1, 2});
}

TEST_CASE("generations: removals while one is being made share it, because it is sealed for nobody yet") {
  House h;
  for (wire::ParticipantNumber p = 1; p <= 5; ++p) h.join(p);
  h.keys.member_gone(2, Departure::removed, h.now, h.out);
  h.keys.member_gone(3, Departure::removed, h.now, h.out);
  h.keys.member_gone(4, Departure::left, h.now, h.out);
  h.answer();
  CHECK(h.made == 2);
  CHECK(h.delivered.size() == 2);
  h.acknowledge_all();
  h.pass(5s);
  CHECK(h.made == 2);
}

TEST_CASE("generations: no more than two are prepared at once on request; what was asked meanwhile follows") {
  House h;
  h.join(1);
  h.join(2);
  for (int i = 0; i < 10; ++i) {
    h.keys.rotate(h.now, h.out);
    h.answer();
  }
  CHECK(h.made == 3);
  h.pass(2s);
  CHECK(h.keys.active() == 3);
  CHECK(h.made == 4);
  h.pass(2s);
  CHECK(h.keys.active() == 4);
}

TEST_CASE("generations: a removal does not wait behind requests, up to what one Joined can carry") {
  House h;
  for (wire::ParticipantNumber p = 1; p <= 12; ++p) h.join(p);
  for (int i = 0; i < 10; ++i) {
    h.keys.rotate(h.now, h.out);
    h.answer();
  }
  for (wire::ParticipantNumber p = 2; p <= 11; ++p) {
    h.keys.member_gone(p, Departure::removed, h.now, h.out);
    h.answer();
  }
  CHECK(h.made == 8);
  CHECK(h.join(20).generations.size() == 8);
  h.pass(2s);
  CHECK(h.made == 9);
  h.pass(2s);
  CHECK(h.keys.active() == 9);
}

TEST_CASE("generations: a joiner gets the active one and what is prepared, and need not acknowledge them") {
  House h;
  h.join(1);
  h.join(2);
  h.activated.clear();
  h.keys.rotate(h.now, h.out);
  h.answer();
  const KeysForJoin keys = h.join(3);
  CHECK(keys.active == 1);
  REQUIRE(keys.generations.size() == 2);
  CHECK(keys.generations[1].generation == 2);
  h.acknowledge_all();  // 1 and 2
  REQUIRE(h.activated.size() == 1);
  CHECK(h.activated[0].to == std::vector<wire::ParticipantNumber>{1, 2, 3});
}

TEST_CASE("generations: nothing is activated before every connected member was sent it") {
  House h;
  h.join(1);
  h.join(2);
  h.activated.clear();
  h.keys.rotate(h.now, h.out);
  REQUIRE(h.out.size() == 1);
  const auto make = std::get<MakeKeys>(h.out[0]);
  h.out.clear();
  h.keys.on_made(make.request, 2, h.now, h.out);
  KeyOutbox seals = std::exchange(h.out, {});
  REQUIRE(seals.size() == 2);
  const auto one = std::get<SealKeys>(seals[0]);
  h.keys.on_sealed(one.request, {2, Bytes(32), Bytes(48)}, h.now, h.out);
  h.keys.acknowledged(one.participant, 2, h.now, h.out);
  h.pass(10s);  // kms is slow with the second one
  CHECK(h.activated.empty());
  CHECK_FALSE(h.keys.next_deadline() == h.now);
  h.keys.on_sealed(std::get<SealKeys>(seals[1]).request, {2, Bytes(32), Bytes(48)}, h.now, h.out);
  h.answer();
  h.pass(2s);
  CHECK(h.activated.size() == 1);
}

TEST_CASE("generations: whoever is away is sent nothing, holds nothing up, and gets all when joining again") {
  House h;
  h.join(1);
  h.join(2);
  h.keys.member_away(2, h.now, h.out);
  h.keys.rotate(h.now, h.out);
  h.answer();
  CHECK(h.delivered.size() == 1);
  h.acknowledge_all();
  CHECK(h.keys.active() == 2);
  CHECK(h.join(2).active == 2);
}

TEST_CASE("generations: going away while a seal is under way or unacknowledged lets the others go on") {
  House h;
  h.join(1);
  h.join(2);
  h.keys.rotate(h.now, h.out);
  h.answer();
  h.keys.acknowledged(1, 2, h.now, h.out);
  CHECK(h.keys.active() == 1);
  h.keys.member_away(2, h.now, h.out);
  CHECK(h.keys.active() == 2);
}

TEST_CASE("generations: a new one every thirty minutes") {
  House h;
  h.join(1);
  h.pass(29min + 59s);
  CHECK(h.made == 1);
  h.pass(1s);
  CHECK(h.made == 2);
  h.acknowledge_all();
  h.pass(30min);
  CHECK(h.made == 3);
}

TEST_CASE("generations: a joiner never shares one with somebody who has left") {
  House h;
  h.join(1);
  h.keys.member_gone(1, Departure::left, h.now, h.out);
  h.answer();
  const KeysForJoin keys = h.join(2);  // before the batch time is over
  CHECK(keys.active == 2);
  CHECK(keys.generations.size() == 1);
}

TEST_CASE("generations: kms restarted: joiners wait for a new one, the others go on and then change to it") {
  House h;
  h.join(1);
  h.keys.kms_lost(h.now);
  h.keys.member_joins(2, Bytes(32), h.now, h.out);
  h.pass(5s);
  CHECK(h.out.empty());
  CHECK_FALSE(h.keys.keys_for(2).has_value());
  h.kms_newest = 0;  // it counts from the start again
  h.keys.kms_ready(true, h.now, h.out);
  h.answer();
  CHECK(h.kms_newest == 2);
  auto keys = h.keys.keys_for(2);
  REQUIRE(keys.has_value());
  CHECK(keys->active == 2);
  h.keys.member_ready(2);
  h.acknowledge_all();
  CHECK(h.keys.active() == 2);
  CHECK(h.erased.empty());  // it does not know generation 1
}

TEST_CASE("generations: kms lost while it made one: asked again; lost while it sealed: another is made") {
  House h;
  h.join(1);
  h.join(2);
  h.keys.rotate(h.now, h.out);
  const auto make = std::get<MakeKeys>(h.out.at(0));
  h.out.clear();
  h.keys.kms_lost(h.now);
  h.keys.on_made(make.request, 9, h.now, h.out);  // an answer of before counts for nothing
  CHECK(h.out.empty());
  h.keys.kms_ready(false, h.now, h.out);
  REQUIRE(h.out.size() == 1);
  const auto again = std::get<MakeKeys>(h.out.at(0));
  h.out.clear();
  h.keys.on_made(again.request, 2, h.now, h.out);
  CHECK(h.out.size() == 2);  // seals
  h.out.clear();
  h.keys.kms_lost(h.now);
  h.keys.kms_ready(false, h.now, h.out);
  h.kms_newest = 2;
  h.answer();
  CHECK(h.kms_newest == 3);
  h.acknowledge_all();
  CHECK(h.keys.active() == 3);
}

TEST_CASE("generations: a seal that kms cannot make leads to another generation, with a pause") {
  House h;
  h.join(1);
  h.keys.rotate(h.now, h.out);
  const auto make = std::get<MakeKeys>(h.out.at(0));
  h.out.clear();
  h.keys.on_made(make.request, 2, h.now, h.out);
  const auto seal = std::get<SealKeys>(h.out.at(0));
  h.out.clear();
  h.keys.on_failed(seal.request, h.now, h.out);
  CHECK(h.out.empty());
  h.kms_newest = 2;
  h.pass(1s);
  h.acknowledge_all();
  CHECK(h.keys.active() == 3);
}

TEST_CASE("generations: a number that does not grow is not believed") {
  House h;
  h.join(1);
  h.keys.rotate(h.now, h.out);
  const auto make = std::get<MakeKeys>(h.out.at(0));
  CHECK(make.after == 1);
  h.out.clear();
  h.keys.on_made(make.request, 1, h.now, h.out);
  CHECK(h.out.empty());
  CHECK(h.keys.active() == 1);
  h.pass(1s);
  h.acknowledge_all();
  CHECK(h.keys.active() == 2);
}

TEST_CASE("generations: a member whose public key is bad is refused") {
  House h;
  h.join(1);
  h.keys.member_joins(2, Bytes(32), h.now, h.out);
  const auto seal = std::get<SealKeys>(h.out.at(0));
  h.out.clear();
  h.keys.on_bad_public_key(seal.request, h.out);
  h.answer();
  CHECK(h.refused == std::vector<wire::ParticipantNumber>{2});
}
