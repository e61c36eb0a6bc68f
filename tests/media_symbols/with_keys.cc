// What must never be built as the media worker: SRTP and SFrame in one program. tools/check_media_symbols.sh has to
// refuse it.
#include <array>

#include "core/sframe/header.h"
#include "core/srtp/srtp.h"

int main(int argc, char**) {
  using namespace sealhall;
  const std::array<std::uint8_t, 4> bytes{static_cast<std::uint8_t>(argc), 1, 2, 3};
  const bool header = sframe::parse_header(bytes).has_value();
  const bool profile = !srtp::name(srtp::Profile::aead_aes_256_gcm).empty();
  return header && profile ? 0 : 1;
}
