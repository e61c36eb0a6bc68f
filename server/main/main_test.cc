#include <doctest/doctest.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "io/files/files.h"
#include "io/net/tcp.h"
#include "io/net/timer.h"
#include "server/main/command_table.h"
#include "server/main/restart_policy.h"
#include "server/main/serve_options.h"
#include "server/main/supervisor.h"

using namespace sealhall;
using namespace sealhall::main;
using namespace std::chrono_literals;

namespace {

struct Folder {
  std::string path;
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "sealhall-main-XXXXXX").string();
    path = ::mkdtemp(name.data());
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  /// A program that is a shell script.
  [[nodiscard]] std::string script(const std::string& name, const std::string& body) const {
    const std::string file = path + "/" + name;
    REQUIRE(io::write_file_atomically(file, as_bytes("#!/bin/sh\n" + body + "\n"), 0700));
    return file;
  }
};

// Children say what they do on their standard output: no waiting by the clock.
struct World {
  Folder folder;
  io::Loop loop;
  std::vector<std::string> lines;
  std::vector<std::string> events;
  std::optional<std::string> ended;

  SupervisedChild child(Role role, const std::string& name, const std::string& body) {
    ChildSpec spec;
    spec.program = folder.script(name, body);
    spec.on_line = [this, name](std::string_view line) { lines.push_back(name + " " + std::string{line}); };
    return {role, name, std::move(spec)};
  }
  Supervisor::Events callbacks() {
    return {
        .on_event = [this](std::string_view name,
                           std::string_view what) { events.push_back(std::string{name} + " " + std::string{what}); },
        .on_end = [this](std::string reason) { ended = std::move(reason); }};
  }
  [[nodiscard]] std::size_t count(const std::string& line) const {
    return static_cast<std::size_t>(std::ranges::count(lines, line));
  }
  bool wait(const std::function<bool()>& done) { return loop.run_until(done, 20s); }
};

// Says "up", and "down" when it is asked to end.
const std::string polite =
    "trap 'echo down; exit 0' TERM; trap 'echo hup' HUP; echo up; while :; do sleep 20 2>/dev/null & wait $!; done";
const std::string stubborn = "trap '' TERM; echo up; while :; do sleep 20 2>/dev/null & wait $!; done";

expected<ServeOptions, OptionsEnd> parse(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "serve");
  std::vector<char*> argv;
  for (std::string& a : arguments) argv.push_back(a.data());
  argv.push_back(nullptr);
  return parse_serve_options(static_cast<int>(arguments.size()), argv.data());
}

}  // namespace

TEST_CASE("restart policy: quickly first, slower each time, at most 5 s") {
  RestartPolicy policy;
  Instant now{1h};
  const auto delay = [&] {
    policy.started(now);
    return *policy.died(now, false) - now;
  };
  CHECK(delay() == 100ms);
  CHECK(delay() == 200ms);
  for (int i = 0; i < 10; ++i) delay();
  CHECK(delay() == 5s);
  policy.started(now);
  now += 31s;
  CHECK(*policy.died(now, false) - now == 100ms);  // it lived long enough
}

TEST_CASE("restart policy: five deaths in ten seconds end it, but only while the server has never been ready") {
  RestartPolicy policy;
  Instant now{1h};
  for (int i = 0; i < 4; ++i) {
    policy.started(now);
    CHECK(policy.died(now, true));
    now += 1s;
  }
  RestartPolicy patient = policy;
  CHECK_FALSE(policy.died(now, true));
  CHECK(patient.died(now, false));
  RestartPolicy slow;
  for (int i = 0; i < 20; ++i) {
    slow.started(now);
    CHECK(slow.died(now, true));
    now += 3s;
  }
}

TEST_CASE("supervisor: a killed child comes back") {
  World w;
  Supervisor supervisor{w.loop, {w.child(Role::media, "media", polite)}, w.callbacks()};
  supervisor.start();
  REQUIRE(w.wait([&] { return w.count("media up") == 1; }));
  const pid_t first = *supervisor.pid_of("media");
  ::kill(first, SIGKILL);
  REQUIRE(w.wait([&] { return w.count("media up") == 2; }));
  CHECK(*supervisor.pid_of("media") != first);
  CHECK(w.events == std::vector<std::string>{"media ended with signal 9 (Killed), starts again"});
}

