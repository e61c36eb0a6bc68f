// A backup of an installation: two archives, since whoever keeps old keystores can undo a shredding.
#pragma once

#include <string>

#include "core/base/expected.h"
#include "core/base/random.h"
#include "server/keys/archive.h"

namespace sealhall::keys {

/// Beside the archive at `path`: the keystore and the audit log.
std::string keys_archive(const std::string& path);

struct BackupCount {
  std::uint64_t files = 0;
  std::uint64_t key_files = 0;
};
/// Database, recordings, files, settings and certificates go to `path`; keystore and audit log to `keys_archive(path)`;
/// the root key to neither. The server may be running. The error is a sentence.
expected<BackupCount, std::string> make_backup(const std::string& data, const std::string& path,
                                               const std::string& recipient, RandomSource& random);
/// Into a folder where no database is yet. `keys_path` may be empty: the keystore is put there by other means.
expected<BackupCount, std::string> restore_backup(const std::string& path, const std::string& keys_path,
                                                  const BackupSeed& seed, const std::string& data);

}  // namespace sealhall::keys
