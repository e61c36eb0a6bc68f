#include "server/schedule/service.h"

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>

#include "server/schedule/links.h"
#include "server/schedule/testing.h"

using namespace sealhall;
using namespace sealhall::schedule;
using namespace sealhall::schedule::testing;
using Which = store::Schedule::Which;

namespace {

shapes::MeetingBody once(std::string topic = "Plans") {
  shapes::MeetingBody body;
  body.topic = std::move(topic);
  body.start_time = "2026-11-27T10:00:00Z";
  body.duration = 45;
  return body;
}
shapes::MeetingBody weekly() {
  shapes::MeetingBody body = once("Weekly");
  body.type = 8;
  body.timezone = "Europe/Berlin";
  body.recurrence = shapes::RecurrenceBody{.type = 2, .end_times = 4};
  return body;
}
shapes::Settings inviting(std::initializer_list<std::string> emails) {
  shapes::Settings s;
  s.meeting_invitees.emplace();
  for (const std::string& email : emails) s.meeting_invitees->push_back({email});
  return s;
}

}  // namespace

TEST_CASE("scheduling: a meeting is made, looked at, listed, changed and deleted") {
  House house;
  const auto made = house.create(once());
  CHECK(made.topic == "Plans");
  CHECK(made.host_id == "ada");
  CHECK(made.host_email == "ada@acme.example");
  CHECK(made.status == "waiting");
  REQUIRE(made.start_url);
  CHECK(made.start_url->starts_with("https://meet.example/s/" + House::id(made) + "?zak="));
  const auto seen = house.look(made);
  CHECK(seen.start_time == "2026-11-27T10:00:00Z");
  CHECK(seen.password == made.password);
  CHECK(!seen.start_url);
  CHECK(house.listed(Which::scheduled) == "Plans");
  CHECK(house.listed(Which::scheduled, "bob").empty());
  shapes::MeetingBody change;
  change.topic = "Other plans";
  REQUIRE(house.change(made, change));
  CHECK(house.look(made).topic == "Other plans");
  CHECK(house.look(made).duration == 45U);
  house.running.insert(House::id(made));
  CHECK(house.look(made).status == "started");
  house.get<void>([&](auto done) { house.service.remove(house.ada, House::id(made), {}, std::move(done)); });
  CHECK(house.ended == std::vector{House::id(made)});
  const auto gone =
      house.ask<shapes::MeetingView>([&](auto done) { house.service.get(House::id(made), {}, std::move(done)); });
  CHECK(gone.error().status == 404);
  CHECK(gone.error().code == 3001);
  CHECK(house.event_names() == "meeting.created meeting.updated meeting.deleted");
  house.get<void>([&](auto done) { house.service.recover(house.ada, House::id(made), std::move(done)); });
  CHECK(house.look(made).topic == "Other plans");
}

TEST_CASE("trap 1: events of meetings carry the id as a number, and no key to the door") {
  House house;
  const auto made = house.create(once());
  const std::string& json = house.told[0].object_json;
  CHECK(json.find("\"id\":" + House::id(made) + ",") != std::string::npos);
  CHECK(json.find(made.password) == std::string::npos);
  CHECK(json.find("zak=") == std::string::npos);
}

TEST_CASE("trap 2: a meeting is found by its uuid, raw, encoded once and twice") {
  House house;
  const auto made = house.create(once());
  std::string single = made.uuid;
  for (std::size_t at = single.find('='); at != std::string::npos; at = single.find('=')) single.replace(at, 1, "%3D");
  for (std::size_t at = single.find('+'); at != std::string::npos; at = single.find('+')) single.replace(at, 1, "%2B");
  std::string twice = single;
  for (std::size_t at = twice.find('%'); at != std::string::npos; at = twice.find('%', at + 3))
    twice.replace(at, 1, "%25");
  for (const std::string& name : {made.uuid, single, twice}) {
    INFO(name);
    CHECK(house.get<shapes::MeetingView>([&](auto done) { house.service.get(name, {}, std::move(done)); }).id ==
          made.id);
  }
}

TEST_CASE("trap 5: an empty list is page 1 of 1") {
  House house;
  const auto list = house.get<shapes::MeetingList>(
      [&](auto done) { house.service.list("bob", Which::scheduled, {}, std::move(done)); });
  CHECK(list.page.page_count == 1);
  CHECK(list.page.page_number == 1);
  CHECK(list.page.total_records == 0);
}