TEST_CASE("supervisor: ends control first, then media, then kms") {
  World w;
  Supervisor supervisor{w.loop,
                        {w.child(Role::kms, "kms", polite), w.child(Role::control, "control", polite),
                         w.child(Role::media, "media0", polite), w.child(Role::media, "media1", polite)},
                        w.callbacks()};
  supervisor.start();
  REQUIRE(w.wait([&] { return w.lines.size() == 4; }));
  supervisor.stop();
  REQUIRE(w.wait([&] { return w.ended && w.lines.size() == 8; }));
  CHECK(w.ended->empty());
  // Lines of different children may arrive out of order; the media workers' end is between the two others'.
  CHECK(w.lines[4] == "control down");
  CHECK(w.lines[7] == "kms down");
}

TEST_CASE("supervisor: what does not end when asked is killed, and a second request does not wait") {
  World w;
  Supervisor supervisor{
      w.loop, {w.child(Role::control, "control", stubborn), w.child(Role::kms, "kms", stubborn)}, w.callbacks(), 50ms};
  supervisor.start();
  REQUIRE(w.wait([&] { return w.lines.size() == 2; }));
  supervisor.stop();
  REQUIRE(w.wait([&] { return w.ended.has_value(); }));
  CHECK(w.events ==
        std::vector<std::string>{"control did not end when asked, is killed", "kms did not end when asked, is killed"});
  World v;
  Supervisor other{v.loop, {v.child(Role::control, "control", stubborn)}, v.callbacks(), 1h};
  other.start();
  REQUIRE(v.wait([&] { return v.lines.size() == 1; }));
  other.stop();
  other.stop();
  CHECK(v.wait([&] { return v.ended.has_value(); }));
}

TEST_CASE("supervisor: a child that cannot run ends the start with a sentence, and the others are ended") {
  World w;
  Supervisor supervisor{w.loop,
                        {w.child(Role::media, "media", polite), w.child(Role::control, "control process", "exit 3")},
                        w.callbacks()};
  supervisor.start();
  REQUIRE(w.wait([&] { return w.ended.has_value(); }));
  CHECK(w.ended->find("The control process (") == 0);
  CHECK(w.ended->find("cannot be kept running; it ended 5 times in a row, last with exit code 3.") !=
        std::string::npos);
  CHECK(w.wait([&] { return w.count("media down") == 1; }));
}

TEST_CASE("supervisor: after the server has been ready, it never gives up") {
  World w;
  Supervisor supervisor{w.loop, {w.child(Role::control, "control", "echo up; exit 1")}, w.callbacks()};
  supervisor.set_ready();
  supervisor.start();
  CHECK(w.wait([&] { return w.count("control up") == 6; }));
  CHECK_FALSE(w.ended);
}

TEST_CASE("supervisor: a program that is missing is named") {
  World w;
  Supervisor supervisor{w.loop, {{Role::kms, "key service", {w.folder.path + "/nothing", {}}}}, w.callbacks()};
  supervisor.start();
  REQUIRE(w.wait([&] { return w.ended.has_value(); }));
  CHECK(w.events[0] ==
        "key service The program " + w.folder.path + "/nothing cannot be started: No such file or directory.");
}

TEST_CASE("supervisor: passes signals on by role") {
  World w;
  Supervisor supervisor{
      w.loop, {w.child(Role::control, "control", polite), w.child(Role::media, "media", polite)}, w.callbacks()};
  supervisor.start();
  REQUIRE(w.wait([&] { return w.lines.size() == 2; }));
  supervisor.signal(Role::control, SIGHUP);
  REQUIRE(w.wait([&] { return w.lines.size() == 3; }));
  CHECK(w.lines[2] == "control hup");
}

TEST_CASE("child: gets its arguments and nothing that it does not need") {
  World w;
  ::setenv("SEALHALL_TEST_SECRET", "hidden", 1);
  const int leaked = ::fcntl(STDERR_FILENO, F_DUPFD, 100);  // without close-on-exec, as a careless library does
  REQUIRE(leaked >= 100);
  SupervisedChild child = w.child(
      Role::media, "c",
      "echo \"args $*\"; echo \"secret ${SEALHALL_TEST_SECRET:-none}\"; echo \"cwd $(pwd)\"; echo \"umask $(umask)\"; "
      "echo \"fds $(ls /proc/$$/fd | grep -E '^[0-9]{3}' || echo none)\"; echo \"core $(ulimit -c)\"; "
      "echo \"privs $(grep NoNewPrivs /proc/$$/status | tr -d '\\t')\"; echo \"group $(ps -o pgid= -p $$ | tr -d ' ') "
      "$$\"; echo done; exec sleep 20");
  child.spec.arguments = {"--run", "a b"};
  Supervisor supervisor{w.loop, {std::move(child)}, w.callbacks()};
  supervisor.start();
  REQUIRE(w.wait([&] { return w.count("c done") == 1; }));
  CHECK(w.lines[0] == "c args --run a b");
  CHECK(w.lines[1] == "c secret none");
  CHECK(w.lines[2] == "c cwd /");
  CHECK(w.lines[3] == "c umask 0077");
  CHECK(w.lines[4] == "c fds none");
  CHECK(w.lines[5] == "c core 0");
  CHECK(w.lines[6] == "c privs NoNewPrivs:1");
  const std::string pid = std::to_string(*supervisor.pid_of("c"));
  CHECK(w.lines[7] == "c group " + pid + " " + pid);
  ::close(leaked);
}

