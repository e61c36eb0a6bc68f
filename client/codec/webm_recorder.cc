#include "client/codec/webm_recorder.h"

extern "C" {
#include <libavformat/avformat.h>
#include <libavutil/mem.h>
}

#include <algorithm>

namespace sealhall::codec {

namespace {
/// What the Opus encoder looks ahead at 48 kHz (RFC 7845 section 4.2): players skip these samples.
constexpr int opus_pre_skip = 312;
}  // namespace

struct WebmRecorder::Impl {
  AVFormatContext* format = nullptr;
  AVPacket* packet = nullptr;
  int audio = -1;
  int video = -1;
  std::int64_t last_audio_ms = -1;
  std::int64_t last_video_ms = -1;
  bool header_written = false;

  Impl() = default;
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() {
    finish();
    if (format != nullptr) {
      if (format->pb != nullptr) avio_closep(&format->pb);
      avformat_free_context(format);
    }
    av_packet_free(&packet);
  }

  bool finish() {
    if (!header_written) return true;
    header_written = false;
    const bool ok = av_write_trailer(format) == 0;
    return avio_closep(&format->pb) == 0 && ok;
  }

  bool add_audio(std::uint8_t channels) {
    AVStream* stream = avformat_new_stream(format, nullptr);
    if (stream == nullptr) return false;
    audio = stream->index;
    stream->time_base = {1, 1000};
    AVCodecParameters& par = *stream->codecpar;
    par.codec_type = AVMEDIA_TYPE_AUDIO;
    par.codec_id = AV_CODEC_ID_OPUS;
    par.sample_rate = sample_rate;
    par.initial_padding = opus_pre_skip;
    par.seek_preroll = sample_rate * 80 / 1000;  // RFC 7845 section 4.2: 80 ms until the decoder has converged
    av_channel_layout_default(&par.ch_layout, channels);
    // The identification header, RFC 7845 section 5.1, little-endian.
    const std::uint8_t head[19] = {
        'O',  'p',  'u', 's', 'H', 'e', 'a', 'd', 1, channels, opus_pre_skip & 0xff, opus_pre_skip >> 8,
        0x80, 0xbb, 0,   0,   0,   0,   0};
    par.extradata = static_cast<std::uint8_t*>(av_mallocz(sizeof head + AV_INPUT_BUFFER_PADDING_SIZE));
    if (par.extradata == nullptr) return false;
    std::copy(std::begin(head), std::end(head), par.extradata);
    par.extradata_size = sizeof head;
    return true;
  }

  bool add_video(PictureSize size) {
    AVStream* stream = avformat_new_stream(format, nullptr);
    if (stream == nullptr) return false;
    video = stream->index;
    stream->time_base = {1, 1000};
    AVCodecParameters& par = *stream->codecpar;
    par.codec_type = AVMEDIA_TYPE_VIDEO;
    par.codec_id = AV_CODEC_ID_VP8;
    par.width = static_cast<int>(size.width);
    par.height = static_cast<int>(size.height);
    return true;
  }

  expected<void, RecorderError> write(int track, std::int64_t& last_ms, Duration time, ByteView data, bool key) {
    if (track < 0) return unexpected(RecorderError::no_such_track);
    if (!header_written) return unexpected(RecorderError::cannot_write);
    last_ms = std::max(last_ms + 1, to_millis(time));
    // The muxer only reads: it copies the bytes into its cluster buffer before it returns.
    packet->data = const_cast<std::uint8_t*>(data.data());
    packet->size = static_cast<int>(data.size());
    packet->stream_index = track;
    packet->pts = packet->dts = av_rescale_q(last_ms, {1, 1000}, format->streams[track]->time_base);
    packet->duration = track == audio ? av_rescale_q(20, {1, 1000}, format->streams[track]->time_base) : 0;
    packet->flags = key ? AV_PKT_FLAG_KEY : 0;
    const int result = av_write_frame(format, packet);
    packet->data = nullptr;
    packet->size = 0;
    if (result < 0) return unexpected(RecorderError::cannot_write);
    return {};
  }
};

WebmRecorder::WebmRecorder(std::unique_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
WebmRecorder::~WebmRecorder() = default;
WebmRecorder::WebmRecorder(WebmRecorder&&) noexcept = default;
WebmRecorder& WebmRecorder::operator=(WebmRecorder&&) noexcept = default;

expected<WebmRecorder, RecorderError> WebmRecorder::create(const std::string& path, const Tracks& tracks) {
  if (!tracks.audio_channels && !tracks.video) return unexpected(RecorderError::cannot_create);
  auto impl = std::make_unique<Impl>();
  impl->packet = av_packet_alloc();
  if (impl->packet == nullptr || avformat_alloc_output_context2(&impl->format, nullptr, "webm", path.c_str()) < 0) {
    return unexpected(RecorderError::cannot_create);
  }
  if (tracks.video && !impl->add_video(*tracks.video)) return unexpected(RecorderError::cannot_create);
  if (tracks.audio_channels && !impl->add_audio(*tracks.audio_channels))
    return unexpected(RecorderError::cannot_create);
  if (avio_open(&impl->format->pb, path.c_str(), AVIO_FLAG_WRITE) < 0) return unexpected(RecorderError::cannot_create);
  impl->format->flags |= AVFMT_FLAG_FLUSH_PACKETS;
  AVDictionary* options = nullptr;
  av_dict_set(&options, "cluster_time_limit", "1000", 0);
  const int result = avformat_write_header(impl->format, &options);
  av_dict_free(&options);
  if (result < 0) return unexpected(RecorderError::cannot_create);
  impl->header_written = true;
  return WebmRecorder{std::move(impl)};
}

expected<void, RecorderError> WebmRecorder::write_audio(Duration time, ByteView opus) {
  return impl_->write(impl_->audio, impl_->last_audio_ms, time, opus, true);
}

expected<void, RecorderError> WebmRecorder::write_video(Duration time, ByteView vp8, bool key_frame) {
  return impl_->write(impl_->video, impl_->last_video_ms, time, vp8, key_frame);
}

expected<void, RecorderError> WebmRecorder::close() {
  if (!impl_->finish()) return unexpected(RecorderError::cannot_write);
  return {};
}

}  // namespace sealhall::codec
