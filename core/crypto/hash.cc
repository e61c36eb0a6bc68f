// SHA's one-block interface is used instead of EVP_MAC: EVP copies its contexts on the heap for every message, and
// packets (SRTP's HMAC-SHA1, SFrame's HMAC-SHA256) must not allocate.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "core/crypto/hash.h"

#include <openssl/sha.h>

#include <cstring>

#include "core/base/check.h"
#include "core/base/secret.h"

namespace sealhall::crypto {

namespace detail {

static_assert(sizeof(SHA512_CTX) <= sizeof(HashState) && sizeof(SHA256_CTX) <= sizeof(HashState) &&
              sizeof(SHA_CTX) <= sizeof(HashState) && alignof(SHA512_CTX) <= alignof(HashState));

namespace {
template <class Context>
Context* as(std::array<std::uint8_t, 216>& bytes) noexcept {
  return reinterpret_cast<Context*>(bytes.data());
}
}  // namespace

HashState::~HashState() { wipe(bytes_); }

void HashState::start(HashAlgorithm algorithm) noexcept {
  switch (algorithm) {
    case HashAlgorithm::sha1:
      SHA1_Init(as<SHA_CTX>(bytes_));
      return;
    case HashAlgorithm::sha256:
      SHA256_Init(as<SHA256_CTX>(bytes_));
      return;
    case HashAlgorithm::sha384:
      SHA384_Init(as<SHA512_CTX>(bytes_));
      return;
    case HashAlgorithm::sha512:
      SHA512_Init(as<SHA512_CTX>(bytes_));
      return;
  }
}

void HashState::update(HashAlgorithm algorithm, ByteView bytes) noexcept {
  if (bytes.empty()) return;
  switch (algorithm) {
    case HashAlgorithm::sha1:
      SHA1_Update(as<SHA_CTX>(bytes_), bytes.data(), bytes.size());
      return;
    case HashAlgorithm::sha256:
      SHA256_Update(as<SHA256_CTX>(bytes_), bytes.data(), bytes.size());
      return;
    case HashAlgorithm::sha384:
      SHA384_Update(as<SHA512_CTX>(bytes_), bytes.data(), bytes.size());
      return;
    case HashAlgorithm::sha512:
      SHA512_Update(as<SHA512_CTX>(bytes_), bytes.data(), bytes.size());
      return;
  }
}

void HashState::finish(HashAlgorithm algorithm, std::uint8_t* out) noexcept {
  switch (algorithm) {
    case HashAlgorithm::sha1:
      SHA1_Final(out, as<SHA_CTX>(bytes_));
      return;
    case HashAlgorithm::sha256:
      SHA256_Final(out, as<SHA256_CTX>(bytes_));
      return;
    case HashAlgorithm::sha384:
      SHA384_Final(out, as<SHA512_CTX>(bytes_));
      return;
    case HashAlgorithm::sha512:
      SHA512_Final(out, as<SHA512_CTX>(bytes_));
      return;
  }
}

}  // namespace detail

namespace {

constexpr std::size_t max_block_size = 128;

constexpr std::size_t block_size(HashAlgorithm algorithm) noexcept {
  return algorithm == HashAlgorithm::sha384 || algorithm == HashAlgorithm::sha512 ? 128 : 64;
}

template <HashAlgorithm Algorithm>
auto hash(ByteView message) noexcept {
  std::array<std::uint8_t, hash_size(Algorithm)> out{};
  detail::HashState state;
  state.start(Algorithm);
  state.update(Algorithm, message);
  state.finish(Algorithm, out.data());
  return out;
}

}  // namespace

std::array<std::uint8_t, 20> sha1(ByteView message) noexcept { return hash<HashAlgorithm::sha1>(message); }
std::array<std::uint8_t, 32> sha256(ByteView message) noexcept { return hash<HashAlgorithm::sha256>(message); }
std::array<std::uint8_t, 48> sha384(ByteView message) noexcept { return hash<HashAlgorithm::sha384>(message); }
std::array<std::uint8_t, 64> sha512(ByteView message) noexcept { return hash<HashAlgorithm::sha512>(message); }

void digest(HashAlgorithm algorithm, std::initializer_list<ByteView> parts, MutableBytes out) noexcept {
  SEALHALL_CHECK(out.size() >= hash_size(algorithm));
  detail::HashState state;
  state.start(algorithm);
  for (const ByteView part : parts) state.update(algorithm, part);
  state.finish(algorithm, out.data());
}

Hmac::Hmac(HashAlgorithm algorithm, ByteView key) noexcept : algorithm_(algorithm) {
  const std::size_t block = block_size(algorithm);
  std::array<std::uint8_t, max_block_size> padded{};
  // RFC 2104 section 2: a key longer than a block is hashed first.
  if (key.size() > block) {
    detail::HashState state;
    state.start(algorithm);
    state.update(algorithm, key);
    state.finish(algorithm, padded.data());
  } else if (!key.empty()) {
    std::memcpy(padded.data(), key.data(), key.size());
  }
  const MutableBytes used = MutableBytes{padded}.first(block);
  for (auto& byte : used) byte ^= 0x36;
  inner_.start(algorithm);
  inner_.update(algorithm, used);
  for (auto& byte : used) byte ^= 0x36 ^ 0x5c;
  outer_.start(algorithm);
  outer_.update(algorithm, used);
  wipe(padded);
}

void Hmac::compute(std::initializer_list<ByteView> parts, MutableBytes out) const noexcept {
  SEALHALL_CHECK(!out.empty() && out.size() <= size());
  std::array<std::uint8_t, max_hash_size> digest{};
  detail::HashState state = inner_;
  for (const ByteView part : parts) state.update(algorithm_, part);
  state.finish(algorithm_, digest.data());
  state = outer_;
  state.update(algorithm_, ByteView{digest}.first(size()));
  state.finish(algorithm_, digest.data());
  std::memcpy(out.data(), digest.data(), out.size());
  wipe(digest);
}

bool Hmac::verify(std::initializer_list<ByteView> parts, ByteView tag, std::size_t tag_size) const noexcept {
  SEALHALL_CHECK(tag_size > 0 && tag_size <= size());
  if (tag.size() != tag_size) return false;
  std::array<std::uint8_t, max_hash_size> wanted{};
  compute(parts, MutableBytes{wanted}.first(tag_size));
  const bool right = constant_time_equal(ByteView{wanted}.first(tag_size), tag);
  wipe(wanted);
  return right;
}

}  // namespace sealhall::crypto
