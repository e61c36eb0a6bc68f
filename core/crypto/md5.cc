#define OPENSSL_SUPPRESS_DEPRECATED
#include "core/crypto/md5.h"

#include <openssl/md5.h>

namespace sealhall::crypto {

std::array<std::uint8_t, 16> md5(ByteView message) noexcept {
  std::array<std::uint8_t, 16> out{};
  MD5(message.data(), message.size(), out.data());
  return out;
}

}  // namespace sealhall::crypto
