// Tested in forwarder_test.cc
#include <algorithm>
#include <bit>

#include "core/base/check.h"
#include "core/base/encoding.h"
#include "core/rtp/sequence.h"
#include "core/rtp/video_codec.h"
#include "core/sfu/worker.h"

namespace sealhall::sfu {
namespace {

std::optional<MeetingUuid> uuid_of(const MeetingKey& key) {
  MeetingUuid uuid{};
  if (key.size() != 2 * uuid.size()) return std::nullopt;
  for (const char c : key) {
    if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) return std::nullopt;
  }
  const std::optional<Bytes> bytes = from_hex(key);
  if (!bytes) return std::nullopt;
  std::copy(bytes->begin(), bytes->end(), uuid.begin());
  return uuid;
}

bool is_video(SourceKind kind) noexcept { return kind == SourceKind::camera || kind == SourceKind::share; }

/// What the codecs, kinds and SSRCs of one participant's list must satisfy.
expected<void, SfuError> check_sources(std::span<const wire::PublishedSource> sources) {
  std::vector<std::uint32_t> ssrcs;
  std::array<bool, source_kinds> seen{};
  for (const wire::PublishedSource& source : sources) {
    const auto kind = static_cast<std::size_t>(source.kind);
    if (kind >= source_kinds || seen[kind]) return unexpected(SfuError::too_many_sources);
    seen[kind] = true;
    if (source.encodings.empty() || source.encodings.size() > (is_video(source.kind) ? max_encodings : 1)) {
      return unexpected(SfuError::too_many_sources);
    }
    if (is_video(source.kind) ? !rtp::codec_named(source.codec) : source.codec != "opus") {
      return unexpected(SfuError::bad_codec);
    }
    for (const wire::Encoding& encoding : source.encodings) {
      if (encoding.ssrc == 0) return unexpected(SfuError::duplicate_ssrc);
      ssrcs.push_back(encoding.ssrc);
      if (encoding.rtx_ssrc != 0) ssrcs.push_back(encoding.rtx_ssrc);
    }
  }
  std::sort(ssrcs.begin(), ssrcs.end());
  if (std::adjacent_find(ssrcs.begin(), ssrcs.end()) != ssrcs.end()) return unexpected(SfuError::duplicate_ssrc);
  return {};
}

bool same_streams(const Source& source, const wire::PublishedSource& published) noexcept {
  if (source.encodings.size() != published.encodings.size()) return false;
  for (std::size_t i = 0; i < source.encodings.size(); ++i) {
    if (source.encodings[i]->ssrc != published.encodings[i].ssrc ||
        source.encodings[i]->rtx_ssrc != published.encodings[i].rtx_ssrc) {
      return false;
    }
  }
  return true;
}

}  // namespace

Worker::Worker(const Config& config, Sink& sink, RandomSource& random)
    : config_(config), sink_(sink), random_(random) {}

std::optional<TransportHandle> Worker::find(TransportId id) const noexcept {
  const auto it = by_id_.find(id);
  if (it == by_id_.end()) return std::nullopt;
  return it->second;
}

Meeting* Worker::find_meeting(const MeetingKey& key) noexcept {
  const std::optional<MeetingUuid> uuid = uuid_of(key);
  if (!uuid) return nullptr;
  const auto it = meetings_.find(*uuid);
  return it != meetings_.end() ? it->second.get() : nullptr;
}

Meeting* Worker::make_meeting(const MeetingKey& key, Instant now) {
  const std::optional<MeetingUuid> uuid = uuid_of(key);
  if (!uuid) return nullptr;
  std::unique_ptr<Meeting>& meeting = meetings_[*uuid];
  if (!meeting) {
    meeting = std::make_unique<Meeting>();
    meeting->key = key;
    meeting->uuid = *uuid;
    meeting->asked_at = now;
  }
  return meeting.get();
}

