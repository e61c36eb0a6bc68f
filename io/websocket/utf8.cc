#include "io/websocket/protocol.h"

namespace sealhall::io {

bool Utf8Check::feed(ByteView data) noexcept {
  for (const std::uint8_t byte : data) {
    if (need_ > 0) {
      if (byte < low_ || byte > high_) return false;
      --need_;
      low_ = 0x80;
      high_ = 0xbf;
      continue;
    }
    // RFC 3629 section 4: the second byte is bounded so that nothing is overlong, a surrogate, or above U+10FFFF.
    if (byte < 0x80) continue;
    if (byte < 0xc2 || byte > 0xf4) return false;
    need_ = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
    if (byte == 0xe0) low_ = 0xa0;
    if (byte == 0xed) high_ = 0x9f;
    if (byte == 0xf0) low_ = 0x90;
    if (byte == 0xf4) high_ = 0x8f;
  }
  return true;
}

}  // namespace sealhall::io
