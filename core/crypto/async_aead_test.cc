#include "core/crypto/async_aead.h"

#include <doctest/doctest.h>

namespace sealhall::crypto {
namespace {

struct Recorder final : AeadListener {
  struct Done {
    std::uint64_t ticket;
    expected<std::size_t, CryptoError> result;
  };
  void on_aead_done(std::uint64_t ticket, expected<std::size_t, CryptoError> result) override {
    done.push_back({ticket, result});
  }
  std::vector<Done> done;
};

TEST_CASE("async aead: inline jobs are done before submit returns, and what is sealed opens") {
  InlineAead aead;
  Recorder listener;
  const Bytes key(32, 5), plaintext(40, 7), aad(5, 1);
  const auto seal = aead.add_key(AeadAlgorithm::aes_256_gcm, AeadDirection::seal, key).value();
  const auto open = aead.add_key(AeadAlgorithm::aes_256_gcm, AeadDirection::open, key).value();
  CHECK(seal != open);
  Bytes sealed(56), opened(40);
  aead.submit({.key = seal, .ticket = 11, .nonce = {}, .aad = aad, .input = plaintext, .output = sealed}, listener);
  REQUIRE(listener.done.size() == 1);
  CHECK(listener.done[0].ticket == 11);
  CHECK(listener.done[0].result.value() == 56);
  aead.submit({.key = open, .ticket = 12, .nonce = {}, .aad = aad, .input = sealed, .output = opened}, listener);
  CHECK(listener.done[1].result.value() == 40);
  CHECK(opened == plaintext);
}

TEST_CASE("async aead: a forged message, a removed key and an unknown one end in an error, once each") {
  InlineAead aead;
  Recorder listener;
  const auto open = aead.add_key(AeadAlgorithm::aes_128_gcm, AeadDirection::open, Bytes(16, 1)).value();
  const Bytes forged(30, 0);
  Bytes out(30);
  AeadJob job{.key = open, .ticket = 1, .nonce = {}, .aad = {}, .input = forged, .output = out};
  aead.submit(job, listener);
  aead.remove_key(open);
  aead.submit(job, listener);
  job.key = AeadKeyId{999};
  aead.submit(job, listener);
  REQUIRE(listener.done.size() == 3);
  CHECK(listener.done[0].result.error() == CryptoError::authentication_failed);
  CHECK(listener.done[1].result.error() == CryptoError::unknown_key);
  CHECK(listener.done[2].result.error() == CryptoError::unknown_key);
  CHECK(aead.add_key(AeadAlgorithm::aes_256_gcm, AeadDirection::seal, Bytes(16, 1)).error() ==
        CryptoError::bad_key_size);
}

}  // namespace
}  // namespace sealhall::crypto
