// The audit log: one line for every use of a key, each chained to all before it by a hash, with signed checkpoints.
// docs/operate/keys.md has the format. Pure: text in, text out.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/time.h"
#include "core/crypto/ed25519.h"
#include "core/envelope/wrapped_key.h"

namespace sealhall::kms {

using AuditHash = std::array<std::uint8_t, 32>;

/// Where a log ends: how many lines, and the hash that stands for all of them.
struct AuditPosition {
  std::uint64_t entries = 0;
  AuditHash chain{};
  bool operator==(const AuditPosition&) const = default;
};

struct AuditEntry {
  UnixMicros at{};
  std::string_view who;      ///< "control", "recorder", "administrator", "kms"
  std::string_view what;     ///< "open_data_key", ..
  std::string_view outcome;  ///< "done", or why not
  std::string_view account{};
  std::optional<envelope::KeyId> key{};  ///< the account key
  std::uint32_t version = 0;
  std::optional<envelope::KeyId> data_key{};
};

/// Makes lines. Account ids are ours; whatever else could be in one is written as '?'.
class AuditWriter {
 public:
  explicit AuditWriter(AuditPosition from = {}) : position_(from) {}

  [[nodiscard]] const AuditPosition& position() const noexcept { return position_; }
  /// With its newline.
  std::string append(const AuditEntry& entry);
  /// A line that signs everything before it.
  std::string checkpoint(UnixMicros at, const crypto::Ed25519PrivateKey& key);

 private:
  std::string finish(std::string line);
  AuditPosition position_;
};

/// The content of the file that says how far the log goes: written at every checkpoint, so that a log that lost its end
/// is found out.
std::string encode_audit_head(const AuditPosition& position, const crypto::Ed25519PrivateKey& key);
/// nullopt when it is none, or not signed by `key`.
std::optional<AuditPosition> parse_audit_head(std::string_view text, const crypto::Ed25519PublicKey& key);

/// What stands in the last line of a log, without proof; nullopt when it is no line of one.
std::optional<AuditPosition> parse_audit_line(std::string_view line);

/// Reads a log line by line.
class AuditVerifier {
 public:
  explicit AuditVerifier(const crypto::Ed25519PublicKey& key) : key_(key) {}

  /// One line without its newline. Nothing is looked at after the first problem.
  void feed(std::string_view line);
  /// After the last line. `head` is where the log is known to have been at least.
  void finish(const std::optional<AuditPosition>& head);

  /// A sentence about the first thing that is wrong.
  [[nodiscard]] const std::optional<std::string>& problem() const noexcept { return problem_; }
  [[nodiscard]] const AuditPosition& position() const noexcept { return position_; }
  [[nodiscard]] std::uint64_t checkpoints() const noexcept { return checkpoints_; }
  /// Entries behind the last checkpoint: nobody has signed them yet.
  [[nodiscard]] std::uint64_t unsigned_entries() const noexcept { return position_.entries - signed_; }
  /// Hands out the position at `entries` when the log passes it, to compare with a head from elsewhere.
  void watch(const AuditPosition& expected) { watched_ = expected; }

 private:
  void fail(std::string sentence);

  crypto::Ed25519PublicKey key_;
  AuditPosition position_;
  std::uint64_t checkpoints_ = 0;
  std::uint64_t signed_ = 0;
  std::optional<std::string> problem_;
  std::optional<AuditPosition> watched_;
};

}  // namespace sealhall::kms
