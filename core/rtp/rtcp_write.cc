#include <bit>

#include "core/base/check.h"
#include "core/rtp/rtcp.h"
#include "core/rtp/rtcp_wire.h"

namespace sealhall::rtp::rtcp {
namespace {

using namespace wire;

constexpr std::size_t max_count = 31;  // five bits in the header

// Puts the header of one RTCP packet in front of what is written until `finish`.
class PartWriter {
 public:
  PartWriter(ByteWriter& writer, std::uint8_t type, std::size_t count) noexcept
      : writer_(writer), start_(writer.size()), header_(writer.reserve(header_size)) {
    SEALHALL_CHECK(count <= max_count);
    if (header_.empty()) return;
    header_[0] = static_cast<std::uint8_t>(0x80 | count);
    header_[1] = type;
  }
  // Fills with zeros up to a whole word and writes the length: words minus one (RFC 3550 section 6.4.1).
  void finish() noexcept {
    while (writer_.ok() && (writer_.size() - start_) % 4 != 0) writer_.u8(0);
    if (!writer_.ok()) return;
    const std::size_t words = (writer_.size() - start_) / 4 - 1;
    SEALHALL_CHECK(words <= 0xFFFF);
    store_u16(&header_[2], static_cast<std::uint16_t>(words));
  }

 private:
  ByteWriter& writer_;
  std::size_t start_;
  MutableBytes header_;
};

using Written = expected<void, RtcpError>;

void write_blocks(ByteWriter& writer, std::span<const ReportBlock> blocks) noexcept {
  for (const ReportBlock& block : blocks) {
    // RFC 3550 section A.3: the 24-bit signed count saturates.
    const std::int32_t lost = std::clamp(block.cumulative_lost, -0x800000, 0x7FFFFF);
    writer.u32(block.ssrc);
    writer.u8(block.fraction_lost);
    writer.u24(static_cast<std::uint32_t>(lost) & 0xFFFFFF);
    writer.u32(block.highest_sequence);
    writer.u32(block.jitter);
    writer.u32(block.last_sr);
    writer.u32(block.delay_since_last_sr);
  }
}

Written write_one(ByteWriter& writer, const SenderReport& report) noexcept {
  PartWriter part{writer, type_sr, report.reports.size()};
  writer.u32(report.sender_ssrc);
  writer.u64(report.ntp_time);
  writer.u32(report.rtp_timestamp);
  writer.u32(report.packet_count);
  writer.u32(report.octet_count);
  write_blocks(writer, report.reports);
  part.finish();
  return {};
}

Written write_one(ByteWriter& writer, const ReceiverReport& report) noexcept {
  PartWriter part{writer, type_rr, report.reports.size()};
  writer.u32(report.sender_ssrc);
  write_blocks(writer, report.reports);
  part.finish();
  return {};
}

Written write_one(ByteWriter& writer, const SourceDescription& description) noexcept {
  PartWriter part{writer, type_sdes, description.chunks.size()};
  for (const SourceDescription::Chunk& chunk : description.chunks) {
    SEALHALL_CHECK(chunk.cname.size() <= 255);
    const std::size_t start = writer.size();
    writer.u32(chunk.ssrc);
    writer.u8(sdes_cname);
    writer.u8(static_cast<std::uint8_t>(chunk.cname.size()));
    writer.bytes(as_bytes(chunk.cname));
    writer.u8(0);  // end of the items, then padding of the chunk
    while (writer.ok() && (writer.size() - start) % 4 != 0) writer.u8(0);
  }
  part.finish();
  return {};
}

Written write_one(ByteWriter& writer, const Bye& bye) noexcept {
  PartWriter part{writer, type_bye, bye.ssrcs.size()};
  for (const std::uint32_t ssrc : bye.ssrcs) writer.u32(ssrc);
  part.finish();
  return {};
}

Written write_one(ByteWriter& writer, const Nack& nack) noexcept {
  if (nack.sequence_numbers.empty()) return unexpected(RtcpError::malformed);
  PartWriter part{writer, type_rtpfb, fmt_nack};
  writer.u32(nack.sender_ssrc);
  writer.u32(nack.media_ssrc);
  std::size_t i = 0;
  while (i < nack.sequence_numbers.size()) {
    // RFC 4585 section 6.2.1: PID, and a mask in which bit k stands for PID + k + 1.
    const std::uint16_t first = nack.sequence_numbers[i++];
    std::uint16_t following = 0;
    while (i < nack.sequence_numbers.size()) {
      const auto offset = static_cast<std::uint16_t>(nack.sequence_numbers[i] - first);
      if (offset > 16) break;
      if (offset > 0) following = static_cast<std::uint16_t>(following | 1U << (offset - 1));
      ++i;
    }
    writer.u16(first);
    writer.u16(following);
  }
  part.finish();
  return {};
}

Written write_one(ByteWriter& writer, const Pli& pli) noexcept {
  PartWriter part{writer, type_psfb, fmt_pli};
  writer.u32(pli.sender_ssrc);
  writer.u32(pli.media_ssrc);
  part.finish();
  return {};
}

Written write_one(ByteWriter& writer, const Fir& fir) noexcept {
  if (fir.entries.empty()) return unexpected(RtcpError::malformed);
  PartWriter part{writer, type_psfb, fmt_fir};
  writer.u32(fir.sender_ssrc);
  writer.u32(0);  // RFC 5104 section 4.3.1.2: not used, zero
  for (const Fir::Entry& entry : fir.entries) {
    writer.u32(entry.ssrc);
    writer.u8(entry.sequence);
    writer.u24(0);
  }
  part.finish();
  return {};
}

// Arrival times as 250 us steps, and the symbol that each step from the arrival before it needs.
class FeedbackSteps {
 public:
  explicit FeedbackSteps(std::span<const TransportFeedback::Arrival> arrivals) noexcept : arrivals_(arrivals) {}

