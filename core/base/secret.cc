#include "core/base/secret.h"

namespace sealhall {

void wipe(MutableBytes bytes) noexcept {
  volatile std::uint8_t* p = bytes.data();
  for (std::size_t i = 0; i < bytes.size(); ++i) p[i] = 0;
#if defined(__GNUC__)
  // The compiler must assume that the zeros are read afterwards.
  asm volatile("" : : "r"(bytes.data()) : "memory");
#endif
}

bool constant_time_equal(ByteView a, ByteView b) noexcept {
  if (a.size() != b.size()) return false;
  volatile std::uint8_t difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) difference = static_cast<std::uint8_t>(difference | (a[i] ^ b[i]));
  return difference == 0;
}

}  // namespace sealhall
