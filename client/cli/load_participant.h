// One of many participants of `sealhall load`: a whole session that sends prepared frames and measures what arrives.
#pragma once

#include <memory>
#include <optional>

#include "client/cli/histogram.h"
#include "client/engine/meeting_session.h"

namespace sealhall::cli {

/// What all participants add up to.
struct LoadTotals {
  Histogram join;         ///< from the start of a participant to `Joined`
  Histogram media;        ///< to the encrypted media connection
  Histogram first_frame;  ///< to the first opened frame of somebody else
  Histogram latency;      ///< of frames: from the time inside of the sealed frame to its opening
  std::uint64_t frames_sent = 0;
  std::uint64_t frames_received = 0;
  std::uint64_t ended = 0;
  std::string last_problem;
};

struct LoadMedia {
  bool sends = true;
  std::uint32_t video_kbps = 0;
  std::uint32_t fps = 30;
};

class LoadParticipant final : private client::SessionEvents {
 public:
  LoadParticipant(io::Loop& loop, const io::TlsClientContext& tls, RandomSource& random, client::SessionConfig config,
                  LoadMedia media, LoadTotals& totals);

  void start();
  void leave() { session_->leave(); }
  /// Sends what is due.
  void tick(Instant now);
  [[nodiscard]] bool joined() const noexcept { return session_->media_connected(); }
  [[nodiscard]] client::SessionStats stats() const { return session_->stats(); }

 private:
  void on_state(client::SessionState state) override;
  void on_ended(const client::SessionEnd& end) override;
  void on_notice(const std::string& sentence) override { totals_.last_problem = sentence; }
  void on_media_connected() override;
  void on_frame(const client::OpenedFrame& frame) override;
  void on_key_frame_wanted(wire::SourceKind kind, std::size_t encoding) override;
  void send_audio(Instant now);
  void send_video(Instant now);

  io::Loop& loop_;
  LoadMedia media_;
  LoadTotals& totals_;
  std::unique_ptr<client::MeetingSession> session_;
  Instant started_{};
  bool told_join_ = false;
  bool told_media_ = false;
  bool told_frame_ = false;
  bool key_frame_wanted_ = true;
  std::optional<Instant> next_audio_;
  std::optional<Instant> next_video_;
  Bytes frame_;
};

}  // namespace sealhall::cli
