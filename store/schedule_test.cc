#include "store/schedule.h"

#include <doctest/doctest.h>

#include "store/store.h"
#include "store/testing.h"

using namespace sealhall;
using namespace sealhall::store;
using testing::on_each_engine;

namespace {

constexpr std::int64_t minute = 60'000'000;
UnixMicros at(std::int64_t minutes) { return UnixMicros{minutes * minute}; }
Bytes bytes(std::string_view text) { return {as_bytes(text).begin(), as_bytes(text).end()}; }

struct House {
  explicit House(testing::Shop& on) : shop(on), schedule(on.engine()) {
    Store store{on.engine()};
    for (const char* id : {"ada", "bob"}) {
      User user{id, id, "Name", UserRole::member, "", at(0), false};
      REQUIRE(shop.ask<void>([&](auto done) { store.create_user(user, std::move(done)); }).has_value());
    }
  }
  ScheduledMeeting meeting(const std::string& id, std::int64_t start, std::uint32_t duration = 30) {
    ScheduledMeeting m;
    m.id = id;
    m.account_id = default_account;
    m.owner_id = "ada";
    m.uuid = "uuid-" + id;
    m.start_at = at(start);
    m.ends_at = at(start + duration);
    m.duration = duration;
    m.created_at = m.updated_at = at(1);
    m.details_sealed = bytes("sealed " + id);
    return m;
  }
  expected<void, StoreError> create(const ScheduledMeeting& m, const std::vector<MeetingOccurrence>& o = {},
                                    const std::vector<std::string>& hosts = {}) {
    return shop.ask<void>([&](auto done) { schedule.create(m, o, hosts, std::move(done)); });
  }
  std::optional<ScheduledMeeting> get(const std::string& id) {
    return *shop.ask<std::optional<ScheduledMeeting>>([&](auto done) { schedule.meeting(id, std::move(done)); });
  }
  std::string listed(Schedule::Which which, std::int64_t now, const std::string& owner = "ada") {
    const auto got = shop.ask<Listed<ScheduledMeeting>>(
        [&](auto done) { schedule.list({.owner_id = owner, .which = which, .now = at(now)}, std::move(done)); });
    REQUIRE(got.has_value());
    CHECK(got->rows.size() == got->total);
    std::string out;
    for (const ScheduledMeeting& m : got->rows) {
      out += m.id + "@" + (m.next_start ? std::to_string(static_cast<std::int64_t>(*m.next_start) / minute) : "") + " ";
    }
    return out;
  }
  template <class Act>
  expected<void, StoreError> act(Act act) {
    return shop.ask<void>([&](Done<void> done) { act(schedule, std::move(done)); });
  }

  testing::Shop& shop;
  Schedule schedule;
};

MeetingOccurrence occurrence(std::int64_t start, bool deleted = false) {
  return {.original_start = at(start), .start_at = at(start), .duration = 30, .deleted = deleted};
}

}  // namespace

TEST_CASE("schedule store: a meeting comes back as it went in, with its occurrences and hosts") {
  on_each_engine([](testing::Shop& shop) {
    House house{shop};
    ScheduledMeeting m = house.meeting("10000000001", 100);
    m.type = MeetingType::recurring;
    m.timezone = "Asia/Taipei";
    m.waiting_room = true;
    m.join_before_host = false;
    m.approval = 1;
    MeetingOccurrence moved = occurrence(200);
    moved.start_at = at(210);
    moved.changed = true;
    moved.details_sealed = bytes("x");
    REQUIRE(house.create(m, {occurrence(100), moved}, {"bob", "bob"}).has_value());
    CHECK(house.create(m).error() == StoreError::taken);
    const auto got = house.get(m.id);
    REQUIRE(got);
    CHECK(got->type == MeetingType::recurring);
    CHECK(got->timezone == "Asia/Taipei");
    CHECK(got->waiting_room);
    CHECK(!got->join_before_host);
    CHECK(got->approval == 1);
    CHECK(got->start_at == at(100));
    CHECK(got->details_sealed == m.details_sealed);
    CHECK(got->plain_topic.empty());
    const auto list = *shop.ask<std::vector<MeetingOccurrence>>(
        [&](auto done) { house.schedule.occurrences(m.id, std::move(done)); });
    REQUIRE(list.size() == 2);
    CHECK(list[1].original_start == at(200));
    CHECK(list[1].start_at == at(210));
    CHECK(list[1].changed);
    CHECK(list[1].details_sealed == bytes("x"));
    CHECK(*shop.ask<std::vector<std::string>>([&](auto done) { house.schedule.hosts(m.id, std::move(done)); }) ==
          std::vector<std::string>{"bob"});
    const auto by_uuid = *shop.ask<std::optional<ScheduledMeeting>>(
        [&](auto done) { house.schedule.meeting_by_uuid(m.uuid, std::move(done)); });
    CHECK(by_uuid->id == m.id);
    m.owner_id = "nobody";
    m.id = "2";
    CHECK(house.create(m).error() == StoreError::not_found);
  });
}

