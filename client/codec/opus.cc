#include "client/codec/opus.h"

#include <opus/opus.h>

#include <algorithm>

#include "core/base/check.h"

namespace sealhall::codec {

struct OpusEncoder::Impl {
  ::OpusEncoder* encoder = nullptr;
  std::uint8_t channels = 1;

  Impl() = default;
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() { opus_encoder_destroy(encoder); }
};

OpusEncoder::OpusEncoder(std::unique_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
OpusEncoder::~OpusEncoder() = default;
OpusEncoder::OpusEncoder(OpusEncoder&&) noexcept = default;
OpusEncoder& OpusEncoder::operator=(OpusEncoder&&) noexcept = default;

expected<OpusEncoder, CodecError> OpusEncoder::create(const OpusEncoderConfig& config) {
  if (config.channels < 1 || config.channels > 2) return unexpected(CodecError::bad_configuration);
  auto impl = std::make_unique<Impl>();
  int error = OPUS_OK;
  impl->channels = config.channels;
  // Not the VOIP mode: its high-pass filter and formant emphasis change the sound that the recording should keep.
  impl->encoder =
      opus_encoder_create(sample_rate, config.channels,
                          config.low_delay ? OPUS_APPLICATION_RESTRICTED_LOWDELAY : OPUS_APPLICATION_AUDIO, &error);
  if (error != OPUS_OK) return unexpected(CodecError::bad_configuration);
  const bool ok = opus_encoder_ctl(impl->encoder, OPUS_SET_INBAND_FEC(1)) == OPUS_OK &&
                  opus_encoder_ctl(impl->encoder, OPUS_SET_DTX(config.dtx ? 1 : 0)) == OPUS_OK &&
                  opus_encoder_ctl(impl->encoder, OPUS_SET_COMPLEXITY(config.complexity)) == OPUS_OK &&
                  opus_encoder_ctl(impl->encoder, OPUS_SET_SIGNAL(OPUS_SIGNAL_VOICE)) == OPUS_OK;
  if (!ok) return unexpected(CodecError::bad_configuration);
  OpusEncoder encoder{std::move(impl)};
  encoder.set_bitrate(config.bitrate);
  encoder.set_expected_loss(config.expected_loss_percent);
  return encoder;
}

expected<std::size_t, CodecError> OpusEncoder::encode(const AudioFrame& frame, MutableBytes out) {
  SEALHALL_CHECK(out.size() >= max_opus_frame_size);
  if (frame.channels != impl_->channels) return unexpected(CodecError::wrong_size);
  const opus_int32 size = opus_encode(impl_->encoder, frame.samples.data(), static_cast<int>(frame_samples), out.data(),
                                      static_cast<opus_int32>(max_opus_frame_size));
  if (size < 0) return unexpected(CodecError::library_failed);
  return static_cast<std::size_t>(size);
}

void OpusEncoder::set_bitrate(DataRate bitrate) noexcept {
  const auto bps = static_cast<opus_int32>(std::clamp<std::int64_t>(bitrate.bps(), 6'000, 510'000));
  opus_encoder_ctl(impl_->encoder, OPUS_SET_BITRATE(bps));
}

void OpusEncoder::set_expected_loss(int percent) noexcept {
  opus_encoder_ctl(impl_->encoder, OPUS_SET_PACKET_LOSS_PERC(std::clamp(percent, 0, 100)));
}

struct OpusDecoder::Impl {
  ::OpusDecoder* decoder = nullptr;
  std::uint8_t channels = 1;

  Impl() = default;
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() { opus_decoder_destroy(decoder); }
};

OpusDecoder::OpusDecoder(std::unique_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
OpusDecoder::~OpusDecoder() = default;
OpusDecoder::OpusDecoder(OpusDecoder&&) noexcept = default;
OpusDecoder& OpusDecoder::operator=(OpusDecoder&&) noexcept = default;

expected<OpusDecoder, CodecError> OpusDecoder::create(std::uint8_t channels) {
  if (channels < 1 || channels > 2) return unexpected(CodecError::bad_configuration);
  auto impl = std::make_unique<Impl>();
  int error = OPUS_OK;
  impl->channels = channels;
  impl->decoder = opus_decoder_create(sample_rate, channels, &error);
  if (error != OPUS_OK) return unexpected(CodecError::bad_configuration);
  return OpusDecoder{std::move(impl)};
}

expected<void, CodecError> OpusDecoder::run(ByteView frame, bool fec, AudioFrame& out) {
  out.channels = impl_->channels;
  const int samples =
      opus_decode(impl_->decoder, frame.empty() ? nullptr : frame.data(), static_cast<opus_int32>(frame.size()),
                  out.samples.data(), static_cast<int>(frame_samples), fec ? 1 : 0);
  // Frames of another duration than 20 ms are not part of the product's profile.
  if (samples != static_cast<int>(frame_samples)) return unexpected(CodecError::bad_data);
  return {};
}

expected<void, CodecError> OpusDecoder::decode(ByteView frame, AudioFrame& out) {
  if (frame.empty()) return unexpected(CodecError::bad_data);
  return run(frame, false, out);
}

expected<void, CodecError> OpusDecoder::decode_fec(ByteView next, AudioFrame& out) {
  if (next.empty()) return unexpected(CodecError::bad_data);
  return run(next, true, out);
}

expected<void, CodecError> OpusDecoder::conceal(AudioFrame& out) { return run({}, false, out); }

}  // namespace sealhall::codec
