// `sealhall backup` and `sealhall restore`.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <string>

#include "core/crypto/random.h"
#include "io/files/files.h"
#include "io/net/clock.h"
#include "server/keys/backup.h"
#include "server/keys/backup_record.h"
#include "server/keys/commands.h"

namespace sealhall::keys {
namespace {

int fail(const char* command, const std::string& sentence) {
  std::fprintf(stderr, "sealhall %s: %s\n", command, sentence.c_str());
  return 1;
}

int new_key(const std::string& path) {
  if (io::file_exists(path)) return fail("backup", "There is a file " + path + " already.");
  crypto::SystemRandom random;
  BackupSeed seed;
  random.fill(seed.reveal_mutable());
  if (const auto written = io::write_file_atomically(path, as_bytes(encode_backup_key(seed)), 0600); !written)
    return fail("backup", written.error().reason);
  std::printf("%s\n", backup_recipient(seed).c_str());
  std::fprintf(stderr,
               "Backups are sealed to this key with --encrypt-to. Only %s opens them: keep it away from the server.\n",
               path.c_str());
  return 0;
}

/// For the admin console, which says when the last one was made. Without it the backup is as good.
void remember(const std::string& data, const std::string& path) {
  BackupRecord record{.at = io::SystemWallClock{}.now()};
  std::error_code error;
  std::uint64_t bytes = 0;
  for (const std::string& archive : {path, keys_archive(path)}) {
    const std::uintmax_t size = std::filesystem::file_size(archive, error);
    if (!error) bytes += size;
  }
  record.bytes = bytes;
  record.place = std::filesystem::absolute(path, error).lexically_normal().string();
  if (const auto kept = remember_backup(data, record); !kept)
    std::fprintf(stderr, "The admin console will not know of this backup: %s\n", kept.error().c_str());
}

}  // namespace

int backup_main(int argc, char** argv, SettingsOf settings_of) {
  CLI::App app{"Everything that the server keeps, sealed to a key of yours. The server may be running.",
               "sealhall backup"};
  std::string path, data = "sealhall-data", recipient, key_file, database;
  app.add_option("path", path, "the file to write; PATH.keys is written beside it");
  app.add_option("--data", data, "the server's data folder")->capture_default_str();
  app.add_option("--database", database, "as for serve (default: what the settings in the data folder name)");
  app.add_option("--encrypt-to", recipient, "the key to seal to: shb-…");
  app.add_option("--new-key", key_file, "make a key for backups: writes its secret part to this file");
  bool with_bucket = false;
  app.add_flag("--with-bucket", with_bucket, "what is in the S3 bucket, too, as the files that it would be without S3");
  CLI11_PARSE(app, argc, argv);
  if (!key_file.empty()) return new_key(key_file);
  if (path.empty() || recipient.empty()) {
    std::fputs("sealhall backup: it needs PATH and --encrypt-to KEY, or --new-key FILE.\n", stderr);
    return 2;
  }
  const auto settings = settings_of(data);
  if (!settings) return fail("backup", settings.error());
  if (database.empty()) database = settings->database;
  crypto::SystemRandom random;
  const auto done = make_backup(data, path, recipient, random, database, with_bucket ? &settings->blobs : nullptr);
  if (!done) return fail("backup", done.error());
  std::printf(
      "%s        %llu files: database, recordings, settings\n%s   %llu files: keystore, audit log\n"
      "Keep the two apart, and of the second the newest only: an older keystore brings back what was shredded.\n"
      "The root key is in neither. `sealhall keys kit` prints it for a sheet of paper.\n",
      path.c_str(), static_cast<unsigned long long>(done->files), keys_archive(path).c_str(),
      static_cast<unsigned long long>(done->key_files));
  remember(data, path);
  if (!settings->blobs.s3_endpoint.empty() && !with_bucket) {
    std::printf(
        "What is in the bucket %s is NOT in this backup: --with-bucket takes it in, or copy or version the bucket by "
        "its\n"
        "own means. It is sealed with keys that are in the two files above.\n",
        settings->blobs.s3_bucket.c_str());
  }
  return 0;
}

int restore_main(int argc, char** argv, SettingsOf settings_of) {
  CLI::App app{"Puts a backup into an empty data folder.", "sealhall restore"};
  std::string path, data = "sealhall-data", key_file, keys_path, database;
  app.add_option("path", path, "the backup")->required();
  app.add_option("--data", data, "the data folder to fill")->capture_default_str();
  app.add_option("--key", key_file, "the file that `sealhall backup --new-key` has written")->required();
  app.add_option("--keys", keys_path, "the backup of the keystore (default: PATH.keys, when it is there)");
  app.add_option("--database", database,
                 "where the rows of a backup from PostgreSQL go (default: what its settings name, or else a file)");
  CLI11_PARSE(app, argc, argv);
  const auto text = io::read_file(key_file, 65536);
  if (!text) return fail("restore", text.error().reason);
  const auto seed = read_backup_key(as_text(*text));
  if (!seed) return fail("restore", "The file " + key_file + " is not a key for backups.");
  if (keys_path.empty() && io::file_exists(keys_archive(path))) keys_path = keys_archive(path);
  const auto done = restore_backup(path, keys_path, *seed, data);
  if (!done) return fail("restore", done.error());
  if (database.empty()) {
    const auto settings = settings_of(data);  // those that were in the backup
    if (!settings) return fail("restore", settings.error());
    database = settings->database;
  }
  const auto imported = import_database(data, database);
  if (!imported)
    return fail("restore",
                imported.error() + " The rows are in " + data + "/database.export: sealhall import reads them.");
  if (*imported) std::printf("The rows are in the database.\n");
  std::printf("%llu files are back in %s.\n", static_cast<unsigned long long>(done->files + done->key_files),
              data.c_str());
  if (done->key_files == 0) std::printf("The keystore is missing still: put it into %s/keys.\n", data.c_str());
  if (!io::file_exists(data + "/keys/root.key"))
    std::printf("Now the root key: sealhall keys recover --data %s\n", data.c_str());
  return 0;
}

}  // namespace sealhall::keys
