// Meetings that were held, through the whole server: /past_meetings, /report, /metrics.
#include "server/control/history_keeper.h"

#include "core/base/encoding.h"
#include "server/api/text.h"
#include "tests/support/control_house.h"

using namespace sealhall;
using namespace sealhall::control;
using namespace sealhall::control::testing;

namespace {

struct Held {
  Held() {
    kms = std::make_unique<FakeKms>(house.loop, house.run, 1);
    worker = std::make_unique<FakeWorker>(house.loop, house.run, 0);
    admin = house.admin();
    ada = house.member(admin, "ada@example.org");
    bob = house.member(admin, "bob@example.org");
  }
  std::string make(const std::string& more = "") {
    const auto made =
        house.call("POST", "/v2/users/me/meetings", R"({"topic":"Plans","type":3,"password":"")" + more + "}", ada);
    REQUIRE_MESSAGE(made.status == 201, made.body);
    return std::to_string(House::parsed(made).at("id").as_int64());
  }
  boost::json::value get(const std::string& path, const std::string& token) {
    const auto got = house.call("GET", path, "", token);
    REQUIRE_MESSAGE(got.status == 200, got.body);
    return House::parsed(got);
  }
  /// Waits until it is there and as wanted.
  template <class Wanted>
  boost::json::value soon(const std::string& path, const std::string& token, Wanted wanted) {
    boost::json::value out;
    REQUIRE(house.until([&] {
      const auto got = house.call("GET", path, "", token);
      if (got.status != 200) return false;
      out = House::parsed(got);
      return wanted(out);
    }));
    return out;
  }
  std::string uuid_of(const std::string& id) {
    return std::string{get("/v2/meetings/" + id, ada).at("uuid").as_string().c_str()};
  }
  /// Held once with the host, Bob and a guest; gives its uuid.
  std::string hold(const std::string& id) {
    const auto host = house.inside(id, "Ada", ada);
    const auto member = house.inside(id, "Bob", bob);
    const auto guest = house.inside(id, "Gast");
    soon("/v2/metrics/meetings?type=live", admin, [](const auto& all) {
      const auto& meetings = all.at("meetings").as_array();
      return meetings.size() == 1 && meetings[0].at("participants") == 3;
    });
    const std::string uuid = uuid_of(id);
    CHECK(house.call("PUT", "/v2/meetings/" + id + "/status", R"({"action":"end"})", ada).status == 204);
    ended(uuid);
    return uuid;
  }
  void ended(const std::string& uuid) {
    REQUIRE(house.until([&] { return house.call("GET", "/v2/past_meetings/" + uuid, "", ada).status == 200; }));
  }

  House house;
  std::unique_ptr<FakeKms> kms;
  std::unique_ptr<FakeWorker> worker;
  std::string admin, ada, bob;
};

}  // namespace

TEST_CASE("history: each time that a meeting is held has its own uuid, which the meeting carries") {
  Held held;
  const std::string id = held.make();
  const std::string planned = held.uuid_of(id);
  CHECK(held.house.call("GET", "/v2/past_meetings/" + id, "", held.ada).status == 404);
  const std::string first = held.hold(id);
  const std::string second = held.hold(id);
  CHECK(first != planned);
  CHECK(first != second);
  CHECK(held.uuid_of(id) == second);
  CHECK(held.get("/v2/meetings/" + second, held.ada).at("topic") == "Plans");

  const auto last = held.get("/v2/past_meetings/" + id, held.ada);
  CHECK(last.at("uuid").as_string() == second);
  CHECK(last.at("id").as_int64() == std::stoll(id));
  CHECK(last.at("topic") == "Plans");
  CHECK(last.at("participants_count") == 3);
  CHECK(last.at("duration") == 1);
  CHECK(last.at("user_email") == "ada@example.org");
  CHECK(last.at("end_time").as_string().size() == 20);
  CHECK(held.get("/v2/past_meetings/" + first, held.ada).at("uuid").as_string() == first);
  const auto times = held.get("/v2/past_meetings/" + id + "/instances", held.ada).at("meetings").as_array();
  REQUIRE(times.size() == 2);
  CHECK(times[0].at("uuid").as_string() == second);
  // Somebody else's meeting does not exist.
  CHECK(held.house.call("GET", "/v2/past_meetings/" + id, "", held.bob).status == 404);
  CHECK(held.house.call("GET", "/v2/past_meetings/" + first, "", held.bob).status == 404);
}

