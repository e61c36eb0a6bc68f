// The file that holds the root key: as it is (the file's mode 0600 protects it), or sealed by a passphrase (Argon2id).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "kms/root_key.h"

namespace sealhall::kms {

enum class RootFileError : std::uint8_t {
  malformed,          ///< not such a file, or of a later version
  passphrase_needed,  ///< it is sealed, and none was given
  wrong_passphrase,   ///< or the file was changed
  passphrase_too_short,
  no_memory,  ///< Argon2id could not have its memory
};

/// Bytes. A shorter one can be guessed whatever Argon2id costs.
inline constexpr std::size_t min_passphrase_size = 12;

/// What a guess costs whoever steals the file.
struct PassphraseCost {
  std::uint32_t passes = 3;
  std::uint32_t memory_kib = 256 * 1024;
};

std::string encode_root_file(const SoftwareRoot& root);
/// Errors: passphrase_too_short, no_memory.
expected<std::string, RootFileError> encode_root_file(const SoftwareRoot& root, std::string_view passphrase,
                                                      RandomSource& random, PassphraseCost cost = {});

/// `passphrase` may be given for a file that has none.
expected<std::unique_ptr<SoftwareRoot>, RootFileError> read_root_file(std::string_view text,
                                                                      std::optional<std::string_view> passphrase,
                                                                      RandomSource& random);
std::string_view sentence_of(RootFileError error) noexcept;

}  // namespace sealhall::kms
