#include "client/engine/recorder.h"

#include <algorithm>

#include "client/codec/vp8.h"
#include "client/engine/contexts.h"
#include "core/rtp/profile.h"

namespace sealhall::client {

ParticipantRecording::ParticipantRecording(std::string path) : path_(std::move(path)) {}
ParticipantRecording::~ParticipantRecording() { close(); }

std::int64_t ParticipantRecording::media_micros(Stream& stream, const RecordedFrame& frame) {
  const std::int64_t rate = is_video(frame.kind) ? rtp::video_clock_rate : rtp::opus_clock_rate;
  return static_cast<std::int64_t>(rtp::value(stream.timestamps.unwrap(frame.timestamp))) * 1000 / (rate / 1000);
}

void ParticipantRecording::add(RecordedFrame frame, bool expect_audio, bool expect_video) {
  if (failed_) return;
  const bool video = is_video(frame.kind);
  auto& kind = video ? video_kind_ : audio_kind_;
  if (!kind) kind = frame.kind;
  // Two sources in one track would be two decoders' worth of frames in one decoder.
  if (*kind != frame.kind) return;
  if (!any_) first_arrival_ = frame.arrival;
  any_ = true;
  latest_ = std::max(latest_, frame.arrival);
  expect_audio_ = expect_audio;
  expect_video_ = expect_video;
  seen_audio_ = seen_audio_ || !video;
  if (video && frame.key_frame && !seen_key_frame_) {
    size_ = codec::vp8_key_frame_size(frame.data);
    seen_key_frame_ = size_.has_value();
  }
  Stream& stream = streams_[frame.stream];
  if (stream.waiting.empty() && !stream.offset) stream.first_arrival = frame.arrival;
  const std::int64_t media = media_micros(stream, frame);
  stream.quickest = std::min(stream.quickest, frame.arrival.time_since_epoch().count() - media);
  if (frame.captured) {
    stream.offset = static_cast<std::int64_t>(*frame.captured) - media;
    clock_difference_ = static_cast<std::int64_t>(*frame.captured) - frame.arrival.time_since_epoch().count();
  }
  stream.waiting.push_back(std::move(frame));
  for (auto& [id, each] : streams_) resolve(each, latest_);
  write_due(false);
}

void ParticipantRecording::resolve(Stream& stream, Instant now) {
  if (!stream.offset) {
    if (now - stream.first_arrival < patience || stream.waiting.empty()) return;
    // No sender report: the quickest arrival stands for the moment of capture, on the other stream's clock if that has
    // one.
    stream.offset = stream.quickest + clock_difference_.value_or(0);
  }
  for (RecordedFrame& frame : stream.waiting) {
    const std::int64_t captured = media_micros(stream, frame) + *stream.offset;
    place(std::move(frame), captured);
  }
  stream.waiting.clear();
}

void ParticipantRecording::place(RecordedFrame frame, std::int64_t captured) {
  if (is_video(frame.kind)) {
    // Pictures come in decode order, and no clock may change that: after a switch of layers the new one's times may be
    // a little before the old one's.
    if (last_picture_) captured = std::max(captured, *last_picture_ + 1000);
    last_picture_ = captured;
  }
  placed_.emplace(captured,
                  Placed{.video = is_video(frame.kind), .key_frame = frame.key_frame, .data = std::move(frame.data)});
}

bool ParticipantRecording::open_file() {
  file_has_audio_ = seen_audio_ || expect_audio_;
  file_has_video_ = seen_key_frame_;
  if (!file_has_audio_ && !file_has_video_) return false;
  codec::WebmRecorder::Tracks tracks;
  if (file_has_audio_) tracks.audio_channels = 1;
  if (file_has_video_) tracks.video = size_;
  const std::string name = files_.empty() ? path_ + ".webm" : path_ + "-" + std::to_string(files_.size() + 1) + ".webm";
  auto file = codec::WebmRecorder::create(name, tracks);
  if (!file) {
    failed_ = true;
    return false;
  }
  file_.emplace(std::move(*file));
  files_.push_back(name);
  base_.reset();
  last_audio_.reset();
  return true;
}

void ParticipantRecording::write_due(bool everything) {
  if (failed_ || placed_.empty()) return;
  if (file_ && !file_has_video_ && seen_key_frame_) {
    // A WebM file cannot get a track later: the picture and what is said from now on go into a new one.
    (void)file_->close();
    file_.reset();
  }
  if (!file_) {
    const bool complete = (!expect_video_ || seen_key_frame_) && (!expect_audio_ || seen_audio_);
    if (!complete && !everything && latest_ - first_arrival_ < patience) return;
    // Streams whose clock is not known yet may begin before what is known.
    const bool waiting = std::ranges::any_of(streams_, [](const auto& s) { return !s.second.waiting.empty(); });
    if (waiting && !everything && latest_ - first_arrival_ < patience) return;
    if (!open_file()) return;
  }
  const std::int64_t until = placed_.rbegin()->first - reorder.count();
  while (!placed_.empty() && (everything || placed_.begin()->first <= until)) {
    const auto node = placed_.extract(placed_.begin());
    const Placed& frame = node.mapped();
    if (!base_) {
      // The file begins with sound or with a key frame: pictures before the first one cannot be shown.
      if (frame.video && !frame.key_frame) continue;
      base_ = node.key();
    }
    const Duration time{node.key() - *base_};
    if (frame.video ? !file_has_video_ : !file_has_audio_) continue;
    const bool written =
        frame.video ? file_->write_video(time, frame.data, frame.key_frame).has_value() : write_audio(time, frame.data);
    if (!written) {
      failed_ = true;
      return;
    }
  }
}

bool ParticipantRecording::write_audio(Duration time, ByteView frame) {
  constexpr Duration step = rtp::audio_frame_duration;
  std::size_t missing = 0;
  if (last_audio_ && time > *last_audio_ + step * 3 / 2)
    missing = static_cast<std::size_t>((time - *last_audio_ + step / 2) / step) - 1;
  bool ok = true;
  repair_.on_frame(frame, missing, [&](std::size_t index, ByteView rebuilt) {
    ++repaired_;
    ok = ok && file_->write_audio(*last_audio_ + step * static_cast<std::int64_t>(index + 1), rebuilt).has_value();
  });
  last_audio_ = time;
  return ok && file_->write_audio(time, frame).has_value();
}

void ParticipantRecording::close() {
  for (auto& [id, stream] : streams_) resolve(stream, latest_ + 2 * patience);
  write_due(true);
  if (file_) (void)file_->close();
  file_.reset();
  streams_.clear();
}

}  // namespace sealhall::client
