#include "connectors/composer/sound.h"

#include <algorithm>
#include <cmath>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/channel_layout.h>
#include <libavutil/frame.h>
#include <libavutil/log.h>
}

namespace sealhall::composer {

namespace {
/// Frames that are this near to where the one before ended follow it without a seam: their times are a little rough.
constexpr std::int64_t rough = sound_rate * 40 / 1000;
constexpr std::int64_t bitrate = 96'000;
}  // namespace

void Mixer::add(TrackReader track, std::uint64_t offset_ms) {
  auto decoder = codec::OpusDecoder::create(1);
  if (!decoder) return;
  voices_.push_back(std::make_unique<Voice>(Voice{.reader = std::move(track),
                                                  .offset = static_cast<std::int64_t>(offset_ms) * sound_rate / 1000,
                                                  .decoder = std::move(*decoder),
                                                  .ahead = std::nullopt,
                                                  .ended = false,
                                                  .samples = {},
                                                  .at = 0}));
}

void Mixer::fill(Voice& voice, std::int64_t until) {
  while (!voice.ended && voice.end() < until) {
    if (!voice.ahead) voice.ahead = voice.reader.next();
    if (!voice.ahead) {
      voice.ended = true;
      return;
    }
    const std::int64_t wanted = voice.offset + voice.ahead->time.count() * sound_rate / 1'000'000;
    if (wanted >= until + rough) return;  // silence until then
    codec::AudioFrame frame;
    const bool good = voice.decoder.decode(voice.ahead->data, frame).has_value();
    voice.ahead.reset();
    if (!good) continue;
    if (voice.samples.empty() && voice.at < at_) voice.at = at_;
    if (wanted > voice.end() + rough) {
      voice.samples.insert(voice.samples.end(), static_cast<std::size_t>(wanted - voice.end()), 0.0F);
    } else if (wanted < voice.end() - rough) {
      continue;  // it would be heard over what was said before
    }
    for (const std::int16_t s : frame.pcm()) voice.samples.push_back(static_cast<float>(s) / 32768.0F);
  }
}

void Mixer::next(std::array<float, sound_block>& out) {
  out.fill(0);
  const std::int64_t until = at_ + static_cast<std::int64_t>(sound_block);
  for (const auto& voice : voices_) {
    fill(*voice, until);
    while (voice->at < at_ && !voice->samples.empty()) {
      voice->samples.pop_front();
      ++voice->at;
    }
    for (std::int64_t i = std::max(voice->at, at_); i < until && !voice->samples.empty(); ++i) {
      out[static_cast<std::size_t>(i - at_)] += voice->samples.front();
      voice->samples.pop_front();
      voice->at = i + 1;
    }
  }
  // Above half the room a gentle curve: many who laugh at once do not crackle.
  for (float& s : out) {
    const float loud = std::abs(s);
    if (loud > 0.5F) s = std::copysign(0.5F + 0.5F * std::tanh((loud - 0.5F) / 0.5F), s);
  }
  at_ = until;
}

struct AacEncoder::State {
  AVCodecContext* context = nullptr;
  AVFrame* frame = nullptr;
  AVPacket* packet = nullptr;
  std::int64_t at = 0;
  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    avcodec_free_context(&context);
    av_frame_free(&frame);
    av_packet_free(&packet);
  }
};

AacEncoder::AacEncoder(std::unique_ptr<State> state) : state_(std::move(state)) {}
AacEncoder::~AacEncoder() = default;

std::unique_ptr<AacEncoder> AacEncoder::create() {
  av_log_set_level(AV_LOG_ERROR);  // the library's small talk is no log of ours
  const AVCodec* codec = avcodec_find_encoder(AV_CODEC_ID_AAC);
  auto state = std::make_unique<State>();
  state->context = codec == nullptr ? nullptr : avcodec_alloc_context3(codec);
  state->frame = av_frame_alloc();
  state->packet = av_packet_alloc();
  if (state->context == nullptr || state->frame == nullptr || state->packet == nullptr) return nullptr;
  AVCodecContext& c = *state->context;
  c.sample_rate = sound_rate;
  c.sample_fmt = AV_SAMPLE_FMT_FLTP;
  av_channel_layout_default(&c.ch_layout, 1);
  c.bit_rate = bitrate;
  c.time_base = {1, sound_rate};
  c.flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  c.thread_count = 1;
  if (avcodec_open2(&c, codec, nullptr) < 0 || c.frame_size != static_cast<int>(sound_block)) return nullptr;
  AVFrame& f = *state->frame;
  f.nb_samples = static_cast<int>(sound_block);
  f.format = AV_SAMPLE_FMT_FLTP;
  f.sample_rate = sound_rate;
  av_channel_layout_copy(&f.ch_layout, &c.ch_layout);
  if (av_frame_get_buffer(&f, 0) < 0) return nullptr;
  return std::unique_ptr<AacEncoder>(new AacEncoder(std::move(state)));
}

bool AacEncoder::encode(const std::array<float, sound_block>* block, std::vector<Packet>& out) {
  AVFrame* frame = nullptr;
  if (block != nullptr) {
    frame = state_->frame;
    if (av_frame_make_writable(frame) < 0) return false;
    std::copy(block->begin(), block->end(), reinterpret_cast<float*>(frame->data[0]));
    frame->pts = state_->at;
    state_->at += static_cast<std::int64_t>(sound_block);
  }
  if (avcodec_send_frame(state_->context, frame) < 0) return false;
  while (true) {
    const int result = avcodec_receive_packet(state_->context, state_->packet);
    if (result == AVERROR(EAGAIN) || result == AVERROR_EOF) return true;
    if (result < 0) return false;
    out.push_back({.time = state_->packet->pts,
                   .key_frame = true,
                   .data = Bytes(state_->packet->data, state_->packet->data + state_->packet->size)});
    av_packet_unref(state_->packet);
  }
}

Bytes AacEncoder::configuration() const {
  const AVCodecContext& c = *state_->context;
  return {c.extradata, c.extradata + c.extradata_size};
}

}  // namespace sealhall::composer
