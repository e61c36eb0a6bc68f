#include "server/api/tokens.h"

#include "core/base/encoding.h"
#include "core/crypto/hash.h"

namespace sealhall::api {

std::string random_text(RandomSource& random, std::size_t bytes) {
  Bytes out(bytes);
  // People type ids behind commands: none begins with '-' (62 in base64url), which would be read as an option.
  do {
    random.fill(out);
  } while (!out.empty() && out[0] >> 2 == 62);
  return to_base64url(out);
}

std::string token_hash(std::string_view token) { return to_hex(crypto::sha256(as_bytes(token))); }

}  // namespace sealhall::api
