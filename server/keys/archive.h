// An archive of files, sealed to one recipient: what `sealhall backup` writes and `sealhall restore` reads.
// Layout: "sealhall backup\n", version u32 = 1, HPKE enc (32), HPKE ciphertext of the container's key (48), then a
// container (core/envelope) that holds, for each file, u16 path length | path | u64 size | bytes, and u16 0 at the end.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/expected.h"
#include "core/base/random.h"
#include "core/base/secret.h"

namespace sealhall::keys {

/// The recipient's secret: 32 random bytes. Its public key is what backups are sealed to.
using BackupSeed = Secret<32>;
/// "shb-" and the public key as base64url: what --encrypt-to takes.
std::string backup_recipient(const BackupSeed& seed);
/// The text of the file that opens backups.
std::string encode_backup_key(const BackupSeed& seed);
std::optional<BackupSeed> read_backup_key(std::string_view text);

struct ArchivedFile {
  std::string name;  ///< in the archive: relative, with '/' between folders
  std::string path;  ///< where it is read from
  // Or, when it is no file of this disk, by this: `length` bytes at `at`, none when they cannot be had any more.
  std::uint64_t size = 0;
  std::function<Bytes(std::uint64_t at, std::size_t length)> read{};
};

/// Writes the archive at `path` (mode 0600, synced, in place at the end only) and gives the number of files in it. What
/// was deleted since it was listed is left out. The error is a sentence.
expected<std::uint64_t, std::string> write_archive(const std::string& path, const std::vector<ArchivedFile>& files,
                                                   const std::string& recipient, RandomSource& random);
/// Writes every file below `folder` and gives their number. The whole archive is checked first: of one that was cut or
/// changed nothing is written. The error is a sentence.
expected<std::uint64_t, std::string> read_archive(const std::string& path, const BackupSeed& seed,
                                                  const std::string& folder);
/// Whether a name stays below the folder that it is put into.
bool harmless(std::string_view name) noexcept;

}  // namespace sealhall::keys
