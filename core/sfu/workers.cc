#include <algorithm>
#include <bit>

#include "core/rtp/profile.h"
#include "core/sfu/worker.h"

namespace sealhall::sfu {
namespace {

// What is asked of another worker is repeated, so that a lost datagram or a new worker costs a moment only.
constexpr Duration ask_again = std::chrono::seconds{1};
// What is not asked for again for so long is not sent any more.
constexpr Duration ask_lifetime = std::chrono::milliseconds{3500};

std::uint16_t bit_of(const Source& source, std::size_t layer) noexcept {
  return static_cast<std::uint16_t>(1U << (static_cast<std::size_t>(source.kind) * max_encodings + layer));
}

}  // namespace

void Worker::send_control(std::uint32_t worker, const LinkMessage& message) {
  std::array<std::uint8_t, max_link_control_size> out{};
  const std::size_t size = write_link_control(message, out);
  sink_.send_link(worker, ByteView{out}.first(size), {});
}

/// Tells other workers which encodings of their participants have a receiver here, and how many speakers.
void Worker::ask_workers(Meeting& meeting, Instant now) {
  const bool refresh = now - meeting.asked_at >= ask_again;
  if (!meeting.asks_dirty && !refresh) return;
  meeting.asks_dirty = false;
  if (refresh) meeting.asked_at = now;

  std::size_t slots = 0;
  for (const Transport* transport : meeting.transports) {
    if (transport->connected) slots = std::max(slots, transport->audio_slots.size());
  }
  for (RemoteWorker& remote : meeting.workers) {
    const auto wanted = static_cast<std::uint8_t>(slots);
    if (!refresh && remote.audio_asked == wanted) continue;
    remote.audio_asked = wanted;
    send_control(remote.worker, {.type = LinkType::audio_wanted, .meeting = meeting.uuid, .audio_wanted = wanted});
  }
  for (const auto& [number, participant] : meeting.participants) {
    if (participant->transport != nullptr) continue;
    std::uint16_t mask = 0;
    for (const std::unique_ptr<Source>& source : participant->sources) {
      if (!source || !source->video()) continue;
      for (const std::unique_ptr<Encoding>& encoding : source->encodings) {
        if (encoding->wanted()) mask |= bit_of(*source, encoding->index);
      }
    }
    if (mask == participant->link_asked && (mask == 0 || !refresh)) continue;
    participant->link_asked = mask;
    send_control(participant->worker,
                 {.type = LinkType::wanted, .meeting = meeting.uuid, .participant = number, .wanted = mask});
  }
}

void Worker::on_wanted(Meeting& meeting, Participant& participant, std::uint32_t worker, std::uint16_t mask,
                       Instant now) {
  const auto it = std::find_if(participant.link_wishes.begin(), participant.link_wishes.end(),
                               [&](const LinkWish& wish) { return wish.worker == worker; });
  if (it == participant.link_wishes.end()) {
    participant.link_wishes.push_back({worker, mask, now + ask_lifetime});
  } else {
    it->expires = now + ask_lifetime;
    if (it->mask == mask) return;
    it->mask = mask;
  }
  update_link_workers(meeting, now);
}

/// Which workers every encoding of the participants here goes to: video as asked for; audio of the loudest here, as
/// many as the other worker has slots, for nobody else can be among the loudest there.
void Worker::update_link_workers(Meeting& meeting, Instant now) {
  if (meeting.workers.empty() && !meeting.linked) return;
  meeting.linked = !meeting.workers.empty();
  const auto carries = [&](std::uint32_t worker) {
    return std::any_of(meeting.workers.begin(), meeting.workers.end(),
                       [&](const RemoteWorker& remote) { return remote.worker == worker; });
  };
  for (const auto& [number, participant] : meeting.participants) {
    if (participant->transport == nullptr) continue;
    std::erase_if(participant->link_wishes,
                  [&](const LinkWish& wish) { return wish.expires < now || wish.mask == 0 || !carries(wish.worker); });
    for (const std::unique_ptr<Source>& source : participant->sources) {
      if (!source) continue;
      for (const std::unique_ptr<Encoding>& encoding : source->encodings) {
        const std::uint64_t before = encoding->link_workers;
        encoding->link_workers = 0;
        if (!source->video()) continue;
        for (const LinkWish& wish : participant->link_wishes) {
          if ((wish.mask & bit_of(*source, encoding->index)) != 0)
            encoding->link_workers |= std::uint64_t{1} << wish.worker;
        }
        if (encoding->link_workers != before) meeting.layers_dirty = true;
        // A worker that comes in needs a key frame to begin with; it asks for it itself when it has receivers waiting.
      }
    }
  }
  for (RemoteWorker& remote : meeting.workers) {
    if (remote.expires < now) remote.audio_wanted = 0;
    std::size_t left = remote.audio_wanted;
    const std::uint64_t bit = std::uint64_t{1} << remote.worker;
    const auto give = [&](Source& source) {
      if (left == 0 || source.participant.transport == nullptr || (source.encodings.front()->link_workers & bit) != 0)
        return;
      source.encodings.front()->link_workers |= bit;
      --left;
    };
    for (Source* source : meeting.audio_sources) {
      if (source->kind == SourceKind::share_audio) give(*source);
    }
    for (const SpeakerOrder::Id id : meeting.speakers.order()) give(*reinterpret_cast<Source*>(id));
    // Nobody is loud enough to have a place: whoever sounds most goes first, so that the other side hears a beginning
    // too.
    for (std::size_t i = 0; left != 0 && i < meeting.audio_sources.size(); ++i) {
      if (meeting.audio_sources[i]->loudness.speaking()) give(*meeting.audio_sources[i]);
    }
    for (std::size_t i = 0; left != 0 && i < meeting.audio_sources.size(); ++i) give(*meeting.audio_sources[i]);
  }
}

void Worker::on_link(std::uint32_t from_worker, ByteView datagram, Instant now) {
  const auto message = parse_link(datagram);
  if (!message || from_worker >= max_workers || from_worker == config_.worker) {
    ++stats_.dropped_link;
    return;
  }
  const auto found = meetings_.find(message->meeting);
  if (found == meetings_.end()) {
    ++stats_.dropped_link;
    return;
  }
  Meeting& meeting = *found->second;
  if (message->type == LinkType::audio_wanted) {
    for (RemoteWorker& remote : meeting.workers) {
      if (remote.worker != from_worker) continue;
      remote.expires = now + ask_lifetime;
      if (remote.audio_wanted == message->audio_wanted) return;
      remote.audio_wanted = message->audio_wanted;
      update_link_workers(meeting, now);
      return;
    }
    ++stats_.dropped_link;
    return;
  }
  const auto who = meeting.participants.find(message->participant);
  const bool here = who != meeting.participants.end() && who->second->transport != nullptr;
  const bool from_there = message->type == LinkType::media || message->type == LinkType::sender_report;
  if (who == meeting.participants.end() || here == from_there || (!here && who->second->worker != from_worker)) {
    ++stats_.dropped_link;
    return;
  }
  Participant& participant = *who->second;
  if (message->type == LinkType::wanted) {
    const bool known = std::any_of(meeting.workers.begin(), meeting.workers.end(),
                                   [&](const RemoteWorker& remote) { return remote.worker == from_worker; });
    if (known) {
      on_wanted(meeting, participant, from_worker, message->wanted, now);
    } else {
      ++stats_.dropped_link;
    }
    return;
  }
  Encoding* encoding = nullptr;
  for (const std::unique_ptr<Source>& source : participant.sources) {
    if (!source) continue;
    for (const std::unique_ptr<Encoding>& each : source->encodings) {
      if (each->ssrc == message->media.ssrc) encoding = each.get();
    }
  }
  if (encoding == nullptr) {
    ++stats_.dropped_link;
    return;
  }
  switch (message->type) {
    case LinkType::media:
      ++stats_.link_in;
      ingest(*encoding,
             {.sequence_number = message->media.sequence_number,
              .timestamp = message->media.timestamp,
              .payload_type = message->media.payload_type,
              .marker = message->media.marker,
              .has_level = message->media.has_level,
              .voice = message->media.voice,
              .level = message->media.level,
              .payload = message->payload},
             now);
      return;
    case LinkType::sender_report:
      on_sender_report(*encoding, message->ntp_time, message->media.timestamp, now);
      return;
    case LinkType::key_frame:
      encoding->keys.request();
      request_key_frame(*encoding, now);
      return;
    case LinkType::nack: {
      if (!encoding->log || (encoding->link_workers >> from_worker & 1) == 0) return;
      const PacketLog& log = *encoding->log;
      for (std::size_t i = 0; i < message->nack_count; ++i)
        resend_to_worker(*encoding, log, message->nacks[i], from_worker);
      return;
    }
    case LinkType::wanted:
    case LinkType::audio_wanted:
      return;
  }
}

void Worker::resend_to_worker(Encoding& encoding, const PacketLog& log, std::uint16_t sequence, std::uint32_t worker) {
  for (std::uint32_t index = log.head(); index != log.tail(); --index) {
    const LogEntry& entry = *log.find(index - 1);
    if (rtp::on_wire(entry.seq) != sequence) continue;
    if (entry.padding_only) return;
    const Participant& participant = encoding.source.participant;
    std::array<std::uint8_t, link_media_head_size> head{};
    write_link_media(participant.meeting.uuid, participant.number,
                     {.ssrc = encoding.ssrc,
                      .sequence_number = sequence,
                      .timestamp = entry.timestamp,
                      .payload_type = rtp::payload_type_of(entry.codec),
                      .marker = entry.marker},
                     head);
    // The log holds the payload without what is written anew.
    std::array<std::uint8_t, 6> descriptor{};
    std::array<std::uint8_t, rtp::max_datagram_size + 6> body;
    const std::size_t size = write_descriptor(entry, entry.picture_id, entry.tl0_picture_index, descriptor);
    const ByteView payload = log.payload(entry);
    if (size + payload.size() > body.size()) return;
    std::copy_n(descriptor.begin(), size, body.begin());
    std::copy(payload.begin(), payload.end(), body.begin() + static_cast<std::ptrdiff_t>(size));
    ++stats_.link_out;
    sink_.send_link(worker, head, ByteView{body}.first(size + payload.size()));
    return;
  }
}

}  // namespace sealhall::sfu