TEST_CASE("trap 6: an occurrence is named by milliseconds or by basic time") {
  House house;
  const auto made = house.create(weekly());
  REQUIRE(made.occurrences->size() == 4);
  const std::string& milliseconds = (*made.occurrences)[1].occurrence_id;
  CHECK(house.look(made, {.occurrence = milliseconds}).start_time == "2026-12-04T10:00:00Z");
  CHECK(house.look(made, {.occurrence = "20261204T100000Z"}).occurrence_id == milliseconds);
  shapes::MeetingBody later;
  later.start_time = "2026-12-04T15:00:00Z";
  REQUIRE(house.change(made, later, "20261204T100000Z"));
  CHECK(house.look(made, {.occurrence = milliseconds}).start_time == "2026-12-04T15:00:00Z");
  CHECK((*house.look(made).occurrences)[1].start_time == "2026-12-04T15:00:00Z");
  house.get<void>(
      [&](auto done) { house.service.remove(house.ada, House::id(made), {milliseconds}, std::move(done)); });
  CHECK((*house.look(made).occurrences)[1].status == "deleted");
  CHECK(house.change(made, later, milliseconds).error().code == 3001);
  CHECK(house.change(made, later, "20300101T000000Z").error().code == 3001);
}

TEST_CASE("scheduling: a host who signs in with a name that is no address is an organizer all the same") {
  House house;
  const store::User user{"eva", "eva", "Eva", store::UserRole::member, "", house.clock.time, false};
  REQUIRE(house.shop.ask<void>([&](auto done) { house.accounts.create_user(user, std::move(done)); }).has_value());
  shapes::MeetingBody body = weekly();
  body.settings = inviting({"dora@example.org"});
  house.create(body, {"", "eva"});
  CHECK(house.mails.calendar("dora@example.org").find("ORGANIZER;CN=\"Eva\":mailto:noreply@meet.example\r\n") !=
        std::string::npos);
}

TEST_CASE("scheduling: who is invited gets a calendar file, hears of changes in the same entry, and of the end") {
  House house;
  shapes::MeetingBody body = weekly();
  body.settings = inviting({"dora@example.org"});
  const auto made = house.create(body);
  CHECK(house.mails.subjects("dora@example.org") == "Invitation: Weekly");
  CHECK(house.mails.mails[0].attachment->content_type == "text/calendar; charset=UTF-8; method=REQUEST");
  std::string file = house.mails.calendar("dora@example.org");
  CHECK(file.find("UID:" + House::id(made) + "@meet.example\r\n") != std::string::npos);
  CHECK(file.find("SEQUENCE:0\r\n") != std::string::npos);
  CHECK(file.find("RRULE:FREQ=WEEKLY;WKST=SU;BYDAY=FR;COUNT=4\r\n") != std::string::npos);
  CHECK(file.find("DTSTART;TZID=Europe/Berlin:20261127T110000\r\n") != std::string::npos);
  CHECK(file.find("ORGANIZER;CN=\"ada\":mailto:ada@acme.example\r\n") != std::string::npos);

  shapes::MeetingBody later;
  later.start_time = "2026-11-27T12:00:00Z";
  REQUIRE(house.change(made, later));
  file = house.mails.calendar("dora@example.org");
  CHECK(file.find("SEQUENCE:1\r\n") != std::string::npos);
  CHECK(file.find("DTSTART;TZID=Europe/Berlin:20261127T130000\r\n") != std::string::npos);

  shapes::MeetingBody longer;
  longer.duration = 90;
  REQUIRE(house.change(made, longer, "20261204T120000Z"));
  file = house.mails.calendar("dora@example.org");
  CHECK(file.find("RECURRENCE-ID;TZID=Europe/Berlin:20261204T130000\r\n") != std::string::npos);
  CHECK(file.find("DTEND;TZID=Europe/Berlin:20261204T143000\r\n") != std::string::npos);

  house.get<void>([&](auto done) { house.service.remove(house.ada, House::id(made), {}, std::move(done)); });
  file = house.mails.calendar("dora@example.org");
  CHECK(file.find("METHOD:CANCEL\r\n") != std::string::npos);
  CHECK(file.find("SEQUENCE:3\r\n") != std::string::npos);
  CHECK(house.mails.subjects("dora@example.org") ==
        "Invitation: Weekly | Changed: Weekly | Changed: Weekly | Cancelled: Weekly");
}