TEST_CASE("serve options: defaults, all options, and what is refused") {
  const auto plain = parse({});
  REQUIRE(plain);
  CHECK(plain->listen == "127.0.0.1:8443");
  cpu_set_t allowed{};
  REQUIRE(::sched_getaffinity(0, sizeof allowed, &allowed) == 0);
  CHECK(plain->workers == std::min(CPU_COUNT(&allowed), 64));  // one for each processor that we may use
  CHECK(plain->data.starts_with('/'));
  CHECK(plain->run_folder() == plain->data + "/run");
  const auto full = parse({"--data",
                           "/d/",
                           "--database",
                           "file:/etc/sealhall/database",
                           "--run",
                           "/r",
                           "--listen",
                           "[::]:443",
                           "--udp-port",
                           "9000",
                           "--public-address",
                           "192.0.2.1",
                           "--public-address",
                           "2001:db8::1",
                           "--public-url",
                           "https://meet.example/",
                           "--workers",
                           "3",
                           "--cert",
                           "/c",
                           "--key",
                           "/k",
                           "--name",
                           "a"});
  REQUIRE(full);
  CHECK(full->data == "/d");
  CHECK(full->database == "file:/etc/sealhall/database");
  CHECK(full->endpoint() == io::Endpoint{"::", 443});
  CHECK(full->public_addresses.size() == 2);
  CHECK(full->public_url == "https://meet.example");
  for (const std::vector<std::string>& bad :
       std::vector<std::vector<std::string>>{{"--listen", "meet.example:443"},
                                             {"--listen", "1.2.3.4:99999"},
                                             {"--listen", "1.2.3.4:0"},
                                             {"--cert", "/c"},
                                             {"--public-address", "name"},
                                             {"--public-url", "http://x"},
                                             {"--workers", "65"},
                                             {"--udp-port", "65535", "--workers", "2"},
                                             {"--udp-port", "0"},
                                             {"--unknown"},
                                             {"--workers", "many"},
                                             {"--s3-bucket", "blobs"},
                                             {"--s3-endpoint", "https://s3.example", "--s3-bucket", "blobs",
                                              "--s3-access-key", "key", "--s3-secret-key", "in the list of processes"},
                                             {"--config", "/nonexistent.toml"}}) {
    CAPTURE(bad[0]);
    const auto result = parse(bad);
    REQUIRE_FALSE(result);
    CHECK(result.error().code == 2);
    CHECK(result.error().text.starts_with("sealhall serve: "));
  }
  CHECK(parse({"--help"}).error().code == 0);
}

TEST_CASE(
    "serve options: the file gives what the command line leaves open, and its mistakes are named with their line") {
  const Folder folder;
  const std::string path = folder.path + "/c.toml";
  const auto with = [&](std::string_view text, std::vector<std::string> more = {}) {
    REQUIRE(io::write_file_atomically(path, as_bytes(text)));
    more.insert(more.end(), {"--config", path});
    return parse(more);
  };
  const auto good =
      with("listen = \"0.0.0.0:443\"\nworkers = 2\npublic_address = [\"192.0.2.1\", \"192.0.2.2\"]\ndata = \"/d\"\n",
           {"--workers", "5"});
  REQUIRE(good);
  CHECK(good->listen == "0.0.0.0:443");
  CHECK(good->workers == 5);
  CHECK(good->public_addresses.size() == 2);
  CHECK(with("public_address = \"192.0.2.9\"")->public_addresses == std::vector<std::string>{"192.0.2.9"});
  REQUIRE(io::write_file_atomically(folder.path + "/secret", as_bytes("shh\n")));
  const auto s3 = with(
      "s3_endpoint = \"https://s3.example\"\ns3_bucket = \"blobs\"\ns3_access_key = \"key\"\ns3_secret_key = \"file:" +
      folder.path + "/secret\"\ns3_prefix = \"meet/\"\n");
  REQUIRE(s3);
  CHECK(s3->blobs.s3_bucket == "blobs");
  CHECK(s3->blobs.s3_region == "us-east-1");
  CHECK(s3->blobs.s3_prefix == "meet/");
  CHECK(with("s3_bucket = \"blobs\"").error().text.find("s3_endpoint is missing") != std::string::npos);
  CHECK(with("workers = 1\nlisden = \"x\"\n").error().text ==
        "sealhall serve: " + path + ", line 2: there is no setting \"lisden\". Did you mean \"listen\"?\n");
  CHECK(with("workers = \"two\"").error().text.find("line 1: \"workers\" has the wrong kind of value.") !=
        std::string::npos);
  CHECK(with("\n= 3").error().text.find("line 2: ") != std::string::npos);
}

