// Which counters of one key were opened already: the highest, and a bitmap of those before it (RFC 9605 section 9.3).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace sealhall::sframe {

/// Frames that may come late and still count: a second of reordering at any rate we send. More costs a bit each a key,
/// fewer drops what a slow path or a retransmission delivers.
inline constexpr std::size_t audio_replay_window = 1024;
inline constexpr std::size_t video_replay_window = 4096;

class ReplayWindow {
 public:
  /// `size` is a multiple of 64.
  explicit ReplayWindow(std::size_t size);

  /// False when `counter` was marked before or lies before the window. Everything is fresh until the first mark, so
  /// that who joins late starts with the first frame that it opens.
  [[nodiscard]] bool is_fresh(std::uint64_t counter) const noexcept;
  /// Only after the frame has authenticated, or a forged one would close the window for the real ones.
  void mark(std::uint64_t counter) noexcept;

 private:
  [[nodiscard]] std::size_t size() const noexcept { return bits_.size() * 64; }

  std::vector<std::uint64_t> bits_;  // bit (counter % size): of the counters (highest - size, highest]
  std::uint64_t highest_ = 0;
  bool started_ = false;
};

}  // namespace sealhall::sframe
