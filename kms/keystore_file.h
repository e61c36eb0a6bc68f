// The text of a keystore: a line with its authentication code, then JSON. Keys in it are wrapped by the root key.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/secret.h"
#include "core/wire/kms_channel.h"

namespace sealhall::kms {

struct KeyVersionEntry {
  std::uint32_t version = 0;
  std::uint64_t created_at = 0;  ///< UnixMicros
  wire::kms::KeyState state = wire::kms::KeyState::enabled;
  Bytes wrapped;  ///< by the root key; empty when it is destroyed
};
struct AccountKeyEntry {
  Bytes key_id;
  std::string account_id;
  std::string period;
  std::vector<KeyVersionEntry> versions;  ///< ascending
};
/// A data key that is refused for good. Forgotten when its account has no key left that could open it.
struct ShreddedEntry {
  Bytes key_id;
  std::string account_id;
};
struct KeystoreFile {
  std::uint32_t format = 1;
  Bytes root_id;
  Bytes mac_key;           ///< wrapped by the root key
  Bytes audit_seed;        ///< wrapped by the root key
  Bytes audit_public_key;  ///< for whoever verifies without the root key
  std::vector<AccountKeyEntry> keys;
  std::vector<ShreddedEntry> shredded;
};

/// The text and its code, under `mac_key`.
std::string encode_keystore(const KeystoreFile& file, const Secret<32>& mac_key);
/// nullopt when it is no keystore of this format. The code is not checked: the key for that is in it, wrapped.
std::optional<KeystoreFile> parse_keystore(std::string_view text);
/// Whether the code in the first line fits the rest.
bool authentic_keystore(std::string_view text, const Secret<32>& mac_key);

}  // namespace sealhall::kms
