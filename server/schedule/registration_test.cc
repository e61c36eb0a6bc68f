#include <doctest/doctest.h>

#include <algorithm>

#include "server/schedule/links.h"
#include "server/schedule/testing.h"

using namespace sealhall;
using namespace sealhall::schedule;
using namespace sealhall::schedule::testing;
using store::RegistrantStatus;

namespace {

struct Registration : House {
  explicit Registration(std::uint32_t approval) {
    shapes::MeetingBody body;
    body.topic = "Talk";
    body.start_time = "2026-11-27T10:00:00Z";
    body.settings = shapes::Settings{.approval_type = approval};
    meeting = create(body);
  }
  static shapes::RegistrantBody guest(const std::string& name) {
    shapes::RegistrantBody body;
    body.email = name + "@example.org";
    body.first_name = name;
    body.last_name = "Guest";
    return body;
  }
  expected<std::vector<Registered>, api::ApiError> enrol(const std::string& name, bool auto_approve = false) {
    return ask<std::vector<Registered>>(
        [&](auto done) { service.register_people(id(meeting), {guest(name)}, auto_approve, std::move(done)); });
  }
  RegistrantPage page(RegistrantStatus status) {
    return get<RegistrantPage>([&](auto done) { service.registrants(id(meeting), status, {}, {}, std::move(done)); });
  }
  void decide(const RegistrantName& who, RegistrantStatus status) {
    get<void>([&](auto done) { service.decide(id(meeting), {who}, status, std::move(done)); });
  }
  Door door(const Knock& knock) {
    return *get<std::optional<Door>>([&](auto done) { service.at_the_door(id(meeting), knock, std::move(done)); });
  }
  static std::string tk(const std::string& link) { return link.substr(link.find("tk=") + 3); }

  shapes::MeetingView meeting;
};

}  // namespace

TEST_CASE("registration: with immediate approval the guest has a link of their own and gets it by mail") {
  Registration house{0};
  CHECK(house.meeting.registration_url == "https://meet.example/register/" + House::id(house.meeting));
  const auto done = house.enrol("dora");
  REQUIRE(done);
  REQUIRE(done->at(0).join_url);
  CHECK(done->at(0).join_url->find("&tk=" + done->at(0).id + ".") != std::string::npos);
  CHECK(house.mails.subjects("dora@example.org") == "You are registered: Talk");
  CHECK(house.mails.calendar("dora@example.org").find("LOCATION:" + *done->at(0).join_url) != std::string::npos);
  CHECK(house.page(RegistrantStatus::approved).total == 1);
  CHECK(house.event_names() == "meeting.created meeting.registration_created");
  CHECK(house.told[1].object_json.find("\"registrant\":{\"id\":\"" + done->at(0).id + "\"") != std::string::npos);

  CHECK(house.door({}).answer == DoorAnswer::register_first);
  const Door in = house.door({.registrant_token = Registration::tk(*done->at(0).join_url)});
  CHECK(in.answer == DoorAnswer::open);
  CHECK(in.name == "dora Guest");
  CHECK(in.passcode == house.meeting.password);
  CHECK(in.registrant_id == done->at(0).id);
  CHECK(!in.may_host);
  CHECK(house.door({.registrant_token = done->at(0).id + ".wrong"}).answer == DoorAnswer::register_first);
}

TEST_CASE("registration: where the host decides, the guest waits, and each decision is told") {
  Registration house{1};
  const auto dora = house.enrol("dora")->at(0);
  CHECK(!dora.join_url);
  CHECK(house.mails.subjects("dora@example.org") == "Registration received: Talk");
  CHECK(house.mails.subjects("ada@acme.example") == "Someone wants to come: Talk");
  const std::string token = [&] {
    const Meeting m =
        house.get<Meeting>([&](auto done) { house.service.load(House::id(house.meeting), std::move(done)); });
    return registrant_token(m.details.link_secret, m.row.id, dora.id);
  }();
  CHECK(house.door({.registrant_token = token}).answer == DoorAnswer::register_first);
  house.decide({"", "Dora@example.org"}, RegistrantStatus::approved);
  CHECK(house.door({.registrant_token = token}).answer == DoorAnswer::open);
  house.decide({dora.id, ""}, RegistrantStatus::denied);
  CHECK(house.door({.registrant_token = token}).answer == DoorAnswer::register_first);
  CHECK(house.mails.subjects("dora@example.org") ==
        "Registration received: Talk | You are registered: Talk | Registration declined: Talk");
  CHECK(house.event_names() ==
        "meeting.created meeting.registration_created meeting.registration_approved meeting.registration_denied");
  // Nothing that is so already is told again.
  house.decide({dora.id, ""}, RegistrantStatus::denied);
  CHECK(house.told.size() == 4);
}

