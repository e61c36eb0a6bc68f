// The program sealhall-media as its own process, as the supervisor starts it.
#include <doctest/doctest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "server/media/socket_testing.h"

extern char** environ;

using namespace sealhall;
using namespace sealhall::media;
using namespace sealhall::media::testing;

namespace {

/// A program of the same build: they all stand side by side, as the supervisor expects.
std::string beside_this_one(const char* name) {
  return std::filesystem::read_symlink("/proc/self/exe").replace_filename(name).string();
}

struct Program {
  explicit Program(std::vector<std::string> arguments) {
    const std::string program = beside_this_one("sealhall-media");
    arguments.insert(arguments.begin(), program);
    std::vector<char*> argv;
    for (std::string& a : arguments) argv.push_back(a.data());
    argv.push_back(nullptr);
    REQUIRE(::posix_spawn(&pid, program.c_str(), nullptr, nullptr, argv.data(), environ) == 0);
  }
  ~Program() {
    if (pid <= 0) return;
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  /// The exit code once it has ended by itself; nullopt while it runs.
  std::optional<int> ended() {
    int status = 0;
    if (::waitpid(pid, &status, WNOHANG) != pid) return std::nullopt;
    pid = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  /// A line of /proc/PID/status, behind its colon.
  [[nodiscard]] std::string status(const std::string& name) const {
    std::ifstream file("/proc/" + std::to_string(pid) + "/status");
    for (std::string line; std::getline(file, line);)
      if (line.starts_with(name + ":")) return line.substr(name.size() + 1);
    return {};
  }
  [[nodiscard]] std::size_t resident_kb() const { return std::stoul(status("VmRSS")); }
  pid_t pid = 0;
};

std::vector<std::string> arguments(const Town& town) {
  return {"--run", town.run.path, "--worker", "0", "--bind", "127.0.0.1", "--port", "0"};
}

}  // namespace

TEST_CASE("sealhall-media: starts, serves, may gain no privileges, and ends politely with SIGTERM") {
  Town town{0};
  Program program{arguments(town)};
  town.wait_for_workers(1);
  CHECK(town.control.of(0)->hello->pid == static_cast<std::uint32_t>(program.pid));
  CHECK(program.status("NoNewPrivs").find('1') != std::string::npos);
  Client& a = town.join();
  Client& b = town.join();
  town.during(150ms);
  a.say("across processes", io::steady_now());
  b.say("so that b is known", io::steady_now());
  town.until([&] { return b.arrived.count("across processes") == 1; });
  ::kill(program.pid, SIGTERM);
  std::optional<int> code;
  town.until([&] {
    if (!code) code = program.ended();
    return code && a.transport->state() == dtls::SecureTransport::State::closed &&
           b.transport->state() == dtls::SecureTransport::State::closed;
  });
  CHECK(code == 0);
  CHECK(a.arrived.byes == 1);
  CHECK(b.arrived.byes == 1);
}

TEST_CASE("sealhall-media: a wrong command line ends with 2, a run directory that is not there with 1") {
  Program wrong{{"--worker", "x"}};
  Program nowhere{{"--run", "/nowhere/at/all", "--worker", "0", "--bind", "127.0.0.1", "--port", "0"}};
  std::optional<int> a;
  std::optional<int> b;
  const Instant end = io::steady_now() + 10s;
  while ((!a || !b) && io::steady_now() < end) {
    if (!a) a = wrong.ended();
    if (!b) b = nowhere.ended();
    ::poll(nullptr, 0, 1);
  }
  CHECK(a == 2);
  CHECK(b == 1);
}

TEST_CASE("sealhall-media: a connected receiver with 8 audio and 25 video slots costs at most 32 KB") {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  MESSAGE("SKIPPED memory: the sanitizer's own would be measured");
#else
  Town town{0};
  Program program{arguments(town)};
  town.wait_for_workers(1);
  constexpr std::size_t warm = 20;
  constexpr std::size_t counted = 100;
  std::size_t before = 0;
  for (std::size_t i = 0; i < warm + counted; ++i) {
    if (i == warm) before = program.resident_kb();
    Client& c = town.add_client(0, 8, 25);
    town.add_udp(c);
    town.until([&] { return c.transport->state() == dtls::SecureTransport::State::connected; });
    // Something authentic, so that the worker lets go of DTLS.
    const rtp::rtcp::Message report = rtp::rtcp::ReceiverReport{77, {}};
    Bytes plain(64);
    plain.resize(*rtp::rtcp::write({&report, 1}, plain));
    REQUIRE(c.transport->send_rtcp(plain, io::steady_now(), c.out));
    c.flush();
    town.step();
  }
  const std::size_t after = program.resident_kb();
  const double each = static_cast<double>(after - before) / counted;
  MESSAGE("a receiver costs " << each << " KB of resident memory");
  CHECK(each <= 32);
#endif
}
