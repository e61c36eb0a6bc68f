// The recovery kit: the root key as text for a sheet of paper. With it and a backup everything can be opened again;
// without it nothing can when the root key's file is lost.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "kms/root_key.h"

namespace sealhall::kms {

/// The key part alone: 14 groups of six characters, in two lines. Letters that look like digits are not used, and a
/// checksum finds a wrong or a swapped character.
std::string recovery_code(const SoftwareRoot& root);
/// Reads `recovery_code`, or a whole kit with it in it: case, spaces, dashes and lines do not matter; I and L read as
/// 1, O as 0. nullopt when there is no code, or it has a mistake.
std::unique_ptr<SoftwareRoot> read_recovery_code(std::string_view text, RandomSource& random);

/// The sheet: the code, what it is for, how it is used. `audit_key` is the fingerprint of what signs the audit log.
std::string recovery_kit(const SoftwareRoot& root, std::string_view audit_key);

}  // namespace sealhall::kms
