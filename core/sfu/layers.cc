#include <algorithm>

#include "core/rtp/profile.h"
#include "core/sfu/worker.h"

namespace sealhall::sfu {
namespace {

// A camera sends at least a few frames a second; a screen that does not change may send none for long.
constexpr Duration camera_silence = std::chrono::milliseconds{1500};
constexpr Duration share_silence = std::chrono::seconds{6};
// How long a layer that was asked for may take to come before it is passed over.
constexpr Duration start_patience = std::chrono::seconds{3};
// A layer is still encoded for so long after the last receiver left it: switching back is cheap then.
constexpr Duration unwanted_patience = std::chrono::seconds{2};
// After a layer was left for want of bandwidth it is not taken again for so long; never longer, so that it cannot
// block.
constexpr Duration hold_after_fall = std::chrono::seconds{2};
// A key frame that came so lately is replayed to a new receiver instead of asking the publisher for another one.
constexpr Duration replay_age = std::chrono::milliseconds{300};
constexpr std::uint32_t replay_packets = 48;
// A screen is announced with the rate of a page that is turned all the time, and mostly stands still. What nobody has
// measured is tried when there is so much; what it really costs is known half a second later.
constexpr DataRate share_tried_from = DataRate::kbps(250);
// The part of the estimate that is given out; the rest is for retransmissions and headers.
constexpr double budget_part = 0.95;

DataRate assumed_rate(const Encoding& encoding) noexcept {
  if (encoding.max_rate.bps() > 0) return encoding.max_rate;
  return encoding.height > 500   ? DataRate::kbps(1500)
         : encoding.height > 250 ? DataRate::kbps(500)
                                 : DataRate::kbps(150);
}

}  // namespace

LayerState Worker::layer_state(const Encoding& encoding, Instant now) noexcept {
  LayerState state{.height = encoding.height, .temporal_layers = encoding.rate.layers()};
  const Duration silence = encoding.source.kind == SourceKind::share ? share_silence : camera_silence;
  if (encoding.active && now - encoding.last_packet < silence) {
    state.supply = LayerState::Supply::sent;
  } else if (encoding.asked_since && now - *encoding.asked_since > start_patience) {
    state.supply = LayerState::Supply::missing;
  }
  const DataRate assumed = assumed_rate(encoding);
  if (encoding.rate.measured()) {
    // A publisher that sends more than it said is believed up to a fifth more: above that it is a burst.
    for (std::size_t t = 0; t < max_temporal_layers; ++t) {
      state.rates[t] = std::min(encoding.rate.cumulative(t), assumed * 1.2);
    }
  } else {
    state.temporal_layers = 3;
    state.rates = {assumed * 0.4, assumed * 0.6, assumed, assumed};
    if (encoding.source.kind == SourceKind::share) state.rates[0] = std::min(state.rates[0], share_tried_from);
  }
  return state;
}

void Worker::allocate(Transport& transport, Instant now) {
  transport.allocation_dirty = false;
  transport.allocated_for = transport.rate;
  transport.allocated_at = now;
  if (!transport.connected) return;
  std::array<SlotDemand, max_video_slots> demands;
  std::array<SlotChoice, max_video_slots> choices;
  std::array<std::uint8_t, max_video_slots> index{};
  std::size_t count = 0;
  for (std::size_t s = 0; s < transport.video_slots.size(); ++s) {
    const auto i = static_cast<std::uint8_t>(s);
    VideoSlot& slot = transport.video_slots[i];
    if (!slot.wish || slot.source == nullptr || slot.wish->max_height == 0) {
      slot.choice = {.reason = !slot.wish               ? SlotReason::no_wish
                               : slot.source == nullptr ? SlotReason::no_source
                                                        : SlotReason::paused_by_viewer};
      pause_slot(transport, i);
      set_asked(slot, nullptr);
      continue;
    }
    SlotDemand demand{.max_height = slot.wish->max_height,
                      .priority = slot.wish->priority,
                      .share = slot.wish->kind == SourceKind::share,
                      .encodings = static_cast<std::uint8_t>(slot.source->encodings.size())};
    for (std::size_t e = 0; e < slot.source->encodings.size(); ++e) {
      demand.layers[e] = layer_state(*slot.source->encodings[e], now);
    }
    if (slot.current != nullptr) {
      demand.current_encoding = static_cast<std::int8_t>(slot.current->index);
      demand.current_temporal = slot.choice.encoding == demand.current_encoding
                                    ? slot.choice.temporal
                                    : static_cast<std::int8_t>(slot.stream.temporal());
    }
    if (now - slot.came_down < hold_after_fall) demand.highest_encoding = slot.held_below;
    demands[count] = demand;
    index[count++] = i;
  }
  const DataRate budget = std::max(transport.rate * budget_part - transport.audio_rate, DataRate{});
  const AllocationResult result =
      sfu::allocate(budget, std::span{demands}.first(count), std::span{choices}.first(count));
  transport.allocated = result.used;
  for (std::size_t i = 0; i < count; ++i) apply(transport, index[i], choices[i], now);
  transport.congestion.set_wanted((result.wanted + transport.audio_rate) * (1.0 / budget_part), now);
}

void Worker::apply(Transport& transport, std::uint8_t index, const SlotChoice& choice, Instant now) {
  VideoSlot& slot = transport.video_slots[index];
  Source& source = *slot.source;
  slot.choice = choice;
  set_asked(slot, choice.ask_for >= 0 ? source.encodings[static_cast<std::size_t>(choice.ask_for)].get() : nullptr);
  if (choice.encoding < 0) {
    pause_slot(transport, index);
    return;
  }
  Encoding* wanted = source.encodings[static_cast<std::size_t>(choice.encoding)].get();
  if (slot.current == wanted) {
    set_target(transport, index, nullptr, now);
    slot.stream.limit_temporal(static_cast<std::uint8_t>(choice.temporal));
    return;
  }
  if (slot.current != nullptr && wanted->index < slot.current->index &&
      choice.reason == SlotReason::limited_by_bandwidth) {
    // Too much for the path: its base layer only until the smaller encoding's key frame comes.
    slot.stream.limit_temporal(0);
    slot.came_down = now;
    slot.held_below = choice.encoding;
  }
  if (slot.current == nullptr && !wanted->active) {
    // The chosen layer has to be started by its publisher; something smaller that is there already comes first.
    for (std::size_t e = wanted->index; e-- > 0;) {
      if (!source.encodings[e]->active) continue;
      set_asked(slot, wanted);
      wanted = source.encodings[e].get();
      break;
    }
  }
  set_target(transport, index, wanted, now);
}

void Worker::set_target(Transport& transport, std::uint8_t index, Encoding* target, Instant now) {
  VideoSlot& slot = transport.video_slots[index];
  if (slot.target == target) return;
  if (slot.target != nullptr) unsubscribe(*slot.target, transport, index);
  slot.target = target;
  transport.meeting->layers_dirty = transport.meeting->asks_dirty = true;
  if (target == nullptr) return;
  subscribe(*target, transport, index, true);
  if (target->log && target->last_key) {
    const LogEntry* key = target->log->find(*target->last_key);
    if (key != nullptr && now - key->arrival <= replay_age &&
        target->log->head() - *target->last_key <= replay_packets) {
      slot.target_from = *target->last_key;
      mark_video(transport, index);
      return;
    }
  }
  slot.target_from = target->log ? target->log->head() : 0;
  target->keys.request();
  request_key_frame(*target, now);
}

void Worker::pause_slot(Transport& transport, std::uint8_t index) {
  VideoSlot& slot = transport.video_slots[index];
  if (slot.current == nullptr && slot.target == nullptr) return;
  if (slot.current != nullptr) unsubscribe(*slot.current, transport, index);
  if (slot.target != nullptr) unsubscribe(*slot.target, transport, index);
  slot.current = slot.target = nullptr;
  slot.stream.stop();
  slot.stream.new_epoch();
  transport.video_dirty &= ~(std::uint64_t{1} << index);
  transport.meeting->layers_dirty = transport.meeting->asks_dirty = true;
}

void Worker::set_asked(VideoSlot& slot, Encoding* asked) {
  if (slot.asked == asked) return;
  Encoding* before = slot.asked;
  if (before != nullptr) --before->asked;
  slot.asked = asked;
  if (asked != nullptr) ++asked->asked;
  for (Encoding* encoding : {before, asked}) {
    if (encoding == nullptr) continue;
    Meeting& meeting = encoding->source.participant.meeting;
    meeting.layers_dirty = meeting.asks_dirty = true;
  }
}

void Worker::subscribe(Encoding& encoding, Transport& transport, std::uint8_t slot, bool waiting) {
  encoding.subscribers.push_back({&transport, slot, waiting});
}

void Worker::unsubscribe(Encoding& encoding, Transport& transport, std::uint8_t slot) {
  const auto it = std::find_if(encoding.subscribers.begin(), encoding.subscribers.end(),
                               [&](const Subscriber& s) { return s.receiver == &transport && s.slot == slot; });
  if (it == encoding.subscribers.end()) return;
  *it = encoding.subscribers.back();
  encoding.subscribers.pop_back();
}

/// Connects the slot's wish with the source that it names, if that exists now.
void Worker::bind_slot(Transport& transport, std::uint8_t index) {
  VideoSlot& slot = transport.video_slots[index];
  Source* source = nullptr;
  if (slot.wish) {
    const auto it = transport.meeting->participants.find(slot.wish->participant);
    const auto kind = static_cast<std::size_t>(slot.wish->kind);
    // Nobody is sent their own picture, nor what is withheld.
    if (it != transport.meeting->participants.end() && kind < source_kinds && transport.may_get(*it->second)) {
      source = it->second->sources[kind].get();
      if (source != nullptr && !source->video()) source = nullptr;
    }
  }
  if (slot.source == source) return;
  pause_slot(transport, index);
  set_asked(slot, nullptr);
  slot.source = source;
  slot.choice = {.reason = SlotReason::not_sending};  // until the next allocation, which is soon
  slot.came_down = {};
  transport.allocation_dirty = true;
  announce_video(transport, index);
}

void Worker::bind_slots(Meeting& meeting, ParticipantNumber participant) {
  for (Transport* transport : meeting.transports) {
    for (std::size_t s = 0; s < transport->video_slots.size(); ++s) {
      const auto i = static_cast<std::uint8_t>(s);
      const VideoSlot& slot = transport->video_slots[i];
      if (slot.wish && slot.wish->participant == participant) bind_slot(*transport, i);
    }
  }
}

void Worker::announce_video(Transport& transport, std::uint8_t index) {
  if (transport.audio_announce == 0 && transport.video_announce == 0) announce_.push_back(&transport);
  transport.video_announce |= std::uint64_t{1} << index;
}

void Worker::allocations_changed(Source& source) {
  for (Transport* transport : source.participant.meeting.transports) {
    for (const VideoSlot& slot : transport->video_slots) {
      if (slot.source == &source) {
        transport->allocation_dirty = true;
        break;
      }
    }
  }
}

/// Tells publishers on this worker which layers are worth encoding.
void Worker::publish_layers(Meeting& meeting, Instant now) {
  for (const auto& [number, participant] : meeting.participants) {
    for (const std::unique_ptr<Source>& source : participant->sources) {
      if (!source || !source->video()) continue;
      bool changed = false;
      for (const std::unique_ptr<Encoding>& encoding : source->encodings) {
        const bool wanted = encoding->wanted();
        if (wanted) {
          encoding->unwanted_since.reset();
          if (!encoding->active && !encoding->asked_since) encoding->asked_since = now;
        } else {
          encoding->asked_since.reset();
          if (!encoding->unwanted_since) encoding->unwanted_since = now;
        }
        const bool report = wanted || now - *encoding->unwanted_since < unwanted_patience;
        if (!wanted && report && encoding->reported)
          meeting.layers_dirty = true;  // look again when the patience is over
        // A layer that is not reported is not taken up before somebody really wants it.
        const bool told = report && (wanted || encoding->reported);
        changed = changed || told != encoding->reported;
        encoding->reported = told;
      }
      if (!changed || participant->transport == nullptr) continue;
      std::vector<std::string> rids;
      for (const std::unique_ptr<Encoding>& encoding : source->encodings) {
        if (encoding->reported) rids.push_back(encoding->rid);
      }
      sink_.layers_changed(participant->transport->id, source->kind, rids);
    }
  }
}

std::vector<SlotExplanation> Worker::explain(const Transport& transport) const {
  std::vector<SlotExplanation> all;
  for (std::size_t i = 0; i < transport.video_slots.size(); ++i) {
    const VideoSlot& slot = transport.video_slots[i];
    SlotExplanation each{.slot = static_cast<std::uint32_t>(transport.audio_slots.size() + i)};
    each.reason = slot.choice.reason;
    if (!slot.wish) {
      each.reason = SlotReason::no_wish;
    } else {
      each.participant = slot.wish->participant;
      each.kind = slot.wish->kind;
      if (slot.source == nullptr) each.reason = SlotReason::no_source;
    }
    each.target_encoding = slot.choice.encoding;
    each.target_temporal = slot.choice.temporal;
    each.rate = slot.choice.rate;
    if (slot.current != nullptr) {
      each.encoding = static_cast<std::int8_t>(slot.current->index);
      each.temporal = static_cast<std::int8_t>(slot.stream.temporal());
    } else if (slot.target != nullptr) {
      each.reason = slot.target->active ? SlotReason::waiting_for_key : SlotReason::not_sending;
    }
    all.push_back(each);
  }
  return all;
}

}  // namespace sealhall::sfu
