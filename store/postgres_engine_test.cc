// What only a database that can go away does: see engine_test.cc for what both engines do.
#include "store/postgres_engine.h"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <map>
#include <string_view>
#include <thread>

#include "store/testing.h"

using namespace sealhall;
using namespace sealhall::store;
using testing::PostgresServer;
using testing::Shop;
using namespace std::chrono_literals;

namespace {

/// A server of its own that may be stopped, with an engine on it.
struct Place {
  explicit Place(Duration patience = 3s, Duration answer_within = 30s,
                 std::vector<std::string> settings = {"fsync=off", "deadlock_timeout=1s"})
      : server(std::move(settings)), database(server.new_database()), shop([&](io::Loop& loop) {
          auto opened = PostgresEngine::open(
              loop, {.url = server.url(database), .patience = patience, .answer_within = answer_within});
          REQUIRE(opened.has_value());
          engine = opened->get();
          return std::unique_ptr<Engine>{std::move(*opened)};
        }) {}
  [[nodiscard]] std::int64_t counter() {
    return shop.read({"SELECT created_at FROM accounts WHERE id='c'"})->integer(0, 0);
  }

  PostgresServer server;
  std::string database;
  PostgresEngine* engine = nullptr;
  Shop shop;
};

const Statement make_counter{"INSERT INTO accounts(id, name, created_at) VALUES('c','',0)"};
const Statement count_up{"UPDATE accounts SET created_at=created_at+1 WHERE id='c'"};
const Statement slow{"SELECT 1 FROM pg_sleep(20)"};
const std::string sleeping = "SELECT 1 FROM pg_stat_activity WHERE wait_event='PgSleep'";
const std::string end_all =
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name='sealhall' AND "
    "pid<>pg_backend_pid()";

/// `n` writes that each count up by one; the answers are counted by name ("ok" when acknowledged).
struct Burst {
  Burst(Engine& engine, int n, const Statement& first = count_up) : asked(n) {
    for (int i = 0; i < n; ++i) {
      engine.write({i == 0 ? first : count_up}, [this](auto result) {
        ++answered;
        ++answers[result ? "ok" : std::string{name_of(result.error())}];
      });
    }
  }
  [[nodiscard]] bool done() const { return answered == asked; }
  int asked;
  int answered = 0;
  std::map<std::string, int> answers;
};

bool installed() {
  if (PostgresServer::installed()) return true;
  MESSAGE("SKIPPED: PostgreSQL is not installed");
  return false;
}

/// Lets in whoever comes first, without a word about itself, and then only listens.
class Taciturn {
 public:
  Taciturn() : listening_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = folder.path + "/.s.PGSQL.5432";
    REQUIRE(path.size() < sizeof address.sun_path);
    std::ranges::copy(path, address.sun_path);
    REQUIRE(::bind(listening_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(listening_, 1) == 0);
    thread_ = std::jthread{[this] { serve(); }};
  }
  ~Taciturn() {
    ::shutdown(listening_, SHUT_RDWR);  // also when nobody came
    thread_.join();
    ::close(listening_);
  }
  Taciturn(const Taciturn&) = delete;
  Taciturn& operator=(const Taciturn&) = delete;

  const testing::Folder folder;

 private:
  void serve() const {
    const int peer = ::accept(listening_, nullptr, nullptr);
    if (peer < 0) return;
    std::array<char, 1024> room{};
    // AuthenticationOk and ReadyForQuery, where a ParameterStatus of everything would stand between.
    constexpr std::string_view let_in{"R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I", 15};
    if (::read(peer, room.data(), room.size()) > 0 && ::write(peer, let_in.data(), let_in.size()) > 0) {
      while (::read(peer, room.data(), room.size()) > 0) {
      }
    }
    ::close(peer);
  }
  int listening_;
  std::jthread thread_;
};

}  // namespace

TEST_CASE("postgres: what does not say in which encoding it keeps text is refused with a sentence") {
  const Taciturn server;
  const auto session = open_session("host=" + server.folder.path + " port=5432 user=x dbname=x", 10s);
  REQUIRE_FALSE(session.has_value());
  CHECK(session.error().error == StoreError::failed);
  CHECK(session.error().reason == "The database must have the encoding UTF8.");
}

