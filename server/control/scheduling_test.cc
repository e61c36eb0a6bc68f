#include "server/control/scheduling.h"

#include <doctest/doctest.h>

#include "server/schedule/testing.h"
#include "tests/support/control_house.h"

using namespace sealhall;
using namespace sealhall::control;
using namespace sealhall::control::testing;
using schedule::testing::KeptMails;

namespace {

/// A control process with Ada, Bob and Carol, whose mails the test reads.
struct Office {
  Office() {
    ControlOptions options;
    options.mailer = &mails;
    house = std::make_unique<House>(std::move(options));
    kms = std::make_unique<FakeKms>(house->loop, house->run, 1);
    worker = std::make_unique<FakeWorker>(house->loop, house->run, 0);
    const std::string admin = house->admin();
    ada = house->member(admin, "ada@acme.example");
    bob = house->member(admin, "bob@acme.example");
    carol = house->member(admin, "carol@acme.example");
  }
  boost::json::object make(const std::string& more) {
    const auto response =
        house->call("POST", "/v2/users/me/meetings", R"({"topic":"Plans","type":2)" + more + "}", ada);
    REQUIRE_MESSAGE(response.status == 201, response.body);
    return House::parsed(response).as_object();
  }
  static std::string id(const boost::json::object& m) { return std::to_string(m.at("id").as_int64()); }
  static std::string after(const boost::json::object& m, const char* field, std::string_view name) {
    const std::string link{m.at(field).as_string()};
    return link.substr(link.find(name) + name.size());
  }
  /// Joins and gives what came: "joined as host", .., "waiting", or the server's sentence.
  std::string join(const wire::Join& message) {
    auto client = house->client();
    client->send(message);
    const auto answered = [&] {
      return client->last<wire::Joined>() != nullptr || client->last<wire::Waiting>() != nullptr ||
             client->last<wire::Error>() != nullptr;
    };
    REQUIRE(house->until(answered));
    std::string out;
    if (const auto* error = client->last<wire::Error>()) {
      out = error->message;
    } else if (const auto* joined = client->last<wire::Joined>()) {
      out = joined->role == wire::Role::host ? "host" : "inside";
      for (const auto& entry : joined->roster) {
        if (entry.participant == joined->participant) out += " " + entry.name;
      }
    } else {
      out = "waiting";
    }
    clients.push_back(std::move(client));
    return out;
  }

  KeptMails mails;
  std::unique_ptr<House> house;
  std::unique_ptr<FakeKms> kms;
  std::unique_ptr<FakeWorker> worker;
  std::string ada, bob, carol;
  std::vector<std::unique_ptr<FakeClient>> clients;
};

}  // namespace

TEST_CASE("scheduling in control: the token of the link opens the door, owner and alternative host come in as hosts") {
  Office office;
  const auto m = office.make(R"(,"password":"sesame","settings":{"alternative_hosts":"bob@acme.example"})");
  auto message = join_of(Office::id(m), "Dora");
  message.passcode = Office::after(m, "join_url", "pwd=");
  CHECK(office.join(message) == "inside Dora");
  message.passcode = "sesame";
  CHECK(office.join(message) == "inside Dora");
  message.passcode = "wrong";
  CHECK(office.join(message).find("passcode") != std::string::npos);
  auto host = join_of(Office::id(m), "Bob");
  host.token = office.bob;
  CHECK(office.join(host) == "host Bob");
  auto start = join_of(Office::id(m), "");
  start.name.reset();
  start.start = Office::after(m, "start_url", "zak=");
  CHECK(office.join(start) == "host Member ada@acme.example");
  start.start = "x.1.y";
  CHECK(office.join(start).find("passcode") != std::string::npos);
}

