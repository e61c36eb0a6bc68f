// Byte buffers, and bounded big-endian reading and writing (network order, as every RFC here uses).
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

namespace sealhall {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;
using MutableBytes = std::span<std::uint8_t>;

/// The bytes of `text`, not copied; valid as long as `text` is.
inline ByteView as_bytes(std::string_view text) noexcept {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// `bytes` seen as characters, not copied.
inline std::string_view as_text(ByteView bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

inline bool equal(ByteView a, ByteView b) noexcept { return std::ranges::equal(a, b); }

inline void append(Bytes& to, ByteView from) { to.insert(to.end(), from.begin(), from.end()); }

/// Unchecked big-endian loads and stores: the caller has made sure that the bytes are there.
inline std::uint16_t load_u16(const std::uint8_t* p) noexcept { return static_cast<std::uint16_t>((p[0] << 8) | p[1]); }
inline std::uint32_t load_u24(const std::uint8_t* p) noexcept {
  return (std::uint32_t{p[0]} << 16) | (std::uint32_t{p[1]} << 8) | p[2];
}
inline std::uint32_t load_u32(const std::uint8_t* p) noexcept {
  return (std::uint32_t{p[0]} << 24) | (std::uint32_t{p[1]} << 16) | (std::uint32_t{p[2]} << 8) | p[3];
}
inline std::uint64_t load_u64(const std::uint8_t* p) noexcept {
  return (std::uint64_t{load_u32(p)} << 32) | load_u32(p + 4);
}
inline void store_u16(std::uint8_t* p, std::uint16_t v) noexcept {
  p[0] = static_cast<std::uint8_t>(v >> 8);
  p[1] = static_cast<std::uint8_t>(v);
}
inline void store_u24(std::uint8_t* p, std::uint32_t v) noexcept {
  p[0] = static_cast<std::uint8_t>(v >> 16);
  p[1] = static_cast<std::uint8_t>(v >> 8);
  p[2] = static_cast<std::uint8_t>(v);
}
inline void store_u32(std::uint8_t* p, std::uint32_t v) noexcept {
  p[0] = static_cast<std::uint8_t>(v >> 24);
  p[1] = static_cast<std::uint8_t>(v >> 16);
  p[2] = static_cast<std::uint8_t>(v >> 8);
  p[3] = static_cast<std::uint8_t>(v);
}
inline void store_u64(std::uint8_t* p, std::uint64_t v) noexcept {
  store_u32(p, static_cast<std::uint32_t>(v >> 32));
  store_u32(p + 4, static_cast<std::uint32_t>(v));
}

/// Reads a buffer front to back. A read past the end gives zero and makes `ok()` false for good, so a parser may read a
/// whole structure and ask once.
class ByteReader {
 public:
  explicit ByteReader(ByteView data) noexcept : data_(data) {}

  [[nodiscard]] bool ok() const noexcept { return ok_; }
  [[nodiscard]] std::size_t remaining() const noexcept { return data_.size() - at_; }
  [[nodiscard]] std::size_t position() const noexcept { return at_; }

  std::uint8_t u8() noexcept { return take(1) ? data_[at_ - 1] : std::uint8_t{0}; }
  std::uint16_t u16() noexcept { return take(2) ? load_u16(&data_[at_ - 2]) : std::uint16_t{0}; }
  std::uint32_t u24() noexcept { return take(3) ? load_u24(&data_[at_ - 3]) : 0U; }
  std::uint32_t u32() noexcept { return take(4) ? load_u32(&data_[at_ - 4]) : 0U; }
  std::uint64_t u64() noexcept { return take(8) ? load_u64(&data_[at_ - 8]) : 0U; }
  /// The next `n` bytes, not copied; empty when fewer are left.
  ByteView bytes(std::size_t n) noexcept { return take(n) ? data_.subspan(at_ - n, n) : ByteView{}; }
  ByteView rest() noexcept { return bytes(remaining()); }
  void skip(std::size_t n) noexcept { take(n); }

 private:
  bool take(std::size_t n) noexcept {
    if (!ok_ || n > data_.size() - at_) {
      ok_ = false;
      return false;
    }
    at_ += n;
    return true;
  }

  ByteView data_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

/// Writes into a caller-owned buffer front to back. A write that does not fit writes nothing and makes `ok()` false for
/// good.
class ByteWriter {
 public:
  explicit ByteWriter(MutableBytes out) noexcept : out_(out) {}

  [[nodiscard]] bool ok() const noexcept { return ok_; }
  [[nodiscard]] std::size_t size() const noexcept { return at_; }
  [[nodiscard]] ByteView written() const noexcept { return ByteView{out_}.first(at_); }

  void u8(std::uint8_t v) noexcept {
    if (take(1)) out_[at_ - 1] = v;
  }
  void u16(std::uint16_t v) noexcept {
    if (take(2)) store_u16(&out_[at_ - 2], v);
  }
  void u24(std::uint32_t v) noexcept {
    if (take(3)) store_u24(&out_[at_ - 3], v);
  }
  void u32(std::uint32_t v) noexcept {
    if (take(4)) store_u32(&out_[at_ - 4], v);
  }
  void u64(std::uint64_t v) noexcept {
    if (take(8)) store_u64(&out_[at_ - 8], v);
  }
  void bytes(ByteView v) noexcept {
    if (take(v.size()) && !v.empty()) std::memcpy(&out_[at_ - v.size()], v.data(), v.size());
  }
  /// Skips `n` bytes that the caller fills later; empty when they do not fit.
  MutableBytes reserve(std::size_t n) noexcept { return take(n) ? out_.subspan(at_ - n, n) : MutableBytes{}; }

 private:
  bool take(std::size_t n) noexcept {
    if (!ok_ || n > out_.size() - at_) {
      ok_ = false;
      return false;
    }
    at_ += n;
    return true;
  }

  MutableBytes out_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

}  // namespace sealhall