TEST_CASE("scheduling: who comes onto the list is invited, who goes is told, what nobody sees is not told") {
  House house;
  shapes::MeetingBody body = once();
  body.settings = inviting({"dora@example.org", "eve@example.org"});
  const auto made = house.create(body);
  shapes::MeetingBody others;
  others.settings = inviting({"dora@example.org", "finn@example.org"});
  others.settings->mute_upon_entry = true;
  REQUIRE(house.change(made, others));
  CHECK(house.mails.subjects("dora@example.org") == "Invitation: Plans");
  CHECK(house.mails.subjects("eve@example.org") == "Invitation: Plans | Cancelled: Plans");
  CHECK(house.mails.subjects("finn@example.org") == "Invitation: Plans");
}

TEST_CASE("scheduling: who is taken off the list by the change that switches letters off is told, and nobody later") {
  House house;
  shapes::MeetingBody body = once();
  body.settings = inviting({"dora@example.org", "eve@example.org"});
  const auto made = house.create(body);
  const auto without_letters = [&](std::initializer_list<std::string> people) {
    shapes::MeetingBody change;
    change.settings = inviting(people);
    change.settings->email_notification = false;
    REQUIRE(house.change(made, change));
  };
  without_letters({"dora@example.org", "finn@example.org"});
  CHECK(house.mails.subjects("dora@example.org") == "Invitation: Plans");
  CHECK(house.mails.subjects("eve@example.org") == "Invitation: Plans | Cancelled: Plans");
  CHECK(house.mails.subjects("finn@example.org").empty());
  without_letters({"finn@example.org"});
  CHECK(house.mails.subjects("dora@example.org") == "Invitation: Plans");
}

TEST_CASE("scheduling: alternative hosts need an account, and are told once") {
  House house;
  shapes::MeetingBody body = once();
  body.settings = shapes::Settings{.alternative_hosts = "bob@acme.example"};
  const auto made = house.create(body);
  CHECK(house.mails.subjects("bob@acme.example") == "You can host: Plans");
  shapes::MeetingBody more;
  more.settings = shapes::Settings{.alternative_hosts = "bob@acme.example;carol@acme.example"};
  REQUIRE(house.change(made, more));
  CHECK(house.mails.subjects("bob@acme.example") == "You can host: Plans");
  CHECK(house.mails.subjects("carol@acme.example") == "You can host: Plans");
  more.settings->alternative_hosts = "nobody@acme.example";
  CHECK(house.change(made, more).error().errors.at(0).field == "settings.alternative_hosts");
}

TEST_CASE("scheduling: for others only who may, and only within the account") {
  House house;
  shapes::MeetingBody body = once();
  body.schedule_for = "bob@acme.example";
  const auto refused =
      house.ask<shapes::MeetingView>([&](auto done) { house.service.create(house.ada, "ada", body, std::move(done)); });
  CHECK(refused.error().errors.at(0).field == "schedule_for");
  Actor admin = house.ada;
  admin.for_others = true;
  const auto made =
      house.get<shapes::MeetingView>([&](auto done) { house.service.create(admin, "ada", body, std::move(done)); });
  CHECK(made.host_id == "bob");
  admin.account_id = "another";
  CHECK(!house.ask<shapes::MeetingView>([&](auto done) { house.service.create(admin, "ada", body, std::move(done)); }));
}

TEST_CASE("scheduling: the personal meeting is one, and takes a time when use_pmi asks for it") {
  House house;
  const auto first = house.get<Meeting>([&](auto done) { house.service.personal("ada", std::move(done)); });
  const auto again = house.get<Meeting>([&](auto done) { house.service.personal("ada", std::move(done)); });
  CHECK(first.row.id == again.row.id);
  CHECK(first.row.personal);
  shapes::MeetingBody body = once();
  body.settings = shapes::Settings{.use_pmi = true};
  const auto made = house.create(body);
  CHECK(House::id(made) == first.row.id);
  CHECK(made.start_time == "2026-11-27T10:00:00Z");
  CHECK(made.password == first.details.passcode);
  CHECK(house.listed(Which::scheduled) == "Plans");
}

