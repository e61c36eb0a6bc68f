#include "core/rtp/sender_statistics.h"

namespace sealhall::rtp {

void SenderStatistics::on_sent(std::size_t payload_size, std::uint32_t timestamp, Instant captured) noexcept {
  ++packets_;
  octets_ += static_cast<std::uint32_t>(payload_size);
  timestamp_ = timestamp;
  captured_ = captured;
}

std::optional<rtcp::SenderReport> SenderStatistics::report(Instant now, UnixMicros wall) const noexcept {
  if (packets_ == 0) return std::nullopt;
  rtcp::SenderReport report;
  report.sender_ssrc = ssrc_;
  report.ntp_time = rtcp::ntp_time(wall);
  // RFC 3550 section 6.4.1: the RTP timestamp stands for the same instant as the NTP time, not for the last packet.
  const std::int64_t since = (now - captured_).count();
  const std::int64_t units = since / 1'000'000 * clock_rate_ + since % 1'000'000 * clock_rate_ / 1'000'000;
  report.rtp_timestamp = timestamp_ + static_cast<std::uint32_t>(units);
  report.packet_count = packets_;
  report.octet_count = octets_;
  return report;
}

std::optional<Duration> round_trip(const rtcp::ReportBlock& block, UnixMicros wall) noexcept {
  if (block.last_sr == 0) return std::nullopt;
  const std::uint32_t now = rtcp::middle_of(rtcp::ntp_time(wall));
  const auto units = static_cast<std::int32_t>(now - block.last_sr - block.delay_since_last_sr);
  if (units < 0) return std::nullopt;
  return Duration{std::int64_t{units} * 1'000'000 / 65536};
}

}  // namespace sealhall::rtp
