// The state of one worker's forwarding unit: meetings, their participants' sources and encodings, and the receivers'
// slots. Private to core/sfu.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/congestion/controller.h"
#include "core/congestion/feedback_builder.h"
#include "core/rtp/nack_tracker.h"
#include "core/rtp/reception_statistics.h"
#include "core/rtp/sequence.h"
#include "core/rtp/video_codec.h"
#include "core/sfu/allocation.h"
#include "core/sfu/audio_stream.h"
#include "core/sfu/key_frame_requests.h"
#include "core/sfu/link.h"
#include "core/sfu/packet_log.h"
#include "core/sfu/quality.h"
#include "core/sfu/rate_meter.h"
#include "core/sfu/seen_window.h"
#include "core/sfu/sent_packets.h"
#include "core/sfu/speakers.h"
#include "core/sfu/types.h"
#include "core/sfu/video_stream.h"

namespace sealhall::sfu {

struct Meeting;
struct Participant;
struct Source;
struct Transport;

/// A slot that reads an encoding, or waits for its next key frame to begin to.
struct Subscriber {
  Transport* receiver = nullptr;
  std::uint8_t slot = 0;  ///< index in audio_slots or video_slots of the receiver
  bool waiting = false;
};

/// The sender's own clock at one point of its RTP time (RFC 3550 section 6.4.1).
struct SenderClock {
  std::uint64_t ntp = 0;
  std::uint32_t rtp = 0;
};

/// One stream of packets of a source. Made with the source, its log with the first packet.
struct Encoding {
  Encoding(Source& owner, std::uint8_t at, Duration key_interval) noexcept
      : source(owner), index(at), keys(key_interval) {}

  Source& source;
  std::uint8_t index;
  std::string rid;
  std::uint32_t ssrc = 0;
  std::uint32_t rtx_ssrc = 0;
  std::uint32_t height = 0;
  DataRate max_rate;

  rtp::VideoCodec codec = rtp::VideoCodec::vp8;  ///< of its newest packets
  rtp::SeqNo codec_at{};                         ///< the newest packet that told
  std::unique_ptr<PacketLog> log;
  rtp::SeqUnwrapper sequences;
  SeenWindow seen;
  std::optional<rtp::ReceptionStatistics> statistics;  ///< from the first packet on
  rtp::NackTracker missing;
  RateMeter rate;
  StreamMeter meter;
  KeyFrameRequests keys;
  Instant last_packet{};
  std::optional<Instant> asked_since;     ///< wanted while nothing arrives
  std::optional<std::uint32_t> last_key;  ///< log index
  std::optional<SenderClock> clock;
  std::optional<Instant> report_forwarded;
  std::vector<Subscriber> subscribers;
  std::uint64_t link_workers = 0;  ///< workers that get its packets
  std::uint32_t asked = 0;         ///< slots that wish for it without reading it
  std::optional<Instant> unwanted_since;
  bool active = false;       ///< packets arrive
  bool dirty = false;        ///< packets since the last flush
  bool key_arrived = false;  ///< one of them began a key frame
  bool reported = true;      ///< last told to the publisher as wanted

  [[nodiscard]] bool wanted() const noexcept { return !subscribers.empty() || asked != 0 || link_workers != 0; }
};

struct Source {
  Source(Participant& owner, SourceKind which) noexcept : participant(owner), kind(which) {}

  Participant& participant;
  SourceKind kind;
  rtp::VideoCodec codec = rtp::VideoCodec::vp8;  ///< as published
  std::vector<std::unique_ptr<Encoding>> encodings;
  Loudness loudness;
  std::uint32_t mark = 0;  ///< scratch of the audio assignment

  [[nodiscard]] bool video() const noexcept { return kind == SourceKind::camera || kind == SourceKind::share; }
  /// Everybody takes VP8, so a publisher may go back to it at any time.
  [[nodiscard]] bool may_send(rtp::VideoCodec which) const noexcept {
    return which == rtp::VideoCodec::vp8 || which == codec;
  }
};

/// What another worker has asked for of a participant here.
struct LinkWish {
  std::uint32_t worker = 0;
  std::uint16_t mask = 0;
  Instant expires{};
};

struct Participant {
  Participant(Meeting& owner, ParticipantNumber which) noexcept : meeting(owner), number(which) {}

  Meeting& meeting;
  ParticipantNumber number;
  Transport* transport = nullptr;  ///< of this worker; nullptr: on `worker`
  std::uint32_t worker = 0;
  std::array<std::unique_ptr<Source>, source_kinds> sources;
  std::vector<LinkWish> link_wishes;
  std::uint16_t link_asked = 0;  ///< what was last asked of its worker
  bool audio_allowed = true;
  bool video_allowed = true;

