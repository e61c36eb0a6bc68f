// What commands read and write in the folder of the keys while the server may be stopped.
#pragma once

#include <string>

#include "core/base/expected.h"
#include "core/base/random.h"
#include "server/keys/audit_file.h"
#include "server/kms/key_folder.h"

namespace sealhall::keys {

/// The first 16 bytes in hexadecimal, or "unknown".
std::string audit_key_fingerprint(const std::string& folder);

/// Writes root.key. An error (a sentence) when another root key is there, or the keystore belongs to another one.
expected<void, std::string> put_root(const kms::KeyFolderOptions& options, const kms::SoftwareRoot& root,
                                     RandomSource& random);

}  // namespace sealhall::keys