void Worker::drop_meeting_if_empty(Meeting& meeting) {
  if (meeting.transports.empty() && meeting.participants.empty()) meetings_.erase(MeetingUuid{meeting.uuid});
}

std::uint32_t Worker::fresh_ssrc() {
  for (;;) {
    const std::uint32_t ssrc = random_.u32();
    if (ssrc > 0xffff && own_ssrcs_.insert(ssrc).second) return ssrc;
  }
}

expected<TransportHandle, SfuError> Worker::open_transport(const wire::media::OpenTransport& command, Instant now) {
  if (command.audio_slots > max_audio_slots || command.video_slots > max_video_slots) {
    return unexpected(SfuError::too_many_slots);
  }
  if (by_id_.contains(command.transport)) return unexpected(SfuError::duplicate_transport);
  if (by_id_.size() >= config_.max_transports) return unexpected(SfuError::too_many_transports);
  if (!uuid_of(command.meeting)) return unexpected(SfuError::bad_meeting_key);
  Meeting* meeting = find_meeting(command.meeting);
  if (meeting == nullptr && meetings_.size() >= config_.max_meetings) return unexpected(SfuError::too_many_meetings);
  if (meeting != nullptr) {
    const auto it = meeting->participants.find(command.participant);
    if (it != meeting->participants.end() && it->second->transport != nullptr) {
      return unexpected(SfuError::duplicate_transport);
    }
    if (it == meeting->participants.end() && meeting->participants.size() >= config_.max_participants) {
      return unexpected(SfuError::too_many_transports);
    }
  }
  if (meeting == nullptr) meeting = make_meeting(command.meeting, now);

  if (free_handles_.empty()) {
    free_handles_.push_back(static_cast<std::uint32_t>(transports_.size()));
    transports_.emplace_back();
    queued_.reserve(transports_.size());
    candidates_.reserve(transports_.size());
  }
  const TransportHandle handle{free_handles_.back()};
  free_handles_.pop_back();
  transports_[value(handle)] = std::make_unique<Transport>(
      handle, command.transport,
      congestion::Controller::Config{.start = config_.start_rate, .min = config_.min_rate, .max = config_.max_rate});
  Transport& transport = *transports_[value(handle)];
  by_id_.emplace(command.transport, handle);
  transport.meeting = meeting;
  transport.rtcp_ssrc = fresh_ssrc();
  transport.rate = config_.start_rate;
  transport.transport_sequence = static_cast<std::uint16_t>(random_.u32());
  // RFC 3550 section 5.1: first sequence numbers and timestamps are random; the numbers in the lower half only, or a
  // receiver that loses the first wrap could not open SRTP any more.
  transport.audio_slots.reserve(command.audio_slots);
  for (std::uint32_t i = 0; i < command.audio_slots; ++i) {
    transport.audio_slots.emplace_back(fresh_ssrc(), rtp::initial_sequence_number(random_), random_.u32());
  }
  transport.video_slots.reserve(command.video_slots);
  for (std::uint32_t i = 0; i < command.video_slots; ++i) {
    const std::uint32_t ssrc = fresh_ssrc();
    const std::uint32_t rtx = fresh_ssrc();
    transport.video_slots.emplace_back(ssrc, rtx, rtp::initial_sequence_number(random_), random_.u32(),
                                       rtp::initial_sequence_number(random_));
  }

  std::unique_ptr<Participant>& participant = meeting->participants[command.participant];
  if (participant) {
    // It was on another worker until now; its sources come with the next SetPublished.
    set_sources(*participant, {}, now);
  } else {
    participant = std::make_unique<Participant>(*meeting, command.participant);
  }
  participant->transport = &transport;
  transport.participant = participant.get();
  meeting->transports.push_back(&transport);
  set_workers(*meeting, command.peer_workers);
  if (next_upkeep_ == Instant{}) next_upkeep_ = next_slow_ = now;
  return handle;
}

