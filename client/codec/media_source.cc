#include "client/codec/media_source.h"

extern "C" {
#include <libavutil/channel_layout.h>
#include <libavutil/opt.h>
#include <libswresample/swresample.h>
#include <libswscale/swscale.h>
}

#include <algorithm>
#include <array>
#include <deque>

#include "client/codec/ffmpeg_input.h"
#include "core/base/check.h"

namespace sealhall::codec {

namespace {

struct ResamplerCloser {
  void operator()(SwrContext* p) const noexcept { swr_free(&p); }
};
struct ScalerCloser {
  void operator()(SwsContext* p) const noexcept { sws_freeContext(p); }
};

/// A gap larger than this becomes silence; smaller ones are rounding of the container's time stamps.
constexpr std::int64_t gap_samples = 48 * 40;
/// A file may not ask for more silence than this at once (broken time stamps).
constexpr std::int64_t most_silence = std::int64_t{sample_rate} * 60;

class FfmpegAudio final : public AudioSource {
 public:
  FfmpegAudio(FfmpegInput input, std::uint8_t channels) : input_(std::move(input)), channels_(channels) {}

  expected<std::optional<AudioFrame>, SourceError> read() override {
    while (pending_.size() < frame_samples * channels_ && !ended_) {
      auto decoded = input_.next();
      if (!decoded) return unexpected(decoded.error());
      if (decoded->frame == nullptr) {
        ended_ = true;
        break;
      }
      if (!append(*decoded)) {
        return unexpected(SourceError{SourceErrorCode::cannot_read, "The sound cannot be converted to 48 kHz."});
      }
    }
    if (pending_.empty()) return std::nullopt;
    AudioFrame frame;
    frame.channels = channels_;
    frame.time = Duration{static_cast<std::int64_t>(given_) * 1'000'000 / sample_rate};
    const std::size_t count = std::min(pending_.size(), frame_samples * channels_);
    std::copy_n(pending_.begin(), count, frame.samples.begin());
    pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(count));
    given_ += frame_samples;
    return frame;
  }
  [[nodiscard]] bool live() const noexcept override { return input_.live(); }

 private:
  bool prepare(const AVFrame& frame) {
    if (resampler_ && frame.sample_rate == rate_ && frame.format == format_ &&
        frame.ch_layout.nb_channels == in_channels_) {
      return true;
    }
    AVChannelLayout out{};
    av_channel_layout_default(&out, channels_);
    AVChannelLayout in{};
    if (frame.ch_layout.order == AV_CHANNEL_ORDER_UNSPEC) {
      av_channel_layout_default(&in, frame.ch_layout.nb_channels);
    } else if (av_channel_layout_copy(&in, &frame.ch_layout) < 0) {
      return false;
    }
    SwrContext* raw = nullptr;
    const int result = swr_alloc_set_opts2(&raw, &out, AV_SAMPLE_FMT_S16, sample_rate, &in,
                                           static_cast<AVSampleFormat>(frame.format), frame.sample_rate, 0, nullptr);
    av_channel_layout_uninit(&in);
    resampler_.reset(raw);
    if (result < 0 || swr_init(raw) < 0) return false;
    rate_ = frame.sample_rate;
    format_ = frame.format;
    in_channels_ = frame.ch_layout.nb_channels;
    return true;
  }

  bool append(const FfmpegInput::Decoded& decoded) {
    const AVFrame& frame = *decoded.frame;
    if (!prepare(frame)) return false;
    // Where this frame belongs, in samples since the start, against what has been given and is waiting.
    const std::int64_t delay = swr_get_delay(resampler_.get(), sample_rate);
    const std::int64_t wanted = decoded.time.count() * sample_rate / 1'000'000 - delay;
    const auto have = static_cast<std::int64_t>(given_ + pending_.size() / channels_);
    if (const std::int64_t gap = wanted - have; !input_.live() && gap > gap_samples) {
      pending_.insert(pending_.end(), static_cast<std::size_t>(std::min(gap, most_silence)) * channels_, 0);
    }
    const int room = swr_get_out_samples(resampler_.get(), frame.nb_samples);
    if (room < 0) return false;
    buffer_.resize(static_cast<std::size_t>(room) * channels_);
    auto* out = reinterpret_cast<std::uint8_t*>(buffer_.data());
    const int made = swr_convert(resampler_.get(), &out, room, const_cast<const std::uint8_t**>(frame.extended_data),
                                 frame.nb_samples);
    if (made < 0) return false;
    pending_.insert(pending_.end(), buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(made) * channels_);
    return true;
  }

