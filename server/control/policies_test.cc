// Policies over the API of a whole control process: each bites where it should, and locks hold.
#include <doctest/doctest.h>

#include <functional>
#include <set>

#include "core/base/encoding.h"
#include "server/identity/policies.h"
#include "tests/support/control_house.h"

using namespace sealhall;
using namespace sealhall::control;
using namespace sealhall::control::testing;
using wire::ErrorCode;

namespace {

struct Office {
  House house;
  FakeKms kms{house.loop, house.run, 1};
  FakeWorker worker{house.loop, house.run, 0};
  std::string admin = house.admin();
  std::string ada = house.member(admin, "ada");

  void set(const std::string& name, const std::string& value, bool locked = false,
           const std::string& where = "/api/policies/account", const std::string& by = "") {
    const std::string body =
        R"({"settings":[{"name":")" + name + R"(","value":)" + value + (locked ? R"(,"locked":true}]})" : "}]}");
    const auto done = house.call("PUT", where, body, by.empty() ? admin : by);
    REQUIRE_MESSAGE(done.status == 204, done.body);
  }
  int make(const std::string& body = "{}") { return house.call("POST", "/api/meetings", body, ada).status; }
  boost::json::value made(const std::string& body = "{}") {
    const auto answer = house.call("POST", "/api/meetings", body, ada);
    REQUIRE_MESSAGE(answer.status == 201, answer.body);
    return House::parsed(answer);
  }
  /// What counts for Ada.
  boost::json::object effective(const std::string& name, const std::string& path = "/api/me/policies",
                                const std::string& by = "") {
    const auto list = House::parsed(house.call("GET", path, "", by.empty() ? ada : by));
    for (const auto& p : list.at("policies").as_array()) {
      if (p.at("name").as_string() == name.c_str()) return p.as_object();
    }
    return {};
  }
  /// The meeting as it greets its host.
  wire::MeetingInfo inside() {
    const auto host = house.inside(house.meeting(ada), "Ada", ada);
    return host->last<wire::Joined>()->meeting;
  }
  template <class T>
  const T& wait_for(const std::unique_ptr<FakeClient>& c) {
    REQUIRE(house.until([&] { return c->last<T>() != nullptr; }));
    return *c->last<T>();
  }
  bool off(wire::Feature feature) {
    const auto info = inside();
    return std::ranges::find(info.switched_off, feature) != info.switched_off.end();
  }
};

}  // namespace

TEST_CASE("policies: every policy that switches something off in a meeting does so, for the meetings of that host") {
  using enum wire::Feature;
  const std::pair<const char*, wire::Feature> all[] = {
      {"chat.allowed", chat},
      {"chat.private", private_chat},
      {"chat.files", files},
      {"meeting.reactions", reactions},
      {"meeting.polls", polls},
      {"meeting.questions", questions},
      {"meeting.whiteboard", whiteboard},
      {"meeting.breakout_rooms", rooms},
      {"recording.allowed", recording},
      {"recording.on_devices", own_recording},
  };
  Office o;
  CHECK(o.inside().switched_off.empty());
  for (const auto& [name, feature] : all) {
    INFO(name);
    o.set(name, "false");
    CHECK(o.inside().switched_off == std::vector{feature});
    REQUIRE(o.house.call("DELETE", std::string{"/api/policies/account/"} + name, "", o.admin).status == 204);
  }
  o.set("meeting.screen_share", "\"host\"");
  CHECK(o.inside().switched_off == std::vector{share_by_all});
}

TEST_CASE("policies: waiting room, passcode and beginning without a host, when meetings are made and at their doors") {
  Office o;
  const std::string before = o.house.meeting(o.ada);
  o.set("meeting.waiting_room", "true");
  CHECK(o.made().at("waiting_room").as_bool());
  CHECK_FALSE(o.made(R"({"waiting_room":false})").at("waiting_room").as_bool());
  o.set("meeting.waiting_room_required", "true");
  CHECK(o.make(R"({"waiting_room":false})") == 400);
  CHECK(o.made().at("waiting_room").as_bool());
  // Made before the policy was: the guest waits all the same.
  const auto host = o.house.inside(before, "Ada", o.ada);
  CHECK(o.wait_for<wire::Waiting>(o.house.join(before, "Guest")).topic.size() > 0);
  host->send(wire::HostCommand{wire::HostAction::waiting_room_off, std::nullopt});
  CHECK(o.wait_for<wire::Error>(host).code == ErrorCode::not_allowed);

  o.set("meeting.passcode_required", "true");
  CHECK(o.make(R"({"passcode":""})") == 400);
  CHECK(o.made().at("passcode").as_string().size() >= 6);
  o.set("meeting.join_before_host_allowed", "false");
  CHECK(o.make(R"({"join_before_host":true})") == 400);
  CHECK_FALSE(o.made().at("join_before_host").as_bool());
}

