#include "server/keys/backup.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>

#include "io/files/files.h"
#include "io/net/timer.h"
#include "server/kms/key_folder.h"
#include "store/open.h"
#include "store/s3_blobs.h"
#include "store/sqlite.h"
#include "store/transfer.h"

namespace sealhall::keys {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view database_file = "accounts.sqlite";
constexpr std::string_view exported_file = "database.export";

/// What is not in a backup: what belongs to running processes, keys, the database's own files, which are copied, and
/// what is known of the backup before: whoever restores has none yet.
bool left_out(const std::string& name) {
  return name == "lock" || name.starts_with("run/") || name.starts_with("keys/") || name.starts_with(database_file) ||
         name == exported_file || name == "backup.last" || name.ends_with(".part");
}

/// An S3 bucket, asked and waited for.
class Bucket {
 public:
  static expected<Bucket, std::string> open(const store::BlobSettings& settings) {
    auto place = store::s3_place(settings);
    if (!place) return unexpected(place.error());
    if (!*place) return unexpected("The settings name no bucket (s3_endpoint): blobs are files, and in every backup.");
    if (std::string problem = store::try_s3(**place); !problem.empty()) return unexpected(std::move(problem));
    return Bucket{std::move(**place)};
  }
  /// As the files that they would be without S3. They read from here.
  expected<std::vector<ArchivedFile>, std::string> files() {
    std::vector<ArchivedFile> out;
    for (std::string after;;) {
      auto page =
          ask<std::vector<store::BlobInfo>>([&](auto done) { state_->blobs.list("", after, 1000, std::move(done)); });
      if (!page) return unexpected("The bucket cannot be listed (" + std::string{name_of(page.error())} + ").");
      for (const store::BlobInfo& blob : *page) {
        ArchivedFile file{"blobs/" + blob.name, "", blob.size, {}};
        file.read = [state = state_, name = blob.name](std::uint64_t at, std::size_t length) {
          return ask<Bytes>(*state, [&](auto done) { state->blobs.get(name, at, length, std::move(done)); })
              .value_or(Bytes{});
        };
        out.push_back(std::move(file));
      }
      if (page->size() < 1000) return out;
      after = page->back().name;
    }
  }

