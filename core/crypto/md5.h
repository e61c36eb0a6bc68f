// MD5 (RFC 1321), for one use: the key of TURN's long-term credentials is defined over it (RFC 8489 section 9.2.2).
#pragma once

#include <array>
#include <cstdint>

#include "core/base/bytes.h"

namespace sealhall::crypto {

/// Nothing may rest on this hash being strong: collisions are cheap.
std::array<std::uint8_t, 16> md5(ByteView message) noexcept;

}  // namespace sealhall::crypto
