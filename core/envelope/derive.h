// One key and its commitment from one secret: what all three formats do. Only for the .cc files of this folder.
#pragma once

#include <array>
#include <initializer_list>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/secret.h"
#include "core/crypto/hkdf.h"
#include "core/envelope/wrapped_key.h"

namespace sealhall::envelope::detail {

inline constexpr std::uint8_t format_version = 1;
/// HKDF-SHA-256 and AES-256-GCM.
inline constexpr std::uint8_t suite_1 = 1;
inline constexpr std::size_t commitment_size = 32;

/// HKDF-SHA-256(secret, salt, label | header | context) gives 64 bytes: the key, then the commitment. Whoever has
/// another secret, header or context gets another commitment, and finding two secrets with the same one is finding a
/// collision of SHA-256.
struct Derived {
  Derived(const Key& secret, ByteView salt, std::string_view label, ByteView header, ByteView context) noexcept
      : bytes(crypto::hkdf_expand_secret<key_size + commitment_size>(
            crypto::HashAlgorithm::sha256,
            crypto::hkdf_extract(crypto::HashAlgorithm::sha256, salt, {secret.reveal()}).reveal(),
            {as_bytes(label), header, context})) {}

  [[nodiscard]] ByteView key() const noexcept { return bytes.reveal().first<key_size>(); }
  [[nodiscard]] ByteView commitment() const noexcept { return bytes.reveal().last<commitment_size>(); }

  Secret<key_size + commitment_size> bytes;
};

}  // namespace sealhall::envelope::detail