TEST_CASE("postgres: SQLSTATEs get their names") {
  using enum PostgresFailure::Kind;
  const auto is = [](const char* state, PostgresFailure::Kind kind, StoreError error) {
    const PostgresFailure failure = failure_of(state);
    return failure.kind == kind && failure.error == error;
  };
  CHECK(is("23505", error, StoreError::taken));
  CHECK(is("23503", error, StoreError::not_found));
  CHECK(is("23502", error, StoreError::failed));
  CHECK(is("40001", again, StoreError::busy));
  CHECK(is("40P01", again, StoreError::busy));
  CHECK(is("53100", error, StoreError::full));
  CHECK(is("55P03", error, StoreError::busy));
  CHECK(is("XX001", error, StoreError::damaged));
  CHECK(is("57P01", lost, StoreError::unavailable));
  CHECK(is("08006", lost, StoreError::unavailable));
  CHECK(is("25006", lost, StoreError::unavailable));
  CHECK(is("42601", error, StoreError::failed));
  CHECK(is("", error, StoreError::failed));
}

TEST_CASE("postgres: when the server dies, what was sent fails with its name, nothing happens twice, and it goes on") {
  if (!installed()) return;
  Place place{500ms};
  REQUIRE(place.shop.write({make_counter}));
  Burst first{place.shop.engine(), 1};
  REQUIRE(place.shop.loop().run_until([&] { return first.done(); }, 10s));

  // Some are acknowledged, some under way, some queued when it dies.
  Burst burst{place.shop.engine(), 5000};
  std::optional<StoreError> read_error;
  place.shop.engine().read(slow, [&](auto rows) { read_error = rows ? StoreError::stopped : rows.error(); });
  REQUIRE(place.shop.loop().run_until([&] { return burst.answered > 0; }, 10s));
  place.server.stop(SIGQUIT);
  REQUIRE(place.shop.loop().run_until([&] { return burst.done() && read_error; }, 10s));
  CHECK(read_error == StoreError::unavailable);
  CHECK(burst.answers["ok"] + burst.answers["uncertain"] + burst.answers["unavailable"] == 5000);

  // Asked while it is away: fails in time.
  CHECK(place.shop.read({"SELECT 1"}).error() == StoreError::unavailable);
  CHECK(place.shop.write({count_up}).error() == StoreError::unavailable);
  CHECK(place.engine->connections_lost() >= 2);

  place.server.start();
  const int acknowledged = 1 + burst.answers["ok"];
  std::int64_t counted = 0;
  for (int i = 0; i < 50; ++i) {
    auto rows = place.shop.read({"SELECT created_at FROM accounts WHERE id='c'"});
    if (!rows) continue;
    counted = rows->integer(0, 0);
    break;
  }
  CHECK(counted >= acknowledged);
  CHECK(counted <= acknowledged + burst.answers["uncertain"]);
  auto written = place.shop.write({count_up});
  for (int i = 0; i < 50 && !written; ++i) written = place.shop.write({count_up});
  CHECK(written.has_value());
  CHECK(place.counter() == counted + 1);
}

