// server_cost REQUESTS SOCKETS: CPU of a TLS REST read on kept connections, and memory of an idle TLS WebSocket, for
// our server and for a bare loop. Prints `{"benchmarks": [..]}`.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "bench/server/servers.h"
#include "core/base/check.h"
#include "io/ca/local_ca.h"
#include "io/net/clock.h"

using namespace sealhall;

namespace {

constexpr int connections = 16;  // in flight at once: an API with some users
constexpr int rounds = 5;        // the best one counts: the machine has other work

struct Server {
  pid_t pid = 0;
  std::uint16_t port = 0;
};

Server start(const bench::ServerFiles& files, bool floor) {
  std::array<int, 2> ends{};
  SEALHALL_CHECK(::pipe(ends.data()) == 0);
  const pid_t pid = ::fork();
  if (pid == 0) {
    const auto ready = [&](std::uint16_t port) { SEALHALL_CHECK(::write(ends[1], &port, sizeof port) == sizeof port); };
    if (floor) bench::run_floor_server(files, ready);
    bench::run_io_server(files, ready);
  }
  Server server{pid, 0};
  SEALHALL_CHECK(::read(ends[0], &server.port, sizeof server.port) == sizeof server.port);
  return server;
}

double cpu_seconds(pid_t pid) {
  clockid_t clock{};
  timespec t{};
  SEALHALL_CHECK(::clock_getcpuclockid(pid, &clock) == 0 && ::clock_gettime(clock, &t) == 0);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) / 1e9;
}

double resident_kib(pid_t pid) {
  std::ifstream status{"/proc/" + std::to_string(pid) + "/status"};
  std::string line;
  while (std::getline(status, line)) {
    if (line.starts_with("RssAnon:")) return std::stod(line.substr(8));
  }
  return 0;
}

// A blocking TLS client.
struct Client {
  SSL* ssl = nullptr;

  Client(SSL_CTX* context, std::uint16_t port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    SEALHALL_CHECK(::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0);
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ssl = SSL_new(context);
    SSL_set_fd(ssl, fd);
    SEALHALL_CHECK(SSL_connect(ssl) == 1);
  }
  void send(std::string_view text) const {
    SEALHALL_CHECK(SSL_write(ssl, text.data(), static_cast<int>(text.size())) == static_cast<int>(text.size()));
  }
  // To the end of what `end` ends.
  void receive(std::string_view end) const {
    std::array<char, 4096> buffer{};
    std::string all;
    while (!all.ends_with(end)) {
      const int n = SSL_read(ssl, buffer.data(), static_cast<int>(buffer.size()));
      SEALHALL_CHECK(n > 0);
      all.append(buffer.data(), static_cast<std::size_t>(n));
    }
  }
};

double rest_microseconds(SSL_CTX* context, const Server& server, int requests) {
  std::vector<Client> clients;
  for (int i = 0; i < connections; ++i) clients.emplace_back(context, server.port);
  const std::string request =
      "GET /v2/users/me HTTP/1.1\r\nHost: localhost:8443\r\nAuthorization: Bearer "
      "3Uh781-3bWri4RPXVKwc-lS61x-TrBRCMIxffGEwipY\r\n"
      "Accept: application/json\r\nUser-Agent: server_cost\r\n\r\n";
  double best = 1e9;
  for (int round = 0; round <= rounds; ++round) {  // the first one warms up
    const double before = cpu_seconds(server.pid);
    for (int i = 0; i < requests / connections; ++i) {
      for (const Client& client : clients) client.send(request);
      for (const Client& client : clients) client.receive("\"}");
    }
    const double spent = (cpu_seconds(server.pid) - before) * 1e6 / (requests / connections * connections);
    if (round > 0) best = std::min(best, spent);
  }
  return best;
}

double websocket_kib(SSL_CTX* context, const Server& server, int sockets) {
  std::vector<Client> clients;
  const auto open = [&] {
    clients.emplace_back(context, server.port);
    clients.back().send(
        "GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: "
        "13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    clients.back().receive("\r\n\r\n");
  };
  for (int i = 0; i < 50; ++i) open();  // what is there once only is not counted
  const double before = resident_kib(server.pid);
  for (int i = 0; i < sockets; ++i) open();
  const double after = resident_kib(server.pid);
  return (after - before) / sockets;
}

}  // namespace

int main(int argc, char** argv) {
  const int requests = argc > 1 ? std::atoi(argv[1]) : 20'000;
  const int sockets = argc > 2 ? std::atoi(argv[2]) : 2'000;
  rlimit files_limit{};
  ::getrlimit(RLIMIT_NOFILE, &files_limit);
  files_limit.rlim_cur = files_limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files_limit);

  std::string folder = (std::filesystem::temp_directory_path() / "sealhall-cost-XXXXXX").string();
  folder = ::mkdtemp(folder.data());
  const auto ca = io::ensure_local_ca({.folder = folder + "/tls", .now = io::SystemWallClock{}.now()});
  SEALHALL_CHECK(ca.has_value());
  const bench::ServerFiles files{ca->server.chain_path, ca->server.key_path};
  const Server ours = start(files, false);
  const Server floor = start(files, true);
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);

  const double floor_rest = rest_microseconds(context, floor, requests);
  const double our_rest = rest_microseconds(context, ours, requests);
  const double floor_memory = websocket_kib(context, floor, sockets);
  const double our_memory = websocket_kib(context, ours, sockets);
  for (const Server& server : {ours, floor}) {
    ::kill(server.pid, SIGKILL);
    ::waitpid(server.pid, nullptr, 0);
  }
  std::filesystem::remove_all(folder);

  std::printf(
      "{\"benchmarks\": [\n"
      "  {\"name\": \"floor_tls_echo\", \"value\": %.2f, \"unit\": \"us CPU\", \"better\": \"lower\"},\n"
      "  {\"name\": \"rest_read\", \"value\": %.2f, \"unit\": \"us CPU\", \"floor\": \"floor_tls_echo\", \"limit\": "
      "25, \"better\": \"lower\"},\n"
      "  {\"name\": \"floor_idle_tls\", \"value\": %.2f, \"unit\": \"KiB\", \"better\": \"lower\"},\n"
      "  {\"name\": \"idle_websocket\", \"value\": %.2f, \"unit\": \"KiB\", \"floor\": \"floor_idle_tls\", \"limit\": "
      "25, \"better\": \"lower\"}\n"
      "]}\n",
      floor_rest, our_rest, floor_memory, our_memory);
  return 0;
}
