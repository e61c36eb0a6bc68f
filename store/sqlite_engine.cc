#include "store/sqlite_engine.h"

#include <algorithm>
#include <utility>

#include "store/dialect.h"
#include "store/migrations.h"

namespace sealhall::store {

expected<std::unique_ptr<SqliteEngine>, StoreError> SqliteEngine::open(const std::string& path, Post post) {
  auto writer = Database::open(path, Database::Mode::read_write);
  if (!writer) return unexpected(writer.error());
  if (auto done = migrate(*writer); !done) return unexpected(done.error());
  auto reader = Database::open(path, Database::Mode::read_only);
  if (!reader) return unexpected(reader.error());
  return std::unique_ptr<SqliteEngine>{new SqliteEngine{std::move(*reader), std::move(*writer), std::move(post)}};
}

SqliteEngine::SqliteEngine(Database reader, Database writer, Post post)
    : reader_(std::move(reader)),
      writer_(std::move(writer)),
      post_(std::move(post)),
      thread_([this] { run_writer(); }) {}

SqliteEngine::~SqliteEngine() {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void SqliteEngine::read(Statement statement, Done<Rows> done) {
  if (!has_storable_values(statement)) return done(unexpected(StoreError::bad_text));
  auto rows = reader_.run(statement);
  if (rows && rows->empty() && statement.none) rows = unexpected(*statement.none);
  done(std::move(rows));
}

void SqliteEngine::write(std::vector<Statement> statements, Done<std::vector<Rows>> done) {
  if (!std::ranges::all_of(statements, has_storable_values)) return done(unexpected(StoreError::bad_text));
  {
    const std::lock_guard lock{mutex_};
    if (queue_.size() < most_waiting) {
      queue_.push_back({std::move(statements), std::move(done)});
      done = nullptr;
    }
  }
  if (done) return done(unexpected(StoreError::busy));
  wake_.notify_one();
}

std::optional<StoreError> SqliteEngine::trouble() const noexcept {
  const int error = trouble_;
  return error < 0 ? std::nullopt : std::optional{static_cast<StoreError>(error)};
}

void SqliteEngine::run_writer() {
  std::vector<Job> batch;
  for (;;) {
    {
      std::unique_lock lock{mutex_};
      wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (queue_.empty()) return;
      batch = std::exchange(queue_, {});
    }
    run_batch(batch);
    batch.clear();
  }
}

/// Everything that waits shares one transaction, so one fsync. A job that fails undoes itself alone, unless what failed
/// is the file: then nobody is told that something was kept.
void SqliteEngine::run_batch(std::vector<Job>& batch) {
  std::vector<Result> results;
  results.reserve(batch.size());
  auto whole = writer_.execute("BEGIN IMMEDIATE");
  for (const Job& job : batch) {
    if (!whole) break;
    whole = writer_.execute("SAVEPOINT job");
    if (!whole) break;
    results.push_back(run_job(job));
    if (!results.back() && !writer_.in_transaction()) {
      whole = unexpected(results.back().error());  // SQLite has undone everything by itself: no room, an I/O error
      break;
    }
    whole = writer_.execute(results.back() ? "RELEASE job" : "ROLLBACK TO job; RELEASE job");
  }
  if (whole) whole = writer_.execute("COMMIT");
  // After a sync that failed this connection still ends its log before what was not synced, and writes the next
  // transaction over it. One that is opened anew would find it in the system's memory and take it for kept: so this
  // one stays, and whoever is restarted in between finds at most more than it has acknowledged.
  if (!whole && writer_.in_transaction()) static_cast<void>(writer_.execute("ROLLBACK"));
  const bool disk = !whole && (whole.error() == StoreError::full || whole.error() == StoreError::failed ||
                               whole.error() == StoreError::damaged);
  if (whole || disk) trouble_ = whole ? -1 : static_cast<int>(whole.error());
  for (std::size_t i = 0; i < batch.size(); ++i) {
    Result result = whole ? std::move(results[i]) : unexpected(whole.error());
    post_([done = std::move(batch[i].done), result = std::move(result)]() mutable { done(std::move(result)); });
  }
}

SqliteEngine::Result SqliteEngine::run_job(const Job& job) {
  std::vector<Rows> all;
  all.reserve(job.statements.size());
  for (const Statement& statement : job.statements) {
    auto rows = writer_.run(statement);
    if (!rows) return unexpected(rows.error());
    if (statement.none && rows->empty() && rows->changes() == 0) return unexpected(*statement.none);
    all.push_back(std::move(*rows));
  }
  return all;
}

}  // namespace sealhall::store
