// Tested in aead_test.cc
// AES-GCM, AES-CTR and single blocks (aead.h, cipher.h) for WebAssembly, below EVP
// (docs/decisions/0014-small-wasm-core.md).
#define OPENSSL_SUPPRESS_DEPRECATED  // the functions below EVP are called old, but they are the ones without providers
#include <openssl/aes.h>
#include <openssl/modes.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "core/base/secret.h"
#include "core/crypto/aead.h"
#include "core/crypto/cipher.h"

namespace sealhall::crypto {

namespace {

/// What stands behind a `CipherContext`: one key, and the state of the mode that it is used in. Stays where it is,
/// since `gcm` points at `key`.
struct Context {
  AES_KEY key{};
  GCM128_CONTEXT* gcm = nullptr;  ///< AES-GCM only
  // AES-CTR only: the next counter block, the key stream of the last one, and how much of that is used.
  std::array<std::uint8_t, aes_block_size> counter{};
  std::array<std::uint8_t, aes_block_size> stream{};
  unsigned used = 0;
};

Context& state_of(const detail::CipherContext& context) noexcept { return *static_cast<Context*>(context.get()); }

/// In the form in which OpenSSL's modes call it; `key` is an AES_KEY.
void encrypt_block(const unsigned char from[16], unsigned char to[16], const void* key) noexcept {
  AES_encrypt(from, to, static_cast<const AES_KEY*>(key));
}

}  // namespace

void detail::CipherContextFree::operator()(void* context) const noexcept {
  auto* const owned = static_cast<Context*>(context);
  CRYPTO_gcm128_release(owned->gcm);  // wipes what it frees
  wipe(MutableBytes{reinterpret_cast<std::uint8_t*>(owned), sizeof *owned});
  delete owned;
}

namespace {

/// With the key schedule for encryption, the only one that GCM and CTR have. bad_key_size unless 16 or 32 bytes.
expected<detail::CipherContext, CryptoError> make_context(ByteView key) noexcept {
  if (key.size() != 16 && key.size() != 32) return unexpected(CryptoError::bad_key_size);
  detail::CipherContext context{new Context};
  AES_set_encrypt_key(key.data(), static_cast<int>(key.size() * 8), &state_of(context).key);
  return context;
}

expected<detail::CipherContext, CryptoError> make_gcm(AeadAlgorithm algorithm, ByteView key) noexcept {
  if (key.size() != aead_key_size(algorithm)) return unexpected(CryptoError::bad_key_size);
  auto context = make_context(key);
  if (!context) return context;
  state_of(*context).gcm = CRYPTO_gcm128_new(&state_of(*context).key, encrypt_block);
  if (state_of(*context).gcm == nullptr) return unexpected(CryptoError::backend_failed);
  return context;
}

/// A message begins: the counter of its nonce, then the associated data. Below 2^32 bytes nothing can be refused.
GCM128_CONTEXT* start(const detail::CipherContext& context, AeadNonce nonce, const Aad& aad) noexcept {
  GCM128_CONTEXT* const gcm = state_of(context).gcm;
  CRYPTO_gcm128_setiv(gcm, nonce.data(), nonce.size());
  if (!aad.first.empty()) CRYPTO_gcm128_aad(gcm, aad.first.data(), aad.first.size());
  if (!aad.second.empty()) CRYPTO_gcm128_aad(gcm, aad.second.data(), aad.second.size());
  return gcm;
}

}  // namespace

expected<AeadSealer, CryptoError> AeadSealer::create(AeadAlgorithm algorithm, ByteView key) noexcept {
  auto context = make_gcm(algorithm, key);
  if (!context) return unexpected(context.error());
  return AeadSealer{std::move(*context)};
}

expected<std::size_t, CryptoError> AeadSealer::seal(AeadNonce nonce, const Aad& aad, ByteView plaintext,
                                                    MutableBytes out) noexcept {
  const std::size_t whole = plaintext.size() + aead_tag_size;
  if (out.size() < whole) return unexpected(CryptoError::buffer_too_small);
  GCM128_CONTEXT* const gcm = start(context_, nonce, aad);
  if (CRYPTO_gcm128_encrypt(gcm, plaintext.data(), out.data(), plaintext.size()) != 0)
    return unexpected(CryptoError::message_too_long);
  CRYPTO_gcm128_tag(gcm, out.data() + plaintext.size(), aead_tag_size);
  return whole;
}

expected<std::size_t, CryptoError> AeadSealer::seal_packet(AeadNonce nonce, ByteView header, ByteView prefix,
                                                           ByteView payload, MutableBytes out) noexcept {
  const std::size_t plaintext_size = prefix.size() + payload.size();
  const std::size_t whole = header.size() + plaintext_size + aead_tag_size;
  if (out.size() < whole) return unexpected(CryptoError::buffer_too_small);
  if (!header.empty() && header.data() != out.data()) std::memcpy(out.data(), header.data(), header.size());
  std::uint8_t* const at = out.data() + header.size();
  GCM128_CONTEXT* const gcm = start(context_, nonce, ByteView{out.first(header.size())});
  if (CRYPTO_gcm128_encrypt(gcm, prefix.data(), at, prefix.size()) != 0 ||
      CRYPTO_gcm128_encrypt(gcm, payload.data(), at + prefix.size(), payload.size()) != 0) {
    wipe(out.first(whole));
    return unexpected(CryptoError::message_too_long);
  }
  CRYPTO_gcm128_tag(gcm, at + plaintext_size, aead_tag_size);
  return whole;
}

expected<AeadOpener, CryptoError> AeadOpener::create(AeadAlgorithm algorithm, ByteView key) noexcept {
  auto context = make_gcm(algorithm, key);
  if (!context) return unexpected(context.error());
  return AeadOpener{std::move(*context)};
}

expected<std::size_t, CryptoError> AeadOpener::open(AeadNonce nonce, const Aad& aad, ByteView sealed,
                                                    MutableBytes out) noexcept {
  if (sealed.size() < aead_tag_size) return unexpected(CryptoError::authentication_failed);
  const ByteView ciphertext = sealed.first(sealed.size() - aead_tag_size);
  if (out.size() < ciphertext.size()) return unexpected(CryptoError::buffer_too_small);
  // OpenSSL compares in constant time; the tag lies outside of what is overwritten.
  GCM128_CONTEXT* const gcm = start(context_, nonce, aad);
  if (CRYPTO_gcm128_decrypt(gcm, ciphertext.data(), out.data(), ciphertext.size()) != 0 ||
      CRYPTO_gcm128_finish(gcm, sealed.data() + ciphertext.size(), aead_tag_size) != 0) {
    wipe(out.first(ciphertext.size()));
    return unexpected(CryptoError::authentication_failed);
  }
  return ciphertext.size();
}

expected<AesCtr, CryptoError> AesCtr::create(ByteView key) noexcept {
  auto context = make_context(key);
  if (!context) return unexpected(context.error());
  return AesCtr{std::move(*context)};
}

expected<void, CryptoError> AesCtr::start(std::span<const std::uint8_t, aes_block_size> counter) noexcept {
  std::ranges::copy(counter, state_of(context_).counter.begin());
  state_of(context_).used = 0;
  return {};
}

expected<void, CryptoError> AesCtr::update(ByteView in, MutableBytes out) noexcept {
  if (out.size() < in.size()) return unexpected(CryptoError::buffer_too_small);
  Context& state = state_of(context_);
  CRYPTO_ctr128_encrypt(in.data(), out.data(), in.size(), &state.key, state.counter.data(), state.stream.data(),
                        &state.used, encrypt_block);
  return {};
}

expected<void, CryptoError> AesCtr::crypt(std::span<const std::uint8_t, aes_block_size> counter, ByteView in,
                                          MutableBytes out) noexcept {
  auto started = start(counter);
  if (!started) return started;
  return update(in, out);
}

expected<AesBlock, CryptoError> AesBlock::create(ByteView key) noexcept {
  auto context = make_context(key);
  if (!context) return unexpected(context.error());
  return AesBlock{std::move(*context)};
}

expected<void, CryptoError> AesBlock::encrypt(std::span<const std::uint8_t, aes_block_size> in,
                                              std::span<std::uint8_t, aes_block_size> out) noexcept {
  encrypt_block(in.data(), out.data(), &state_of(context_).key);
  return {};
}

}  // namespace sealhall::crypto