  /// A shared screen and its sound are neither camera nor microphone: they go on while both are off, until they are
  /// published no more.
  [[nodiscard]] bool allowed(const Source& source) const noexcept {
    if (source.kind == SourceKind::audio) return audio_allowed;
    return source.kind != SourceKind::camera || video_allowed;
  }
};

struct RemoteWorker {
  std::uint32_t worker = 0;
  std::uint8_t audio_wanted = 0;
  Instant expires{};
  std::uint8_t audio_asked = 0xff;  ///< what was last asked of it
};

struct Meeting {
  MeetingKey key;
  MeetingUuid uuid{};
  std::unordered_map<ParticipantNumber, std::unique_ptr<Participant>> participants;
  std::vector<Transport*> transports;
  std::vector<Source*> audio_sources;
  std::vector<RemoteWorker> workers;  ///< others that carry this meeting
  SpeakerOrder speakers;
  Instant asked_at{};         ///< last refresh of what is asked of other workers
  bool linked = false;        ///< packets may go to other workers
  bool audio_dirty = false;   ///< audio slots must be assigned anew
  bool asks_dirty = false;    ///< what is wanted of other workers may have changed
  bool layers_dirty = false;  ///< what is wanted of publishers may have changed
};

struct AudioSlot {
  AudioSlot(std::uint32_t own_ssrc, std::uint16_t sequence, std::uint32_t timestamp) noexcept
      : ssrc(own_ssrc), stream(sequence, timestamp) {}

  std::uint32_t ssrc;
  std::uint32_t cursor = 0;  ///< next log index to read
  Encoding* encoding = nullptr;
  AudioStream stream;
  std::uint32_t packets = 0;
  std::uint32_t octets = 0;
  std::uint32_t report_ntp = 0;  ///< middle bits of the last sender report
  Instant report_at{};
  LazyMeter meter;
};

struct VideoWish {
  ParticipantNumber participant = 0;
  SourceKind kind = SourceKind::camera;
  std::uint32_t max_height = 0;
  std::uint32_t priority = 0;
};

struct VideoSlot {
  VideoSlot(std::uint32_t own_ssrc, std::uint32_t own_rtx_ssrc, std::uint16_t sequence, std::uint32_t timestamp,
            std::uint16_t rtx_first) noexcept
      : ssrc(own_ssrc), rtx_ssrc(own_rtx_ssrc), rtx_sequence(rtx_first), stream(sequence, timestamp) {}

  std::uint32_t ssrc;
  std::uint32_t rtx_ssrc;
  std::uint16_t rtx_sequence;
  std::uint32_t cursor = 0;       ///< next log index of `current` to read
  Encoding* current = nullptr;    ///< is forwarded
  Encoding* target = nullptr;     ///< takes over at a key frame
  std::uint32_t target_from = 0;  ///< log index of `target` from which a key frame counts
  VideoStream stream;
  Instant last_arrival{};  ///< of the newest forwarded packet
  std::uint32_t packets = 0;
  std::uint32_t octets = 0;
  std::uint32_t report_ntp = 0;
  Instant report_at{};
  LazyMeter meter;

  std::optional<VideoWish> wish;
  Source* source = nullptr;   ///< what the wish names, when it exists
  Encoding* asked = nullptr;  ///< layer that the publisher should send too
  SlotChoice choice;
  Instant came_down{};  ///< last change to a smaller layer for want of bandwidth
  std::int8_t held_below = max_encodings;
};

/// An SSRC that a transport has announced.
struct Inbound {
  std::uint32_t ssrc = 0;
  bool rtx = false;
  Encoding* encoding = nullptr;
};

struct RunningProbe {
  congestion::Probe probe;
  std::uint32_t packets = 0;
  std::uint32_t bytes = 0;
  Instant next{};
  Instant started{};
};

/// One client's transport: what it publishes and what it receives.
struct Transport {
  Transport(TransportHandle own_handle, TransportId own_id, const congestion::Controller::Config& rates) noexcept
      : handle(own_handle), id(own_id), congestion(rates) {}

  TransportHandle handle;
  TransportId id;
  Meeting* meeting = nullptr;
  Participant* participant = nullptr;
  std::uint32_t rtcp_ssrc = 0;
  bool connected = false;

  // as a publisher
  std::vector<Inbound> inbound;
  std::unique_ptr<congestion::TransportFeedbackBuilder> feedback;  ///< from the first packet with a number
  Instant reported_at{};

  // as a receiver
  std::vector<ParticipantNumber> withheld;  ///< ascending: of these it gets nothing
  bool queued = false;                      ///< stands in Worker::queued_
  bool allocation_dirty = false;
  std::uint16_t transport_sequence = 0;
  std::uint32_t audio_dirty = 0;  ///< bit a slot: its log has packets to read
  std::uint64_t video_dirty = 0;
  std::uint32_t audio_announce = 0;  ///< bit a slot: it carries something else than was announced
  std::uint64_t video_announce = 0;
  Instant pace_free{};     ///< when the next run of video may start
  DataRate rate;           ///< the congestion controller's target
  DataRate allocated_for;  ///< `rate` at the last allocation
  DataRate allocated;      ///< what the last allocation uses
  Duration round_trip = std::chrono::milliseconds{100};
  std::optional<Duration> measured_round_trip;
  std::vector<AudioSlot> audio_slots;
  std::vector<VideoSlot> video_slots;
  std::unique_ptr<SentPackets> sent;  ///< from the first video on
  congestion::Controller congestion;
  std::optional<RunningProbe> probe;
  double resend_bytes = 0;  ///< budget left for retransmissions
  Instant resend_at{};
  std::uint64_t audio_bytes = 0;  ///< since `audio_since`
  Instant audio_since{};
  DataRate audio_rate;
  Instant allocated_at{};
  std::uint8_t next_slot = 0;  ///< whose turn it is to go first in a run
  Instant quality_since{};     ///< what the meters count from
  Instant quality_due{};

  [[nodiscard]] bool may_get(const Participant& from) const noexcept {
    return &from != participant && (withheld.empty() || !std::ranges::binary_search(withheld, from.number));
  }
};

}  // namespace sealhall::sfu