TEST_CASE("schedule store: of two changes at once only the first is made") {
  on_each_engine([](testing::Shop& shop) {
    House house{shop};
    REQUIRE(house.create(house.meeting("10000000001", 100), {occurrence(100)}, {"bob"}).has_value());
    ScheduledMeeting first = *house.get("10000000001");
    ScheduledMeeting second = first;
    first.duration = 45;
    first.sequence = 1;
    const auto update = [&](const ScheduledMeeting& m) {
      return house.act([&](Schedule& s, auto done) {
        s.update(m, std::vector<MeetingOccurrence>{occurrence(150)}, std::vector<std::string>{}, std::move(done));
      });
    };
    CHECK(update(first).has_value());
    CHECK(update(second).error() == StoreError::not_found);
    const auto got = house.get("10000000001");
    CHECK(got->duration == 45);
    CHECK(got->sequence == 1);
    CHECK(got->revision == 1);
    CHECK(shop.ask<std::vector<std::string>>([&](auto done) { house.schedule.hosts("10000000001", std::move(done)); })
              ->empty());
  });
}

TEST_CASE("schedule store: what is scheduled, upcoming and previous") {
  on_each_engine([](testing::Shop& shop) {
    House house{shop};
    REQUIRE(house.create(house.meeting("10000000001", 100)).has_value());
    REQUIRE(house.create(house.meeting("10000000002", 300)).has_value());
    ScheduledMeeting series = house.meeting("10000000003", 50);
    series.ends_at = at(280);
    REQUIRE(house.create(series, {occurrence(50), occurrence(150, true), occurrence(250)}).has_value());
    ScheduledMeeting any_time = house.meeting("10000000004", 0);
    any_time.type = MeetingType::recurring_any_time;
    any_time.start_at = any_time.ends_at = std::nullopt;
    REQUIRE(house.create(any_time).has_value());
    CHECK(house.listed(Schedule::Which::scheduled, 120) ==
          "10000000001@100 10000000003@250 10000000002@300 10000000004@ ");
    CHECK(house.listed(Schedule::Which::upcoming, 140) == "10000000003@250 10000000002@300 ");
    CHECK(house.listed(Schedule::Which::previous, 140) == "10000000001@100 ");
    CHECK(house.listed(Schedule::Which::upcoming, 290) == "10000000002@300 ");
    CHECK(house.listed(Schedule::Which::scheduled, 10, "bob").empty());
    REQUIRE(house.act([](Schedule& s, auto done) { s.end("10000000002", at(9), std::move(done)); }).has_value());
    CHECK(house.act([](Schedule& s, auto done) { s.end("10000000002", at(9), std::move(done)); }).error() ==
          StoreError::not_found);
    CHECK(house.listed(Schedule::Which::upcoming, 290).empty());
    const auto page = shop.ask<Listed<ScheduledMeeting>>([&](auto done) {
      house.schedule.list({.owner_id = "ada", .which = Schedule::Which::all, .limit = 1, .offset = 1}, std::move(done));
    });
    CHECK(page->rows.size() == 1);
    CHECK(page->total == 4);
  });
}

TEST_CASE("schedule store: a deleted meeting is not there, and can come back for a while") {
  on_each_engine([](testing::Shop& shop) {
    House house{shop};
    REQUIRE(house.create(house.meeting("10000000001", 100)).has_value());
    const auto remove = [&] {
      return house.act([](Schedule& s, auto done) { s.remove("10000000001", at(50), std::move(done)); });
    };
    CHECK(remove().has_value());
    CHECK(remove().error() == StoreError::not_found);
    CHECK(!house.get("10000000001"));
    CHECK(house.listed(Schedule::Which::all, 0).empty());
    CHECK(shop.ask<std::optional<ScheduledMeeting>>(
                  [&](auto done) { house.schedule.deleted("10000000001", std::move(done)); })
              ->has_value());
    const auto recover = [&](std::int64_t since) {
      return house.act([&](Schedule& s, auto done) { s.recover("10000000001", at(since), std::move(done)); });
    };
    CHECK(recover(51).error() == StoreError::not_found);
    CHECK(recover(50).has_value());
    CHECK(house.get("10000000001"));
  });
}

TEST_CASE("schedule store: meetings of the first version are found and sealed once") {
  on_each_engine([](testing::Shop& shop) {
    House house{shop};
    REQUIRE(shop.write({{.sql = "INSERT INTO meetings(id, owner_id, topic, passcode, waiting_room, join_before_host, "
                                "created_at) VALUES('abcdefghijklmnop','ada','Plans','123',1,0,5)"}})
                .has_value());
    const auto unsealed = [&] {
      return *shop.ask<std::vector<ScheduledMeeting>>([&](auto done) { house.schedule.unsealed(10, std::move(done)); });
    };
    REQUIRE(unsealed().size() == 1);
    CHECK(unsealed()[0].plain_topic == "Plans");
    CHECK(unsealed()[0].plain_passcode == "123");
    CHECK(unsealed()[0].type == MeetingType::recurring_any_time);
    CHECK(house.listed(Schedule::Which::scheduled, 0).empty());
    const auto seal = [&] {
      return house.act([](Schedule& s, auto done) { s.seal("abcdefghijklmnop", bytes("x"), std::move(done)); });
    };
    CHECK(seal().has_value());
    CHECK(seal().error() == StoreError::not_found);
    CHECK(unsealed().empty());
    const auto got = house.get("abcdefghijklmnop");
    CHECK(got->plain_topic.empty());
    CHECK(!got->plain_passcode);
    CHECK(got->details_sealed == bytes("x"));
  });
}

