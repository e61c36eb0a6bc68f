// Lip sync: audio and video of one participant on one timeline by their sender reports (RFC 3550 section 6.4.1).
#pragma once

#include <cstdint>
#include <optional>

#include "core/base/time.h"
#include "core/rtp/sequence.h"

namespace sealhall::media {

/// NTP time in microseconds since 1900; only differences between streams of one sender mean anything.
enum class NtpMicros : std::int64_t {};
constexpr NtpMicros ntp_micros(std::uint64_t ntp_32_32) noexcept {
  return NtpMicros{
      static_cast<std::int64_t>((ntp_32_32 >> 32) * 1'000'000 + (((ntp_32_32 & 0xffff'ffffU) * 1'000'000) >> 32))};
}

/// Maps one stream's RTP timestamps to its sender's NTP clock.
class RtpClock {
 public:
  explicit RtpClock(std::uint32_t clock_rate) noexcept : clock_rate_(clock_rate) {}
  /// A sender report of the stream; the newest one counts.
  void on_sender_report(std::uint64_t ntp_32_32, std::uint32_t rtp_timestamp) noexcept;
  /// The sender's NTP time of `rtp_timestamp`; nullopt before the first report.
  [[nodiscard]] std::optional<NtpMicros> to_ntp(std::uint32_t rtp_timestamp) const noexcept;
  void reset() noexcept { reference_.reset(); }

 private:
  struct Reference {
    std::int64_t ntp = 0;
    std::uint32_t rtp = 0;
  };
  std::uint32_t clock_rate_;
  std::optional<Reference> reference_;
};

/// Decides which stream has to wait for the other. Call `update` about every 200 ms.
class LipSync {
 public:
  struct Config {
    /// The largest change in one update: larger jumps are seen and heard, smaller ones converge slowly.
    Duration max_step = std::chrono::milliseconds{20};
    /// No stream is held back longer than this for the other.
    Duration max_delay = std::chrono::milliseconds{400};
    /// A measured difference above this is a broken clock, not a late stream: nothing is changed.
    Duration believable = std::chrono::seconds{5};
  };
  /// For one stream: some media's capture time and when it would be played with the network delay alone.
  struct Position {
    NtpMicros captured{};
    Instant playout{};
  };
  /// How much longer than its network delay each stream should wait. At least one of the two is zero or falling to it.
  struct Delays {
    Duration audio_extra{};
    Duration video_extra{};
  };
  LipSync() noexcept : LipSync(Config{}) {}
  explicit LipSync(const Config& config) noexcept : config_(config) {}
  /// One measurement of both streams; the result moves towards the common time by at most `max_step`.
  Delays update(const Position& audio, const Position& video) noexcept;
  [[nodiscard]] Delays delays() const noexcept { return delays_; }

 private:
  Config config_;
  Delays delays_;
};

}  // namespace sealhall::media
