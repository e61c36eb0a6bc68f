#include "client/engine/meeting_session.h"

#include <algorithm>
#include <set>
#include <utility>

#include "client/engine/contexts.h"
#include "io/net/clock.h"

namespace sealhall::client {

namespace {

bool is_certificate_problem(io::NetError kind) noexcept {
  switch (kind) {
    case io::NetError::certificate_name:
    case io::NetError::certificate_unknown:
    case io::NetError::certificate_expired:
    case io::NetError::certificate_not_yet:
    case io::NetError::certificate_invalid:
      return true;
    default:
      return false;
  }
}

/// So many refusals of a resumed join in a row end it: the server may have forgotten us, it will not remember later.
constexpr int most_failed_joins = 5;

}  // namespace

MeetingSession::MeetingSession(io::Loop& loop, const io::TlsClientContext& tls, RandomSource& random,
                               SessionConfig config, SessionEvents& events)
    : loop_(loop),
      tls_(tls),
      random_(random),
      config_(std::move(config)),
      events_(events),
      backoff_(random),
      reconnect_timer_(loop),
      pump_timer_(loop),
      keys_(random) {
  MediaSender::Config sender;
  sender.congestion = config_.congestion;
  const auto wall = static_cast<std::int64_t>(io::SystemWallClock().now());
  sender.wall_at_zero = UnixMicros{wall - loop_.now().time_since_epoch().count()};
  sender_ = std::make_unique<MediaSender>(sender, random_, keys_, static_cast<SenderOutput&>(*this));
  for (const auto& [kind, encodings] : config_.sources) sender_->add_source(kind, encodings);
  MediaReceiver::Config receiver;
  receiver.playout = config_.playout;
  receiver_ = std::make_unique<MediaReceiver>(receiver, keys_, static_cast<ReceiverOutput&>(*this));
  receiver_->set_report_ssrc(sender_->report_ssrc());
}

MeetingSession::~MeetingSession() { *alive_ = false; }

void MeetingSession::start() {
  set_state(SessionState::connecting);
  ticker_ = std::make_unique<io::Ticker>(loop_, std::chrono::seconds{1}, [this] { every_second(); });
  connect();
}

void MeetingSession::leave() {
  if (state_ == SessionState::ended) return;
  send(wire::Leave{});
  end(SessionEnd::Kind::left, "You have left the meeting.");
}

void MeetingSession::set_state(SessionState state) {
  if (state_ == state) return;
  state_ = state;
  events_.on_state(state);
}

void MeetingSession::end(SessionEnd::Kind kind, std::string message) {
  if (state_ == SessionState::ended) return;
  final_stats_ = stats();
  reconnect_timer_.cancel();
  pump_timer_.cancel();
  ticker_.reset();
  if (transport_) transport_->close();
  if (channel_) channel_->close();
  old_channel_ = std::move(channel_);
  old_transport_ = std::move(transport_);
  loop_.post([this, alive = alive_] {
    if (!*alive) return;
    old_channel_.reset();
    old_transport_.reset();
  });
  set_state(SessionState::ended);
  events_.on_ended({.kind = kind, .message = std::move(message)});
}

/// A new key pair, nonce, certificate and set of credentials for every join: nothing of the one before is used again.
bool MeetingSession::prepare_join() {
  keys_.begin_join();
  credentials_ = ice::make_credentials(random_);
  auto identity = dtls::Identity::create(dtls::native_profiles);
  if (!identity) {
    end(SessionEnd::Kind::unreachable, "A certificate for the media connection could not be made.");
    return false;
  }
  identity_ = std::move(*identity);
  return true;
}

wire::TransportParameters MeetingSession::own_transport() const {
  return {credentials_.ufrag, credentials_.password, dtls::fingerprint_text(identity_->fingerprint()), {}};
}

void MeetingSession::enter_room(std::uint32_t room) {
  if (state_ != SessionState::joined || entering_ != 0 || room == meeting_.room || !prepare_join()) return;
  wire::EnterRoom m;
  m.request = entering_ = next_entering_++;
  m.room = room;
  m.hpke_public_key = keys_.hpke_public_key();
  m.sender_nonce = keys_.sender_nonce();
  m.transport = own_transport();
  send(m);
}

void MeetingSession::connect() {
  entering_ = 0;
  if (!prepare_join()) return;
  channel_ = std::make_unique<SignallingChannel>(
      loop_, tls_, random_, config_.link.host, config_.link.port,
      SignallingChannel::Handlers{.opened = [this] { send_join(); },
                                  .message = [this](wire::ServerMessage m) { on_message(std::move(m)); },
                                  .closed = [this](const io::Failure& why) { on_closed(why); }});
}

void MeetingSession::send_join() {
  wire::Join join;
  join.meeting_id = config_.link.meeting_id;
  join.token = config_.token;
  join.name = config_.name;
  join.passcode = config_.link.passcode;
  join.registrant = config_.link.registrant;
  join.start = config_.link.start;
  if (!resume_.empty()) join.resume = resume_;
  join.device = config_.device;
  join.client = config_.client;
  join.hpke_public_key = keys_.hpke_public_key();
  join.sender_nonce = keys_.sender_nonce();
  join.transport = own_transport();
  join.audio_slots = config_.audio_slots;
  join.video_slots = config_.video_slots;
  send(join);
}

void MeetingSession::send(const wire::ClientMessage& message) {
  if (channel_ && channel_->open()) channel_->send(message);
}

void MeetingSession::on_closed(const io::Failure& why) {
  if (state_ == SessionState::ended) return;
  if (is_certificate_problem(why.kind) && !ever_joined_) {
    end(SessionEnd::Kind::server_not_verified, "The server was refused: " + why.reason);
    return;
  }
  if (!ever_joined_ && state_ != SessionState::waiting) {
    end(SessionEnd::Kind::unreachable, why.reason);
    return;
  }
  reconnect(why.reason);
}

void MeetingSession::reconnect(const std::string& why) {
  if (state_ == SessionState::ended || reconnect_timer_.pending()) return;
  // The media of the join before goes on as long as it can: only a new `Joined` replaces it.
  old_channel_ = std::move(channel_);
  loop_.post([this, alive = alive_] {
    if (*alive) old_channel_.reset();
  });
  if (state_ == SessionState::joined) {
    ++reconnects_;
    events_.on_notice("The connection was lost (" + why + "). Reconnecting.");
  }
  set_state(SessionState::reconnecting);
  reconnect_timer_.after(backoff_.next(), [this] { connect(); });
}

void MeetingSession::on_message(wire::ServerMessage message) {
  if (state_ == SessionState::ended) return;
  std::visit(
      [&](const auto& m) {
        if constexpr (requires { handle(m); }) {
          handle(m);
        } else {
          activity_.apply(m);
          if constexpr (std::is_same_v<std::remove_cvref_t<decltype(m)>, wire::Spotlight>) subscribe();
          events_.on_activity(message);
          if constexpr (std::is_same_v<std::remove_cvref_t<decltype(m)>, wire::MoveToRoom>) enter_room(m.room);
        }
      },
      message);
  if (state_ != SessionState::ended) pump();
}

void MeetingSession::handle(const wire::Waiting& m) {
  self_ = m.participant;
  meeting_.topic = m.topic;
  set_state(SessionState::waiting);
  if (m.title) events_.on_notice(*m.title);
  if (m.description) events_.on_notice(*m.description);
}

void MeetingSession::handle(const wire::Joined& m) {
  const Instant now = loop_.now();
  if (!keys_.joined(m, now)) {
    events_.on_notice("The server gave no key that this client can use.");
    reconnect("no usable key");
    return;
  }
  entering_ = 0;
  self_ = m.participant;
  role_ = m.role;
  meeting_ = m.meeting;
  resume_ = m.resume;
  waiting_ = m.waiting;
  roster_.clear();
  for (const wire::RosterEntry& entry : m.roster) roster_[entry.participant] = entry;
  backoff_.reset();
  failed_joins_ = 0;
  const bool again = std::exchange(ever_joined_, true);
  roster_grew_ = false;
  wishes_.clear();
  activity_.begin();
  open_transport(m.transport, m.relay, m.slots);
  if (state_ == SessionState::ended) return;
  send(wire::Publish{.sources = published()});
  for (const wire::SealedGeneration& sealed : m.generations) {
    if (sealed.generation > m.active_generation) send(wire::KeyReady{.generation = sealed.generation});
  }
  const bool quiet = m.audio_muted.value_or(false) && !muted_audio_;
  const bool unseen = m.video_muted.value_or(false) && !muted_video_;
  muted_audio_ = muted_audio_ || quiet;
  muted_video_ = muted_video_ || unseen;
  // Coming back, the server has us as we were when it last heard of us: what changed while nothing came through is
  // said.
  if (muted_audio_ || muted_video_ || again) send(wire::SetMuted{.audio = muted_audio_, .video = muted_video_});
  if (quiet || unseen) events_.on_begins_muted(quiet, unseen);
  set_state(SessionState::joined);
  events_.on_generation(m.active_generation);
  roster_changed();
  if (!m.waiting.empty()) events_.on_waiting_list();
}

void MeetingSession::open_transport(const wire::TransportParameters& remote, const wire::RelayCredentials& relay,
                                    const std::vector<wire::Slot>& slots) {
  const Instant now = loop_.now();
  if (transport_) {
    transport_->close();
    old_transport_ = std::move(transport_);
    loop_.post([this, alive = alive_] {
      if (*alive) old_transport_.reset();
    });
    sender_->restart(now);
  }
  MediaTransportConfig config;
  config.local = credentials_;
  config.identity = identity_;
  config.remote = remote;
  config.relay = relay;
  config.relay_server = {.address = config_.link.host, .port = config_.link.port};
  config.relay_only = config_.relay_only;
  config.relay_allowed = config_.relay_allowed;
  MediaTransport::Handlers handlers;
  handlers.rtp = [this](ByteView packet, Instant at) {
    receiver_->on_rtp(packet, at);
    pump();
  };
  handlers.rtcp = [this](ByteView packet, Instant at) {
    const auto messages = rtp::rtcp::parse(packet);
    if (!messages) return;
    receiver_->on_rtcp(*messages, at);
    sender_->on_rtcp(*messages, at);
    if (const DataRate budget = sender_->video_budget(); budget != last_budget_) {
      last_budget_ = budget;
      events_.on_rates();
    }
    pump();
  };
  handlers.connected = [this] {
    sender_->restart(loop_.now());
    events_.on_media_connected();
    events_.on_rates();
    pump();
  };
  handlers.path = [this](ice::PathKind kind) { events_.on_path(kind); };
  handlers.failed = [this](const std::string& reason) { on_transport_failed(reason); };
  receiver_->set_slots(slots, now);
  auto transport = MediaTransport::create(loop_, tls_, random_, std::move(config), std::move(handlers));
  if (!transport) {
    events_.on_notice(transport.error());
    reconnect(transport.error());
    return;
  }
  transport_ = std::move(*transport);
}

void MeetingSession::on_transport_failed(const std::string& reason) {
  old_transport_ = std::move(transport_);
  loop_.post([this, alive = alive_] {
    if (*alive) old_transport_.reset();
  });
  // Only a join makes a transport. Control may already be about to send `TransportReset`: give it a moment.
  if (state_ != SessionState::joined) return;
  events_.on_notice(reason);
  reconnect_timer_.after(std::chrono::milliseconds{500}, [this] {
    if (transport_ || state_ != SessionState::joined) return;
    reconnect("no media");
  });
}

void MeetingSession::handle(const wire::TransportReset& m) {
  reconnect_timer_.cancel();
  open_transport(m.transport, m.relay, m.slots);
  wishes_.clear();
  send(wire::Publish{.sources = published()});
  subscribe();
}

void MeetingSession::handle(const wire::RosterUpdate& m) {
  for (const wire::RosterEntry& entry : m.changed) {
    roster_grew_ = roster_grew_ || !roster_.contains(entry.participant) ||
                   roster_[entry.participant].sender_index != entry.sender_index;
    roster_[entry.participant] = entry;
    if (entry.participant == self_) role_ = entry.role;
  }
  for (const wire::ParticipantNumber gone : m.gone) roster_.erase(gone);
  roster_changed();
}

void MeetingSession::roster_changed() {
  keys_.set_roster(roster_);
  std::map<wire::ParticipantNumber, std::uint16_t> senders;
  for (const auto& [participant, entry] : roster_) {
    if (participant != self_) senders[participant] = entry.sender_index;
  }
  receiver_->set_senders(std::move(senders), loop_.now());
  subscribe();
  events_.on_roster();
}

void MeetingSession::subscribe() {
  if (config_.wanted_height == 0) return;
  struct Wanted {
    wire::ParticipantNumber participant;
    wire::SourceKind kind;
    bool operator==(const Wanted&) const = default;
  };
  std::vector<Wanted> wanted;
  // Who is pinned here, then who is in the spotlight, come before everybody else.
  const auto large = [&](wire::ParticipantNumber participant) {
    const auto& spotlight = activity_.spotlight();
    if (pinned_ == participant) return 2U;
    return std::ranges::find(spotlight, participant) != spotlight.end() ? 1U : 0U;
  };
  for (const unsigned size : {2U, 1U, 0U}) {
    for (const auto kind : {wire::SourceKind::share, wire::SourceKind::camera}) {
      for (const auto& [participant, entry] : roster_) {
        if (participant == self_ || large(participant) != size) continue;
        if (std::ranges::find(entry.sources, kind) != entry.sources.end()) wanted.push_back({participant, kind});
      }
    }
  }
  // Who has a slot keeps it: a picture must not jump because somebody else came or went.
  std::vector<wire::VideoWish> wishes;
  std::set<std::uint32_t> used;
  for (const wire::VideoWish& wish : wishes_) {
    const auto it = std::ranges::find(wanted, Wanted{wish.participant, wish.kind});
    if (it == wanted.end()) continue;
    wanted.erase(it);
    wishes.push_back(wish);
    used.insert(wish.slot);
  }
  const auto wish_for = [](std::uint32_t slot, const Wanted& w) {
    return wire::VideoWish{.slot = slot, .participant = w.participant, .kind = w.kind};
  };
  for (const wire::Slot& slot : receiver_->slots()) {
    if (!slot.video || used.contains(slot.slot) || wanted.empty()) continue;
    wishes.push_back(wish_for(slot.slot, wanted.front()));
    wanted.erase(wanted.begin());
  }
  // Without a free slot whoever is to be large takes one from somebody who is not.
  for (const Wanted& next : wanted) {
    const auto other = std::ranges::find_if(wishes, [&](const auto& w) {
      return w.kind == wire::SourceKind::camera && large(w.participant) < large(next.participant);
    });
    if (other != wishes.end()) *other = wish_for(other->slot, next);
  }
  for (wire::VideoWish& wish : wishes) {
    const bool share = wish.kind == wire::SourceKind::share;
    wish.max_height = share                         ? 2160
                      : large(wish.participant) > 0 ? std::max(config_.wanted_height, 1080U)
                                                    : config_.wanted_height;
    wish.priority = (share ? 2U : 1U) + 2 * large(wish.participant);
  }
  const auto same = [](const wire::VideoWish& a, const wire::VideoWish& b) {
    return a.slot == b.slot && a.participant == b.participant && a.kind == b.kind && a.priority == b.priority;
  };
  if (std::ranges::equal(wishes, wishes_, same)) return;
  wishes_ = std::move(wishes);
  send(wire::Subscribe{.videos = wishes_});
}

void MeetingSession::handle(const wire::WaitingUpdate& m) {
  waiting_ = m.waiting;
  events_.on_waiting_list();
}

void MeetingSession::handle(const wire::NewGeneration& m) {
  if (!keys_.add_generation(m.sealed)) return;
  send(wire::KeyReady{.generation = m.sealed.generation});
  receiver_->on_keys_changed(loop_.now());
}

void MeetingSession::handle(const wire::ActivateGeneration& m) {
  if (!keys_.activate(m.generation, loop_.now())) return;
  // Whoever joined with this generation cannot open what came before: they need a picture to start from.
  if (std::exchange(roster_grew_, false)) {
    for (const EncodingStats& e : sender_->stats()) {
      if (!is_video(e.kind)) continue;
      std::size_t index = 0;
      for (const wire::PublishedSource& source : sender_->sources()) {
        if (source.kind != e.kind) continue;
        for (std::size_t i = 0; i < source.encodings.size(); ++i) {
          if (source.encodings[i].rid == e.rid) index = i;
        }
      }
      events_.on_key_frame_wanted(e.kind, index);
    }
  }
  events_.on_generation(m.generation);
}

void MeetingSession::handle(const wire::Slots& m) {
  for (const wire::SlotAssignment& assignment : m.assignments) receiver_->assign(assignment, loop_.now());
}

void MeetingSession::handle(const wire::Speakers& m) {
  speakers_ = m.loudest;
  events_.on_speakers();
}

void MeetingSession::handle(const wire::LayersWanted& m) {
  sender_->set_layers_wanted(m.kind, m.rids, loop_.now());
  events_.on_rates();
}

/// Everything of ours that may be sent now.
std::vector<wire::PublishedSource> MeetingSession::published() const {
  std::vector<wire::PublishedSource> sources = sender_->sources();
  const bool may_share = role_ >= wire::Role::cohost || (meeting_.share && !meeting_.suspended);
  if (share_stopped_ || !may_share) {
    std::erase_if(sources, [](const auto& s) {
      return s.kind == wire::SourceKind::share || s.kind == wire::SourceKind::share_audio;
    });
  }
  return sources;
}

void MeetingSession::stop_share() {
  if (!std::exchange(share_stopped_, true)) events_.on_share_stopped();
}

void MeetingSession::share_again() {
  share_stopped_ = false;
  send(wire::Publish{.sources = published()});
}

void MeetingSession::pin(std::optional<wire::ParticipantNumber> participant) {
  pinned_ = participant;
  subscribe();
}

void MeetingSession::handle(const wire::MeetingChanged& m) {
  meeting_ = m.meeting;
  events_.on_roster();
}

void MeetingSession::handle(const wire::MutedByHost& m) {
  muted_audio_ = muted_audio_ || m.audio;
  muted_video_ = muted_video_ || m.video;
  if (m.share) stop_share();
  if (m.audio || m.video) events_.on_muted_by_host(m.audio, m.video);
}

void MeetingSession::handle(const wire::Ended& m) {
  switch (m.reason) {
    case wire::EndReason::left:
      end(SessionEnd::Kind::left, m.message);
      break;
    case wire::EndReason::ended_by_host:
      end(SessionEnd::Kind::meeting_ended, m.message);
      break;
    case wire::EndReason::removed:
    case wire::EndReason::denied:
    case wire::EndReason::replaced:
      end(SessionEnd::Kind::removed, m.message);
      break;
    case wire::EndReason::server_stopping:
    case wire::EndReason::transport_lost:
    case wire::EndReason::room_closed:
      reconnect(m.message);
      break;
  }
}

void MeetingSession::handle(const wire::Error& m) {
  // Before the first answer nothing but the join was asked: whatever is wrong is wrong with it, and asking the same
  // again would not help. (The server keeps the connection so that an interactive client may ask for another passcode.)
  if (entering_ != 0 && m.request == entering_) {
    // The keys that were made for it are the only ones we have.
    reconnect(m.message);
    return;
  }
  const bool answers_join = state_ == SessionState::connecting || state_ == SessionState::reconnecting;
  if (!m.fatal && !answers_join) {
    events_.on_notice(m.message);
    return;
  }
  if (!ever_joined_) {
    end(m.code == wire::ErrorCode::meeting_ended ? SessionEnd::Kind::meeting_ended : SessionEnd::Kind::refused,
        m.message);
    return;
  }
  if (m.code == wire::ErrorCode::meeting_ended) {
    end(SessionEnd::Kind::meeting_ended, m.message);
    return;
  }
  // A resumed join that is refused is tried as a new one before it is given up.
  resume_.clear();
  if (++failed_joins_ >= most_failed_joins) {
    end(SessionEnd::Kind::refused, m.message);
    return;
  }
  reconnect(m.message);
}

void MeetingSession::handle(const wire::Pong& /*m*/) {}

void MeetingSession::send_audio(wire::SourceKind kind, const OutgoingAudio& audio) {
  if (!media_connected() || held_back(kind)) return;
  sender_->send_audio(kind, audio, loop_.now());
  pump();
}

void MeetingSession::send_video(wire::SourceKind kind, std::size_t encoding, const OutgoingVideo& video) {
  if (!media_connected() || held_back(kind)) return;
  sender_->send_video(kind, encoding, video, loop_.now());
  pump();
}

void MeetingSession::set_muted(bool audio, bool video) {
  muted_audio_ = audio;
  muted_video_ = video;
  send(wire::SetMuted{.audio = audio, .video = video});
}

bool MeetingSession::held_back(wire::SourceKind kind) const noexcept {
  switch (kind) {
    case wire::SourceKind::audio:
      return muted_audio_;
    case wire::SourceKind::camera:
      return muted_video_;
    case wire::SourceKind::share:
    case wire::SourceKind::share_audio:
      return share_stopped_;
  }
  return false;
}

void MeetingSession::host_command(wire::HostAction action, std::optional<wire::ParticipantNumber> participant) {
  send(wire::HostCommand{.action = action, .participant = participant});
}

void MeetingSession::need_key_frame(std::uint32_t slot) {
  receiver_->need_key_frame(slot, loop_.now());
  pump();
}

void MeetingSession::send_rtp(ByteView packet) {
  if (transport_) transport_->send_rtp(packet);
}
void MeetingSession::send_rtcp(ByteView packet) {
  if (transport_) transport_->send_rtcp(packet);
}
void MeetingSession::key_frame_wanted(wire::SourceKind kind, std::size_t encoding) {
  events_.on_key_frame_wanted(kind, encoding);
}
void MeetingSession::on_frame(const OpenedFrame& frame) { events_.on_frame(frame); }
void MeetingSession::on_playout(std::uint32_t slot, wire::ParticipantNumber participant,
                                const media::AudioDecision& step) {
  events_.on_playout(slot, participant, step);
}
void MeetingSession::on_slot_changed(std::uint32_t slot) { events_.on_slot_changed(slot); }

void MeetingSession::pump() {
  const Instant now = loop_.now();
  if (const auto due = sender_->next_deadline(); due && *due <= now) sender_->poll(now);
  if (const auto due = receiver_->next_deadline(); due && *due <= now) receiver_->poll(now);
  arm();
}

void MeetingSession::arm() {
  if (state_ == SessionState::ended) return;
  std::optional<Instant> deadline = media_connected() ? sender_->next_deadline() : std::nullopt;
  if (const auto due = receiver_->next_deadline(); due && (!deadline || *due < *deadline)) deadline = due;
  if (!deadline || (armed_ && *armed_ <= *deadline)) return;
  armed_ = deadline;
  pump_timer_.at(*deadline, [this] {
    armed_.reset();
    pump();
  });
}

void MeetingSession::every_second() {
  const Instant now = loop_.now();
  keys_.advance(now);
  if (transport_) {
    if (const auto rtt = transport_->round_trip()) {
      receiver_->on_rtt(*rtt);
      sender_->on_rtt(*rtt, now);
    }
  }
  events_.on_rates();
  pump();
}

SessionStats MeetingSession::stats() const {
  if (final_stats_) return *final_stats_;
  SessionStats s;
  if (transport_) {
    s.path = transport_->path();
    s.cipher = transport_->cipher();
    s.server_port = transport_->server_port();
    s.round_trip = transport_->round_trip();
    s.transport = transport_->counters();
    s.path_changes = transport_->path_changes();
  }
  s.generation = keys_.active_generation();
  s.congestion = sender_->congestion_stats();
  s.sent = sender_->stats();
  s.received = receiver_->stats();
  s.reconnects = reconnects_;
  s.unsealed_drops = sender_->unsealed_drops();
  return s;
}

}  // namespace sealhall::client
