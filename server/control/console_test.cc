// What only the admin console asks for, through the whole server.
#include "server/control/console.h"

#include <fstream>
#include <map>

#include "core/base/encoding.h"
#include "core/crypto/random.h"
#include "server/keys/audit_file.h"
#include "server/kms/kit_record.h"
#include "store/data_keys.h"
#include "tests/support/control_house.h"

using namespace sealhall;
using namespace sealhall::control;
using namespace sealhall::control::testing;

namespace {

/// Answers questions about keys as kms does: of our account and of another one.
class FakeKeys {
 public:
  FakeKeys(io::Loop& loop, const std::string& run)
      : client_(loop, run + "/control.sock",
                {.on_open = [this] { send(wire::kms::Hello{Bytes(16, 1), 1}); },
                 .on_message = [this](std::string_view text) { on_message(text); },
                 .on_lost = [] {}}) {}
  std::vector<wire::kms::RotateKeys> rotated;
  std::vector<wire::kms::DestroyKey> destroyed;
  static Bytes key(std::uint8_t n) { return Bytes(16, n); }

 private:
  void send(const wire::kms::KmsMessage& message) { client_.send(wire::encode(message)); }
  void on_message(std::string_view text) {
    auto message = wire::decode_kms_control(text);
    REQUIRE(message.has_value());
    if (const auto* list = std::get_if<wire::kms::ListKeys>(&*message)) {
      wire::kms::KeysListed listed;
      listed.request = list->request;
      listed.root = "0011aabb";
      listed.shredded = 3;
      for (const auto& [n, account] :
           std::map<std::uint8_t, std::string>{{1, std::string{store::default_account}}, {2, "other"}}) {
        wire::kms::AccountKey k{key(n), account, "", {}};
        for (std::uint32_t v = 1; v <= 1 + rotated.size(); ++v) k.versions.push_back({v, 1'000'000, {}});
        listed.keys.push_back(std::move(k));
      }
      send(listed);
    } else if (const auto* rotate = std::get_if<wire::kms::RotateKeys>(&*message)) {
      rotated.push_back(*rotate);
      send(wire::kms::KeysChanged{rotate->request});
    } else if (const auto* destroy = std::get_if<wire::kms::DestroyKey>(&*message)) {
      destroyed.push_back(*destroy);
      send(wire::kms::KeysChanged{destroy->request});
    }
  }
  io::ChannelClient client_;
};

struct ConsoleHouse : House {
  explicit ConsoleHouse(ControlOptions options = {}) : House(std::move(options)) {}
  boost::json::object get(const std::string& target, const std::string& token) {
    const auto response = call("GET", target, "", token);
    REQUIRE_MESSAGE(response.status == 200, response.body);
    return parsed(response).as_object();
  }
  /// With that role; a member otherwise.
  std::string person(const std::string& login, const std::string& role) {
    const std::string token = member(root, login);
    const std::string id = text_at(call("GET", "/api/me", "", token), "id");
    REQUIRE(call("PUT", "/api/users/" + id + "/role", R"({"role":")" + role + "\"}", root).status == 204);
    control->callers().forget_all();
    return token;
  }
  std::string root = admin();
};

std::string hex(const Bytes& bytes) { return to_hex(bytes); }

}  // namespace