TEST_CASE("scheduling in control: who registered comes in under the registered name, others are told to register") {
  Office office;
  const auto m = office.make(R"(,"settings":{"approval_type":0})");
  const std::string id = Office::id(m);
  const auto page = office.house->call("GET", "/register/" + id);
  CHECK(page.status == 200);
  CHECK(page.body.find("name=\"email\"") != std::string::npos);
  CHECK(office.house->call("POST", "/register/" + id, "first_name=Dora&email=nonsense").status == 400);
  const auto done = office.house->call("POST", "/register/" + id,
                                       "first_name=Dora&last_name=D%26E&email=dora%40example.org&auto_approve=1");
  CHECK(done.status == 200);
  CHECK(done.body.find("tk=") == std::string::npos);
  REQUIRE(office.mails.subjects("dora@example.org") == "You are registered: Plans");
  const std::string& text = office.mails.mails.back().text;
  const std::string tk = text.substr(text.find("tk=") + 3, text.find('\n', text.find("tk=")) - text.find("tk=") - 3);

  auto message = join_of(id, "Somebody");
  message.passcode = Office::after(m, "join_url", "pwd=");
  CHECK(office.join(message).find("/register/" + id) != std::string::npos);
  message.registrant = tk;
  CHECK(office.join(message) == "inside Dora D&E");
  CHECK(office.house->call("GET", "/j/" + id + "?pwd=a&tk=" + tk).body.find("tk=" + tk) != std::string::npos);
  CHECK(office.house->call("GET", "/s/" + id + "?zak=%3Cscript%3E").body.find("<script>") == std::string::npos);
  CHECK(office.house->call("GET", "/register/12345678901").status == 404);
}

TEST_CASE("scheduling in control: ended, deleted and too early") {
  Office office;
  const auto later =
      office.make(R"(,"start_time":"2199-01-01T10:00:00Z","settings":{"jbh_time":5,"join_before_host":true})");
  CHECK(office.join(join_of(Office::id(later), "Dora")).find("begins on") != std::string::npos);
  const auto m = office.make(R"(,"password":"")");
  CHECK(office.join(join_of(Office::id(m), "Dora")) == "inside Dora");
  CHECK(office.house->parsed(office.house->call("GET", "/v2/meetings/" + Office::id(m), "", office.ada)).at("status") ==
        "started");
  CHECK(office.house->call("PUT", "/v2/meetings/" + Office::id(m) + "/status", R"({"action":"end"})", office.ada)
            .status == 204);
  REQUIRE(office.house->until([&] { return office.clients.back()->last<wire::Ended>() != nullptr; }));
  CHECK(office.house->call("DELETE", "/v2/meetings/" + Office::id(m), "", office.ada).status == 204);
  CHECK(office.join(join_of(Office::id(m), "Dora")).find("no") != std::string::npos);
}

TEST_CASE("scheduling in control: what /api makes, v2 sees, and the other way round") {
  Office office;
  const std::string id = office.house->meeting(office.ada, R"({"topic":"Simple","passcode":"a b"})");
  const auto seen = House::parsed(office.house->call("GET", "/v2/meetings/" + id, "", office.ada));
  CHECK(seen.at("topic") == "Simple");
  CHECK(seen.at("type") == 3);
  const auto m = office.make("");
  CHECK(House::parsed(office.house->call("GET", "/api/meetings/" + Office::id(m), "", office.ada)).at("topic") ==
        "Plans");
  CHECK(office.house->call("GET", "/api/meetings/" + Office::id(m), "", office.bob).status == 404);
  CHECK(office.house->call("GET", "/v2/users/ada@acme.example/meetings", "", office.ada).status == 200);
  CHECK(office.house->call("GET", "/v2/users/ada@acme.example/meetings", "", office.bob).status == 404);
}

TEST_CASE("scheduling in control: the host's own calendar file, which names no guest; only with a time") {
  Office office;
  const auto meeting = office.make(
      R"(,"start_time":"2030-01-07T10:00:00","timezone":"Asia/Taipei","settings":{"meeting_invitees":[{"email":"dora@other.example"}]})");
  const std::string path = "/api/meetings/" + Office::id(meeting) + "/calendar";
  const auto file = office.house->call("GET", path, "", office.ada);
  REQUIRE(file.status == 200);
  CHECK(file.headers.find("Content-Type") == "text/calendar; charset=utf-8; method=PUBLISH");
  CHECK(file.headers.find("Content-Disposition") == "attachment; filename=\"meeting.ics\"");
  CHECK(file.body.find("METHOD:PUBLISH\r\n") != std::string::npos);
  CHECK(file.body.find("DTSTART;TZID=Asia/Taipei:20300107T100000\r\n") != std::string::npos);
  CHECK(file.body.find("ATTENDEE") == std::string::npos);
  CHECK(file.body.find("dora") == std::string::npos);
  CHECK(office.house->call("GET", path, "", office.bob).status == 404);
  const auto room = office.house->call("POST", "/v2/users/me/meetings", R"({"topic":"R","type":3})", office.ada);
  const std::string any_time = "/api/meetings/" + Office::id(House::parsed(room).as_object()) + "/calendar";
  CHECK(office.house->call("GET", any_time, "", office.ada).status == 409);
}
