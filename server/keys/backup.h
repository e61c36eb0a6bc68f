// A backup of an installation: two archives, since whoever keeps old keystores can undo a shredding.
#pragma once

#include <string>

#include "core/base/expected.h"
#include "core/base/random.h"
#include "server/keys/archive.h"
#include "store/open_blobs.h"

namespace sealhall::keys {

/// Beside the archive at `path`: the keystore and the audit log.
std::string keys_archive(const std::string& path);

struct BackupCount {
  std::uint64_t files = 0;
  std::uint64_t key_files = 0;
};
/// Database, recordings, files, settings and certificates go to `path`; keystore and audit log to `keys_archive(path)`;
/// the root key to neither. `database` is what the settings name (empty: the file in the data folder). The server may
/// be running: the database goes in as of one moment (of PostgreSQL as an export), files as they are read after it.
/// `blobs`, where they are in an S3 bucket: its objects go in, too, as the files that they would be without one;
/// nullptr leaves them out. The error is a sentence.
expected<BackupCount, std::string> make_backup(const std::string& data, const std::string& path,
                                               const std::string& recipient, RandomSource& random,
                                               const std::string& database = {},
                                               const store::BlobSettings* blobs = nullptr);
/// Into a folder where no database is yet. `keys_path` may be empty: the keystore is put there by other means. An
/// exported database stays as a file in the folder: see `import_database`.
expected<BackupCount, std::string> restore_backup(const std::string& path, const std::string& keys_path,
                                                  const BackupSeed& seed, const std::string& data);
/// Reads the exported database of a restored backup into `database` (empty: a new file in the data folder) and takes
/// the export away. False when there is none.
expected<bool, std::string> import_database(const std::string& data, const std::string& database);

}  // namespace sealhall::keys