std::vector<wire::Slot> Worker::slots_of(const Transport& transport) const {
  std::vector<wire::Slot> slots;
  for (const AudioSlot& slot : transport.audio_slots) {
    slots.push_back({.slot = static_cast<std::uint32_t>(slots.size()), .video = false, .ssrc = slot.ssrc});
  }
  for (const VideoSlot& slot : transport.video_slots) {
    slots.push_back({.slot = static_cast<std::uint32_t>(slots.size()),
                     .video = true,
                     .ssrc = slot.ssrc,
                     .rtx_ssrc = slot.rtx_ssrc});
  }
  return slots;
}

void Worker::set_connected(Transport& transport, bool connected, Instant now) {
  if (transport.connected == connected) return;
  transport.connected = connected;
  Meeting& meeting = *transport.meeting;
  if (connected) {
    transport.pace_free = now;
    transport.resend_at = transport.audio_since = now;
    transport.allocation_dirty = true;
    begin_quality(transport, now);
    assign_audio(meeting, transport);
    allocate(transport, now);
  } else {
    for (std::uint8_t i = 0; i < transport.audio_slots.size(); ++i) set_audio_slot(transport, i, nullptr);
    for (std::uint8_t i = 0; i < transport.video_slots.size(); ++i) {
      pause_slot(transport, i);
      set_asked(transport.video_slots[i], nullptr);
    }
    transport.audio_dirty = 0;
    transport.video_dirty = 0;
    transport.probe.reset();
  }
  meeting.layers_dirty = meeting.asks_dirty = true;
}

void Worker::close_transport(Transport& transport, Instant now) {
  Meeting& meeting = *transport.meeting;
  set_connected(transport, false, now);
  for (VideoSlot& slot : transport.video_slots) set_asked(slot, nullptr);
  std::erase(meeting.transports, &transport);
  std::erase(queued_, &transport);
  std::erase(announce_, &transport);
  for (const AudioSlot& slot : transport.audio_slots) own_ssrcs_.erase(slot.ssrc);
  for (const VideoSlot& slot : transport.video_slots) {
    own_ssrcs_.erase(slot.ssrc);
    own_ssrcs_.erase(slot.rtx_ssrc);
  }
  own_ssrcs_.erase(transport.rtcp_ssrc);
  drop_participant(*transport.participant, now);
  by_id_.erase(transport.id);
  free_handles_.push_back(value(transport.handle));
  // What else is known of the meeting came from other workers and is of no use without a receiver here.
  if (meeting.transports.empty()) {
    while (!meeting.participants.empty()) drop_participant(*meeting.participants.begin()->second, now);
  }
  transports_[value(TransportHandle{transport.handle})].reset();
  drop_meeting_if_empty(meeting);
}

void Worker::drop_participant(Participant& participant, Instant now) {
  set_sources(participant, {}, now);
  participant.meeting.participants.erase(ParticipantNumber{participant.number});
}

void Worker::drop_source(Source& source, Instant now) {
  Meeting& meeting = source.participant.meeting;
  for (const std::unique_ptr<Encoding>& encoding : source.encodings) {
    std::erase(dirty_, encoding.get());
    while (!encoding->subscribers.empty()) {
      const Subscriber subscriber = encoding->subscribers.back();
      if (source.video()) {
        pause_slot(*subscriber.receiver, subscriber.slot);
      } else {
        set_audio_slot(*subscriber.receiver, subscriber.slot, nullptr);
      }
    }
  }
  for (Transport* transport : meeting.transports) {
    for (std::uint8_t i = 0; i < transport->video_slots.size(); ++i) {
      VideoSlot& slot = transport->video_slots[i];
      if (slot.source != &source) continue;
      set_asked(slot, nullptr);
      slot.source = nullptr;
      slot.choice = {};
      announce_video(*transport, i);
    }
  }
  std::erase(meeting.audio_sources, &source);
  meeting.speakers.forget(reinterpret_cast<SpeakerOrder::Id>(&source));
  meeting.audio_dirty = meeting.audio_dirty || !source.video();
  static_cast<void>(now);
}

