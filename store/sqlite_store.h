// The store in one SQLite file: reads on the caller's thread, writes on one thread of its own, in batches.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "store/sqlite.h"
#include "store/store.h"

namespace sealhall::store {

class SqliteStore final : public Store {
 public:
  /// Calls the given function soon on the loop's thread; called from the writing thread.
  using Post = std::function<void(std::move_only_function<void()>)>;
  /// Opens or makes the file, migrates it, starts the writing thread.
  static expected<std::unique_ptr<SqliteStore>, StoreError> open(const std::string& path, Post post);
  /// Finishes what was asked, then ends. Callbacks that were not posted yet are posted.
  ~SqliteStore() override;

  void create_user(User user, Done<void> done) override;
  void user_by_login(const std::string& login, Done<std::optional<User>> done) override;
  void users(Done<std::vector<User>> done) override;
  void needs_setup(Done<bool> done) override;
  void put_setup_link(std::string token_hash, UnixMicros expires_at, Done<void> done) override;
  void use_setup_link(std::string token_hash, UnixMicros now, User admin, Done<void> done) override;
  void create_session(Session session, Done<void> done) override;
  void user_of_session(const std::string& token_hash, UnixMicros now, Done<std::optional<User>> done) override;
  void end_session(std::string token_hash, Done<void> done) override;
  void create_meeting(Meeting meeting, Done<void> done) override;
  void meeting(const std::string& id, Done<std::optional<Meeting>> done) override;
  void meetings_of(const std::string& owner_id, std::uint32_t limit, std::uint32_t offset,
                   Done<std::vector<Meeting>> done) override;
  void end_meeting(std::string id, UnixMicros when, Done<void> done) override;

 private:
  using Work = std::move_only_function<expected<void, StoreError>(Database&)>;
  struct Job {
    Work work;
    Done<void> done;
  };
  SqliteStore(Database reader, Database writer, Post post);
  void write(Work work, Done<void> done);
  void run_writer();
  void run_batch(std::vector<Job>& batch);

  Database reader_;
  Database writer_;  ///< the writing thread's alone
  Post post_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Job> queue_;  ///< under mutex_
  bool stopping_ = false;   ///< under mutex_
  std::thread thread_;
};

}  // namespace sealhall::store
