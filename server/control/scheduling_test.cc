#include "server/control/scheduling.h"

#include <doctest/doctest.h>

#include "tests/support/planning_house.h"

using namespace sealhall;
using namespace sealhall::control;
using namespace sealhall::control::testing;

namespace {

/// With Bob and Carol, too, and everything that lets people in.
struct Office : PlanningHouse {
  Office() {
    bob = house->member(admin, "bob@acme.example");
    carol = house->member(admin, "carol@acme.example");
  }
  static std::string after(const boost::json::object& m, const char* field, std::string_view name) {
    const std::string link{m.at(field).as_string()};
    return link.substr(link.find(name) + name.size());
  }
  /// Joins and gives what came: "joined as host", .., "waiting", or the server's sentence.
  std::string join(const wire::Join& message, io::HttpHeaders headers = {}) {
    auto client = house->client(std::move(headers));
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

  FakeKms kms{house->loop, house->run, 1};
  FakeWorker worker{house->loop, house->run, 0};
  std::string bob, carol;
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

TEST_CASE("scheduling in control: people begin as the meeting says, and planned rooms wait for those in the plan") {
  Office office;
  const auto m = office.make(
      R"(,"settings":{"mute_upon_entry":true,"host_video":false,"participant_video":true,"audio":"both","breakout_room":
          {"enable":true,"rooms":[{"name":"North","participants":["bob@acme.example"]},{"name":"South"}]}})");
  CHECK(m.at("settings").at("mute_upon_entry") == true);
  CHECK(m.at("settings").at("audio") == "voip");
  const std::string id = Office::id(m);
  auto join_as = [&](const char* name, const std::string& token) {
    auto message = join_of(id, name);
    message.passcode = Office::after(m, "join_url", "pwd=");
    message.token = token;
    office.join(message);
    return office.clients.back().get();
  };
  const FakeClient* ada = join_as("Ada", office.ada);
  CHECK_FALSE(ada->last<wire::Joined>()->audio_muted);
  CHECK(ada->last<wire::Joined>()->video_muted == true);
  const FakeClient* bob = join_as("Bob", office.bob);
  CHECK(bob->last<wire::Joined>()->audio_muted == true);
  CHECK_FALSE(bob->last<wire::Joined>()->video_muted);
  REQUIRE(office.house->until([&] {
    const auto* rooms = ada->last<wire::Rooms>();
    return rooms != nullptr && rooms->rooms.size() == 2 && rooms->rooms[0].assigned.size() == 1;
  }));
  CHECK(ada->last<wire::Rooms>()->rooms[0].name == "North");
  CHECK(ada->last<wire::Rooms>()->rooms[0].assigned[0] == bob->last<wire::Joined>()->participant);
}

TEST_CASE("scheduling in control: the page lets people register for one time of a series") {
  Office office;
  House& house = *office.house;
  const auto made = house.call(
      "POST", "/v2/users/me/meetings",
      R"({"topic":"Course","type":8,"start_time":"2199-01-01T10:00:00Z","recurrence":{"type":1,"repeat_interval":1,
          "end_times":2},"settings":{"approval_type":0,"registration_type":2}})",
      office.ada);
  REQUIRE_MESSAGE(made.status == 201, made.body);
  const auto m = House::parsed(made).as_object();
  const std::string path = "/register/" + Office::id(m);
  const std::string second{m.at("occurrences").as_array().at(1).at("occurrence_id").as_string().c_str()};
  CHECK(house.call("GET", path).body.find("type=\"radio\" value=\"" + second + "\"") != std::string::npos);
  const std::string who = "first_name=Dora&email=dora%40example.org";
  const auto none = house.call("POST", path, who);
  CHECK(none.status == 400);
  CHECK(none.body.find("When: Please say for which") != std::string::npos);
  CHECK(house.call("POST", path, who + "&occurrence_ids=" + second).status == 200);
  const std::string api = "/v2/meetings/" + Office::id(m) + "/registrants";
  const auto list = [&](const std::string& query) {
    return House::parsed(house.call("GET", api + query, "", office.ada)).at("registrants").as_array();
  };
  REQUIRE(list("").size() == 1);
  CHECK(list("")[0].at("occurrence_ids").as_array().at(0).as_string() == second);
  CHECK(list("?occurrence_id=" + second).size() == 1);
  const std::string first{m.at("occurrences").as_array().at(0).at("occurrence_id").as_string().c_str()};
  CHECK(list("?occurrence_id=" + first).empty());
  CHECK(house.call("GET", api + "?occurrence_id=17", "", office.ada).status == 404);
  const auto cid = house.call("POST", api + "?occurrence_ids=" + first,
                              R"({"first_name":"Cid","email":"cid@example.org"})", office.ada);
  REQUIRE_MESSAGE(cid.status == 201, cid.body);
  CHECK(House::parsed(cid).at("occurrences").as_array().at(0).at("occurrence_id").as_string() == first);
}

