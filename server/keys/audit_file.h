// The audit log as a file: its proof, and its lines for people. Reads only; the key service goes on writing meanwhile.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/expected.h"
#include "kms/audit_log.h"

namespace sealhall::keys {

/// What signs the audit log, as the keystore says; nullopt when there is no keystore.
std::optional<crypto::Ed25519PublicKey> audit_key(const std::string& folder);
struct AuditResult {
  std::uint64_t entries = 0;
  std::uint64_t checkpoints = 0;
  std::uint64_t unsigned_entries = 0;
  kms::AuditHash chain{};
};
/// Reads the whole log. The error is a sentence about the first thing that is wrong. `expected_at`: a position that was
/// written down elsewhere.
expected<AuditResult, std::string> verify_audit(const std::string& folder,
                                                const std::optional<kms::AuditPosition>& expected_at);
/// "17:hexadecimal", as `sealhall audit head` prints it.
std::optional<kms::AuditPosition> position_from(const std::string& text);
std::string to_text(const kms::AuditPosition& position);

struct AuditQuery {
  std::string account;                ///< lines about its keys
  bool also_without_account = false;  ///< and those about the machine's own: the root key, checkpoints, starts
  std::vector<std::string> parts{};   ///< each must be in the line
  std::uint32_t limit = 30;
  std::uint32_t offset = 0;
};
struct AuditPage {
  std::vector<std::string> lines;  ///< newest first, JSON
  std::uint64_t total = 0;
};
/// Reads the whole log: for a thread of its own. The error is a sentence.
expected<AuditPage, std::string> read_audit(const std::string& folder, const AuditQuery& query);

}  // namespace sealhall::keys
