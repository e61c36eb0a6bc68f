// Everything that one participant sends: sealed frames become paced RTP with retransmission, sender reports and
// congestion control (RFC 3550, RFC 4585, RFC 4588, RFC 8298-style transport feedback). Sans-IO.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/data_rate.h"
#include "core/base/random.h"
#include "core/base/time.h"
#include "core/congestion/controller.h"
#include "core/media/pacer.h"
#include "core/media/packetizer.h"
#include "core/media/retransmission.h"
#include "core/rtp/rtcp.h"
#include "core/wire/signalling.h"

namespace sealhall::client {

/// Seals what leaves. Implemented by `MeetingKeys`.
class FrameSealing {
 public:
  virtual ~FrameSealing() = default;
  /// `frame` sealed under this context's key of the active generation, its first `clear` bytes readable and
  /// authenticated. False: there is no key, and nothing may leave.
  virtual bool seal(std::uint8_t context, ByteView frame, std::size_t clear, Bytes& out, Instant now) = 0;
};

/// Where packets and wishes go. Called from inside the sender's functions; must not call back into it.
class SenderOutput {
 public:
  virtual ~SenderOutput() = default;
  virtual void send_rtp(ByteView packet) = 0;
  virtual void send_rtcp(ByteView packet) = 0;
  /// Somebody needs a key frame of this encoding.
  virtual void key_frame_wanted(wire::SourceKind kind, std::size_t encoding) = 0;
};

/// A simulcast layer or an audio stream to send.
struct EncodingPlan {
  std::string rid;  ///< "" for audio
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  DataRate most;
};

struct OutgoingAudio {
  Instant captured{};
  ByteView frame;            ///< Opus, 20 ms
  std::uint8_t level = 127;  ///< -dBov
  bool voice = false;
};
struct OutgoingVideo {
  Instant captured{};
  ByteView frame;  ///< VP8
  bool key_frame = false;
  media::Vp8FrameInfo info;
};

struct EncodingStats {
  wire::SourceKind kind = wire::SourceKind::audio;
  std::string rid;
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::uint64_t frames = 0;
  std::uint64_t key_frames = 0;
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;  ///< RTP bytes without retransmissions
  std::uint64_t retransmissions = 0;
  std::uint64_t plis = 0;
  bool wanted = true;
  double loss = 0;  ///< of the last receiver report, 0..1
  Duration jitter{};
};

class MediaSender {
 public:
  struct Config {
    congestion::Controller::Config congestion;
    /// The wall clock at Instant zero: all streams of a participant share it, which is what keeps them in step.
    UnixMicros wall_at_zero{};
    std::string cname = "sealhall";
  };
  /// `random`, `sealing` and `output` outlive the sender.
  MediaSender(Config config, RandomSource& random, FrameSealing& sealing, SenderOutput& output);

  /// Adds a source before the first frame of it; SSRCs are made here. A kind can be added once.
  void add_source(wire::SourceKind kind, const std::vector<EncodingPlan>& encodings);
  /// For `Publish`.
  [[nodiscard]] std::vector<wire::PublishedSource> sources() const;
  /// What the server says that anybody receives; the rest need not be encoded.
  void set_layers_wanted(wire::SourceKind kind, const std::vector<std::string>& rids, Instant now);
  [[nodiscard]] std::vector<bool> layers_wanted(wire::SourceKind kind) const;

  void send_audio(wire::SourceKind kind, const OutgoingAudio& audio, Instant now);
  void send_video(wire::SourceKind kind, std::size_t encoding, const OutgoingVideo& video, Instant now);
  void on_rtcp(std::span<const rtp::rtcp::Message> messages, Instant now);
  void on_rtt(Duration rtt, Instant now);

  [[nodiscard]] std::optional<Instant> next_deadline() const;
  void poll(Instant now);
  /// A new path: what waits for the old one is thrown away and the estimate starts again.
  void restart(Instant now);

  /// What all video of this participant may use now.
  [[nodiscard]] DataRate video_budget() const noexcept;
  /// Loss towards the server as its reports say, in percent: for the Opus encoder's FEC.
  [[nodiscard]] int audio_loss_percent() const noexcept;
  [[nodiscard]] std::vector<EncodingStats> stats() const;
  [[nodiscard]] congestion::ControllerStats congestion_stats() const { return controller_->stats(); }
  [[nodiscard]] std::uint64_t unsealed_drops() const noexcept { return unsealed_drops_; }
  [[nodiscard]] std::uint64_t bytes_sent() const noexcept { return bytes_sent_; }
  /// The SSRC that our own RTCP speaks as; 0 when there is no source.
  [[nodiscard]] std::uint32_t report_ssrc() const noexcept;

 private:
  struct Encoding {
    wire::SourceKind kind{};
    std::size_t index = 0;     ///< within the source
    std::size_t position = 0;  ///< within `encodings_`
    EncodingPlan plan;
    std::uint8_t context = 0;
    std::uint32_t ssrc = 0;
    std::uint32_t rtx_ssrc = 0;
    std::uint16_t next_sequence = 0;
    std::uint16_t next_rtx_sequence = 0;
    std::uint32_t timestamp_base = 0;
    std::optional<std::uint32_t> last_timestamp;
    media::Vp8Packetizer packetizer{0, 0};
    media::RetransmissionHistory history;
    EncodingStats stats;
    std::uint32_t octets = 0;  ///< payload octets, for sender reports
    Instant last_sent{};
    bool sent_any = false;
  };
  struct Waiting {
    Bytes packet;
    std::size_t encoding = 0;
    bool retransmission = false;
    std::uint16_t sequence = 0;
  };

  [[nodiscard]] Encoding* find(wire::SourceKind kind, std::size_t index) noexcept;
  [[nodiscard]] Encoding* find_ssrc(std::uint32_t ssrc) noexcept;
  [[nodiscard]] std::uint32_t timestamp_of(const Encoding& encoding, Instant captured) const noexcept;
  std::uint64_t keep(Waiting waiting);
  void enqueue(media::PacketKind kind, Waiting waiting, Instant now);
  void transmit(const media::PacedPacket& paced, Instant now);
  void send_padding(std::size_t size, std::uint32_t probe, Instant now);
  void on_nack(const rtp::rtcp::Nack& nack, Instant now);
  void on_report(const rtp::rtcp::ReportBlock& block, Instant now);
  void send_reports(Instant now);
  void update_rates(Instant now);

  Config config_;
  RandomSource& random_;
  FrameSealing& sealing_;
  SenderOutput& output_;
  std::deque<Encoding> encodings_;
  std::unique_ptr<congestion::Controller> controller_;
  std::unique_ptr<media::Pacer> pacer_;
  media::NackResponder responder_;
  DataRate resending_;  ///< what retransmissions took lately, in steps
  std::vector<Waiting> waiting_;
  std::vector<std::size_t> free_;
  std::uint16_t next_transport_sequence_ = 1;
  Instant next_report_{};
  bool report_soon_ = false;
  bool started_ = false;
  Bytes sealed_;
  std::uint64_t unsealed_drops_ = 0;
  std::uint64_t bytes_sent_ = 0;
  double audio_loss_ = 0;
};

}  // namespace sealhall::client