TEST_CASE("history: who was there, from when to when, in pages") {
  Held held;
  const std::string id = held.make();
  const std::string uuid = held.hold(id);
  for (const char* path : {"/v2/past_meetings/", "/v2/report/meetings/"}) {
    const auto all = held.get(path + uuid + "/participants", held.ada);
    CHECK(all.at("total_records") == 3);
    const auto& people = all.at("participants").as_array();
    REQUIRE(people.size() == 3);
    CHECK(people[0].at("name") == "Ada");
    CHECK(people[0].at("user_email") == "ada@example.org");
    CHECK(people[0].at("id").as_string().size() > 10);
    CHECK(people[2].at("name") == "Gast");
    CHECK(people[2].at("id") == "");
    CHECK(people[2].at("user_email") == "");
    CHECK(people[2].at("leave_time").as_string().size() == 20);
    const auto page = held.get(path + uuid + "/participants?page_size=2", held.ada);
    CHECK(page.at("participants").as_array().size() == 2);
    const std::string next{page.at("next_page_token").as_string().c_str()};
    const auto rest = held.get(path + uuid + "/participants?page_size=2&next_page_token=" + next, held.ada);
    CHECK(rest.at("participants").as_array().size() == 1);
  }
}

TEST_CASE("history: nothing of it can be read in the database") {
  Held held;
  const std::string id = held.make(R"(,"agenda":"","tracking_fields":[{"field":"Cost centre","value":"Kaktus 17"}])");
  held.hold(id);
  std::optional<std::string> all;
  held.house.control->engine().read(
      {.sql = "SELECT details_sealed FROM meeting_runs UNION ALL SELECT name_sealed FROM meeting_visits"},
      [&](auto rows) {
        REQUIRE(rows.has_value());
        all = "";
        for (std::size_t i = 0; i < rows->size(); ++i) {
          const Bytes bytes = rows->bytes(i, 0);
          CHECK(bytes.size() > 0);
          *all += as_text(bytes);
        }
      });
  held.house.until([&] { return all.has_value(); });
  CHECK(all->find("Plans") == std::string::npos);
  CHECK(all->find("Gast") == std::string::npos);
  CHECK(all->find("Kaktus") == std::string::npos);
}