  FfmpegInput input_;
  std::uint8_t channels_;
  std::unique_ptr<SwrContext, ResamplerCloser> resampler_;
  int rate_ = 0;
  int format_ = -1;
  int in_channels_ = 0;
  std::vector<std::int16_t> buffer_;
  std::deque<std::int16_t> pending_;
  std::uint64_t given_ = 0;  ///< samples a channel handed out
  bool ended_ = false;
};

class FfmpegVideo final : public VideoSource {
 public:
  FfmpegVideo(FfmpegInput input, std::uint32_t max_height) : input_(std::move(input)) {
    const auto w = static_cast<std::uint32_t>(std::max(16, input_.decoder().width));
    const auto h = static_cast<std::uint32_t>(std::max(16, input_.decoder().height));
    height_ = std::min(h, max_height) / 2 * 2;
    width_ = static_cast<std::uint32_t>(std::uint64_t{w} * height_ / h) / 2 * 2;
    const AVRational rate =
        input_.stream().avg_frame_rate.num > 0 ? input_.stream().avg_frame_rate : input_.stream().r_frame_rate;
    rate_ = rate.num > 0 && rate.den > 0 ? std::clamp(av_q2d(rate), 1.0, 60.0) : 30.0;
  }

  expected<std::optional<Picture>, SourceError> read() override {
    while (true) {
      auto decoded = input_.next();
      if (!decoded) return unexpected(decoded.error());
      if (decoded->frame == nullptr) return std::nullopt;
      if (decoded->frame->width <= 0 || decoded->frame->height <= 0) continue;
      // More than 60 pictures a second help nobody; times that do not ascend are a damaged file.
      if (last_ && decoded->time < *last_ + std::chrono::milliseconds{15}) continue;
      last_ = decoded->time;
      Picture picture;
      if (!convert(*decoded->frame, picture)) {
        return unexpected(SourceError{SourceErrorCode::cannot_read, "The pictures cannot be converted to I420."});
      }
      picture.time = decoded->time;
      return picture;
    }
  }
  [[nodiscard]] bool live() const noexcept override { return input_.live(); }
  [[nodiscard]] std::uint32_t width() const noexcept override { return width_; }
  [[nodiscard]] std::uint32_t height() const noexcept override { return height_; }
  [[nodiscard]] double frame_rate() const noexcept override { return rate_; }

 private:
  bool convert(const AVFrame& frame, Picture& picture) {
    picture.width = width_;
    picture.height = height_;
    picture.data.resize(picture.size());
    context_.reset(sws_getCachedContext(context_.release(), frame.width, frame.height,
                                        static_cast<AVPixelFormat>(frame.format), static_cast<int>(width_),
                                        static_cast<int>(height_), AV_PIX_FMT_YUV420P, SWS_BILINEAR, nullptr, nullptr,
                                        nullptr));
    if (!context_) return false;
    std::array<std::uint8_t*, 4> out{picture.plane(0), picture.plane(1), picture.plane(2), nullptr};
    std::array<int, 4> strides{static_cast<int>(picture.stride(0)), static_cast<int>(picture.stride(1)),
                               static_cast<int>(picture.stride(2)), 0};
    return sws_scale(context_.get(), frame.data, frame.linesize, 0, frame.height, out.data(), strides.data()) > 0;
  }

  FfmpegInput input_;
  std::unique_ptr<SwsContext, ScalerCloser> context_;
  std::uint32_t width_ = 0;
  std::uint32_t height_ = 0;
  double rate_ = 30;
  std::optional<Duration> last_;
};

}  // namespace

SourceSpec parse_source(const std::string& text, bool loop) {
  for (const auto& [word, kind] :
       {std::pair{"device", SourceSpec::Kind::device}, std::pair{"screen", SourceSpec::Kind::screen}}) {
    const std::string prefix = std::string(word) + ":";
    if (text == word) return {.kind = kind, .name = {}, .loop = false};
    if (text.starts_with(prefix)) return {.kind = kind, .name = text.substr(prefix.size()), .loop = false};
  }
  return {.kind = SourceSpec::Kind::file, .name = text, .loop = loop};
}

expected<std::unique_ptr<AudioSource>, SourceError> open_audio(const SourceSpec& spec, std::uint8_t channels) {
  SEALHALL_CHECK(channels == 1 || channels == 2);
  auto input = FfmpegInput::open(spec, AVMEDIA_TYPE_AUDIO);
  if (!input) return unexpected(input.error());
  return std::make_unique<FfmpegAudio>(std::move(*input), channels);
}

expected<std::unique_ptr<VideoSource>, SourceError> open_video(const SourceSpec& spec, std::uint32_t max_height) {
  auto input = FfmpegInput::open(spec, AVMEDIA_TYPE_VIDEO);
  if (!input) return unexpected(input.error());
  return std::make_unique<FfmpegVideo>(std::move(*input), max_height);
}

}  // namespace sealhall::codec
