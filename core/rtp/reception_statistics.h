// What a receiver reports about one RTP stream: loss, highest sequence number, jitter (RFC 3550 sections 6.4.1, A.1,
// A.3, A.8).
#pragma once

#include <cstdint>
#include <optional>

#include "core/base/time.h"
#include "core/rtp/rtcp.h"

namespace sealhall::rtp {

/// Sans-IO, 80 bytes, nothing allocated. Feed every authentic packet of the SSRC once, without retransmissions.
class ReceptionStatistics {
 public:
  /// A jump forward by this much or more is a new start of the stream. Larger: a restart is seen late; smaller: a long
  /// outage is taken for one and its loss forgotten.
  static constexpr std::uint16_t max_dropout = 3000;
  /// A packet this far behind is late; one further behind is a new start.
  static constexpr std::uint16_t max_misorder = 1000;

  ReceptionStatistics(std::uint32_t ssrc, std::uint32_t clock_rate) noexcept : ssrc_(ssrc), clock_rate_(clock_rate) {}

  void on_packet(std::uint16_t sequence_number, std::uint32_t timestamp, Instant arrival) noexcept;
  /// The NTP time of a sender report of this stream, for LSR and DLSR.
  void on_sender_report(std::uint64_t ntp_time, Instant arrival) noexcept;

  /// The block for the next report, and the start of a new interval for the fraction lost. nullopt before the first
  /// packet.
  std::optional<rtcp::ReportBlock> report(Instant now) noexcept;

  [[nodiscard]] std::uint64_t packets_received() const noexcept { return total_received_; }
  /// Expected minus received since the stream (re)started; negative when duplicates outnumber losses.
  [[nodiscard]] std::int64_t cumulative_lost() const noexcept;
  /// Interarrival jitter as time.
  [[nodiscard]] Duration jitter() const noexcept;

 private:
  void restart(std::uint16_t sequence_number) noexcept;
  bool count(std::uint16_t sequence_number) noexcept;
  [[nodiscard]] std::uint64_t expected_packets() const noexcept { return highest_ - base_ + 1; }

  std::uint32_t ssrc_;
  std::uint32_t clock_rate_;
  bool started_ = false;
  std::uint64_t base_ = 0;                // first sequence number
  std::uint64_t highest_ = 0;             // extended: cycles << 16 | sequence number
  std::optional<std::uint16_t> suspect_;  // the number after a packet that jumped: seen next, the stream restarted
  std::uint64_t received_ = 0;
  std::uint64_t total_received_ = 0;
  std::uint64_t expected_before_ = 0;  // at the last report
  std::uint64_t received_before_ = 0;
  std::uint32_t jitter_sixteenths_ = 0;  // in timestamp units, times 16
  std::optional<std::uint32_t> transit_;
  std::uint32_t last_sr_ = 0;
  Instant last_sr_at_{};
};

}  // namespace sealhall::rtp
