// One participant's place in a meeting: signalling, keys, media transport, sender and receiver, kept alive over broken
// connections, changed networks and restarted servers. Knows no codec.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client/engine/activity_state.h"
#include "client/engine/backoff.h"
#include "client/engine/io/media_transport.h"
#include "client/engine/io/signalling_channel.h"
#include "client/engine/link.h"
#include "client/engine/media_receiver.h"
#include "client/engine/media_sender.h"
#include "client/engine/meeting_keys.h"
#include "core/base/random.h"
#include "core/wire/signalling.h"
#include "io/net/loop.h"
#include "io/net/timer.h"
#include "io/tls/context.h"

namespace sealhall::client {

enum class SessionState : std::uint8_t {
  idle,
  connecting,  ///< first connection, or Join sent
  waiting,     ///< in the waiting room
  joined,
  reconnecting,  ///< was joined and tries to be again
  ended,         ///< for good; `SessionEnd` says why
};

struct SessionEnd {
  enum class Kind : std::uint8_t {
    left,                 ///< we left
    meeting_ended,        ///< by the host, or it was over
    removed,              ///< removed, denied or replaced
    refused,              ///< wrong passcode, not signed in, no such meeting, locked, full
    server_not_verified,  ///< certificate chain or name
    unreachable,          ///< never got through to the server
  };
  Kind kind = Kind::left;
  std::string message;  ///< a sentence for the person
};

/// Called on the loop's thread. May call the session, but not destroy it.
class SessionEvents {
 public:
  virtual ~SessionEvents() = default;
  /// The new state, once each time that it changes.
  virtual void on_state(SessionState) {}
  /// Once, right after the state `ended`. Nothing is called after it.
  virtual void on_ended(const SessionEnd&) {}
  /// Roster, roles or meeting settings changed.
  virtual void on_roster() {}
  /// Who waits to be let in: ask `waiting()`. Hosts are told.
  virtual void on_waiting_list() {}
  /// Who speaks: ask `speakers()`, the loudest first.
  virtual void on_speakers() {}
  /// A host has switched off our sound, our picture or both (true): nothing of it is sent until `set_muted`.
  virtual void on_muted_by_host(bool /*audio*/, bool /*video*/) {}
  /// The meeting lets people come in so; from then on the person decides.
  virtual void on_begins_muted(bool /*audio*/, bool /*video*/) {}
  /// The shared screen is not sent any more: a host has stopped it.
  virtual void on_share_stopped() {}
  /// Chat, polls and the like, after `activity()` has taken it in.
  virtual void on_activity(const wire::ServerMessage&) {}
  /// A sentence for the person; nothing has to be done about it.
  virtual void on_notice(const std::string& /*sentence*/) {}
  /// Media may be sent. Again after each new transport.
  virtual void on_media_connected() {}
  /// Media goes this way from now on.
  virtual void on_path(ice::PathKind) {}
  /// Frames are sealed with this generation of keys from now on.
  virtual void on_generation(std::uint32_t /*active*/) {}
  /// A frame of somebody else, opened and authenticated as its slot's owner's; the view holds during the call.
  virtual void on_frame(const OpenedFrame&) {}
  /// What the slot's sound does in the next step. With `SessionConfig::playout` only.
  virtual void on_playout(std::uint32_t /*slot*/, wire::ParticipantNumber, const media::AudioDecision&) {}
  /// Another source, or none, stands behind the slot: decoders begin anew.
  virtual void on_slot_changed(std::uint32_t /*slot*/) {}
  /// The next picture of this encoding (by its place in the source's list) is to be a key frame.
  virtual void on_key_frame_wanted(wire::SourceKind, std::size_t /*encoding*/) {}
  /// The bitrate or the layers that are wanted changed: ask `sender()`.
  virtual void on_rates() {}
};

struct SessionConfig {
  MeetingLink link;
  std::optional<std::string> token;
  std::optional<std::string> name;
  std::optional<std::string> device;                   ///< see wire::Join
  wire::ClientKind client = wire::ClientKind::native;  ///< a connector says what it is
  bool relay_only = false;
  bool relay_allowed = true;
  bool playout = true;
  std::uint32_t audio_slots = 8;
  std::uint32_t video_slots = 25;
  std::uint32_t wanted_height = 720;  ///< of every remote picture; 0: no video is asked for
  std::vector<std::pair<wire::SourceKind, std::vector<EncodingPlan>>> sources;
  congestion::Controller::Config congestion;
};

struct SessionStats {
  std::optional<ice::PathKind> path;
  std::string cipher;
  std::uint16_t server_port = 0;  ///< of the media worker that the path leads to
  std::optional<Duration> round_trip;
  std::optional<std::uint32_t> generation;
  dtls::SecureTransport::Counters transport;
  congestion::ControllerStats congestion;
  std::vector<EncodingStats> sent;
  std::vector<StreamStats> received;
  std::uint64_t reconnects = 0;
  std::uint64_t path_changes = 0;
  std::uint64_t unsealed_drops = 0;
};

class MeetingSession final : private SenderOutput, private ReceiverOutput {
 public:
  /// `loop`, `tls`, `random` and `events` outlive the session; `random` is fit for secrets.
  MeetingSession(io::Loop& loop, const io::TlsClientContext& tls, RandomSource& random, SessionConfig config,
                 SessionEvents& events);
  ~MeetingSession() override;