TEST_CASE("scheduling in control: an assistant schedules, looks at, changes and cancels, and starts nothing") {
  Office office;
  House& house = *office.house;
  const std::string for_ada = R"({"topic":"For Ada","type":2,"schedule_for":"ada@acme.example"})";
  CHECK(house.call("POST", "/v2/users/me/meetings", for_ada, office.bob).status == 400);
  const auto added =
      house.call("POST", "/v2/users/me/assistants", R"({"assistants":[{"email":"Bob@acme.example"}]})", office.ada);
  REQUIRE_MESSAGE(added.status == 201, added.body);
  CHECK(House::text_at(added, "add_at").size() == 20);
  const auto list = House::parsed(house.call("GET", "/v2/users/me/assistants", "", office.ada)).at("assistants");
  REQUIRE(list.as_array().size() == 1);
  CHECK(list.as_array()[0].at("email") == "bob@acme.example");
  const auto serves = House::parsed(house.call("GET", "/v2/users/me/schedulers", "", office.bob)).at("schedulers");
  REQUIRE(serves.as_array().size() == 1);
  CHECK(serves.as_array()[0].at("email") == "ada@acme.example");

  const auto made = house.call("POST", "/v2/users/me/meetings", for_ada, office.bob);
  REQUIRE_MESSAGE(made.status == 201, made.body);
  const auto meeting = House::parsed(made).as_object();
  CHECK(meeting.at("host_email") == "ada@acme.example");
  CHECK_FALSE(meeting.contains("start_url"));
  const std::string path = "/v2/meetings/" + Office::id(meeting);
  const auto seen = House::parsed(house.call("GET", path, "", office.bob)).as_object();
  CHECK(seen.at("topic") == "For Ada");
  CHECK_FALSE(seen.contains("start_url"));
  CHECK(house.call("PATCH", path, R"({"topic":"Other"})", office.bob).status == 204);
  CHECK(house.call("GET", path + "/invitation", "", office.bob).status == 200);
  // Scheduling is all that it is: what is said in a meeting is not theirs, nor is anybody else's meeting.
  CHECK(house.call("GET", "/v2/past_meetings/" + Office::id(meeting), "", office.bob).status == 404);
  CHECK(house.call("GET", "/api/meetings/" + Office::id(meeting), "", office.bob).status == 404);
  CHECK(house.call("GET", path, "", office.carol).status == 404);
  CHECK(house.call("PUT", path + "/status", R"({"action":"end"})", office.carol).status == 404);
  CHECK(house.call("PUT", path + "/status", R"({"action":"end"})", office.bob).status == 204);
  CHECK(house.call("DELETE", path, "", office.bob).status == 204);

  const std::string bob_id{list.as_array()[0].at("id").as_string().c_str()};
  CHECK(house.call("POST", "/v2/users/me/assistants", R"({"assistants":[{"email":"nobody@acme.example"}]})", office.ada)
            .status == 404);
  CHECK(house.call("POST", "/v2/users/me/assistants", R"({"assistants":[{"email":"ada@acme.example"}]})", office.ada)
            .status == 400);
  CHECK(house.call("DELETE", "/v2/users/me/assistants/nobody", "", office.ada).status == 404);
  CHECK(house.call("DELETE", "/v2/users/ada@acme.example/assistants/" + bob_id, "", office.bob).status == 404);
  CHECK(house.call("DELETE", "/v2/users/me/assistants/" + bob_id, "", office.ada).status == 204);
  CHECK(house.call("POST", "/v2/users/me/meetings", for_ada, office.bob).status == 400);
  // The assistant may end it, too.
  REQUIRE(house.call("POST", "/v2/users/me/assistants", R"({"assistants":[{"id":")" + bob_id + R"("}]})", office.ada)
              .status == 201);
  CHECK(house.call("DELETE", "/v2/users/me/schedulers/nobody", "", office.bob).status == 404);
  CHECK(house.call("DELETE", "/v2/users/me/schedulers", "", office.bob).status == 204);
  CHECK(house.call("POST", "/v2/users/me/meetings", for_ada, office.bob).status == 400);
  // One after the other or all at once, from either side.
  const std::string ada_id = House::text_at(house.call("GET", "/api/me", "", office.ada), "id");
  for (const auto& [who, link] :
       std::vector<std::pair<std::string, std::string>>{{office.bob, "/v2/users/bob@acme.example/schedulers/" + ada_id},
                                                        {office.ada, "/v2/users/ada@acme.example/assistants"}}) {
    CAPTURE(link);
    const std::string add = R"({"assistants":[{"id":")" + bob_id + R"("}]})";
    REQUIRE(house.call("POST", "/v2/users/me/assistants", add, office.ada).status == 201);
    CHECK(house.call("POST", "/v2/users/me/meetings", for_ada, office.bob).status == 201);
    CHECK(house.call("DELETE", link, "", office.carol).status == 404);
    CHECK(house.call("DELETE", link, "", who).status == 204);
    CHECK(house.call("POST", "/v2/users/me/meetings", for_ada, office.bob).status == 400);
  }
}

