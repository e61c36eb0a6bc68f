// Counts what OpenSSL allocates: a packet makes no context and fetches no algorithm. For the native back end only; the
// browser's goes below EVP and has no contexts.
#include <doctest/doctest.h>
#include <openssl/crypto.h>

#include <array>
#include <cstdint>
#include <cstdlib>

#include "core/crypto/aead.h"
#include "core/crypto/cipher.h"
#include "core/crypto/hash.h"

namespace sealhall::crypto {
namespace {

std::uint64_t allocations = 0;

void* counted_malloc(std::size_t size, const char* /*file*/, int /*line*/) {
  ++allocations;
  return std::malloc(size);
}
void* counted_realloc(void* block, std::size_t size, const char* /*file*/, int /*line*/) {
  ++allocations;
  return std::realloc(block, size);
}
void give_back(void* block, const char* /*file*/, int /*line*/) { std::free(block); }

// Before main, because OpenSSL refuses it once it has allocated anything.
const bool counting = CRYPTO_set_mem_functions(counted_malloc, counted_realloc, give_back) == 1;

TEST_CASE("reuse: once their contexts are made, sealing, opening, AES-CTR and HMAC allocate nothing in OpenSSL") {
  REQUIRE(counting);
  const std::uint64_t at_first = allocations;
  const Bytes key(32, 0x42), nonce_bytes(12, 1), header(20, 2), plaintext(1200, 3);
  const AeadNonce nonce{nonce_bytes.data(), aead_nonce_size};
  const std::array<std::uint8_t, aes_block_size> counter{};
  auto sealer = AeadSealer::create(AeadAlgorithm::aes_256_gcm, key).value();
  auto opener = AeadOpener::create(AeadAlgorithm::aes_256_gcm, key).value();
  auto stream = AesCtr::create(key).value();
  const Hmac hmac{HashAlgorithm::sha1, key};
  CHECK(allocations > at_first);  // contexts are: what counts works

  Bytes sealed(plaintext.size() + aead_tag_size), opened(plaintext.size()), out(plaintext.size());
  Bytes packet(header.size() + plaintext.size() + aead_tag_size);
  std::array<std::uint8_t, 10> tag{};
  const auto once = [&] {
    REQUIRE(sealer.seal(nonce, header, plaintext, sealed));
    REQUIRE(sealer.seal_packet(nonce, header, {}, plaintext, packet));
    REQUIRE(opener.open(nonce, header, sealed, opened));
    REQUIRE(stream.crypt(counter, plaintext, out));
    hmac.compute({header, plaintext}, tag);
  };
  once();  // what is made on first use has been made
  const std::uint64_t before = allocations;
  for (int i = 0; i < 100; ++i) once();
  CHECK(allocations == before);
  CHECK(opened == plaintext);
}

}  // namespace
}  // namespace sealhall::crypto