TEST_CASE("registration: each address once, and not where it is switched off") {
  Registration house{0};
  REQUIRE(house.enrol("dora"));
  CHECK(house.enrol("dora").error().code == 3027);
  Registration off{2};
  CHECK(!off.meeting.registration_url);
  CHECK(off.enrol("dora").error().status == 400);
  CHECK(off.door({}).answer == DoorAnswer::open);
}

TEST_CASE("registration: it can be approved as it is made, cancelled, and removed") {
  Registration house{1};
  const auto eve = house.enrol("eve", true)->at(0);
  CHECK(eve.join_url);
  const auto info = house.get<RegistrantInfo>(
      [&](auto done) { house.service.registrant(House::id(house.meeting), eve.id, std::move(done)); });
  CHECK(info.body.email == "eve@example.org");
  CHECK(info.status == RegistrantStatus::approved);
  CHECK(info.join_url == eve.join_url);
  house.get<void>(
      [&](auto done) { house.service.remove_registrant(House::id(house.meeting), eve.id, std::move(done)); });
  CHECK(house.door({.registrant_token = Registration::tk(*eve.join_url)}).answer == DoorAnswer::register_first);
  CHECK(house
            .ask<RegistrantInfo>(
                [&](auto done) { house.service.registrant(House::id(house.meeting), eve.id, std::move(done)); })
            .error()
            .status == 404);
  CHECK(house.enrol("eve"));
}

TEST_CASE("registration: the host's questions are asked") {
  Registration house{0};
  shapes::Questions questions;
  questions.questions = {{{"org", true}}};
  house.get<void>(
      [&](auto done) { house.service.set_questions(house.ada, House::id(house.meeting), questions, std::move(done)); });
  const auto asked = house.get<shapes::Questions>(
      [&](auto done) { house.service.questions(House::id(house.meeting), std::move(done)); });
  CHECK(asked.questions->at(0).field_name == "org");
  CHECK(house.enrol("dora").error().errors.at(0).field == "org");
}

TEST_CASE("registration: who registered hears of a change, with a link of their own, and of the end") {
  Registration house{0};
  const auto dora = house.enrol("dora")->at(0);
  shapes::MeetingBody later;
  later.start_time = "2026-11-28T10:00:00Z";
  REQUIRE(house.change(house.meeting, later));
  const std::string file = house.mails.calendar("dora@example.org");
  CHECK(file.find("SEQUENCE:1\r\n") != std::string::npos);
  CHECK(file.find(*dora.join_url) != std::string::npos);
  house.get<void>([&](auto done) { house.service.remove(house.ada, House::id(house.meeting), {}, std::move(done)); });
  CHECK(house.mails.subjects("dora@example.org") == "You are registered: Talk | Changed: Talk | Cancelled: Talk");
}

