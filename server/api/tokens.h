// Random ids and tokens as text, and how tokens are stored.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "core/base/random.h"

namespace sealhall::api {

/// So many random bytes as base64url: 16 for an id, 32 for a secret. Never begins with '-'.
std::string random_text(RandomSource& random, std::size_t bytes);

/// Hexadecimal SHA-256: tokens are random and long, so the hash needs no salt and gives nothing away.
std::string token_hash(std::string_view token);

}  // namespace sealhall::api