TEST_CASE("policies: sign_in.session_hours is how long a session lasts, and then it is over") {
  Office o;
  const auto sign_in = [&] {
    return House::text_at(o.house.call("POST", "/api/sign-in", R"({"login":"ada","password":"correct horse"})"),
                          "token");
  };
  const std::string usual = sign_in();  // 720 hours, unless somebody says otherwise
  o.set("sign_in.session_hours", "2");
  const std::string shorter = sign_in();
  const auto hours_pass = [&](std::int64_t hours) {
    std::optional<bool> done;
    o.house.control->engine().write(
        {{.sql = "UPDATE sessions SET expires_at = expires_at - $1", .values = {hours * 3600 * 1'000'000}}},
        [&](auto written) { done = written.has_value(); });
    REQUIRE(o.house.until([&] { return done.has_value(); }));
    REQUIRE(*done);
    o.house.control->callers().forget_all();
  };
  const auto status = [&](const std::string& token) { return o.house.call("GET", "/api/me", "", token).status; };
  hours_pass(1);
  CHECK(status(usual) == 200);
  CHECK(status(shorter) == 200);
  hours_pass(1);
  CHECK(status(usual) == 200);
  CHECK(status(shorter) == 401);
  hours_pass(718);
  CHECK(status(usual) == 401);
}

TEST_CASE("policies: meeting.join_before_host counts for meetings that say nothing of it, and only for new ones") {
  Office o;
  const std::string before = o.house.meeting(o.ada);
  o.set("meeting.join_before_host", "false");
  CHECK_FALSE(o.made().at("join_before_host").as_bool());
  CHECK(o.made(R"({"join_before_host":true})").at("join_before_host").as_bool());
  o.house.inside(before, "Guest");
  const std::string after = o.house.meeting(o.ada);
  const auto guest = o.house.join(after, "Guest");
  CHECK(o.wait_for<wire::Waiting>(guest).topic.size() > 0);
  // The host comes, and with them who waited for them.
  const auto host = o.house.inside(after, "Ada", o.ada);
  o.wait_for<wire::Joined>(guest);
}

TEST_CASE("policies: recording.consent_text is what people read who are asked whether they may be recorded") {
  Office o;
  const auto asked = [&] {
    const std::string id = o.house.meeting(o.ada);
    const auto host = o.house.inside(id, "Ada", o.ada);
    const auto guest = o.house.inside(id, "Guest");
    host->send(wire::SetRecording{1, wire::RecordingState::on});
    const wire::Recording question = o.wait_for<wire::Recording>(guest);
    CHECK(question.asked);
    return question.notice;
  };
  CHECK_FALSE(asked().has_value());
  o.set("recording.consent_text", R"("Kept for a year, for the minutes. 保存一年。")");
  CHECK(asked() == "Kept for a year, for the minutes. 保存一年。");
}

TEST_CASE("policies: guests can be kept out; whoever is signed in comes in") {
  Office o;
  const std::string id = o.house.meeting(o.ada);
  o.set("guests.allowed", "false");
  CHECK(o.wait_for<wire::Error>(o.house.join(id, "Guest")).code == ErrorCode::unauthorised);
  const std::string bob = o.house.member(o.admin, "bob");
  o.house.inside(id, "Bob", bob);
  CHECK(House::parsed(o.house.call("GET", "/v2/meetings/" + o.house.meeting(o.ada), "", o.ada))
            .at("settings")
            .at("meeting_authentication")
            .as_bool());
}

TEST_CASE("policies: how many people and how large a file") {
  Office o;
  o.set("meeting.max_participants", "2");
  o.set("chat.file_megabytes", "1");
  const std::string id = o.house.meeting(o.ada);
  const auto host = o.house.inside(id, "Ada", o.ada);
  const auto guest = o.house.inside(id, "Guest");
  CHECK(o.wait_for<wire::Error>(o.house.join(id, "One too many")).code == ErrorCode::full);
  guest->send(wire::OfferFile{1, "large", (1U << 20) + 1});
  CHECK(o.wait_for<wire::Error>(guest).code == ErrorCode::full);
  guest->send(wire::OfferFile{2, "small", 1U << 20});
  CHECK(o.wait_for<wire::FileTicket>(guest).request == 2);
}