TEST_CASE("history: reports add it up, with the meeting's tracking fields") {
  Held held;
  const std::string id = held.make(R"(,"tracking_fields":[{"field":"Cost centre","value":"17"}])");
  const std::string uuid = held.hold(id);
  const auto report = held.get("/v2/report/meetings/" + uuid, held.admin);
  CHECK(report.at("tracking_fields").as_array().at(0).at("field") == "Cost centre");
  CHECK(report.at("tracking_fields").as_array().at(0).at("value") == "17");
  CHECK(report.at("total_minutes") == 1);

  const auto users = held.get("/v2/report/users?type=active", held.admin);
  REQUIRE(users.at("users").as_array().size() == 1);
  CHECK(users.at("users").as_array().at(0).at("email") == "ada@example.org");
  CHECK(users.at("users").as_array().at(0).at("meetings") == 1);
  CHECK(users.at("users").as_array().at(0).at("participants") == 3);
  CHECK(users.at("users").as_array().at(0).at("meeting_minutes") == 1);
  CHECK(held.get("/v2/report/users?type=inactive", held.admin).at("total_records") == 2);
  CHECK(held.get("/v2/report/users?type=active&from=2001-01-01&to=2001-01-31", held.admin).at("total_records") == 0);
  CHECK(held.house.call("GET", "/v2/report/users?from=yesterday", "", held.admin).status == 400);
  CHECK(held.house.call("GET", "/v2/report/users?type=every", "", held.admin).status == 400);
  CHECK(held.house.call("GET", "/v2/report/users?from=2001-01-31&to=2001-01-01", "", held.admin).status == 400);
  CHECK(held.house.call("GET", "/v2/report/users", "", held.ada).status == 403);

  const auto own = held.get("/v2/report/users/me/meetings", held.ada);
  CHECK(own.at("total_records") == 1);
  CHECK(own.at("meetings").as_array().at(0).at("uuid").as_string() == uuid);
  CHECK(held.get("/v2/report/users/me/meetings", held.bob).at("total_records") == 0);
  CHECK(held.house.call("GET", "/v2/report/users/ada@example.org/meetings", "", held.bob).status == 404);

  const auto daily = held.get("/v2/report/daily", held.admin);
  std::int64_t meetings = 0, people = 0, joined = 0;
  CHECK(daily.at("dates").as_array().size() >= 28);
  for (const auto& day : daily.at("dates").as_array()) {
    meetings += day.at("meetings").as_int64();
    people += day.at("new_users").as_int64();
    joined += day.at("participants").as_int64();
  }
  CHECK(meetings == 1);
  CHECK(people == 3);
  CHECK(joined == 3);
  CHECK(held.house.call("GET", "/v2/report/daily?month=13", "", held.admin).status == 400);
  CHECK(held.get("/v2/report/daily?year=2024&month=2", held.admin).at("dates").as_array().size() == 29);
  CHECK(held.get("/v2/report/telephone", held.admin).at("telephony_usage").as_array().empty());
  const auto storage = held.get("/v2/report/cloud_recording?from=2026-01-01&to=2026-01-03", held.admin);
  REQUIRE(storage.at("cloud_recording_storage").as_array().size() == 3);
  CHECK(storage.at("cloud_recording_storage").as_array().at(0).at("usage") == "0.00 MB");
}

TEST_CASE("history: the logs of the account as reports, by address") {
  Held held;
  const auto signs = held.get("/v2/report/activities?page_size=1", held.admin);
  REQUIRE(signs.at("activity_logs").as_array().size() == 1);
  CHECK(signs.at("activity_logs").as_array().at(0).at("email") == "bob@example.org");
  CHECK(signs.at("activity_logs").as_array().at(0).at("type") == "Sign in");
  CHECK_FALSE(signs.at("next_page_token").as_string().empty());
  CHECK(held.house
            .call("PUT", "/api/policies/account", R"({"settings":[{"name":"meeting.waiting_room","value":true}]})",
                  held.admin)
            .status == 204);
  // The two people who were made, and then the policy: newest first.
  const auto done = held.soon("/v2/report/operationlogs", held.admin,
                              [](const auto& report) { return report.at("operation_logs").as_array().size() == 3; });
  CHECK(done.at("operation_logs").at(0).at("operator") == "root");
  CHECK(done.at("operation_logs").at(0).at("category_type") == "policy");
  CHECK(done.at("operation_logs").at(1).at("category_type") == "user");
  CHECK(held.house.call("GET", "/v2/report/operationlogs", "", held.ada).status == 403);
}

