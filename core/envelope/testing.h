// For tests of this folder and of others that seal things: keys and contents that are the same every time.
#pragma once

#include "core/base/bytes.h"
#include "core/base/random.h"
#include "core/envelope/wrapped_key.h"

namespace sealhall::envelope::testing {

inline Key key_of(std::uint64_t seed) {
  SeededRandom random{seed};
  Key key;
  random.fill(key.reveal_mutable());
  return key;
}
inline KeyId id_of(std::uint64_t seed) {
  SeededRandom random{seed + 1000};
  KeyId id{};
  random.fill(id);
  return id;
}
/// Byte i is (7 i + i / 251) mod 256: no two segments are the same.
inline Bytes content(std::size_t size) {
  Bytes out(size);
  for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<std::uint8_t>(7 * i + i / 251);
  return out;
}

/// Gives given bytes, for vectors that name the chance they were made with; then zeros.
class GivenRandom final : public RandomSource {
 public:
  explicit GivenRandom(Bytes bytes) : bytes_(std::move(bytes)) {}
  void fill(MutableBytes out) noexcept override {
    for (std::uint8_t& byte : out) byte = at_ < bytes_.size() ? bytes_[at_++] : std::uint8_t{0};
  }
  [[nodiscard]] bool used_up() const noexcept { return at_ == bytes_.size(); }

 private:
  Bytes bytes_;
  std::size_t at_ = 0;
};

}  // namespace sealhall::envelope::testing
