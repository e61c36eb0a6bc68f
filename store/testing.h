// For tests of repositories: an empty store on each engine that is there, asked as if it answered at once.
#pragma once

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "io/net/loop.h"
#include "io/net/timer.h"
#include "store/sqlite_engine.h"
#include "store/testing_postgres.h"

namespace sealhall::store::testing {

/// A folder that goes when the test is over.
class Folder {
 public:
  Folder() {
    path = (std::filesystem::temp_directory_path() / "sealhall_store_XXXXXX").string();
    REQUIRE(mkdtemp(path.data()) != nullptr);
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] std::string file() const { return path + "/store.sqlite"; }

  std::string path;
};

/// An engine with its loop. `ask` starts something that answers through a Done<T> and waits for the answer.
class Shop {
 public:
  using Open = std::function<std::unique_ptr<Engine>(io::Loop&)>;
  explicit Shop(const Open& open) : engine_(open(loop_)) {
    REQUIRE(engine_ != nullptr);
    awake_.after(std::chrono::hours{1}, [] {});
  }
  /// On the SQLite file of that name.
  explicit Shop(const std::string& file)
      : Shop([&file](io::Loop& loop) -> std::unique_ptr<Engine> {
          auto opened = SqliteEngine::open(file, [&loop](auto callback) { loop.post(std::move(callback)); });
          REQUIRE(opened.has_value());
          return std::move(*opened);
        }) {}

  [[nodiscard]] Engine& engine() noexcept { return *engine_; }
  [[nodiscard]] io::Loop& loop() noexcept { return loop_; }

  /// `shop.ask<void>([&](auto done) { users.create(user, std::move(done)); })`
  template <class T, class Ask>
  expected<T, StoreError> ask(Ask start) {
    std::optional<expected<T, StoreError>> result;
    start(Done<T>{[&result](expected<T, StoreError> r) { result = std::move(r); }});
    loop_.run_until([&result] { return result.has_value(); }, std::chrono::seconds{30});
    REQUIRE(result.has_value());
    return std::move(*result);
  }
  expected<Rows, StoreError> read(Statement statement) {
    return ask<Rows>([&](Done<Rows> done) { engine_->read(std::move(statement), std::move(done)); });
  }
  expected<std::vector<Rows>, StoreError> write(std::vector<Statement> statements) {
    return ask<std::vector<Rows>>([&](auto done) { engine_->write(std::move(statements), std::move(done)); });
  }

 private:
  io::Loop loop_;
  io::Timer awake_{loop_};  ///< a loop that waits for nothing returns at once, and the writing thread posts later
  std::unique_ptr<Engine> engine_;
};

/// Runs the test on SQLite and on PostgreSQL, each time with an empty, migrated store.
inline void on_each_engine(const std::function<void(Shop&)>& test) {
  {
    INFO("on SQLite");
    const Folder folder;
    Shop shop{folder.file()};
    test(shop);
  }
  if (!PostgresServer::installed()) {
    MESSAGE("SKIPPED on PostgreSQL: it is not installed");
    return;
  }
  INFO("on PostgreSQL");
  PostgresServer& server = PostgresServer::instance();
  const std::string database = server.new_database();
  {
    Shop shop{[&](io::Loop& loop) -> std::unique_ptr<Engine> {
      auto engine = PostgresEngine::open(loop, {.url = server.url(database)});
      REQUIRE_MESSAGE(engine.has_value(), (engine ? "" : engine.error().reason));
      return std::move(*engine);
    }};
    test(shop);
  }
  server.drop_database(database);
}

}  // namespace sealhall::store::testing