 private:
  struct State {
    explicit State(store::S3Place place) : blobs(loop, std::move(place)) {
      awake.after(std::chrono::hours{10'000}, [] {});
    }
    io::Loop loop;
    io::Timer awake{loop};
    store::S3Blobs blobs;
  };
  explicit Bucket(store::S3Place place) : state_(std::make_shared<State>(std::move(place))) {}
  template <class T, class Start>
  static expected<T, store::StoreError> ask(State& state, Start start) {
    std::optional<expected<T, store::StoreError>> result;
    start(store::Done<T>{[&](expected<T, store::StoreError> r) { result = std::move(r); }});
    state.loop.run_until([&] { return result.has_value(); }, std::chrono::minutes{5});
    return result ? std::move(*result) : unexpected(store::StoreError::unavailable);
  }
  template <class T, class Start>
  expected<T, store::StoreError> ask(Start start) {
    return ask<T>(*state_, std::move(start));
  }
  std::shared_ptr<State> state_;
};

}  // namespace

std::string keys_archive(const std::string& path) { return path + ".keys"; }

expected<BackupCount, std::string> make_backup(const std::string& data, const std::string& path,
                                               const std::string& recipient, RandomSource& random,
                                               const std::string& database, const store::BlobSettings* blobs) {
  std::error_code error;
  if (!fs::is_directory(data, error)) return unexpected("There is no data folder " + data + ".");
  std::vector<ArchivedFile> files, keys;
  const std::string copy = path + ".database";
  io::remove_file(copy);
  const bool exported = !database.empty() && store::is_postgres(database);
  const std::string live = database.empty() || exported ? data + "/" + std::string{database_file} : database;
  if (exported) {
    io::Loop loop;
    auto engine = store::open_snapshot(loop, database);
    if (!engine) return unexpected(engine.error());
    if (const auto done = store::export_to(loop, **engine, copy); !done) {
      io::remove_file(copy);
      return unexpected(done.error());
    }
    files.push_back({std::string{exported_file}, copy});
  } else if (io::file_exists(live)) {
    // One consistent copy, also while the server writes.
    auto opened = store::Database::open(live, store::Database::Mode::read_write);
    std::string quoted;
    for (const char c : copy) quoted += c == '\'' ? std::string{"''"} : std::string{c};
    if (!opened || !opened->execute("VACUUM INTO '" + quoted + "'")) {
      io::remove_file(copy);
      return unexpected("The database " + live + " could not be copied to " + copy + ".");
    }
    files.push_back({std::string{database_file}, copy});
  } else {
    return unexpected("There is no database " + live +
                      ", and without it a backup is worth nothing. When the server is started with --database or with "
                      "--config, say the same address here with --database.");
  }
  for (auto entry = fs::recursive_directory_iterator{data, error};
       !error && entry != fs::recursive_directory_iterator{}; entry.increment(error)) {
    if (!entry->is_regular_file() || entry->is_symlink()) continue;
    const std::string name = fs::relative(entry->path(), data).generic_string();
    if (!left_out(name)) files.push_back({name, entry->path().string()});
  }
  if (error) {
    io::remove_file(copy);
    return unexpected("The data folder " + data + " cannot be read: " + error.message() + ".");
  }
  std::optional<Bucket> bucket;
  if (blobs != nullptr) {
    auto opened = Bucket::open(*blobs);
    auto listed = opened ? opened->files() : unexpected(opened.error());
    if (!listed) {
      io::remove_file(copy);
      return unexpected(listed.error());
    }
    bucket.emplace(std::move(*opened));
    for (ArchivedFile& file : *listed) files.push_back(std::move(file));
  }
  std::ranges::sort(files, {}, &ArchivedFile::name);
  const std::string folder = data + "/keys";
  for (const std::string& file :
       {kms::keystore_path(folder), kms::audit_log_path(folder), kms::audit_head_path(folder)}) {
    if (io::file_exists(file)) keys.push_back({fs::path{file}.filename().string(), file});
  }
  // The keystore last: it opens at least everything that is in the database before it.
  auto written = write_archive(path, files, recipient, random);
  io::remove_file(copy);
  if (!written) return unexpected(written.error());
  const auto keys_written = write_archive(keys_archive(path), keys, recipient, random);
  if (!keys_written) return unexpected(keys_written.error());
  return BackupCount{*written, *keys_written};
}

expected<BackupCount, std::string> restore_backup(const std::string& path, const std::string& keys_path,
                                                  const BackupSeed& seed, const std::string& data) {
  if (io::file_exists(data + "/" + std::string{database_file}))
    return unexpected("There is a database in " + data + " already. Restore into an empty folder.");
  if (const auto made = io::make_private_folder(data); !made) return unexpected(made.error().reason);
  const auto files = read_archive(path, seed, data);
  if (!files) return unexpected(files.error());
  if (keys_path.empty()) return BackupCount{*files, 0};
  if (const auto made = io::make_private_folder(data + "/keys"); !made) return unexpected(made.error().reason);
  if (io::file_exists(kms::keystore_path(data + "/keys")))
    return unexpected("There is a keystore in " + data + "/keys already; it was left as it is. The rest is restored.");
  const auto keys = read_archive(keys_path, seed, data + "/keys");
  if (!keys) return unexpected(keys.error());
  return BackupCount{*files, *keys};
}

expected<bool, std::string> import_database(const std::string& data, const std::string& database) {
  const std::string exported = data + "/" + std::string{exported_file};
  if (!io::file_exists(exported)) return false;
  io::Loop loop;
  auto engine = store::open_engine(loop, database.empty() ? data + "/" + std::string{database_file} : database);
  if (!engine) return unexpected(engine.error());
  if (const auto done = store::import_from(loop, **engine, exported); !done) return unexpected(done.error());
  io::remove_file(exported);
  return true;
}

}  // namespace sealhall::keys
