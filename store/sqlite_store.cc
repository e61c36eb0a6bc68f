#include "store/sqlite_store.h"

#include <utility>

#include "store/migrations.h"

namespace sealhall::store {
namespace {

constexpr const char* user_columns = "id, login, name, role, password_hash, created_at, disabled";

User user_in(const Query& row) {
  return {row.text(0), row.text(1), row.text(2),        row.text(3) == "admin" ? UserRole::admin : UserRole::member,
          row.text(4), row.time(5), row.integer(6) != 0};
}
Meeting meeting_in(const Query& row) {
  Meeting m{row.text(0),         row.text(1),         row.text(2), row.optional_text(3),
            row.integer(4) != 0, row.integer(5) != 0, row.time(6), std::nullopt};
  if (!row.is_null(7)) m.ended_at = row.time(7);
  return m;
}

/// The first row of a query as `make` reads it, nullopt without rows.
template <class Make>
auto first(expected<Query, StoreError> query, Make make)
    -> expected<std::optional<decltype(make(*query))>, StoreError> {
  if (!query) return unexpected(query.error());
  auto row = query->next();
  if (!row) return unexpected(row.error());
  if (!*row) return std::nullopt;
  return std::optional{make(*query)};
}
template <class Make>
auto all(expected<Query, StoreError> query, Make make) -> expected<std::vector<decltype(make(*query))>, StoreError> {
  if (!query) return unexpected(query.error());
  std::vector<decltype(make(*query))> rows;
  for (;;) {
    auto row = query->next();
    if (!row) return unexpected(row.error());
    if (!*row) return rows;
    rows.push_back(make(*query));
  }
}

expected<void, StoreError> nothing(expected<std::int64_t, StoreError> changed) {
  if (!changed) return unexpected(changed.error());
  return {};
}

expected<void, StoreError> insert_user(Database& db, const User& user) {
  return nothing(
      db.run("INSERT INTO users(id, login, name, role, password_hash, created_at, disabled) VALUES(?,?,?,?,?,?,?)",
             user.id, user.login, user.name, user.role == UserRole::admin ? "admin" : "member", user.password_hash,
             user.created_at, user.disabled));
}

expected<bool, StoreError> admin_exists(Database& db) {
  auto row = first(db.query("SELECT 1 FROM users WHERE role='admin' LIMIT 1"), [](const Query&) { return true; });
  if (!row) return unexpected(row.error());
  return row->has_value();
}

}  // namespace

expected<std::unique_ptr<SqliteStore>, StoreError> SqliteStore::open(const std::string& path, Post post) {
  auto writer = Database::open(path, Database::Mode::read_write);
  if (!writer) return unexpected(writer.error());
  if (auto done = migrate(*writer); !done) return unexpected(done.error());
  auto reader = Database::open(path, Database::Mode::read_only);
  if (!reader) return unexpected(reader.error());
  return std::unique_ptr<SqliteStore>{new SqliteStore{std::move(*reader), std::move(*writer), std::move(post)}};
}

SqliteStore::SqliteStore(Database reader, Database writer, Post post)
    : reader_(std::move(reader)),
      writer_(std::move(writer)),
      post_(std::move(post)),
      thread_([this] { run_writer(); }) {}

SqliteStore::~SqliteStore() {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void SqliteStore::write(Work work, Done<void> done) {
  {
    const std::lock_guard lock{mutex_};
    queue_.push_back({std::move(work), std::move(done)});
  }
  wake_.notify_one();
}

void SqliteStore::run_writer() {
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

/// Everything that waits shares one transaction, so one fsync. A job that fails undoes itself alone.
void SqliteStore::run_batch(std::vector<Job>& batch) {
  std::vector<expected<void, StoreError>> results;
  results.reserve(batch.size());
  auto whole = writer_.execute("BEGIN IMMEDIATE");
  for (Job& job : batch) {
    if (!whole) break;
    whole = writer_.execute("SAVEPOINT job");
    if (!whole) break;
    results.push_back(job.work(writer_));
    whole = writer_.execute(results.back() ? "RELEASE job" : "ROLLBACK TO job; RELEASE job");
  }
  if (whole) whole = writer_.execute("COMMIT");
  if (!whole) static_cast<void>(writer_.execute("ROLLBACK"));
  for (std::size_t i = 0; i < batch.size(); ++i) {
    expected<void, StoreError> result = whole ? results[i] : whole;
    post_([done = std::move(batch[i].done), result = std::move(result)]() mutable { done(std::move(result)); });
  }
}

void SqliteStore::create_user(User user, Done<void> done) {
  write([user = std::move(user)](Database& db) { return insert_user(db, user); }, std::move(done));
}

void SqliteStore::user_by_login(const std::string& login, Done<std::optional<User>> done) {
  static const std::string sql = std::string{"SELECT "} + user_columns + " FROM users WHERE login=?";
  done(first(reader_.query(sql, login), user_in));
}

void SqliteStore::users(Done<std::vector<User>> done) {
  static const std::string sql = std::string{"SELECT "} + user_columns + " FROM users ORDER BY created_at";
  done(all(reader_.query(sql), user_in));
}

void SqliteStore::needs_setup(Done<bool> done) {
  auto exists = admin_exists(reader_);
  if (!exists) return done(unexpected(exists.error()));
  done(!*exists);
}

void SqliteStore::put_setup_link(std::string token_hash, UnixMicros expires_at, Done<void> done) {
  write(
      [token_hash = std::move(token_hash), expires_at](Database& db) -> expected<void, StoreError> {
        if (auto gone = db.run("DELETE FROM setup_links"); !gone) return unexpected(gone.error());
        return nothing(db.run("INSERT INTO setup_links(token_hash, expires_at) VALUES(?,?)", token_hash, expires_at));
      },
      std::move(done));
}

void SqliteStore::use_setup_link(std::string token_hash, UnixMicros now, User admin, Done<void> done) {
  write(
      [token_hash = std::move(token_hash), now, admin = std::move(admin)](Database& db) -> expected<void, StoreError> {
        auto used = db.run("DELETE FROM setup_links WHERE token_hash=? AND expires_at>?", token_hash, now);
        if (!used) return unexpected(used.error());
        auto exists = admin_exists(db);
        if (!exists) return unexpected(exists.error());
        if (*used != 1 || *exists) return unexpected(StoreError::not_valid);
        return insert_user(db, admin);
      },
      std::move(done));
}

void SqliteStore::create_session(Session session, Done<void> done) {
  write(
      [session = std::move(session)](Database& db) -> expected<void, StoreError> {
        if (auto old = db.run("DELETE FROM sessions WHERE expires_at<=?", session.created_at); !old) {
          return unexpected(old.error());
        }
        return nothing(db.run("INSERT INTO sessions(token_hash, user_id, created_at, expires_at) VALUES(?,?,?,?)",
                              session.token_hash, session.user_id, session.created_at, session.expires_at));
      },
      std::move(done));
}

void SqliteStore::user_of_session(const std::string& token_hash, UnixMicros now, Done<std::optional<User>> done) {
  done(first(reader_.query("SELECT u.id, u.login, u.name, u.role, u.password_hash, u.created_at, u.disabled "
                           "FROM sessions s JOIN users u ON u.id=s.user_id "
                           "WHERE s.token_hash=? AND s.expires_at>? AND u.disabled=0",
                           token_hash, now),
             user_in));
}

void SqliteStore::end_session(std::string token_hash, Done<void> done) {
  write([token_hash = std::move(token_hash)](
            Database& db) { return nothing(db.run("DELETE FROM sessions WHERE token_hash=?", token_hash)); },
        std::move(done));
}

void SqliteStore::create_meeting(Meeting m, Done<void> done) {
  write(
      [m = std::move(m)](Database& db) {
        return nothing(
            db.run("INSERT INTO meetings(id, owner_id, topic, passcode, waiting_room, join_before_host, "
                   "created_at) VALUES(?,?,?,?,?,?,?)",
                   m.id, m.owner_id, m.topic, m.passcode, m.waiting_room, m.join_before_host, m.created_at));
      },
      std::move(done));
}

void SqliteStore::meeting(const std::string& id, Done<std::optional<Meeting>> done) {
  done(first(reader_.query("SELECT id, owner_id, topic, passcode, waiting_room, join_before_host, created_at, ended_at "
                           "FROM meetings WHERE id=?",
                           id),
             meeting_in));
}

void SqliteStore::meetings_of(const std::string& owner_id, std::uint32_t limit, std::uint32_t offset,
                              Done<std::vector<Meeting>> done) {
  done(all(reader_.query("SELECT id, owner_id, topic, passcode, waiting_room, join_before_host, created_at, ended_at "
                         "FROM meetings WHERE owner_id=? ORDER BY created_at DESC, id LIMIT ? OFFSET ?",
                         owner_id, std::int64_t{limit}, std::int64_t{offset}),
           meeting_in));
}

void SqliteStore::end_meeting(std::string id, UnixMicros when, Done<void> done) {
  write(
      [id = std::move(id), when](Database& db) -> expected<void, StoreError> {
        auto changed = db.run("UPDATE meetings SET ended_at=? WHERE id=? AND ended_at IS NULL", when, id);
        if (!changed) return unexpected(changed.error());
        if (*changed == 0) return unexpected(StoreError::not_found);
        return {};
      },
      std::move(done));
}

}  // namespace sealhall::store
