// The program itself: started, stopped, killed, and what it leaves behind in logs and on disk.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "io/files/files.h"
#include "tests/support/control_house.h"

using namespace sealhall;
using namespace sealhall::control;
using namespace sealhall::control::testing;

namespace {

std::string file_text(const std::string& path) {
  std::ifstream in{path};
  std::stringstream out;
  out << in.rdbuf();
  return out.str();
}

/// A running sealhall-control with its own folders.
class Process {
 public:
  Process(io::Loop& loop, const Folder& folder, const io::LocalCa& ca) : loop_(loop), folder_(folder) {
    const std::string program = io::executable_folder() + "/sealhall-control";
    const std::string run = folder.path + "/run";
    const std::string listen = "127.0.0.1:0";
    std::filesystem::remove(out());
    pid_ = ::fork();
    REQUIRE(pid_ >= 0);
    if (pid_ == 0) {
      ::dup2(::open(out().c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600), 1);
      ::dup2(::open(log().c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600), 2);
      ::execl(program.c_str(), "sealhall-control", "--run", run.c_str(), "--data", folder.path.c_str(), "--listen",
              listen.c_str(), "--cert", ca.server.chain_path.c_str(), "--key", ca.server.key_path.c_str(),
              "--with-parent", nullptr);
      std::_Exit(127);
    }
    loop_.run_until([this] { return value_of("listening").has_value() || !alive(); }, 10s);
    REQUIRE(value_of("listening").has_value());
  }
  ~Process() {
    if (pid_ > 0 && !waited_) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  [[nodiscard]] std::string out() const { return folder_.path + "/out"; }
  [[nodiscard]] std::string log() const { return folder_.path + "/log"; }
  /// The rest of the line on standard output that begins with `word`.
  std::optional<std::string> value_of(const std::string& word) const {
    std::istringstream lines{file_text(out())};
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with(word + " ")) return line.substr(word.size() + 1);
    }
    return std::nullopt;
  }
  [[nodiscard]] std::uint16_t port() const { return io::parse_url(*value_of("listening"))->port; }
  bool alive() {
    if (!waited_ && ::waitpid(pid_, &status_, WNOHANG) == pid_) waited_ = true;
    return !waited_;
  }
  void signal(int number) const { ::kill(pid_, number); }
  /// The exit status when it ended within `limit`.
  std::optional<int> ended_within(Duration limit) {
    loop_.run_until([this] { return !alive(); }, limit);
    return waited_ ? std::optional{status_} : std::nullopt;
  }
  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  io::Loop& loop_;
  const Folder& folder_;
  pid_t pid_ = -1;
  bool waited_ = false;
  int status_ = 0;
};

/// A real key service beside it: what is made is sealed.
class KeyProcess {
 public:
  explicit KeyProcess(const Folder& folder) {
    const std::string program = io::executable_folder() + "/sealhall-kms";
    const std::string run = folder.path + "/run";
    const std::string keys = folder.path + "/keys";
    const std::string log = folder.path + "/kms-log";
    pid_ = ::fork();
    REQUIRE(pid_ >= 0);
    if (pid_ == 0) {
      ::dup2(::open(log.c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600), 2);
      ::execl(program.c_str(), "sealhall-kms", "--run", run.c_str(), "--keys", keys.c_str(), nullptr);
      std::_Exit(127);
    }
  }
  ~KeyProcess() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  KeyProcess(const KeyProcess&) = delete;
  KeyProcess& operator=(const KeyProcess&) = delete;

 private:
  pid_t pid_ = -1;
};

}  // namespace

