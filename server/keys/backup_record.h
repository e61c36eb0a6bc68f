// What `sealhall backup` leaves in the data folder about the last backup, for the admin console and for metrics: plain
// lines, nothing secret. Pure but for the one file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/expected.h"
#include "core/base/time.h"

namespace sealhall::keys {

struct BackupRecord {
  UnixMicros at{};  ///< when it was finished; whole seconds are kept
  /// Of both archives together. Absent: it was written by a version that left the time only.
  std::optional<std::uint64_t> bytes{};
  std::string place{};  ///< the first archive's path on the machine where it was made; "" when it is no plain text
};

/// Lines: the time (RFC 3339), then "bytes N" and "place PATH".
std::string encode_backup_record(const BackupRecord& record);
/// nullopt when there is no time in it. Lines that are not known are passed over.
std::optional<BackupRecord> decode_backup_record(std::string_view text);

/// In the data folder; nullopt when no backup of it was ever made, or the file is not readable.
std::optional<BackupRecord> last_backup(const std::string& data);
/// Instead of the one before. The error is a sentence.
expected<void, std::string> remember_backup(const std::string& data, const BackupRecord& record);

}  // namespace sealhall::keys
