// Names, bounds, counters and errors of the selective forwarding unit.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/base/data_rate.h"
#include "core/base/time.h"
#include "core/wire/media_channel.h"

namespace sealhall::sfu {

/// A transport inside this worker: small and dense, so that the worker can keep its own transports in a vector under
/// it. Given by `open_transport`, used again after `close_transport`.
enum class TransportHandle : std::uint32_t {};
constexpr std::uint32_t value(TransportHandle h) noexcept { return static_cast<std::uint32_t>(h); }

using wire::ParticipantNumber;
using wire::SourceKind;
using wire::media::MeetingKey;
using wire::media::TransportId;

/// Why a command was refused; nothing has changed then.
enum class SfuError : std::uint8_t {
  too_many_meetings,    ///< Config::max_meetings
  too_many_transports,  ///< Config::max_transports, or Config::max_participants in the meeting
  too_many_slots,       ///< more than max_audio_slots or max_video_slots
  too_many_sources,     ///< more than one source a kind, or more than 3 encodings a source, or none
  duplicate_transport,  ///< the transport id is open already, or the participant has a transport in this meeting
  duplicate_ssrc,       ///< an SSRC is announced twice by one transport, or is 0
  bad_meeting_key,      ///< not 32 lower-case hexadecimal digits
  bad_codec,            ///< neither "opus" for audio nor one of `rtp::video_codecs` for video
  unknown_transport,    ///< no such transport
  unknown_meeting,      ///< no such meeting
};

inline constexpr std::size_t max_audio_slots = 32;
inline constexpr std::size_t max_video_slots = 64;
inline constexpr std::size_t max_encodings = 3;  ///< simulcast layers of a source
inline constexpr std::size_t source_kinds = 4;   ///< wire::SourceKind
inline constexpr std::size_t max_workers = 64;   ///< workers of an installation that share meetings: one bit each

struct Config {
  std::uint32_t worker = 0;  ///< this worker's own number, below max_workers
  std::size_t max_meetings = 4096;
  std::size_t max_transports = 8192;
  std::size_t max_participants = 4096;  ///< of one meeting, on all workers

  DataRate start_rate = DataRate::kbps(1000);  ///< estimate of a receiver before its first feedback
  DataRate min_rate = DataRate::kbps(50);
  DataRate max_rate = DataRate::kbps(30'000);

  /// How long audio waits for other audio to the same receiver. Larger: fewer system calls; smaller: less delay.
  Duration audio_gather = std::chrono::milliseconds{5};
  /// Pads gathered audio packets of one receiver to one size, so that they leave as one GSO run.
  bool equalise_audio = true;
  /// Least time between two key-frame requests for one encoding. Smaller: faster joins; larger: fewer key frames.
  Duration key_frame_interval = std::chrono::milliseconds{400};
  /// Transport-wide feedback to publishers. Smaller: quicker uplink estimates; larger: fewer RTCP packets.
  Duration feedback_interval = std::chrono::milliseconds{60};
  /// How often a transport's quality is told, after a first time 5 s after it is connected. Smaller: a finer history;
  /// larger: fewer messages and rows.
  Duration quality_interval = std::chrono::seconds{20};
  /// A packet older than this is not sent again.
  Duration cache_age = std::chrono::milliseconds{1500};
};

/// All counters since the start of the worker.
struct Stats {
  std::uint64_t packets_in = 0;   ///< RTP of local publishers that was taken
  std::uint64_t packets_out = 0;  ///< to receivers, everything
  std::uint64_t bytes_out = 0;    ///< RTP bytes before SRTP
  std::uint64_t retransmissions_out = 0;
  std::uint64_t probes_out = 0;
  std::uint64_t link_in = 0;
  std::uint64_t link_out = 0;
  std::uint64_t recovered = 0;            ///< uplink packets that came back by retransmission
  std::uint64_t key_frame_requests = 0;   ///< PLIs to publishers and their workers
  std::uint64_t nacks_answered = 0;       ///< sequence numbers
  std::uint64_t nacks_refused = 0;        ///< too soon, over budget or no longer stored
  std::uint64_t dropped_unannounced = 0;  ///< SSRC that this transport has not announced
  std::uint64_t dropped_not_allowed = 0;  ///< of what is off, or of a codec that the source may not have
  std::uint64_t dropped_malformed = 0;    ///< no payload descriptor, empty RTX, larger than a packet may be
  std::uint64_t dropped_duplicate = 0;
  std::uint64_t dropped_link = 0;  ///< link messages that make no sense here
};

/// Why a video slot shows what it shows (for logs and for people who ask).
enum class SlotReason : std::uint8_t {
  no_wish,               ///< nobody asked for anything in this slot
  paused_by_viewer,      ///< max_height 0
  no_source,             ///< that participant does not publish this
  not_sending,           ///< announced, but no packets arrive
  no_bandwidth,          ///< not even the lowest layer fits
  waiting_for_key,       ///< chosen, the key frame has been asked for
  limited_by_bandwidth,  ///< a lower layer than wished for
  limited_by_sender,     ///< the layer that was wished for is not sent
  as_wished,             ///< nothing better exists at this size
};

/// One video slot's allocation, explained.
struct SlotExplanation {
  std::uint32_t slot = 0;
  ParticipantNumber participant = 0;
  SourceKind kind = SourceKind::camera;
  SlotReason reason = SlotReason::no_wish;
  std::int8_t encoding = -1;  ///< index of the simulcast layer that is forwarded, -1 none
  std::int8_t temporal = -1;  ///< highest temporal layer that is forwarded
  std::int8_t target_encoding = -1;
  std::int8_t target_temporal = -1;
  DataRate rate{};  ///< what the target costs
};

}  // namespace sealhall::sfu