TEST_CASE("history: the dashboard shows what runs now, and what was used in it") {
  Held held;
  const std::string id = held.make();
  CHECK(held.get("/v2/metrics/meetings", held.admin).at("meetings").as_array().empty());
  const auto host = held.house.inside(id, "Ada", held.ada);
  const auto guest = held.house.inside(id, "Gast");
  wire::Publish publish;
  publish.sources = {{wire::SourceKind::camera, "vp8", {{"", 77, 78, 640, 360, 500000}}}};
  guest->send(publish);
  held.soon("/v2/metrics/meetings/" + id, held.admin, [](const auto& m) { return m.at("has_video").as_bool(); });
  const auto live = held.get("/v2/metrics/meetings?type=live", held.admin).at("meetings").as_array();
  REQUIRE(live.size() == 1);
  CHECK(live[0].at("participants") == 2);
  CHECK(live[0].at("duration").as_string().size() == 8);
  CHECK_FALSE(live[0].as_object().contains("end_time"));
  CHECK(live[0].at("has_screen_share") == false);
  const auto people =
      held.get("/v2/metrics/meetings/" + id + "/participants?type=live", held.admin).at("participants").as_array();
  REQUIRE(people.size() == 2);
  CHECK(people[0].at("camera_used") == false);
  CHECK(people[1].at("camera_used") == true);
  CHECK_FALSE(people[1].as_object().contains("leave_time"));
  CHECK(held.get("/v2/metrics/meetings/" + id + "/participants/qos", held.admin).at("participants").as_array().size() ==
        2);
  CHECK(held.house.call("GET", "/v2/metrics/meetings?type=future", "", held.admin).status == 400);
  CHECK(held.house.call("GET", "/v2/metrics/meetings", "", held.ada).status == 403);
  CHECK(held.get("/v2/metrics/meetings?type=past", held.admin).at("total_records") == 0);
}

