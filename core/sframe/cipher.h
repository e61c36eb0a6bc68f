// The AEAD of every registered suite: AES-GCM, or AES-CTR with a cut HMAC (RFC 9605 section 4.5).
#pragma once

#include <variant>

#include "core/base/bytes.h"
#include "core/base/expected.h"
#include "core/crypto/aead.h"
#include "core/crypto/cipher.h"
#include "core/crypto/hash.h"
#include "core/sframe/error.h"
#include "core/sframe/suite.h"

namespace sealhall::sframe {

namespace detail {
/// AES-128-CTR and HMAC-SHA256 (RFC 9605 section 4.5.1).
struct CtrHmac {
  static expected<CtrHmac, SframeError> create(ByteView key) noexcept;
  void compute_tag(std::size_t tag_size, crypto::AeadNonce nonce, const crypto::Aad& aad, ByteView ciphertext,
                   MutableBytes out) const noexcept;
  expected<void, SframeError> crypt(crypto::AeadNonce nonce, ByteView in, MutableBytes out) noexcept;

  crypto::AesCtr ctr;
  crypto::Hmac hmac;
};
}  // namespace detail

/// Seals only. `key` is what `derive_key` gave for the suite.
class SealCipher {
 public:
  static expected<SealCipher, SframeError> create(CipherSuite suite, ByteView key) noexcept;
  /// Ciphertext and tag to the front of `out`; returns their size. In place allowed.
  expected<std::size_t, SframeError> seal(crypto::AeadNonce nonce, const crypto::Aad& aad, ByteView plaintext,
                                          MutableBytes out) noexcept;

 private:
  template <class T>
  SealCipher(std::size_t tag_size, T cipher) noexcept : tag_size_(tag_size), cipher_(std::move(cipher)) {}
  std::size_t tag_size_;
  std::variant<crypto::AeadSealer, detail::CtrHmac> cipher_;
};

/// Opens only.
class OpenCipher {
 public:
  static expected<OpenCipher, SframeError> create(CipherSuite suite, ByteView key) noexcept;
  /// Plaintext to the front of `out`; returns its size. authentication_failed leaves no plaintext behind. In place
  /// allowed.
  expected<std::size_t, SframeError> open(crypto::AeadNonce nonce, const crypto::Aad& aad, ByteView sealed,
                                          MutableBytes out) noexcept;

 private:
  template <class T>
  OpenCipher(std::size_t tag_size, T cipher) noexcept : tag_size_(tag_size), cipher_(std::move(cipher)) {}
  std::size_t tag_size_;
  std::variant<crypto::AeadOpener, detail::CtrHmac> cipher_;
};

}  // namespace sealhall::sframe
