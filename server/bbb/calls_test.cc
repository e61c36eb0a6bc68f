#include "server/bbb/calls.h"

#include <doctest/doctest.h>

#include "server/bbb/testing.h"
#include "server/vault/testing.h"
#include "store/recordings.h"
#include "store/store.h"
#include "store/testing.h"
#include "tests/support/api_house.h"

namespace sealhall::bbb {
namespace {

using namespace std::chrono_literals;

constexpr const char* account = "AAAAAAAAAAAAAAAAAAAAAA";

using testing::hex_hash;
using testing::Outside;
using testing::Rooms;

struct Platform {
  store::testing::Folder folder;
  store::testing::Shop shop{folder.file()};
  store::Bbb store{shop.engine()};
  vault::testing::MemoryVault vault;
  Rooms rooms;
  Outside outside;
  api::testing::TestClock clock;
  SeededRandom random{3};
  std::unique_ptr<BbbService> service;
  std::unique_ptr<Calls> calls;
  std::string secret;

  Platform() {
    store::Store people{shop.engine()};
    REQUIRE(shop.ask<void>([&](auto done) {
      people.create_user({"owner", "ada", "Ada", store::UserRole::admin, "hash", UnixMicros{1}, false},
                         std::move(done));
    }));
    start();
    secret = *ask<std::string>([&](auto done) { service->new_secret(account, "owner", std::move(done)); });
  }
  void start() {
    calls.reset();
    service.reset();
    service = std::make_unique<BbbService>(BbbService::Parts{shop.loop(), store, vault, rooms, outside, clock, random});
    calls = std::make_unique<Calls>(*service, false);
    service->start();
    wait([&] { return service->ready(); });
  }
  void wait(const std::function<bool()>& until) { REQUIRE(shop.loop().run_until(until, std::chrono::seconds{20})); }
  void settle() {
    for (int i = 0; i < 3; ++i) static_cast<void>(shop.write({{.sql = "UPDATE accounts SET name=name"}}));
  }
  template <class T, class Ask>
  expected<T, HouseError> ask(Ask start_it) {
    std::optional<expected<T, HouseError>> result;
    start_it(HouseDone<T>{[&](expected<T, HouseError> r) { result = std::move(r); }});
    wait([&] { return result.has_value(); });
    return std::move(*result);
  }
  CallReply raw(CallRequest request) {
    std::optional<CallReply> reply;
    calls->call(std::move(request), [&](CallReply r) { reply = std::move(r); });
    wait([&] { return reply.has_value(); });
    return std::move(*reply);
  }
  CallReply call(const std::string& name, const std::string& query) {
    const std::string sum = hex_hash(crypto::HashAlgorithm::sha256, name + query + secret);
    return raw({account, name, query.empty() ? "checksum=" + sum : query + "&checksum=" + sum, ""});
  }
  std::string xml(const std::string& name, const std::string& query) { return call(name, query).xml; }
  /// The composer is done with a recording of that room.
  void recorded(const std::string& id, const std::string& room, store::RecordingState state) {
    store::Recordings recordings{shop.engine()};
    store::Recording row;
    row.id = id;
    row.account_id = account;
    row.meeting_id = room;
    row.meeting_uuid = id;
    row.host_id = "owner";
    REQUIRE(shop.ask<void>([&](auto done) { recordings.create(row, std::move(done)); }));
    REQUIRE(shop.ask<void>([&](auto done) { recordings.finish(id, state, 1, {}, std::move(done)); }));
  }
  /// What is asked of the log's next minutes.
  void pass(Duration time) {
    clock.advance(time);
    service->poll();
    settle();
  }
};

/// The text of the first element of that name.
std::string in(const std::string& xml, const std::string& name) {
  const std::size_t from = xml.find("<" + name + ">");
  if (from == std::string::npos) return "(none)";
  const std::size_t begin = from + name.size() + 2;
  return xml.substr(begin, xml.find("</" + name + ">", begin) - begin);
}

TEST_CASE("bbb: the version is told without a checksum, nothing else is") {
  Platform p;
  const std::string version = p.raw({account, "", "", ""}).xml;
  CHECK(in(version, "returncode") == "SUCCESS");
  CHECK(in(version, "version") == "2.0");
  for (const char* name : {"create", "join", "isMeetingRunning", "getMeetings", "getMeetingInfo", "end",
                           "getRecordings", "publishRecordings", "deleteRecordings", "updateRecordings"}) {
    CAPTURE(name);
    CHECK(in(p.raw({account, name, "meetingID=m1", ""}).xml, "messageKey") == "checksumError");
    CHECK(in(p.raw({account, name, "meetingID=m1&checksum=" + std::string(64, '0'), ""}).xml, "messageKey") ==
          "checksumError");
    const std::string query = "meetingID=m1";
    const std::string sum = hex_hash(crypto::HashAlgorithm::sha256, name + query + p.secret);
    CHECK(in(p.raw({"another account", name, query + "&checksum=" + sum, ""}).xml, "messageKey") == "checksumError");
  }
  CHECK(in(p.xml("insertDocument", "a=1"), "messageKey") == "unsupportedRequest");
}

TEST_CASE("bbb: SHA-1 only where the operator lets it") {
  Platform p;
  const std::string sum = hex_hash(crypto::HashAlgorithm::sha1, "getMeetings" + p.secret);
  CHECK(in(p.raw({account, "getMeetings", "checksum=" + sum, ""}).xml, "messageKey") == "checksumError");
  Calls lenient(*p.service, true);
  std::string xml;
  lenient.call({account, "getMeetings", "checksum=" + sum, ""}, [&](CallReply r) { xml = r.xml; });
  CHECK(in(xml, "messageKey") == "noMeetings");
}

TEST_CASE("bbb: a new secret replaces the one before at once, and is kept over a restart") {
  Platform p;
  p.start();
  CHECK(in(p.xml("getMeetings", ""), "returncode") == "SUCCESS");
  const std::string before = p.secret;
  p.secret = *p.ask<std::string>([&](auto done) { p.service->new_secret(account, "owner", std::move(done)); });
  CHECK(p.secret != before);
  CHECK(p.secret.size() == 40);
  CHECK(in(p.xml("getMeetings", ""), "returncode") == "SUCCESS");
  p.secret = before;
  CHECK(in(p.xml("getMeetings", ""), "messageKey") == "checksumError");
}

TEST_CASE("bbb: create makes a meeting once, says so the second time, and refuses other passwords") {
  Platform p;
  const std::string query =
      "meetingID=m1&name=Al%26gebra&attendeePW=ap&moderatorPW=mp&muteOnStart=true&guestPolicy=ASK_MODERATOR";
  const std::string first = p.xml("create", query);
  CHECK(in(first, "returncode") == "SUCCESS");
  CHECK(in(first, "meetingID") == "m1");
  CHECK(in(first, "attendeePW") == "ap");
  CHECK(in(first, "hasUserJoined") == "false");
  CHECK(in(first, "messageKey").empty());
  REQUIRE(p.rooms.rooms.size() == 1);
  CHECK(p.rooms.rooms["room1"].wanted.topic == "Al&gebra");
  CHECK(p.rooms.rooms["room1"].wanted.waiting_room);
  CHECK(p.rooms.rooms["room1"].wanted.mute_on_start);
  CHECK(p.rooms.rooms["room1"].wanted.owner_id == "owner");

  p.clock.advance(10s);
  const std::string second = p.xml("create", query);
  CHECK(in(second, "messageKey") == "duplicateWarning");
  CHECK(in(second, "createTime") == in(first, "createTime"));
  CHECK(in(p.xml("create", "meetingID=m1"), "messageKey") == "duplicateWarning");
  CHECK(in(p.xml("create", "meetingID=m1&moderatorPW=other"), "messageKey") == "idNotUnique");
  CHECK(p.rooms.rooms.size() == 1);
  CHECK(in(p.xml("create", "name=x"), "messageKey") == "missingParamMeetingID");
  CHECK(in(p.xml("create", "meetingID=a"), "messageKey") == "validationError");
  p.rooms.away = true;
  CHECK(in(p.xml("create", "meetingID=m2"), "messageKey") == "tryAgain");
}

TEST_CASE("bbb: two creates at once make one meeting") {
  Platform p;
  std::vector<std::string> seen;
  const std::string query = "meetingID=m1";
  const std::string sum = hex_hash(crypto::HashAlgorithm::sha256, "create" + query + p.secret);
  for (int i = 0; i < 2; ++i) {
    p.calls->call({account, "create", query + "&checksum=" + sum, ""}, [&](CallReply r) { seen.push_back(r.xml); });
  }
  p.wait([&] { return seen.size() == 2; });
  CHECK(in(seen[0], "internalMeetingID") == in(seen[1], "internalMeetingID"));
  CHECK(in(seen[1], "messageKey") == "duplicateWarning");
  CHECK(p.rooms.rooms["room1"].ended != p.rooms.rooms["room2"].ended);
}

TEST_CASE("bbb: join by role or by password leads to a link, everything else to a reason") {
  Platform p;
  const std::string made =
      p.xml("create", "meetingID=m1&attendeePW=ap&moderatorPW=mp&maxParticipants=1&guestPolicy=ALWAYS_DENY");
  const auto location = [&](const std::string& query) { return p.call("join", query).location; };
  const auto key = [&](const std::string& query) { return in(p.xml("join", query), "messageKey"); };
  CHECK(location("meetingID=m1&fullName=Ada&password=mp") == "https://meet.example/j/room1?as=host&name=Ada");
  CHECK(location("meetingID=m1&fullName=Bob&password=ap") == "https://meet.example/j/room1?as=guest&name=Bob");
  p.xml("create", "meetingID=m7&attendeePW=ap&guestPolicy=ASK_MODERATOR");
  CHECK(location("meetingID=m7&fullName=Cy&password=ap&guest=true").find("as=asks") != std::string::npos);
  CHECK(location("meetingID=m7&fullName=Cy&password=ap").find("as=guest") != std::string::npos);
  CHECK(location("meetingID=m1&fullName=Ada&role=moderator").find("as=host") != std::string::npos);
  CHECK(location("meetingID=m1&fullName=Ada&role=VIEWER&password=mp").find("as=guest") != std::string::npos);
  CHECK(location("meetingID=m1&fullName=Ada&password=ap&createTime=" + in(made, "createTime")) != "");
  const std::string no_redirect = p.xml("join", "meetingID=m1&fullName=Ada&password=ap&redirect=false&userID=u7");
  CHECK(in(no_redirect, "messageKey") == "successfullyJoined");
  CHECK(in(no_redirect, "url") == "https://meet.example/j/room1?as=guest&amp;name=Ada");
  CHECK(in(no_redirect, "user_id") == "u7");

  CHECK(key("meetingID=m1&fullName=Ada&password=wrong") == "invalidPassword");
  CHECK(key("meetingID=m1&fullName=Ada") == "invalidPassword");
  CHECK(key("meetingID=m1&fullName=Ada&role=KING") == "invalidPassword");
  CHECK(key("meetingID=m1&password=ap") == "missingParamFullName");
  CHECK(key("fullName=Ada&password=ap") == "missingParamMeetingID");
  CHECK(key("meetingID=m9&fullName=Ada&password=ap") == "invalidMeetingIdentifier");
  CHECK(key("meetingID=m1&fullName=Ada&password=ap&createTime=5") == "mismatchCreateTimeParam");
  CHECK(key("meetingID=m1&fullName=Ada&password=ap&guest=true") == "guestDeniedAccess");
  p.rooms.rooms["room1"].now.people.push_back({"1", "Cy", false, false, true, false});
  CHECK(key("meetingID=m1&fullName=Ada&password=ap") == "maxParticipantsReached");
}

TEST_CASE("bbb: what runs is said, names and metadata escaped") {
  Platform p;
  CHECK(in(p.xml("getMeetings", ""), "messageKey") == "noMeetings");
  CHECK(in(p.xml("getMeetingInfo", "meetingID=m1"), "messageKey") == "notFound");
  CHECK(in(p.xml("isMeetingRunning", "meetingID=m1"), "running") == "false");
  p.xml("create", "meetingID=m1&name=%3Cb%3E&meta_origin=Moo%26dle");
  CHECK(in(p.xml("isMeetingRunning", "meetingID=m1"), "running") == "false");
  p.rooms.rooms["room1"].now.people = {{"1", "Ada <3", true, true, true, true},
                                       {"2", "Bob", false, false, false, false}};
  CHECK(in(p.xml("isMeetingRunning", "meetingID=m1"), "running") == "true");
  const std::string info = p.xml("getMeetingInfo", "meetingID=m1");
  CHECK(in(info, "meetingName") == "&lt;b&gt;");
  CHECK(in(info, "participantCount") == "2");
  CHECK(in(info, "moderatorCount") == "1");
  CHECK(in(info, "videoCount") == "1");
  CHECK(in(info, "listenerCount") == "1");
  CHECK(in(info, "fullName") == "Ada &lt;3");
  CHECK(in(info, "role") == "MODERATOR");
  CHECK(in(info, "origin") == "Moo&amp;dle");
  p.xml("create", "meetingID=m2");
  const std::string all = p.xml("getMeetings", "");
  CHECK(all.find("<meetingID>m1</meetingID>") < all.find("<meetingID>m2</meetingID>"));
  CHECK(in(p.xml("getMeetingInfo", ""), "messageKey") == "missingParamMeetingID");
}

TEST_CASE("bbb: end ends, tells the platform, again until it answers, also over a restart") {
  Platform p;
  p.xml("create",
        "meetingID=m%201&moderatorPW=mp&record=true&meta_endCallbackUrl=https%3A%2F%2Flms.example%2Fend%3Fa%3D1");
  CHECK(in(p.xml("end", "meetingID=m%201&password=wrong"), "messageKey") == "invalidPassword");
  CHECK(in(p.xml("end", "meetingID=m9&password=mp"), "messageKey") == "notFound");
  p.outside.status = 0;
  CHECK(in(p.xml("end", "meetingID=m%201&password=mp"), "messageKey") == "sentEndMeetingRequest");
  CHECK(p.rooms.rooms["room1"].ended);
  CHECK(in(p.xml("end", "meetingID=m%201&password=mp"), "messageKey") == "notFound");
  const std::string called = "GET https://lms.example/end?a=1&meetingID=m%201&recordingmarks=true";
  p.settle();
  CHECK(p.outside.called == std::vector<std::string>{called});
  p.start();
  p.pass(9s);
  CHECK(p.outside.called.size() == 1);
  p.outside.status = 302;
  p.pass(2s);
  CHECK(p.outside.called.size() == 2);
  p.pass(24h);
  p.start();
  p.pass(24h);
  CHECK(p.outside.called.size() == 2);
  // The same id again is another meeting.
  CHECK(in(p.xml("create", "meetingID=m%201"), "messageKey").empty());
}

TEST_CASE("bbb: meetings survive a restart, sealed") {
  Platform p;
  const std::string made =
      p.xml("create", "meetingID=CANARY-id&name=CANARY-name&moderatorPW=CANARY-pw&meta_a=CANARY-meta");
  p.start();
  const std::string info = p.xml("getMeetingInfo", "meetingID=CANARY-id");
  CHECK(in(info, "meetingName") == "CANARY-name");
  CHECK(in(info, "internalMeetingID") == in(made, "internalMeetingID"));
  CHECK(in(info, "a") == "CANARY-meta");
  const auto rows = p.shop.read({.sql = "SELECT details_sealed, meeting_key, internal_id FROM bbb_meetings"});
  REQUIRE(rows->size() == 1);
  const std::string all = std::string{as_text(rows->bytes(0, 0))} + rows->text(0, 1) + rows->text(0, 2);
  CHECK(all.find("CANARY") == std::string::npos);
}

TEST_CASE("bbb: a meeting ends when its time is over, when nobody comes, and when everybody has left") {
  Platform p;
  p.xml("create", "meetingID=long&duration=30&meetingExpireIfNoUserJoinedInMinutes=0");
  p.xml("create", "meetingID=unused");
  p.xml("create", "meetingID=left&attendeePW=ap");
  p.call("join", "meetingID=left&fullName=Ada&password=ap");
  p.pass(50s);
  p.rooms.rooms["room3"].now.people.push_back({"1", "Ada", false, false, true, false});
  p.pass(20min);
  CHECK(p.rooms.rooms["room2"].ended);
  CHECK_FALSE(p.rooms.rooms["room1"].ended);
  CHECK_FALSE(p.rooms.rooms["room3"].ended);
  p.rooms.rooms["room3"].now.people.clear();
  p.pass(1s);
  CHECK_FALSE(p.rooms.rooms["room3"].ended);
  p.pass(1min);
  CHECK(p.rooms.rooms["room3"].ended);
  p.pass(10min);
  CHECK(p.rooms.rooms["room1"].ended);
}

TEST_CASE("bbb: people may record where the platform says so") {
  Platform p;
  p.xml("create", "meetingID=m1&record=true");
  p.xml("create", "meetingID=m2");
  p.xml("create", "meetingID=m3&record=true&allowStartStopRecording=false&autoStartRecording=true&welcome=Hi");
  CHECK(p.service->people_may_record("room1"));
  CHECK_FALSE(p.service->people_may_record("room2"));
  CHECK_FALSE(p.service->people_may_record("room3"));
  CHECK(p.service->people_may_record("another meeting"));
  CHECK_FALSE(p.rooms.rooms["room1"].wanted.auto_record);
  CHECK(p.rooms.rooms["room3"].wanted.auto_record);
  CHECK(p.rooms.rooms["room3"].wanted.welcome == "Hi");
}

TEST_CASE("bbb: a platform hears once of each recording that can be watched, signed, also over a restart") {
  Platform p;
  p.xml("create", "meetingID=m1&record=true&meta_bbb-recording-ready-url=https%3A%2F%2Flms.example%2Fready");
  p.xml("create", "meetingID=m2&record=true");
  p.outside.status = 503;
  p.recorded("r1", "room1", store::RecordingState::completed);
  p.recorded("r2", "room1", store::RecordingState::failed);
  p.recorded("r3", "room2", store::RecordingState::completed);
  p.recorded("r4", "a meeting of people", store::RecordingState::completed);
  p.start();  // the process died before it told anybody
  p.wait([&] { return !p.outside.called.empty(); });
  CHECK(p.outside.called == std::vector<std::string>{"POST https://lms.example/ready"});
  // Header and payload as any JWT reader has them; the signature is made with the platform's secret.
  CHECK(
      p.outside.bodies[0].starts_with("signed_parameters=eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9."
                                      "eyJtZWV0aW5nX2lkIjoibTEiLCJyZWNvcmRfaWQiOiJyMSJ9."));
  CHECK(p.outside.bodies[0] == ready_body("m1", "r1", p.secret));
  p.settle();
  p.start();
  p.settle();
  p.pass(9s);
  CHECK(p.outside.called.size() == 1);
  p.outside.status = 200;
  p.pass(2s);
  p.wait([&] { return p.outside.called.size() == 2; });
  p.settle();
  p.recorded("r5", "room1", store::RecordingState::completed);
  p.service->recordings_ready();
  p.wait([&] { return p.outside.called.size() == 3; });
  CHECK(p.outside.bodies[2] == ready_body("m1", "r5", p.secret));
  p.settle();
  p.service->recordings_ready();
  p.settle();
  p.pass(24h);
  p.start();
  p.pass(24h);
  CHECK(p.outside.called.size() == 3);
}

TEST_CASE("bbb: what a platform wants of a room is said to whoever begins the meeting") {
  Platform p;
  p.xml("create",
        "meetingID=m1&maxParticipants=7&lockSettingsDisableMic=true&lockSettingsDisablePrivateChat=TRUE&"
        "logoutURL=https%3A%2F%2Flearn.example%2Fcourse%3Fid%3D7");
  p.xml("create", "meetingID=m2&lockSettingsDisableCam=true&lockSettingsDisablePublicChat=true");
  const auto one = p.service->limits("room1");
  REQUIRE(one.has_value());
  CHECK(one->max_participants == 7);
  CHECK_FALSE(one->microphone);
  CHECK_FALSE(one->private_chat);
  CHECK(one->camera);
  CHECK(one->public_chat);
  CHECK(one->leave_url == "https://learn.example/course?id=7");
  p.start();
  const auto two = p.service->limits("room2");
  REQUIRE(two.has_value());
  CHECK(two->max_participants == 0);
  CHECK_FALSE(two->camera);
  CHECK_FALSE(two->public_chat);
  CHECK(two->microphone);
  CHECK(two->leave_url.empty());
  p.xml("create", "meetingID=m3&logoutURL=javascript%3Aalert(1)");
  CHECK(p.service->limits("room3")->leave_url.empty());
  CHECK_FALSE(p.service->limits("a meeting of people").has_value());
}

TEST_CASE(
    "bbb: locks count for attendees as they come in, and not where the platform says that nobody is locked then") {
  Platform p;
  const auto locks = [&](const std::string& more) {
    p.xml("create", "meetingID=lock" + std::to_string(p.rooms.rooms.size()) + more);
    const auto limits = p.service->limits("room" + std::to_string(p.rooms.rooms.size()));
    REQUIRE(limits.has_value());
    return std::string{limits->microphone ? "" : "mic "} + (limits->camera ? "" : "cam ") +
           (limits->private_chat ? "" : "private ") + (limits->public_chat ? "" : "public ");
  };
  const std::string all =
      "&lockSettingsDisableMic=true&lockSettingsDisableCam=true&lockSettingsDisablePrivateChat=true"
      "&lockSettingsDisablePublicChat=true";
  CHECK(locks("") == "");
  CHECK(locks("&lockSettingsDisableMic=true") == "mic ");
  CHECK(locks("&lockSettingsDisableCam=true") == "cam ");
  CHECK(locks("&lockSettingsDisablePrivateChat=true") == "private ");
  CHECK(locks("&lockSettingsDisablePublicChat=true") == "public ");
  CHECK(locks("&lockSettingsDisableMic=false&lockSettingsDisableCam=0") == "");
  CHECK(locks(all) == "mic cam private public ");
  CHECK(locks(all + "&lockSettingsLockOnJoin=true") == "mic cam private public ");
  CHECK(locks(all + "&lockSettingsLockOnJoin=false") == "");
  // What there is no such thing of here locks nothing.
  CHECK(locks("&lockSettingsHideUserList=true&lockSettingsDisableNotes=true&lockSettingsHideViewersCursor=true") == "");
}

TEST_CASE("bbb: recordings are listed, filtered, hidden, described and deleted") {
  Platform p;
  p.xml("create", "meetingID=m1&name=Algebra&meta_course=7");
  p.rooms.recorded = {
      {"r1", "room1", UnixMicros{1'000'000}, UnixMicros{61'000'000}, 1234, 60'000, false, "https://meet.example/r/1"},
      {"r2", "room1", UnixMicros{2'000'000}, UnixMicros{3'000'000}, 0, 1000, true, ""},
      {"r3", "elsewhere", UnixMicros{2'000'000}, UnixMicros{3'000'000}, 0, 0, false, ""}};
  const std::string list = p.xml("getRecordings", "meetingID=m1,m2");
  CHECK(in(list, "recordID") == "r1");
  CHECK(list.find("r2") == std::string::npos);
  CHECK(list.find("r3") == std::string::npos);
  CHECK(in(list, "name") == "Algebra");
  CHECK(in(list, "state") == "published");
  CHECK(in(list, "url") == "https://meet.example/r/1");
  CHECK(in(list, "length") == "1");
  CHECK(in(list, "course") == "7");
  CHECK(in(list, "startTime") == "1000");
  CHECK(p.xml("getRecordings", "state=any").find("r2") != std::string::npos);
  // One that nobody has an address for gets one.
  p.rooms.recorded.push_back({"r4", "room1", UnixMicros{2'000'000}, UnixMicros{3'000'000}, 0, 0, false, ""});
  CHECK(in(p.xml("getRecordings", "recordID=r4"), "url") == "https://meet.example/r/r4");
  p.rooms.recorded.pop_back();
  CHECK(in(p.xml("getRecordings", "meetingID=m2"), "messageKey") == "noRecordings");
  CHECK(in(p.xml("getRecordings", "meta_course=8"), "messageKey") == "noRecordings");
  CHECK(in(p.xml("getRecordings", "meta_course=7&recordID=r1"), "recordID") == "r1");

  CHECK(in(p.xml("publishRecordings", "recordID=r1&publish=false"), "published") == "false");
  const std::string hidden = p.xml("getRecordings", "recordID=r1");
  CHECK(in(hidden, "state") == "unpublished");
  CHECK(in(hidden, "url") == "(none)");
  CHECK(p.rooms.recorded[0].play_url.empty());
  CHECK(in(p.xml("getRecordings", "recordID=r1&state=published"), "messageKey") == "noRecordings");
  CHECK(in(p.xml("updateRecordings", "recordID=r1&meta_Course=9&meta_new=x"), "updated") == "true");
  p.start();
  const std::string changed = p.xml("getRecordings", "meta_course=9");
  CHECK(in(changed, "new") == "x");
  CHECK(in(changed, "state") == "unpublished");
  CHECK(in(p.xml("updateRecordings", "recordID=r1&meta_new="), "updated") == "true");
  CHECK(in(p.xml("getRecordings", "meta_course=9"), "new") == "(none)");

  CHECK(in(p.xml("publishRecordings", "recordID=r9&publish=true"), "messageKey") == "notFound");
  CHECK(in(p.xml("publishRecordings", "recordID=r1"), "messageKey") == "missingParamPublish");
  CHECK(in(p.xml("deleteRecordings", "recordID=r3"), "messageKey") == "notFound");
  CHECK(in(p.xml("deleteRecordings", ""), "messageKey") == "missingParamRecordID");
  CHECK(in(p.xml("deleteRecordings", "recordID=r1,r2"), "deleted") == "true");
  CHECK(p.rooms.deleted.size() == 2);
}

}  // namespace
}  // namespace sealhall::bbb
