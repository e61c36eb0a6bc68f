// For the tests of frame sealing and opening: generations without HPKE, and an AEAD that completes when the test says.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "core/crypto/async_aead.h"
#include "core/sframe/managed_keys.h"

namespace sealhall::sframe::test {

inline GenerationSecret secret_of(std::uint32_t generation) {
  GenerationSecret secret;
  std::ranges::fill(secret.reveal_mutable(), std::uint8_t{0x5E});
  store_u32(secret.reveal_mutable().data(), generation);
  return secret;
}

inline SenderNonce nonce_of(std::uint8_t fill) {
  SenderNonce nonce{};
  nonce.fill(fill);
  return nonce;
}

/// Keeps submitted jobs as a browser does, until `complete` runs one of them.
class DeferredAead final : public crypto::AsyncAead {
 public:
  expected<crypto::AeadKeyId, crypto::CryptoError> add_key(crypto::AeadAlgorithm algorithm,
                                                           crypto::AeadDirection direction, ByteView key) override {
    return inner_.add_key(algorithm, direction, key);
  }
  void remove_key(crypto::AeadKeyId key) override { removed.push_back(key); }
  void submit(const crypto::AeadJob& job, crypto::AeadListener& listener) override {
    jobs.emplace_back(job, &listener);
  }

  void complete(std::size_t index) {
    const auto [job, listener] = jobs.at(index);
    jobs.erase(jobs.begin() + static_cast<std::ptrdiff_t>(index));
    inner_.submit(job, *listener);
  }

  std::vector<std::pair<crypto::AeadJob, crypto::AeadListener*>> jobs;
  std::vector<crypto::AeadKeyId> removed;

 private:
  crypto::InlineAead inner_;
};

}  // namespace sealhall::sframe::test
