#include "core/rtp/reception_statistics.h"

#include <algorithm>

namespace sealhall::rtp {
namespace {

// `t` in units of a clock that wraps at 32 bits.
std::uint32_t in_units(Instant t, std::uint32_t clock_rate) noexcept {
  const std::int64_t micros = t.time_since_epoch().count();
  const std::int64_t seconds = micros / 1'000'000;
  const std::int64_t rest = micros % 1'000'000;
  return static_cast<std::uint32_t>(seconds * clock_rate + rest * clock_rate / 1'000'000);
}

}  // namespace

void ReceptionStatistics::restart(std::uint16_t sequence_number) noexcept {
  started_ = true;
  base_ = sequence_number;
  highest_ = sequence_number;
  suspect_.reset();
  received_ = 0;
  expected_before_ = 0;
  received_before_ = 0;
  transit_.reset();
}

// RFC 3550 section A.1, without its probation: packets here are authentic. False: the packet does not belong to the
// run.
bool ReceptionStatistics::count(std::uint16_t sequence_number) noexcept {
  if (!started_) {
    restart(sequence_number);
    return true;
  }
  const auto ahead = static_cast<std::uint16_t>(sequence_number - static_cast<std::uint16_t>(highest_));
  if (ahead < max_dropout) {
    highest_ += ahead;
    suspect_.reset();
    return true;
  }
  if (ahead > 0xFFFF - max_misorder) return true;  // late or duplicate
  if (suspect_ == sequence_number) {
    restart(sequence_number);
    return true;
  }
  suspect_ = static_cast<std::uint16_t>(sequence_number + 1);
  return false;
}

void ReceptionStatistics::on_packet(std::uint16_t sequence_number, std::uint32_t timestamp, Instant arrival) noexcept {
  if (!count(sequence_number)) return;
  ++received_;
  ++total_received_;
  // RFC 3550 section A.8: J += (|D| - J) / 16, kept times 16 so that integers do.
  const std::uint32_t transit = in_units(arrival, clock_rate_) - timestamp;
  if (transit_) {
    const auto difference = static_cast<std::int32_t>(transit - *transit_);
    const std::uint32_t distance =
        difference < 0 ? 0U - static_cast<std::uint32_t>(difference) : static_cast<std::uint32_t>(difference);
    jitter_sixteenths_ += distance - ((jitter_sixteenths_ + 8) >> 4);
  }
  transit_ = transit;
}

void ReceptionStatistics::on_sender_report(std::uint64_t ntp_time, Instant arrival) noexcept {
  last_sr_ = rtcp::middle_of(ntp_time);
  last_sr_at_ = arrival;
}

std::int64_t ReceptionStatistics::cumulative_lost() const noexcept {
  return started_ ? static_cast<std::int64_t>(expected_packets()) - static_cast<std::int64_t>(received_) : 0;
}

Duration ReceptionStatistics::jitter() const noexcept {
  return Duration{static_cast<std::int64_t>(jitter_sixteenths_ >> 4) * 1'000'000 / clock_rate_};
}

std::optional<rtcp::ReportBlock> ReceptionStatistics::report(Instant now) noexcept {
  if (!started_) return std::nullopt;
  rtcp::ReportBlock block;
  block.ssrc = ssrc_;
  block.highest_sequence = static_cast<std::uint32_t>(highest_);
  block.jitter = jitter_sixteenths_ >> 4;
  block.cumulative_lost = static_cast<std::int32_t>(std::clamp<std::int64_t>(cumulative_lost(), -0x800000, 0x7FFFFF));
  // RFC 3550 section A.3: the fraction is of the packets expected since the last report; duplicates never make it
  // negative.
  const std::uint64_t expected = expected_packets() - expected_before_;
  const std::uint64_t received = received_ - received_before_;
  if (expected > received) {
    block.fraction_lost =
        static_cast<std::uint8_t>(std::min<std::uint64_t>((expected - received) * 256 / expected, 255));
  }
  expected_before_ = expected_packets();
  received_before_ = received_;
  if (last_sr_ != 0) {
    block.last_sr = last_sr_;
    const std::int64_t delay = std::max<std::int64_t>((now - last_sr_at_).count(), 0);
    block.delay_since_last_sr = static_cast<std::uint32_t>(std::min<std::int64_t>(delay / 1'000'000, 65535) * 65536 +
                                                           delay % 1'000'000 * 65536 / 1'000'000);
  }
  return block;
}

}  // namespace sealhall::rtp
