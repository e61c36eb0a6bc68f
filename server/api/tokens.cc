#include "server/api/tokens.h"

#include "core/base/encoding.h"
#include "core/crypto/hash.h"

namespace sealhall::api {

std::string random_text(RandomSource& random, std::size_t bytes) {
  Bytes out(bytes);
  random.fill(out);
  return to_base64url(out);
}

std::string token_hash(std::string_view token) { return to_hex(crypto::sha256(as_bytes(token))); }

}  // namespace sealhall::api
