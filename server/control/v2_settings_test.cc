// A person's settings and start tokens of the v2 API, through the whole server.
#include <filesystem>
#include <fstream>

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

TEST_CASE("v2 settings: custom_query_fields leaves only the fields that it names, in their sections") {
  House house;
  const std::string ada = house.member(house.admin(), "ada@example.org");
  const auto get = [&](const std::string& query) {
    const auto got = house.call("GET", "/v2/users/me/settings" + query, "", ada);
    CHECK_MESSAGE(got.status == 200, got.body);
    return got.body;
  };
  const std::string all = get("");
  CHECK(get("?custom_query_fields=waiting_room") == R"({"in_meeting":{"waiting_room":false}})");
  CHECK(get("?custom_query_fields=waiting_room,join_before_host,no_such_thing,%20chat") ==
        R"({"schedule_meeting":{"join_before_host":true},"in_meeting":{"waiting_room":false,"chat":true}})");
  CHECK(get("?custom_query_fields=feature") ==
        R"({"feature":{"meeting_capacity":1000,"large_meeting":false,"webinar":false}})");
  CHECK(get("?option=meeting_security&custom_query_fields=waiting_room,chat") ==
        R"({"meeting_security":{"waiting_room":false}})");
  CHECK(get("?custom_query_fields=waiting") == "{}");  // the whole name, not a part of it
  CHECK(get("?custom_query_fields=") == all);
}

TEST_CASE("v2 settings: each switch of a meeting is the policy that switches it, and no other one; a lock holds") {
  const std::pair<const char*, const char*> switches[] = {
      {"waiting_room", "meeting.waiting_room"},
      {"chat", "chat.allowed"},
      {"private_chat", "chat.private"},
      {"file_transfer", "chat.files"},
      {"polling", "meeting.polls"},
      {"whiteboard", "meeting.whiteboard"},
      {"breakout_room", "meeting.breakout_rooms"},
  };
  House house;
  const std::string admin = house.admin();
  const std::string ada = house.member(admin, "ada@example.org");
  const auto in_meeting = [&] {
    const auto got = house.call("GET", "/v2/users/me/settings", "", ada);
    REQUIRE_MESSAGE(got.status == 200, got.body);
    return House::parsed(got).at("in_meeting").as_object();
  };
  const auto patch = [&](const std::string& field, bool value) {
    return house.call("PATCH", "/v2/users/me/settings",
                      R"({"in_meeting":{")" + field + "\":" + (value ? "true" : "false") + "}}", ada);
  };
  const auto policy = [&](const std::string& name) {
    const auto all = House::parsed(house.call("GET", "/api/me/policies", "", ada));
    for (const auto& p : all.at("policies").as_array()) {
      if (p.at("name") == name.c_str()) return p.at("value").as_bool();
    }
    FAIL("no such policy");
    return false;
  };
  const auto before = in_meeting();
  for (const auto& [field, name] : switches) {
    CAPTURE(field);
    const bool is = policy(name);
    CHECK(before.at(field) == is);
    auto after = before;
    after[field] = !is;
    CHECK(patch(field, !is).status == 204);
    CHECK(boost::json::serialize(in_meeting()) == boost::json::serialize(after));
    CHECK(policy(name) == !is);
    REQUIRE(house.call("DELETE", std::string{"/api/me/policies/"} + name, "", ada).status == 204);
    CHECK(boost::json::serialize(in_meeting()) == boost::json::serialize(before));
    const std::string account = std::string{R"({"settings":[{"name":")"} + name + R"(","locked":true,"value":)" +
                                (is ? "true" : "false") + "}]}";
    REQUIRE(house.call("PUT", "/api/policies/account", account, admin).status == 204);
    const auto refused = patch(field, !is);
    CHECK(refused.status == 400);
    CHECK(House::parsed(refused).at("errors").at(0).at("field") == (std::string{"in_meeting."} + field).c_str());
    CHECK(patch(field, is).status == 204);  // which it is already
    REQUIRE(house.call("DELETE", std::string{"/api/policies/account/"} + name, "", admin).status == 204);
  }
}

