// The engine in one SQLite file: reads on the caller's thread, writes on one thread of its own, in batches.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "store/engine.h"
#include "store/sqlite.h"

namespace sealhall::store {

class SqliteEngine final : public Engine {
 public:
  /// Calls the given function soon on the loop's thread; called from the writing thread.
  using Post = std::function<void(std::move_only_function<void()>)>;
  /// Opens or makes the file, migrates it, starts the writing thread.
  static expected<std::unique_ptr<SqliteEngine>, StoreError> open(const std::string& path, Post post);
  /// Finishes what was asked, then ends. Callbacks that were not posted yet are posted.
  ~SqliteEngine() override;

  void read(Statement statement, Done<Rows> done) override;
  void write(std::vector<Statement> statements, Done<std::vector<Rows>> done) override;
  [[nodiscard]] std::optional<StoreError> trouble() const noexcept override;

 private:
  using Result = expected<std::vector<Rows>, StoreError>;
  struct Job {
    std::vector<Statement> statements;
    Done<std::vector<Rows>> done;
  };
  SqliteEngine(Database reader, Database writer, Post post);
  void run_writer();
  void run_batch(std::vector<Job>& batch);
  Result run_job(const Job& job);

  Database reader_;
  Database writer_;  ///< the writing thread's alone
  Post post_;
  std::atomic<int> trouble_{-1};  ///< a StoreError
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Job> queue_;  ///< under mutex_
  bool stopping_ = false;   ///< under mutex_
  std::thread thread_;
};

}  // namespace sealhall::store