  struct Step {
    std::uint8_t symbol = symbol_lost;
    std::int64_t ticks = 0;
  };
  [[nodiscard]] bool at_end() const noexcept { return index_ == arrivals_.size(); }
  [[nodiscard]] std::size_t left() const noexcept { return arrivals_.size() - index_; }
  Step next() noexcept {
    const auto& arrival = arrivals_[index_++];
    if (!arrival.at) return {};
    // Rounded as absolute times, so that errors do not add up along the message.
    const std::int64_t count = arrival.at->count();
    std::int64_t ticks = count / feedback_tick.count();
    if (count < 0 && count % feedback_tick.count() != 0) --ticks;
    const std::int64_t delta = ticks - last_;
    last_ = ticks;
    return {delta >= 0 && delta <= 0xFF ? symbol_small : symbol_large, delta};
  }

 private:
  std::span<const TransportFeedback::Arrival> arrivals_;
  std::size_t index_ = 0;
  std::int64_t last_ = 0;
};

// Writes the next chunk and moves `steps` past what it stands for.
void write_chunk(ByteWriter& writer, FeedbackSteps& steps) noexcept {
  constexpr std::size_t max_run = 0x1FFF;
  FeedbackSteps ahead = steps;
  const std::uint8_t symbol = ahead.next().symbol;
  FeedbackSteps after_run = ahead;
  std::size_t run = 1;
  while (!ahead.at_end() && run < max_run && ahead.next().symbol == symbol) {
    after_run = ahead;
    ++run;
  }
  // A run is the shortest form once it is at least as long as the vector that would carry it, or when it ends the list.
  const std::size_t vector_size = symbol == symbol_large ? 7 : 14;
  if (run >= vector_size || after_run.at_end()) {
    writer.u16(static_cast<std::uint16_t>((symbol << 13) | run));
    steps = after_run;
    return;
  }
  bool one_bit = true;
  ahead = steps;
  for (int i = 0; i < 14 && !ahead.at_end(); ++i) one_bit = one_bit && ahead.next().symbol != symbol_large;
  const unsigned width = one_bit ? 1 : 2;
  unsigned chunk = one_bit ? 0x8000 : 0xC000;
  for (unsigned shift = 14; shift >= width && !steps.at_end();) {
    shift -= width;
    chunk |= static_cast<unsigned>(steps.next().symbol) << shift;
  }
  writer.u16(static_cast<std::uint16_t>(chunk));
}

Written write_one(ByteWriter& writer, const TransportFeedback& feedback) noexcept {
  const auto& arrivals = feedback.arrivals;
  if (arrivals.empty() || arrivals.size() > 0xFFFF) return unexpected(RtcpError::malformed);
  if (feedback.reference_time < -0x800000 || feedback.reference_time > 0x7FFFFF) {
    return unexpected(RtcpError::malformed);
  }
  for (std::size_t i = 1; i < arrivals.size(); ++i) {
    if (arrivals[i].sequence != static_cast<std::uint16_t>(arrivals[0].sequence + i)) {
      return unexpected(RtcpError::malformed);
    }
  }
  PartWriter part{writer, type_rtpfb, fmt_transport_feedback};
  writer.u32(feedback.sender_ssrc);
  writer.u32(feedback.media_ssrc);
  writer.u16(arrivals[0].sequence);
  writer.u16(static_cast<std::uint16_t>(arrivals.size()));
  writer.u24(static_cast<std::uint32_t>(feedback.reference_time) & 0xFFFFFF);
  writer.u8(feedback.feedback_count);
  for (FeedbackSteps steps{arrivals}; !steps.at_end();) write_chunk(writer, steps);
  for (FeedbackSteps steps{arrivals}; !steps.at_end();) {
    const FeedbackSteps::Step step = steps.next();
    if (step.symbol == symbol_small) writer.u8(static_cast<std::uint8_t>(step.ticks));
    if (step.symbol == symbol_large) {
      if (step.ticks < INT16_MIN || step.ticks > INT16_MAX) return unexpected(RtcpError::malformed);
      writer.u16(static_cast<std::uint16_t>(step.ticks));
    }
  }
  part.finish();
  return {};
}

Written write_one(ByteWriter& writer, const Remb& remb) noexcept {
  SEALHALL_CHECK(remb.ssrcs.size() <= 255);
  const auto bits = static_cast<unsigned>(std::bit_width(remb.bitrate_bps));
  const unsigned exponent = bits > 18 ? bits - 18 : 0;
  PartWriter part{writer, type_psfb, fmt_application};
  writer.u32(remb.sender_ssrc);
  writer.u32(0);
  writer.u32(remb_identifier);
  writer.u8(static_cast<std::uint8_t>(remb.ssrcs.size()));
  writer.u24((exponent << 18) | static_cast<std::uint32_t>(remb.bitrate_bps >> exponent));
  for (const std::uint32_t ssrc : remb.ssrcs) writer.u32(ssrc);
  part.finish();
  return {};
}

}  // namespace

expected<std::size_t, RtcpError> write(std::span<const Message> messages, MutableBytes out) noexcept {
  ByteWriter writer{out};
  for (const Message& message : messages) {
    const Written written = std::visit([&](const auto& m) { return write_one(writer, m); }, message);
    if (!written) return unexpected(written.error());
    if (!writer.ok()) return unexpected(RtcpError::buffer_too_small);
  }
  return writer.size();
}

}  // namespace sealhall::rtp::rtcp
