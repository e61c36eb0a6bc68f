// SHA-1, SHA-256, SHA-384, SHA-512 (FIPS 180-4) and HMAC over them (RFC 2104).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>

#include "core/base/bytes.h"
#include "core/base/expected.h"
#include "core/crypto/error.h"

namespace sealhall::crypto {

/// SHA-1 is here for HMAC-SHA1 (SRTP RFC 3711, STUN RFC 8489, TOTP RFC 6238) and for what others have fixed; nothing
/// may rest on its collision resistance.
enum class HashAlgorithm : std::uint8_t { sha1, sha256, sha384, sha512 };

inline constexpr std::size_t max_hash_size = 64;

constexpr std::size_t hash_size(HashAlgorithm algorithm) noexcept {
  switch (algorithm) {
    case HashAlgorithm::sha1:
      return 20;
    case HashAlgorithm::sha256:
      return 32;
    case HashAlgorithm::sha384:
      return 48;
    case HashAlgorithm::sha512:
      return 64;
  }
  return 0;
}

/// For what others have fixed as SHA-1 (checksums of other protocols, lists of breached passwords); see above.
std::array<std::uint8_t, 20> sha1(ByteView message) noexcept;
std::array<std::uint8_t, 32> sha256(ByteView message) noexcept;
std::array<std::uint8_t, 48> sha384(ByteView message) noexcept;
std::array<std::uint8_t, 64> sha512(ByteView message) noexcept;

namespace detail {
/// Room for the state of any of the hashes; wiped when it goes.
class HashState {
 public:
  HashState() noexcept = default;
  ~HashState();
  HashState(const HashState&) noexcept = default;
  HashState& operator=(const HashState&) noexcept = default;

  void start(HashAlgorithm algorithm) noexcept;
  void update(HashAlgorithm algorithm, ByteView bytes) noexcept;
  /// `out` has `hash_size(algorithm)` bytes at least.
  void finish(HashAlgorithm algorithm, std::uint8_t* out) noexcept;

 private:
  alignas(8) std::array<std::uint8_t, 216> bytes_{};
};
}  // namespace detail

/// The hash of all parts, one after the other. `out` has `hash_size(algorithm)` bytes at least.
void digest(HashAlgorithm algorithm, std::initializer_list<ByteView> parts, MutableBytes out) noexcept;

/// HMAC with one key. The key's two blocks are hashed once; nothing is allocated, neither per key nor per message.
/// May be copied on purpose (`HMAC` of the same key elsewhere); the state is wiped with every copy.
class Hmac {
 public:
  /// Any key length is allowed (RFC 2104 section 2).
  Hmac(HashAlgorithm algorithm, ByteView key) noexcept;

  [[nodiscard]] HashAlgorithm algorithm() const noexcept { return algorithm_; }
  [[nodiscard]] std::size_t size() const noexcept { return hash_size(algorithm_); }

  /// Writes the first `out.size()` bytes of the code over all parts, one after the other. `out` has 1..size() bytes.
  void compute(std::initializer_list<ByteView> parts, MutableBytes out) const noexcept;
  /// True when `tag` is exactly the first `tag_size` bytes of the code. Constant time; a tag of another length, and so
  /// an empty one, is never right.
  [[nodiscard]] bool verify(std::initializer_list<ByteView> parts, ByteView tag, std::size_t tag_size) const noexcept;

 private:
  HashAlgorithm algorithm_;
  detail::HashState inner_;
  detail::HashState outer_;
};

}  // namespace sealhall::crypto