TEST_CASE("registration: who registered is not told of a cancellation when that is wished; invited people always are") {
  for (const bool hear : {false, true}) {
    CAPTURE(hear);
    House house;
    shapes::MeetingBody body;
    body.topic = "Course";
    body.type = 8;
    body.start_time = "2026-11-23T10:00:00Z";
    body.recurrence = shapes::RecurrenceBody{.type = 1, .repeat_interval = 1, .end_times = 3};
    body.settings = shapes::Settings{.approval_type = 0};
    body.settings->meeting_invitees.emplace().push_back({"gil@example.org"});
    const auto meeting = house.create(body);
    house.get<std::vector<Registered>>([&](auto done) {
      house.service.register_people(House::id(meeting), {Registration::guest("dora")}, false, std::move(done));
    });
    const auto cancel = [&](Cancelling what) {
      house.get<void>(
          [&](auto done) { house.service.remove(house.ada, House::id(meeting), std::move(what), std::move(done)); });
    };
    const auto letters = [&](const std::string& whom) {
      const std::string all = house.mails.subjects(whom);
      int found = 0;
      for (std::size_t at = all.find("Cancelled:"); at != std::string::npos; at = all.find("Cancelled:", at + 1))
        ++found;
      return found;
    };
    cancel({.occurrence = (*meeting.occurrences)[1].occurrence_id, .registrants_hear = hear});
    CHECK(letters("gil@example.org") == 1);
    CHECK(letters("dora@example.org") == (hear ? 1 : 0));
    cancel({.registrants_hear = hear});
    CHECK(letters("gil@example.org") == 2);
    CHECK(letters("dora@example.org") == (hear ? 2 : 0));
  }
}

TEST_CASE("registration: each kind of letter is switched off by its own setting, and no other one") {
  // How many letters go to somebody who was invited from the beginning, with the change, who registered, to an
  // alternative host: from a meeting that is made, then moved, then cancelled.
  const auto letters = [](shapes::Settings settings) {
    House house;
    settings.approval_type = 0;
    settings.alternative_hosts = "bob@acme.example";
    settings.meeting_invitees.emplace().push_back({"gil@example.org"});
    shapes::MeetingBody body;
    body.topic = "Talk";
    body.start_time = "2026-11-27T10:00:00Z";
    body.settings = std::move(settings);
    const auto meeting = house.create(body);
    house.get<std::vector<Registered>>([&](auto done) {
      house.service.register_people(House::id(meeting), {Registration::guest("dora")}, false, std::move(done));
    });
    shapes::MeetingBody later;
    later.start_time = "2026-11-28T10:00:00Z";
    later.settings.emplace().meeting_invitees = {{{"gil@example.org"}, {"hal@example.org"}}};
    REQUIRE(house.change(meeting, later));
    house.get<void>([&](auto done) { house.service.remove(house.ada, House::id(meeting), {}, std::move(done)); });
    std::string out;
    for (const char* whom : {"gil@example.org", "hal@example.org", "dora@example.org", "bob@acme.example"}) {
      out += std::to_string(std::ranges::count(house.mails.mails, std::string{whom}, &io::Mail::to)) + " ";
    }
    return out;
  };
  CHECK(letters({}) == "3 2 3 1 ");
  CHECK(letters({.email_notification = false}) == "0 0 3 1 ");
  CHECK(letters({.registrants_email_notification = false}) == "3 2 1 1 ");
  CHECK(letters({.registrants_confirmation_email = false}) == "3 2 2 1 ");
  CHECK(letters({.alternative_hosts_email_notification = false}) == "3 2 3 0 ");
}

TEST_CASE("registration: somebody with an account comes in with the address that they registered") {
  Registration house{0};
  shapes::RegistrantBody bob = Registration::guest("bob");
  bob.email = "bob@acme.example";
  house.get<std::vector<Registered>>(
      [&](auto done) { house.service.register_people(House::id(house.meeting), {bob}, false, std::move(done)); });
  CHECK(house.door({.user_id = "bob"}).answer == DoorAnswer::open);
  CHECK(house.door({.user_id = "carol"}).answer == DoorAnswer::register_first);
}