TEST_CASE("console: an owner sees, rotates and destroys the keys of the own account and no other's") {
  ConsoleHouse house;
  CHECK(house.call("GET", "/api/keys", "", house.root).status == 503);
  FakeKeys kms{house.loop, house.run};
  REQUIRE(house.until([&] { return house.call("GET", "/api/keys", "", house.root).status == 200; }));
  const auto keys = house.get("/api/keys", house.root);
  CHECK(keys.at("root") == "0011aabb");
  REQUIRE(keys.at("keys").as_array().size() == 1);
  const std::string own{keys.at("keys").at(0).at("key_id").as_string().c_str()};
  CHECK(own == hex(FakeKeys::key(1)));

  CHECK(house.call("POST", "/api/keys/rotate", "{}", house.root).status == 204);
  REQUIRE(kms.rotated.size() == 1);
  CHECK(kms.rotated[0].account_id == store::default_account);
  CHECK(house.get("/api/keys", house.root).at("keys").at(0).at("versions").as_array().size() == 2);

  // Typed wrongly, of somebody else, none at all.
  const auto destroy = [&](const std::string& id, const std::string& confirm) {
    return house.call("POST", "/api/keys/" + id + "/destroy", R"({"confirm":")" + confirm + "\"}", house.root).status;
  };
  const std::string foreign = hex(FakeKeys::key(2));
  CHECK(destroy(own, "yes") == 400);
  CHECK(destroy(foreign, foreign) == 404);
  CHECK(destroy("nothing", "nothing") == 404);
  CHECK(kms.destroyed.empty());
  // What content needs goes only with the content, and that has to be said.
  std::optional<bool> added;
  store::DataKeys rows{house.control->engine()};
  rows.add({.id = "AAECAwQFBgcICQoLDA0ODw",
            .account_id = std::string{store::default_account},
            .scope = "meeting/1",
            .wrapping_key = own,
            .wrapping_version = 1,
            .wrapped = Bytes(150, 1)},
           [&](auto done) { added = done.has_value(); });
  REQUIRE(house.until([&] { return added.has_value(); }));
  REQUIRE(*added);
  CHECK(destroy(own, own) == 409);
  CHECK(kms.destroyed.empty());
  const std::string all = R"({"confirm":")" + own + R"(","with_content":true})";
  CHECK(house.call("POST", "/api/keys/" + own + "/destroy", all, house.root).status == 204);
  REQUIRE(kms.destroyed.size() == 1);
  CHECK(kms.destroyed[0].key_id == FakeKeys::key(1));

  const std::string logged = "/api/logs/operations?category=keys&sort=at";  // it is written behind the answers
  REQUIRE(house.until([&] { return house.get(logged, house.root).at("total_records") == 2; }));
  const auto log = house.get(logged, house.root).at("operations").as_array();
  CHECK(log[0].at("action") == "rotate");
  CHECK(log[0].at("login") == "root");
  CHECK(log[1].at("object_id") == own.c_str());
}

TEST_CASE("console: keys are for owners alone, and destroying wants a sign-in that is not old") {
  ConsoleHouse house;
  FakeKeys kms{house.loop, house.run};
  REQUIRE(house.until([&] { return house.call("GET", "/api/keys", "", house.root).status == 200; }));
  const std::string member = house.member(house.root, "member");
  const std::string helper = house.person("helper", "admin");
  const std::string own = hex(FakeKeys::key(1));
  for (const auto& [method, target, body] :
       {std::tuple{"GET", std::string{"/api/keys"}, std::string{}},
        std::tuple{"POST", std::string{"/api/keys/rotate"}, std::string{"{}"}},
        std::tuple{"GET", std::string{"/api/keys/audit"}, std::string{}},
        std::tuple{"POST", std::string{"/api/keys/kit-check"}, std::string{R"({"audit_key":"abcdef"})"}},
        std::tuple{"POST", std::string{"/api/keys/audit/verify"}, std::string{"{}"}},
        std::tuple{"POST", "/api/keys/" + own + "/destroy", R"({"confirm":")" + own + "\"}"}}) {
    CAPTURE(target);
    CHECK(house.call(method, target, body).status == 401);
    CHECK(house.call(method, target, body, member).status == 403);
    // An administrator has the permission for the machine, and still is no owner.
    CHECK(house.call(method, target, body, helper).status == 403);
  }
  CHECK(kms.rotated.empty());
  CHECK(kms.destroyed.empty());

  std::optional<bool> aged;
  house.control->engine().write({{.sql = "UPDATE sessions SET created_at=created_at-$1", .values = {700'000'000}}},
                                [&](auto done) { aged = done.has_value(); });
  REQUIRE(house.until([&] { return aged.has_value(); }));
  const auto late = house.call("POST", "/api/keys/" + own + "/destroy", R"({"confirm":")" + own + "\"}", house.root);
  CHECK(late.status == 403);
  CHECK(late.body.find("sign in again") != std::string::npos);
  CHECK(kms.destroyed.empty());
}