  /// Connects and joins; called once.
  void start();
  /// Says good-bye; `on_ended` follows at once.
  void leave();

  /// Seals one encoded frame and sends it. Dropped without a word while media is not connected or `held_back`.
  void send_audio(wire::SourceKind kind, const OutgoingAudio& audio);
  /// The same; `encoding` is the place in the source's list.
  void send_video(wire::SourceKind kind, std::size_t encoding, const OutgoingVideo& video);
  /// Microphone and camera. Counts here at once; the server is told, so that others see it.
  void set_muted(bool audio, bool video);
  /// Microphone or camera while it is off, a shared screen that a host has stopped. What is shared goes on while
  /// microphone and camera are off.
  [[nodiscard]] bool held_back(wire::SourceKind kind) const noexcept;
  /// Asks; the server decides, and a refusal comes as `on_notice`.
  void host_command(wire::HostAction action, std::optional<wire::ParticipantNumber> participant = std::nullopt);
  /// Chat and everything else that is no media: as it is declared in core/wire/activities.h.
  void act(const wire::ClientMessage& message) { send(message); }
  /// Goes to a breakout room, 0 being the main room. `Joined` of that room follows.
  void enter_room(std::uint32_t room);
  /// Shown first and large here, whoever speaks; nullopt ends it. Nobody else is told.
  void pin(std::optional<wire::ParticipantNumber> participant);
  /// Shares the screen again after it was stopped.
  void share_again();
  /// The decoder could not use a frame of this slot.
  void need_key_frame(std::uint32_t slot);

  [[nodiscard]] SessionState state() const noexcept { return state_; }
  [[nodiscard]] wire::ParticipantNumber self() const noexcept { return self_; }
  [[nodiscard]] wire::Role role() const noexcept { return role_; }
  [[nodiscard]] const wire::MeetingInfo& meeting() const noexcept { return meeting_; }
  [[nodiscard]] const std::map<wire::ParticipantNumber, wire::RosterEntry>& roster() const noexcept { return roster_; }
  [[nodiscard]] const std::vector<wire::WaitingEntry>& waiting() const noexcept { return waiting_; }
  [[nodiscard]] const std::vector<wire::ParticipantNumber>& speakers() const noexcept { return speakers_; }
  [[nodiscard]] const ActivityState& activity() const noexcept { return activity_; }
  [[nodiscard]] std::optional<wire::ParticipantNumber> pinned() const noexcept { return pinned_; }
  [[nodiscard]] bool audio_muted() const noexcept { return muted_audio_; }
  [[nodiscard]] bool video_muted() const noexcept { return muted_video_; }
  [[nodiscard]] bool media_connected() const noexcept { return transport_ && transport_->connected(); }
  [[nodiscard]] MediaSender& sender() noexcept { return *sender_; }
  [[nodiscard]] SessionStats stats() const;

