#include "server/schedule/endpoints.h"

#include <doctest/doctest.h>

#include "server/schedule/testing.h"
#include "tests/support/api_house.h"

using namespace sealhall;
using namespace sealhall::schedule;
using api::Permission;

namespace {

constexpr const char* every_scope = "meeting:read:admin meeting:write:admin user:read:admin";

/// The endpoints over a real service and store; requests go through the real HTTP server.
struct ApiSchedule : schedule::testing::House {
  ApiSchedule() {
    door.registry.resolve("user_id",
                          [](const api::Caller& caller, std::string id, api::Done<std::optional<api::Subject>> done) {
                            if (id == "me") id = caller.user_id;
                            if (id == "ada" || id == "bob" || id == "carol")
                              return done(api::Subject{id, std::string{store::default_account}, id, {}, {}});
                            done(std::optional<api::Subject>{});
                          },
                          {404, "User does not exist.", {}, std::nullopt, 1001});
    resolve_meetings(door.registry, service);
    add_schedule_endpoints(door.registry, service);
    add_template_endpoints(door.registry, service);
    const std::string account{store::default_account};
    door.person("ada", {}, account);
    door.person("bob", {}, account);
    door.person("stranger", api::Permissions::all(), "another");
    door.guest("guest", account);
    door.application("app", every_scope, "carol", api::Permissions::all(), account);
    door.application("poor", "user:read:admin", "carol", api::Permissions::all(), account);
  }
  io::HttpResponse call(const std::string& method, const std::string& target, const std::string& body = "",
                        const std::string& who = "ada") {
    std::string text = method + " " + target + " HTTP/1.1\r\nHost: meet.example\r\n";
    if (!who.empty()) text += "Authorization: Bearer token-" + who + "\r\n";
    if (!body.empty() || method != "GET") text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    text += "\r\n" + body;
    auto stream = std::make_shared<api::testing::TestStream>();
    door.server.serve(stream);
    stream->arrive(text);
    shop.loop().run_until([&] { return !stream->written.empty(); }, std::chrono::seconds{5});
    io::HttpResponseParser parser{method == "HEAD"};
    const auto progress = parser.feed(stream->written);
    REQUIRE(progress.has_value());
    REQUIRE(progress->done);
    sealhall::testing::record_response(method, target, parser.response());
    return std::move(parser.response());
  }
  boost::json::object json(const io::HttpResponse& response) {
    return api::testing::ApiHouse::parsed(response).as_object();
  }
  /// A meeting of Ada's; gives its number.
  std::string make(const std::string& more = "") {
    const auto response =
        call("POST", "/v2/users/me/meetings",
             R"({"topic":"Plans","type":2,"start_time":"2026-11-27T10:00:00Z","duration":30)" + more + "}");
    REQUIRE_MESSAGE(response.status == 201, response.body);
    return std::to_string(json(response).at("id").as_int64());
  }
  static std::string text(const boost::json::value& v) { return std::string{v.as_string()}; }

  api::testing::ApiHouse door;
};

}  // namespace