TEST_CASE("program: prints the set-up link once, stops politely on SIGTERM, survives kill -9, logs nothing personal") {
  const Folder folder;
  io::Loop loop;
  // Keeps run_until awake: a process says nothing to the loop when it ends.
  const io::Ticker ticker{loop, 10ms, [] {}};
  const auto ca =
      io::ensure_local_ca({.folder = folder.path + "/tls", .names = {}, .now = io::SystemWallClock{}.now()});
  REQUIRE(ca.has_value());
  auto tls = io::TlsClientContext::create({.ca_file = ca->ca_path});
  REQUIRE(tls.has_value());
  SeededRandom random{1};
  std::string bearer;
  const auto call = [&](std::uint16_t port, const std::string& method, const std::string& target,
                        const std::string& body, const std::string& token) {
    io::HttpClient http{loop, **tls, "localhost", port};
    io::HttpClientRequest request{method, target, {}, body};
    if (!token.empty()) request.headers.set("Authorization", "Bearer " + token);
    std::optional<io::HttpResponse> answer;
    bool done = false;
    http.send(std::move(request), [&](auto r) {
      if (r) answer = std::move(*r);
      done = true;
    });
    REQUIRE(loop.run_until([&] { return done; }, 20s));
    REQUIRE(answer.has_value());
    return *answer;
  };
  // Until the key service is there, the answer is "try again".
  const auto call_with_keys = [&](std::uint16_t port, const std::string& method, const std::string& target,
                                  const std::string& body) {
    const Instant until = loop.now() + 20s;
    for (;;) {
      auto answer = call(port, method, target, body, bearer);
      if (answer.status != 503 || loop.now() > until) return answer;
    }
  };
  std::string secret_token;
  {
    Process process{loop, folder, *ca};
    const KeyProcess keys{folder};
    const auto link = process.value_of("setup-link");
    REQUIRE(link.has_value());
    CHECK(file_text(folder.path + "/run/setup-link") == *link + "\n");
    CHECK(file_text("/proc/" + std::to_string(process.pid()) + "/status").find("NoNewPrivs:\t1") != std::string::npos);
    secret_token = link->substr(link->find('=') + 1);
    const auto made = call(process.port(), "POST", "/api/setup",
                           R"({"token":")" + secret_token +
                               R"(","login":"canarylogin","name":"Canary Name","password":"canary tangerine orbit"})",
                           "");
    REQUIRE(made.status == 201);
    bearer = House::text_at(made, "token");
    const auto meeting =
        call_with_keys(process.port(), "POST", "/api/meetings", R"({"topic":"canarytopic","passcode":"canarycode"})");
    REQUIRE(meeting.status == 201);
    // A client in the waiting of its join, so that there is somebody to tell.
    FakeWorker worker{loop, folder.path + "/run", 0};
    FakeClient client{loop, **tls, {"127.0.0.1", process.port()}, random};
    wire::Join join = join_of(House::text_at(meeting, "id"), "canaryguest");
    join.passcode = "canarycode";
    client.send(join);
    REQUIRE(loop.run_until([&] { return client.last<wire::Joined>() != nullptr; }, 20s));
    process.signal(SIGHUP);
    process.signal(SIGTERM);
    const Instant from = loop.now();
    CHECK(process.ended_within(3s) == 0);
    CHECK(loop.now() - from < 3s);
    CHECK(client.last<wire::Ended>()->reason == wire::EndReason::server_stopping);
  }
  {
    Process process{loop, folder, *ca};
    CHECK_FALSE(process.value_of("setup-link").has_value());
    CHECK_FALSE(std::filesystem::exists(folder.path + "/run/setup-link"));
    const KeyProcess keys{folder};
    const auto made = call_with_keys(process.port(), "POST", "/api/meetings", R"({"topic":"canarylast"})");
    REQUIRE(made.status == 201);
    process.signal(SIGKILL);  // the moment after it was acknowledged
    REQUIRE(process.ended_within(3s).has_value());
  }
  {
    Process process{loop, folder, *ca};
    const KeyProcess keys{folder};
    CHECK(call_with_keys(process.port(), "GET", "/api/meetings", "").body.find("canarylast") != std::string::npos);
    process.signal(SIGTERM);
    CHECK(process.ended_within(3s) == 0);
    const std::string log = file_text(process.log());
    CHECK(log.find("control runs") != std::string::npos);
    for (const std::string& personal : {std::string{"canary"}, secret_token, bearer, std::string{"127.0.0.1"}}) {
      CHECK(log.find(personal) == std::string::npos);
    }
    std::istringstream lines{log};
    for (std::string line; std::getline(lines, line);) {
      boost::system::error_code error;
      CHECK(boost::json::parse(line, error).is_object());
      CHECK_FALSE(error);
    }
  }
  // Tokens are on disk as hashes only.
  for (const auto& entry : std::filesystem::directory_iterator{folder.path}) {
    if (entry.path().filename().string().starts_with("accounts.sqlite")) {
      const std::string bytes = file_text(entry.path());
      CHECK(bytes.find(bearer) == std::string::npos);
      CHECK(bytes.find(secret_token) == std::string::npos);
      CHECK(bytes.find("canary tangerine orbit") == std::string::npos);
      CHECK(bytes.find("canarytopic") == std::string::npos);
      CHECK(bytes.find("canarylast") == std::string::npos);
    }
  }
}

TEST_CASE("program: says in a sentence why it cannot start") {
  const Folder folder;
  io::Loop loop;
  const io::Ticker ticker{loop, 10ms, [] {}};
  const std::string program = io::executable_folder() + "/sealhall-control";
  const std::string error_file = folder.path + "/error";
  const pid_t pid = ::fork();
  REQUIRE(pid >= 0);
  if (pid == 0) {
    ::dup2(::open(error_file.c_str(), O_CREAT | O_WRONLY, 0600), 2);
    ::execl(program.c_str(), "sealhall-control", "--run", (folder.path + "/run").c_str(), "--data", folder.path.c_str(),
            "--listen", "nonsense", "--cert", "x", "--key", "y", nullptr);
    std::_Exit(127);
  }
  int status = 0;
  REQUIRE(::waitpid(pid, &status, 0) == pid);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 1);
  CHECK(file_text(error_file).find("is not an address and a port") != std::string::npos);
}
