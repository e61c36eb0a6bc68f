// One connection to PostgreSQL on the loop, in pipeline mode: statements are sent without waiting for the ones before,
// answers come in the same order.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <unordered_map>

#include "io/net/descriptor.h"
#include "io/net/loop.h"
#include "io/net/timer.h"
#include "store/postgres_result.h"

namespace sealhall::store {

class PostgresConnection {
 public:
  using Answer = std::move_only_function<void(expected<Rows, PostgresFailure>)>;
  /// `connection` is open and prepared for a session (see postgres_session.h); it is closed with this object.
  /// `on_lost` is called once when it broke or did not answer for `patience`, after every outstanding answer. Neither
  /// it nor an answer may destroy this object: post that.
  PostgresConnection(io::Loop& loop, PGconn* connection, Duration patience, io::Callback on_lost);
  ~PostgresConnection();
  PostgresConnection(const PostgresConnection&) = delete;
  PostgresConnection& operator=(const PostgresConnection&) = delete;

  /// Sends a statement (in the common SQL; BEGIN, COMMIT and ROLLBACK too) as part of the current group. `none` is the
  /// caller's affair. Answers `lost` at once when the connection is gone.
  void send(const Statement& statement, Answer answer);
  /// Ends the group. When a statement of it failed, the later ones were skipped; without BEGIN the group is one
  /// transaction. `ended` is called after the answers of the group, and not when the connection is lost.
  void end_group(io::Callback ended);

  [[nodiscard]] bool lost() const noexcept { return lost_; }
  /// Statements without an answer.
  [[nodiscard]] std::size_t outstanding() const noexcept { return expected_.size(); }
  /// Waits for what comes next and handles it, at most for `limit`: for the end, when the loop does not run any more.
  void wait_and_handle(Duration limit);

 private:
  struct Closer {
    void operator()(PGconn* connection) const noexcept { PQfinish(connection); }
  };
  struct Clearer {
    void operator()(PGresult* result) const noexcept { PQclear(result); }
  };
  enum class Kind : std::uint8_t { prepare, statement, group_end };
  /// What the server will answer next, in order.
  struct Expected {
    Kind kind;
    std::string text;  ///< of a statement its SQL, of a prepare its key in `names_`
    Answer answer;
    io::Callback ended;
    std::unique_ptr<PGresult, Clearer> result;
  };

  [[nodiscard]] bool prepare(const Statement& statement, std::string& name);
  void flush();
  void watch();
  void on_readable();
  void handle_results();
  void finish_first();
  expected<Rows, PostgresFailure> outcome(const Expected& of);
  void lose();

  std::unique_ptr<PGconn, Closer> connection_;
  io::DescriptorWatch watch_;
  Duration patience_;
  io::Deadline deadline_;
  io::Callback on_lost_;
  std::deque<Expected> expected_;
  std::unordered_map<std::string, std::string>
      names_;  ///< kinds of the values and SQL text: name of the prepared statement
  std::uint64_t next_name_ = 0;
  std::size_t groups_ = 0;  ///< ends of groups in `expected_`
  bool writing_ = false;
  bool lost_ = false;
  bool handling_ = false;
};

}  // namespace sealhall::store