TEST_CASE("scheduling in control: a template is kept, opened and removed by its owner, and is gone then") {
  Office office;
  House& house = *office.house;
  const auto saved =
      house.call("POST", "/v2/users/me/meeting_templates",
                 R"({"meeting_id":)" + Office::id(office.make("")) + R"(,"name":"Like this"})", office.ada);
  REQUIRE_MESSAGE(saved.status == 201, saved.body);
  const std::string id = House::text_at(saved, "id");
  const std::string path = "/api/me/meeting-templates/" + id;
  const auto total = [&] {
    const auto list = House::parsed(house.call("GET", "/v2/users/me/meeting_templates", "", office.ada));
    return list.at("total_records").to_number<int>();
  };
  const auto from_it = [&] {
    return house
        .call("POST", "/v2/users/me/meetings", R"({"topic":"Next","type":3,"template_id":")" + id + "\"}", office.ada)
        .status;
  };
  CHECK(total() == 1);
  CHECK(House::text_at(house.call("GET", path, "", office.ada), "name") == "Like this");
  CHECK(from_it() == 201);
  CHECK(house.call("DELETE", path, "", office.bob).status == 404);
  CHECK(house.call("DELETE", path, "", office.admin).status == 404);  // it is nobody else's, whatever they may
  CHECK(total() == 1);
  CHECK(house.call("DELETE", path, "", office.ada).status == 204);
  CHECK(total() == 0);
  CHECK(house.call("GET", path, "", office.ada).status == 404);
  CHECK(house.call("DELETE", path, "", office.ada).status == 404);
  CHECK(from_it() != 201);
}

TEST_CASE("scheduling in control: whoever runs a meeting invites people into it, and calls no telephones") {
  Office office;
  House& house = *office.house;
  const auto m = office.make(R"(,"password":"")");
  const std::string path = "/v2/live_meetings/" + Office::id(m) + "/events";
  const std::string invite =
      R"({"method":"participant.invite","params":{"contacts":[{"email":"gil@example.org","user_name":"Gil"}]}})";
  CHECK(house.call("PATCH", path, invite, office.ada).status == 404);  // it does not run
  CHECK(office.join(join_of(Office::id(m), "Dora")) == "inside Dora");
  CHECK(house.call("PATCH", path, invite, office.bob).status == 404);
  const auto sent = house.call("PATCH", path, invite, office.ada);
  CHECK_MESSAGE(sent.status == 202, sent.body);
  CHECK(office.mails.subjects("gil@example.org").find("Plans") != std::string::npos);
  CHECK(house.call("PATCH", path, R"({"method":"participant.invite"})", office.ada).status == 400);
  CHECK(
      house
          .call("PATCH", path, R"({"method":"participant.invite","params":{"contacts":[{"email":"gil"}]}})", office.ada)
          .status == 400);
  for (const char* method : {"participant.invite.callout", "participant.invite.room_system_callout"}) {
    const auto got = house.call("PATCH", path, R"({"method":")" + std::string{method} + R"("})", office.ada);
    CHECK(got.status == 400);
    CHECK(House::parsed(got).at("code") == 200);
  }
}

