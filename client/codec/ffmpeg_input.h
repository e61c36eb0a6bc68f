// One stream of one file or device, opened and decoded through FFmpeg. Only for the sources of this folder.
#pragma once

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
}

#include <memory>
#include <optional>

#include "client/codec/media_source.h"

namespace sealhall::codec {

struct FormatCloser {
  void operator()(AVFormatContext* p) const noexcept { avformat_close_input(&p); }
};
struct CodecCloser {
  void operator()(AVCodecContext* p) const noexcept { avcodec_free_context(&p); }
};
struct FrameCloser {
  void operator()(AVFrame* p) const noexcept { av_frame_free(&p); }
};
struct PacketCloser {
  void operator()(AVPacket* p) const noexcept { av_packet_free(&p); }
};
using FormatPtr = std::unique_ptr<AVFormatContext, FormatCloser>;
using CodecPtr = std::unique_ptr<AVCodecContext, CodecCloser>;
using FramePtr = std::unique_ptr<AVFrame, FrameCloser>;
using PacketPtr = std::unique_ptr<AVPacket, PacketCloser>;

class FfmpegInput {
 public:
  static expected<FfmpegInput, SourceError> open(const SourceSpec& spec, AVMediaType type);

  /// The next decoded frame with its media time since the start of the file (or of the device), loops added up; nullptr
  /// at the end. The frame stays valid until the next call.
  struct Decoded {
    const AVFrame* frame = nullptr;
    Duration time{};
  };
  expected<Decoded, SourceError> next();

  [[nodiscard]] bool live() const noexcept { return live_; }
  [[nodiscard]] const AVStream& stream() const noexcept { return *format_->streams[stream_]; }
  [[nodiscard]] const AVCodecContext& decoder() const noexcept { return *decoder_; }
  [[nodiscard]] AVFormatContext* format() const noexcept { return format_.get(); }

 private:
  FfmpegInput() = default;
  expected<bool, SourceError> feed();
  bool rewind();

  FormatPtr format_;
  CodecPtr decoder_;
  FramePtr frame_;
  PacketPtr packet_;
  std::string name_;
  int stream_ = 0;
  bool live_ = false;
  bool loop_ = false;
  bool draining_ = false;
  bool got_any_ = false;
  std::optional<Duration> origin_;  ///< of a live source: its first timestamp
  Duration offset_{};               ///< media time at which this round of a loop began
  Duration end_{};                  ///< of the latest frame, in this round
};

}  // namespace sealhall::codec
