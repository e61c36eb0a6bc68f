#include <algorithm>

#include "core/sfu/worker.h"

namespace sealhall::sfu {

void Worker::announce_audio(Transport& transport, std::uint8_t index) {
  if (transport.audio_announce == 0 && transport.video_announce == 0) announce_.push_back(&transport);
  transport.audio_announce |= std::uint32_t{1} << index;
}

void Worker::set_audio_slot(Transport& transport, std::uint8_t index, Encoding* encoding) {
  AudioSlot& slot = transport.audio_slots[index];
  if (slot.encoding == encoding) return;
  if (slot.encoding != nullptr) unsubscribe(*slot.encoding, transport, index);
  slot.encoding = encoding;
  slot.stream.change_source();
  transport.audio_dirty &= ~(std::uint32_t{1} << index);
  if (encoding != nullptr) {
    subscribe(*encoding, transport, index, false);
    slot.cursor = encoding->log ? encoding->log->head() : 0;
  }
  announce_audio(transport, index);
  transport.meeting->asks_dirty = true;
}

void Worker::assign_audio(Meeting& meeting) {
  meeting.audio_dirty = false;
  for (Transport* transport : meeting.transports) assign_audio(meeting, *transport);
}

/// With no more sources than slots everybody has one; else the loudest. Who has a slot keeps it for as long as nobody
/// louder needs it.
void Worker::assign_audio(Meeting& meeting, Transport& transport) {
  if (!transport.connected || transport.audio_slots.empty()) return;
  const std::size_t slots = transport.audio_slots.size();
  std::array<Source*, max_audio_slots> chosen{};
  std::size_t count = 0;
  ++audio_mark_;
  const auto choose = [&](Source* source) {
    if (count == slots || source->mark == audio_mark_ || !transport.may_get(source->participant)) return;
    source->mark = audio_mark_;
    chosen[count++] = source;
  };
  // The sound of a shared screen is nobody's turn to speak: it is always heard.
  for (Source* source : meeting.audio_sources) {
    if (source->kind == SourceKind::share_audio) choose(source);
  }
  for (const SpeakerOrder::Id id : meeting.speakers.order()) choose(reinterpret_cast<Source*>(id));
  for (const AudioSlot& slot : transport.audio_slots) {
    if (slot.encoding != nullptr) choose(&slot.encoding->source);
  }
  for (std::size_t i = 0; i < meeting.audio_sources.size() && count < slots; ++i) choose(meeting.audio_sources[i]);

  for (std::uint8_t i = 0; i < slots; ++i) {
    const Encoding* encoding = transport.audio_slots[i].encoding;
    if (encoding == nullptr) continue;
    if (encoding->source.mark != audio_mark_) {
      set_audio_slot(transport, i, nullptr);
    } else {
      encoding->source.mark = audio_mark_ - 1;  // has its slot
    }
  }
  std::uint8_t free = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (chosen[i]->mark != audio_mark_) continue;
    while (transport.audio_slots[free].encoding != nullptr) ++free;
    set_audio_slot(transport, free, chosen[i]->encodings.front().get());
  }
  audio_mark_ += 1;  // marks of this round mean nothing in the next one
}

void Worker::update_speakers(Meeting& meeting, Instant now) {
  candidates_.clear();
  for (Source* source : meeting.audio_sources) {
    source->loudness.decay(now);
    if (source->kind != SourceKind::audio) continue;
    candidates_.push_back(
        {reinterpret_cast<SpeakerOrder::Id>(source), source->loudness.score(), source->loudness.speaking()});
  }
  const SpeakerOrder::Change change = meeting.speakers.update(candidates_, now);
  if (change == SpeakerOrder::Change::none) return;
  meeting.audio_dirty = true;
  if (change == SpeakerOrder::Change::order) return;
  std::array<ParticipantNumber, SpeakerOrder::shown> loudest{};
  std::size_t count = 0;
  for (const SpeakerOrder::Id id : meeting.speakers.order()) {
    if (count == loudest.size()) break;
    loudest[count++] = reinterpret_cast<const Source*>(id)->participant.number;
  }
  sink_.speakers_changed(meeting.key, std::span{loudest}.first(count));
}

}  // namespace sealhall::sfu