TEST_CASE("postgres: a transaction of which nobody knows whether it happened is called uncertain") {
  if (!installed()) return;
  Place place;
  REQUIRE(place.shop.write({make_counter}));
  // It goes out at once, its COMMIT too, and keeps the server busy; what is asked meanwhile waits here.
  Burst known{place.shop.engine(), 1, slow};
  Burst queued{place.shop.engine(), 3};
  place.shop.loop().run_until([] { return false; }, 100ms);
  REQUIRE(place.server.execute("postgres",
                               "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                               "WHERE application_name='sealhall' AND pid<>pg_backend_pid()"));
  REQUIRE(place.shop.loop().run_until([&] { return known.done() && queued.done(); }, 10s));
  CHECK(known.answers == std::map<std::string, int>{{"uncertain", 1}});
  CHECK(queued.answers == std::map<std::string, int>{{"ok", 3}});  // had not been sent: waited for the next connection
  CHECK(place.counter() == 3);

  // With a statement on which the COMMIT depends, nothing can have happened.
  Burst certain{place.shop.engine(), 1, {slow.sql, {}, StoreError::not_found}};
  place.shop.loop().run_until([] { return false; }, 100ms);
  REQUIRE(place.server.execute("postgres",
                               "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                               "WHERE application_name='sealhall' AND pid<>pg_backend_pid()"));
  REQUIRE(place.shop.loop().run_until([&] { return certain.done(); }, 10s));
  CHECK(certain.answers == std::map<std::string, int>{{"unavailable", 1}});
}

TEST_CASE("postgres: a server that answers nothing is given up, and used again when it answers") {
  if (!installed()) return;
  Place place{300ms, 300ms};
  REQUIRE(place.shop.write({make_counter}));
  place.server.pause(true);
  const auto read = place.shop.read({"SELECT 1"});
  const auto written = place.shop.write({count_up});
  place.server.pause(false);
  CHECK(read.error() == StoreError::unavailable);
  CHECK(written.error() == StoreError::uncertain);
  bool back = false;
  for (int i = 0; i < 50 && !back; ++i) back = place.shop.read({"SELECT 1"}).has_value();
  CHECK(back);
}

TEST_CASE("postgres: a deadlock with another program is run again, and all of the batch is done") {
  if (!installed()) return;
  Place place;
  REQUIRE(place.shop.write({make_counter, {"INSERT INTO accounts(id, name, created_at) VALUES('d','',0)"}}));
  auto other = open_session(place.server.url(place.database), 5s);
  REQUIRE(other.has_value());
  const auto run = [&](const char* sql) { PQclear(PQexec(other->get(), sql)); };
  run("SET deadlock_timeout='20s'");  // so that the engine is the one that is told
  run("BEGIN; UPDATE accounts SET created_at=created_at+10 WHERE id='d'");
  Burst before{place.shop.engine(), 3};
  std::optional<bool> both;
  place.shop.engine().write({count_up, {"UPDATE accounts SET created_at=created_at+1 WHERE id='d'"}},
                            [&](auto result) { both = result.has_value(); });
  Burst after{place.shop.engine(), 3};
  // Holds 'c' and waits for 'd'. (Its batches go out while the loop does not run only as long as they do not depend.)
  place.shop.loop().run_until([&] { return before.done(); }, 10s);
  place.server.wait_for("SELECT 1 FROM pg_stat_activity WHERE wait_event_type='Lock'");
  std::thread opponent{[&] { run("UPDATE accounts SET created_at=created_at+10 WHERE id='c'; COMMIT"); }};
  REQUIRE(place.shop.loop().run_until([&] { return before.done() && both && after.done(); }, 20s));
  opponent.join();
  CHECK(before.answers["ok"] == 3);
  CHECK(*both);
  CHECK(after.answers["ok"] == 3);
  CHECK(place.counter() == 17);
}

TEST_CASE("postgres: writes that wait when the engine goes are finished") {
  if (!installed()) return;
  PostgresServer& server = PostgresServer::instance();
  const std::string database = server.new_database();
  const auto open = [&](io::Loop& loop) { return PostgresEngine::open(loop, {.url = server.url(database)}); };
  int answered = 0;
  io::Loop loop;
  {
    auto engine = open(loop);
    REQUIRE(engine.has_value());
    (*engine)->write({make_counter}, [&](auto) { ++answered; });
    for (int i = 0; i < 3000; ++i) (*engine)->write({count_up}, [&](auto) { ++answered; });
  }
  loop.run_until([&] { return answered == 3001; }, 5s);
  CHECK(answered == 3001);
  {
    Shop shop{[&](io::Loop& l) { return std::unique_ptr<Engine>{std::move(*open(l))}; }};
    CHECK(shop.read({"SELECT created_at FROM accounts WHERE id='c'"})->integer(0, 0) == 3000);
  }
  server.drop_database(database);
}

TEST_CASE("postgres: a database of a newer version is refused; two that migrate at once do not hurt each other") {
  if (!installed()) return;
  PostgresServer& server = PostgresServer::instance();
  REQUIRE(server.execute("postgres", "CREATE DATABASE fresh"));
  std::vector<std::thread> both;
  std::array<bool, 2> ok{};
  for (std::size_t i = 0; i < ok.size(); ++i) {
    both.emplace_back([&, i] {
      auto session = open_session(server.url("fresh"), 10s);
      ok[i] = session && migrate(session->get());
    });
  }
  for (std::thread& thread : both) thread.join();
  CHECK(ok[0]);
  CHECK(ok[1]);
  REQUIRE(server.execute("fresh", "INSERT INTO schema_steps VALUES('of tomorrow')"));
  io::Loop loop;
  const auto refused = PostgresEngine::open(loop, {.url = server.url("fresh")});
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().error == StoreError::too_new);
  server.drop_database("fresh");
}