TEST_CASE("policies: a lock of the account holds against group and user; the value is read with its origin") {
  Office o;
  const auto group = House::text_at(o.house.call("POST", "/api/groups", R"({"name":"Sales"})", o.admin), "id");
  const std::string ada_id = House::text_at(o.house.call("GET", "/api/me", "", o.ada), "id");
  REQUIRE(o.house.call("PUT", "/api/groups/" + group + "/members/" + ada_id, "{}", o.admin).status / 100 == 2);
  const std::string of_group = "/api/groups/" + group + "/policies";
  CHECK(o.effective("chat.allowed").at("source") == "standard");
  o.set("chat.allowed", "false");
  CHECK(o.effective("chat.allowed").at("source") == "account");
  o.set("chat.allowed", "true", false, of_group);
  CHECK(o.effective("chat.allowed").at("source") == "group");
  CHECK(o.effective("chat.allowed").at("group_id").as_string() == group.c_str());
  CHECK_FALSE(o.off(wire::Feature::chat));
  o.set("chat.allowed", "false", false, "/api/me/policies", o.ada);
  CHECK(o.effective("chat.allowed").at("source") == "user");
  CHECK(o.off(wire::Feature::chat));
  o.set("chat.allowed", "true", true);  // the account, locked
  CHECK(o.effective("chat.allowed").at("source") == "account");
  CHECK(o.effective("chat.allowed").at("locked").as_bool());
  CHECK_FALSE(o.off(wire::Feature::chat));
  const auto mine =
      o.house.call("PUT", "/api/me/policies", R"({"settings":[{"name":"chat.allowed","value":false}]})", o.ada);
  CHECK(mine.status == 403);
  o.set("chat.allowed", "false", true, of_group);  // a group's lock below
  CHECK_FALSE(o.off(wire::Feature::chat));
  CHECK(o.effective("chat.allowed", "/api/users/" + ada_id + "/policies", o.admin).at("source") == "account");
  // Without the account's lock the group's counts, and holds against the user.
  REQUIRE(o.house.call("DELETE", "/api/policies/account/chat.allowed", "", o.admin).status == 204);
  CHECK(o.effective("chat.allowed").at("source") == "group");
  CHECK(o.off(wire::Feature::chat));
  REQUIRE(o.house.call("DELETE", of_group + "/chat.allowed", "", o.admin).status == 204);
  CHECK(o.effective("chat.allowed").at("source") == "user");
  REQUIRE(o.house.call("DELETE", "/api/me/policies/chat.allowed", "", o.ada).status == 204);
  CHECK(o.effective("chat.allowed").at("source") == "standard");
}

TEST_CASE("policies: the list says of each what it is, in both languages") {
  Office o;
  const auto list = House::parsed(o.house.call("GET", "/api/policies", "", o.ada));
  CHECK(list.at("policies").as_array().size() == identity::policy_rules().size());
  for (const auto& p : list.at("policies").as_array()) {
    CHECK(p.at("meaning").as_string().size() > 10);
    CHECK(p.at("meaning_zh").as_string().size() > 10);
    if (p.at("kind").as_string() == "number") CHECK(p.at("least").as_int64() < p.at("most").as_int64());
  }
}

TEST_CASE("policies: logs are forgotten after the days that the account says, and no later ones") {
  Office o;
  store::SignIns sign_ins{o.house.control->engine()};
  const UnixMicros now = io::SystemWallClock{}.now();
  const auto days_ago = [now](std::int64_t days) {
    return UnixMicros{static_cast<std::int64_t>(now) - days * 24 * 3600 * 1'000'000};
  };
  for (const std::int64_t days : {1, 20, 400}) {
    bool written = false;
    sign_ins.log_sign_in({"old" + std::to_string(days), std::string{store::default_account}, "somebody", days_ago(days),
                          "in", "password", "", ""},
                         [&](auto done) { written = done.has_value(); });
    REQUIRE(o.house.until([&] { return written; }));
  }
  const auto kept = [&] {
    bool looked = false;
    o.house.control->people().logs().look([&] { looked = true; });
    REQUIRE(o.house.until([&] { return looked; }));
    const auto log = House::parsed(o.house.call("GET", "/api/logs/sign-ins?page_size=300", "", o.admin));
    return std::ranges::count_if(log.at("sign_ins").as_array(),
                                 [](const auto& line) { return line.at("user_id").as_string() == "somebody"; });
  };
  CHECK(kept() == 2);  // 365 days, unless somebody says otherwise
  o.set("logs.retention_days", "10");
  CHECK(kept() == 1);
}

