#include "core/crypto/hkdf.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "core/base/check.h"

namespace sealhall::crypto {

SecretBytes hkdf_extract(HashAlgorithm hash, ByteView salt, std::initializer_list<ByteView> key_material) {
  // A salt that is not given is hash_size zeros (RFC 5869 section 2.2); HMAC pads an empty key to the same block.
  SecretBytes key{hash_size(hash)};
  Hmac{hash, salt}.compute(key_material, key.reveal_mutable());
  return key;
}

expected<void, CryptoError> hkdf_expand(HashAlgorithm hash, ByteView pseudorandom_key,
                                        std::initializer_list<ByteView> info, MutableBytes out) noexcept {
  const std::size_t step = hash_size(hash);
  if (out.empty() || out.size() > 255 * step) return unexpected(CryptoError::length_not_allowed);
  constexpr std::size_t max_info_parts = 6;
  SEALHALL_CHECK(info.size() <= max_info_parts);

  const Hmac hmac{hash, pseudorandom_key};
  std::array<std::uint8_t, max_hash_size> block{};
  std::size_t previous = 0;
  std::uint8_t counter = 1;
  for (std::size_t done = 0; done < out.size(); ++counter) {
    // T(i) = HMAC(PRK, T(i-1) | info | i)
    const auto part = [&](std::size_t i) { return i < info.size() ? *(info.begin() + i) : ByteView{}; };
    hmac.compute({ByteView{block}.first(previous), part(0), part(1), part(2), part(3), part(4), part(5), {&counter, 1}},
                 MutableBytes{block}.first(step));
    previous = step;
    const std::size_t take = std::min(step, out.size() - done);
    std::memcpy(out.data() + done, block.data(), take);
    done += take;
  }
  wipe(block);
  return {};
}

}  // namespace sealhall::crypto
