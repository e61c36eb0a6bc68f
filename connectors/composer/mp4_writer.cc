#include "connectors/composer/mp4_writer.h"

#include <algorithm>
#include <string_view>

extern "C" {
#include <libavformat/avformat.h>
#include <libavutil/mem.h>
}

namespace sealhall::composer {
namespace {

/// What the muxer writes, seen as places in a file.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual bool write(std::int64_t at, ByteView bytes) = 0;
};

class Muxer {
 public:
  explicit Muxer(Sink& sink) : sink_(sink) {}
  Muxer(const Muxer&) = delete;
  Muxer& operator=(const Muxer&) = delete;
  ~Muxer() {
    if (io_ != nullptr) {
      av_freep(static_cast<void*>(&io_->buffer));
      avio_context_free(&io_);
    }
    if (format_ != nullptr) {
      format_->pb = nullptr;
      avformat_free_context(format_);
    }
    av_packet_free(&packet_);
  }

  bool open(const Mp4Tracks& tracks) {
    packet_ = av_packet_alloc();
    if (packet_ == nullptr || avformat_alloc_output_context2(&format_, nullptr, "mp4", nullptr) < 0) return false;
    constexpr int buffer_size = 1 << 16;
    auto* buffer = static_cast<unsigned char*>(av_malloc(buffer_size));
    io_ = avio_alloc_context(buffer, buffer_size, 1, this, nullptr, &Muxer::put, &Muxer::seek);
    if (io_ == nullptr) return false;
    format_->pb = io_;
    format_->flags |= AVFMT_FLAG_CUSTOM_IO | AVFMT_FLAG_BITEXACT;  // the same bytes every time
    if (tracks.video && !add_video(*tracks.video)) return false;
    if (tracks.sound && !add_sound(*tracks.sound)) return false;
    if (avformat_write_header(format_, nullptr) < 0) return false;
    avio_flush(io_);
    content_ = avio_tell(io_);
    return true;
  }
  /// Where the packets begin.
  [[nodiscard]] std::int64_t content() const noexcept { return content_; }
  [[nodiscard]] std::int64_t position() const noexcept {
    avio_flush(io_);
    return avio_tell(io_);
  }

  bool write(bool is_video, const Packet& packet) {
    const int index = is_video ? video_ : sound_;
    if (index < 0) return true;
    AVStream& stream = *format_->streams[index];
    packet_->data = const_cast<std::uint8_t*>(packet.data.data());  // the muxer only reads
    packet_->size = static_cast<int>(packet.data.size());
    packet_->stream_index = index;
    const AVRational unit = is_video ? video_unit_ : sound_unit_;
    packet_->pts = packet_->dts = av_rescale_q(packet.time, unit, stream.time_base);
    packet_->duration = av_rescale_q(is_video ? 1 : sound_step_, unit, stream.time_base);
    packet_->flags = packet.key_frame ? AV_PKT_FLAG_KEY : 0;
    const int result = av_write_frame(format_, packet_);
    packet_->data = nullptr;
    packet_->size = 0;
    return result >= 0 && !failed_;
  }
  bool finish() {
    const bool ok = av_write_trailer(format_) == 0;
    avio_flush(io_);
    return ok && !failed_;
  }

 private:
  static bool extradata(AVCodecParameters& par, const Bytes& bytes) {
    par.extradata = static_cast<std::uint8_t*>(av_mallocz(bytes.size() + AV_INPUT_BUFFER_PADDING_SIZE));
    if (par.extradata == nullptr) return false;
    std::ranges::copy(bytes, par.extradata);
    par.extradata_size = static_cast<int>(bytes.size());
    return true;
  }
  bool add_video(const Mp4Tracks::Video& video) {
    AVStream* stream = avformat_new_stream(format_, nullptr);
    if (stream == nullptr) return false;
    video_ = stream->index;
    video_unit_ = {1, static_cast<int>(video.frame_rate)};
    stream->time_base = {1, static_cast<int>(video.frame_rate) * 512};
    stream->avg_frame_rate = {static_cast<int>(video.frame_rate), 1};
    AVCodecParameters& par = *stream->codecpar;
    par.codec_type = AVMEDIA_TYPE_VIDEO;
    par.codec_id = AV_CODEC_ID_H264;
    par.width = static_cast<int>(video.width);
    par.height = static_cast<int>(video.height);
    return extradata(par, video.parameter_sets);
  }
  bool add_sound(const Mp4Tracks::Sound& sound) {
    AVStream* stream = avformat_new_stream(format_, nullptr);
    if (stream == nullptr) return false;
    sound_ = stream->index;
    sound_unit_ = {1, sound.rate};
    sound_step_ = sound.samples_in_packet;
    stream->time_base = sound_unit_;
    AVCodecParameters& par = *stream->codecpar;
    par.codec_type = AVMEDIA_TYPE_AUDIO;
    par.codec_id = AV_CODEC_ID_AAC;
    par.sample_rate = sound.rate;
    par.frame_size = sound.samples_in_packet;
    par.initial_padding = sound.samples_in_packet;
    av_channel_layout_default(&par.ch_layout, 1);
    return extradata(par, sound.configuration);
  }
  static int put(void* self, std::uint8_t* bytes, int size) {
    auto& me = *static_cast<Muxer*>(self);
    if (!me.sink_.write(me.at_, {bytes, static_cast<std::size_t>(size)})) {
      me.failed_ = true;
      return AVERROR(EIO);
    }
    me.at_ += size;
    me.end_ = std::max(me.end_, me.at_);
    return size;
  }
  static std::int64_t seek(void* self, std::int64_t offset, int whence) {
    auto& me = *static_cast<Muxer*>(self);
    if (whence == AVSEEK_SIZE) return me.end_;
    if (whence == SEEK_CUR) offset += me.at_;
    if (whence == SEEK_END) offset += me.end_;
    me.at_ = offset;
    return offset;
  }

