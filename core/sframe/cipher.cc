#include "core/sframe/cipher.h"

#include <array>
#include <utility>

#include "core/base/secret.h"

namespace sealhall::sframe {
namespace {

SframeError to_sframe(crypto::CryptoError error) noexcept {
  switch (error) {
    case crypto::CryptoError::authentication_failed:
      return SframeError::authentication_failed;
    case crypto::CryptoError::buffer_too_small:
      return SframeError::buffer_too_small;
    default:
      return SframeError::backend_failed;
  }
}

crypto::AeadAlgorithm gcm_of(CipherSuite suite) noexcept {
  return suite == CipherSuite::aes_128_gcm_sha256_128 ? crypto::AeadAlgorithm::aes_128_gcm
                                                      : crypto::AeadAlgorithm::aes_256_gcm;
}

constexpr std::size_t ctr_key_size = 16;
constexpr std::size_t max_tag_size = 16;

}  // namespace

namespace detail {

expected<CtrHmac, SframeError> CtrHmac::create(ByteView key) noexcept {
  if (key.size() != parameters_of(CipherSuite::aes_128_ctr_hmac_sha256_80).key_size()) {
    return unexpected(SframeError::backend_failed);
  }
  auto ctr = crypto::AesCtr::create(key.first(ctr_key_size));
  if (!ctr) return unexpected(SframeError::backend_failed);
  return CtrHmac{std::move(*ctr), crypto::Hmac{crypto::HashAlgorithm::sha256, key.subspan(ctr_key_size)}};
}

void CtrHmac::compute_tag(std::size_t tag_size, crypto::AeadNonce nonce, const crypto::Aad& aad, ByteView ciphertext,
                          MutableBytes out) const noexcept {
  std::array<std::uint8_t, 24> lengths{};
  store_u64(lengths.data(), aad.first.size() + aad.second.size());
  store_u64(lengths.data() + 8, ciphertext.size());
  store_u64(lengths.data() + 16, tag_size);
  hmac.compute({lengths, nonce, aad.first, aad.second, ciphertext}, out.first(tag_size));
}

expected<void, SframeError> CtrHmac::crypt(crypto::AeadNonce nonce, ByteView in, MutableBytes out) noexcept {
  std::array<std::uint8_t, crypto::aes_block_size> counter{};  // nonce | 00000000
  std::copy(nonce.begin(), nonce.end(), counter.begin());
  const auto done = ctr.crypt(counter, in, out);
  if (!done) return unexpected(to_sframe(done.error()));
  return {};
}

}  // namespace detail

expected<SealCipher, SframeError> SealCipher::create(CipherSuite suite, ByteView key) noexcept {
  const SuiteParameters parameters = parameters_of(suite);
  if (parameters.authentication_key_size > 0) {
    auto cipher = detail::CtrHmac::create(key);
    if (!cipher) return unexpected(cipher.error());
    return SealCipher{parameters.tag_size, std::move(*cipher)};
  }
  auto cipher = crypto::AeadSealer::create(gcm_of(suite), key);
  if (!cipher) return unexpected(SframeError::backend_failed);
  return SealCipher{parameters.tag_size, std::move(*cipher)};
}

expected<std::size_t, SframeError> SealCipher::seal(crypto::AeadNonce nonce, const crypto::Aad& aad, ByteView plaintext,
                                                    MutableBytes out) noexcept {
  if (auto* gcm = std::get_if<crypto::AeadSealer>(&cipher_)) {
    const auto sealed = gcm->seal(nonce, aad, plaintext, out);
    if (!sealed) return unexpected(to_sframe(sealed.error()));
    return *sealed;
  }
  auto& cipher = *std::get_if<detail::CtrHmac>(&cipher_);
  const std::size_t size = plaintext.size() + tag_size_;
  if (out.size() < size) return unexpected(SframeError::buffer_too_small);
  const auto done = cipher.crypt(nonce, plaintext, out);
  if (!done) return unexpected(done.error());
  cipher.compute_tag(tag_size_, nonce, aad, out.first(plaintext.size()), out.subspan(plaintext.size()));
  return size;
}

expected<OpenCipher, SframeError> OpenCipher::create(CipherSuite suite, ByteView key) noexcept {
  const SuiteParameters parameters = parameters_of(suite);
  if (parameters.authentication_key_size > 0) {
    auto cipher = detail::CtrHmac::create(key);
    if (!cipher) return unexpected(cipher.error());
    return OpenCipher{parameters.tag_size, std::move(*cipher)};
  }
  auto cipher = crypto::AeadOpener::create(gcm_of(suite), key);
  if (!cipher) return unexpected(SframeError::backend_failed);
  return OpenCipher{parameters.tag_size, std::move(*cipher)};
}

expected<std::size_t, SframeError> OpenCipher::open(crypto::AeadNonce nonce, const crypto::Aad& aad, ByteView sealed,
                                                    MutableBytes out) noexcept {
  if (auto* gcm = std::get_if<crypto::AeadOpener>(&cipher_)) {
    const auto opened = gcm->open(nonce, aad, sealed, out);
    if (!opened) return unexpected(to_sframe(opened.error()));
    return *opened;
  }
  auto& cipher = *std::get_if<detail::CtrHmac>(&cipher_);
  if (sealed.size() < tag_size_) return unexpected(SframeError::authentication_failed);
  const ByteView ciphertext = sealed.first(sealed.size() - tag_size_);
  if (out.size() < ciphertext.size()) return unexpected(SframeError::buffer_too_small);
  std::array<std::uint8_t, max_tag_size> tag{};
  cipher.compute_tag(tag_size_, nonce, aad, ciphertext, tag);
  if (!constant_time_equal(ByteView{tag}.first(tag_size_), sealed.subspan(ciphertext.size()))) {
    return unexpected(SframeError::authentication_failed);
  }
  const auto done = cipher.crypt(nonce, ciphertext, out);
  if (!done) return unexpected(done.error());
  return ciphertext.size();
}

}  // namespace sealhall::sframe
