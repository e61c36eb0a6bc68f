#include "core/crypto/openssl_support.h"

#include <doctest/doctest.h>
#include <openssl/err.h>

namespace sealhall::crypto::detail {
namespace {

TEST_CASE("openssl support: a failure empties the error queue of the thread") {
  ERR_raise(ERR_LIB_USER, 1);
  REQUIRE(ERR_peek_error() != 0);
  CHECK(fail(CryptoError::bad_signature).error() == CryptoError::bad_signature);
  CHECK(ERR_peek_error() == 0);
}

TEST_CASE("openssl support: raw keys of a wrong length give no key, and a public key of another size is not written") {
  CHECK(raw_private_key("X25519", Bytes(31, 1)) == nullptr);
  CHECK(raw_public_key("ED25519", Bytes(33, 1)) == nullptr);
  const Pkey key = raw_private_key("X25519", Bytes(32, 1));
  REQUIRE(key != nullptr);
  Bytes out(33);
  CHECK_FALSE(get_raw_public_key(key, MutableBytes{out}.first(31)));
  CHECK(get_raw_public_key(key, MutableBytes{out}.first(32)));
  CHECK_FALSE(derive(key, key, out));
  CHECK(derive(key, key, MutableBytes{out}.first(32)));
  ERR_clear_error();
}

}  // namespace
}  // namespace sealhall::crypto::detail