void Worker::set_sources(Participant& participant, std::span<const wire::PublishedSource> sources, Instant now) {
  Meeting& meeting = participant.meeting;
  for (std::unique_ptr<Source>& source : participant.sources) {
    if (!source) continue;
    const auto kept = std::find_if(sources.begin(), sources.end(), [&](const wire::PublishedSource& published) {
      return published.kind == source->kind && same_streams(*source, published);
    });
    if (kept != sources.end()) continue;
    drop_source(*source, now);
    source.reset();
  }
  for (const wire::PublishedSource& published : sources) {
    std::unique_ptr<Source>& source = participant.sources[static_cast<std::size_t>(published.kind)];
    const bool fresh = !source;
    if (fresh) source = std::make_unique<Source>(participant, published.kind);
    source->codec = rtp::codec_named(published.codec).value_or(rtp::VideoCodec::vp8);
    for (std::size_t i = 0; i < published.encodings.size(); ++i) {
      const wire::Encoding& from = published.encodings[i];
      if (fresh) {
        source->encodings.push_back(
            std::make_unique<Encoding>(*source, static_cast<std::uint8_t>(i), config_.key_frame_interval));
      }
      Encoding& encoding = *source->encodings[i];
      encoding.rid = from.rid;
      encoding.ssrc = from.ssrc;
      encoding.rtx_ssrc = from.rtx_ssrc;
      encoding.height = from.height;
      encoding.max_rate = DataRate::bps(from.max_bitrate_bps);
      const LogEntry* key = encoding.last_key ? encoding.log->find(*encoding.last_key) : nullptr;
      if (source->may_send(encoding.codec) && (key == nullptr || source->may_send(key->codec))) continue;
      // Whoever comes now may take nothing but VP8: it begins with nothing that is here already.
      encoding.last_key.reset();
      encoding.keys.request();
      request_key_frame(encoding, now);
    }
    if (fresh && !source->video()) {
      meeting.audio_sources.push_back(source.get());
      meeting.audio_dirty = true;
    }
    if (source->video()) allocations_changed(*source);
  }
  bind_slots(meeting, participant.number);
  meeting.layers_dirty = meeting.asks_dirty = true;
  participant.link_asked = 0;
  update_link_workers(meeting, now);
  if (participant.transport != nullptr) list_inbound(*participant.transport);
}

void Worker::list_inbound(Transport& transport) {
  transport.inbound.clear();
  if (transport.participant == nullptr) return;
  for (const std::unique_ptr<Source>& source : transport.participant->sources) {
    if (!source) continue;
    for (const std::unique_ptr<Encoding>& encoding : source->encodings) {
      transport.inbound.push_back({encoding->ssrc, false, encoding.get()});
      if (encoding->rtx_ssrc != 0) transport.inbound.push_back({encoding->rtx_ssrc, true, encoding.get()});
    }
  }
}

expected<void, SfuError> Worker::set_published(const wire::media::SetPublished& command, Instant now) {
  const std::optional<TransportHandle> handle = find(command.transport);
  if (!handle) return unexpected(SfuError::unknown_transport);
  if (const auto checked = check_sources(command.sources); !checked) return checked;
  Transport& transport = *get(*handle);
  Participant& participant = *transport.participant;
  participant.audio_allowed = command.audio_allowed;
  participant.video_allowed = command.video_allowed;
  set_sources(participant, command.sources, now);
  const std::unique_ptr<Source>& voice = participant.sources[static_cast<std::size_t>(SourceKind::audio)];
  if (voice && !command.audio_allowed) voice->loudness.silence();
  return {};
}