TEST_CASE("scheduling: a template keeps settings and questions, but neither passcode nor topic") {
  House house;
  shapes::MeetingBody body = weekly();
  body.settings = shapes::Settings{.waiting_room = true};
  const auto made = house.create(body);
  const auto saved = house.get<TemplateEntry>(
      [&](auto done) { house.service.save_template(house.ada, House::id(made), "Mine", true, std::move(done)); });
  const auto all = house.get<std::vector<TemplateEntry>>(
      [&](auto done) { house.service.templates(house.ada.account_id, "ada", std::move(done)); });
  REQUIRE(all.size() == 1);
  CHECK(all[0].name == "Mine");
  CHECK(all[0].type == 8);
  shapes::MeetingBody from = once("From template");
  from.duration.reset();
  from.template_id = saved.id;
  const auto second = house.create(from);
  CHECK(second.settings.waiting_room == true);
  CHECK(second.topic == "From template");
  CHECK(second.password != made.password);
  CHECK(second.duration == 45U);
  from.template_id = "nothing";
  CHECK(!house.ask<shapes::MeetingView>(
      [&](auto done) { house.service.create(house.ada, "ada", from, std::move(done)); }));
}

TEST_CASE("scheduling: a template is opened and removed by whom it belongs to; removed it is gone for good") {
  House house;
  const auto made = house.create(weekly());
  house.get<void>([&](auto done) {
    shapes::Questions questions;
    questions.custom_questions = {{.title = "Why?"}};
    house.service.set_questions(house.ada, House::id(made), questions, std::move(done));
  });
  const auto saved = house.get<TemplateEntry>(
      [&](auto done) { house.service.save_template(house.ada, House::id(made), "Mine", true, std::move(done)); });
  const auto content = [&](const Actor& actor) {
    return house.ask<TemplateContent>(
        [&](auto done) { house.service.template_content(actor, saved.id, std::move(done)); });
  };
  const auto mine = content(house.ada);
  REQUIRE(mine);
  CHECK(mine->saved.name == "Mine");
  CHECK(mine->saved.details.topic == made.topic);
  CHECK(!mine->saved.details.passcode);
  CHECK(mine->saved.details.link_secret.empty());
  CHECK(mine->saved.details.recurrence.has_value());
  CHECK(mine->saved.details.settings.host_video.has_value());
  CHECK(mine->saved.details.questions.custom_questions->at(0).title == "Why?");
  const Actor bob{house.ada.account_id, "bob"};
  CHECK(content(bob).error().status == 404);
  const auto remove = [&](const Actor& actor) {
    return house.ask<void>([&](auto done) { house.service.remove_template(actor, saved.id, std::move(done)); });
  };
  CHECK(remove(bob).error().status == 404);
  house.box.trouble = vault::VaultError::unavailable;
  CHECK(remove(house.ada).error().status == 503);
  house.box.trouble.reset();
  CHECK(content(house.ada).has_value());
  CHECK(remove(house.ada).has_value());
  CHECK(content(house.ada).error().status == 404);
  CHECK(remove(house.ada).error().status == 404);
}

TEST_CASE("scheduling: ending is for now; only an instant meeting is over for good") {
  House house;
  const auto planned = house.create(once());
  shapes::MeetingBody now;
  now.type = 1;
  const auto instant = house.create(now);
  for (const auto& m : {planned, instant})
    house.get<void>([&](auto done) { house.service.end(House::id(m), std::move(done)); });
  CHECK(house.ended.size() == 2);
  CHECK(house.listed(Which::scheduled) == "Plans");
}

TEST_CASE("scheduling: while the key service is away nothing is made, and it is said when to try again") {
  House house;
  house.box.trouble = vault::VaultError::unavailable;
  const auto refused = house.ask<shapes::MeetingView>(
      [&](auto done) { house.service.create(house.ada, "ada", once(), std::move(done)); });
  CHECK(refused.error().status == 503);
  CHECK(refused.error().retry_after_seconds);
  CHECK(house.told.empty());
  house.box.trouble.reset();
  CHECK(house.listed(Which::scheduled).empty());
}

