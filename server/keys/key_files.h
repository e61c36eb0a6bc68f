// What commands read and write in the folder of the keys while the server may be stopped.
#pragma once

#include <optional>
#include <string>

#include "core/base/expected.h"
#include "core/base/random.h"
#include "kms/audit_log.h"
#include "server/kms/key_folder.h"

namespace sealhall::keys {

/// What signs the audit log, as the keystore says; nullopt when there is no keystore.
std::optional<crypto::Ed25519PublicKey> audit_key(const std::string& folder);
/// The first 16 bytes in hexadecimal, or "unknown".
std::string audit_key_fingerprint(const std::string& folder);

/// Writes root.key. An error (a sentence) when another root key is there, or the keystore belongs to another one.
expected<void, std::string> put_root(const kms::KeyFolderOptions& options, const kms::SoftwareRoot& root,
                                     RandomSource& random);

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

}  // namespace sealhall::keys
