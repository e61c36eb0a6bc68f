// What stands behind the Forwarder: one object, its parts in several files by theme. Private to core/sfu.
//   commands.cc   control's commands: transports, sources, wishes, workers
//   ingest.cc     packets of publishers and of other workers into the logs
//   fan_out.cc    from the logs to the receivers: the hot path
//   layers.cc     which encoding a video slot reads
//   audio.cc      who is loud, and who has an audio slot
//   feedback.cc   RTCP in: NACK, PLI, reports, congestion feedback
//   upkeep.cc     what happens by time
//   quality.cc    how well it goes, for people who watch
//   workers.cc    what workers of a meeting ask each other for
#pragma once

#include <memory>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "core/base/random.h"
#include "core/rtp/packet.h"
#include "core/sfu/model.h"
#include "core/sfu/sink.h"

namespace sealhall::sfu {

struct UuidHash {
  std::size_t operator()(const MeetingUuid& uuid) const noexcept {
    return static_cast<std::size_t>(load_u64(uuid.data()) ^ load_u64(uuid.data() + 8));
  }
};

/// A packet on its way into a log, from a transport or from another worker.
struct Incoming {
  std::uint16_t sequence_number = 0;
  std::uint32_t timestamp = 0;
  std::uint8_t payload_type = 0;
  bool marker = false;
  bool has_level = false;
  bool voice = false;
  std::uint8_t level = 127;
  bool recovered = false;  ///< came by retransmission
  ByteView payload;
};

class Worker {
 public:
  Worker(const Config& config, Sink& sink, RandomSource& random);

  // commands.cc
  expected<TransportHandle, SfuError> open_transport(const wire::media::OpenTransport& command, Instant now);
  [[nodiscard]] std::vector<wire::Slot> slots_of(const Transport& transport) const;
  void set_connected(Transport& transport, bool connected, Instant now);
  void close_transport(Transport& transport, Instant now);
  expected<void, SfuError> set_published(const wire::media::SetPublished& command, Instant now);
  expected<void, SfuError> set_remote_published(const wire::media::SetRemotePublished& command, Instant now);
  expected<void, SfuError> set_subscribed(const wire::media::SetSubscribed& command, Instant now);
  expected<void, SfuError> set_meeting_workers(const wire::media::MeetingWorkers& command, Instant now);

  // ingest.cc
  void on_rtp(Transport& transport, const rtp::Packet& packet, Instant now);

  // workers.cc
  void on_link(std::uint32_t from_worker, ByteView datagram, Instant now);

  // feedback.cc
  void on_rtcp(Transport& transport, std::span<const rtp::rtcp::Message> messages, Instant now);

  // fan_out.cc
  void flush(Instant now);

  // upkeep.cc
  void tick(Instant now);
  [[nodiscard]] std::optional<Instant> next_deadline() const;

  // quality.cc
  [[nodiscard]] std::vector<wire::media::TransportQuality> take_quality(Instant now);

  // layers.cc
  [[nodiscard]] std::vector<SlotExplanation> explain(const Transport& transport) const;

  [[nodiscard]] Transport* get(TransportHandle handle) noexcept {
    return value(handle) < transports_.size() ? transports_[value(handle)].get() : nullptr;
  }
  [[nodiscard]] std::optional<TransportHandle> find(TransportId id) const noexcept;
  [[nodiscard]] const Stats& stats() const noexcept { return stats_; }
  [[nodiscard]] std::size_t transports() const noexcept { return by_id_.size(); }

 private:
  // commands.cc
  Meeting* find_meeting(const MeetingKey& key) noexcept;
  Meeting* make_meeting(const MeetingKey& key, Instant now);
  void drop_meeting_if_empty(Meeting& meeting);
  void set_workers(Meeting& meeting, std::span<const std::uint32_t> workers);
  void set_sources(Participant& participant, std::span<const wire::PublishedSource> sources, Instant now);
  void drop_source(Source& source, Instant now);
  void drop_participant(Participant& participant, Instant now);
  void list_inbound(Transport& transport);
  std::uint32_t fresh_ssrc();

  // ingest.cc
  void ingest(Encoding& encoding, const Incoming& packet, Instant now);
  void to_workers(Encoding& encoding, const Incoming& packet);
  void note_codec(Encoding& encoding, const LogEntry& entry, Instant now);