TEST_CASE("v2 meetings: create answers 201 with the whole object, change and delete 204 with nothing") {
  ApiSchedule house;
  const auto created =
      house.call("POST", "/v2/users/ada/meetings",
                 R"({"topic":"Plans","type":2,"start_time":"2026-11-27T18:00:00","timezone":"Asia/Taipei",
                                      "duration":45,"agenda":"Cake","password":"sesame","tracking_fields":[{"field":"Cost","value":"7"}],
                                      "settings":{"waiting_room":true,"approval_type":2,"audio":"voip","unknown_setting":1}})");
  REQUIRE(created.status == 201);
  const auto m = house.json(created);
  for (const char* field :
       {"uuid", "id", "host_id", "host_email", "topic", "type", "status", "start_time", "duration", "timezone",
        "agenda", "created_at", "join_url", "start_url", "password", "encrypted_password", "settings"}) {
    INFO(field);
    CHECK(m.contains(field));
  }
  CHECK(m.at("start_time") == "2026-11-27T10:00:00Z");
  CHECK(m.at("settings").as_object().at("waiting_room") == true);
  CHECK(m.at("settings").as_object().at("join_before_host") == true);
  CHECK(m.at("tracking_fields").as_array().at(0).as_object().at("value") == "7");
  const std::string id = std::to_string(m.at("id").as_int64());
  const auto changed = house.call("PATCH", "/v2/meetings/" + id, R"({"topic":"More plans"})");
  CHECK(changed.status == 204);
  CHECK(changed.body.empty());
  const auto seen = house.json(house.call("GET", "/v2/meetings/" + id));
  CHECK(seen.at("topic") == "More plans");
  CHECK(seen.at("agenda") == "Cake");
  CHECK(seen.contains("start_url"));
  CHECK(
      house.call("DELETE", "/v2/meetings/" + id + "?schedule_for_reminder=true&cancel_meeting_reminder=true").status ==
      204);
  const auto gone = house.call("GET", "/v2/meetings/" + id);
  CHECK(gone.status == 404);
  CHECK(house.json(gone).at("code") == 3001);
  CHECK(house.call("PUT", "/v2/meetings/" + id + "/status", R"({"action":"recover"})").status == 204);
  CHECK(house.call("PUT", "/v2/meetings/" + id + "/status", R"({"action":"end"})").status == 204);
  CHECK(house.ended.back() == id);
  CHECK(house.call("PUT", "/v2/meetings/" + id + "/status", R"({"action":"dance"})").status == 400);
}

TEST_CASE("trap 1: in REST the id of a meeting is a number below 2^53") {
  ApiSchedule house;
  const std::string id = house.make();
  const auto m = house.json(house.call("GET", "/v2/meetings/" + id));
  REQUIRE(m.at("id").is_int64());
  CHECK(m.at("id").as_int64() < (std::int64_t{1} << 53));
  const auto list = house.json(house.call("GET", "/v2/users/me/meetings"));
  CHECK(list.at("meetings").as_array().at(0).as_object().at("id").is_int64());
}

TEST_CASE("trap 2: the uuid of a meeting is taken raw, encoded once and encoded twice") {
  ApiSchedule house;
  const std::string id = house.make();
  const std::string uuid = ApiSchedule::text(house.json(house.call("GET", "/v2/meetings/" + id)).at("uuid"));
  const std::string once = io::percent_encode(uuid);
  for (const std::string& name : {uuid, once, io::percent_encode(once)}) {
    INFO(name);
    CHECK(house.json(house.call("GET", "/v2/meetings/" + name)).at("id").as_int64() == std::stoll(id));
  }
}

TEST_CASE("trap 4: a single meeting has no pmi, a list has it as text, and no time is empty") {
  ApiSchedule house;
  const auto personal = house.get<Meeting>([&](auto done) { house.service.personal("ada", std::move(done)); });
  const std::string id = house.make(R"(,"settings":{"use_pmi":true})");
  CHECK(id == personal.row.id);
  CHECK(!house.json(house.call("GET", "/v2/meetings/" + id)).contains("pmi"));
  const auto list = house.json(house.call("GET", "/v2/users/me/meetings"));
  CHECK(list.at("meetings").as_array().at(0).as_object().at("pmi") == id.c_str());
  CHECK(house.call("GET", "/v2/meetings/" + id).body.find(R"(_time":"")") == std::string::npos);
}

TEST_CASE("trap 5: an empty list says page 1 of 1, page_number 0 is 1, and tokens lead on") {
  ApiSchedule house;
  const auto empty = house.json(house.call("GET", "/v2/users/me/meetings?page_number=0"));
  CHECK(empty.at("page_count") == 1);
  CHECK(empty.at("page_number") == 1);
  CHECK(empty.at("total_records") == 0);
  CHECK(empty.at("next_page_token") == "");
  for (int i = 0; i < 3; ++i) house.make();
  const auto first = house.json(house.call("GET", "/v2/users/me/meetings?page_size=2"));
  CHECK(first.at("meetings").as_array().size() == 2);
  CHECK(first.at("page_count") == 2);
  const std::string token = ApiSchedule::text(first.at("next_page_token"));
  const auto second = house.json(house.call("GET", "/v2/users/me/meetings?page_size=2&next_page_token=" + token));
  CHECK(second.at("meetings").as_array().size() == 1);
  CHECK(second.at("next_page_token") == "");
}

TEST_CASE("trap 6: an occurrence is changed and deleted by milliseconds and by basic time") {
  ApiSchedule house;
  const auto created = house.call("POST", "/v2/users/me/meetings",
                                  R"({"topic":"Weekly","type":8,"start_time":"2026-11-27T10:00:00Z","duration":30,
                                      "recurrence":{"type":2,"repeat_interval":1,"weekly_days":"6","end_times":3}})");
  REQUIRE(created.status == 201);
  const auto m = house.json(created);
  const std::string id = std::to_string(m.at("id").as_int64());
  const std::string second = ApiSchedule::text(m.at("occurrences").as_array().at(1).as_object().at("occurrence_id"));
  CHECK(house.call("PATCH", "/v2/meetings/" + id + "?occurrence_id=20261204T100000Z", R"({"duration":75})").status ==
        204);
  const auto one = house.json(house.call("GET", "/v2/meetings/" + id + "?occurrence_id=" + second));
  CHECK(one.at("duration") == 75);
  CHECK(one.at("occurrence_id") == second.c_str());
  CHECK(house.call("DELETE", "/v2/meetings/" + id + "?occurrence_id=" + second).status == 204);
  CHECK(
      house.json(house.call("GET", "/v2/meetings/" + id)).at("occurrences").as_array().at(1).as_object().at("status") ==
      "deleted");
  CHECK(house.call("DELETE", "/v2/meetings/" + id + "?occurrence_id=" + second).status == 404);
}

