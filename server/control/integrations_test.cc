#include "server/control/integrations.h"

#include "core/base/encoding.h"
#include "core/crypto/hash.h"
#include "tests/support/control_house.h"

using namespace sealhall;
using namespace sealhall::control;
using namespace sealhall::control::testing;

namespace {

std::string checksum(const std::string& text) {
  std::array<std::uint8_t, 32> out{};
  crypto::digest(crypto::HashAlgorithm::sha256, {as_bytes(text)}, out);
  return to_hex(out);
}

struct Platform : House {
  std::string secret;
  Platform() { secret = text_at(call("POST", "/v2/bbb/secret", "", admin()), "secret"); }
  io::HttpResponse ask(const std::string& name, const std::string& query) {
    return call("GET", "/bigbluebutton/api/" + name + "?" + query + (query.empty() ? "" : "&") +
                           "checksum=" + checksum(name + query + secret));
  }
  std::string xml(const std::string& name, const std::string& query) { return ask(name, query).body; }
};

bool has(const std::string& xml, const std::string& text) { return xml.find(text) != std::string::npos; }

}  // namespace

TEST_CASE("learning platform: its meeting is one of ours, and who is in it is said") {
  Platform house;
  FakeKms kms{house.loop, house.run, 1};
  FakeWorker worker{house.loop, house.run, 0};
  const std::string made = house.xml("create",
                                     "meetingID=m1&name=Algebra&attendeePW=ap&moderatorPW=mp&"
                                     "muteOnStart=true&logoutURL=https%3A%2F%2Flearn.example%2Fcourse");
  CHECK(has(made, "<returncode>SUCCESS</returncode>"));
  const auto location = [&](const std::string& who) {
    const auto join = house.ask("join", "meetingID=m1&" + who);
    REQUIRE(join.status == 302);
    return std::string{*join.headers.find("Location")};
  };
  const std::string attendee = location("fullName=Ada%20L&password=ap");
  const std::string moderator = location("fullName=Grace&password=mp");
  const std::size_t at = attendee.find("/j/");
  REQUIRE(at != std::string::npos);
  CHECK(has(house.xml("isMeetingRunning", "meetingID=m1"), "<running>false</running>"));
  const std::string id = attendee.substr(at + 3, attendee.find('?') - at - 3);
  REQUIRE(has(moderator, "/s/" + id + "?zak="));
  // Whoever only knows the number does not come in.
  const auto stranger = house.join(id, "Eve");
  CHECK(house.until([&] { return stranger->last<wire::Error>() != nullptr; }));
  CHECK(stranger->last<wire::Error>()->code == wire::ErrorCode::passcode_needed);
  const auto ada = house.client();
  wire::Join pass = join_of(id, "Another name");
  pass.registrant = attendee.substr(attendee.find("tk=") + 3);
  ada->send(pass);
  CHECK(house.until([&] { return ada->last<wire::Joined>() != nullptr; }));
  const auto grace = house.client();
  wire::Join start = join_of(id, "Another name");
  start.start = moderator.substr(moderator.find("zak=") + 4);
  grace->send(start);
  CHECK(house.until([&] { return grace->last<wire::Joined>() != nullptr; }));
  CHECK(grace->last<wire::Joined>()->role == wire::Role::host);
  CHECK(grace->last<wire::Joined>()->leave_url == "https://learn.example/course");
  CHECK(ada->last<wire::Joined>()->leave_url == "https://learn.example/course");
  CHECK(ada->last<wire::Joined>()->audio_muted == true);
  CHECK_FALSE(grace->last<wire::Joined>()->audio_muted);
  CHECK_FALSE(has(house.call("GET", "/api/meetings/" + id + "/join").body, "learn.example"));  // strangers ask that
  CHECK(has(house.xml("isMeetingRunning", "meetingID=m1"), "<running>true</running>"));
  const std::string info = house.xml("getMeetingInfo", "meetingID=m1");
  CHECK(has(info, "<meetingName>Algebra</meetingName>"));
  CHECK(has(info, "<participantCount>2</participantCount>"));
  CHECK(has(info, "<moderatorCount>1</moderatorCount>"));
  CHECK(has(info, "<fullName>Grace</fullName><role>MODERATOR</role>"));
  CHECK(has(info, "<fullName>Ada L</fullName>"));
  CHECK(has(house.xml("end", "meetingID=m1&password=mp"), "sentEndMeetingRequest"));
  CHECK(house.until([&] { return ada->last<wire::Ended>() != nullptr; }));
  CHECK(has(house.xml("getMeetingInfo", "meetingID=m1"), "notFound"));
}

TEST_CASE("platform rooms: a platform narrows what the policies of the owner allow, and widens nothing") {
  meeting::Settings settings;
  settings.max_participants = 10;
  settings.rules.chat = wire::ChatPolicy::everyone_and_direct;
  obey({.max_participants = 20}, settings);
  CHECK(settings.max_participants == 10);
  CHECK(settings.rules.chat == wire::ChatPolicy::everyone_and_direct);
  CHECK(settings.rules.unmute);
  obey({.max_participants = 5, .private_chat = false, .microphone = false, .camera = false}, settings);
  CHECK(settings.max_participants == 5);
  CHECK(settings.rules.chat == wire::ChatPolicy::everyone);
  CHECK_FALSE(settings.rules.unmute);
  CHECK_FALSE(settings.rules.camera);
  obey({.public_chat = false}, settings);
  CHECK(settings.rules.chat == wire::ChatPolicy::hosts);
  settings.rules.chat = wire::ChatPolicy::nobody;
  obey({}, settings);
  CHECK(settings.rules.chat == wire::ChatPolicy::nobody);
  CHECK_FALSE(settings.rules.camera);
}
