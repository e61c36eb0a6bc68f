// A sealed frame as it travels: clear prefix | SFrame header | ciphertext | tag. The clear prefix is what packetizers
// and the media server must read; it is authenticated with the header (RFC 9605 section 4.4.3, as metadata).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "core/base/bytes.h"
#include "core/crypto/aead.h"
#include "core/sframe/header.h"
#include "core/sframe/kid.h"

namespace sealhall::sframe {

/// VP8 needs 10 bytes, H.264 its parameter sets. More room would invite leaving content in the clear.
inline constexpr std::size_t max_clear_prefix_size = 256;
/// What sealing adds to a frame at most.
inline constexpr std::size_t max_seal_overhead = max_header_size + crypto::aead_tag_size;

/// What an opened frame says of itself; all of it authenticated.
struct OpenedFrame {
  std::size_t size = 0;  ///< bytes written: the clear prefix and the plaintext
  std::uint16_t sender_index = 0;
  MediaContext context = MediaContext::audio;
  std::uint32_t generation = 0;
  std::uint64_t counter = 0;
};

/// SFrame header and clear prefix joined to one piece of associated data, for asynchronous jobs.
struct FrameAad {
  FrameAad() noexcept = default;
  FrameAad(ByteView header, ByteView clear_prefix) noexcept {
    ByteWriter out{bytes};
    out.bytes(header);
    out.bytes(clear_prefix);
    size = out.size();
  }
  [[nodiscard]] ByteView view() const noexcept { return ByteView{bytes}.first(size); }

  std::array<std::uint8_t, max_header_size + max_clear_prefix_size> bytes{};
  std::size_t size = 0;
};

}  // namespace sealhall::sframe
