#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "io/files/files.h"
#include "io/http/server.h"
#include "io/log/log.h"
#include "io/net/tcp.h"
#include "server/keys/backup_record.h"
#include "tests/support/control_house.h"

using namespace sealhall;
using namespace sealhall::control;
using namespace sealhall::control::testing;

namespace {

/// An S3 server whose bucket is empty.
struct FakeS3 {
  FakeS3(io::Loop& loop, const io::Endpoint& at) : http(loop, handlers(), {}) {
    auto listening = io::TcpListener::listen(
        loop, at, {}, [this](std::shared_ptr<io::Stream> stream) { http.serve(std::move(stream)); });
    REQUIRE_MESSAGE(listening.has_value(), (listening ? "" : listening.error().reason));
    port = std::move(*listening);
  }
  io::HttpHandlers handlers() {
    io::HttpHandlers out;
    out.on_request = [this](const io::HttpRequest&, io::HttpResponder responder) {
      responder(io::HttpResponse::text(
          refuses ? 403 : 200, refuses ? "<Error><Code>InvalidAccessKeyId</Code></Error>"
                                       : "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>"));
    };
    return out;
  }
  bool refuses = false;
  io::HttpServer http;
  std::unique_ptr<io::TcpListener> port;
};

/// What /readyz says of the blobs; "" when it is ready.
std::string said_of_blobs(House& house) {
  const auto response = house.call("GET", "/readyz");
  if (response.status == 200) return "";
  CHECK(response.status == 503);
  const auto said = House::parsed(response);
  const auto& errors = said.at("errors").as_array();
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].at("field") == "blobs");
  return errors[0].at("message").as_string().c_str();
}
bool blobs_become(House& house, const std::string& sentence) {
  const auto limit = io::steady_now() + 20s;
  while (said_of_blobs(house) != sentence) {
    if (io::steady_now() > limit) return false;
    house.breathe(20ms);
  }
  return true;
}

}  // namespace

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
  const std::string root = house.admin();
  CHECK(House::parsed(house.call("GET", "/api/workers", "", root)).at("workers").as_array().size() == 1);
  CHECK(house.call("GET", "/api/workers", "", house.member(root, "ada")).status == 403);
}

TEST_CASE("operations: not ready while the folder of the blobs cannot be written, ready when it can again") {
  ControlOptions options;
  options.blob_watch.every = 1ms;
  House house{options};
  const FakeWorker worker{house.loop, house.run, 0};
  REQUIRE(house.until([&] { return !house.control->media().status().empty(); }));
  REQUIRE(blobs_become(house, ""));
  const std::string blobs = house.folder.path + "/blobs";
  std::filesystem::rename(blobs, blobs + ".away");
  CHECK(blobs_become(house, "The files cannot be written or read."));
  std::filesystem::rename(blobs + ".away", blobs);
  CHECK(blobs_become(house, ""));
}

TEST_CASE("operations: not ready while the S3 server is away or refuses, and nobody who asks waits for it") {
  const Folder keys;
  std::ofstream{keys.path + "/secret"} << "s3cret\n";
  io::Endpoint place{"127.0.0.1", 0};
  {
    io::Loop loop;
    place = FakeS3{loop, place}.port->local();
  }
  ControlOptions options;
  options.blob_watch = {.every = 1ms, .patience = 1h};
  options.blobs = {.s3_endpoint = "http://" + place.text(),
                   .s3_bucket = "blobs",
                   .s3_access_key = "key",
                   .s3_secret_key = "file:" + keys.path + "/secret"};
  House house{options};
  const FakeWorker worker{house.loop, house.run, 0};
  REQUIRE(house.until([&] { return !house.control->media().status().empty(); }));
  CHECK(blobs_become(house, "The place of the files does not answer."));
  {
    FakeS3 s3{house.loop, place};
    CHECK(blobs_become(house, ""));
    s3.refuses = true;
    CHECK(blobs_become(house, "The S3 server does not take our keys."));
    s3.refuses = false;
    CHECK(blobs_become(house, ""));
  }
  CHECK(blobs_become(house, "The place of the files does not answer."));
  // A server that takes connections and says nothing.
  bool connected = false;
  std::vector<std::shared_ptr<io::Stream>> held;
  auto silent = io::TcpListener::listen(house.loop, place, {}, [&](std::shared_ptr<io::Stream> stream) {
    held.push_back(std::move(stream));
    connected = true;
  });
  REQUIRE(silent.has_value());
  REQUIRE(house.until([&] { return connected; }));
  CHECK(said_of_blobs(house) == "The place of the files does not answer.");
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

TEST_CASE("operations: how old the last backup is, or that there is none, is a number to be alarmed by") {
  House house;
  const std::string root = house.admin();
  const auto age = [&] {
    const std::string text = house.call("GET", "/metrics", "", root).body;
    const std::string_view name = "\nsealhall_backup_age_seconds ";
    const std::size_t at = text.find(name);
    REQUIRE(at != std::string::npos);
    return text.substr(at + name.size(), text.find('\n', at + 1) - at - name.size());
  };
  CHECK(age() == "+Inf");
  const auto now = static_cast<std::int64_t>(io::SystemWallClock{}.now());
  REQUIRE(keys::remember_backup(house.folder.path, {.at = UnixMicros{now - 100'000'000}}));
  const double seconds = std::stod(age());
  CHECK(seconds >= 100);
  CHECK(seconds < 160);
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
