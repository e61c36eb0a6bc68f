// A person's settings and start tokens of the v2 API, through the whole server.
#include "tests/support/control_house.h"

using namespace sealhall;
using namespace sealhall::control;
using namespace sealhall::control::testing;

TEST_CASE("v2 settings: the policies that count, under the names that programs know, are read and changed") {
  House house;
  const std::string admin = house.admin();
  const std::string ada = house.member(admin, "ada@example.org");
  const auto get = [&](const std::string& query = "") {
    const auto got = house.call("GET", "/v2/users/me/settings" + query, "", ada);
    REQUIRE_MESSAGE(got.status == 200, got.body);
    return House::parsed(got);
  };
  const auto patch = [&](const std::string& body, const std::string& token) {
    return house.call("PATCH", "/v2/users/ada@example.org/settings", body, token);
  };
  CHECK(get().at("in_meeting").at("waiting_room") == false);
  CHECK(get().at("schedule_meeting").at("join_before_host") == true);
  CHECK(get().at("recording").at("auto_recording") == "none");
  CHECK(get().at("feature").at("meeting_capacity") == 1000);
  CHECK(get("?option=meeting_security").at("meeting_security").at("end_to_end_encrypted_meetings") == false);
  CHECK_FALSE(get("?option=meeting_security").as_object().contains("in_meeting"));

  CHECK(
      patch(R"({"in_meeting":{"waiting_room":true,"who_can_share_screen":"host"},"recording":{"auto_recording":"cloud",
               "auto_delete_cmr":true,"auto_delete_cmr_days":30},"feature":{"meeting_capacity":50}})",
            ada)
          .status == 204);
  CHECK(get().at("in_meeting").at("waiting_room") == true);
  CHECK(get().at("in_meeting").at("who_can_share_screen") == "host");
  CHECK(get().at("recording").at("auto_recording") == "cloud");
  CHECK(get().at("recording").at("auto_delete_cmr_days") == 30);
  CHECK(get().at("feature").at("meeting_capacity") == 50);
  CHECK(get("?option=meeting_security").at("meeting_security").at("waiting_room") == true);
  // They are the policies: what was set here counts there.
  bool found = false;
  const auto policies = House::parsed(house.call("GET", "/api/me/policies", "", ada));
  for (const auto& p : policies.at("policies").as_array()) {
    if (p.at("name") != "meeting.waiting_room") continue;
    found = true;
    CHECK(p.at("value") == true);
    CHECK(p.at("source") == "user");
  }
  CHECK(found);

  const auto refused = [&](const std::string& body, const char* field) {
    const auto response = patch(body, ada);
    CHECK(response.status == 400);
    CHECK(House::parsed(response).at("errors").as_array().at(0).at("field") == field);
  };
  refused(R"({"in_meeting":{"e2e_encryption":true}})", "in_meeting.e2e_encryption");
  refused(R"({"in_meeting":{"who_can_share_screen":"nobody"}})", "in_meeting.who_can_share_screen");
  refused(R"({"recording":{"auto_recording":"local"}})", "recording.auto_recording");
  refused(R"({"feature":{"meeting_capacity":0}})", "feature.meeting_capacity");
  refused(R"({"in_meeting":{"waiting_room":false},"feature":{"webinar":true}})", "feature.webinar");
  CHECK(get().at("in_meeting").at("waiting_room") == true);  // nothing of a refused change
  CHECK(house
            .call("PUT", "/api/policies/account",
                  R"({"settings":[{"name":"chat.allowed","value":true,"locked":true}]})", admin)
            .status == 204);
  refused(R"({"in_meeting":{"chat":false}})", "in_meeting.chat");
  const std::string bob = house.member(admin, "bob@example.org");
  CHECK(patch(R"({"in_meeting":{"waiting_room":false}})", bob).status == 404);
  CHECK(patch(R"({"in_meeting":{"waiting_room":false}})", admin).status == 204);
}

TEST_CASE("v2 start token: its holder comes into meetings as the person, until it expires") {
  House house;
  FakeKms kms{house.loop, house.run, 1};
  FakeWorker worker{house.loop, house.run, 0};
  const std::string admin = house.admin();
  const std::string ada = house.member(admin, "ada@example.org");
  const std::string bob = house.member(admin, "bob@example.org");
  const auto token = [&](const std::string& path, const std::string& who) {
    const auto got = house.call("GET", "/v2/users/" + path, "", who);
    REQUIRE_MESSAGE(got.status == 200, got.body);
    return House::text_at(got, "token");
  };
  const std::string id = house.meeting(ada, R"({"passcode":"sesame"})");
  const auto role_with = [&](const std::string& zak) -> std::optional<wire::Role> {
    auto client = house.client();
    wire::Join join = join_of(id, "Somebody");
    join.start = zak;
    client->send(join);
    REQUIRE(
        house.until([&] { return client->last<wire::Joined>() != nullptr || client->last<wire::Error>() != nullptr; }));
    const auto* joined = client->last<wire::Joined>();
    return joined == nullptr ? std::nullopt : std::optional{joined->role};
  };
  CHECK(role_with(token("me/zak", ada)) == wire::Role::host);
  CHECK(role_with(token("me/token?type=zak", ada)) == wire::Role::host);
  CHECK_FALSE(role_with(token("me/zak", bob)).has_value());  // still needs the passcode
  CHECK_FALSE(role_with("zak_forged").has_value());
  const std::string brief = token("me/zak?ttl=1", ada);
  house.breathe(1100ms);
  CHECK_FALSE(role_with(brief).has_value());
  CHECK(house.call("GET", "/v2/users/me/token", "", ada).status == 400);
  CHECK(house.call("GET", "/v2/users/ada@example.org/zak", "", bob).status == 404);
}

TEST_CASE("v2 connectors: live streams and SIP are not enabled, and say so to whoever may ask; others see no meeting") {
  House house;
  const std::string admin = house.admin();
  const std::string ada = house.member(admin, "ada@example.org");
  const std::string bob = house.member(admin, "bob@example.org");
  const std::string path = "/v2/meetings/" + house.meeting(ada);
  const std::string where =
      R"({"stream_url":"rtmp://live.example/app","stream_key":"k","page_url":"https://live.example"})";
  const auto refused = [&](const char* method, const std::string& target, const std::string& body) {
    const auto got = house.call(method, path + target, body, ada);
    CHECK(got.status == 400);
    CHECK(House::parsed(got).at("code") == 200);
    CHECK(House::text_at(got, "message").find("not enabled") != std::string::npos);
    CHECK(house.call(method, path + target, body, bob).status == 404);
  };
  refused("GET", "/livestream", "");
  refused("PATCH", "/livestream", where);
  refused("PATCH", "/livestream/status", R"({"action":"start","settings":{"layout":"speaker_view"}})");
  refused("POST", "/sip_dialing", R"({"passcode":"123456"})");
  const auto wrong = house.call("PATCH", path + "/livestream/status", R"({"action":"explode"})", ada);
  CHECK(House::parsed(wrong).at("errors").as_array().at(0).at("field") == "action");
  CHECK(house.call("PATCH", path + "/livestream", "{}", ada).status == 400);
}
