#include "core/media/frame_assembler.h"

#include <algorithm>
#include <bit>

#include "core/media/packetizer.h"

namespace sealhall::media {
namespace {
constexpr std::size_t max_payload = 1500;
}

FrameAssembler::FrameAssembler(std::size_t max_packets)
    : slots_(std::bit_ceil(std::max<std::size_t>(max_packets, 4))) {}

const FrameAssembler::Slot* FrameAssembler::media_at(rtp::SeqNo s) const noexcept {
  const Slot& slot = slots_[index_of(s)];
  return slot.use == Use::media && slot.sequence == s ? &slot : nullptr;
}

void FrameAssembler::release(Slot& slot) noexcept {
  if (slot.use == Use::media) --held_;
  slot.use = Use::free;
}

FrameAssembler::Slot* FrameAssembler::claim(std::uint16_t wire, rtp::SeqNo& sequence, Insert& outcome) {
  sequence = sequences_.unwrap(wire);
  outcome = Insert::late;
  if (cleared_to_ && sequence <= *cleared_to_) return nullptr;
  Slot& slot = slots_[index_of(sequence)];
  if (slot.use != Use::free && slot.sequence == sequence) {
    outcome = Insert::duplicate;
    return nullptr;
  }
  if (slot.use != Use::free && slot.sequence > sequence) return nullptr;
  if (slot.use == Use::media) ++evicted_;
  release(slot);
  outcome = Insert::kept;
  return &slot;
}

FrameAssembler::Result FrameAssembler::insert(const VideoPacket& packet, Instant now) {
  Result result;
  const auto parsed = rtp::parse_vp8(packet.payload);
  if (!parsed || packet.payload.size() > max_payload) {
    result.insert = Insert::malformed;
    return result;
  }
  rtp::SeqNo sequence{};
  Slot* slot = claim(packet.sequence_number, sequence, result.insert);
  if (slot == nullptr) return result;
  const ByteView bytes = packet.payload.subspan(parsed->descriptor_size);
  slot->use = Use::media;
  slot->marker = packet.marker;
  slot->frame_start = parsed->frame_start;
  slot->key_frame = parsed->key_frame_start;
  slot->retransmitted = packet.retransmitted;
  slot->sequence = sequence;
  slot->timestamp = packet.timestamp;
  slot->arrival = now;
  slot->descriptor = parsed->descriptor;
  slot->bytes.assign(bytes.begin(), bytes.end());
  ++held_;
  result.frame = try_complete(sequence);
  return result;
}

void FrameAssembler::insert_padding(std::uint16_t sequence_number) {
  rtp::SeqNo sequence{};
  Insert outcome{};
  Slot* slot = claim(sequence_number, sequence, outcome);
  if (slot == nullptr) return;
  slot->use = Use::padding;
  slot->sequence = sequence;
}

std::optional<AssembledFrame> FrameAssembler::try_complete(rtp::SeqNo around) {
  const Slot* middle = media_at(around);
  rtp::SeqNo first = around;
  std::size_t steps = 1;
  const auto same_frame = [&](const Slot& slot) {
    return slot.timestamp == middle->timestamp && slot.descriptor.picture_id == middle->descriptor.picture_id;
  };
  while (!media_at(first)->frame_start) {
    const rtp::SeqNo before{rtp::value(first) - 1};
    const Slot* slot = media_at(before);
    if (slot == nullptr || !same_frame(*slot) || slot->marker || ++steps > slots_.size()) return std::nullopt;
    first = before;
  }
  rtp::SeqNo last = around;
  while (!media_at(last)->marker) {
    const rtp::SeqNo after = rtp::next(last);
    const Slot* slot = media_at(after);
    // A second start inside the frame, or another picture before the marker, is a contradiction: it never completes.
    if (slot == nullptr || !same_frame(*slot) || slot->frame_start || ++steps > slots_.size()) return std::nullopt;
    last = after;
  }

  std::size_t size = 0;
  for (std::uint64_t s = rtp::value(first); s <= rtp::value(last); ++s)
    size += slots_[index_of(rtp::SeqNo{s})].bytes.size();
  AssembledFrame frame;
  const bool too_large = size > max_video_frame_size;
  if (!too_large) frame.data.reserve(size);
  const Slot& start = *media_at(first);
  frame.first = first;
  frame.last = last;
  frame.timestamp = start.timestamp;
  frame.descriptor = start.descriptor;
  frame.key_frame = start.key_frame;
  frame.first_arrival = start.arrival;
  frame.complete_at = start.arrival;
  for (std::uint64_t s = rtp::value(first); s <= rtp::value(last); ++s) {
    Slot& slot = slots_[index_of(rtp::SeqNo{s})];
    if (!too_large) append(frame.data, slot.bytes);
    frame.retransmitted |= slot.retransmitted;
    frame.first_arrival = std::min(frame.first_arrival, slot.arrival);
    frame.complete_at = std::max(frame.complete_at, slot.arrival);
    release(slot);
    slot.use = Use::done;  // duplicates of it stay recognisable
  }
  if (too_large) return std::nullopt;
  return frame;
}

bool FrameAssembler::only_padding_between(rtp::SeqNo a, rtp::SeqNo b) const noexcept {
  const std::int64_t apart = rtp::distance(a, b);
  if (apart < 1 || static_cast<std::uint64_t>(apart) > slots_.size()) return false;
  for (std::uint64_t s = rtp::value(a) + 1; s < rtp::value(b); ++s) {
    const Slot& slot = slots_[index_of(rtp::SeqNo{s})];
    if (slot.use != Use::padding || slot.sequence != rtp::SeqNo{s}) return false;
  }
  return true;
}

void FrameAssembler::clear_to(rtp::SeqNo last) noexcept {
  const std::uint64_t to = rtp::value(last);
  std::uint64_t from = to - std::min<std::uint64_t>(slots_.size() - 1, to);
  if (cleared_to_) {
    if (last <= *cleared_to_) return;
    from = std::max(from, rtp::value(*cleared_to_) + 1);
  }
  for (std::uint64_t s = from; s <= to; ++s) {
    Slot& slot = slots_[index_of(rtp::SeqNo{s})];
    if (slot.sequence <= last) release(slot);
  }
  cleared_to_ = last;
}

}  // namespace sealhall::media
