// Chance as an argument: whoever needs random numbers is given a `RandomSource`.
#pragma once

#include <cstdint>

#include "core/base/bytes.h"

namespace sealhall {

/// Fills buffers with random bytes. Production code is given `crypto::SystemRandom`; simulations and tests a seeded
/// one.
class RandomSource {
 public:
  virtual ~RandomSource() = default;
  virtual void fill(MutableBytes out) noexcept = 0;

  std::uint32_t u32() noexcept {
    std::array<std::uint8_t, 4> b{};
    fill(b);
    return load_u32(b.data());
  }
  std::uint64_t u64() noexcept {
    std::array<std::uint8_t, 8> b{};
    fill(b);
    return load_u64(b.data());
  }
};

/// xoshiro256** (Blackman, Vigna) seeded through splitmix64. Repeatable, fast, and NOT for secrets.
class SeededRandom final : public RandomSource {
 public:
  explicit SeededRandom(std::uint64_t seed) noexcept;
  void fill(MutableBytes out) noexcept override;
  std::uint64_t next() noexcept;
  /// Uniform in [0, 1).
  double unit() noexcept { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
  /// Uniform in [0, bound); 0 when bound is 0.
  std::uint64_t below(std::uint64_t bound) noexcept { return bound == 0 ? 0 : next() % bound; }
  /// True with the given probability (0..1).
  bool chance(double probability) noexcept { return unit() < probability; }

 private:
  std::array<std::uint64_t, 4> state_{};
};

}  // namespace sealhall
