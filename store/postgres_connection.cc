// Tested in engine_test.cc and postgres_engine_test.cc
#include "store/postgres_connection.h"

#include <poll.h>

#include <utility>

#include "io/log/log.h"
#include "store/dialect.h"

namespace sealhall::store {
namespace {

/// Prepared statements live on the server, some kilobytes each. Whoever makes texts up at run time pays with parsing.
constexpr std::size_t most_names = 1000;

/// The values as libpq wants them. Numbers and text go as text, bytes as they are.
struct Parameters {
  explicit Parameters(const std::vector<Value>& values) {
    const std::size_t n = values.size();
    texts.reserve(n);  // no moves: `pointers` points into it
    for (const Value& value : values) {
      const char* pointer = nullptr;
      int length = 0;
      int format = 0;
      if (const auto* number = std::get_if<std::int64_t>(&value)) {
        pointer = texts.emplace_back(std::to_string(*number)).c_str();
      } else if (const auto* text = std::get_if<std::string>(&value)) {
        pointer = text->c_str();
      } else if (const auto* bytes = std::get_if<Bytes>(&value)) {
        pointer = bytes->empty() ? "" : reinterpret_cast<const char*>(bytes->data());
        length = static_cast<int>(bytes->size());
        format = 1;
      }
      pointers.push_back(pointer);
      lengths.push_back(length);
      formats.push_back(format);
    }
  }
  std::vector<std::string> texts;
  std::vector<const char*> pointers;
  std::vector<int> lengths;
  std::vector<int> formats;
};

}  // namespace

PostgresConnection::PostgresConnection(io::Loop& loop, PGconn* connection, Duration patience, io::Callback on_lost)
    : connection_(connection),
      watch_(loop, PQsocket(connection)),
      patience_(patience),
      deadline_(loop, [this] { lose(); }),
      on_lost_(std::move(on_lost)) {
  SEALHALL_CHECK(PQsetnonblocking(connection, 1) == 0 && PQenterPipelineMode(connection) == 1);
  watch();
}

PostgresConnection::~PostgresConnection() = default;

bool PostgresConnection::prepare(const Statement& statement, std::string& name) {
  // The server would take `$1 >= 0` for a number of 32 bits: each parameter has the type of its value. NULL has none,
  // so a statement is prepared once more when a parameter is NULL.
  std::string key;
  std::vector<Oid> types;
  for (const Value& value : statement.values) {
    key += static_cast<char>('0' + value.index());
    types.push_back(type_of(value));
  }
  key += statement.sql;
  if (const auto known = names_.find(key); known != names_.end()) {
    name = known->second;
    return true;
  }
  if (names_.size() < most_names) {
    name = "s" + std::to_string(next_name_++);
    names_.emplace(key, name);
  }
  if (PQsendPrepare(connection_.get(), name.c_str(), postgres_text(statement.sql).c_str(),
                    static_cast<int>(types.size()), types.data()) != 1) {
    return false;
  }
  expected_.push_back({Kind::prepare, std::move(key), nullptr, nullptr, nullptr});
  return true;
}

void PostgresConnection::send(const Statement& statement, Answer answer) {
  std::string name;
  const Parameters parameters{statement.values};
  constexpr int binary = 1;
  if (lost_ || !prepare(statement, name) ||
      PQsendQueryPrepared(connection_.get(), name.c_str(), static_cast<int>(statement.values.size()),
                          parameters.pointers.data(), parameters.lengths.data(), parameters.formats.data(),
                          binary) != 1) {
    answer(unexpected(PostgresFailure{PostgresFailure::Kind::lost, StoreError::unavailable}));
    return lose();
  }
  expected_.push_back({Kind::statement, statement.sql, std::move(answer), nullptr, nullptr});
}

void PostgresConnection::end_group(io::Callback ended) {
  if (lost_) return;
  if (PQpipelineSync(connection_.get()) != 1) return lose();
  expected_.push_back({Kind::group_end, {}, nullptr, std::move(ended), nullptr});
  // Not moved by what is asked later: a server that answers nothing is found out also under load.
  if (groups_++ == 0) deadline_.set_after(patience_);
  flush();
}

void PostgresConnection::flush() {
  if (lost_ || writing_) return;
  const int left = PQflush(connection_.get());
  if (left < 0) return lose();
  if (left == 0) return;
  writing_ = true;
  watch_.when_writable([this] {
    writing_ = false;
    flush();
  });
}

void PostgresConnection::watch() {
  watch_.when_readable([this] { on_readable(); });
}

void PostgresConnection::on_readable() {
  if (lost_) return;
  if (PQconsumeInput(connection_.get()) != 1) return lose();
  handle_results();
  if (lost_) return;
  flush();
  if (!lost_) watch();
}

void PostgresConnection::wait_and_handle(Duration limit) {
  if (lost_) return;
  pollfd waiting{PQsocket(connection_.get()), static_cast<short>(POLLIN | (writing_ ? POLLOUT : 0)), 0};
  if (::poll(&waiting, 1, static_cast<int>(to_millis(limit))) <= 0) return;
  if (writing_ && PQflush(connection_.get()) == 0) writing_ = false;
  if ((waiting.revents & (POLLIN | POLLHUP | POLLERR)) == 0) return;
  if (PQconsumeInput(connection_.get()) != 1) return lose();
  handle_results();
}

void PostgresConnection::handle_results() {
  if (handling_) return;
  handling_ = true;
  int nothing = 0;
  while (!lost_ && !expected_.empty() && PQisBusy(connection_.get()) == 0) {
    std::unique_ptr<PGresult, Clearer> result{PQgetResult(connection_.get())};
    Expected& first = expected_.front();
    if (result && first.kind != Kind::group_end) {
      first.result = std::move(result);  // its end comes as a null result
    } else if (result || first.result) {
      finish_first();
    } else if (++nothing > 1) {
      break;  // a broken connection gives nothing
    }
  }
  handling_ = false;
  if (lost_) return;
  // Also what nobody asked for may arrive: a notice, or that the server stops.
  if (PQstatus(connection_.get()) == CONNECTION_BAD) return lose();
}

void PostgresConnection::finish_first() {
  Expected done = std::move(expected_.front());
  expected_.pop_front();
  if (done.kind == Kind::group_end) --groups_;
  if (groups_ > 0) {
    deadline_.set_after(patience_);  // it answers: the next one gets its full time
  } else {
    deadline_.clear();
  }
  if (done.kind == Kind::group_end) {
    if (done.ended) done.ended();
    return;
  }
  auto rows = outcome(done);
  const bool useless = !rows && rows.error().kind == PostgresFailure::Kind::lost;
  if (done.kind == Kind::prepare) {
    // Its statement is answered next: "skipped" when this failed, so the error is told there.
    if (rows) return;
    names_.erase(done.text);
    if (expected_.empty() || rows.error().kind == PostgresFailure::Kind::skipped) return;
    expected_.front().answer = [answer = std::move(expected_.front().answer), why = rows.error()](auto) mutable {
      answer(unexpected(why));
    };
  } else {
    done.answer(std::move(rows));
  }
  if (useless) lose();
}

expected<Rows, PostgresFailure> PostgresConnection::outcome(const Expected& of) {
  const PGresult* const result = of.result.get();
  switch (PQresultStatus(result)) {
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
      if (auto rows = rows_of(*result)) return std::move(*rows);
      io::log::error("the database gives a type that no column has", {{"statement", of.text}});
      return unexpected(PostgresFailure{});
    case PGRES_PIPELINE_ABORTED:
      return unexpected(PostgresFailure{PostgresFailure::Kind::skipped, StoreError::failed});
    default: {
      const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
      const PostgresFailure failure =
          state == nullptr ? PostgresFailure{PostgresFailure::Kind::lost, StoreError::unavailable} : failure_of(state);
      if (failure.error == StoreError::failed || failure.error == StoreError::damaged) {
        // Statements hold no values; the server's own sentence may, so it is left out.
        io::log::error("the database says no", {{"code", state == nullptr ? "" : state}, {"statement", of.text}});
      }
      return unexpected(failure);
    }
  }
}

void PostgresConnection::lose() {
  if (std::exchange(lost_, true)) return;
  deadline_.clear();
  for (Expected& waiting : std::exchange(expected_, {})) {
    if (waiting.answer)
      waiting.answer(unexpected(PostgresFailure{PostgresFailure::Kind::lost, StoreError::unavailable}));
  }
  if (auto lost = std::exchange(on_lost_, nullptr)) lost();
}

}  // namespace sealhall::store