TEST_CASE(
    "v2 settings: passcodes are one policy for both kinds of meetings; what is always so cannot be made otherwise") {
  House house;
  const std::string admin = house.admin();
  const std::string ada = house.member(admin, "ada@example.org");
  const auto get = [&](const std::string& query = "") {
    const auto got = house.call("GET", "/v2/users/me/settings" + query, "", ada);
    REQUIRE_MESSAGE(got.status == 200, got.body);
    return House::parsed(got);
  };
  const auto patch = [&](const std::string& body) { return house.call("PATCH", "/v2/users/me/settings", body, ada); };
  const auto refused = [&](const std::string& body) {
    const auto got = patch(body);
    CHECK(got.status == 400);
    return std::string{House::parsed(got).at("errors").at(0).at("field").as_string().c_str()};
  };
  CHECK(patch(R"({"schedule_meeting":{"require_password_for_scheduling_new_meetings":true}})").status == 204);
  CHECK(get().at("schedule_meeting").at("require_password_for_instant_meetings") == true);
  CHECK(get("?option=meeting_security").at("meeting_security").at("meeting_password") == true);
  const std::string open = R"({"topic":"Open","type":2,"password":""})";
  CHECK(house.call("POST", "/v2/users/me/meetings", open, ada).status == 400);
  CHECK(refused(R"({"schedule_meeting":{"require_password_for_scheduling_new_meetings":true,
                                        "require_password_for_instant_meetings":false}})") ==
        "schedule_meeting.require_password_for_instant_meetings");
  CHECK(patch(R"({"schedule_meeting":{"require_password_for_instant_meetings":false}})").status == 204);
  CHECK(get().at("schedule_meeting").at("require_password_for_scheduling_new_meetings") == false);
  CHECK(house.call("POST", "/v2/users/me/meetings", open, ada).status == 201);

  const auto is = get();
  for (const auto& [section, field, other] : {std::tuple{"schedule_meeting", "audio_type", "\"telephony\""},
                                              {"schedule_meeting", "use_pmi_for_scheduled_meetings", "true"},
                                              {"schedule_meeting", "embed_password_in_join_link", "false"},
                                              {"in_meeting", "screen_sharing", "false"},
                                              {"in_meeting", "co_host", "false"},
                                              {"recording", "local_recording", "true"},
                                              {"feature", "large_meeting", "true"}}) {
    const std::string before = std::string{"{\""} + section + "\":{\"" + field + "\":";
    CAPTURE(before);
    CHECK(refused(before + other + "}}") == std::string{section} + "." + field);
    CHECK(patch(before + boost::json::serialize(is.at(section).at(field)) + "}}").status == 204);
  }
  CHECK(boost::json::serialize(get()) == boost::json::serialize(is));
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

TEST_CASE("v2 connectors: starting a stream and SIP are not enabled, and say so to whoever may ask; others see none") {
  House house;
  const std::string admin = house.admin();
  const std::string ada = house.member(admin, "ada@example.org");
  const std::string bob = house.member(admin, "bob@example.org");
  const std::string path = "/v2/meetings/" + house.meeting(ada);
  const auto refused = [&](const char* method, const std::string& target, const std::string& body) {
    const auto got = house.call(method, path + target, body, ada);
    CHECK(got.status == 400);
    CHECK(House::parsed(got).at("code") == 200);
    CHECK(House::text_at(got, "message").find("not enabled") != std::string::npos);
    CHECK(house.call(method, path + target, body, bob).status == 404);
  };
  refused("PATCH", "/livestream/status", R"({"action":"start","settings":{"layout":"speaker_view"}})");
  refused("PATCH", "/livestream/status", R"({"action":"stop"})");
  refused("POST", "/sip_dialing", R"({"passcode":"123456"})");
  const auto wrong = house.call("PATCH", path + "/livestream/status", R"({"action":"explode"})", ada);
  CHECK(House::parsed(wrong).at("errors").as_array().at(0).at("field") == "action");
}

