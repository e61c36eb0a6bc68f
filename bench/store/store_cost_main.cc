// store_cost SECONDS FOLDER [POSTGRES-ADDRESS]: rows of chat acknowledged a second, 64 asked at a time, through each
// engine and through a bare loop over the same library, alternating. JSON in Google Benchmark's shape on standard
// output.
#include <libpq-fe.h>
#include <sqlite3.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "io/net/clock.h"
#include "io/net/loop.h"
#include "io/net/timer.h"
#include "store/open.h"

using namespace sealhall;

namespace {

constexpr int at_once = 64;
constexpr int rounds = 3;
const std::string create =
    "CREATE TABLE IF NOT EXISTS bench_chat(id TEXT PRIMARY KEY, meeting TEXT, at BIGINT, sealed ";
const std::string insert = "INSERT INTO bench_chat(id, meeting, at, sealed) VALUES($1,$2,$3,$4)";
const Bytes content(200, 0x5a);
int next_id = 0;

std::string new_id() { return "message-" + std::to_string(next_id++); }
[[noreturn]] void fail(const char* what) {
  std::fprintf(stderr, "store_cost: %s\n", what);
  std::exit(1);
}

/// Rows a second: as many asked again as were acknowledged.
double through_engine(io::Loop& loop, store::Engine& engine, Duration time) {
  long acknowledged = 0;
  int open = 0;
  const Instant start = loop.now();
  const Instant end = start + time;
  std::function<void()> ask = [&] {
    ++open;
    engine.write({{insert, {new_id(), "m", 5, content}}}, [&](auto done) {
      if (!done) fail("a row was refused");
      --open;
      ++acknowledged;
      if (loop.now() < end) ask();
    });
  };
  for (int i = 0; i < at_once; ++i) ask();
  if (!loop.run_until([&] { return open == 0; }, time * 10)) fail("no answer");
  return static_cast<double>(acknowledged) / to_seconds(loop.now() - start);
}

/// The floor: 64 rows a transaction, nothing else.
double through_sqlite(const std::string& path, Duration time) {
  sqlite3* db = nullptr;
  sqlite3_open(path.c_str(), &db);
  sqlite3_exec(db, ("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;" + create + "BLOB)").c_str(), nullptr, nullptr,
               nullptr);
  sqlite3_stmt* statement = nullptr;
  sqlite3_prepare_v2(db, "INSERT INTO bench_chat VALUES(?,?,?,?)", -1, &statement, nullptr);
  long rows = 0;
  const Instant start = io::steady_now();
  while (io::steady_now() - start < time) {
    sqlite3_exec(db, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr);
    for (int i = 0; i < at_once; ++i, ++rows) {
      const std::string id = new_id();
      sqlite3_bind_text(statement, 1, id.c_str(), -1, SQLITE_TRANSIENT);
      sqlite3_bind_text(statement, 2, "m", -1, SQLITE_STATIC);
      sqlite3_bind_int64(statement, 3, 5);
      sqlite3_bind_blob(statement, 4, content.data(), static_cast<int>(content.size()), SQLITE_STATIC);
      if (sqlite3_step(statement) != SQLITE_DONE) fail("sqlite");
      sqlite3_reset(statement);
    }
    if (sqlite3_exec(db, "COMMIT", nullptr, nullptr, nullptr) != SQLITE_OK) fail("sqlite commit");
  }
  const double rate = static_cast<double>(rows) / to_seconds(io::steady_now() - start);
  sqlite3_finalize(statement);
  sqlite3_close(db);
  return rate;
}

double through_libpq(const std::string& address, Duration time) {
  PGconn* db = PQconnectdb(address.c_str());
  PQclear(PQprepare(db, "insert", insert.c_str(), 0, nullptr));
  if (PQenterPipelineMode(db) != 1) fail("libpq");
  long rows = 0;
  const Instant start = io::steady_now();
  while (io::steady_now() - start < time) {
    PQsendQueryParams(db, "BEGIN", 0, nullptr, nullptr, nullptr, nullptr, 0);
    for (int i = 0; i < at_once; ++i, ++rows) {
      const std::string id = new_id();
      const char* values[] = {id.c_str(), "m", "5", reinterpret_cast<const char*>(content.data())};
      const int lengths[] = {0, 0, 0, static_cast<int>(content.size())};
      const int formats[] = {0, 0, 0, 1};
      PQsendQueryPrepared(db, "insert", 4, values, lengths, formats, 1);
    }
    PQsendQueryParams(db, "COMMIT", 0, nullptr, nullptr, nullptr, nullptr, 0);
    PQpipelineSync(db);
    for (bool more = true; more;) {
      PGresult* result = PQgetResult(db);
      const auto status = PQresultStatus(result);
      if (result != nullptr && status == PGRES_FATAL_ERROR) fail("libpq row");
      more = result == nullptr || status != PGRES_PIPELINE_SYNC;
      PQclear(result);
    }
  }
  const double rate = static_cast<double>(rows) / to_seconds(io::steady_now() - start);
  PQfinish(db);
  return rate;
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) fail("SECONDS FOLDER [POSTGRES-ADDRESS]");
  const Duration time = seconds_to_duration(std::atof(argv[1]) / rounds);
  const std::string folder = argv[2];
  io::Loop loop;
  io::Timer awake{loop};
  awake.after(std::chrono::hours{1}, [] {});
  std::string out;
  const auto row = [&](const std::string& name, double value, const std::string& floor) {
    out += (out.empty() ? "" : ",\n ") + std::string{"{\"name\": \""} + name +
           "\", \"value\": " + std::to_string(value) + ", \"unit\": \"rows/s\", \"better\": \"higher\"" +
           (floor.empty() ? "" : ", \"floor\": \"" + floor + "\"") + "}";
  };
  const auto compare = [&](const std::string& name, const std::string& database, const std::string& bytes, auto bare) {
    auto engine = store::open_engine(loop, database);
    if (!engine) fail(engine.error().c_str());
    bool made = false;
    (*engine)->write({{create + bytes + ")"}}, [&](auto done) { made = done.has_value(); });
    if (!loop.run_until([&] { return made; }, std::chrono::seconds{10})) fail("no table");
    std::vector<double> ours;
    std::vector<double> theirs;
    for (int i = 0; i < rounds; ++i) {
      ours.push_back(through_engine(loop, **engine, time));
      theirs.push_back(bare());
    }
    row("chat_rows_acknowledged_" + name, median(ours), "floor_bare_" + name);
    row("floor_bare_" + name, median(theirs), "");
  };
  compare("sqlite", folder + "/ours.sqlite", "BLOB", [&] { return through_sqlite(folder + "/bare.sqlite", time); });
  if (argc > 3) compare("postgres", argv[3], "BYTEA", [&] { return through_libpq(argv[3], time); });
  std::printf("{\"benchmarks\": [\n %s]}\n", out.c_str());
  return 0;
}
