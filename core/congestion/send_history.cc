#include "core/congestion/send_history.h"

#include <algorithm>

namespace sealhall::congestion {

void SendHistory::store(std::uint16_t sequence, std::uint16_t size, std::uint32_t probe_slot, Instant at) noexcept {
  Record& record = records_[sequence % capacity];
  if (state_of(record) == State::in_flight) in_flight_ -= size_of(record);
  const auto kept_size = static_cast<std::uint16_t>(std::min<std::uint16_t>(size, 0x7ff));
  record.sent_us = static_cast<std::uint32_t>(at.time_since_epoch().count());
  record.sequence = sequence;
  record.packed = static_cast<std::uint16_t>(((probe_slot % probe_slots) << 11) | kept_size);
  set_state(record, State::in_flight);
  in_flight_ += kept_size;
  newest_sequence_ = sequence;
  newest_ = std::max(newest_, at);
}

SendHistory::Record* SendHistory::find(std::uint16_t sequence) noexcept {
  if (!newest_sequence_ || static_cast<std::uint16_t>(*newest_sequence_ - sequence) >= capacity) return nullptr;
  Record& record = records_[sequence % capacity];
  return state_of(record) != State::free && record.sequence == sequence ? &record : nullptr;
}

SendHistory::Sent SendHistory::read(const Record& record) const noexcept {
  // The low 32 bits last 71 minutes; a remembered packet is never that much older than the newest.
  const auto newest_low = static_cast<std::uint32_t>(newest_.time_since_epoch().count());
  const auto age = static_cast<std::uint32_t>(newest_low - record.sent_us);
  return Sent{newest_ - Duration{age}, size_of(record), static_cast<std::uint32_t>((record.packed >> 11) & 7),
              state_of(record) == State::lost};
}

std::optional<SendHistory::Sent> SendHistory::acknowledge(std::uint16_t sequence) noexcept {
  Record* record = find(sequence);
  if (record == nullptr || state_of(*record) == State::acknowledged) return std::nullopt;
  const Sent sent = read(*record);
  if (state_of(*record) == State::in_flight) in_flight_ -= size_of(*record);
  set_state(*record, State::acknowledged);
  return sent;
}

std::optional<SendHistory::Sent> SendHistory::report_lost(std::uint16_t sequence) noexcept {
  Record* record = find(sequence);
  if (record == nullptr || state_of(*record) != State::in_flight) return std::nullopt;
  const Sent sent = read(*record);
  in_flight_ -= size_of(*record);
  set_state(*record, State::lost);
  return sent;
}

}  // namespace sealhall::congestion
