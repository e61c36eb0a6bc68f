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
  const std::string made = house.xml("create", "meetingID=m1&name=Algebra&attendeePW=ap&moderatorPW=mp");
  CHECK(has(made, "<returncode>SUCCESS</returncode>"));
  const auto join = house.ask("join", "meetingID=m1&fullName=Ada%20L&password=ap");
  REQUIRE(join.status == 302);
  const std::string location{*join.headers.find("Location")};
  const std::size_t at = location.find("/j/");
  REQUIRE(at != std::string::npos);
  CHECK(has(house.xml("isMeetingRunning", "meetingID=m1"), "<running>false</running>"));
  const std::string id = location.substr(at + 3, location.find('?') - at - 3);
  const auto ada = house.inside(id, "Ada L");
  CHECK(has(house.xml("isMeetingRunning", "meetingID=m1"), "<running>true</running>"));
  const std::string info = house.xml("getMeetingInfo", "meetingID=m1");
  CHECK(has(info, "<meetingName>Algebra</meetingName>"));
  CHECK(has(info, "<participantCount>1</participantCount>"));
  CHECK(has(info, "<fullName>Ada L</fullName>"));
  CHECK(has(house.xml("end", "meetingID=m1&password=mp"), "sentEndMeetingRequest"));
  CHECK(house.until([&] { return ada->last<wire::Ended>() != nullptr; }));
  CHECK(has(house.xml("getMeetingInfo", "meetingID=m1"), "notFound"));
}
