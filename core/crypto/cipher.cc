#include "core/crypto/cipher.h"

#include <openssl/evp.h>

#include <utility>

#include "core/crypto/openssl_support.h"

namespace sealhall::crypto {
namespace {

using detail::CipherContext;
using detail::fail;

EVP_CIPHER_CTX* context_of(const CipherContext& context) noexcept {
  return static_cast<EVP_CIPHER_CTX*>(context.get());
}

expected<CipherContext, CryptoError> make_context(const EVP_CIPHER* cipher, ByteView key) noexcept {
  CipherContext context{EVP_CIPHER_CTX_new()};
  if (context == nullptr || EVP_EncryptInit_ex2(context_of(context), cipher, key.data(), nullptr, nullptr) != 1 ||
      EVP_CIPHER_CTX_set_padding(context_of(context), 0) != 1) {
    return fail(CryptoError::backend_failed);
  }
  return context;
}

}  // namespace

expected<AesCtr, CryptoError> AesCtr::create(ByteView key) noexcept {
  static const EVP_CIPHER* const aes_128 = EVP_CIPHER_fetch(nullptr, "AES-128-CTR", nullptr);
  static const EVP_CIPHER* const aes_256 = EVP_CIPHER_fetch(nullptr, "AES-256-CTR", nullptr);
  if (key.size() != 16 && key.size() != 32) return unexpected(CryptoError::bad_key_size);
  auto context = make_context(key.size() == 16 ? aes_128 : aes_256, key);
  if (!context) return unexpected(context.error());
  return AesCtr{std::move(*context)};
}

expected<void, CryptoError> AesCtr::start(std::span<const std::uint8_t, aes_block_size> counter) noexcept {
  if (EVP_EncryptInit_ex2(context_of(context_), nullptr, nullptr, counter.data(), nullptr) != 1) {
    return fail(CryptoError::backend_failed);
  }
  return {};
}

expected<void, CryptoError> AesCtr::update(ByteView in, MutableBytes out) noexcept {
  if (in.size() > detail::max_evp_length) return unexpected(CryptoError::message_too_long);
  if (out.size() < in.size()) return unexpected(CryptoError::buffer_too_small);
  if (in.empty()) return {};
  int written = 0;
  if (EVP_EncryptUpdate(context_of(context_), out.data(), &written, in.data(), static_cast<int>(in.size())) != 1) {
    return fail(CryptoError::backend_failed);
  }
  return {};
}

expected<void, CryptoError> AesCtr::crypt(std::span<const std::uint8_t, aes_block_size> counter, ByteView in,
                                          MutableBytes out) noexcept {
  auto started = start(counter);
  if (!started) return started;
  return update(in, out);
}

expected<AesBlock, CryptoError> AesBlock::create(ByteView key) noexcept {
  static const EVP_CIPHER* const aes_128 = EVP_CIPHER_fetch(nullptr, "AES-128-ECB", nullptr);
  static const EVP_CIPHER* const aes_256 = EVP_CIPHER_fetch(nullptr, "AES-256-ECB", nullptr);
  if (key.size() != 16 && key.size() != 32) return unexpected(CryptoError::bad_key_size);
  auto context = make_context(key.size() == 16 ? aes_128 : aes_256, key);
  if (!context) return unexpected(context.error());
  return AesBlock{std::move(*context)};
}

expected<void, CryptoError> AesBlock::encrypt(std::span<const std::uint8_t, aes_block_size> in,
                                              std::span<std::uint8_t, aes_block_size> out) noexcept {
  int written = 0;
  if (EVP_EncryptUpdate(context_of(context_), out.data(), &written, in.data(), static_cast<int>(in.size())) != 1) {
    return fail(CryptoError::backend_failed);
  }
  return {};
}

}  // namespace sealhall::crypto
