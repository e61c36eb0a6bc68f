// The engine on PostgreSQL 15 or newer: several connections read, one writes whole batches in one transaction.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "io/net/loop.h"
#include "io/net/timer.h"
#include "store/engine.h"
#include "store/postgres_connection.h"
#include "store/postgres_session.h"

namespace sealhall::store {

struct PostgresOptions {
  std::string url;          ///< postgres://user@host/name, or "host=.. dbname=.."
  std::size_t readers = 3;  ///< more answer more slow queries at a time, and take more of the server's connections
  /// How long work that was not sent waits while there is no connection before it fails as unavailable.
  Duration patience = std::chrono::seconds{3};
  /// How long the server may say nothing before the connection counts as broken.
  Duration answer_within = std::chrono::seconds{30};
  /// Every read sees the database as it was when the engine was opened, whatever others write meanwhile. Nothing can be
  /// written, and when the connection breaks the moment is gone: reads fail as unavailable.
  bool snapshot = false;
};

/// When a connection breaks, the writes that were sent over it fail at once (unavailable; uncertain when the
/// transaction was being committed) and are never sent again. Reads, and writes that were not sent, wait for the next
/// connection, at most for `patience`; then they fail as unavailable. Connecting again is tried from 100 ms to 5 s
/// apart.
class PostgresEngine final : public Engine {
 public:
  /// Blocks: connects, migrates.
  static expected<std::unique_ptr<PostgresEngine>, PostgresOpenError> open(io::Loop& loop, PostgresOptions options);
  /// Finishes the writes that were asked, at most for 2 s; their callbacks are posted.
  ~PostgresEngine() override;

  void read(Statement statement, Done<Rows> done) override;
  void write(std::vector<Statement> statements, Done<std::vector<Rows>> done) override;

  /// How often a connection broke; for the metrics.
  [[nodiscard]] std::uint64_t connections_lost() const noexcept { return connections_lost_; }

 private:
  struct Line;  // a place for a connection, which comes and goes
  struct Read {
    Statement statement;
    Done<Rows> done;
    Instant until;
  };
  struct Job {
    std::vector<Statement> statements;
    Done<std::vector<Rows>> done;
    Instant until;
    int tries = 0;
    std::vector<Rows> rows{};
  };
  /// The jobs that share the running transaction.
  struct Batch {
    std::vector<Job> jobs;
    bool committing = false;
    std::size_t failed_job = 0;  ///< of the first failure
    std::optional<PostgresFailure> failure;
  };

  PostgresEngine(io::Loop& loop, PostgresOptions options);
  void connect(Line& line);
  void connected(Line& line, PostgresHandle handle);
  void disconnected(Line& line);
  Line* free_reader();
  void send_read(Line& line, Read read);
  void serve_waiting();
  void watch_waiting();
  void give_up_waiting();
  void start_batch();
  void send_batch(PostgresConnection& connection);
  void on_answer(std::size_t job, std::size_t statement, expected<Rows, PostgresFailure> rows);
  void on_group_end();
  void commit();
  void on_commit(expected<Rows, PostgresFailure> done);
  void undo();
  void split();
  void end_batch(std::optional<StoreError> error);
  template <class T>
  void answer(Done<T> done, expected<T, StoreError> result);

  io::Loop& loop_;
  PostgresOptions options_;
  std::shared_ptr<char> alive_ = std::make_shared<char>();  ///< for what was posted and finds us gone
  std::vector<std::unique_ptr<Line>> readers_;
  std::unique_ptr<Line> writer_;
  std::deque<Read> reads_;         ///< not sent yet
  std::deque<Job> jobs_;           ///< not sent yet
  std::deque<std::size_t> sizes_;  ///< of the next batches, after one that had to be divided
  std::optional<Batch> batch_;     ///< in work
  io::Deadline waiting_too_long_;
  std::uint64_t connections_lost_ = 0;
  bool ending_ = false;
};

}  // namespace sealhall::store
