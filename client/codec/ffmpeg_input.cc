#include "client/codec/ffmpeg_input.h"

extern "C" {
#include <libavdevice/avdevice.h>
#include <libavutil/log.h>
}

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <mutex>
#include <vector>

namespace sealhall::codec {

namespace {

void prepare_library() {
  static std::once_flag once;
  std::call_once(once, [] {
    av_log_set_level(AV_LOG_FATAL);
    avdevice_register_all();
  });
}

std::string reason(int error) {
  char text[AV_ERROR_MAX_STRING_SIZE] = {};
  av_strerror(error, text, sizeof text);
  return text;
}

Duration to_duration(std::int64_t value, AVRational base) noexcept {
  return Duration{av_rescale_q(value, base, AVRational{1, 1'000'000})};
}

/// One way to reach a device: libavdevice's input format and what to open with it.
struct Attempt {
  const char* format;
  std::string url;
};

std::vector<Attempt> attempts(const SourceSpec& spec, AVMediaType type) {
  if (spec.kind == SourceSpec::Kind::screen) {
    const char* display = std::getenv("DISPLAY");
    return {{"x11grab", !spec.name.empty() ? spec.name : std::string(display != nullptr ? display : ":0")}};
  }
  if (type == AVMEDIA_TYPE_AUDIO) {
    const std::string name = spec.name.empty() ? "default" : spec.name;
    return {{"pulse", name}, {"alsa", name}};
  }
  return {{"v4l2", spec.name.empty() ? "/dev/video0" : spec.name}};
}

const char* what(const SourceSpec& spec, AVMediaType type) noexcept {
  if (spec.kind == SourceSpec::Kind::screen) return "screen";
  return type == AVMEDIA_TYPE_AUDIO ? "microphone" : "camera";
}

expected<FormatPtr, SourceError> open_format(const SourceSpec& spec, AVMediaType type) {
  AVFormatContext* raw = nullptr;
  if (spec.kind == SourceSpec::Kind::file) {
    const int result = avformat_open_input(&raw, spec.name.c_str(), nullptr, nullptr);
    if (result < 0) {
      return unexpected(
          SourceError{SourceErrorCode::cannot_open, "Cannot open " + spec.name + ": " + reason(result) + "."});
    }
    return FormatPtr{raw};
  }
  std::string tried;
  for (const Attempt& attempt : attempts(spec, type)) {
    // Without any sound card ALSA would print its own complaints on standard error.
    if (std::strcmp(attempt.format, "alsa") == 0 && !std::filesystem::exists("/dev/snd")) {
      tried += std::string(tried.empty() ? "" : "; ") + "alsa: no sound card";
      continue;
    }
    const AVInputFormat* format = av_find_input_format(attempt.format);
    if (format == nullptr) {
      tried += std::string(tried.empty() ? "" : "; ") + attempt.format + ": not in this build of FFmpeg";
      continue;
    }
    AVDictionary* options = nullptr;
    if (type == AVMEDIA_TYPE_VIDEO) av_dict_set(&options, "framerate", "30", 0);
    const int result = avformat_open_input(&raw, attempt.url.c_str(), format, &options);
    av_dict_free(&options);
    if (result >= 0) return FormatPtr{raw};
    tried += std::string(tried.empty() ? "" : "; ") + attempt.format + " " + attempt.url + ": " + reason(result);
  }
  return unexpected(SourceError{SourceErrorCode::cannot_open, std::string("There is no ") + what(spec, type) +
                                                                  " that can be used here (" + tried +
                                                                  "). Give a file instead, or connect one."});
}

}  // namespace

expected<FfmpegInput, SourceError> FfmpegInput::open(const SourceSpec& spec, AVMediaType type) {
  prepare_library();
  auto format = open_format(spec, type);
  if (!format) return unexpected(format.error());
  FfmpegInput input;
  input.format_ = std::move(*format);
  input.name_ = spec.kind == SourceSpec::Kind::file ? spec.name : what(spec, type);
  input.live_ = spec.kind != SourceSpec::Kind::file;
  input.loop_ = spec.loop && !input.live_;
  if (const int result = avformat_find_stream_info(input.format_.get(), nullptr); result < 0) {
    return unexpected(
        SourceError{SourceErrorCode::cannot_read, "Cannot read " + input.name_ + ": " + reason(result) + "."});
  }
  const AVCodec* codec = nullptr;
  input.stream_ = av_find_best_stream(input.format_.get(), type, -1, -1, &codec, 0);
  if (input.stream_ < 0 || codec == nullptr) {
    return unexpected(SourceError{SourceErrorCode::no_stream,
                                  "There is no " + std::string(type == AVMEDIA_TYPE_AUDIO ? "sound" : "video") +
                                      " in " + input.name_ + " that FFmpeg can decode."});
  }
  for (unsigned i = 0; i < input.format_->nb_streams; ++i) {
    if (static_cast<int>(i) != input.stream_) input.format_->streams[i]->discard = AVDISCARD_ALL;
  }
  input.decoder_.reset(avcodec_alloc_context3(codec));
  input.frame_.reset(av_frame_alloc());
  input.packet_.reset(av_packet_alloc());
  input.decoder_->thread_count = 1;
  input.decoder_->pkt_timebase = input.stream().time_base;
  if (avcodec_parameters_to_context(input.decoder_.get(), input.stream().codecpar) < 0 ||
      avcodec_open2(input.decoder_.get(), codec, nullptr) < 0) {
    return unexpected(SourceError{SourceErrorCode::no_stream, "FFmpeg cannot decode what is in " + input.name_ + "."});
  }
  return input;
}

expected<bool, SourceError> FfmpegInput::feed() {
  while (true) {
    const int result = av_read_frame(format_.get(), packet_.get());
    if (result == AVERROR_EOF) {
      draining_ = true;
      avcodec_send_packet(decoder_.get(), nullptr);
      return true;
    }
    if (result == AVERROR(EAGAIN)) continue;
    if (result < 0) {
      return unexpected(
          SourceError{SourceErrorCode::cannot_read, "Reading " + name_ + " failed: " + reason(result) + "."});
    }
    const bool ours = packet_->stream_index == stream_;
    // A damaged packet costs its frame, not the whole file.
    if (ours) avcodec_send_packet(decoder_.get(), packet_.get());
    av_packet_unref(packet_.get());
    if (ours) return true;
  }
}

bool FfmpegInput::rewind() {
  // Sound and pictures of one file must begin each round together: a round is as long as the whole file.
  Duration round = end_;
  if (format_->duration != AV_NOPTS_VALUE) round = std::max(round, Duration{format_->duration});
  const std::int64_t start = format_->start_time != AV_NOPTS_VALUE ? format_->start_time : 0;
  if (avformat_seek_file(format_.get(), -1, INT64_MIN, start, start, 0) < 0 &&
      av_seek_frame(format_.get(), -1, start, AVSEEK_FLAG_BACKWARD) < 0) {
    return false;
  }
  avcodec_flush_buffers(decoder_.get());
  draining_ = false;
  got_any_ = false;
  offset_ += round;
  end_ = Duration{};
  return true;
}

expected<FfmpegInput::Decoded, SourceError> FfmpegInput::next() {
  while (true) {
    av_frame_unref(frame_.get());
    const int result = avcodec_receive_frame(decoder_.get(), frame_.get());
    if (result == 0) {
      std::int64_t pts = frame_->best_effort_timestamp;
      Duration time = end_;
      if (pts != AV_NOPTS_VALUE) {
        time = to_duration(pts, stream().time_base);
        if (live_) {
          if (!origin_) origin_ = time;
          time -= *origin_;
        } else if (format_->start_time != AV_NOPTS_VALUE) {
          time -= Duration{format_->start_time};
        }
      }
      Duration length{};
      if (frame_->nb_samples > 0 && frame_->sample_rate > 0) {
        length = to_duration(frame_->nb_samples, AVRational{1, frame_->sample_rate});
      } else if (frame_->pkt_duration > 0) {
        length = to_duration(frame_->pkt_duration, stream().time_base);
      }
      end_ = std::max(end_, time + length);
      got_any_ = true;
      return Decoded{frame_.get(), offset_ + time};
    }
    if (result == AVERROR_EOF || (result != AVERROR(EAGAIN) && draining_)) {
      if (loop_ && got_any_ && rewind()) continue;
      return Decoded{};
    }
    auto fed = feed();
    if (!fed) return unexpected(fed.error());
  }
}

}  // namespace sealhall::codec