namespace {

struct Series : House {
  explicit Series(std::uint32_t type) {
    shapes::MeetingBody body;
    body.topic = "Course";
    body.type = 8;
    body.start_time = "2026-11-23T10:00:00Z";
    body.recurrence = shapes::RecurrenceBody{.type = 1, .repeat_interval = 1, .end_times = 3};
    body.settings = shapes::Settings{.approval_type = 0, .registration_type = type};
    meeting = create(body);
    for (const auto& o : *meeting.occurrences) times.push_back(o.occurrence_id);
  }
  expected<std::vector<Registered>, api::ApiError> enrol(const std::string& name, std::vector<std::string> which) {
    shapes::RegistrantBody body = Registration::guest(name);
    body.occurrence_ids = std::move(which);
    return ask<std::vector<Registered>>(
        [&](auto done) { service.register_people(id(meeting), {body}, false, std::move(done)); });
  }
  DoorAnswer door(const std::string& link, const char* when) {
    clock.time = at(when);
    return (*get<std::optional<Door>>([&](auto done) {
             service.at_the_door(id(meeting), {.registrant_token = Registration::tk(link)}, std::move(done));
           }))
        .answer;
  }
  std::uint64_t coming(const std::string& when) {
    return get<RegistrantPage>([&](auto done) {
             service.registrants(id(meeting), RegistrantStatus::approved, when, {}, std::move(done));
           })
        .total;
  }
  shapes::MeetingView meeting;
  std::vector<std::string> times;
};

}  // namespace

TEST_CASE("registration: with one for each time a link opens that time, and the same address registers again") {
  Series house{2};
  CHECK(house.enrol("dora", {}).error().errors.at(0).field == "occurrence_ids");
  CHECK_FALSE(house.enrol("dora", {house.times[0], house.times[1]}));
  const auto second = house.enrol("dora", {house.times[1]});
  REQUIRE(second);
  CHECK(second->at(0).start_time == "2026-11-24T10:00:00Z");
  REQUIRE(second->at(0).occurrences.size() == 1);
  CHECK(house.enrol("dora", {house.times[1]}).error().code == 3027);
  const auto third = house.enrol("dora", {house.times[2]});
  REQUIRE(third);
  CHECK(house.coming(house.times[0]) == 0);
  CHECK(house.coming(house.times[1]) == 1);
  CHECK(house.coming("") == 2);
  CHECK_FALSE(house.ask<RegistrantPage>([&](auto done) {
    house.service.registrants(House::id(house.meeting), RegistrantStatus::approved, "17", {}, std::move(done));
  }));
  const std::string link = *second->at(0).join_url;
  CHECK(house.door(link, "2026-11-23T09:55:00Z") == DoorAnswer::register_first);
  CHECK(house.door(link, "2026-11-24T09:55:00Z") == DoorAnswer::open);
  CHECK(house.door(link, "2026-11-25T09:55:00Z") == DoorAnswer::register_first);
  CHECK(house.door(*third->at(0).join_url, "2026-11-25T09:55:00Z") == DoorAnswer::open);
  // An address stands for all of its registrations.
  house.get<void>([&](auto done) {
    house.service.decide(House::id(house.meeting), {{"", "dora@example.org"}}, RegistrantStatus::denied,
                         std::move(done));
  });
  CHECK(house.coming("") == 0);
}

TEST_CASE("registration: with free choice one registration opens the times that it names") {
  Series house{3};
  const auto done = house.enrol("dora", {house.times[2], house.times[0]});
  REQUIRE(done);
  CHECK(done->at(0).occurrences.size() == 2);
  CHECK_FALSE(house.enrol("dora", {house.times[1]}));
  CHECK(house.mails.subjects("dora@example.org") == "You are registered: Course | You are registered: Course");
  const std::string link = *done->at(0).join_url;
  CHECK(house.door(link, "2026-11-23T09:55:00Z") == DoorAnswer::open);
  CHECK(house.door(link, "2026-11-24T09:55:00Z") == DoorAnswer::register_first);
  CHECK(house.door(link, "2026-11-25T09:55:00Z") == DoorAnswer::open);
}

TEST_CASE("registration: one for all times opens every one, whatever was asked for") {
  Series house{1};
  const auto done = house.enrol("dora", {house.times[1]});
  REQUIRE(done);
  CHECK(done->at(0).occurrences.empty());
  CHECK(house.coming(house.times[0]) == 1);
  CHECK(house.door(*done->at(0).join_url, "2026-11-23T09:55:00Z") == DoorAnswer::open);
}
