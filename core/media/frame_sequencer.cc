#include "core/media/frame_sequencer.h"

#include <algorithm>
#include <utility>

namespace sealhall::media {
namespace {

bool layered(const rtp::Vp8Descriptor& d) noexcept { return d.temporal_id && d.tl0_picture_index; }
std::uint8_t layer_of(const rtp::Vp8Descriptor& d) noexcept { return layered(d) ? *d.temporal_id : std::uint8_t{0}; }
constexpr std::uint16_t picture_mask = 0x7fff;

}  // namespace

void FrameSequencer::set_waits(Duration skip_after, Duration patience) noexcept {
  config_.skip_after = skip_after;
  config_.patience = std::max(patience, skip_after);
}

void FrameSequencer::insert(AssembledFrame frame, Instant now) {
  (void)now;
  if (position_ && frame.first <= *position_) return;
  const auto place = std::ranges::lower_bound(frames_, frame.first, {}, &AssembledFrame::first);
  if (place != frames_.end() && place->first == frame.first) return;
  bytes_ += frame.data.size();
  frames_.insert(place, std::move(frame));
  while (frames_.size() > config_.max_frames || (bytes_ > config_.max_bytes && frames_.size() > 1)) {
    ++evicted_;
    pass_over(1, true);
  }
}

bool FrameSequencer::gap_before(const AssembledFrame& frame, const FrameAssembler& padding) const noexcept {
  if (!position_) return true;
  if (frame.first == rtp::next(*position_)) return false;
  const auto& id = frame.descriptor.picture_id;
  if (id && picture_id_ && *id == ((*picture_id_ + 1) & picture_mask)) return false;
  return !padding.only_padding_between(*position_, frame.first);
}

bool FrameSequencer::decodable(const AssembledFrame& frame, bool gap) const noexcept {
  const rtp::Vp8Descriptor& d = frame.descriptor;
  if (!layered(d) || !base_index_) return !gap;
  // RFC 7741 section 4.2, TL0PICIDX: a base frame follows the base frame numbered one less ..
  if (*d.temporal_id == 0) return *d.tl0_picture_index == static_cast<std::uint8_t>(*base_index_ + 1);
  // .. a frame of a higher layer carries the number of the base frame that it stands on.
  if (*d.tl0_picture_index != *base_index_) return false;
  if (d.layer_sync) return true;  // Y: refers to base frames only
  if (gap) return false;
  for (std::size_t layer = 1; layer <= *d.temporal_id; ++layer) {
    if (broken_[layer]) return false;
  }
  return true;
}

FrameSequencer::Verdict FrameSequencer::judge(const AssembledFrame& frame, bool gap) const noexcept {
  if (frame.key_frame) return gap && chain_ ? Verdict::ready_with_gap : Verdict::ready;
  if (!chain_) return Verdict::blocked;
  if (decodable(frame, gap)) return gap ? Verdict::ready_with_gap : Verdict::ready;
  return gap ? Verdict::blocked : Verdict::hopeless;
}

/// The first frame at or after `from` that could be given out if everything before it were passed over; frames_.size()
/// if none.
std::size_t FrameSequencer::next_start(std::size_t from) const noexcept {
  for (std::size_t i = from; i < frames_.size(); ++i) {
    if (frames_[i].key_frame) return i;
    if (!chain_ || !layered(frames_[i].descriptor)) continue;
    // Passing over a received base frame breaks the chain, so only higher layers may stand in between.
    if (decodable(frames_[i], true)) return i;
    if (layer_of(frames_[i].descriptor) == 0) {
      const auto key = std::find_if(frames_.begin() + static_cast<std::ptrdiff_t>(i), frames_.end(),
                                    [](const AssembledFrame& f) { return f.key_frame; });
      return static_cast<std::size_t>(key - frames_.begin());
    }
  }
  return frames_.size();
}

std::optional<FrameSequencer::Frame> FrameSequencer::pop(const FrameAssembler& padding, Instant now) {
  deadline_.reset();
  while (!frames_.empty()) {
    const bool gap = gap_before(frames_.front(), padding);
    const Verdict verdict = judge(frames_.front(), gap);
    if (verdict == Verdict::ready) return give_out(gap && position_.has_value());
    if (verdict == Verdict::hopeless) {
      pass_over(1, gap);
      continue;
    }
    if (!blocked_since_) blocked_since_ = now;
    waiting_for_reference_ = verdict == Verdict::blocked;
    const Duration waited = now - *blocked_since_;
    if (verdict == Verdict::ready_with_gap) {
      if (waited >= config_.skip_after) return give_out(true);
    } else if (!chain_ || waited >= config_.skip_after) {
      // What is missing did not come in time: go on with the first frame that needs none of it.
      const std::size_t start = next_start(1);
      if (start < frames_.size()) {
        pass_over(start, true);
        return give_out(true);
      }
    }
    if (waited < config_.skip_after) {
      deadline_ = *blocked_since_ + config_.skip_after;
    } else if (waited < config_.patience) {
      deadline_ = *blocked_since_ + config_.patience;
    }
    return std::nullopt;
  }
  blocked_since_.reset();
  waiting_for_reference_ = false;
  return std::nullopt;
}

/// Moves the position behind `frame`; returns how many pictures that is.
std::uint64_t FrameSequencer::advance(const AssembledFrame& frame) noexcept {
  std::uint64_t pictures = 1;
  const auto& id = frame.descriptor.picture_id;
  if (id && picture_id_) {
    const auto forward = static_cast<std::uint16_t>((*id - *picture_id_) & picture_mask);
    // Half the number space or more is backwards: the sender began anew.
    if (forward > 0 && forward < 0x4000) pictures = forward;
  }
  picture_id_ = id;
  picture_ += pictures;
  position_ = frame.last;
  return pictures;
}

void FrameSequencer::erase_front() noexcept {
  bytes_ -= frames_.front().data.size();
  frames_.erase(frames_.begin());
  blocked_since_.reset();
  waiting_for_reference_ = false;
}

void FrameSequencer::pass_over(std::size_t count, bool gap) noexcept {
  if (gap) broken_.fill(true);
  for (; count > 0; --count) {
    const AssembledFrame& frame = frames_.front();
    const rtp::Vp8Descriptor& d = frame.descriptor;
    const bool harmless = d.non_reference && !frame.key_frame && layer_of(d) > 0;
    if (!harmless) {
      if (!layered(d) || layer_of(d) == 0 || frame.key_frame) chain_ = false;
      for (std::size_t layer = layer_of(d); layer < layers; ++layer) broken_[layer] = true;
    }
    skipped_ += advance(frame);
    skipped_something_ = true;
    erase_front();
  }
}

FrameSequencer::Frame FrameSequencer::give_out(bool gap) {
  Frame out;
  const bool first = !position_.has_value();
  AssembledFrame& frame = frames_.front();
  const std::uint64_t pictures = advance(frame);
  if (!first) skipped_ += pictures - 1;
  const rtp::Vp8Descriptor& d = frame.descriptor;
  const std::uint8_t layer = layer_of(d);
  if (gap) broken_.fill(true);
  if (frame.key_frame) {
    broken_.fill(false);
    chain_ = true;
    base_index_ = layered(d) ? d.tl0_picture_index : std::nullopt;
  } else if (layered(d) && layer == 0) {
    base_index_ = d.tl0_picture_index;
  } else if (d.layer_sync) {
    broken_[layer] = false;
  }
  out.picture = picture_;
  out.temporal_id = layer;
  out.after_skip = gap || skipped_something_;
  skipped_something_ = false;
  out.frame = std::move(frame);
  bytes_ -= out.frame.data.size();
  frames_.erase(frames_.begin());
  blocked_since_.reset();
  waiting_for_reference_ = false;
  return out;
}

std::optional<Instant> FrameSequencer::next_deadline() const noexcept { return deadline_; }

bool FrameSequencer::key_frame_needed(Instant now) const noexcept {
  if (!blocked_since_ || !waiting_for_reference_) return false;
  return !chain_ || now - *blocked_since_ >= config_.patience;
}

void FrameSequencer::restart() noexcept { chain_ = false; }

}  // namespace sealhall::media
