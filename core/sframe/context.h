// One SFrame key of any registered suite: a sender's context that only seals, a receiver's that only opens (RFC 9605
// sections 4.4.1, 4.4.3 and 4.4.4).
#pragma once

#include <cstdint>
#include <optional>

#include "core/base/bytes.h"
#include "core/base/expected.h"
#include "core/base/secret.h"
#include "core/sframe/cipher.h"
#include "core/sframe/error.h"
#include "core/sframe/header.h"
#include "core/sframe/key_derivation.h"
#include "core/sframe/replay_window.h"
#include "core/sframe/suite.h"

namespace sealhall::sframe {

/// Hands out each counter of a key once.
class CounterSource {
 public:
  explicit CounterSource(std::uint64_t first = 0) noexcept : next_(first) {}
  /// nullopt for good once the largest counter was given: a counter MUST NOT be used twice (RFC 9605 section 9.1).
  std::optional<std::uint64_t> take() noexcept {
    if (exhausted_) return std::nullopt;
    const std::uint64_t taken = next_++;
    exhausted_ = next_ == 0;
    return taken;
  }
  [[nodiscard]] std::optional<std::uint64_t> next() const noexcept {
    return exhausted_ ? std::nullopt : std::optional{next_};
  }

 private:
  std::uint64_t next_;
  bool exhausted_ = false;
};

class SealContext {
 public:
  /// `base_key` belongs to this sender alone. `first_counter` is for a sender that goes on after a stored counter.
  static expected<SealContext, SframeError> create(CipherSuite suite, KeyId key_id, ByteView base_key,
                                                   std::uint64_t first_counter = 0);

  /// Writes header, ciphertext and tag, and returns their size. `metadata` is authenticated and not sent. Errors:
  /// buffer_too_small (before a counter is used), counter_exhausted.
  expected<std::size_t, SframeError> seal(ByteView metadata, ByteView plaintext, MutableBytes out) noexcept;

 private:
  SealContext(KeyId key_id, std::size_t tag_size, SealCipher cipher, Secret<nonce_size> salt,
              CounterSource counters) noexcept
      : key_id_(key_id), tag_size_(tag_size), cipher_(std::move(cipher)), salt_(std::move(salt)), counters_(counters) {}
  KeyId key_id_;
  std::size_t tag_size_;
  SealCipher cipher_;
  Secret<nonce_size> salt_;
  CounterSource counters_;
};

class OpenContext {
 public:
  static expected<OpenContext, SframeError> create(CipherSuite suite, KeyId key_id, ByteView base_key,
                                                   std::size_t replay_window = video_replay_window);

  struct Opened {
    std::uint64_t counter = 0;
    std::size_t size = 0;  ///< bytes of plaintext
  };
  /// `frame` is header, ciphertext and tag. Errors: malformed, wrong_key_id, replayed, authentication_failed,
  /// buffer_too_small; after any of them the frame may come again.
  expected<Opened, SframeError> open(ByteView metadata, ByteView frame, MutableBytes out) noexcept;

 private:
  OpenContext(KeyId key_id, OpenCipher cipher, Secret<nonce_size> salt, std::size_t window)
      : key_id_(key_id), cipher_(std::move(cipher)), salt_(std::move(salt)), window_(window) {}
  KeyId key_id_;
  OpenCipher cipher_;
  Secret<nonce_size> salt_;
  ReplayWindow window_;
};

}  // namespace sealhall::sframe
