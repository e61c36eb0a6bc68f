// Key material: wiped when it goes, compared in constant time, never printed, never copied by accident.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "core/base/bytes.h"

namespace sealhall {

/// Overwrites `bytes` with zeros in a way that the compiler may not leave out.
void wipe(MutableBytes bytes) noexcept;

/// True when both are equal. Lengths are compared first (an empty tag never equals a full one); the time depends on the
/// length only, not on where the first difference stands.
[[nodiscard]] bool constant_time_equal(ByteView a, ByteView b) noexcept;

/// Exactly `N` secret bytes. Move-only; the moved-from object is wiped. It has no stream operator and no implicit view:
/// whoever reads the bytes writes `.reveal()`, which a reviewer can search for.
template <std::size_t N>
class Secret {
 public:
  static constexpr std::size_t size_bytes = N;

  /// All zero, to be filled through `reveal_mutable`.
  Secret() noexcept = default;
  /// Takes a copy of `bytes`; wiping the source is the caller's part.
  explicit Secret(std::span<const std::uint8_t, N> bytes) noexcept {
    std::copy(bytes.begin(), bytes.end(), bytes_.begin());
  }
  ~Secret() { wipe(bytes_); }
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  Secret(Secret&& other) noexcept : bytes_(other.bytes_) { wipe(other.bytes_); }
  Secret& operator=(Secret&& other) noexcept {
    if (this != &other) {
      bytes_ = other.bytes_;
      wipe(other.bytes_);
    }
    return *this;
  }

  [[nodiscard]] std::span<const std::uint8_t, N> reveal() const noexcept { return bytes_; }
  [[nodiscard]] std::span<std::uint8_t, N> reveal_mutable() noexcept { return bytes_; }
  /// A second owner, made on purpose.
  [[nodiscard]] Secret clone() const noexcept { return Secret{std::span<const std::uint8_t, N>{bytes_}}; }

  friend bool operator==(const Secret& a, const Secret& b) noexcept { return constant_time_equal(a.bytes_, b.bytes_); }

 private:
  std::array<std::uint8_t, N> bytes_{};
};

/// Secret bytes whose number is known at run time only. The same rules as `Secret<N>`.
class SecretBytes {
 public:
  SecretBytes() noexcept = default;
  /// `size` zero bytes, to be filled through `reveal_mutable`.
  explicit SecretBytes(std::size_t size) : bytes_(size) {}
  explicit SecretBytes(ByteView bytes) : bytes_(bytes.begin(), bytes.end()) {}
  ~SecretBytes() { wipe(bytes_); }
  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;
  SecretBytes(SecretBytes&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
  SecretBytes& operator=(SecretBytes&& other) noexcept {
    if (this != &other) {
      wipe(bytes_);
      bytes_ = std::exchange(other.bytes_, {});
    }
    return *this;
  }

  [[nodiscard]] ByteView reveal() const noexcept { return bytes_; }
  [[nodiscard]] MutableBytes reveal_mutable() noexcept { return bytes_; }
  [[nodiscard]] std::size_t size() const noexcept { return bytes_.size(); }
  [[nodiscard]] SecretBytes clone() const { return SecretBytes{ByteView{bytes_}}; }

  friend bool operator==(const SecretBytes& a, const SecretBytes& b) noexcept {
    return constant_time_equal(a.bytes_, b.bytes_);
  }

 private:
  Bytes bytes_;
};

}  // namespace sealhall