TEST_CASE("console: the audit log is read newest first, filtered, of the own account; its proof says what is wrong") {
  ConsoleHouse house;
  const std::string folder = house.folder.path + "/keys";
  CHECK(house.call("GET", "/api/keys/audit", "", house.root).status == 503);
  std::filesystem::create_directory(folder);
  kms::AuditWriter writer;
  std::ofstream file{folder + "/audit.log"};
  const auto line = [&](std::string_view who, std::string_view what, std::string_view account) {
    envelope::KeyId key{};
    key[0] = 7;
    file << writer.append({UnixMicros{1'700'000'000'000'000}, who, what, "done", account, key, 1, std::nullopt});
  };
  line("control", "open_data_key", store::default_account);
  line("control", "open_data_key", "other");
  line("administrator", "rotate_keys", store::default_account);
  line("kms", "start", "");
  file << R"({"n":5,"half a li)";
  file.close();

  const auto log = house.get("/api/keys/audit", house.root);
  CHECK(log.at("total_records") == 3);
  const auto& lines = log.at("lines").as_array();
  REQUIRE(lines.size() == 3);
  CHECK(lines[0].at("what") == "start");
  CHECK(lines[1].at("who") == "administrator");
  CHECK(lines[2].at("n") == 1);
  CHECK(house.get("/api/keys/audit?who=control", house.root).at("total_records") == 1);
  CHECK(house.get("/api/keys/audit?what=rotate_keys", house.root).at("total_records") == 1);
  CHECK(house.get("/api/keys/audit?query=0700", house.root).at("total_records") == 3);
  CHECK(house.get("/api/keys/audit?page_size=1&page_number=2", house.root).at("lines").at(0).at("n") == 3);
  const auto table = house.call("GET", "/api/keys/audit?format=csv", "", house.root);
  CHECK(table.headers.find("Content-Type")->starts_with("text/csv"));
  CHECK(table.body.starts_with("n,at,who,what,account,"));

  // Without the keystore nobody knows who signs.
  const auto proof = house.call("POST", "/api/keys/audit/verify", "{}", house.root);
  REQUIRE(proof.status == 200);
  CHECK(House::parsed(proof).at("whole") == false);
  CHECK(House::text_at(proof, "problem").find("keystore") != std::string::npos);
  CHECK(house.call("POST", "/api/keys/audit/verify", R"({"expect":"x"})", house.root).status == 400);
}

TEST_CASE("console: whether the recovery kit was shown, and whether it is of the root key that is in use") {
  ConsoleHouse house;
  const FakeKeys kms{house.loop, house.run};  // its root key is 0011aabb
  REQUIRE(house.until([&] { return house.call("GET", "/api/keys", "", house.root).status == 200; }));
  const auto kit = [&] {
    const auto tested = house.get("/api/self-test", house.root);
    for (const auto& check : tested.at("checks").as_array()) {
      if (check.at("name") == "kit")
        return std::string{check.at("verdict").as_string()} + " " + std::string{check.at("state").as_string()} + " " +
               std::string{check.at("value").as_string()};
    }
    return std::string{"nothing"};
  };
  CHECK(kit() == "bad never_shown ");
  const std::string folder = house.folder.path + "/keys";
  std::filesystem::create_directory(folder);
  const UnixMicros shown{1'700'000'000'000'000};
  REQUIRE(kms::write_kit_record(folder, {"0011aabb", shown}));
  CHECK(kit() == "good shown 2023-11-14T22:13:20Z");
  REQUIRE(kms::write_kit_record(folder, {"77777777", shown}));
  CHECK(kit() == "bad outdated 2023-11-14T22:13:20Z");
  const auto sheet = [&](const char* body) {
    return house.call("POST", "/api/keys/kit-check", body, house.root).status;
  };
  CHECK(sheet(R"({"audit_key":"abc"})") == 400);
  CHECK(sheet(R"({"audit_key":"abcdef"})") == 503);  // there is no keystore to compare with
}

TEST_CASE("console: the machine says how it is, to whoever may look after it") {
  ConsoleHouse house;
  FakeWorker worker{house.loop, house.run, 0};
  REQUIRE(house.until([&] { return !house.control->media().status().empty(); }));
  const std::string member = house.member(house.root, "member");
  CHECK(house.call("GET", "/api/system").status == 401);
  CHECK(house.call("GET", "/api/system", "", member).status == 403);
  auto system = house.get("/api/system", house.root);
  CHECK(system.at("database") == (House::on_postgres() ? "PostgreSQL" : "SQLite"));
  CHECK(system.at("database_answers") == true);
  CHECK(system.at("key_service") == false);
  CHECK(system.at("workers").as_array().size() == 1);
  CHECK(system.at("disk_size").to_number<double>() > system.at("disk_free").to_number<double>());
  CHECK(system.at("certificate_until").as_string().size() == 20);
  CHECK_FALSE(system.contains("last_backup"));
  std::ofstream{house.folder.path + "/backup.last"} << "2026-11-28T08:00:00Z\n";
  system = house.get("/api/system", house.root);
  CHECK(system.at("last_backup") == "2026-11-28T08:00:00Z");
  CHECK_FALSE(system.contains("last_backup_bytes"));
  std::ofstream{house.folder.path + "/backup.last"} << "2026-11-29T08:00:00Z\nbytes 4321\nplace /mnt/tuesday\n";
  system = house.get("/api/system", house.root);
  CHECK(system.at("last_backup") == "2026-11-29T08:00:00Z");
  CHECK(system.at("last_backup_bytes") == 4321);
  CHECK(system.at("last_backup_place") == "/mnt/tuesday");
  CHECK(system.at("data_directory") == house.folder.path.c_str());
  // A path that is no UTF-8 does not spoil the answer.
  std::ofstream{house.folder.path + "/backup.last"} << "2026-11-29T08:00:00Z\nplace /mnt/\xff\n";
  CHECK_FALSE(house.get("/api/system", house.root).contains("last_backup_place"));
}

TEST_CASE("console: what runs now, with its people, workers and whether it is recorded") {
  ConsoleHouse house;
  FakeKms kms{house.loop, house.run, 1};
  FakeWorker worker{house.loop, house.run, 3};
  REQUIRE(house.until([&] { return !house.control->media().status().empty(); }));
  const std::string host = house.member(house.root, "host@example.org");
  CHECK(house.get("/api/live-meetings", house.root).at("meetings").as_array().empty());
  const std::string meeting = house.meeting(host, R"({"topic":"Plans"})");
  const auto inside = house.inside(meeting, "Host", host);
  const auto list = house.get("/api/live-meetings", house.root);
  REQUIRE(list.at("meetings").as_array().size() == 1);
  const auto& live = list.at("meetings").at(0);
  CHECK(live.at("id") == meeting.c_str());
  CHECK(live.at("topic") == "Plans");
  CHECK(live.at("host") == "host@example.org");
  CHECK(live.at("participants") == 1);
  CHECK(live.at("recording") == "off");
  REQUIRE(live.at("workers").as_array().size() == 1);
  CHECK(live.at("workers").at(0) == 3);
  CHECK(house.get("/api/live-meetings?query=nothing", house.root).at("meetings").as_array().empty());
  CHECK(house.call("GET", "/api/live-meetings", "", host).status == 403);
  CHECK(house.call("GET", "/api/live-meetings").status == 401);
}

TEST_CASE("console: the recordings of the account, by host and time") {
  ConsoleHouse house;
  const std::string host = house.member(house.root, "host@example.org");
  const std::string id = House::text_at(house.call("GET", "/api/me", "", host), "id");
  store::Recordings recordings{house.control->engine()};
  int made = 0;
  for (const auto& [name, owner, day] :
       {std::tuple{"r1", id, 1}, std::tuple{"r2", id, 2}, std::tuple{"r3", std::string{"gone"}, 3}}) {
    store::Recording row;
    row.id = name;
    row.account_id = store::default_account;
    row.meeting_id = "123";
    row.meeting_uuid = "u";
    row.host_id = owner;
    house.vault.seal({row.account_id, "recording", row.id, "topic"}, "recording/" + row.id, Bytes{'x'},
                     [&](auto sealed) { row.topic_sealed = std::move(*sealed); });
    row.started_at = UnixMicros{std::int64_t{day} * 86'400'000'000};
    recordings.create(row, [&](auto done) { made += done.has_value() ? 1 : 0; });
  }
  REQUIRE(house.until([&] { return made == 3; }));
  store::RecordingFile film;
  film.id = "film";
  film.recording_id = "r2";
  film.file = film.kind = "video";
  film.size = 2000;
  store::RecordingFile sound = film;
  sound.id = "sound";
  sound.file = sound.kind = "sound";
  sound.size = 1000;
  const auto count_it = [&](auto done) { made += done.has_value() ? 1 : 0; };
  recordings.finish("r2", store::RecordingState::completed, 1000, {film, sound}, count_it);
  recordings.trash_file("sound", io::SystemWallClock{}.now(), count_it);
  REQUIRE(house.until([&] { return made == 5; }));
  const auto count = [&](const std::string& query) {
    return house.get("/api/account/recordings" + query, house.root).at("total_records").to_number<int>();
  };
  CHECK(count("") == 3);
  CHECK(count("?host=host@example.org") == 2);
  CHECK(count("?host=" + id) == 2);
  CHECK(count("?host=nobody@example.org") == 0);
  CHECK(count("?trash=true") == 0);
  CHECK(count("?from=1970-01-03&to=1970-01-03") == 1);
  CHECK(house.call("GET", "/api/account/recordings?from=tomorrow", "", house.root).status == 400);
  const auto line = house.get("/api/account/recordings?host=" + id, house.root).at("recordings").at(0);
  CHECK(line.at("id") == "r2");
  CHECK(line.at("host") == "host@example.org");
  CHECK(line.at("size") == 3000);  // with the file that is in the trash: it takes its room still
  CHECK(house.call("GET", "/api/account/recordings", "", host).status == 403);
  CHECK(house.call("GET", "/api/account/recordings").status == 401);
}

TEST_CASE("console: a file of people is looked at line by line, and nothing of it is taken") {
  ConsoleHouse house;
  CHECK(house.call("POST", "/api/groups", R"({"name":"Sales"})", house.root).status == 201);
  const std::string body = R"({"rows":[{"login":"new@example.org","group":"sales"},{"login":"NEW@example.org"},)"
                           R"({"login":"nonsense"},{"login":"bob@example.org","role":"Captain","group":"Nobody"},)"
                           R"({"login":"member@example.org"},{"login":"boss@example.org","role":"owner"}]})";
  house.member(house.root, "member@example.org");
  const auto problems = [&](const std::string& token) {
    const auto response = house.call("POST", "/api/users/import-check", body, token);
    REQUIRE_MESSAGE(response.status == 200, response.body);
    std::vector<std::string> out;
    const auto answer = House::parsed(response);  // a range's temporary would not live long enough here
    for (const auto& row : answer.at("rows").as_array()) {
      std::string all;
      for (const auto& p : row.at("problems").as_array()) all += std::string{p.as_string().c_str()} + " ";
      out.push_back(all);
    }
    return out;
  };
  CHECK(problems(house.root) ==
        std::vector<std::string>{"", "repeated ", "bad_login ", "no_such_role no_such_group ", "exists ", ""});
  const std::string helper = house.person("helper", "admin");
  CHECK(problems(helper).at(5) == "role_not_yours ");
  CHECK(house.call("POST", "/api/users/import-check", R"({"rows":[]})", house.root).status == 400);
  CHECK(house
            .call("POST", "/api/users/import-check", body,
                  House::text_at(house.call("POST", "/api/sign-in",
                                            R"({"login":"member@example.org","password":"correct horse"})"),
                                 "token"))
            .status == 403);
  CHECK(house.get("/v2/users?status=all", house.root).at("total_records") == 3);
}

TEST_CASE("console: lists are searched, sorted and exported by the server") {
  ConsoleHouse house;
  for (const char* name : {"carol", "alice", "bob"}) house.member(house.root, std::string{name} + "@example.org");
  const auto emails = [&](const std::string& query) {
    std::string out;
    const auto list = house.get("/v2/users?" + query, house.root);
    for (const auto& user : list.at("users").as_array()) {
      out += user.at("email").as_string().front();
    }
    return out;
  };
  CHECK(emails("sort=email") == "abcr");
  CHECK(emails("sort=-email") == "rcba");
  CHECK(emails("query=EXAMPLE&sort=email") == "abc");
  CHECK(emails("query=ali") == "a");
  CHECK(house.call("GET", "/v2/users?sort=shoe_size", "", house.root).status == 400);
  CHECK(house.call("GET", "/v2/users?format=pdf", "", house.root).status == 400);

  const auto table = house.call("GET", "/v2/users?sort=email&format=csv&query=example", "", house.root);
  REQUIRE(table.status == 200);
  CHECK(table.headers.find("Content-Disposition") == "attachment; filename=\"users.csv\"");
  CHECK(std::ranges::count(table.body, '\n') == 4);
  CHECK(table.body.find("alice@example.org") < table.body.find("bob@example.org"));
  CHECK_FALSE(table.headers.find("Next-Page-Token").has_value());
  CHECK(house.call("GET", "/v2/users?format=csv&page_size=1", "", house.root).headers.find("Next-Page-Token") == "p1");
  // Who may not read them may not have them as a table either.
  const std::string member = house.member(house.root, "member");
  CHECK(house.call("GET", "/v2/users?format=csv", "", member).status == 403);

  for (const char* name : {"Sales", "board"}) {
    CHECK(house.call("POST", "/api/groups", R"({"name":")" + std::string{name} + "\"}", house.root).status == 201);
  }
  CHECK(house.get("/api/groups?sort=name", house.root).at("groups").at(0).at("name") == "board");
  CHECK(house.get("/api/groups?query=sal", house.root).at("total_records") == 1);
  CHECK(house.call("GET", "/api/groups?sort=colour", "", house.root).status == 400);
  CHECK(house.get("/api/roles?page_size=2", house.root).at("next_page_token") == "p2");
  CHECK(house.get("/api/logs/sign-ins?kind=in&query=alice", house.root).at("total_records") == 1);
  CHECK(house.get("/api/logs/sign-ins?kind=out", house.root).at("total_records") == 0);
  CHECK(house.call("GET", "/api/logs/sign-ins?from=yesterday", "", house.root).status == 400);
  CHECK(house.until(
      [&] { return house.get("/api/logs/operations?category=group", house.root).at("total_records") == 2; }));
  CHECK(house.get("/api/me", house.root).at("role") == "owner");
}
