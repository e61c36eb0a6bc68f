// The keys and places of the containers of a recording: one object key a part, and from it one key a container.
#pragma once

#include <string>
#include <string_view>

#include "core/crypto/hkdf.h"
#include "core/envelope/context.h"
#include "core/envelope/wrapped_key.h"

namespace sealhall::recording {

inline constexpr std::string_view context_kind = "recording";

/// What shares its keys and is destroyed together.
inline std::string key_scope(std::string_view recording) { return "recording/" + std::string{recording}; }

/// Where the object key of a part belongs; part 0 is the composition.
inline envelope::Context part_context(std::string account, std::string recording, std::uint32_t part) {
  return {std::move(account), std::string{context_kind}, std::move(recording), "part/" + std::to_string(part)};
}
/// Where one container of a part belongs.
inline envelope::Context file_context(std::string account, std::string recording, std::uint32_t part,
                                      std::string_view file) {
  return {std::move(account), std::string{context_kind}, std::move(recording),
          std::to_string(part) + "/" + std::string{file}};
}

/// HKDF-SHA-256 (RFC 5869): one key, one container.
inline envelope::Key file_key(const envelope::Key& part_key, std::string_view file) {
  return crypto::hkdf_expand_secret<envelope::key_size>(crypto::HashAlgorithm::sha256, part_key.reveal(),
                                                        {as_bytes("sealhall recording file v1 "), as_bytes(file)});
}

}  // namespace sealhall::recording
