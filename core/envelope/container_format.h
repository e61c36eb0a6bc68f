// The header of a container, field by field: docs/protocol/at-rest.md section 5. Only for the .cc files of this folder.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "core/base/bytes.h"
#include "core/crypto/aead.h"
#include "core/envelope/container.h"
#include "core/envelope/derive.h"

namespace sealhall::envelope::detail {

inline constexpr std::array<std::uint8_t, 8> container_magic{'S', 'E', 'A', 'L', 'H', 'A', 'L', 'L'};
inline constexpr std::string_view container_label = "sealhall container v1";
inline constexpr std::uint8_t segment_bits = 16;
inline constexpr std::size_t object_id_at = 16;
inline constexpr std::size_t salt_at = 32;
inline constexpr std::size_t salt_size = 32;
inline constexpr std::size_t nonce_prefix_at = 64;
inline constexpr std::size_t nonce_prefix_size = 7;
/// The part whose hash goes into the key: everything but the wrapped key, which rotation replaces.
inline constexpr std::size_t fixed_size = 72;
inline constexpr std::size_t commitment_at = fixed_size;
inline constexpr std::size_t wrapped_length_at = commitment_at + commitment_size;
inline constexpr std::size_t wrapped_at = wrapped_length_at + 2;

inline std::array<std::uint8_t, crypto::aead_nonce_size> segment_nonce(ByteView prefix, std::uint64_t index,
                                                                       bool last) noexcept {
  std::array<std::uint8_t, crypto::aead_nonce_size> nonce{};
  std::copy(prefix.begin(), prefix.end(), nonce.begin());
  store_u32(nonce.data() + nonce_prefix_size, static_cast<std::uint32_t>(index));
  nonce.back() = last ? 1 : 0;
  return nonce;
}

/// The key of the segments and its commitment.
Derived derive_container(const Key& key, ByteView header, ByteView context) noexcept;

}  // namespace sealhall::envelope::detail
