// Tested in continuity_test.cc
#include <algorithm>
#include <bit>
#include <cmath>

#include "core/rtp/profile.h"
#include "core/sfu/rtp_out.h"
#include "core/sfu/worker.h"

namespace sealhall::sfu {
namespace {

constexpr std::size_t srtp_tag_size = 16;
constexpr std::size_t udp_overhead = 28;  // with IPv4
// How much faster than the estimate media may leave. Larger: less delay on large frames; smaller: gentler to queues.
constexpr double pace_factor = 2.5;
// A run is at most so much time of the paced rate, at least `least_run` packets so that slow receivers get on too.
constexpr Duration run_time = std::chrono::milliseconds{20};
constexpr std::size_t least_run = 3;
constexpr std::size_t full_packet = 1200;
// Packets of a key frame may overtake its first one by so many places.
constexpr std::uint32_t overtaking = 8;

std::int32_t ahead(std::uint32_t a, std::uint32_t b) noexcept { return static_cast<std::int32_t>(a - b); }

constexpr std::array<std::uint8_t, full_packet> zeros{};

}  // namespace

void Worker::enqueue(Transport& transport) {
  if (transport.queued) return;
  transport.queued = true;
  queued_.push_back(&transport);
}

void Worker::mark_audio(Transport& transport, std::uint8_t slot, Instant now) {
  transport.audio_dirty |= std::uint32_t{1} << slot;
  if (!audio_deadline_) audio_deadline_ = now + config_.audio_gather;
  enqueue(transport);
}

void Worker::mark_video(Transport& transport, std::uint8_t slot) {
  transport.video_dirty |= std::uint64_t{1} << slot;
  enqueue(transport);
}

void Worker::flush(Instant now) {
  for (Encoding* encoding : dirty_) {
    const bool video = encoding->source.video();
    for (const Subscriber& subscriber : encoding->subscribers) {
      if (!video) {
        mark_audio(*subscriber.receiver, subscriber.slot, now);
      } else if (!subscriber.waiting || encoding->key_arrived) {
        mark_video(*subscriber.receiver, subscriber.slot);
      }
    }
    encoding->dirty = encoding->key_arrived = false;
  }
  dirty_.clear();

  const bool audio_due = audio_deadline_ && now >= *audio_deadline_;
  pace_deadline_.reset();
  std::size_t kept = 0;
  for (Transport* transport : queued_) {
    if (drain(*transport, audio_due, now)) {
      queued_[kept++] = transport;
    } else {
      transport->queued = false;
    }
  }
  queued_.resize(kept);
  if (audio_due) audio_deadline_.reset();
  if (!announce_.empty()) emit_slots();
}

/// True when something is left for later.
bool Worker::drain(Transport& transport, bool audio_due, Instant now) {
  const bool video_now = transport.video_dirty != 0 && transport.pace_free <= now;
  const bool audio_now = transport.audio_dirty != 0 && (audio_due || video_now);
  const std::uint64_t before = stats_.packets_out;
  if (audio_now) drain_audio(transport, now);
  if (video_now) drain_video(transport, now);
  if (stats_.packets_out != before) sink_.end_run(transport.handle);
  if (transport.video_dirty != 0)
    pace_deadline_ = std::min(pace_deadline_.value_or(Instant::max()), transport.pace_free);
  return transport.audio_dirty != 0 || transport.video_dirty != 0;
}

void Worker::drain_audio(Transport& transport, Instant now) {
  struct Ready {
    AudioSlot* slot;
    const LogEntry* entry;
    AudioNumbers numbers;
  };
  std::array<Ready, 2 * max_audio_slots> ready;
  std::size_t count = 0;
  for (std::uint32_t left = transport.audio_dirty; left != 0; left &= left - 1) {
    const int index = std::countr_zero(left);
    AudioSlot& slot = transport.audio_slots[static_cast<std::size_t>(index)];
    transport.audio_dirty &= ~(std::uint32_t{1} << index);
    if (slot.encoding == nullptr || !slot.encoding->log) continue;
    const PacketLog& log = *slot.encoding->log;
    while (slot.cursor != log.head()) {
      if (count == ready.size()) {
        transport.audio_dirty |= std::uint32_t{1} << index;
        break;
      }
      const LogEntry* entry = log.find(slot.cursor);
      if (entry == nullptr) {
        slot.cursor = log.tail();
        continue;
      }
      ++slot.cursor;
      if (entry->padding_only) continue;
      if (const std::optional<AudioNumbers> numbers = slot.stream.next(*entry))
        ready[count++] = {&slot, entry, *numbers};
    }
  }
  // One GSO run needs packets of one size, the last one may be shorter (udp(7), UDP_SEGMENT): the longest goes first,
  // the others but the last are padded to it (RFC 3550 section 5.1).
  const bool equalise = config_.equalise_audio && count > 1;
  if (equalise) {
    // Few and nearly sorted; unlike std::stable_sort this takes no memory. Packets of one slot stay in order when of
    // one size.
    for (std::size_t i = 1; i < count; ++i) {
      for (std::size_t k = i; k > 0 && ready[k].entry->size > ready[k - 1].entry->size; --k) {
        std::swap(ready[k], ready[k - 1]);
      }
    }
  }
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint32_t missing = equalise && i + 1 < count ? ready[0].entry->size - ready[i].entry->size : 0U;
    const auto padding = static_cast<std::uint8_t>(missing <= 255 ? missing : 0);
    send_audio_packet(transport, *ready[i].slot, *ready[i].entry, ready[i].numbers, padding, now);
  }
}

