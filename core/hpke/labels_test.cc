#include "core/hpke/labels.h"

#include <doctest/doctest.h>

#include "core/base/encoding.h"

namespace sealhall::hpke {
namespace {

TEST_CASE("labels: suite identifiers as in RFC 9180 sections 4.1 and 5.1") {
  CHECK(to_hex(SuiteId{KemId::dhkem_p256_hkdf_sha256}.view()) == "4b454d0010");
  CHECK(to_hex(SuiteId{Suite{KemId::dhkem_x25519_hkdf_sha256, KdfId::hkdf_sha512, AeadId::export_only}}.view()) ==
        "48504b4500200003ffff");
}

TEST_CASE("labels: the key schedule's info hash of RFC 9180 appendix A.1.1") {
  const SuiteId suite{Suite{KemId::dhkem_x25519_hkdf_sha256, KdfId::hkdf_sha256, AeadId::aes_128_gcm}};
  const auto hash = labeled_extract(crypto::HashAlgorithm::sha256, suite, {}, "info_hash",
                                    from_hex("4f6465206f6e2061204772656369616e2055726e").value());
  CHECK(to_hex(hash.reveal()) == "cb6cffde367bb0565ba28bb02c90744a20f5ef37f30523526106f637abb05449");
}

TEST_CASE("labels: a length over two bytes or over 255 hash lengths is refused, never cut to fit") {
  const SuiteId suite{KemId::dhkem_x25519_hkdf_sha256};
  Bytes out(70'000);
  for (const std::size_t size : {0U, 255U * 64U + 1U, 65'536U, 65'537U, 65'568U}) {
    CHECK(labeled_expand(crypto::HashAlgorithm::sha512, suite, Bytes(64, 1), "label", {}, MutableBytes{out}.first(size))
              .error() == HpkeError::length_not_allowed);
  }
  CHECK(labeled_expand(crypto::HashAlgorithm::sha512, suite, Bytes(64, 1), "label", {},
                       MutableBytes{out}.first(255 * 64)));
}

}  // namespace
}  // namespace sealhall::hpke
