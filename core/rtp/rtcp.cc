#include "core/rtp/rtcp.h"

#include "core/rtp/rtcp_wire.h"

namespace sealhall::rtp::rtcp {
namespace {

using namespace wire;

// One RTCP packet inside a compound: its header's values and its body without header and padding.
struct Part {
  std::uint8_t count = 0;  // RC, SC or FMT
  std::uint8_t type = 0;
  ByteView body;
  std::pmr::memory_resource* memory = nullptr;
};

template <typename T>
using Read = expected<T, RtcpError>;

ReportBlock read_block(ByteReader& reader) noexcept {
  ReportBlock block;
  block.ssrc = reader.u32();
  block.fraction_lost = reader.u8();
  const std::uint32_t lost = reader.u24();
  block.cumulative_lost = static_cast<std::int32_t>(lost << 8) >> 8;  // sign-extends 24 bits
  block.highest_sequence = reader.u32();
  block.jitter = reader.u32();
  block.last_sr = reader.u32();
  block.delay_since_last_sr = reader.u32();
  return block;
}

// RFC 3550 sections 6.4.1 and 6.4.2; profile-specific extensions after the blocks are skipped.
bool read_blocks(ByteReader& reader, std::uint8_t count, List<ReportBlock>& out) {
  if (reader.remaining() < count * report_block_size) return false;
  out.reserve(count);
  for (std::uint8_t i = 0; i < count; ++i) out.push_back(read_block(reader));
  return true;
}

Read<Message> read_sender_report(const Part& part) {
  ByteReader reader{part.body};
  SenderReport report{.reports = List<ReportBlock>{part.memory}};
  report.sender_ssrc = reader.u32();
  report.ntp_time = reader.u64();
  report.rtp_timestamp = reader.u32();
  report.packet_count = reader.u32();
  report.octet_count = reader.u32();
  if (!reader.ok() || !read_blocks(reader, part.count, report.reports)) return unexpected(RtcpError::truncated);
  return report;
}

Read<Message> read_receiver_report(const Part& part) {
  ByteReader reader{part.body};
  ReceiverReport report{.reports = List<ReportBlock>{part.memory}};
  report.sender_ssrc = reader.u32();
  if (!reader.ok() || !read_blocks(reader, part.count, report.reports)) return unexpected(RtcpError::truncated);
  return report;
}

// RFC 3550 section 6.5: a chunk is an SSRC and items up to a zero byte, padded with zeros to the next word.
Read<Message> read_source_description(const Part& part) {
  ByteReader reader{part.body};
  SourceDescription description{.chunks = List<SourceDescription::Chunk>{part.memory}};
  for (std::uint8_t i = 0; i < part.count; ++i) {
    SourceDescription::Chunk chunk{.cname = std::pmr::string{part.memory}};
    chunk.ssrc = reader.u32();
    for (;;) {
      const std::uint8_t type = reader.u8();
      if (!reader.ok()) return unexpected(RtcpError::truncated);
      if (type == 0) break;
      const std::uint8_t length = reader.u8();
      const ByteView text = reader.bytes(length);
      if (!reader.ok()) return unexpected(RtcpError::truncated);
      if (type == sdes_cname) chunk.cname = as_text(text);
    }
    reader.skip((4 - reader.position() % 4) % 4);
    if (!reader.ok()) return unexpected(RtcpError::truncated);
    description.chunks.push_back(std::move(chunk));
  }
  return description;
}

// RFC 3550 section 6.6; the reason text after the SSRCs is skipped.
Read<Message> read_bye(const Part& part) {
  ByteReader reader{part.body};
  if (reader.remaining() < part.count * std::size_t{4}) return unexpected(RtcpError::truncated);
  Bye bye{.ssrcs = List<std::uint32_t>{part.memory}};
  bye.ssrcs.reserve(part.count);
  for (std::uint8_t i = 0; i < part.count; ++i) bye.ssrcs.push_back(reader.u32());
  return bye;
}

Read<Message> read_nack(const Part& part) {
  ByteReader reader{part.body};
  Nack nack{.sequence_numbers = List<std::uint16_t>{part.memory}};
  nack.sender_ssrc = reader.u32();
  nack.media_ssrc = reader.u32();
  if (!reader.ok()) return unexpected(RtcpError::truncated);
  if (reader.remaining() < 4) return unexpected(RtcpError::malformed);  // RFC 4585 section 6.2.1: at least one FCI
  while (reader.remaining() >= 4) {
    const std::uint16_t first = reader.u16();
    const std::uint16_t following = reader.u16();
    nack.sequence_numbers.push_back(first);
    for (unsigned bit = 0; bit < 16; ++bit) {
      if ((following >> bit & 1U) != 0) nack.sequence_numbers.push_back(static_cast<std::uint16_t>(first + bit + 1));
    }
  }
  return nack;
}

Read<Message> read_pli(const Part& part) {
  ByteReader reader{part.body};
  Pli pli;
  pli.sender_ssrc = reader.u32();
  pli.media_ssrc = reader.u32();
  if (!reader.ok()) return unexpected(RtcpError::truncated);
  return pli;
}

Read<Message> read_fir(const Part& part) {
  ByteReader reader{part.body};
  Fir fir{.entries = List<Fir::Entry>{part.memory}};
  fir.sender_ssrc = reader.u32();
  reader.skip(4);  // RFC 5104 section 4.3.1.2: the media source field is not used
  if (!reader.ok()) return unexpected(RtcpError::truncated);
  if (reader.remaining() < 8) return unexpected(RtcpError::malformed);
  while (reader.remaining() >= 8) {
    Fir::Entry entry;
    entry.ssrc = reader.u32();
    entry.sequence = reader.u8();
    reader.skip(3);
    fir.entries.push_back(entry);
  }
  return fir;
}

// Appends the statuses of one chunk, at most up to `total`; false on the reserved symbol 3.
// draft-holmer-rmcat-transport-wide-cc-extensions-01 sections 3.1.3 (run length) and 3.1.4 (status vector).
bool read_chunk(std::uint16_t chunk, std::size_t total, List<std::uint8_t>& symbols) {
  if ((chunk & 0x8000) == 0) {
    const auto symbol = static_cast<std::uint8_t>((chunk >> 13) & 0x3);
    const std::size_t run = std::min<std::size_t>(chunk & 0x1FFF, total - symbols.size());
    symbols.insert(symbols.end(), run, symbol);
    return symbol != symbol_reserved;
  }
  const bool two_bits = (chunk & 0x4000) != 0;
  const unsigned width = two_bits ? 2 : 1;
  for (unsigned shift = 14; shift >= width && symbols.size() < total;) {
    shift -= width;
    const auto symbol = static_cast<std::uint8_t>((chunk >> shift) & (two_bits ? 0x3U : 0x1U));
    if (symbol == symbol_reserved) return false;
    symbols.push_back(symbol);
  }
  return true;
}

// `budget` is what the datagram may still announce: a few bytes of run lengths can stand for 65535 packets.
Read<Message> read_transport_feedback(const Part& part, std::size_t& budget) {
  ByteReader reader{part.body};
  TransportFeedback feedback{.arrivals = List<TransportFeedback::Arrival>{part.memory}};
  feedback.sender_ssrc = reader.u32();
  feedback.media_ssrc = reader.u32();
  const std::uint16_t base = reader.u16();
  const std::size_t total = reader.u16();
  feedback.reference_time = static_cast<std::int32_t>(reader.u24() << 8) >> 8;
  feedback.feedback_count = reader.u8();
  if (!reader.ok()) return unexpected(RtcpError::truncated);
  if (total == 0 || total > budget) return unexpected(RtcpError::malformed);
  budget -= total;

  List<std::uint8_t> symbols{part.memory};
  while (symbols.size() < total) {
    const std::uint16_t chunk = reader.u16();
    if (!reader.ok()) return unexpected(RtcpError::truncated);
    if (!read_chunk(chunk, total, symbols)) return unexpected(RtcpError::malformed);
  }
  feedback.arrivals.resize(total);
  std::int64_t ticks = 0;
  for (std::size_t i = 0; i < total; ++i) {
    feedback.arrivals[i].sequence = static_cast<std::uint16_t>(base + i);
    if (symbols[i] == symbol_lost) continue;
    // Section 3.1.5: a small delta is one unsigned byte, a large or negative one a signed 16-bit number.
    ticks += symbols[i] == symbol_small ? std::int64_t{reader.u8()} : static_cast<std::int16_t>(reader.u16());
    feedback.arrivals[i].at = ticks * feedback_tick;
  }
  if (!reader.ok()) return unexpected(RtcpError::truncated);
  return feedback;
}

// draft-alvestrand-rmcat-remb-03 section 2.2. nullopt: another kind of application feedback.
Read<std::optional<Message>> read_remb(const Part& part) {
  ByteReader reader{part.body};
  Remb remb{.ssrcs = List<std::uint32_t>{part.memory}};
  remb.sender_ssrc = reader.u32();
  reader.skip(4);
  if (!reader.ok()) return unexpected(RtcpError::truncated);
  if (reader.remaining() < 8 || reader.u32() != remb_identifier) return std::nullopt;
  const std::uint8_t count = reader.u8();
  const std::uint32_t packed = reader.u24();
  const std::uint32_t exponent = packed >> 18;
  const std::uint64_t mantissa = packed & 0x3FFFF;
  // A mantissa shifted out of 64 bits is no bitrate.
  if (mantissa != 0 && exponent > 46) return unexpected(RtcpError::malformed);
  remb.bitrate_bps = mantissa == 0 ? 0 : mantissa << exponent;
  if (reader.remaining() < count * std::size_t{4}) return unexpected(RtcpError::truncated);
  for (std::uint8_t i = 0; i < count; ++i) remb.ssrcs.push_back(reader.u32());
  return remb;
}

// nullopt: a type that is not known here.
Read<std::optional<Message>> read_part(const Part& part, std::size_t& feedback_budget) {
  switch (part.type) {
    case type_sr:
      return read_sender_report(part);
    case type_rr:
      return read_receiver_report(part);
    case type_sdes:
      return read_source_description(part);
    case type_bye:
      return read_bye(part);
    case type_rtpfb:
      if (part.count == fmt_nack) return read_nack(part);
      if (part.count == fmt_transport_feedback) return read_transport_feedback(part, feedback_budget);
      return std::nullopt;
    case type_psfb:
      if (part.count == fmt_pli) return read_pli(part);
      if (part.count == fmt_fir) return read_fir(part);
      if (part.count == fmt_application) return read_remb(part);
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

}  // namespace

expected<List<Message>, RtcpError> parse(ByteView datagram, std::pmr::memory_resource* memory) {
  constexpr std::size_t max_messages = 64;
  List<Message> messages{memory};
  std::size_t feedback_budget = 0xFFFF;
  if (datagram.empty()) return unexpected(RtcpError::truncated);
  while (!datagram.empty() && messages.size() < max_messages) {
    if (datagram.size() < header_size) return unexpected(RtcpError::truncated);
    if ((datagram[0] >> 6) != 2) return unexpected(RtcpError::wrong_version);
    const std::size_t size = (std::size_t{load_u16(&datagram[2])} + 1) * 4;
    if (size > datagram.size()) return unexpected(RtcpError::truncated);
    Part part{.count = static_cast<std::uint8_t>(datagram[0] & 0x1F),
              .type = datagram[1],
              .body = datagram.subspan(header_size, size - header_size),
              .memory = memory};
    if ((datagram[0] & 0x20) != 0) {
      const bool last = size == datagram.size();
      const bool padded_feedback = part.type == type_rtpfb && part.count == fmt_transport_feedback;
      // RFC 3550 section 6.4.1: padding belongs on the last packet of a compound only.
      if (!last && !padded_feedback) return unexpected(RtcpError::bad_padding);
      const std::uint8_t padding = part.body.empty() ? std::uint8_t{0} : part.body.back();
      if (padding == 0 || padding > part.body.size()) return unexpected(RtcpError::bad_padding);
      part.body = part.body.first(part.body.size() - padding);
    }
    auto message = read_part(part, feedback_budget);
    if (!message) return unexpected(message.error());
    if (*message) messages.push_back(std::move(**message));
    datagram = datagram.subspan(size);
  }
  return messages;
}

std::uint64_t ntp_time(UnixMicros t) noexcept {
  constexpr std::int64_t seconds_1900_to_1970 = 2'208'988'800;
  const auto micros = static_cast<std::int64_t>(t);
  // Floor division, so that times before 1970 keep a fraction of 0..999999.
  std::int64_t seconds = micros / 1'000'000;
  std::int64_t rest = micros % 1'000'000;
  if (rest < 0) {
    rest += 1'000'000;
    seconds -= 1;
  }
  const auto fraction = (static_cast<std::uint64_t>(rest) << 32) / 1'000'000;
  return (static_cast<std::uint64_t>(seconds + seconds_1900_to_1970) << 32) | fraction;
}

}  // namespace sealhall::rtp::rtcp