DataRate Worker::pace(const Transport& transport) const noexcept {
  const DataRate rate = std::max(transport.rate, config_.min_rate) * pace_factor;
  return transport.probe ? std::max(rate, transport.probe->probe.rate) : rate;
}

void Worker::drain_video(Transport& transport, Instant now) {
  const DataRate rate = pace(transport);
  const auto worth = static_cast<std::size_t>(std::max<std::int64_t>(rate.bytes_in(run_time), 0)) / full_packet;
  std::size_t packets = std::clamp(worth, least_run, max_run_packets);
  std::size_t bytes = 0;
  // The slot whose turn it is goes first, so that a slow receiver's slots share its runs.
  const std::uint64_t dirty = transport.video_dirty;
  const std::uint8_t turn = transport.next_slot;
  for (std::uint64_t left :
       {dirty & (~std::uint64_t{0} << turn), turn == 0 ? 0 : dirty & ((std::uint64_t{1} << turn) - 1)}) {
    for (; left != 0 && packets != 0; left &= left - 1) {
      const auto index = static_cast<std::uint8_t>(std::countr_zero(left));
      if (drain_slot(transport, index, packets, bytes, now)) {
        transport.video_dirty &= ~(std::uint64_t{1} << index);
      } else {
        transport.next_slot = static_cast<std::uint8_t>((index + 1) % max_video_slots);
      }
    }
  }
  transport.pace_free = std::max(transport.pace_free, now - run_time) + rate.time_for(bytes);
}

/// True when everything that has arrived for the slot was sent.
bool Worker::drain_slot(Transport& transport, std::uint8_t index, std::size_t& packets, std::size_t& bytes,
                        Instant now) {
  VideoSlot& slot = transport.video_slots[index];
  for (;;) {
    if (slot.current != nullptr) {
      const PacketLog& log = *slot.current->log;
      while (slot.cursor != log.head()) {
        if (packets == 0) return false;
        const LogEntry* entry = log.find(slot.cursor);
        if (entry == nullptr) {
          // Too far behind: the receiver sees a gap, and asks for a key frame when it needs one.
          slot.cursor = log.tail();
          continue;
        }
        const std::uint32_t at = slot.cursor++;
        if (!entry->padding_only && entry->codec != slot.stream.codec()) {
          change_codec(slot, *entry, at);
          continue;
        }
        const VideoDecision decision = slot.stream.next(*entry);
        if (decision.kind == VideoDecision::Kind::drop) continue;
        bytes += decision.kind == VideoDecision::Kind::forward
                     ? send_video_packet(transport, index, *entry, at, decision.numbers, now)
                     : send_filler(transport, slot, decision.numbers, now);
        --packets;
      }
    }
    if (slot.target == nullptr || !slot.target->log || !slot.target->last_key) return true;
    const std::uint32_t key = *slot.target->last_key;
    if (ahead(key, slot.target_from) < 0 || slot.target->log->find(key) == nullptr) return true;
    start_target(transport, index, key, now);
  }
}

/// The publisher has gone over to another codec: the stream follows when `entry` begins a key frame of it, and reads on
/// from there; packets of that frame which overtook its first one come with it. Nothing is sent of what comes before.
void Worker::change_codec(VideoSlot& slot, const LogEntry& entry, std::uint32_t log_index) {
  const std::uint32_t timestamp = entry.timestamp + slot.stream.timestamp_offset();
  // What is left of the codec before may begin a key frame, too; it is not gone back to. Timestamps are a circle and
  // the publisher's choice, so that they alone could lead round it for ever: each start is with a higher number.
  if (!entry.key_start || entry.seq <= slot.stream.started_with() || !slot.current->source.may_send(entry.codec) ||
      ahead(timestamp, slot.stream.last_timestamp()) <= 0) {
    return;
  }
  slot.stream.start(entry, timestamp);
  slot.last_arrival = entry.arrival;
  const PacketLog& log = *slot.current->log;
  slot.cursor = ahead(log_index - overtaking, log.tail()) > 0 ? log_index - overtaking : log.tail();
}

