#include "core/crypto/md5.h"

#include <doctest/doctest.h>

#include "core/base/encoding.h"

using namespace sealhall;

TEST_CASE("md5: the values of RFC 1321 appendix A.5") {
  CHECK(to_hex(crypto::md5({})) == "d41d8cd98f00b204e9800998ecf8427e");
  CHECK(to_hex(crypto::md5(as_bytes("abc"))) == "900150983cd24fb0d6963f7d28e17f72");
  CHECK(to_hex(crypto::md5(as_bytes("message digest"))) == "f96b697d7cb7938d525a2f31aaf161d0");
}
