// A PostgreSQL server of the test's own: started on first use, on a Unix socket in a folder of its own, ended with the
// test program. Never as root.
#pragma once

#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "io/net/loop.h"
#include "store/postgres_engine.h"

namespace sealhall::store::testing {

class PostgresServer {
 public:
  static constexpr const char* programs = "/usr/lib/postgresql/15/bin/";
  static bool installed() { return std::filesystem::exists(std::string{programs} + "initdb"); }
  /// The one of this test program.
  static PostgresServer& instance() {
    static PostgresServer server;
    return server;
  }

  explicit PostgresServer(std::vector<std::string> settings = {"fsync=off", "full_page_writes=off"})
      : settings_(std::move(settings)) {
    std::string name = (std::filesystem::temp_directory_path() / "sealhall_pg_XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    folder_ = name;
    if (::getuid() == 0) REQUIRE(::chown(folder_.c_str(), nobody, nobody) == 0);
    // Another collation than the one that we want to see, so that ours must be asked for.
    REQUIRE(ended_well(run({"initdb", "-D", data(), "-U", "sealhall", "-A", "trust", "-E", "UTF8", "--no-sync",
                            "--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-US"})));
    start();
    REQUIRE(execute("postgres", "SELECT 1"));
  }
  ~PostgresServer() {
    stop();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  void start() {
    std::vector<std::string> command{"postgres", "-D", data(), "-k", folder_, "-c", "listen_addresses="};
    for (const std::string& setting : settings_) command.insert(command.end(), {"-c", setting});
    pid_ = run(command);
    for (int i = 0; i < 300; ++i) {
      if (open_session(url("postgres"), std::chrono::seconds{5})) return;
      ::poll(nullptr, 0, 100);  // it says nowhere that it listens; the socket is there before it does
    }
    FAIL("PostgreSQL did not start");
  }
  /// SIGINT: ends connections and stops. SIGQUIT: as if it had crashed.
  void stop(int signal = SIGINT) {
    if (pid_ <= 0) return;
    ::kill(pid_, signal);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }
  /// All its processes stop where they are, or go on: a server that answers nothing.
  void pause(bool stopped) const {
    for (const auto& entry : std::filesystem::directory_iterator{"/proc"}) {
      const std::string number = entry.path().filename().string();
      if (number.find_first_not_of("0123456789") != std::string::npos) continue;
      const pid_t pid = std::stoi(number);
      if (pid == pid_ || parent_of(number) == pid_) ::kill(pid, stopped ? SIGSTOP : SIGCONT);
    }
  }

  [[nodiscard]] std::string url(const std::string& database) const {
    return "postgres://sealhall@/" + database + "?host=" + folder_;
  }
  bool execute(const std::string& database, const std::string& sql) const {
    auto session = open_session(url(database), std::chrono::seconds{10});
    return session && rows(session->get(), sql) >= 0;
  }
  /// Returns when `sql` gives a row: for states of the server that nobody tells us about.
  void wait_for(const std::string& sql) const {
    auto session = open_session(url("postgres"), std::chrono::seconds{10});
    REQUIRE(session.has_value());
    for (int i = 0; i < 2000; ++i) {
      if (rows(session->get(), sql) > 0) return;
      ::poll(nullptr, 0, 5);
    }
    FAIL("waited in vain for: " << sql);
  }
  /// An empty database of its own, migrated; gives its name.
  std::string new_database() {
    if (made_++ == 0) {
      REQUIRE(execute("postgres", "CREATE DATABASE migrated"));
      auto session = open_session(url("migrated"), std::chrono::seconds{10});
      REQUIRE(session.has_value());
      const auto done = migrate(session->get());
      REQUIRE_MESSAGE(done.has_value(), (done ? "" : done.error().reason));
    }
    const std::string name = "test" + std::to_string(made_);
    REQUIRE(execute("postgres", "CREATE DATABASE " + name + " TEMPLATE migrated"));
    return name;
  }
  void drop_database(const std::string& name) const {
    static_cast<void>(execute("postgres", "DROP DATABASE " + name + " WITH (FORCE)"));
  }

 private:
  static constexpr unsigned nobody = 65534;

  [[nodiscard]] std::string data() const { return folder_ + "/data"; }
  static pid_t parent_of(const std::string& pid) {
    std::string text(512, '\0');
    if (auto* file = std::fopen(("/proc/" + pid + "/stat").c_str(), "rb")) {
      text.resize(std::fread(text.data(), 1, text.size(), file));
      std::fclose(file);
    } else {
      return 0;
    }
    const std::size_t name_end = text.rfind(')');  // "pid (name) state parent .."
    pid_t parent = 0;
    if (name_end != std::string::npos && name_end + 4 < text.size())
      std::from_chars(text.data() + name_end + 4, text.data() + text.size(), parent);
    return parent;
  }
  pid_t run(const std::vector<std::string>& command) const {
    const pid_t test = ::getpid();
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child > 0) return child;
    if (::getuid() == 0 && (::setgid(nobody) != 0 || ::setuid(nobody) != 0)) std::_Exit(126);
    ::prctl(PR_SET_PDEATHSIG, SIGQUIT);
    if (::getppid() != test || ::chdir(folder_.c_str()) != 0) std::_Exit(125);
    const int log = ::open((folder_ + "/log").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    ::dup2(log, 1);
    ::dup2(log, 2);
    const std::string program = programs + command.front();
    std::vector<char*> arguments;
    for (const std::string& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
    arguments.push_back(nullptr);
    ::execv(program.c_str(), arguments.data());
    std::_Exit(127);
  }
  /// -1 on an error.
  static int rows(PGconn* connection, const std::string& sql) {
    PGresult* const result = PQexec(connection, sql.c_str());
    const auto status = PQresultStatus(result);
    const int n = status == PGRES_TUPLES_OK ? PQntuples(result) : status == PGRES_COMMAND_OK ? 0 : -1;
    PQclear(result);
    return n;
  }
  static bool ended_well(pid_t pid) {
    int status = 0;
    return ::waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }

  std::vector<std::string> settings_;
  std::string folder_;
  pid_t pid_ = 0;
  int made_ = 0;
};

}  // namespace sealhall::store::testing