TEST_CASE("trap 7: errors have code, message and fields") {
  ApiSchedule house;
  const auto bad = house.call("POST", "/v2/users/me/meetings", R"({"type":8,"start_time":"2026-11-27T10:00:00Z"})");
  CHECK(bad.status == 400);
  CHECK(house.json(bad).at("code") == 300);
  CHECK(house.json(bad).at("errors").as_array().at(0).as_object().at("field") == "recurrence.type");
  CHECK(house.json(house.call("GET", "/v2/meetings/12345678901")).at("code") == 3001);
  CHECK(house.json(house.call("GET", "/v2/users/nobody/meetings")).at("code") == 1001);
  CHECK(house.json(house.call("GET", "/v2/users/me/meetings", "", "wrong")).at("code") == 124);
  CHECK(house.json(house.call("GET", "/v2/users/ada/meetings", "", "poor")).at("code") == 4700);
  CHECK(house.call("POST", "/v2/users/me/meetings", "{\"topic\":7}").status == 400);
  CHECK(house.call("POST", "/v2/users/me/meetings", "{").status == 400);
}

TEST_CASE("trap 12: links have the forms that clients take apart, and lead to this server") {
  ApiSchedule house;
  const std::string id = house.make();
  const auto m = house.json(house.call("GET", "/v2/meetings/" + id));
  CHECK(ApiSchedule::text(m.at("join_url")).starts_with("https://meet.example/j/" + id + "?pwd="));
  CHECK(ApiSchedule::text(m.at("start_url")).starts_with("https://meet.example/s/" + id + "?zak="));
}

TEST_CASE("v2 meetings: lists by type") {
  ApiSchedule house;
  const std::string id = house.make();
  const auto topics = [&](const std::string& type) {
    return house.json(house.call("GET", "/v2/users/me/meetings?type=" + type)).at("meetings").as_array().size();
  };
  CHECK(topics("scheduled") == 1);
  CHECK(topics("upcoming") == 1);
  CHECK(topics("live") == 0);
  CHECK(topics("previous_meetings") == 0);
  house.running.insert(id);
  CHECK(topics("live") == 1);
  house.clock.time = schedule::testing::at("2026-11-27T11:00:00Z");
  CHECK(topics("upcoming") == 0);
  CHECK(topics("previous_meetings") == 1);
  CHECK(house.call("GET", "/v2/users/me/meetings?type=nonsense").status == 400);
}