TEST_CASE("scheduling: the disk gives neither topic, agenda, passcode nor addresses away") {
  House house;
  shapes::MeetingBody body = weekly();
  body.topic = "CANARYTOPIC";
  body.agenda = "CANARYAGENDA";
  body.password = "CANARYCODE";
  body.settings = inviting({"canarymail@example.org"});
  body.settings->approval_type = 0;
  body.tracking_fields = {{{"Cost centre", "CANARYFIELD", true}}};
  const auto made = house.create(body);
  shapes::MeetingBody one;
  one.agenda = "CANARYONE";
  REQUIRE(house.change(made, one, (*made.occurrences)[0].occurrence_id));
  shapes::RegistrantBody guest;
  guest.email = "canaryguest@example.org";
  guest.first_name = "CANARYNAME";
  house.get<std::vector<Registered>>(
      [&](auto done) { house.service.register_people(House::id(made), {guest}, false, std::move(done)); });
  CHECK(house.look(made).topic == "CANARYTOPIC");
  for (const auto& entry : std::filesystem::directory_iterator{house.folder.path}) {
    std::ifstream file{entry.path(), std::ios::binary};
    const std::string bytes{std::istreambuf_iterator<char>{file}, {}};
    INFO(entry.path().string());
    CHECK(bytes.find("CANARY") == std::string::npos);
    CHECK(bytes.find("canary") == std::string::npos);
  }
}

TEST_CASE("scheduling: invitation text and links with names") {
  House house;
  shapes::MeetingBody body = once();
  body.password = "sesame";
  body.settings = shapes::Settings{.language = "zh-TW"};
  const auto made = house.create(body);
  const auto text =
      house.get<std::string>([&](auto done) { house.service.invitation(House::id(made), std::move(done)); });
  CHECK(text.find("密碼：sesame") != std::string::npos);
  CHECK(text.find(made.join_url) != std::string::npos);
  const auto links = house.get<std::vector<InviteLink>>(
      [&](auto done) { house.service.invite_links(House::id(made), {"Dora D"}, std::move(done)); });
  CHECK(links.at(0).join_url == made.join_url + "&uname=Dora%20D");
}

TEST_CASE(
    "scheduling: without default_password a meeting has the passcode that was given, or none, unless a policy asks") {
  House house;
  CHECK_FALSE(house.create({.topic = "Tea"}).password.empty());
  CHECK_FALSE(house.create({.topic = "Tea", .default_password = true}).password.empty());
  CHECK(house.create({.topic = "Tea", .default_password = false}).password.empty());
  CHECK(house.create({.topic = "Tea", .password = "sesame", .default_password = false}).password == "sesame");
  house.policies.passcode_required = true;
  CHECK_FALSE(house.create({.topic = "Tea", .default_password = false}).password.empty());
}

TEST_CASE("scheduling: whom to ask is in the invitation that is sent and in the one that is copied") {
  House house;
  shapes::MeetingBody body = once();
  body.settings = inviting({"gil@example.org"});
  body.settings->contact_name = "Cem";
  house.create(body);
  CHECK(house.mails.mails.back().text.find("\nContact: Cem\n") != std::string::npos);
  body.settings->contact_email = "cem@example.org";
  const auto both = house.create(body);
  CHECK(house.mails.mails.back().text.find("\nContact: Cem, cem@example.org\n") != std::string::npos);
  const auto copied =
      house.get<std::string>([&](auto done) { house.service.invitation(House::id(both), std::move(done)); });
  CHECK(copied.find("\nContact: Cem, cem@example.org\n") != std::string::npos);
}

TEST_CASE("scheduling: the policies of the host are put over what is asked for, and over changes") {
  House house;
  house.policies.waiting_room_required = true;
  house.policies.passcode_required = true;
  const auto made = house.create({.topic = "Tea"});
  CHECK(made.settings.waiting_room == true);
  CHECK_FALSE(made.password.empty());
  CHECK_FALSE(house.change(made, {.settings = shapes::Settings{.waiting_room = false}}).has_value());
  CHECK_FALSE(house.change(made, {.password = ""}).has_value());
  CHECK(house.change(made, {.topic = "More tea"}).has_value());
  const auto problem = house.ask<shapes::MeetingView>(
      [&](auto done) { house.service.create(house.ada, "ada", {.password = ""}, std::move(done)); });
  REQUIRE_FALSE(problem.has_value());
  CHECK(problem.error().errors.at(0).field == "password");
}
