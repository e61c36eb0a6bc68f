// A whole participant without a window: a session, the sources it publishes, decoders for what it receives, a recorder.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client/codec/media_source.h"
#include "client/codec/simulcast.h"
#include "client/engine/capture.h"
#include "client/engine/decoder.h"
#include "client/engine/meeting_session.h"
#include "client/engine/recorder.h"
#include "client/engine/worker_thread.h"

namespace sealhall::client {

struct ClientConfig {
  SessionConfig session;  ///< its `sources` are filled in from the ones below
  std::optional<codec::SourceSpec> audio;
  std::optional<codec::SourceSpec> camera;
  std::optional<codec::SourceSpec> share;
  std::uint32_t max_height = 720;  ///< larger pictures are made smaller before they are encoded
  DataRate audio_bitrate = DataRate::kbps(32);
  bool dtx = false;
  bool decode = true;
  std::string record_folder;  ///< empty: no recording
  std::string hear_folder;    ///< empty: what is heard is not written
};

/// Called on the loop's thread. Those without a word of their own are SessionEvents' of the same name, passed on.
class ClientEvents {
 public:
  virtual ~ClientEvents() = default;
  virtual void on_state(SessionState) {}
  virtual void on_ended(const SessionEnd&) {}
  virtual void on_roster() {}
  virtual void on_waiting_list() {}
  virtual void on_speakers() {}
  virtual void on_muted_by_host(bool /*audio*/, bool /*video*/) {}
  virtual void on_begins_muted(bool /*audio*/, bool /*video*/) {}
  virtual void on_share_stopped() {}
  virtual void on_activity(const wire::ServerMessage&) {}
  virtual void on_notice(const std::string& /*sentence*/) {}
  virtual void on_media_connected() {}
  virtual void on_path(ice::PathKind) {}
  virtual void on_generation(std::uint32_t /*active*/) {}
  /// The first picture, and the first sound, of a participant has been decoded.
  virtual void on_first_frame(wire::ParticipantNumber, bool /*video*/) {}
  /// What a participant sends is written from now on, into this file (docs/decisions/0024-a-second-file.md).
  virtual void on_recording(wire::ParticipantNumber, const std::string& /*file*/) {}
  /// A source has come to its end; `reason` is empty when that was the end of its file.
  virtual void on_source_ended(wire::SourceKind, const std::string& /*reason*/) {}
};

class MeetingClient final : private SessionEvents {
 public:
  /// Opens the sources; the error is a sentence (no such file, no camera). `loop`, `tls`, `random`, `events` outlive
  /// it.
  static expected<std::unique_ptr<MeetingClient>, std::string> create(io::Loop& loop, const io::TlsClientContext& tls,
                                                                      RandomSource& random, ClientConfig config,
                                                                      ClientEvents& events);
  ~MeetingClient() override;

  /// Joins. The sources begin once media is connected.
  void start();
  /// Says good-bye; `on_ended` follows at once.
  void leave();
  /// As MeetingSession::set_muted, and tells the sources, too.
  void set_muted(bool audio, bool video);
  [[nodiscard]] MeetingSession& session() noexcept { return *session_; }
  [[nodiscard]] const MeetingSession& session() const noexcept { return *session_; }
  /// What was decoded of this participant so far; zeros where nothing is decoded.
  [[nodiscard]] DecodeStats decoded(wire::ParticipantNumber participant) const;
  /// Frames of our own sources that were left out because this machine is too slow.
  [[nodiscard]] std::uint64_t left_out() const;
  /// Ends capture, decoding and recording; files are complete afterwards.
  void finish();

 private:
  struct Video {
    wire::SourceKind kind{};
    std::unique_ptr<codec::VideoSource> source;
    std::vector<codec::LayerPlan> plan;
    std::unique_ptr<VideoCapture> capture;
    std::vector<bool> early_key_frames;
  };
  MeetingClient(io::Loop& loop, ClientConfig config, ClientEvents& events);

  void on_state(SessionState state) override;
  void on_ended(const SessionEnd& end) override;
  void on_roster() override;
  void on_waiting_list() override { events_.on_waiting_list(); }
  void on_speakers() override { events_.on_speakers(); }
  void on_muted_by_host(bool audio, bool video) override;
  void on_begins_muted(bool audio, bool video) override;
  void stop_capture(bool audio, bool video);
  void on_share_stopped() override { events_.on_share_stopped(); }
  void on_activity(const wire::ServerMessage& message) override { events_.on_activity(message); }
  void on_notice(const std::string& sentence) override { events_.on_notice(sentence); }
  void on_media_connected() override;
  void on_path(ice::PathKind kind) override { events_.on_path(kind); }
  void on_generation(std::uint32_t active) override { events_.on_generation(active); }
  void on_frame(const OpenedFrame& frame) override;
  void on_playout(std::uint32_t slot, wire::ParticipantNumber participant, const media::AudioDecision& step) override;
  void on_slot_changed(std::uint32_t slot) override;
  void on_key_frame_wanted(wire::SourceKind kind, std::size_t encoding) override;
  void on_rates() override;

  void start_capture();
  void stop_capture();
  void record(const OpenedFrame& frame);
  [[nodiscard]] std::string recording_path(wire::ParticipantNumber participant) const;

  io::Loop& loop_;
  ClientConfig config_;
  ClientEvents& events_;
  std::unique_ptr<MeetingSession> session_;
  std::unique_ptr<codec::AudioSource> audio_source_;
  std::unique_ptr<AudioCapture> audio_;
  std::vector<Video> videos_;
  bool capturing_ = false;
  std::uint64_t left_out_before_ = 0;  // of captures that have ended
  std::unique_ptr<MediaDecoder> decoder_;
  std::map<wire::ParticipantNumber, std::shared_ptr<ParticipantRecording>> recordings_;
  std::unique_ptr<WorkerThread> disk_;
};

}  // namespace sealhall::client