  Sink& sink_;
  AVFormatContext* format_ = nullptr;
  AVIOContext* io_ = nullptr;
  AVPacket* packet_ = nullptr;
  int video_ = -1;
  int sound_ = -1;
  AVRational video_unit_{1, 25};
  AVRational sound_unit_{1, 48'000};
  int sound_step_ = 1024;
  std::int64_t content_ = 0;
  std::int64_t at_ = 0;
  std::int64_t end_ = 0;
  bool failed_ = false;
};

/// Keeps the head, with what is patched into it later, and everything behind the content: the index.
class Plan final : public Sink {
 public:
  static constexpr std::int64_t head_size = 256;
  bool write(std::int64_t at, ByteView bytes) override {
    for (std::size_t i = 0; i < bytes.size() && at + static_cast<std::int64_t>(i) < head_size; ++i) {
      const auto place = static_cast<std::size_t>(at) + i;
      if (head.size() <= place) head.resize(place + 1);
      head[place] = bytes[i];
    }
    if (index_at && at + static_cast<std::int64_t>(bytes.size()) > *index_at && at >= *index_at) {
      const auto place = static_cast<std::size_t>(at - *index_at);
      if (index.size() < place + bytes.size()) index.resize(place + bytes.size());
      std::ranges::copy(bytes, index.begin() + static_cast<std::ptrdiff_t>(place));
    }
    return true;
  }
  Bytes head;
  std::optional<std::int64_t> index_at;
  Bytes index;
};

/// Passes on the content, and nothing else.
class Content final : public Sink {
 public:
  Content(std::int64_t from, std::int64_t to, const Append& append) : at_(from), to_(to), append_(append) {}
  bool write(std::int64_t at, ByteView bytes) override {
    const std::int64_t end = at + static_cast<std::int64_t>(bytes.size());
    if (end <= at_ || at >= to_) return true;
    const auto skip = static_cast<std::size_t>(std::max<std::int64_t>(0, at_ - at));
    const auto stop = static_cast<std::size_t>(std::min(end, to_) - at);
    if (at > at_ || !append_(bytes.subspan(skip, stop - skip))) return false;
    at_ = std::min(end, to_);
    return true;
  }
  [[nodiscard]] bool whole() const noexcept { return at_ == to_; }

 private:
  std::int64_t at_;
  std::int64_t to_;
  const Append& append_;
};

std::string_view type_at(ByteView box) { return as_text(box.subspan(4, 4)); }

}  // namespace

bool shift_chunk_offsets(MutableBytes box, std::uint64_t shift) {
  if (box.size() < 8) return false;
  const std::string_view type = type_at(box);
  if (type == "stco" || type == "co64") {
    const std::size_t width = type == "stco" ? 4 : 8;
    if (box.size() < 16) return false;
    const std::size_t count = load_u32(&box[12]);
    if ((box.size() - 16) / width < count) return false;
    for (std::size_t i = 0; i < count; ++i) {
      std::uint8_t* entry = &box[16 + i * width];
      if (width == 4) {
        const std::uint64_t moved = load_u32(entry) + shift;
        if (moved > UINT32_MAX) return false;
        store_u32(entry, static_cast<std::uint32_t>(moved));
      } else {
        store_u64(entry, load_u64(entry) + shift);
      }
    }
    return true;
  }
  constexpr std::string_view holders[] = {"moov", "trak", "mdia", "minf", "stbl"};
  if (std::ranges::find(holders, type) == std::end(holders)) return true;
  for (MutableBytes rest = box.subspan(8); !rest.empty();) {
    if (rest.size() < 8) return false;
    const std::size_t size = load_u32(rest.data());
    if (size < 8 || size > rest.size() || !shift_chunk_offsets(rest.first(size), shift)) return false;
    rest = rest.subspan(size);
  }
  return true;
}

bool write_mp4(const Mp4Tracks& tracks, const Feed& feed, const Append& append) {
  Plan plan;
  std::int64_t content = 0;
  {
    Muxer muxer{plan};
    if (!muxer.open(tracks)) return false;
    content = muxer.content();
    if (!feed([&](bool is_video, const Packet& packet) { return muxer.write(is_video, packet); })) return false;
    plan.index_at = muxer.position();
    if (!muxer.finish()) return false;
  }
  // ftyp | moov | free mdat .., instead of ftyp | free mdat .. | moov
  if (plan.head.size() < 8 || content > Plan::head_size) return false;
  const std::size_t type_size = load_u32(plan.head.data());
  if (type_size > static_cast<std::size_t>(content)) return false;
  const ByteView head = ByteView{plan.head}.first(static_cast<std::size_t>(content));
  Bytes moved = plan.index;
  const bool in_front = shift_chunk_offsets(moved, moved.size());
  if (!append(head.first(type_size)) || (in_front && !append(moved)) || !append(head.subspan(type_size))) return false;
  Content only_content{content, *plan.index_at, append};
  {
    Muxer muxer{only_content};
    if (!muxer.open(tracks)) return false;
    if (!feed([&](bool is_video, const Packet& packet) { return muxer.write(is_video, packet); })) return false;
    if (!muxer.finish()) return false;
  }
  return only_content.whole() && (in_front || append(plan.index));
}

}  // namespace sealhall::composer