expected<void, SfuError> Worker::set_remote_published(const wire::media::SetRemotePublished& command, Instant now) {
  if (const auto checked = check_sources(command.sources); !checked) return checked;
  if (command.worker >= max_workers || command.worker == config_.worker) return unexpected(SfuError::unknown_meeting);
  Meeting* meeting = find_meeting(command.meeting);
  if (meeting == nullptr) return unexpected(SfuError::unknown_meeting);
  const auto it = meeting->participants.find(command.participant);
  if (it == meeting->participants.end()) {
    if (command.sources.empty()) return {};
    if (meeting->participants.size() >= config_.max_participants) return unexpected(SfuError::too_many_transports);
  } else if (it->second->transport != nullptr) {
    // Its transport is here now; what is known of it from elsewhere is old.
    return command.sources.empty() ? expected<void, SfuError>{} : unexpected(SfuError::duplicate_transport);
  } else if (command.sources.empty() && it->second->worker != command.worker) {
    return {};  // gone from a worker that it has left already
  }
  std::unique_ptr<Participant>& participant = meeting->participants[command.participant];
  if (!participant) participant = std::make_unique<Participant>(*meeting, command.participant);
  if (command.sources.empty() || participant->worker != command.worker) set_sources(*participant, {}, now);
  if (command.sources.empty()) {
    meeting->participants.erase(command.participant);
    return {};
  }
  participant->worker = command.worker;
  set_sources(*participant, command.sources, now);
  return {};
}

expected<void, SfuError> Worker::set_subscribed(const wire::media::SetSubscribed& command, Instant now) {
  const std::optional<TransportHandle> handle = find(command.transport);
  if (!handle) return unexpected(SfuError::unknown_transport);
  Transport& transport = *get(*handle);
  const std::size_t first_video = transport.audio_slots.size();
  std::array<const wire::VideoWish*, max_video_slots> wishes{};
  for (const wire::VideoWish& wish : command.videos) {
    if (wish.slot < first_video || wish.slot - first_video >= transport.video_slots.size()) {
      return unexpected(SfuError::too_many_slots);
    }
    wishes[wish.slot - first_video] = &wish;  // the last one counts
  }
  std::vector<ParticipantNumber> withheld = command.withheld;
  std::ranges::sort(withheld);
  if (withheld != transport.withheld) {
    transport.withheld = std::move(withheld);
    assign_audio(*transport.meeting, transport);
  }
  for (std::uint8_t i = 0; i < transport.video_slots.size(); ++i) {
    VideoSlot& slot = transport.video_slots[i];
    const wire::VideoWish* wish = wishes[i];
    if (wish == nullptr) {
      slot.wish.reset();
    } else {
      slot.wish = VideoWish{.participant = wish->participant,
                            .kind = wish->kind,
                            .max_height = wish->max_height,
                            .priority = wish->priority};
    }
    bind_slot(transport, i);
  }
  transport.allocation_dirty = true;
  if (transport.connected) allocate(transport, now);
  return {};
}

void Worker::set_workers(Meeting& meeting, std::span<const std::uint32_t> workers) {
  std::erase_if(meeting.workers, [&](const RemoteWorker& known) {
    return std::find(workers.begin(), workers.end(), known.worker) == workers.end();
  });
  for (const std::uint32_t worker : workers) {
    if (worker >= max_workers || worker == config_.worker) continue;
    const auto it = std::find_if(meeting.workers.begin(), meeting.workers.end(),
                                 [&](const RemoteWorker& known) { return known.worker == worker; });
    if (it == meeting.workers.end()) meeting.workers.push_back({.worker = worker});
  }
  meeting.asks_dirty = true;
}

expected<void, SfuError> Worker::set_meeting_workers(const wire::media::MeetingWorkers& command, Instant now) {
  Meeting* meeting = find_meeting(command.meeting);
  // Control takes a worker out of a meeting after its last transport there, with which the meeting has gone already.
  if (meeting == nullptr && command.workers.empty()) return {};
  if (meeting == nullptr) return unexpected(SfuError::unknown_meeting);
  set_workers(*meeting, command.workers);
  update_link_workers(*meeting, now);
  return {};
}

}  // namespace sealhall::sfu