  // fan_out.cc
  void mark_audio(Transport& transport, std::uint8_t slot, Instant now);
  void mark_video(Transport& transport, std::uint8_t slot);
  void enqueue(Transport& transport);
  bool drain(Transport& transport, bool audio_due, Instant now);
  void drain_audio(Transport& transport, Instant now);
  void drain_video(Transport& transport, Instant now);
  bool drain_slot(Transport& transport, std::uint8_t index, std::size_t& packets, std::size_t& bytes, Instant now);
  void start_target(Transport& transport, std::uint8_t index, std::uint32_t key_index, Instant now);
  static void change_codec(VideoSlot& slot, const LogEntry& entry, std::uint32_t log_index);
  void send_audio_packet(Transport& transport, AudioSlot& slot, const LogEntry& entry, const AudioNumbers& numbers,
                         std::uint8_t padding, Instant now);
  std::size_t send_video_packet(Transport& transport, std::uint8_t index, const LogEntry& entry,
                                std::uint32_t log_index, const VideoNumbers& numbers, Instant now);
  std::size_t send_filler(Transport& transport, VideoSlot& slot, const VideoNumbers& numbers, Instant now);
  std::size_t send_again(Transport& transport, VideoSlot& slot, const LogEntry& entry, const SentPackets::Entry& sent,
                         Instant now);
  std::size_t send_probe_packet(Transport& transport, std::size_t size, Instant now);
  void account(Transport& transport, const OutPacket& packet, std::uint16_t transport_sequence, Instant now);
  [[nodiscard]] DataRate pace(const Transport& transport) const noexcept;

  // layers.cc
  void allocate(Transport& transport, Instant now);
  void apply(Transport& transport, std::uint8_t index, const SlotChoice& choice, Instant now);
  void pause_slot(Transport& transport, std::uint8_t index);
  void set_target(Transport& transport, std::uint8_t index, Encoding* target, Instant now);
  void set_asked(VideoSlot& slot, Encoding* asked);
  void bind_slot(Transport& transport, std::uint8_t index);
  void bind_slots(Meeting& meeting, ParticipantNumber participant);
  void announce_video(Transport& transport, std::uint8_t index);
  void announce_audio(Transport& transport, std::uint8_t index);
  void publish_layers(Meeting& meeting, Instant now);
  void allocations_changed(Source& source);
  void subscribe(Encoding& encoding, Transport& transport, std::uint8_t slot, bool waiting);
  void unsubscribe(Encoding& encoding, Transport& transport, std::uint8_t slot);
  [[nodiscard]] static LayerState layer_state(const Encoding& encoding, Instant now) noexcept;

  // audio.cc
  void assign_audio(Meeting& meeting);
  void assign_audio(Meeting& meeting, Transport& transport);
  void set_audio_slot(Transport& transport, std::uint8_t index, Encoding* encoding);
  void update_speakers(Meeting& meeting, Instant now);

  // feedback.cc
  void on_nack(Transport& transport, const rtp::rtcp::Nack& nack, Instant now);
  void on_key_request(Transport& transport, std::uint32_t ssrc, Instant now);
  void on_report_blocks(Transport& transport, std::span<const rtp::rtcp::ReportBlock> blocks, Instant now);
  void on_sender_report(Encoding& encoding, std::uint64_t ntp, std::uint32_t rtp, Instant now);
  void send_sender_report(Transport& transport, const Subscriber& subscriber, const Encoding& encoding, Instant now);
  void rate_changed(Transport& transport, Instant now);

  // upkeep.cc
  void request_key_frame(Encoding& encoding, Instant now);
  void upkeep_encoding(Encoding& encoding, Instant now);
  void upkeep_transport(Transport& transport, Instant now);
  void send_missing(Encoding& encoding, Instant now);
  void upkeep_meeting(Meeting& meeting, bool slow, Instant now);
  void send_reports(Transport& transport, Instant now);
  void run_probe(Transport& transport, Instant now);
  void emit_slots();

  // quality.cc
  void begin_quality(Transport& transport, Instant now);
  static wire::media::TransportQuality quality_of(Transport& transport, Duration over);

  // workers.cc
  void ask_workers(Meeting& meeting, Instant now);
  void on_wanted(Meeting& meeting, Participant& participant, std::uint32_t worker, std::uint16_t mask, Instant now);
  void update_link_workers(Meeting& meeting, Instant now);
  void send_control(std::uint32_t worker, const LinkMessage& message);
  void resend_to_worker(Encoding& encoding, const PacketLog& log, std::uint16_t sequence, std::uint32_t worker);

  Config config_;
  Sink& sink_;
  RandomSource& random_;
  Stats stats_;

  std::vector<std::unique_ptr<Transport>> transports_;  // by handle
  std::vector<std::uint32_t> free_handles_;
  std::unordered_map<TransportId, TransportHandle> by_id_;
  std::unordered_map<MeetingUuid, std::unique_ptr<Meeting>, UuidHash> meetings_;
  std::unordered_set<std::uint32_t> own_ssrcs_;

  std::vector<Encoding*> dirty_;      // encodings with packets since the last flush
  std::vector<Transport*> queued_;    // transports with something to send
  std::vector<Transport*> announce_;  // transports whose slots carry something else than they were told
  std::optional<Instant> audio_deadline_;
  std::optional<Instant> pace_deadline_;
  std::optional<Instant> probe_deadline_;
  Instant next_upkeep_{};
  Instant next_slow_{};
  std::uint32_t audio_mark_ = 0;
  std::vector<SpeakerOrder::Candidate> candidates_;
  std::vector<wire::SlotAssignment> changed_slots_;
};

}  // namespace sealhall::sfu