TEST_CASE("schedule store: registrants by status, each address once a meeting, and only those of the meeting change") {
  on_each_engine([](testing::Shop& shop) {
    House house{shop};
    REQUIRE(house.create(house.meeting("10000000001", 100)).has_value());
    REQUIRE(house.create(house.meeting("10000000002", 100)).has_value());
    const auto add = [&](const std::vector<MeetingRegistrant>& list) {
      return house.act([&](Schedule& s, auto done) { s.add_registrants(list, std::move(done)); });
    };
    using enum RegistrantStatus;
    REQUIRE(add({{"r1", "10000000001", "h1", pending, at(1), bytes("1")},
                 {"r2", "10000000001", "h2", approved, at(2), bytes("2")},
                 {"r3", "10000000002", "h1", pending, at(3), bytes("3")}})
                .has_value());
    CHECK(add({{"r4", "10000000001", "h1", pending, at(1), bytes("1")}}).error() == StoreError::taken);
    CHECK(add({{"r5", "nowhere", "h1", pending, at(1), bytes("1")}}).error() == StoreError::not_found);
    const auto list = [&](std::optional<RegistrantStatus> status) {
      return *shop.ask<Listed<MeetingRegistrant>>(
          [&](auto done) { house.schedule.registrants("10000000001", status, 10, 0, std::move(done)); });
    };
    CHECK(list(std::nullopt).total == 2);
    REQUIRE(list(pending).rows.size() == 1);
    CHECK(list(pending).rows[0].id == "r1");
    const auto changed = *shop.ask<std::vector<MeetingRegistrant>>(
        [&](auto done) { house.schedule.set_status("10000000001", {"r1", "r2", "r3"}, approved, std::move(done)); });
    REQUIRE(changed.size() == 1);
    CHECK(changed[0].id == "r1");
    CHECK(changed[0].details_sealed == bytes("1"));
    CHECK(list(approved).total == 2);
    const auto found = *shop.ask<std::optional<MeetingRegistrant>>(
        [&](auto done) { house.schedule.registrant_by_email("10000000002", "h1", std::move(done)); });
    CHECK(found->id == "r3");
    CHECK(found->status == pending);
    CHECK(
        house.act([](Schedule& s, auto done) { s.remove_registrant("10000000001", "r3", std::move(done)); }).error() ==
        StoreError::not_found);
    CHECK(house.act([](Schedule& s, auto done) { s.remove_registrant("10000000002", "r3", std::move(done)); })
              .has_value());
  });
}

TEST_CASE("schedule store: one personal meeting a person, and templates of their own") {
  on_each_engine([](testing::Shop& shop) {
    House house{shop};
    ScheduledMeeting m = house.meeting("10000000001", 0);
    m.personal = true;
    const auto create = [&](const ScheduledMeeting& one) {
      return house.act([&](Schedule& s, auto done) { s.create_personal(one, std::move(done)); });
    };
    REQUIRE(create(m).has_value());
    m.id = "10000000002";
    CHECK(create(m).error() == StoreError::taken);
    CHECK(!house.get("10000000002"));
    const auto personal = *shop.ask<std::optional<ScheduledMeeting>>(
        [&](auto done) { house.schedule.personal_of("ada", std::move(done)); });
    CHECK(personal->id == "10000000001");
    REQUIRE(house
                .act([](Schedule& s, auto done) {
                  s.add_template({"t1", std::string{default_account}, "ada", at(1), bytes("t")}, std::move(done));
                })
                .has_value());
    const auto find = [&](const std::string& owner) {
      return *shop.ask<std::optional<MeetingTemplate>>(
          [&](auto done) { house.schedule.find_template(owner, "t1", std::move(done)); });
    };
    CHECK(find("ada"));
    CHECK(!find("bob"));
    const auto all = [&] {
      return shop.ask<std::vector<MeetingTemplate>>(
          [&](auto done) { house.schedule.templates("ada", std::move(done)); });
    };
    CHECK(all()->size() == 1);
    const auto remove = [&](const std::string& owner) {
      return house.act([&](Schedule& s, auto done) { s.remove_template(owner, "t1", std::move(done)); });
    };
    CHECK(remove("bob").error() == StoreError::not_found);
    CHECK(all()->size() == 1);
    CHECK(remove("ada").has_value());
    CHECK(all()->empty());
    CHECK(remove("ada").error() == StoreError::not_found);
  });
}