TEST_CASE("v2 live stream: where to is kept with the meeting, sealed, for whoever may change it") {
  House house;
  const std::string admin = house.admin();
  const std::string ada = house.member(admin, "ada@example.org");
  const std::string bob = house.member(admin, "bob@example.org");
  const auto made = house.call("POST", "/v2/users/me/meetings",
                               R"({"topic":"On air","type":2,"start_time":"2030-01-01T10:00:00Z"})", ada);
  REQUIRE_MESSAGE(made.status == 201, made.body);
  const std::string id = std::to_string(House::parsed(made).at("id").to_number<std::uint64_t>());
  const std::string path = "/v2/meetings/" + id + "/livestream";
  const auto get = [&] {
    const auto got = house.call("GET", path, "", ada);
    REQUIRE_MESSAGE(got.status == 200, got.body);
    return boost::json::serialize(House::parsed(got));
  };
  const auto set = [&](const std::string& body, const std::string& by) { return house.call("PATCH", path, body, by); };
  const std::string nothing = R"({"stream_url":"","stream_key":"","page_url":""})";
  const std::string where =
      R"({"stream_url":"rtmps://canary-host.example:443/app","stream_key":"canary-stream-key","page_url":)"
      R"("https://canary-page.example/me","resolution":"720p"})";
  CHECK(get() == nothing);
  CHECK(set(where, ada).status == 204);
  CHECK(get() == where);
  // Other changes of the meeting leave it alone.
  CHECK(house.call("PATCH", "/v2/meetings/" + id, R"({"topic":"Still on air"})", ada).status == 204);
  CHECK(get() == where);
  CHECK(house.call("GET", path, "", bob).status == 404);
  CHECK(set(where, bob).status == 404);
  CHECK(house.call("GET", "/v2/meetings/81234567890/livestream", "", ada).status == 404);
  CHECK(set(R"({"stream_url":"rtmp://[::1]/x","stream_key":"k","page_url":""})", admin).status == 204);
  CHECK(get() == R"({"stream_url":"rtmp://[::1]/x","stream_key":"k","page_url":""})");
  REQUIRE(set(where, ada).status == 204);

  const auto refused = [&](const std::string& body, const char* field) {
    CAPTURE(body);
    const auto got = set(body, ada);
    CHECK(got.status == 400);
    CHECK(House::parsed(got).at("errors").as_array().at(0).at("field") == field);
  };
  const auto body_of = [](const std::string& url, const std::string& key, const std::string& page) {
    return R"({"stream_url":")" + url + R"(","stream_key":")" + key + R"(","page_url":")" + page + "\"}";
  };
  refused(body_of("https://live.example/app", "k", ""), "stream_url");
  refused(body_of("rtmp://", "k", ""), "stream_url");
  refused(body_of("rtmp://live.example/a b", "k", ""), "stream_url");
  refused(body_of("", "k", ""), "stream_url");
  refused(body_of("rtmp://live.example/app", "", ""), "stream_key");
  refused(body_of("rtmp://live.example/app", "two words", ""), "stream_key");
  refused(body_of("rtmp://live.example/app", std::string(513, 'k'), ""), "stream_key");
  refused(body_of("rtmp://live.example/app", "k", "javascript:alert(1)"), "page_url");
  refused(R"({"stream_url":"rtmp://a.example/b","stream_key":"k","page_url":"","resolution":"8k"})", "resolution");
  refused("{}", "stream_url");
  CHECK(get() == where);  // nothing of a refused change

  // Neither in what programs read of the meeting, nor in what is made after it, nor on the disk.
  CHECK(house.call("GET", "/v2/meetings/" + id, "", ada).body.find("canary") == std::string::npos);
  const auto model =
      house.call("POST", "/v2/users/me/meeting_templates", R"({"meeting_id":)" + id + R"(,"name":"Like this"})", ada);
  REQUIRE_MESSAGE(model.status == 201, model.body);
  const auto copy =
      house.call("POST", "/v2/users/me/meetings",
                 R"({"topic":"Copy","type":3,"template_id":")" + House::text_at(model, "id") + "\"}", ada);
  REQUIRE_MESSAGE(copy.status == 201, copy.body);
  const std::string copied = std::to_string(House::parsed(copy).at("id").to_number<std::uint64_t>());
  CHECK(boost::json::serialize(House::parsed(house.call("GET", "/v2/meetings/" + copied + "/livestream", "", ada))) ==
        nothing);
  int looked_at = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator{house.folder.path}) {
    if (!entry.path().filename().string().starts_with("accounts.sqlite")) continue;
    std::ifstream file{entry.path(), std::ios::binary};
    const std::string bytes{std::istreambuf_iterator<char>{file}, {}};
    CHECK(bytes.find("canary") == std::string::npos);
    looked_at += bytes.empty() ? 0 : 1;
  }
  CHECK((looked_at > 0) != House::on_postgres());

  CHECK(set(nothing, ada).status == 204);
  CHECK(get() == nothing);
}
