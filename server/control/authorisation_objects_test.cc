// Something real of every kind stands behind each path that names one: another member and another account are refused
// because it is not theirs, and not because there is nothing. authorisation_test.cc walks all the other endpoints.
#include <map>
#include <set>

#include "server/control/recording_link.h"
#include "server/schedule/testing.h"
#include "store/activity.h"
#include "tests/support/control_house.h"
#include "tests/support/pretended_callers.h"

using namespace sealhall;
using namespace sealhall::control;
using namespace sealhall::control::testing;

namespace {

/// One of each kind, everything the owner's.
struct Furnished {
  schedule::testing::KeptMails mailer;
  House house{[&] {
    ControlOptions options;
    options.people.mailer = &mailer;
    return options;
  }()};
  FakeKms kms{house.loop, house.run, 1};
  FakeWorker worker{house.loop, house.run, 0};
  std::string owner = house.admin();
  std::string other = house.member(owner, "other");
  std::map<std::string, std::string, std::less<>> ids;
  std::unique_ptr<FakeClient> inside;

  Furnished() {
    ids["user_id"] = ids["recorded_user_id"] = ids["member_id"] = text(get("/api/me").at("id"));
    make("group_id", "/api/groups", R"({"name":"Sales"})");
    put("/api/groups/" + ids["group_id"] + "/members/" + ids["user_id"], "");
    put("/api/groups/" + ids["group_id"] + "/policies", R"({"settings":[{"name":"chat.files","value":false}]})");
    make("role_id", "/api/roles", R"({"name":"Desk","permissions":["users_read"]})");
    make("field_id", "/v2/tracking_fields", R"({"field":"Department"})");
    make("client_id", "/api/applications", R"({"name":"Robot","kind":"server_to_server","scopes":["meeting:read"]})",
         "client_id");
    make("invitation_id", "/api/invitations", R"({"login":"eve@example.org"})");
    make("event_subscription_id", "/v2/marketplace/app/event_subscription",
         R"({"events":["meeting.created"],"event_webhook_url":"https://hooks.example/x"})", "event_subscription_id");
    ids["session_id"] = text(get("/api/me/sessions").at("sessions").at(0).at("id"));
    ids["name"] = "recording.automatic";

    make("meeting_id", "/v2/users/me/meetings",
         R"({"topic":"Secret plans","type":2,"start_time":"2030-01-01T10:00:00Z","settings":{"approval_type":0}})");
    const std::string planned = "/v2/meetings/" + ids["meeting_id"];
    make("poll_id", planned + "/polls",
         R"({"title":"Lunch","questions":[{"name":"When?","type":"single","answers":["12","13"]}]})");
    make("registrant_id", planned + "/registrants", R"({"email":"gil@example.org","first_name":"Gil"})",
         "registrant_id");
    make("template_id", "/v2/users/me/meeting_templates",
         R"({"meeting_id":)" + ids["meeting_id"] + R"(,"name":"Like this"})");
    make("guest_id", "/api/meetings/" + ids["meeting_id"] + "/guests", R"({"name":"Guest"})");
    ban();
    assist();
    hold();
    record();
  }
  /// Somebody who may not come into the planned meeting.
  void ban() {
    store::Activity rows{house.control->engine()};
    std::optional<bool> done;
    rows.ban(std::string{store::default_account}, ids["meeting_id"], "account:somebody", UnixMicros{1},
             [&](auto r) { done = r.has_value(); });
    REQUIRE(house.until([&] { return done.has_value(); }));
    REQUIRE(*done);
    ids["ban"] = "account%3Asomebody";
  }
  /// Somebody who schedules for the owner, and for whom the owner does.
  void assist() {
    const std::string helper = house.member(owner, "helper");
    const std::string id = House::text_at(house.call("GET", "/api/me", "", helper), "id");
    ids["assistant_id"] = ids["scheduler_id"] = id;
    for (const auto& [by, whom] : {std::pair{owner, id}, {helper, ids["user_id"]}}) {
      const auto added =
          house.call("POST", "/v2/users/me/assistants", R"({"assistants":[{"id":")" + whom + R"("}]})", by);
      REQUIRE_MESSAGE(added.status == 201, added.body);
    }
  }
  /// A meeting that runs; before it was held once, and somebody reported somebody.
  void hold() {
    const std::string id =
        text_of(house.call("POST", "/v2/users/me/meetings", R"({"topic":"Talk","type":3,"password":""})", owner));
    const auto first = house.inside(id, "Owner", owner);
    const auto bad = house.inside(id, "Bad");
    first->send(wire::Report{1, {bad->last<wire::Joined>()->participant}, "rude"});
    REQUIRE(house.until([&] { return first->last<wire::Acknowledged>() != nullptr; }));
    REQUIRE(house.call("PUT", "/v2/meetings/" + id + "/status", R"({"action":"end"})", owner).status == 204);
    REQUIRE(house.until([&] { return house.call("GET", "/v2/past_meetings/" + id, "", owner).status == 200; }));
    ids["past_meeting_id"] = id;
    put("/api/policies/account", R"({"settings":[{"name":"recording.automatic","value":true}]})");
    ids["report_id"] = text(get("/api/abuse-reports").at("reports").at(0).at("id"));
    inside = house.inside(id, "Owner", owner);
    ids["run_id"] = ids["live_meeting_id"] = id;
    ids["participant_id"] = std::to_string(inside->last<wire::Joined>()->participant);
    REQUIRE(house.until([&] { return house.call("GET", "/v2/metrics/meetings/" + id, "", owner).status == 200; }));
  }
  /// What the recorder would have brought: one whole film.
  void record() {
    boost::json::value list;
    REQUIRE(house.until([&] {
      list = get("/api/recordings");
      return !list.at("recordings").as_array().empty();
    }));
    const std::string id = text(list.at("recordings").at(0).at("id"));
    store::Recordings rows{house.control->engine()};
    store::RecordingFile film;
    film.id = ids["file_id"] = "film";
    film.recording_id = id;
    film.file = film.kind = "video";
    film.size = 1000;
    std::optional<bool> done;
    rows.finish(id, store::RecordingState::completed, 60'000, {film}, [&](auto r) { done = r.has_value(); });
    REQUIRE(house.until([&] { return done.has_value(); }));
    REQUIRE(*done);
    ids["recording_id"] = id;
    ids["recorded_meeting_id"] = ids["live_meeting_id"];
  }

  static std::string text(const boost::json::value& value) {
    return value.is_string() ? std::string{value.as_string().c_str()} : boost::json::serialize(value);
  }
  static std::string text_of(const io::HttpResponse& response, const char* field = "id") {
    REQUIRE_MESSAGE(response.status == 201, response.body);
    return text(House::parsed(response).at(field));
  }
  boost::json::value get(const std::string& path) {
    const auto got = house.call("GET", path, "", owner);
    REQUIRE_MESSAGE(got.status == 200, path << ": " << got.body);
    return House::parsed(got);
  }
  void put(const std::string& path, const std::string& body) {
    const auto got = house.call("PUT", path, body, owner);
    REQUIRE_MESSAGE(got.status == 204, path << ": " << got.body);
  }
  void make(const std::string& name, const std::string& path, const std::string& body, const char* field = "id") {
    INFO(path);
    ids[name] = text_of(house.call("POST", path, body, owner), field);
  }
  /// nullopt when it names something that nothing here stands behind.
  std::optional<std::string> filled(std::string_view path, std::set<std::string>& without) const {
    std::string target{path};
    while (target.find('{') != std::string::npos) {
      const std::size_t from = target.find('{');
      const std::size_t to = target.find('}');
      const auto known = ids.find(target.substr(from + 1, to - from - 1));
      if (known == ids.end()) {
        without.insert(target.substr(from + 1, to - from - 1));
        return std::nullopt;
      }
      target.replace(from, to - from + 1, known->second);
    }
    return target;
  }
};

}  // namespace

TEST_CASE("authorisation: what is really there is refused to another member and to another account") {
  Furnished f;
  PretendedCallers foreigners;
  const api::Permissions everything = api::Permissions::all().without(api::Permission::server);
  f.house.control->callers().add_source("foreign.", foreigners);
  foreigners.callers["foreign.admin"] = foreigner(api::CallerKind::user, "foreign-admin");
  foreigners.callers["foreign.admin"].permissions = everything;
  foreigners.callers["foreign.app"] = foreigner(api::CallerKind::application, "");
  foreigners.callers["foreign.app"].permissions = everything;

  std::set<std::string> without;
  std::vector<std::string> read;  // what the owner reads, by the same ids
  int tried = 0;
  const auto& all = f.house.control->endpoints().endpoints();
  for (const api::Registry::Declared& declared : all) {
    const api::Endpoint& endpoint = declared.endpoint;
    if (endpoint.path.find('{') == std::string_view::npos || endpoint.access.kind() == api::Access::Kind::anyone)
      continue;
    auto target = f.filled(endpoint.path, without);
    if (!target) continue;
    if (target->ends_with("/token")) *target += "?type=zak";
    const std::string method{endpoint.method};
    CAPTURE(method);
    CAPTURE(*target);
    // Nothing comes of quality that nobody reported, of a film that no recorder wrote, of a stream that nobody set up.
    const bool empty = target->ends_with("/qos") || target->starts_with("/rec/") || target->ends_with("/livestream");
    if (method == "GET" && !empty) {
      const auto own = f.house.call("GET", *target, "", f.owner);
      CHECK_MESSAGE(own.status == 200, own.body);
      read.push_back(*target);
    }
    // One's own settings and what one has granted are named by words that everybody has.
    if (target->starts_with("/api/me/policies/") || target->starts_with("/api/policies/account/")) continue;
    ++tried;
    foreigners.callers["foreign.app"].scopes = api::Scopes::parse(std::string{endpoint.access.scope()} + ":admin");
    f.house.control->callers().forget_all();
    for (const std::string& who : {f.other, std::string{"foreign.admin"}, std::string{"foreign.app"}}) {
      const std::string by = who == f.other ? "another member" : who;
      CAPTURE(by);
      int refusals = 0;
      // A body that is right where it can be, so that nothing is refused for its shape before it is for its owner.
      for (const char* body : {"{}", R"({"name":"Stolen","title":"Stolen","action":"end","settings":[]})"}) {
        const auto answer = f.house.call(method, *target, method == "GET" || method == "DELETE" ? "" : body, who);
        const bool refused = answer.status == 401 || answer.status == 403 || answer.status == 404;
        refusals += refused ? 1 : 0;
        // A body may be looked at first; it changes nothing.
        const bool shape = answer.status == 400 && method != "GET";
        CHECK_MESSAGE((refused || shape), answer.status << " " << answer.body);
        CHECK(answer.body.find("Secret plans") == std::string::npos);
        CHECK(answer.body.find("root") == std::string::npos);
      }
      // Where an owner is asked for, one of the two comes as far as that.
      if (who == f.other) CHECK(refusals > 0);
    }
  }
  CHECK(tried > 90);
  // Everything is where it was.
  for (const std::string& target : read) {
    CAPTURE(target);
    CHECK(f.house.call("GET", target, "", f.owner).status == 200);
  }
  CHECK(read.size() > 40);
  CHECK(f.get("/v2/meetings/" + f.ids["meeting_id"]).at("topic") == "Secret plans");
  CHECK(f.get("/api/me/sessions").at("sessions").as_array().size() == 1);
  CHECK(f.get("/api/invitations").at("invitations").as_array().size() == 1);
  CHECK(f.get("/v2/meetings/" + f.ids["meeting_id"] + "/polls").at("polls").at(0).at("title") == "Lunch");
  CHECK(f.get("/api/groups/" + f.ids["group_id"] + "/policies").at("settings").as_array().size() == 1);
  CHECK(f.get("/api/meetings/" + f.ids["meeting_id"] + "/bans").at("bans").as_array().size() == 1);
  CHECK(f.get("/v2/users/me/assistants").at("assistants").as_array().size() == 1);
  CHECK(f.get("/v2/users/me/schedulers").at("schedulers").as_array().size() == 1);
  CHECK_FALSE(f.inside->closed);
  // Their own tests have these: keys (keys_test, console_test), passkeys (identity_test), files by ticket
  // (meeting_activity_test), links of recordings (library_test), deliveries (server/hooks/endpoints_test).
  CHECK(without == std::set<std::string>{"delivery_id", "key_id", "passkey_id"});
}
