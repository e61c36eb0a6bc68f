// What a sender reports about one RTP stream, and the round trip that comes back in report blocks (RFC 3550
// section 6.4.1).
#pragma once

#include <cstdint>
#include <optional>

#include "core/base/time.h"
#include "core/rtp/rtcp.h"

namespace sealhall::rtp {

class SenderStatistics {
 public:
  SenderStatistics(std::uint32_t ssrc, std::uint32_t clock_rate) noexcept : ssrc_(ssrc), clock_rate_(clock_rate) {}

  /// A packet left: the bytes of its payload, and when what its timestamp stands for was captured (or now).
  void on_sent(std::size_t payload_size, std::uint32_t timestamp, Instant captured) noexcept;

  /// The report for this moment on both clocks, without blocks. nullopt before the first packet.
  [[nodiscard]] std::optional<rtcp::SenderReport> report(Instant now, UnixMicros wall) const noexcept;

 private:
  std::uint32_t ssrc_;
  std::uint32_t clock_rate_;
  std::uint32_t packets_ = 0;
  std::uint32_t octets_ = 0;
  std::uint32_t timestamp_ = 0;
  Instant captured_{};
};

/// The round trip that a block about our stream shows when it arrives at `wall`; nullopt when its sender has had no
/// sender report yet or when it claims to have held it longer than it took.
std::optional<Duration> round_trip(const rtcp::ReportBlock& block, UnixMicros wall) noexcept;

}  // namespace sealhall::rtp