TEST_CASE("v2 meetings: invitation, links by name, templates") {
  ApiSchedule house;
  const std::string id = house.make();
  const auto invitation = house.json(house.call("GET", "/v2/meetings/" + id + "/invitation"));
  CHECK(ApiSchedule::text(invitation.at("invitation")).find("Topic: Plans") != std::string::npos);
  const auto links =
      house.call("POST", "/v2/meetings/" + id + "/invite_links", R"({"attendees":[{"name":"Dora"}],"ttl":100})");
  CHECK(links.status == 201);
  CHECK(house.json(links).at("attendees").as_array().at(0).as_object().at("name") == "Dora");
  CHECK(house.call("POST", "/v2/meetings/" + id + "/invite_links", R"({"attendees":[]})").status == 400);
  const auto saved = house.call("POST", "/v2/users/me/meeting_templates", "{\"meeting_id\":" + id + ",\"name\":\"T\"}");
  REQUIRE(saved.status == 201);
  CHECK(house.json(house.call("GET", "/v2/users/me/meeting_templates")).at("total_records") == 1);
  const std::string mine = "/api/me/meeting-templates/" + ApiSchedule::text(house.json(saved).at("id"));
  const auto content = house.json(house.call("GET", mine));
  CHECK(content.at("name") == "T");
  CHECK(content.at("topic") == "Plans");
  CHECK(content.at("settings").as_object().contains("waiting_room"));
  CHECK(content.at("questions").as_array().empty());
  CHECK_FALSE(content.contains("password"));
  CHECK(house.call("GET", mine, "", "bob").status == 404);
  CHECK(house.call("DELETE", mine, "", "bob").status == 404);
  CHECK(house.call("DELETE", mine).status == 204);
  CHECK(house.call("GET", mine).status == 404);
}

TEST_CASE(
    "v2 templates: the repetition of a series is kept when save_recurrence says so, and counts for a series made of "
    "it") {
  ApiSchedule house;
  const auto series = house.call("POST", "/v2/users/me/meetings",
                                 R"({"topic":"Weekly","type":8,"start_time":"2026-11-27T10:00:00Z","duration":30,
                                     "recurrence":{"type":2,"repeat_interval":1,"weekly_days":"6","end_times":3}})");
  REQUIRE(series.status == 201);
  const std::string of =
      R"({"meeting_id":)" + std::to_string(house.json(series).at("id").as_int64()) + R"(,"name":"W")";
  const auto saved = [&](const std::string& more) {
    const auto made = house.call("POST", "/v2/users/me/meeting_templates", of + more + "}");
    REQUIRE_MESSAGE(made.status == 201, made.body);
    return ApiSchedule::text(house.json(made).at("id"));
  };
  const auto kept = [&](const std::string& id) {
    return house.json(house.call("GET", "/api/me/meeting-templates/" + id)).contains("recurrence");
  };
  const auto made_of = [&](const std::string& id) {
    return house.call("POST", "/v2/users/me/meetings",
                      R"({"topic":"Next","type":8,"start_time":"2026-12-04T10:00:00Z","template_id":")" + id + "\"}");
  };
  const std::string with = saved(R"(,"save_recurrence":true)");
  const std::string without = saved("");
  CHECK(kept(with));
  CHECK_FALSE(kept(without));
  const auto next = made_of(with);
  REQUIRE_MESSAGE(next.status == 201, next.body);
  CHECK(house.json(next).at("occurrences").as_array().size() == 3);
  CHECK(made_of(without).status == 400);  // how often?
}

