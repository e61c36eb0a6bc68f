#include "client/engine/capture.h"

#include <chrono>

#include "client/codec/audio_level.h"
#include "io/net/clock.h"

namespace sealhall::client {

namespace {
/// Frames on their way to the loop. At 50 a second this is one second: a loop that is slower than that has other
/// problems.
constexpr int most_waiting = 50;
/// A picture that is later than this is left out rather than sent late: sound does not wait for it.
constexpr Duration too_late = std::chrono::milliseconds{150};
/// But a machine that never catches up still shows something this often.
constexpr Duration longest_pause = std::chrono::milliseconds{350};
}  // namespace

CaptureThread::CaptureThread(io::Loop& loop, Done done) : loop_(loop), done_(std::move(done)) {}

CaptureThread::~CaptureThread() { shared_->alive = false; }

void CaptureThread::begin() {
  thread_ = std::thread([this] { run(); });
}

void CaptureThread::finish() {
  {
    const std::scoped_lock lock(mutex_);
    ending_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

bool CaptureThread::wait_until(Instant when) {
  std::unique_lock lock(mutex_);
  while (!ending_) {
    const Duration left = when - io::steady_now();
    if (left <= Duration{}) return true;
    wake_.wait_for(lock, left);
  }
  return false;
}

bool CaptureThread::deliver(std::move_only_function<void()> deliver) {
  if (shared_->waiting.load() >= most_waiting) {
    ++left_out_;
    return false;
  }
  ++shared_->waiting;
  loop_.post([shared = shared_, deliver = std::move(deliver)]() mutable {
    --shared->waiting;
    if (shared->alive) deliver();
  });
  return true;
}

void CaptureThread::report_end(std::string reason) {
  if (ending_) return;
  loop_.post([shared = shared_, done = done_, reason = std::move(reason)] {
    if (shared->alive) done(reason);
  });
}

AudioCapture::AudioCapture(io::Loop& loop, std::unique_ptr<codec::AudioSource> source, codec::OpusEncoder encoder,
                           bool dtx, Instant start, OnFrame on_frame, Done done)
    : CaptureThread(loop, std::move(done)),
      source_(std::move(source)),
      encoder_(std::move(encoder)),
      dtx_(dtx),
      pace_(start),
      on_frame_(std::move(on_frame)) {
  begin();
}
AudioCapture::~AudioCapture() { finish(); }

void AudioCapture::run() {
  codec::VoiceDetector detector;
  Bytes buffer(codec::max_opus_frame_size);
  int loss = expected_loss_;
  bool first = true;
  while (!ending()) {
    auto frame = source_->read();
    if (!frame) {
      report_end(frame.error().message);
      return;
    }
    if (!*frame) {
      report_end({});
      return;
    }
    // A microphone has its own clock: its sound counts from when the first of it came.
    if (source_->live() && first) pace_ = codec::MediaPace{io::steady_now() - std::chrono::milliseconds{20}};
    first = false;
    const Instant captured = pace_.when((*frame)->time);
    if (!source_->live() && !wait_until(captured)) return;
    if (const int wanted = expected_loss_; wanted != loss) {
      loss = wanted;
      encoder_.set_expected_loss(loss);
    }
    const auto size = encoder_.encode(**frame, buffer);
    if (!size || muted_ || (dtx_ && *size <= 2)) continue;
    CapturedAudio out;
    out.captured = captured;
    out.frame.assign(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(*size));
    out.level = codec::audio_level((*frame)->pcm());
    out.voice = detector.on_frame(out.level);
    deliver([this, out = std::move(out)]() mutable { on_frame_(std::move(out)); });
  }
}

VideoCapture::VideoCapture(io::Loop& loop, std::unique_ptr<codec::VideoSource> source, codec::SimulcastEncoder encoder,
                           Instant start, OnPicture on_picture, Done done)
    : CaptureThread(loop, std::move(done)),
      source_(std::move(source)),
      encoder_(std::move(encoder)),
      pace_(start),
      on_picture_(std::move(on_picture)),
      key_frames_(encoder_.layers().size()) {
  begin();
}
VideoCapture::~VideoCapture() { finish(); }

void VideoCapture::set_bitrates(std::vector<DataRate> bitrates) {
  const std::scoped_lock lock(wishes_);
  bitrates_ = std::move(bitrates);
}

void VideoCapture::request_key_frame(std::size_t layer) {
  const std::scoped_lock lock(wishes_);
  if (layer < key_frames_.size()) key_frames_[layer] = true;
}

void VideoCapture::request_key_frames() {
  const std::scoped_lock lock(wishes_);
  key_frames_.assign(key_frames_.size(), true);
}

void VideoCapture::take_wishes() {
  const std::scoped_lock lock(wishes_);
  if (!bitrates_.empty()) encoder_.set_bitrates(bitrates_);
  bitrates_.clear();
  for (std::size_t i = 0; i < key_frames_.size(); ++i) {
    if (key_frames_[i]) encoder_.request_key_frame(i);
    key_frames_[i] = false;
  }
}

void VideoCapture::run() {
  std::optional<Instant> last_encoded;
  while (!ending()) {
    auto picture = source_->read();
    if (!picture) {
      report_end(picture.error().message);
      return;
    }
    if (!*picture) {
      report_end({});
      return;
    }
    Instant captured = io::steady_now();
    if (!source_->live()) {
      captured = pace_.when((*picture)->time);
      const Instant now = io::steady_now();
      if (pace_.late((*picture)->time, now) > too_late && last_encoded && now - *last_encoded < longest_pause) {
        ++left_out_;
        continue;
      }
      if (!wait_until(captured)) return;
    }
    take_wishes();
    last_encoded = io::steady_now();
    if (muted_) continue;
    auto layers = encoder_.encode(**picture);
    if (!layers) {
      report_end("The video could not be encoded.");
      return;
    }
    for (codec::SimulcastPicture& layer : *layers) {
      CapturedVideo out{.captured = captured, .layer = layer.layer, .picture = std::move(layer.picture)};
      const std::size_t index = out.layer;
      if (!deliver([this, out = std::move(out)]() mutable { on_picture_(std::move(out)); })) {
        // What refers to it cannot be decoded any more.
        encoder_.request_key_frame(index);
      }
    }
  }
}

}  // namespace sealhall::client