namespace {

/// Recordings of a meeting that begins: what the API says of it, and the only one there is.
struct Recorded {
  Office& o;
  std::string state(const std::string& meeting) const {
    const auto answer = o.house.call("GET", "/api/live/" + meeting + "/recording", "", o.ada);
    return answer.status == 200 ? House::text_at(answer, "state") : "";
  }
  /// The newest one, once there are `count` of them: it is written down a little after it is asked for.
  boost::json::value newest(std::size_t count = 1) const {
    boost::json::value list;
    REQUIRE(o.house.until([&] {
      const auto answer = o.house.call("GET", "/api/recordings", "", o.ada);
      if (answer.status != 200) return false;  // its key is still being made
      list = House::parsed(answer);
      return list.at("recordings").as_array().size() >= count;
    }));
    return list.at("recordings").at(0);
  }
  std::string newest_id(std::size_t count) const { return std::string{newest(count).at("id").as_string().c_str()}; }
};

}  // namespace

TEST_CASE(
    "policies: recording.automatic begins a recording with the first person who comes in, and a ban is stronger") {
  Office o;
  const Recorded recorded{o};
  const std::string before = o.house.meeting(o.ada);
  const auto nobody_asked = o.house.inside(before, "Ada", o.ada);
  o.house.breathe();
  CHECK(recorded.state(before) == "off");
  o.set("recording.automatic", "true");
  o.house.breathe();
  CHECK(recorded.state(before) == "off");  // it counts from the meeting's next beginning
  const std::string id = o.house.meeting(o.ada);
  const auto host = o.house.inside(id, "Ada", o.ada);
  REQUIRE(o.house.until([&] { return recorded.state(id) == "starting"; }));
  CHECK(recorded.newest().at("state").as_string() == "recording");
  o.set("recording.allowed", "false");
  const std::string banned = o.house.meeting(o.ada);
  const auto silent = o.house.inside(banned, "Ada", o.ada);
  o.house.breathe();
  CHECK(recorded.state(banned) == "off");
}

TEST_CASE("policies: recording.retention_days says when a recording goes, and what is over goes with its keys") {
  Office o;
  const Recorded recorded{o};
  o.set("recording.automatic", "true");
  std::size_t count = 0;
  const auto made = [&] {
    const std::string id = o.house.meeting(o.ada);
    const auto host = o.house.inside(id, "Ada", o.ada);
    REQUIRE(o.house.until([&] { return recorded.state(id) == "starting"; }));
    return recorded.newest_id(++count);
  };
  const auto row = [&](const std::string& id) {
    store::Recordings rows{o.house.control->engine()};
    std::optional<std::optional<store::Recording>> found;
    rows.find(id, [&](auto r) { found = *r; });
    REQUIRE(o.house.until([&] { return found.has_value(); }));
    return *found;
  };
  CHECK_FALSE(row(made())->delete_at.has_value());
  o.set("recording.retention_days", "3");
  const std::string id = made();
  constexpr std::int64_t day = 86'400'000'000;
  const store::Recording kept = *row(id);
  REQUIRE(kept.delete_at.has_value());
  CHECK(static_cast<std::int64_t>(*kept.delete_at) == static_cast<std::int64_t>(kept.started_at) + 3 * day);
  // Time is over.
  store::Recordings rows{o.house.control->engine()};
  bool done = false;
  rows.finish(id, store::RecordingState::completed, 1, {},
              [&](auto) { rows.keep(id, false, UnixMicros{1}, [&](auto) { done = true; }); });
  REQUIRE(o.house.until([&] { return done; }));
  o.house.control->recording().library().sweep();
  REQUIRE(o.house.until([&] { return !row(id).has_value(); }));
}

TEST_CASE("policies: without recording.share_links nobody makes a link, by the API or through a learning platform") {
  Office o;
  const Recorded recorded{o};
  o.set("recording.automatic", "true");
  const std::string meeting = o.house.meeting(o.ada);
  const auto host = o.house.inside(meeting, "Ada", o.ada);
  REQUIRE(o.house.until([&] { return recorded.state(meeting) == "starting"; }));
  const std::string id = recorded.newest_id(1);
  bbb::House& rooms = o.house.control->integrations().platforms().house();
  const auto show = [&] {
    std::optional<expected<std::string, bbb::HouseError>> shown;
    rooms.show_recording(std::string{store::default_account}, id, true, [&](auto r) { shown = std::move(r); });
    REQUIRE(o.house.until([&] { return shown.has_value(); }));
    return *shown;
  };
  o.set("recording.share_links", "false");
  CHECK(o.house.call("POST", "/api/recordings/" + id + "/share", "{}", o.ada).status == 403);
  CHECK(show() == unexpected(bbb::HouseError::refused));
  o.set("recording.share_links", "true");
  CHECK(o.house.call("POST", "/api/recordings/" + id + "/share", "{}", o.ada).status == 200);
  CHECK(show()->find("/rec/share/") != std::string::npos);
}
