// Everything that one participant receives: slots of RTP become opened frames of people, with NACK, PLI, reports,
// transport feedback and jitter buffers (RFC 3550, RFC 4585, RFC 4588, RFC 9605). Sans-IO.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/expected.h"
#include "core/base/time.h"
#include "core/congestion/feedback_builder.h"
#include "core/media/audio_jitter_buffer.h"
#include "core/media/lip_sync.h"
#include "core/media/video_receiver.h"
#include "core/rtp/nack_tracker.h"
#include "core/rtp/packet.h"
#include "core/rtp/reception_statistics.h"
#include "core/rtp/rtcp.h"
#include "core/wire/signalling.h"

namespace sealhall::client {

/// Whose frame it claims to be, read from the SFrame header before anything is opened.
struct FrameKey {
  std::uint16_t sender_index = 0;
  std::uint64_t context = 0;
  bool known = false;  ///< the key is here: the frame can be opened now
};
enum class OpenFailure : std::uint8_t {
  malformed,      ///< no SFrame header
  unknown_key,    ///< no key of this generation or sender
  replayed,       ///< opened before; a retransmission as a rule
  not_authentic,  ///< the tag does not match
};
/// Opens what arrives. Implemented by `MeetingKeys`.
class FrameOpening {
 public:
  virtual ~FrameOpening() = default;
  /// nullopt: malformed. Changes nothing.
  virtual std::optional<FrameKey> look(ByteView sealed, std::size_t clear) = 0;
  /// `sealed` with `clear` readable bytes in front; the whole encoded frame goes to `out`.
  virtual expected<void, OpenFailure> open(ByteView sealed, std::size_t clear, Bytes& out, Instant now) = 0;
};

/// A frame as its sender encoded it, authenticated as its owner's. The view holds during the call only.
struct OpenedFrame {
  std::uint32_t slot = 0;
  std::uint64_t stream = 0;  ///< timestamps are of one line within a stream; a slot's new owner is a new stream
  wire::ParticipantNumber participant = 0;
  wire::SourceKind kind = wire::SourceKind::audio;
  ByteView data;
  std::uint32_t timestamp = 0;               ///< RTP, of the slot
  std::optional<media::NtpMicros> captured;  ///< on the sender's clock; nullopt before its first report
  Instant arrival{};
  bool key_frame = false;
  bool after_skip = false;
};

/// Called from inside the receiver's functions; must not call back into it.
class ReceiverOutput {
 public:
  virtual ~ReceiverOutput() = default;
  /// One compound RTCP packet in the clear (RFC 3550 section 6.1), at most 1200 bytes; the view holds during the call.
  virtual void send_rtcp(ByteView packet) = 0;
  /// Every frame that could be opened: sound in order of arrival, video in decode order.
  virtual void on_frame(const OpenedFrame& frame) = 0;
  /// 20 ms of sound to play now (not called when playout is off).
  virtual void on_playout(std::uint32_t slot, wire::ParticipantNumber participant,
                          const media::AudioDecision& step) = 0;
  /// The slot carries somebody else from now on: decoders start afresh.
  virtual void on_slot_changed(std::uint32_t slot) = 0;
};

/// Of one person's source, over all slots that carried it. Counts only grow, until the receiver is gone.
struct StreamStats {
  wire::ParticipantNumber participant = 0;
  wire::SourceKind kind = wire::SourceKind::audio;
  bool current = false;             ///< in a slot now
  std::uint64_t packets = 0;        ///< RTP, without RTX
  std::uint64_t bytes = 0;          ///< of those, headers included
  std::uint64_t expected = 0;       ///< by sequence numbers: `expected - packets` are lost (RFC 3550 appendix A.3)
  std::uint64_t retransmitted = 0;  ///< packets that came as RTX
  std::uint64_t frames = 0;         ///< opened
  std::uint64_t key_frames = 0;
  std::uint64_t nacks = 0;  ///< sequence numbers asked for
  std::uint64_t plis = 0;   ///< sent
  std::uint64_t skipped_pictures = 0;
  std::uint64_t decrypt_failures = 0;  ///< there was a key, and the tag did not match
  std::uint64_t undecryptable = 0;     ///< no key within 500 ms
  std::uint64_t replayed = 0;          ///< whole frames that came a second time
  std::uint64_t wrong_sender = 0;      ///< authentic or not: of somebody who does not own the slot
  std::string rid;                     ///< simulcast layer of the latest picture, by its authenticated context
  std::uint32_t width = 0;             ///< pixels, of the latest key frame
  std::uint32_t height = 0;
  Duration jitter{};              ///< RFC 3550 section 6.4.1
  media::AudioJitterStats audio;  ///< of the slot
  Duration video_delay{};
};

/// Of one participant and one transport after the other. Nothing of a datagram is believed before its frame is opened.
class MediaReceiver {
 public:
  struct Config {
    bool playout = true;  ///< false: sound is opened and counted, never played (load tests)
    /// How long frames wait for their key or their slot's owner, and how many. Longer: pictures come back after a late
    /// message; more: more memory that a stranger can fill.
    Duration hold = std::chrono::milliseconds{500};
    std::size_t hold_frames = 64;
  };
  /// `opening` and `output` outlive the receiver.
  MediaReceiver(Config config, FrameOpening& opening, ReceiverOutput& output);
  ~MediaReceiver();

