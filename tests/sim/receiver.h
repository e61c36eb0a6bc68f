// The receiving endpoint of the simulator. It checks every frame that comes out against the sender's record.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "core/congestion/feedback_builder.h"
#include "core/media/audio_jitter_buffer.h"
#include "core/media/lip_sync.h"
#include "core/media/video_receiver.h"
#include "core/rtp/nack_tracker.h"
#include "tests/sim/network.h"
#include "tests/sim/sender.h"

namespace sealhall::sim {

struct ReceiverStats {
  std::uint64_t frames = 0;
  std::uint64_t broken_frames = 0;  ///< bytes, order or references wrong: always a bug
  std::uint64_t plis = 0;
  std::uint64_t nacked = 0;
  Duration longest_freeze{};       ///< between two pictures shown
  std::vector<Instant> shown;      ///< when each picture was shown
  std::vector<Duration> lip_skew;  ///< video latency minus audio latency, at each picture
  Duration video_latency{};        ///< of the last picture
  Duration audio_latency{};        ///< of the last packet
  std::uint64_t unauthentic = 0;
};

class Receiver {
 public:
  struct Config {
    std::optional<srtp::Profile> profile;
    Duration rtt = std::chrono::milliseconds{60};  ///< as ICE checks would measure it
    bool lip_sync = true;
    media::AudioJitterBuffer::Config audio;
  };
  Receiver(const Config& config, const Sender& truth);

  void on_datagram(MutableBytes datagram, Instant now);
  void advance(Instant now);
  [[nodiscard]] Instant next_deadline() const;
  std::vector<Bytes>& outbox() { return outbox_; }

  [[nodiscard]] const ReceiverStats& stats() const { return stats_; }
  [[nodiscard]] const media::AudioJitterStats& audio() const { return audio_.stats(); }
  [[nodiscard]] const media::AudioJitterBuffer& audio_buffer() const { return audio_; }
  [[nodiscard]] const media::VideoReceiveStats& video() const { return video_.stats(); }
  [[nodiscard]] std::uint64_t hash() const { return hash_.value(); }
  /// Starts the freeze and latency statistics anew (after the start of a call, say).
  void forget_statistics();

 private:
  void on_rtp(ByteView packet, Instant now);
  void on_rtcp(ByteView packet, Instant now);
  void on_video(const media::VideoPacket& packet, Instant now);
  void play_audio(Instant now);
  void drain_video(Instant now);
  void check(const media::ReceivedFrame& frame, Instant now);
  void update_lip_sync(Instant now);
  void send(const rtp::rtcp::Message& message);

  Config config_;
  const Sender& truth_;
  std::optional<srtp::SrtpReceiver> srtp_in_;
  std::optional<srtp::SrtpSender> srtp_out_;
  media::AudioJitterBuffer audio_;
  media::VideoReceiver video_;
  rtp::NackTracker nack_;
  rtp::SeqUnwrapper video_sequences_;
  congestion::TransportFeedbackBuilder feedback_{ssrc::feedback, ssrc::video};
  media::RtpClock audio_clock_{rtp::opus_clock_rate};
  media::RtpClock video_clock_{rtp::video_clock_rate};
  media::LipSync lip_sync_;
  std::vector<Bytes> outbox_;
  ReceiverStats stats_;
  ResultHash hash_;
  std::optional<Instant> next_play_;
  Instant next_lip_sync_{};
  std::optional<std::uint32_t> last_audio_timestamp_;
  std::optional<std::uint32_t> last_video_timestamp_;
  std::optional<Instant> last_shown_;
  std::optional<std::uint64_t> last_number_;
  std::set<std::uint64_t> given_;
};

}  // namespace sealhall::sim
