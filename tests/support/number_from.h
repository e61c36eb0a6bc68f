// Seeds and lengths of long tests, as whoever runs them wants them.
#pragma once

#include <cstdint>
#include <cstdlib>

namespace sealhall::testing {

/// What the environment's variable says, read as a decimal number; `otherwise` where it is not set.
inline std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* const text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

}  // namespace sealhall::testing