  /// The slots of a transport; replaces those of a transport before.
  void set_slots(const std::vector<wire::Slot>& slots, Instant now);
  /// Who a slot carries from now on. A slot that is not known, or is this one's already, changes nothing.
  void assign(const wire::SlotAssignment& assignment, Instant now);
  /// Who has which sender index; replaces the list before.
  void set_senders(std::map<wire::ParticipantNumber, std::uint16_t> senders, Instant now);
  /// The SSRC that reports are sent as; 0 is read as 1.
  void set_report_ssrc(std::uint32_t ssrc);
  /// Keys were added: frames that waited are tried again.
  void on_keys_changed(Instant now);

  /// One RTP packet, opened by SRTP. What is malformed or of an SSRC without a slot is counted and dropped.
  void on_rtp(ByteView packet, Instant now);
  /// The messages of one RTCP packet. Only sender reports matter: they tie the slots' clocks together.
  void on_rtcp(std::span<const rtp::rtcp::Message> messages, Instant now);
  /// The round trip to the server: how long a NACK waits before it is repeated.
  void on_rtt(Duration rtt);
  /// The decoder could not use a frame of this slot: pictures are dropped until a key frame, which is asked for (PLI,
  /// RFC 4585 section 6.3.1), not more often than a sender can make them. A slot without video changes nothing.
  void need_key_frame(std::uint32_t slot, Instant now);

  /// When `poll` must be called at the latest; nullopt without slots.
  [[nodiscard]] std::optional<Instant> next_deadline() const;
  /// Plays, asks again, reports: whatever is due at `now`. Too early does no harm.
  void poll(Instant now);

  /// As `set_slots` gave them.
  [[nodiscard]] const std::vector<wire::Slot>& slots() const noexcept { return slot_list_; }
  /// One entry a person and kind that was ever in a slot, by participant.
  [[nodiscard]] std::vector<StreamStats> stats() const;
  /// Datagrams that were no RTP, or of an SSRC without a slot.
  [[nodiscard]] std::uint64_t dropped_unknown() const noexcept { return dropped_unknown_; }
  /// RTP packets of any kind that could be read.
  [[nodiscard]] std::uint64_t packets() const noexcept { return packets_; }

 private:
  struct Held {
    Bytes sealed;
    std::uint32_t timestamp = 0;
    Instant arrival{};
    Instant since{};
    bool key_frame = false;
    bool after_skip = false;
    std::uint16_t sequence = 0;
  };
  struct Slot;
  enum class Verdict : std::uint8_t { open, wait, drop };

  void on_media(Slot& slot, const rtp::Packet& packet, bool retransmitted, std::uint16_t sequence, ByteView payload,
                Instant now);
  void hold(Slot& slot, Held frame, Instant now);
  void drain(Slot& slot, Instant now);
  [[nodiscard]] Verdict judge(const Slot& slot, const Held& frame, Instant now, bool& wrong_owner);
  void emit(Slot& slot, const Held& frame, Instant now);
  void pull_video(Slot& slot, Instant now);
  void poll_slot(Slot& slot, Instant now);
  void play(Slot& slot, Instant now);
  void update_lip_sync(Instant now);
  void send_reports(Instant now);
  void send(std::span<const rtp::rtcp::Message> messages);
  StreamStats& stats_of(Slot& slot);
  void settle(Slot& slot) const;

  Config config_;
  FrameOpening& opening_;
  ReceiverOutput& output_;
  std::vector<wire::Slot> slot_list_;
  std::vector<std::unique_ptr<Slot>> slots_;
  std::unordered_map<std::uint32_t, Slot*> by_ssrc_;
  std::unordered_map<std::uint32_t, Slot*> by_rtx_ssrc_;
  std::map<wire::ParticipantNumber, std::uint16_t> senders_;
  mutable std::map<std::pair<wire::ParticipantNumber, wire::SourceKind>, StreamStats> streams_;
  std::map<wire::ParticipantNumber, media::LipSync> lip_sync_;
  std::optional<congestion::TransportFeedbackBuilder> feedback_;
  std::uint32_t report_ssrc_ = 1;
  Duration rtt_ = std::chrono::milliseconds{100};
  Instant next_report_{};
  Instant next_lip_sync_{};
  Bytes opened_;
  std::uint64_t next_stream_ = 1;
  std::uint64_t dropped_unknown_ = 0;
  std::uint64_t packets_ = 0;
};

}  // namespace sealhall::client