namespace {
// Runs `sealhall serve` up to the sentence that it ends with.
std::pair<int, std::string> serve(std::vector<std::string> arguments, const std::string& folder) {
  arguments.insert(arguments.begin(), "serve");
  std::vector<char*> argv;
  for (std::string& a : arguments) argv.push_back(a.data());
  argv.push_back(nullptr);
  const std::string said = folder + "/said";
  const int before = ::dup(STDERR_FILENO);
  const int file = ::open(said.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
  ::dup2(file, STDERR_FILENO);
  const int code = serve_main(static_cast<int>(arguments.size()), argv.data());
  ::dup2(before, STDERR_FILENO);
  ::close(before);
  ::close(file);
  return {code, std::string{as_text(*io::read_file(said))}};
}
}  // namespace

TEST_CASE("serve: what keeps it from starting is one sentence") {
  const Folder folder;
  io::Loop loop;
  const auto taken = io::TcpListener::listen(loop, {"127.0.0.1", 0}, {}, [](auto) {});
  REQUIRE(taken);
  const std::string listen = (*taken)->local().text();
  const std::string data = folder.path + "/data";
  const auto [code, text] = serve({"--data", data, "--listen", listen}, folder.path);
  CHECK(code == 1);
  CHECK(text == "sealhall serve: Port " + std::to_string((*taken)->local().port) +
                    " on 127.0.0.1 is used by another program. Choose another with --listen.\n");
  // The authority is there all the same, for who asks.
  CHECK(io::file_exists(data + "/ca.pem"));

  std::string free_listen;
  {
    const auto passing = io::TcpListener::listen(loop, {"127.0.0.1", 0}, {}, [](auto) {});
    REQUIRE(passing);
    free_listen = (*passing)->local().text();
  }
  const int udp = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  socklen_t size = sizeof at;
  REQUIRE(::bind(udp, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0);
  ::getsockname(udp, reinterpret_cast<sockaddr*>(&at), &size);
  const std::string udp_port = std::to_string(ntohs(at.sin_port));
  CHECK(
      serve({"--data", data, "--listen", free_listen, "--udp-port", udp_port, "--workers", "1"}, folder.path).second ==
      "sealhall serve: UDP port " + udp_port +
          " is used by another program. Choose another first port with --udp-port.\n");
  ::close(udp);

  CHECK(serve({"--data", "/proc/nowhere"}, folder.path)
            .second.starts_with("sealhall serve: The folder /proc/nowhere cannot be made: "));
  CHECK(serve({"--data", data, "--run", folder.path + "/" + std::string(100, 'r')}, folder.path)
            .second.find("too long for sockets") != std::string::npos);
  CHECK(serve({"--data", data, "--cert", folder.path + "/no.pem", "--key", folder.path + "/no.key"}, folder.path)
            .second.find("no.pem cannot be used") != std::string::npos);
  const int held = ::open((data + "/lock").c_str(), O_RDWR | O_CLOEXEC);
  REQUIRE(::flock(held, LOCK_EX | LOCK_NB) == 0);
  CHECK(serve({"--data", data}, folder.path).second ==
        "sealhall serve: Another server already uses the data folder " + data + ".\n");
  ::close(held);
}

TEST_CASE("commands: the one that is named runs with its own arguments, others get the list") {
  static std::vector<std::string> seen;
  const Command table[] = {{"one", "first", [](int argc, char** argv) {
                              seen.assign(argv, argv + argc);
                              return 7;
                            }}};
  std::string program = "sealhall";
  std::string name = "one";
  std::string option = "--x";
  char* good[] = {program.data(), name.data(), option.data(), nullptr};
  CHECK(run_command(table, 3, good) == 7);
  CHECK(seen == std::vector<std::string>{"one", "--x"});
  std::string other = "two";
  char* bad[] = {program.data(), other.data(), nullptr};
  CHECK(run_command(table, 2, bad) == 2);
  CHECK(run_command(table, 1, bad) == 2);
}
