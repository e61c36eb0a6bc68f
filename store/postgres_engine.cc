#include "store/postgres_engine.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "io/log/log.h"
#include "store/dialect.h"

namespace sealhall::store {
namespace {

constexpr Duration first_back_off = std::chrono::milliseconds{100};
constexpr Duration longest_back_off = std::chrono::seconds{5};
constexpr Duration connect_limit = std::chrono::seconds{5};
// Larger shares one fsync among more, and keeps locks and the others waiting longer.
constexpr std::size_t most_statements_in_batch = 2000;
constexpr int most_tries = 5;
constexpr Duration end_limit = std::chrono::seconds{2};

const Statement begin{.sql = "BEGIN"};
const Statement commit_it{.sql = "COMMIT"};
const Statement roll_back{.sql = "ROLLBACK"};

}  // namespace

struct PostgresEngine::Line {
  explicit Line(io::Loop& loop) : retry(loop) {}
  [[nodiscard]] bool ready() const { return connection && !connection->lost(); }
  std::unique_ptr<PostgresConnection> connection;
  io::Timer retry;
  Duration back_off = first_back_off;
  std::jthread connecting;  ///< stopped and joined with this
};

expected<std::unique_ptr<PostgresEngine>, PostgresOpenError> PostgresEngine::open(io::Loop& loop,
                                                                                  PostgresOptions options) {
  auto first = open_session(options.url, connect_limit);
  if (!first) return unexpected(first.error());
  if (auto done = migrate(first->get()); !done) return unexpected(done.error());
  first->reset();
  std::unique_ptr<PostgresEngine> engine{new PostgresEngine{loop, std::move(options)}};
  // At once, so that a caller may ask right away; later ones come from threads.
  const auto start = [&](Line& line) -> expected<void, PostgresOpenError> {
    auto handle = open_session(engine->options_.url, connect_limit);
    if (!handle) return unexpected(handle.error());
    engine->connected(line, std::move(*handle));
    return {};
  };
  if (engine->options_.snapshot) {
    auto moment = open_snapshot_session(engine->options_.url, connect_limit);
    if (!moment) return unexpected(moment.error());
    engine->connected(*engine->readers_.front(), std::move(*moment));
    return engine;
  }
  if (auto started = start(*engine->writer_); !started) return unexpected(started.error());
  for (auto& line : engine->readers_) {
    if (auto started = start(*line); !started) return unexpected(started.error());
  }
  return engine;
}

PostgresEngine::PostgresEngine(io::Loop& loop, PostgresOptions options)
    : loop_(loop),
      options_(std::move(options)),
      writer_(std::make_unique<Line>(loop)),
      waiting_too_long_(loop, [this] { give_up_waiting(); }) {
  const std::size_t readers = options_.snapshot ? 1 : std::max<std::size_t>(1, options_.readers);
  for (std::size_t i = 0; i < readers; ++i) {
    readers_.push_back(std::make_unique<Line>(loop));
  }
}

PostgresEngine::~PostgresEngine() {
  ending_ = true;
  const Instant until = loop_.now() + end_limit;
  while (writer_->ready() && (batch_ || !jobs_.empty()) && loop_.now() < until) {
    writer_->connection->wait_and_handle(until - loop_.now());
  }
}

/// Callbacks of the end are posted: what they call may be half gone.
template <class T>
void PostgresEngine::answer(Done<T> done, expected<T, StoreError> result) {
  if (!ending_) return done(std::move(result));
  loop_.post([done = std::move(done), result = std::move(result)]() mutable { done(std::move(result)); });
}

// Connections

void PostgresEngine::connect(Line& line) {
  if (options_.snapshot) return;  // another connection would be another moment
  // On a thread: looking up a host's name blocks.
  line.connecting = std::jthread{[this, &line, alive = std::weak_ptr{alive_}](const std::stop_token& stop) {
    auto handle = open_session(options_.url, connect_limit, stop);
    loop_.post([this, &line, alive, handle = std::move(handle)]() mutable {
      if (alive.expired()) return;
      line.connecting = {};
      if (handle) return connected(line, std::move(*handle));
      io::log::warning("no connection to the database", {{"reason", handle.error().reason}});
      line.retry.after(line.back_off, [this, &line] { connect(line); });
      line.back_off = std::min(longest_back_off, line.back_off * 2);
    });
  }};
}

void PostgresEngine::connected(Line& line, PostgresHandle handle) {
  line.back_off = first_back_off;
  line.connection = std::make_unique<PostgresConnection>(loop_, handle.release(), options_.answer_within,
                                                         [this, &line] { disconnected(line); });
  serve_waiting();
}

void PostgresEngine::disconnected(Line& line) {
  ++connections_lost_;
  if (&line == writer_.get() && batch_) {
    end_batch(batch_->committing ? StoreError::uncertain : StoreError::unavailable);
  }
  if (ending_) return;
  if (&line == writer_.get()) {
    for (Job& job : jobs_) job.until = loop_.now() + options_.patience;
    watch_waiting();
  }
  loop_.post([this, alive = std::weak_ptr{alive_}] {
    if (!alive.expired()) serve_waiting();  // reads that were lost: another connection may be there
  });
  io::log::warning("the connection to the database broke");
  // In a call of its own: the connection is in the middle of something.
  line.retry.after(first_back_off, [this, &line] {
    line.connection.reset();
    connect(line);
  });
}

void PostgresEngine::serve_waiting() {
  while (!reads_.empty()) {
    Line* const line = free_reader();
    if (line == nullptr) break;
    Read next = std::move(reads_.front());
    reads_.pop_front();
    send_read(*line, std::move(next));
  }
  start_batch();
}

/// Jobs wait only while there is no connection: being behind a slow batch is no reason to give up.
void PostgresEngine::watch_waiting() {
  std::optional<Instant> first;
  if (!reads_.empty()) first = reads_.front().until;
  if (!jobs_.empty() && !writer_->ready()) first = std::min(first.value_or(Instant::max()), jobs_.front().until);
  if (first) waiting_too_long_.set(*first);
}

void PostgresEngine::give_up_waiting() {
  const Instant now = loop_.now();
  std::vector<Done<Rows>> reads;
  std::vector<Done<std::vector<Rows>>> jobs;
  while (!reads_.empty() && reads_.front().until <= now) {
    reads.push_back(std::move(reads_.front().done));
    reads_.pop_front();
  }
  while (!writer_->ready() && !jobs_.empty() && jobs_.front().until <= now) {
    jobs.push_back(std::move(jobs_.front().done));
    jobs_.pop_front();
    sizes_.clear();
  }
  watch_waiting();
  for (auto& done : reads) answer<Rows>(std::move(done), unexpected(StoreError::unavailable));
  for (auto& done : jobs) answer<std::vector<Rows>>(std::move(done), unexpected(StoreError::unavailable));
}

// Reads

PostgresEngine::Line* PostgresEngine::free_reader() {
  Line* best = nullptr;
  for (const auto& line : readers_) {
    if (!line->ready()) continue;
    if (best == nullptr || line->connection->outstanding() < best->connection->outstanding()) best = line.get();
  }
  return best;
}

void PostgresEngine::read(Statement statement, Done<Rows> done) {
  if (!has_storable_values(statement)) return done(unexpected(StoreError::bad_text));
  Read read{std::move(statement), std::move(done), loop_.now() + options_.patience};
  if (Line* const line = free_reader()) return send_read(*line, std::move(read));
  reads_.push_back(std::move(read));
  watch_waiting();
}

void PostgresEngine::send_read(Line& line, Read read) {
  auto held = std::make_unique<Read>(std::move(read));
  const Statement& statement = held->statement;
  line.connection->send(statement, [this, held = std::move(held)](expected<Rows, PostgresFailure> rows) mutable {
    if (!rows && rows.error().kind == PostgresFailure::Kind::lost && !ending_ && loop_.now() < held->until) {
      // Reading twice hurts nobody: it takes its turn on the next connection.
      reads_.push_front(std::move(*held));  // the ones behind it wait no shorter
      return watch_waiting();
    }
    if (rows && held->statement.none && rows->empty()) rows = unexpected(PostgresFailure{{}, *held->statement.none});
    if (!rows) return answer<Rows>(std::move(held->done), unexpected(rows.error().error));
    answer<Rows>(std::move(held->done), std::move(*rows));
  });
  line.connection->end_group(nullptr);
}

// Writes

void PostgresEngine::write(std::vector<Statement> statements, Done<std::vector<Rows>> done) {
  if (!std::ranges::all_of(statements, has_storable_values)) return done(unexpected(StoreError::bad_text));
  if (options_.snapshot) return done(unexpected(StoreError::denied));
  if (jobs_.size() >= most_waiting) return done(unexpected(StoreError::busy));
  jobs_.push_back({std::move(statements), std::move(done), loop_.now() + options_.patience});
  start_batch();
  watch_waiting();
}

/// Everything that waits shares one transaction. When a job of it fails, the transaction is undone and its jobs are
/// run again in smaller ones: what was before the failed job, the failed job alone, what was after it.
void PostgresEngine::start_batch() {
  if (batch_ || jobs_.empty() || !writer_->ready()) return;
  std::size_t take = jobs_.size();
  if (!sizes_.empty()) {
    take = std::min(take, sizes_.front());
    sizes_.pop_front();
  }
  batch_.emplace();
  std::size_t statements = 0;
  for (; take > 0 && statements < most_statements_in_batch; --take) {
    statements += jobs_.front().statements.size();
    batch_->jobs.push_back(std::move(jobs_.front()));
    jobs_.pop_front();
  }
  send_batch(*writer_->connection);
}

void PostgresEngine::send_batch(PostgresConnection& connection) {
  connection.send(begin, [](auto) {});
  bool depends = false;  // on what its statements give
  for (std::size_t j = 0; batch_ && j < batch_->jobs.size(); ++j) {
    for (std::size_t s = 0; batch_ && s < batch_->jobs[j].statements.size(); ++s) {
      const Statement& statement = batch_->jobs[j].statements[s];
      depends = depends || statement.none.has_value();
      connection.send(statement, [this, j, s](auto rows) { on_answer(j, s, std::move(rows)); });
    }
  }
  if (!batch_) return;  // the connection broke meanwhile
  if (!depends) {
    // One round trip: after a failure the server skips this, and the transaction waits to be undone.
    batch_->committing = true;
    connection.send(commit_it, [this](auto done) { on_commit(std::move(done)); });
  }
  connection.end_group([this] { on_group_end(); });
}

void PostgresEngine::on_answer(std::size_t job, std::size_t statement, expected<Rows, PostgresFailure> rows) {
  if (!batch_ || batch_->failure) return;
  const auto& none = batch_->jobs[job].statements[statement].none;
  if (rows && none && rows->empty() && rows->changes() == 0) {
    rows = unexpected(PostgresFailure{PostgresFailure::Kind::error, *none});
  }
  if (rows) {
    batch_->jobs[job].rows.push_back(std::move(*rows));
  } else if (rows.error().kind != PostgresFailure::Kind::lost) {
    batch_->failed_job = job;
    batch_->failure = rows.error();
    batch_->committing = false;  // it fails for certain
  }
}

void PostgresEngine::on_group_end() {
  if (batch_->failure) return undo();
  if (batch_->committing) return end_batch(std::nullopt);
  commit();
}

void PostgresEngine::commit() {
  batch_->committing = true;
  PostgresConnection& connection = *writer_->connection;
  connection.send(commit_it, [this](auto done) { on_commit(std::move(done)); });
  connection.end_group([this] { on_group_end(); });
}

void PostgresEngine::on_commit(expected<Rows, PostgresFailure> done) {
  // When the connection is lost, `disconnected` says that nobody knows.
  if (done || !batch_ || batch_->failure || done.error().kind == PostgresFailure::Kind::lost) return;
  batch_->failure = done.error();
  batch_->committing = false;
}

void PostgresEngine::undo() {
  PostgresConnection& connection = *writer_->connection;
  connection.send(roll_back, [](auto) {});
  connection.end_group([this] { split(); });
}

void PostgresEngine::split() {
  Batch failed = std::move(*batch_);
  batch_.reset();
  const std::size_t n = failed.jobs.size();
  const bool again = failed.failure->kind == PostgresFailure::Kind::again;
  if (n == 1) {
    Job& job = failed.jobs.front();
    job.rows.clear();
    if (!again || ++job.tries >= most_tries) {
      start_batch();  // first: the answer may ask for more
      return answer<std::vector<Rows>>(std::move(job.done), unexpected(failed.failure->error));
    }
    sizes_.push_front(1);
  } else {
    const std::size_t before = failed.failed_job;
    const std::size_t after = n - before - 1;
    if (after > 0) sizes_.push_front(after);
    sizes_.push_front(1);
    if (before > 0) sizes_.push_front(before);
  }
  for (auto job = failed.jobs.rbegin(); job != failed.jobs.rend(); ++job) {
    job->rows.clear();
    jobs_.push_front(std::move(*job));
  }
  start_batch();
}

void PostgresEngine::end_batch(std::optional<StoreError> error) {
  Batch done = std::move(*batch_);
  batch_.reset();
  start_batch();
  for (Job& job : done.jobs) {
    if (error) {
      answer<std::vector<Rows>>(std::move(job.done), unexpected(*error));
    } else {
      answer<std::vector<Rows>>(std::move(job.done), std::move(job.rows));
    }
  }
}

}  // namespace sealhall::store
