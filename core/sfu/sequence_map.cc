#include "core/sfu/sequence_map.h"

#include "core/base/check.h"

namespace sealhall::sfu {

void SequenceMap::start(rtp::SeqNo first) noexcept {
  highest_ = rtp::value(first) - 1;
  count_ = 0;
  push({static_cast<std::uint32_t>(rtp::value(first)), static_cast<std::uint16_t>(rtp::on_wire(first) - next_out_)});
}

void SequenceMap::push(Change change) noexcept {
  newest_ = count_ == 0 ? 0 : static_cast<std::uint8_t>((newest_ + 1) % remembered);
  changes_[newest_] = change;
  if (count_ < remembered) ++count_;
}

const SequenceMap::Change* SequenceMap::change_for(std::uint32_t seq) const noexcept {
  for (std::size_t back = 0; back < count_; ++back) {
    const Change& change = changes_[(newest_ + remembered - back) % remembered];
    if (static_cast<std::int32_t>(seq - change.first) >= 0) return &change;
  }
  return nullptr;
}

SequenceMap::Order SequenceMap::order(rtp::SeqNo seq) const noexcept {
  if (rtp::value(seq) > highest_) return Order::newest;
  return change_for(static_cast<std::uint32_t>(rtp::value(seq))) != nullptr ? Order::late : Order::too_old;
}

void SequenceMap::jump(rtp::SeqNo seq) noexcept {
  if (rtp::value(seq) - highest_ > largest_gap) start(seq);
}

std::uint16_t SequenceMap::forward(rtp::SeqNo seq) noexcept {
  if (rtp::value(seq) > highest_) {
    jump(seq);
    highest_ = rtp::value(seq);
    const auto out = static_cast<std::uint16_t>(rtp::on_wire(seq) - offset());
    next_out_ = static_cast<std::uint16_t>(out + 1);
    return out;
  }
  const Change* change = change_for(static_cast<std::uint32_t>(rtp::value(seq)));
  SEALHALL_CHECK(change != nullptr);
  return static_cast<std::uint16_t>(rtp::on_wire(seq) - change->offset);
}

std::optional<std::uint16_t> SequenceMap::skip(rtp::SeqNo seq) noexcept {
  if (rtp::value(seq) > highest_) {
    jump(seq);
    const auto after = static_cast<std::uint32_t>(rtp::value(seq) + 1);
    const auto changed = static_cast<std::uint16_t>(offset() + 1);
    // Neighbouring packets that are left out are one change.
    if (rtp::value(seq) == highest_ + 1 && changes_[newest_].first == after - 1) {
      changes_[newest_] = {after, changed};
    } else {
      push({after, changed});
    }
    highest_ = rtp::value(seq);
    next_out_ = static_cast<std::uint16_t>(rtp::on_wire(seq) + 1 - changed);
    return std::nullopt;
  }
  const Change* change = change_for(static_cast<std::uint32_t>(rtp::value(seq)));
  if (change == nullptr) return std::nullopt;
  return static_cast<std::uint16_t>(rtp::on_wire(seq) - change->offset);
}

}  // namespace sealhall::sfu
