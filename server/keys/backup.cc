#include "server/keys/backup.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "io/files/files.h"
#include "server/kms/key_folder.h"
#include "store/open.h"
#include "store/sqlite.h"
#include "store/transfer.h"

namespace sealhall::keys {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view database_file = "accounts.sqlite";
constexpr std::string_view exported_file = "database.export";

/// What is not in a backup: what belongs to running processes, keys, and the database's own files, which are copied.
bool left_out(const std::string& name) {
  return name == "lock" || name.starts_with("run/") || name.starts_with("keys/") || name.starts_with(database_file) ||
         name == exported_file || name.ends_with(".part");
}

}  // namespace

std::string keys_archive(const std::string& path) { return path + ".keys"; }

expected<BackupCount, std::string> make_backup(const std::string& data, const std::string& path,
                                               const std::string& recipient, RandomSource& random,
                                               const std::string& database) {
  std::error_code error;
  if (!fs::is_directory(data, error)) return unexpected("There is no data folder " + data + ".");
  std::vector<ArchivedFile> files, keys;
  const std::string copy = path + ".database";
  io::remove_file(copy);
  const bool exported = !database.empty() && store::is_postgres(database);
  const std::string live = database.empty() || exported ? data + "/" + std::string{database_file} : database;
  if (exported) {
    io::Loop loop;
    auto engine = store::open_engine(loop, database);
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
