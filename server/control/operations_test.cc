#include <fcntl.h>
#include <unistd.h>

#include <filesystem>

#include "io/files/files.h"
#include "io/log/log.h"
#include "tests/support/control_house.h"

using namespace sealhall;
using namespace sealhall::control;
using namespace sealhall::control::testing;

TEST_CASE("operations: ready when the store answers and a media worker is here") {
  House house;
  const auto early = house.call("GET", "/readyz");
  CHECK(early.status == 503);
  const auto early_json = House::parsed(early);
  const auto& errors = early_json.at("errors").as_array();
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].at("field") == "media");
  const FakeWorker worker{house.loop, house.run, 0};
  REQUIRE(house.until([&] { return !house.control->media().status().empty(); }));
  CHECK(house.call("GET", "/readyz").status == 200);
  CHECK(house.call("GET", "/healthz").body == R"({"status":"ok"})");
}

TEST_CASE("operations: the self-test says of each thing whether it is well, to administrators of the machine") {
  House house;
  const std::string root = house.admin();
  const std::string ada = house.member(root, "ada");
  CHECK(house.call("GET", "/api/self-test").status == 401);
  CHECK(house.call("GET", "/api/self-test", "", ada).status == 403);
  const auto of = [&](std::string_view name) {
    const auto tested = House::parsed(house.call("GET", "/api/self-test", "", root));
    for (const auto& check : tested.at("checks").as_array()) {
      if (std::string_view{check.at("name").as_string()} == name)
        return std::string{check.at("verdict").as_string()} + " " + std::string{check.at("state").as_string()};
    }
    return std::string{"nothing"};
  };
  CHECK(of("media") == "bad missing");
  CHECK(of("address") == "note this_machine_only");
  CHECK(of("certificate") == "good valid");
  CHECK(of("database") == "good here");
  CHECK(of("keys") == "bad away");
  CHECK(of("kit") == "bad never_shown");
  CHECK(of("mail") == "note not_configured");
  CHECK(of("disk") != "nothing");
  const FakeWorker worker{house.loop, house.run, 0};
  REQUIRE(house.until([&] { return !house.control->media().status().empty(); }));
  CHECK(of("media") == "note this_machine_only");  // it is reached at 127.0.0.1
}

TEST_CASE("operations: metrics count requests, for administrators only, and name nobody") {
  House house;
  CHECK(house.call("GET", "/metrics").status == 401);
  const std::string root = house.admin();
  const std::string ada = house.member(root, "ada");
  CHECK(house.call("GET", "/metrics", "", ada).status == 403);
  house.call("GET", "/api/meetings/" + house.meeting(ada), "", ada);
  const auto response = house.call("GET", "/metrics", "", root);
  REQUIRE(response.status == 200);
  CHECK(response.headers.find("Content-Type") == "text/plain; version=0.0.4; charset=utf-8");
  CHECK(response.body.find("sealhall_http_requests_total{area=\"api\",status=\"2xx\"}") != std::string::npos);
  CHECK(response.body.find("sealhall_http_request_seconds_count{area=\"api\"}") != std::string::npos);
  CHECK(response.body.find("sealhall_media_workers 0\n") != std::string::npos);
  CHECK(response.body.find("ada") == std::string::npos);
  // Every line is a comment or a name with a number.
  std::size_t from = 0;
  while (from < response.body.size()) {
    const std::string line = response.body.substr(from, response.body.find('\n', from) - from);
    from += line.size() + 1;
    CHECK((line.starts_with("# ") || line.starts_with("sealhall_")));
  }
}

TEST_CASE("operations: the log is JSON, and nothing personal is in it") {
  House house;
  const std::string file = house.folder.path + "/log";
  std::fflush(stderr);
  const int before = ::dup(2);
  const int to = ::open(file.c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600);
  REQUIRE(before >= 0);
  REQUIRE(to >= 0);
  ::dup2(to, 2);
  {
    const FakeKms kms{house.loop, house.run, 1};
    const FakeWorker worker{house.loop, house.run, 0};
    const std::string root = house.admin();
    const std::string ada = house.member(root, "canary-login");
    house.call("POST", "/api/sign-in", R"({"login":"canary-login","password":"canary-password"})");
    house.call("GET", "/v2/users/canary-address@example.org", "", "canary-token");
    const std::string id = house.meeting(ada, R"({"topic":"canary-topic","passcode":"canary-code"})");
    auto join = join_of(id, "canary-name");
    join.passcode = "canary-code";
    auto client = house.client();
    client->send(join);
    REQUIRE(house.until([&] { return client->last<wire::Joined>() != nullptr; }));
    client->send_raw("{\"type\":\"canary-message\"}");
    house.call("POST", "/api/meetings/" + id + "/end", "", ada);
    house.breathe();
  }
  ::dup2(before, 2);
  ::close(before);
  ::close(to);
  const auto bytes = io::read_file(file);
  REQUIRE(bytes.has_value());
  const std::string text{bytes->begin(), bytes->end()};
  CHECK(text.find("meeting runs") != std::string::npos);
  CHECK(text.find("canary") == std::string::npos);
  std::size_t from = 0;
  while (from < text.size()) {
    const std::string line = text.substr(from, text.find('\n', from) - from);
    from += line.size() + 1;
    boost::system::error_code error;
    boost::json::parse(line, error);
    CHECK_MESSAGE(!error, line);
  }
}