TEST_CASE("history: what was recorded shows on the dashboard and in the report of storage, as long as it is there") {
  Held held;
  const std::string id = held.make();
  const std::string uuid = held.hold(id);
  constexpr std::int64_t day = 86'400'000'000;
  const auto noon = UnixMicros{static_cast<std::int64_t>(io::SystemWallClock{}.now()) / day * day - 10 * day + day / 2};
  const auto shown = [&] {
    return held.get("/v2/metrics/meetings/" + uuid + "?type=past", held.admin).at("has_recording").as_bool();
  };
  // The day before, that day, and the day after it.
  const auto usage = [&] {
    const std::string from = api::day_of(UnixMicros{static_cast<std::int64_t>(noon) - day});
    const std::string to = api::day_of(UnixMicros{static_cast<std::int64_t>(noon) + day});
    const auto report = held.get("/v2/report/cloud_recording?from=" + from + "&to=" + to, held.admin);
    std::string out;
    for (const auto& d : report.at("cloud_recording_storage").as_array())
      out += std::string{d.at("usage").as_string().c_str()} + " ";
    return out;
  };
  CHECK_FALSE(shown());
  CHECK(usage() == "0.00 MB 0.00 MB 0.00 MB ");
  store::Recordings rows{held.house.control->engine()};
  const auto done = [&](auto start) {
    std::optional<bool> result;
    start([&](auto r) { result = r.has_value(); });
    REQUIRE(held.house.until([&] { return result.has_value(); }));
    REQUIRE(*result);
  };
  store::Recording row;
  row.id = "r1";
  row.account_id = store::default_account;
  row.meeting_id = id;
  row.meeting_uuid = uuid;
  row.host_id = held.get("/api/me", held.ada).at("id").as_string().c_str();
  row.started_at = noon;
  done([&](auto d) { rows.create(row, std::move(d)); });
  CHECK(shown());
  store::RecordingFile film;
  film.id = "film";
  film.recording_id = "r1";
  film.file = film.kind = "video";
  film.size = 3 << 20;
  done([&](auto d) { rows.finish("r1", store::RecordingState::completed, 60'000, {film}, std::move(d)); });
  CHECK(usage() == "0.00 MB 3.00 MB 3.00 MB ");
  done([&](auto d) { rows.remove("r1", std::move(d)); });
  CHECK_FALSE(shown());
  CHECK(usage() == "0.00 MB 0.00 MB 0.00 MB ");
}

TEST_CASE("history: how well media went for everybody, as the worker tells it, also after the meeting") {
  Held held;
  const std::string id = held.make();
  const auto host = held.house.inside(id, "Ada", held.ada);
  const auto guest = held.house.inside(id, "Gast");
  REQUIRE(held.house.until([&] { return held.worker->open.size() == 2; }));
  std::uint64_t of_guest = 0;
  for (const auto& [transport, open] : held.worker->open) {
    if (open.participant == guest->last<wire::Joined>()->participant) of_guest = transport;
  }
  using wire::media::QualityKind;
  wire::media::TransportQuality quality{.transport = of_guest, .over_ms = 20'000, .round_trip_us = 45'000};
  quality.streams.push_back(
      {.kind = QualityKind::audio, .bitrate_bps = 41'000, .loss_permille = 30, .max_loss_permille = 125});
  quality.streams.push_back({.kind = QualityKind::video,
                             .received = true,
                             .bitrate_bps = 480'000,
                             .loss_permille = 400,
                             .frame_rate = 24,
                             .width = 1280,
                             .height = 720});
  held.worker->send(quality);
  held.worker->send(wire::media::TransportQuality{.transport = 999'999, .over_ms = 20'000});  // long gone
  const std::string path = "/v2/metrics/meetings/" + id + "/participants";
  const auto has_samples = [](const auto& list) {
    const auto& all = list.at("participants").as_array();
    return all.size() == 2 && all[1].at("user_qos").as_array().size() == 1;
  };
  const auto live = held.soon(path + "/qos?type=live", held.admin, has_samples);
  const auto& people = live.at("participants").as_array();
  CHECK(live.at("page_size") == 10);
  CHECK(people[0].at("user_name") == "Ada");
  CHECK(people[0].at("user_qos").as_array().empty());
  const auto& sample = people[1].at("user_qos").as_array().at(0);
  CHECK(sample.at("date_time").as_string().size() == 20);
  CHECK(sample.at("audio_output").at("bitrate") == "41.00 kbps");
  CHECK(sample.at("audio_output").at("avg_loss") == "3.0 %");
  CHECK(sample.at("audio_output").at("max_loss") == "12.5 %");
  CHECK(sample.at("audio_output").at("latency") == "45 ms");
  CHECK(sample.at("video_input").at("resolution") == "1280*720");
  CHECK(sample.at("video_input").at("frame_rate") == "24 fps");
  CHECK_FALSE(sample.as_object().contains("audio_input"));
  CHECK_FALSE(sample.as_object().contains("as_output"));

  const auto grades = held.get(path + "?type=live", held.admin).at("participants").as_array();
  CHECK(grades[0].at("audio_quality") == "");
  CHECK(grades[1].at("audio_quality") == "good");
  CHECK(grades[1].at("video_quality") == "bad");
  CHECK(grades[1].at("screen_share_quality") == "");
  const std::string number{people[1].at("user_id").as_string().c_str()};
  CHECK(held.get(path + "/" + number + "/qos", held.admin).at("user_qos").as_array().size() == 1);
  CHECK(held.get(path + "/" + number + "/qos", held.ada).at("user_name") == "Gast");
  CHECK(held.house.call("GET", path + "/999/qos", "", held.admin).status == 404);
  CHECK(held.house.call("GET", path + "/somebody/qos", "", held.admin).status == 404);
  CHECK(held.house.call("GET", path + "/" + number + "/qos", "", held.bob).status == 404);

  const std::string uuid = held.uuid_of(id);
  CHECK(held.house.call("PUT", "/v2/meetings/" + id + "/status", R"({"action":"end"})", held.ada).status == 204);
  held.ended(uuid);
  CHECK(has_samples(held.get("/v2/metrics/meetings/" + uuid + "/participants/qos?type=past", held.admin)));
  CHECK(held.get("/v2/metrics/meetings/" + uuid + "/participants/qos?page_size=1", held.admin)
            .at("participants")
            .as_array()
            .size() == 1);
}

TEST_CASE("history: somebody who leaves and comes back is one person with two stays") {
  Held held;
  const std::string id = held.make();
  const auto host = held.house.inside(id, "Ada", held.ada);
  {
    const auto bob = held.house.inside(id, "Bob", held.bob);
    bob->send(wire::Leave{});
    held.soon("/v2/metrics/meetings/" + id + "/participants", held.admin, [](const auto& found) {
      const auto& all = found.at("participants").as_array();
      return all.size() == 2 && all[1].as_object().contains("leave_time");
    });
  }
  const auto again = held.house.inside(id, "Bob", held.bob);
  const std::string uuid = held.uuid_of(id);
  CHECK(held.house.call("PUT", "/v2/meetings/" + id + "/status", R"({"action":"end"})", held.ada).status == 204);
  held.ended(uuid);
  CHECK(held.get("/v2/past_meetings/" + uuid, held.ada).at("participants_count") == 2);
  CHECK(held.get("/v2/past_meetings/" + uuid + "/participants", held.ada).at("total_records") == 3);
}

namespace {

/// A keeper that is told what happens, on the database of a house.
struct Told {
  Told() {
    event.account_id = store::default_account;
    event.meeting_id = "81";
    event.meeting_uuid = Bytes(16, 7);
    event.started_at = UnixMicros{1000};
    event.log_id = "log";
  }
  std::unique_ptr<HistoryKeeper> keeper() {
    return std::make_unique<HistoryKeeper>(HistoryKeeper::Parts{
        house.loop, house.control->engine(), vault, clock, [](const std::string&, auto done) { done(std::nullopt); }});
  }
  void tell(HistoryKeeper& to, LiveEvent::What what, std::int64_t at, const std::string& name = "") {
    event.what = what;
    event.at = UnixMicros{at};
    event.person.name = name;
    event.person.participant = static_cast<meeting::ParticipantNumber>(name.size());
    to.saw(event);
  }
  /// Waits until it is as wanted.
  store::RunSummary run(const std::function<bool(const store::RunSummary&)>& wanted) {
    store::History history{house.control->engine()};
    auto out = std::make_shared<std::optional<store::RunSummary>>();
    CHECK(house.until([&] {
      history.find(to_base64(event.meeting_uuid), UnixMicros{1}, [out](auto found) {
        if (found && *found) *out = **found;
      });
      return *out && wanted(**out);
    }));
    return out->value_or(store::RunSummary{});
  }
  House house;
  vault::testing::MemoryVault vault;
  io::SystemWallClock clock;
  LiveEvent event;
};

}  // namespace

TEST_CASE("history: while the key service is away times are kept without names") {
  Told told;
  const auto keeper = told.keeper();
  told.vault.trouble = vault::VaultError::unavailable;
  told.tell(*keeper, LiveEvent::What::started, 1000);
  told.tell(*keeper, LiveEvent::What::came, 1000, "Ada");
  told.tell(*keeper, LiveEvent::What::left, 3000, "Ada");
  told.tell(*keeper, LiveEvent::What::ended, 4000);
  const store::RunSummary run = told.run([](const auto& r) { return r.run.ended_at.has_value(); });
  CHECK(run.run.details_sealed.empty());
  CHECK(run.visits == 1);
  CHECK(run.stay_us == 2000);
  CHECK(run.run.ended_at == UnixMicros{4000});
}

TEST_CASE("history: what was open when control was killed ends when something of it was written last") {
  Told told;
  {
    const auto killed = told.keeper();
    told.tell(*killed, LiveEvent::What::started, 1000);
    told.tell(*killed, LiveEvent::What::came, 1000, "Ada");
    told.tell(*killed, LiveEvent::What::came, 5000, "Bob's");
    CHECK_FALSE(told.run([](const auto& r) { return r.visits == 2; }).run.ended_at.has_value());
  }
  const auto next = told.keeper();
  const store::RunSummary run = told.run([](const auto& r) { return r.run.ended_at.has_value(); });
  CHECK(run.run.ended_at == UnixMicros{5000});
  CHECK(run.stay_us == 4000);
  // What the killed one would have told is nothing of the next one's.
  told.tell(*next, LiveEvent::What::left, 9000, "Ada");
  CHECK(told.run([](const auto&) { return true; }).stay_us == 4000);
}
