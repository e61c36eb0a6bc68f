#include "core/recording/placement.h"

#include <algorithm>

#include "core/rtp/profile.h"

namespace sealhall::recording {
namespace {

/// Clocks drift by tens of millionths: the quickest of half a minute is near enough, and forgets a changed network.
constexpr Duration window = std::chrono::seconds{15};
/// How fast the shift follows, a frame: late news may move sound by no more than ears forgive.
constexpr std::int64_t slower_by = 200;
constexpr std::int64_t quicker_by = 1000;

bool is_video(wire::SourceKind kind) noexcept {
  return kind == wire::SourceKind::camera || kind == wire::SourceKind::share;
}

}  // namespace

void Placement::add(ArrivedFrame frame, std::vector<PlacedFrame>& out) {
  latest_ = std::max(latest_, frame.arrival);
  Stream& stream = streams_[frame.stream];
  if (!stream.first_arrival) stream.first_arrival = frame.arrival;
  const std::int64_t rate = is_video(frame.kind) ? rtp::video_clock_rate : rtp::opus_clock_rate;
  const std::int64_t media =
      static_cast<std::int64_t>(rtp::value(stream.timestamps.unwrap(frame.timestamp))) * 1000 / (rate / 1000);
  stream.quickest = std::min(stream.quickest, frame.arrival.time_since_epoch().count() - media);
  if (frame.captured) {
    stream.offset = static_cast<std::int64_t>(*frame.captured) - media;
    learn_shift(frame.arrival.time_since_epoch().count() - static_cast<std::int64_t>(*frame.captured), frame.arrival);
  }
  stream.waiting.emplace_back(std::move(frame), media);
  for (auto& [id, each] : streams_) resolve(each, latest_, false, out);
  // A slot that has changed hands is a new stream; the old ones are not kept for ever.
  if (streams_.size() > 64) {
    std::erase_if(streams_, [&](const auto& s) { return s.second.waiting.empty() && &s.second != &stream; });
  }
}

void Placement::learn_shift(std::int64_t arrival_minus_captured, Instant now) {
  if (now - window_began_ > window) {
    last_window_quickest_ = window_quickest_;
    window_quickest_ = INT64_MAX;
    window_began_ = now;
  }
  window_quickest_ = std::min(window_quickest_, arrival_minus_captured);
  const std::int64_t target = std::min(window_quickest_, last_window_quickest_);
  if (!shift_) {
    shift_ = target;
  } else {
    *shift_ += std::clamp(target - *shift_, -quicker_by, slower_by);
  }
}

void Placement::resolve(Stream& stream, Instant now, bool everything, std::vector<PlacedFrame>& out) {
  if (stream.waiting.empty()) return;
  const bool by_report = stream.offset && shift_;
  if (!by_report && !everything && now - *stream.first_arrival < patience) return;
  // Without a report the quickest arrival stands for the moment of capture.
  const std::int64_t to_here = by_report ? *stream.offset + *shift_ : stream.quickest;
  for (auto& [frame, media] : stream.waiting) place(std::move(frame), Instant{Duration{media + to_here}}, out);
  stream.waiting.clear();
}

void Placement::place(ArrivedFrame frame, Instant at, std::vector<PlacedFrame>& out) {
  Source& source = sources_[frame.kind];
  PlacedFrame placed{.kind = frame.kind, .data = std::move(frame.data), .at = at, .key_frame = frame.key_frame};
  if (is_video(frame.kind)) {
    // After a switch of layers the new one's times may be a little before the old one's; decoding order stays.
    if (source.last) placed.at = std::max(placed.at, *source.last + std::chrono::milliseconds{1});
    source.last = placed.at;
    out.push_back(std::move(placed));
    return;
  }
  if (source.last && at <= *source.last) return;  // too late: its place has been given out
  source.newest = std::max(source.newest, at);
  source.sound.emplace(at, std::move(placed));
  give_sound(source, false, out);
}

void Placement::give_sound(Source& source, bool everything, std::vector<PlacedFrame>& out) {
  while (!source.sound.empty() && (everything || source.sound.begin()->first <= source.newest - reorder)) {
    auto node = source.sound.extract(source.sound.begin());
    source.last = node.key();
    out.push_back(std::move(node.mapped()));
  }
}

void Placement::flush(std::vector<PlacedFrame>& out) {
  for (auto& [id, stream] : streams_) resolve(stream, latest_, true, out);
  for (auto& [kind, source] : sources_) give_sound(source, true, out);
}

}  // namespace sealhall::recording
