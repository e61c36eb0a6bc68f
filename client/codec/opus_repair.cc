#include "client/codec/opus_repair.h"

namespace sealhall::codec {

OpusRepair::OpusRepair() : buffer_(max_opus_frame_size) {
  if (auto decoder = OpusDecoder::create(1)) decoder_.emplace(std::move(*decoder));
  // Every sound goes through this encoder, so that a rebuilt frame continues from the ones before it; only the rebuilt
  // ones are used.
  if (auto encoder = OpusEncoder::create(
          {.bitrate = DataRate::kbps(48), .complexity = 3, .expected_loss_percent = 0, .low_delay = true})) {
    encoder_.emplace(std::move(*encoder));
  }
}
OpusRepair::~OpusRepair() = default;
OpusRepair::OpusRepair(OpusRepair&&) noexcept = default;
OpusRepair& OpusRepair::operator=(OpusRepair&&) noexcept = default;

void OpusRepair::on_frame(ByteView frame, std::size_t missing, const std::function<void(std::size_t, ByteView)>& fill) {
  if (!decoder_ || !encoder_) return;
  AudioFrame sound;
  if (started_ && missing <= most_missing) {
    for (std::size_t i = 0; i < missing; ++i) {
      const bool last = i + 1 == missing;
      if (!(last ? decoder_->decode_fec(frame, sound) : decoder_->conceal(sound))) continue;
      if (const auto size = encoder_->encode(sound, buffer_)) fill(i, ByteView{buffer_}.first(*size));
    }
  }
  started_ = true;
  if (decoder_->decode(frame, sound)) (void)encoder_->encode(sound, buffer_);
}

}  // namespace sealhall::codec
