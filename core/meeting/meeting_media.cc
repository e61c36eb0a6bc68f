// Tested in meeting_test.cc
// The meeting's side of media: transports, what people publish, what they want to see, who is muted.
#include <algorithm>
#include <utility>

#include "core/meeting/meeting.h"

namespace sealhall::meeting {

void Meeting::on(const TransportReady& input, Instant, Outbox& out) {
  Participant* p = with_attempt(input.participant, input.attempt);
  if (p == nullptr) return;
  p->ready = input;
  // While admitting it goes into `Joined`.
  if (p->stage == Stage::present) {
    out.emplace_back(Send{{*p->connection}, wire::TransportReset{input.local, input.relay, input.slots}});
  }
}

void Meeting::on(const TransportUp& input, Instant, Outbox&) {
  Participant* p = with_attempt(input.participant, input.attempt);
  if (p == nullptr || p->connected) return;
  p->connected = true;
  p->losses = 0;
  roster_changed(*p);
}

void Meeting::on(const TransportDown& input, Instant now, Outbox&) {
  Participant* p = with_attempt(input.participant, input.attempt);
  if (p == nullptr) return;
  p->attempt = 0;
  p->ready.reset();
  codecs_dirty_ = true;
  if (p->connected) roster_changed(*p);
  p->connected = false;
  if (p->stage == Stage::present || p->stage == Stage::admitting) reopen_transport(*p, now);
}

/// The first time at once; when it does not stay up, with growing pauses.
void Meeting::reopen_transport(Participant& p, Instant now) {
  constexpr Duration first_pause = std::chrono::milliseconds{500};
  constexpr std::uint32_t most_doublings = 5;
  const Duration pause = p.losses == 0 ? Duration::zero() : first_pause * (1 << std::min(p.losses - 1, most_doublings));
  p.losses += 1;
  p.reopen_at = now + pause;
}

/// Where it does not fit the transport that is there now, two messages have crossed, which is no mistake of the client.
void Meeting::client_transport(Participant& p, const wire::ClientTransport& message, Outbox& out) {
  const bool in_join = p.remote.has_value();
  if (!in_join && (!p.ready || message.answers != p.ready->local.ice_ufrag)) return;
  if (in_join || p.remote_said) return fail(*p.connection, wire::ErrorCode::bad_message, false, out);
  p.remote_said = true;
  codecs_dirty_ = true;
  for (const std::string_view codec : wire::other_video_codecs) {
    if (message.video_codecs && std::ranges::find(*message.video_codecs, codec) != message.video_codecs->end())
      p.codecs.emplace_back(codec);
  }
  out.emplace_back(SetRemote{p.number, p.attempt, message.transport});
}

/// When it becomes less, that is so at once, and the workers hear of it before any picture can reach whoever has come
/// in. It becomes more only when more was possible for a while: a transport that is made anew takes its participant out
/// of the count and puts it back, and each change costs every publisher an encoder and a key frame.
void Meeting::look_at_codecs(Instant now, Outbox& out) {
  std::vector<std::string> common{wire::other_video_codecs.begin(), wire::other_video_codecs.end()};
  for (const auto& [number, p] : participants_) {
    if (!p.receives_pictures()) continue;
    std::erase_if(common,
                  [&](const std::string& codec) { return std::ranges::find(p.codecs, codec) == p.codecs.end(); });
  }
  const std::vector<std::string> before = codecs_;
  std::erase_if(codecs_, [&](const std::string& codec) { return std::ranges::find(common, codec) == common.end(); });
  if (codecs_.size() == common.size()) {
    codecs_wider_at_.reset();
  } else if (!codecs_wider_at_) {
    codecs_wider_at_ = now + times_.codecs_calm;
  } else if (now >= *codecs_wider_at_) {
    codecs_ = std::move(common);
    codecs_wider_at_.reset();
  }
  const bool changed = codecs_ != before;
  Send send{{}, wire::VideoCodecs{codecs_}};
  for (auto& [number, p] : participants_) {
    const bool uses_others =
        std::ranges::any_of(p.sources, [](const auto& s) { return !is_audio(s.kind) && s.codec != "vp8"; });
    if (changed && uses_others && p.attempt != 0) tell_published(p, out);
    if (p.stage != Stage::present || p.codecs.empty() || (p.codecs_told && !changed)) continue;
    p.codecs_told = true;
    send.to.push_back(*p.connection);
  }
  if (!send.to.empty()) out.emplace_back(std::move(send));
}

/// One that is being made is not made again for it.
void Meeting::renew_transport(Participant& p, Instant now, Outbox& out) {
  if (!p.ready) return;
  close_transport(p, out);
  reopen_transport(p, now);
  if (*p.reopen_at <= now) open_transport(p, out);
}

void Meeting::on(const SlotsMoved& input, Instant, Outbox& out) {
  Participant* p = with_attempt(input.participant, input.attempt);
  if (p == nullptr || p->stage != Stage::present) return;
  out.emplace_back(Send{{*p->connection}, wire::Slots{input.assignments}});
}

void Meeting::on(const LayersMoved& input, Instant, Outbox& out) {
  Participant* p = with_attempt(input.participant, input.attempt);
  if (p == nullptr || p->stage != Stage::present) return;
  out.emplace_back(Send{{*p->connection}, wire::LayersWanted{input.kind, input.rids}});
}

void Meeting::on(const SpeakersMoved& input, Instant, Outbox& out) {
  loudest_ = input.loudest;
  broadcast(speakers(), out);
}

wire::Speakers Meeting::speakers() const {
  constexpr std::size_t most = 8;
  wire::Speakers speakers;
  for (const ParticipantNumber number : loudest_) {
    const auto p = participants_.find(number);
    if (p != participants_.end() && p->second.in_roster() && speakers.loudest.size() < most)
      speakers.loudest.push_back(number);
  }
  return speakers;
}

void Meeting::open_transport(Participant& p, Outbox& out) {
  close_transport(p, out);
  p.attempt = next_attempt_++;
  p.remote_said = p.codecs_told = false;
  p.codecs.clear();
  codecs_dirty_ = true;
  out.emplace_back(OpenTransport{p.number, p.attempt, *p.sender_index, p.remote, p.audio_slots, p.video_slots});
  if (!p.sources.empty()) tell_published(p, out);
  if (!p.wishes.empty() || (p.client == wire::ClientKind::recorder && !unrecorded_.empty())) tell_subscribed(p, out);
}

void Meeting::close_transport(Participant& p, Outbox& out) {
  p.reopen_at.reset();
  p.ready.reset();
  if (p.connected) roster_changed(p);
  p.connected = false;
  if (p.attempt == 0) return;
  out.emplace_back(CloseTransport{p.number, p.attempt});
  p.attempt = 0;
  codecs_dirty_ = true;
}

/// Only of those of whom something has changed.
void Meeting::tell_shares(Outbox& out) {
  for (const ParticipantNumber number : roster_dirty_) {
    Participant* p = find(number);
    if (p == nullptr) continue;
    const bool shares = std::ranges::any_of(p->sources, [](const auto& s) { return is_share(s.kind); });
    if (std::exchange(p->told_to_share, shares) == shares) continue;
    tell_presence(shares ? PresenceChanged::What::shares : PresenceChanged::What::stops_sharing, *p, false, out);
  }
}

/// A source in a codec that not everybody decodes is one of VP8 to the workers: what comes in the other is dropped.
void Meeting::tell_published(const Participant& p, Outbox& out) const {
  std::vector<wire::PublishedSource> sources = p.sources;
  for (wire::PublishedSource& source : sources) {
    if (!is_audio(source.kind) && std::ranges::find(codecs_, source.codec) == codecs_.end()) source.codec = "vp8";
  }
  out.emplace_back(SetPublished{p.number, std::move(sources), !p.audio_muted, !p.video_muted});
}

Participant* Meeting::with_attempt(ParticipantNumber number, std::uint64_t attempt) {
  Participant* p = find(number);
  return p != nullptr && attempt != 0 && p->attempt == attempt ? p : nullptr;
}

void Meeting::publish(Participant& p, const wire::Publish& message, Outbox& out) {
  if (!acceptable(message.sources)) return fail(*p.connection, wire::ErrorCode::bad_message, false, out);
  p.sources = message.sources;
  const bool may_share = is_host(p) || (settings_.rules.share && !settings_.rules.suspended);
  if (!may_share && std::erase_if(p.sources, [](const auto& s) { return is_share(s.kind); }) > 0) {
    // Microphone and camera go on; what the client believes of its screen is put right.
    out.emplace_back(Send{{*p.connection}, wire::MutedByHost{false, false, true}});
    fail(*p.connection, wire::ErrorCode::not_allowed, false, out);
  }
  if (p.attempt != 0) tell_published(p, out);
  roster_changed(p);
}

void Meeting::subscribe(Participant& p, const wire::Subscribe& message, Outbox& out) {
  // Between two transports there are no slots; the client asks again after TransportReset.
  if (!p.ready) return;
  if (!acceptable(message.videos, p.ready->slots)) return fail(*p.connection, wire::ErrorCode::bad_message, false, out);
  p.wishes.clear();
  for (const wire::VideoWish& wish : message.videos) {
    // A wish for somebody who has just gone is no mistake of the client.
    if (const Participant* wanted = find(wish.participant); wanted != nullptr && wanted->in_roster()) {
      p.wishes.push_back(wish);
    }
  }
  tell_subscribed(p, out);
}

/// What somebody who has refused says and shows is held back here already: the recorder need not be trusted with it.
void Meeting::tell_subscribed(const Participant& p, Outbox& out) const {
  std::vector<ParticipantNumber> withheld;
  if (p.client == wire::ClientKind::recorder) withheld.assign(unrecorded_.begin(), unrecorded_.end());
  out.emplace_back(SetSubscribed{p.number, p.wishes, std::move(withheld)});
}

void Meeting::look_at_consent(const Participant& p, Outbox& out) {
  const bool changed =
      p.consent == wire::ConsentState::refused ? unrecorded_.insert(p.number).second : unrecorded_.erase(p.number) != 0;
  if (!changed) return;
  for (const auto& [number, other] : participants_) {
    if (other.client == wire::ClientKind::recorder && other.attempt != 0) tell_subscribed(other, out);
  }
}

/// Only the person speaks for the own microphone and camera: a host mutes, but never unmutes.
void Meeting::set_muted(Participant& p, const wire::SetMuted& message, Outbox& out) {
  if (p.audio_muted == message.audio && p.video_muted == message.video) return;
  const Rules& rules = settings_.rules;
  const bool speaks = p.audio_muted && !message.audio;
  const bool shows = p.video_muted && !message.video;
  if (!is_host(p) && ((rules.suspended && (speaks || shows)) || (!rules.unmute && speaks && !p.asked_to_unmute) ||
                      (!rules.camera && shows))) {
    // What the client believes is put right.
    out.emplace_back(Send{{*p.connection}, wire::MutedByHost{p.audio_muted, p.video_muted}});
    return fail(*p.connection, wire::ErrorCode::not_allowed, false, out);
  }
  if (speaks) p.asked_to_unmute = false;
  p.audio_muted = message.audio;
  p.video_muted = message.video;
  if (p.attempt != 0) tell_published(p, out);
  roster_changed(p);
}

}  // namespace sealhall::meeting