TEST_CASE("scheduling in control: whoever runs a meeting writes something up for those who wait for it") {
  Office office;
  House& house = *office.house;
  const std::string id = Office::id(office.make(R"(,"password":"","settings":{"waiting_room":true})"));
  const std::string path = "/v2/live_meetings/" + id + "/events";
  const auto write = [&](const std::string& params, const std::string& by) {
    return house.call("PATCH", path, R"({"method":"waiting_room.update","params":)" + params + "}", by).status;
  };
  const std::string both =
      R"({"waiting_room_title":" Tea\nat four ","waiting_room_description":"We begin late.\nSorry."})";
  CHECK(write(both, office.ada) == 404);  // it does not run
  const auto host = house.inside(id, "Ada", office.ada);
  const auto dora = house.join(id, "Dora");
  const auto read = [&](const std::string& title, const std::string& description) {
    return house.until([&] {
      const auto* waiting = dora->last<wire::Waiting>();
      return waiting != nullptr && waiting->title.value_or("") == title &&
             waiting->description.value_or("") == description;
    });
  };
  REQUIRE(read("", ""));
  CHECK(write(both, office.bob) == 404);
  CHECK(write("{}", office.ada) == 400);
  CHECK(write(R"({"waiting_room_title":")" + std::string(65, 'x') + "\"}", office.ada) == 400);
  CHECK(write(R"({"waiting_room_description":")" + std::string(1001, 'x') + "\"}", office.ada) == 400);
  CHECK(write(both, office.ada) == 204);
  CHECK(read("Tea at four", "We begin late.\nSorry."));
  CHECK(write(R"({"waiting_room_title":""})", office.ada) == 204);
  CHECK(read("", "We begin late.\nSorry."));
  CHECK(host->count<wire::Waiting>() == 0);
}

TEST_CASE("scheduling in control: a meeting has the tracking fields that the account asks for, with a value") {
  Office office;
  House& house = *office.house;
  const std::string root =
      House::text_at(house.call("POST", "/api/sign-in", R"({"login":"root","password":"correct horse"})"), "token");
  const auto before = office.make("");
  REQUIRE(house.call("POST", "/v2/tracking_fields", R"({"field":"Cost centre","required":true})", root).status == 201);
  REQUIRE(house.call("POST", "/v2/tracking_fields", R"({"field":"Room"})", root).status == 201);
  const auto make = [&](const std::string& more) {
    return house.call("POST", "/v2/users/me/meetings", R"({"topic":"Plans","type":2)" + more + "}", office.ada);
  };
  const auto refused = make("");
  CHECK(refused.status == 400);
  CHECK(House::parsed(refused).at("errors").as_array().at(0).at("field") == "tracking_fields");
  CHECK(make(R"(,"tracking_fields":[{"field":"Room","value":"7"}])").status == 400);
  CHECK(make(R"(,"tracking_fields":[{"field":"Cost centre","value":""}])").status == 400);
  const auto made = make(R"(,"tracking_fields":[{"field":"Cost centre","value":"17"}])");
  CHECK(made.status == 201);
  // What begins now, and a personal room without a time, are not planned.
  const auto of_type = [&](const std::string& more) {
    return house.call("POST", "/v2/users/me/meetings", R"({"topic":"Now","type":)" + more + "}", office.ada).status;
  };
  CHECK(of_type("1") == 201);
  CHECK(of_type(R"(3,"settings":{"use_pmi":true})") == 201);
  CHECK(of_type("3") == 400);
  CHECK(of_type(R"(1,"tracking_fields":[])") == 400);
  // What says nothing of them changes nothing of them; what takes one away is refused.
  const std::string path = "/v2/meetings/" + Office::id(before);
  CHECK(house.call("PATCH", path, R"({"topic":"Other"})", office.ada).status == 204);
  CHECK(house.call("PATCH", path, R"({"tracking_fields":[]})", office.ada).status == 400);
}

TEST_CASE("scheduling in control: a page of ours joins as who is signed in there, others do not by its cookie") {
  Office office;
  const auto meeting = office.make(R"(,"password":"","settings":{"meeting_authentication":true})");
  const std::string own_page = "https://localhost:" + std::to_string(office.house->control->local().port);
  const auto page = [&](const std::string& origin, const std::string& session) {
    io::HttpHeaders headers;
    headers.set("Cookie", "__Host-sealhall=" + session);
    if (!origin.empty()) headers.set("Origin", origin);
    return headers;
  };
  const auto join = join_of(Office::id(meeting), "Somebody");
  const std::string as_bob = office.join(join, page(own_page, office.bob));
  CHECK_MESSAGE(as_bob.starts_with("inside"), as_bob);
  CHECK(office.join(join, page(own_page, office.ada)).starts_with("host"));
  CHECK(office.join(join, page("", office.bob)).find("signed in") != std::string::npos);
  // A session that is over is a guest's.
  CHECK(office.join(join, page(own_page, "old")).find("signed in") != std::string::npos);
  const auto open = office.make(R"(,"password":"")");
  CHECK(office.join(join_of(Office::id(open), "Guest"), page(own_page, "old")).starts_with("inside"));
}