 private:
  // SenderOutput, ReceiverOutput
  void send_rtp(ByteView packet) override;
  void send_rtcp(ByteView packet) override;
  void key_frame_wanted(wire::SourceKind kind, std::size_t encoding) override;
  void on_frame(const OpenedFrame& frame) override;
  void on_playout(std::uint32_t slot, wire::ParticipantNumber participant, const media::AudioDecision& step) override;
  void on_slot_changed(std::uint32_t slot) override;

  void connect();
  void reconnect(const std::string& why);
  void send_join();
  void on_message(wire::ServerMessage message);
  void on_closed(const io::Failure& why);
  void handle(const wire::Waiting& m);
  void handle(const wire::Joined& m);
  void handle(const wire::RosterUpdate& m);
  void handle(const wire::WaitingUpdate& m);
  void handle(const wire::NewGeneration& m);
  void handle(const wire::ActivateGeneration& m);
  void handle(const wire::Slots& m);
  void handle(const wire::Speakers& m);
  void handle(const wire::LayersWanted& m);
  void handle(const wire::MeetingChanged& m);
  void handle(const wire::MutedByHost& m);
  void handle(const wire::Ended& m);
  void handle(const wire::TransportReset& m);
  void handle(const wire::Error& m);
  void handle(const wire::Pong& m);
  bool prepare_join();
  [[nodiscard]] wire::TransportParameters own_transport() const;
  [[nodiscard]] std::vector<wire::PublishedSource> published() const;
  void stop_share();

  void set_state(SessionState state);
  void end(SessionEnd::Kind kind, std::string message);
  void open_transport(const wire::TransportParameters& remote, const wire::RelayCredentials& relay,
                      const std::vector<wire::Slot>& slots);
  void on_transport_failed(const std::string& reason);
  void roster_changed();
  void subscribe();
  void send(const wire::ClientMessage& message);
  void pump();
  void arm();
  void every_second();

  io::Loop& loop_;
  const io::TlsClientContext& tls_;
  RandomSource& random_;
  SessionConfig config_;
  SessionEvents& events_;
  SessionState state_ = SessionState::idle;
  Backoff backoff_;
  io::Timer reconnect_timer_;
  io::Timer pump_timer_;
  std::optional<Instant> armed_;
  std::unique_ptr<io::Ticker> ticker_;
  std::unique_ptr<SignallingChannel> channel_;
  std::unique_ptr<SignallingChannel> old_channel_;  // destroyed outside of its own callbacks
  std::unique_ptr<MediaTransport> transport_;
  std::unique_ptr<MediaTransport> old_transport_;
  ice::Credentials credentials_;
  std::shared_ptr<const dtls::Identity> identity_;
  MeetingKeys keys_;
  std::unique_ptr<MediaSender> sender_;
  std::unique_ptr<MediaReceiver> receiver_;
  std::string resume_;
  bool ever_joined_ = false;
  int failed_joins_ = 0;
  wire::ParticipantNumber self_ = 0;
  wire::Role role_ = wire::Role::participant;
  wire::MeetingInfo meeting_;
  std::map<wire::ParticipantNumber, wire::RosterEntry> roster_;
  std::vector<wire::WaitingEntry> waiting_;
  std::vector<wire::ParticipantNumber> speakers_;
  bool roster_grew_ = false;  // since the last activation
  std::vector<wire::VideoWish> wishes_;
  ActivityState activity_;
  std::optional<wire::ParticipantNumber> pinned_;
  bool share_stopped_ = false;
  wire::RequestNumber entering_ = 0;  ///< the EnterRoom that was not answered yet
  wire::RequestNumber next_entering_ = wire::RequestNumber{1} << 40U;
  bool muted_audio_ = false;
  bool muted_video_ = false;
  DataRate last_budget_;
  std::uint64_t reconnects_ = 0;
  std::optional<SessionStats> final_stats_;  // as it was when the session ended
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace sealhall::client