TEST_CASE("v2 registrants: register, list, decide, one by one and in a batch, questions") {
  ApiSchedule house;
  const std::string id = house.make(R"(,"settings":{"approval_type":1})");
  const std::string base = "/v2/meetings/" + id;
  const auto made =
      house.call("POST", base + "/registrants", R"({"email":"dora@example.org","first_name":"Dora","last_name":"D"})");
  REQUIRE(made.status == 201);
  const auto r = house.json(made);
  CHECK(r.at("id").as_int64() == std::stoll(id));
  CHECK(!r.contains("join_url"));
  const std::string rid = ApiSchedule::text(r.at("registrant_id"));
  CHECK(house.json(house.call("GET", base + "/registrants?status=pending")).at("total_records") == 1);
  CHECK(house.json(house.call("GET", base + "/registrants")).at("total_records") == 0);
  CHECK(house
            .call("PUT", base + "/registrants/status",
                  R"({"action":"approve","registrants":[{"id":")" + rid + R"(","email":"dora@example.org"}]})")
            .status == 204);
  const auto one = house.json(house.call("GET", base + "/registrants/" + rid));
  CHECK(one.at("status") == "approved");
  CHECK(ApiSchedule::text(one.at("join_url")).find("tk=" + rid) != std::string::npos);
  const auto batch = house.call(
      "POST", base + "/batch_registrants",
      R"({"auto_approve":true,"registrants":[{"email":"e@x.org","first_name":"E"},{"email":"f@x.org","first_name":"F"}]})");
  CHECK(batch.status == 201);
  CHECK(house.json(batch).at("registrants").as_array().at(1).as_object().contains("join_url"));
  CHECK(house.json(house.call("GET", base + "/registrants")).at("total_records") == 3);
  CHECK(house.call("DELETE", base + "/registrants/" + rid).status == 204);
  CHECK(house.call("GET", base + "/registrants/" + rid).status == 404);
  CHECK(house.call("PATCH", base + "/registrants/questions", R"({"questions":[{"field_name":"org","required":true}]})")
            .status == 204);
  CHECK(house.json(house.call("GET", base + "/registrants/questions")).at("questions").as_array().size() == 1);
  CHECK(house.call("POST", base + "/registrants", R"({"email":"g@x.org","first_name":"G"})").status == 400);
}

TEST_CASE(
    "v2 meetings: whether those who registered hear of a cancellation is cancel_meeting_reminder; left out, they do") {
  for (const auto& [query, letters] : {std::pair{"", 2},
                                       {"?cancel_meeting_reminder=true", 2},
                                       {"?schedule_for_reminder=false&cancel_meeting_reminder=false", 1}}) {
    CAPTURE(query);
    ApiSchedule house;
    const std::string path = "/v2/meetings/" + house.make(R"(,"settings":{"approval_type":0})");
    REQUIRE(house.call("POST", path + "/registrants", R"({"email":"dora@example.org","first_name":"Dora"})").status ==
            201);
    CHECK(house.call("DELETE", path + query).status == 204);
    const std::string told = house.mails.subjects("dora@example.org");
    CHECK((told == "You are registered: Plans" ? 1 : 2) == letters);
    CHECK((told.find("Cancelled: Plans") != std::string::npos) == (letters == 2));
  }
}

TEST_CASE(
    "v2 meetings: to strangers, guests and other members a meeting is not there; an application sees its account") {
  ApiSchedule house;
  const std::string id = house.make(R"(,"settings":{"approval_type":0})");
  const std::string base = "/v2/meetings/" + id;
  const std::vector<std::pair<std::string, std::string>> calls{
      {"GET", base},
      {"PATCH", base},
      {"DELETE", base},
      {"PUT", base + "/status"},
      {"GET", base + "/invitation"},
      {"GET", base + "/registrants"},
      {"POST", base + "/registrants"},
      {"PUT", base + "/registrants/status"},
      {"GET", base + "/registrants/questions"},
      {"GET", "/v2/users/ada/meetings"},
      {"POST", "/v2/users/ada/meetings"},
      {"GET", "/v2/users/ada/meeting_templates"},
  };
  for (const auto& [method, target] : calls) {
    INFO(method << " " << target);
    const std::string body =
        method == "GET" || method == "DELETE" ? "" : R"({"action":"end","email":"x@y.z","first_name":"X"})";
    CHECK(house.call(method, target, body, "").status == 401);
    for (const char* who : {"stranger", "guest", "bob"}) {
      INFO(who);
      const int status = house.call(method, target, body, who).status;
      CHECK((status == 404 || status == 403));
    }
  }
  CHECK(house.ended.empty());
  CHECK(house.call("GET", base, "", "app").status == 200);
  CHECK(house.call("PATCH", base, R"({"topic":"By app"})", "app").status == 204);
  CHECK(house.call("PUT", base + "/status", R"({"action":"end"})", "app").status == 204);
}
