#include "core/crypto/p256.h"

#include <doctest/doctest.h>
#include <openssl/err.h>

#include "core/base/encoding.h"

namespace sealhall::crypto {
namespace {

Bytes hex(std::string_view text) { return from_hex(text).value(); }

TEST_CASE("p256: ECDH gives the x coordinate (Wycheproof ecdh_secp256r1 case 1, RFC 5903 section 8.1)") {
  const auto key =
      P256PrivateKey::from_scalar(hex("0612465c89a023ab17855b0a6bcebfd3febb53aef84138647b5352e02c10c346")).value();
  const Bytes peer =
      hex("0462d5bd3372af75fe85a040715d0f502428e07046868b0bfdfa61d731afe44f26ac333a93a9e70a81cd5a95b5bf8d13990eb741c8c3"
          "8872b4a0"
          "7d275a014e30cf");
  CHECK(to_hex(key.agree(peer).value().reveal()) == "53020d908b0219328b658b525f26780e3ae12bcd952bb25a93bc0895e1714285");
  const auto i =
      P256PrivateKey::from_scalar(hex("c88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1433")).value();
  const auto r =
      P256PrivateKey::from_scalar(hex("c6ef9c5d78ae012a011164acb397ce2088685d8f06bf9be0b283ab46476bee53")).value();
  CHECK(to_hex(i.public_key()) ==
        "04dad0b65394221cf9b051e1feca5787d098dfe637fc90b9ef945d0c37725811805271a0461cdb8252d61f1c456fa3e59ab1f45b33accf"
        "5f58389e"
        "0577b8990bb3");
  const auto shared = i.agree(r.public_key()).value();
  CHECK(to_hex(shared.reveal()) == "d6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de");
  CHECK(shared == r.agree(i.public_key()).value());
}

TEST_CASE("p256: points off the curve, at infinity, compressed or of another length are refused") {
  SeededRandom random{1};
  const auto key = P256PrivateKey::generate(random);
  const auto peer = P256PrivateKey::generate(random);
  Bytes point{peer.public_key().begin(), peer.public_key().end()};
  REQUIRE(key.agree(point));
  for (std::size_t i = 0; i < point.size(); ++i) {
    Bytes wrong = point;
    wrong[i] ^= 1;
    CHECK(key.agree(wrong).error() == CryptoError::bad_public_key);
  }
  CHECK(key.agree(Bytes{0}).error() == CryptoError::bad_public_key);
  CHECK(key.agree({}).error() == CryptoError::bad_public_key);
  CHECK(key.agree(Bytes(65, 0)).error() == CryptoError::bad_public_key);
  Bytes compressed{static_cast<std::uint8_t>(2 + (point[64] & 1))};
  append(compressed, ByteView{point}.subspan(1, 32));
  CHECK(key.agree(compressed).error() == CryptoError::bad_public_key);
  CHECK(ERR_peek_error() == 0);
}

TEST_CASE("p256: zero, the group order and what is over it are no private keys") {
  CHECK(P256PrivateKey::from_scalar(Bytes(32, 0)).error() == CryptoError::bad_private_key);
  const Bytes order = hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
  CHECK(P256PrivateKey::from_scalar(order).error() == CryptoError::bad_private_key);
  CHECK(P256PrivateKey::from_scalar(Bytes(32, 0xff)).error() == CryptoError::bad_private_key);
  CHECK(P256PrivateKey::from_scalar(Bytes(31, 1)).error() == CryptoError::bad_private_key);
  Bytes largest = order;
  largest[31] = 0x50;
  CHECK(P256PrivateKey::from_scalar(largest));
}

TEST_CASE("p256: ECDSA verifies what it signed and the published signature, and nothing else") {
  const Bytes published_key =
      hex("0404aaec73635726f213fb8a9e64da3b8632e41495a944d0045b522eba7240fad587d9315798aaa3a5ba01775787ced05eaaf7b4e09f"
          "c81d6d1aa5"
          "46e8365d525d");
  const Bytes published =
      hex("30450220530bd6b0c9af2d69ba897f6b5fb59695cfbf33afe66dbadcf5b8d2a2a6538e23022100d85e489cb7a161fd55ededcedbf4cc"
          "0c0987e3e3"
          "f0f242cae934c72caa3f43e9");
  CHECK(p256_verify(published_key, as_bytes("Msg"), published));

  SeededRandom random{2};
  const auto key = P256PrivateKey::generate(random);
  const Bytes signature = key.sign(as_bytes("message")).value();
  CHECK(p256_verify(key.public_key(), as_bytes("message"), signature));
  CHECK(p256_verify(key.public_key(), as_bytes("massage"), signature).error() == CryptoError::bad_signature);
  CHECK(p256_verify(published_key, as_bytes("message"), signature).error() == CryptoError::bad_signature);
  CHECK(p256_verify(key.public_key(), as_bytes("message"), {}).error() == CryptoError::bad_signature);
  Bytes trailing = signature;
  trailing.push_back(0);
  CHECK(p256_verify(key.public_key(), as_bytes("message"), trailing).error() == CryptoError::bad_signature);
  CHECK(p256_verify(Bytes(65, 4), as_bytes("message"), signature).error() == CryptoError::bad_public_key);
}

}  // namespace
}  // namespace sealhall::crypto