void Worker::start_target(Transport& transport, std::uint8_t index, std::uint32_t key_index, Instant now) {
  VideoSlot& slot = transport.video_slots[index];
  Encoding& target = *slot.target;
  const LogEntry& key = *target.log->find(key_index);
  std::uint32_t timestamp = slot.stream.timestamp_after(key.arrival - slot.last_arrival);
  if (slot.current != nullptr && &slot.current->source == &target.source && slot.current->clock && target.clock &&
      slot.stream.ever_started()) {
    // Both encodings' clocks are known: the new one's timestamps continue exactly (RFC 3550 section 6.4.1).
    const std::uint32_t before = slot.stream.last_timestamp() - slot.stream.timestamp_offset();
    const double seconds =
        static_cast<double>(static_cast<std::int64_t>(target.clock->ntp - slot.current->clock->ntp)) / 4294967296.0 +
        (static_cast<double>(static_cast<std::int32_t>(key.timestamp - target.clock->rtp)) -
         static_cast<double>(static_cast<std::int32_t>(before - slot.current->clock->rtp))) /
            rtp::video_clock_rate;
    const double by_arrival = to_seconds(key.arrival - slot.last_arrival);
    if (seconds >= 0.001 && std::abs(seconds - by_arrival) < 0.5) {
      timestamp = slot.stream.last_timestamp() + static_cast<std::uint32_t>(seconds * rtp::video_clock_rate + 0.5);
    }
  }
  if (slot.current != nullptr) unsubscribe(*slot.current, transport, index);
  for (Subscriber& subscriber : target.subscribers) {
    if (subscriber.receiver == &transport && subscriber.slot == index) subscriber.waiting = false;
  }
  slot.current = &target;
  slot.target = nullptr;
  slot.stream.limit_temporal(static_cast<std::uint8_t>(std::max<std::int8_t>(slot.choice.temporal, 0)));
  slot.stream.start(key, timestamp);
  slot.last_arrival = key.arrival;
  // Packets of the key frame that came before its first one are sent too; the stream leaves out what is older than it.
  const PacketLog& log = *target.log;
  slot.cursor = ahead(key_index - overtaking, log.tail()) > 0 ? key_index - overtaking : log.tail();
  if (!transport.sent) transport.sent = std::make_unique<SentPackets>(transport.video_slots.size());
  transport.meeting->layers_dirty = transport.meeting->asks_dirty = true;
  if (target.clock) send_sender_report(transport, {&transport, index, false}, target, now);
}

void Worker::account(Transport& transport, const OutPacket& packet, std::uint16_t transport_sequence, Instant now) {
  const std::size_t size = packet.size();
  std::uint32_t probe = 0;
  if (transport.probe) {
    probe = transport.probe->probe.id;
    ++transport.probe->packets;
    transport.probe->bytes += static_cast<std::uint32_t>(size);
    transport.probe->next += transport.probe->probe.rate.time_for(size);
  }
  transport.congestion.on_packet_sent({.transport_sequence = transport_sequence,
                                       .size = static_cast<std::uint16_t>(size + srtp_tag_size),
                                       .probe = probe,
                                       .at = now});
  ++stats_.packets_out;
  stats_.bytes_out += size;
  sink_.send(packet);
}

void Worker::send_audio_packet(Transport& transport, AudioSlot& slot, const LogEntry& entry,
                               const AudioNumbers& numbers, std::uint8_t padding, Instant now) {
  std::array<std::uint8_t, audio_header_size> header;
  const OutHeader fields{.payload_type = rtp::payload_type::opus,
                         .marker = numbers.marker,
                         .padding = padding != 0,
                         .sequence = numbers.sequence,
                         .timestamp = numbers.timestamp,
                         .ssrc = slot.ssrc,
                         .transport_sequence = transport.transport_sequence++};
  write_audio_header(fields, entry.voice, entry.audio_level, header);
  const OutPacket packet{.transport = transport.handle,
                         .kind = PacketKind::audio,
                         .header = header,
                         .payload = slot.encoding->log->payload(entry),
                         .padding = padding};
  ++slot.packets;
  slot.octets += entry.size;
  (*slot.meter).on_packet(packet.size() + srtp_tag_size + udp_overhead, false);
  transport.audio_bytes += packet.size() + srtp_tag_size;
  account(transport, packet, fields.transport_sequence, now);
}

