#include "core/crypto/hash.h"

#include <doctest/doctest.h>

#include "core/base/encoding.h"

namespace sealhall::crypto {
namespace {

TEST_CASE("hash: the FIPS 180-4 examples") {
  CHECK(to_hex(sha1(as_bytes("abc"))) == "a9993e364706816aba3e25717850c26c9cd0d89d");
  CHECK(to_hex(sha256(as_bytes("abc"))) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(to_hex(sha256({})) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(to_hex(sha384(as_bytes("abc"))) ==
        "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7");
  CHECK(to_hex(sha512(as_bytes("abc"))) ==
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce8"
        "0e2a"
        "9ac94fa54ca49f");
}

std::string code(HashAlgorithm algorithm, ByteView key, ByteView message) {
  const Hmac hmac{algorithm, key};
  Bytes out(hmac.size());
  hmac.compute({message}, out);
  return to_hex(out);
}

TEST_CASE("hash: parts are one message, for each algorithm") {
  for (const auto& [algorithm, expected_hex] :
       {std::pair{HashAlgorithm::sha1, "a9993e364706816aba3e25717850c26c9cd0d89d"},
        std::pair{HashAlgorithm::sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"}}) {
    Bytes out(max_hash_size);
    digest(algorithm, {as_bytes("a"), {}, as_bytes("bc")}, out);
    CHECK(to_hex(ByteView{out}.first(hash_size(algorithm))) == expected_hex);
  }
  Bytes out(64);
  digest(HashAlgorithm::sha384, {as_bytes("abc")}, out);
  CHECK(equal(ByteView{out}.first(48), sha384(as_bytes("abc"))));
  digest(HashAlgorithm::sha512, {as_bytes("ab"), as_bytes("c")}, out);
  CHECK(equal(out, sha512(as_bytes("abc"))));
}

TEST_CASE("hmac: RFC 2202 and RFC 4231, with a short key and with one that is longer than a block") {
  const Bytes jefe{'J', 'e', 'f', 'e'};
  const ByteView question = as_bytes("what do ya want for nothing?");
  CHECK(code(HashAlgorithm::sha1, jefe, question) == "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
  CHECK(code(HashAlgorithm::sha256, jefe, question) ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  CHECK(code(HashAlgorithm::sha384, jefe, question) ==
        "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649");
  CHECK(code(HashAlgorithm::sha512, jefe, question) ==
        "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b"
        "4b63"
        "6e070a38bce737");
  const Bytes long_key(131, 0xaa);
  const ByteView larger = as_bytes("Test Using Larger Than Block-Size Key - Hash Key First");
  CHECK(code(HashAlgorithm::sha256, long_key, larger) ==
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  CHECK(code(HashAlgorithm::sha512, long_key, larger) ==
        "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f3526b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0a"
        "ec8b"
        "915a985d786598");
}

TEST_CASE("hmac: parts are one message, a truncated code is its front, and one key serves many messages") {
  const Hmac hmac{HashAlgorithm::sha1, Bytes(20, 9)};
  Bytes whole(20), parts(20), cut(10);
  hmac.compute({as_bytes("header and payload")}, whole);
  hmac.compute({as_bytes("header"), {}, as_bytes(" and "), as_bytes("payload")}, parts);
  hmac.compute({as_bytes("header and payload")}, cut);
  CHECK(parts == whole);
  CHECK(equal(cut, ByteView{whole}.first(10)));
  const Hmac copy = hmac;
  copy.compute({as_bytes("header and payload")}, parts);
  CHECK(parts == whole);
}

TEST_CASE("hmac: an empty code, a shorter one and a longer one are never right") {
  const Hmac hmac{HashAlgorithm::sha256, Bytes(32, 9)};
  Bytes tag(32);
  hmac.compute({as_bytes("message")}, tag);
  CHECK(hmac.verify({as_bytes("message")}, tag, 32));
  CHECK(hmac.verify({as_bytes("message")}, ByteView{tag}.first(10), 10));
  CHECK_FALSE(hmac.verify({as_bytes("message")}, {}, 32));
  CHECK_FALSE(hmac.verify({as_bytes("message")}, {}, 10));
  CHECK_FALSE(hmac.verify({as_bytes("message")}, ByteView{tag}.first(31), 32));
  CHECK_FALSE(hmac.verify({as_bytes("message")}, tag, 10));
  CHECK_FALSE(hmac.verify({as_bytes("massage")}, tag, 32));
  for (std::size_t i = 0; i < tag.size(); ++i) {
    Bytes wrong = tag;
    wrong[i] ^= 1;
    CHECK_FALSE(hmac.verify({as_bytes("message")}, wrong, 32));
  }
}

}  // namespace
}  // namespace sealhall::crypto
