// RTCP: compound packets in and out (RFC 3550 section 6, RFC 4585, RFC 5104, transport-wide feedback, REMB in).
#pragma once

#include <array>
#include <cstdint>
#include <memory_resource>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/expected.h"
#include "core/base/time.h"

namespace sealhall::rtp::rtcp {

enum class RtcpError : std::uint8_t {
  truncated,      ///< a packet's length field runs past the datagram, or its body past the packet
  wrong_version,  ///< a version field is not 2
  bad_padding,    ///< padding on a packet other than the last, or longer than the packet
  malformed,      ///< a body contradicts itself: reserved symbols, no elements, more than a datagram may announce;
                  ///< (writing) a value does not fit into its field, as an arrival more than 8 s after its predecessor
  buffer_too_small,  ///< (writing) it does not fit
};

/// What a message holds several of lives in the memory that `parse` was given.
template <typename T>
using List = std::pmr::vector<T>;

/// One reception report block, RFC 3550 section 6.4.1.
struct ReportBlock {
  std::uint32_t ssrc = 0;
  std::uint8_t fraction_lost = 0;         ///< of 256
  std::int32_t cumulative_lost = 0;       ///< 24 bits, signed
  std::uint32_t highest_sequence = 0;     ///< extended: cycles << 16 | sequence
  std::uint32_t jitter = 0;               ///< in timestamp units
  std::uint32_t last_sr = 0;              ///< middle 32 bits of the NTP time of the last SR, 0 when none
  std::uint32_t delay_since_last_sr = 0;  ///< in 1/65536 s
};

struct SenderReport {
  std::uint32_t sender_ssrc = 0;
  std::uint64_t ntp_time = 0;  ///< 32.32 fixed point seconds since 1900
  std::uint32_t rtp_timestamp = 0;
  std::uint32_t packet_count = 0;
  std::uint32_t octet_count = 0;
  List<ReportBlock> reports{};  ///< at most 31
};
struct ReceiverReport {
  std::uint32_t sender_ssrc = 0;
  List<ReportBlock> reports{};  ///< at most 31
};
/// CNAME items only; others are skipped when read.
struct SourceDescription {
  struct Chunk {
    std::uint32_t ssrc = 0;
    std::pmr::string cname{};  ///< at most 255 bytes
  };
  List<Chunk> chunks{};
};
struct Bye {
  List<std::uint32_t> ssrcs{};
};
/// Generic NACK, RFC 4585 section 6.2.1; `sequence_numbers` ascending modulo 2^16.
struct Nack {
  std::uint32_t sender_ssrc = 0;
  std::uint32_t media_ssrc = 0;
  List<std::uint16_t> sequence_numbers{};
};
/// Picture loss indication, RFC 4585 section 6.3.1.
struct Pli {
  std::uint32_t sender_ssrc = 0;
  std::uint32_t media_ssrc = 0;
};
/// Full intra request, RFC 5104 section 4.3.1.
struct Fir {
  struct Entry {
    std::uint32_t ssrc = 0;
    std::uint8_t sequence = 0;
  };
  std::uint32_t sender_ssrc = 0;
  List<Entry> entries{};
};
/// Transport-wide congestion control feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01 section 3.1).
struct TransportFeedback {
  struct Arrival {
    std::uint16_t sequence = 0;
    /// Arrival on the receiver's own clock in 250 us steps from `reference_time`; nullopt: not received.
    std::optional<Duration> at{};  ///< since the feedback's reference time
  };
  std::uint32_t sender_ssrc = 0;
  std::uint32_t media_ssrc = 0;
  std::int32_t reference_time = 0;  ///< 24 bits signed, multiples of 64 ms
  std::uint8_t feedback_count = 0;
  List<Arrival> arrivals{};  ///< consecutive sequence numbers, at most 65535
};
/// Receiver estimated maximum bitrate (draft-alvestrand-rmcat-remb-03); read from others, the product never sends it.
/// Written with an 18-bit mantissa, rounded down.
struct Remb {
  std::uint32_t sender_ssrc = 0;
  std::uint64_t bitrate_bps = 0;
  List<std::uint32_t> ssrcs{};
};

using Message =
    std::variant<SenderReport, ReceiverReport, SourceDescription, Bye, Nack, Pli, Fir, TransportFeedback, Remb>;

/// Reads a compound packet, or a reduced-size one (RFC 5506). Types that are not known are skipped; a known type whose
/// body is malformed makes the whole datagram an error. Bounded: at most 64 messages are returned (what follows is not
/// looked at), and all feedback messages together may announce at most 65535 arrivals. Padding on a transport feedback
/// is accepted anywhere in a compound, because browsers send several padded ones in one datagram.
/// The messages live in `memory`, which outlives them; with a buffer in it, nothing is allocated (server/media does
/// so).
expected<List<Message>, RtcpError> parse(ByteView datagram,
                                         std::pmr::memory_resource* memory = std::pmr::get_default_resource());

/// Writes the messages in order as one compound packet and returns its size in bytes. Errors: buffer_too_small,
/// malformed. Aborts on counts out of range (more than 31 blocks, chunks or SSRCs, a CNAME over 255 bytes: our bug).
expected<std::size_t, RtcpError> write(std::span<const Message> messages, MutableBytes out) noexcept;

/// NTP time (32.32, since 1900) of `t`, and the middle 32 bits that LSR fields carry.
std::uint64_t ntp_time(UnixMicros t) noexcept;
constexpr std::uint32_t middle_of(std::uint64_t ntp) noexcept { return static_cast<std::uint32_t>(ntp >> 16); }

}  // namespace sealhall::rtp::rtcp