std::size_t Worker::send_video_packet(Transport& transport, std::uint8_t index, const LogEntry& entry,
                                      std::uint32_t log_index, const VideoNumbers& numbers, Instant now) {
  VideoSlot& slot = transport.video_slots[index];
  std::array<std::uint8_t, video_header_size> header;
  std::array<std::uint8_t, 6> descriptor;
  const OutHeader fields{.payload_type = rtp::payload_type_of(entry.codec),
                         .marker = entry.marker,
                         .sequence = numbers.sequence,
                         .timestamp = numbers.timestamp,
                         .ssrc = slot.ssrc,
                         .transport_sequence = transport.transport_sequence++};
  write_video_header(fields, header);
  const std::size_t descriptor_size =
      write_descriptor(entry, numbers.picture_id, numbers.tl0_picture_index, descriptor);
  const OutPacket packet{.transport = transport.handle,
                         .kind = PacketKind::video,
                         .header = header,
                         .patch = ByteView{descriptor}.first(descriptor_size),
                         .payload = slot.current->log->payload(entry)};
  ++slot.packets;
  slot.octets += entry.size;
  (*slot.meter).on_packet(packet.size() + srtp_tag_size + udp_overhead, entry.frame_start);
  slot.last_arrival = entry.arrival;
  transport.sent->insert({.log_index = log_index,
                          .sequence = numbers.sequence,
                          .picture_id = numbers.picture_id,
                          .sent_ms = static_cast<std::uint16_t>(to_millis(now.time_since_epoch())),
                          .slot = index,
                          .epoch = static_cast<std::uint8_t>(slot.stream.epoch() & 31)});
  account(transport, packet, fields.transport_sequence, now);
  return packet.size();
}

std::size_t Worker::send_filler(Transport& transport, VideoSlot& slot, const VideoNumbers& numbers, Instant now) {
  std::array<std::uint8_t, video_header_size> header;
  const OutHeader fields{.payload_type = rtp::payload_type_of(slot.stream.codec()),
                         .sequence = numbers.sequence,
                         .timestamp = numbers.timestamp,
                         .ssrc = slot.ssrc,
                         .transport_sequence = transport.transport_sequence++};
  write_video_header(fields, header);
  const OutPacket packet{.transport = transport.handle, .kind = PacketKind::video, .header = header};
  ++slot.packets;
  account(transport, packet, fields.transport_sequence, now);
  return packet.size();
}

std::size_t Worker::send_again(Transport& transport, VideoSlot& slot, const LogEntry& entry,
                               const SentPackets::Entry& sent, Instant now) {
  std::array<std::uint8_t, video_header_size> header;
  std::array<std::uint8_t, 8> patch;
  const OutHeader fields{.payload_type = rtp::rtx_payload_type_of(entry.codec),
                         .marker = entry.marker,
                         .sequence = slot.rtx_sequence++,
                         .timestamp = entry.timestamp + slot.stream.timestamp_offset(),
                         .ssrc = slot.rtx_ssrc,
                         .transport_sequence = transport.transport_sequence++};
  write_video_header(fields, header);
  store_u16(patch.data(), sent.sequence);  // RFC 4588 section 4: the original sequence number goes first
  const auto tl0 = static_cast<std::uint8_t>(entry.tl0_picture_index + slot.stream.tl0_offset());
  const std::size_t descriptor_size = write_descriptor(entry, sent.picture_id, tl0, std::span{patch}.subspan<2, 6>());
  const OutPacket packet{.transport = transport.handle,
                         .kind = PacketKind::retransmission,
                         .header = header,
                         .patch = ByteView{patch}.first(2 + descriptor_size),
                         .payload = slot.current->log->payload(entry)};
  ++stats_.retransmissions_out;
  account(transport, packet, fields.transport_sequence, now);
  return packet.size();
}

std::size_t Worker::send_probe_packet(Transport& transport, std::size_t size, Instant now) {
  VideoSlot& slot = transport.video_slots.front();
  std::array<std::uint8_t, video_header_size> header;
  const OutHeader fields{.payload_type = rtp::payload_type::probe,
                         .sequence = slot.rtx_sequence++,
                         .timestamp = slot.stream.last_timestamp(),
                         .ssrc = slot.rtx_ssrc,
                         .transport_sequence = transport.transport_sequence++};
  write_video_header(fields, header);
  const std::size_t payload = std::min(std::max(size, header.size() + 1) - header.size(), zeros.size());
  const OutPacket packet{.transport = transport.handle,
                         .kind = PacketKind::probe,
                         .header = header,
                         .payload = ByteView{zeros}.first(payload)};
  ++stats_.probes_out;
  account(transport, packet, fields.transport_sequence, now);
  return packet.size();
}

}  // namespace sealhall::sfu
