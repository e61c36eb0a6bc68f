#include "core/hpke/labels.h"

#include "core/crypto/hkdf.h"

namespace sealhall::hpke {
namespace {
constexpr std::string_view version_label = "HPKE-v1";
}

SuiteId::SuiteId(KemId kem) noexcept {
  ByteWriter out{bytes};
  out.bytes(as_bytes("KEM"));
  out.u16(static_cast<std::uint16_t>(kem));
  size = out.size();
}

SuiteId::SuiteId(const Suite& suite) noexcept {
  ByteWriter out{bytes};
  out.bytes(as_bytes("HPKE"));
  out.u16(static_cast<std::uint16_t>(suite.kem));
  out.u16(static_cast<std::uint16_t>(suite.kdf));
  out.u16(static_cast<std::uint16_t>(suite.aead));
  size = out.size();
}

SecretBytes labeled_extract(crypto::HashAlgorithm hash, const SuiteId& suite, ByteView salt, std::string_view label,
                            ByteView key_material) {
  return crypto::hkdf_extract(hash, salt, {as_bytes(version_label), suite.view(), as_bytes(label), key_material});
}

expected<void, HpkeError> labeled_expand(crypto::HashAlgorithm hash, const SuiteId& suite, ByteView pseudorandom_key,
                                         std::string_view label, ByteView info, MutableBytes out) noexcept {
  // The length is part of the input as two bytes (RFC 9180 section 4): a larger one must not be cut to fit.
  if (out.size() > 0xffff) return unexpected(HpkeError::length_not_allowed);
  std::array<std::uint8_t, 2> length{};
  store_u16(length.data(), static_cast<std::uint16_t>(out.size()));
  const auto expanded = crypto::hkdf_expand(
      hash, pseudorandom_key, {length, as_bytes(version_label), suite.view(), as_bytes(label), info}, out);
  if (!expanded) return unexpected(HpkeError::length_not_allowed);
  return {};
}

}  // namespace sealhall::hpke
