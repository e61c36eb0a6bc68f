// The sending endpoint of the simulator: pretended codecs, and everything below them from the core.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "core/base/random.h"
#include "core/congestion/controller.h"
#include "core/media/pacer.h"
#include "core/media/packetizer.h"
#include "core/media/retransmission.h"
#include "core/rtp/packet.h"
#include "core/rtp/rtcp.h"
#include "core/rtp/sender_statistics.h"
#include "core/srtp/srtp.h"

namespace sealhall::sim {

namespace ssrc {
inline constexpr std::uint32_t audio = 0x1001;
inline constexpr std::uint32_t video = 0x2001;
inline constexpr std::uint32_t video_rtx = 0x2002;
inline constexpr std::uint32_t probe = 0x3001;
inline constexpr std::uint32_t feedback = 0x4001;
}  // namespace ssrc

/// What the sender knows of a frame that it sent, for checking what comes out.
struct SentFrame {
  std::uint64_t number = 0;
  std::uint8_t layer = 0;
  bool key = false;
  Instant captured{};
  Bytes data;
  std::vector<std::uint64_t> references;
};

struct SenderStats {
  std::uint64_t frames = 0;
  std::uint64_t key_frames = 0;
  std::uint64_t frames_not_encoded = 0;  ///< the pacer's queue was too long
  std::uint64_t audio_packets = 0;
  std::uint64_t retransmissions = 0;
  std::uint64_t padding_bytes = 0;
  std::uint64_t bytes = 0;  ///< everything on the wire
  std::uint64_t plis = 0;
};

class Sender {
 public:
  struct Config {
    std::uint64_t seed = 1;
    bool audio = true;
    bool video = true;
    bool layers = true;
    bool speech_pauses = false;  ///< talk spurts of 2 s, DTX of 1 s between them
    DataRate video_max = DataRate::kbps(2500);
    congestion::Controller::Config congestion{};
    std::optional<srtp::Profile> profile;               ///< nullopt: plain RTP
    Duration wall_clock = std::chrono::hours{400'000};  ///< Unix time at virtual time zero
    Duration audio_capture_offset{};                    ///< audio of a moment is timestamped and sent this much later
  };
  explicit Sender(const Config& config);

  void advance(Instant now);
  [[nodiscard]] Instant next_deadline() const;
  void on_datagram(MutableBytes datagram, Instant now);
  /// What is to be sent now; the caller empties it.
  std::vector<Bytes>& outbox() { return outbox_; }

  [[nodiscard]] const congestion::Controller& congestion() const { return controller_; }
  [[nodiscard]] const SenderStats& stats() const { return stats_; }
  /// Frames by their RTP timestamp.
  [[nodiscard]] const std::map<std::uint32_t, SentFrame>& frames() const { return frames_; }
  [[nodiscard]] Instant audio_captured(std::uint32_t timestamp) const;

 private:
  struct Outgoing {
    rtp::HeaderFields header;
    Bytes payload;
  };
  void make_audio(Instant now);
  void make_video(Instant now);
  void send_report(Instant now);
  void pace(Instant now);
  void enqueue(media::PacketKind kind, Outgoing packet, Instant now);
  void transmit(const media::PacedPacket& paced, Instant now);
  [[nodiscard]] DataRate video_rate() const;

  Config config_;
  SeededRandom random_;
  congestion::Controller controller_;
  media::Pacer pacer_;
  media::Vp8Packetizer vp8_;
  media::OpusPacketizer opus_;
  media::RetransmissionHistory history_;
  media::NackResponder responder_;
  rtp::SenderStatistics audio_report_;
  rtp::SenderStatistics video_report_;
  std::optional<srtp::SrtpSender> srtp_out_;
  std::optional<srtp::SrtpReceiver> srtp_in_;
  std::map<std::uint64_t, Outgoing> waiting_;
  std::map<std::uint32_t, SentFrame> frames_;
  std::vector<Bytes> outbox_;
  SenderStats stats_;
  std::uint64_t next_handle_ = 1;
  std::uint16_t transport_sequence_ = 65'000;
  std::uint16_t audio_sequence_ = 1000;
  std::uint16_t video_sequence_ = 2000;
  std::uint16_t rtx_sequence_ = 3000;
  std::uint16_t probe_sequence_ = 4000;
  std::optional<Instant> started_;
  std::uint64_t audio_steps_ = 0;
  std::uint64_t video_steps_ = 0;
  std::uint64_t pattern_ = 0;
  bool key_wanted_ = true;
  double overspent_bytes_ = 0.0;
  std::optional<std::uint64_t> last_base_;
  std::optional<std::uint64_t> last_middle_;
  Instant next_report_{};
};

/// Master keys of both directions; the simulator has no secrets.
srtp::MasterKey test_key(srtp::Profile profile, bool forward);

}  // namespace sealhall::sim
