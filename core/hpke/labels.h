// LabeledExtract and LabeledExpand (RFC 9180 section 4): HKDF whose every use names protocol, suite and purpose.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/expected.h"
#include "core/base/secret.h"
#include "core/hpke/suite.h"

namespace sealhall::hpke {

/// `suite_id` of RFC 9180: "KEM" and the KEM's number (section 4.1), or "HPKE" and all three (section 5.1).
struct SuiteId {
  explicit SuiteId(KemId kem) noexcept;
  explicit SuiteId(const Suite& suite) noexcept;
  [[nodiscard]] ByteView view() const noexcept { return ByteView{bytes}.first(size); }

  std::array<std::uint8_t, 10> bytes{};
  std::size_t size = 0;
};

SecretBytes labeled_extract(crypto::HashAlgorithm hash, const SuiteId& suite, ByteView salt, std::string_view label,
                            ByteView key_material);

/// Exactly `out.size()` bytes. length_not_allowed when that is 0, over 255 hash lengths, or over the two bytes in which
/// the length is authenticated.
expected<void, HpkeError> labeled_expand(crypto::HashAlgorithm hash, const SuiteId& suite, ByteView pseudorandom_key,
                                         std::string_view label, ByteView info, MutableBytes out) noexcept;

}  // namespace sealhall::hpke
