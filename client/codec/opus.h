// Opus for meetings (RFC 6716, RFC 7587): 20 ms frames with in-band FEC; decoding with concealment.
#pragma once

#include <memory>
#include <optional>

#include "client/codec/frames.h"
#include "core/base/data_rate.h"
#include "core/base/expected.h"

namespace sealhall::codec {

/// The largest Opus frame of 20 ms, RFC 6716 section 3.2.1.
inline constexpr std::size_t max_opus_frame_size = 1275;

struct OpusEncoderConfig {
  std::uint8_t channels = 1;                ///< 1 or 2
  DataRate bitrate = DataRate::kbps(32);    ///< 6..510 kbit/s
  std::uint8_t complexity = 7;              ///< 0..10; larger sounds better and costs CPU (10 is about twice 5)
  std::uint8_t expected_loss_percent = 10;  ///< larger spends more of the bitrate on in-band FEC
  bool low_delay = false;                   ///< 2.5 ms of algorithmic delay instead of 6.5, and no in-band FEC
  bool dtx = false;                         ///< silence becomes one short frame every 400 ms
};

class OpusEncoder {
 public:
  /// Error: bad_configuration.
  static expected<OpusEncoder, CodecError> create(const OpusEncoderConfig& config);
  ~OpusEncoder();
  OpusEncoder(OpusEncoder&&) noexcept;
  OpusEncoder& operator=(OpusEncoder&&) noexcept;

  /// Encodes one frame into `out` (at least `max_opus_frame_size` bytes) and returns the size. A size of 2 bytes or
  /// less means that the frame need not be sent (DTX). Errors: wrong_size when the channels differ, library_failed.
  expected<std::size_t, CodecError> encode(const AudioFrame& frame, MutableBytes out);

  void set_bitrate(DataRate bitrate) noexcept;
  /// 0..100; what reports of loss say. In-band FEC is spent accordingly.
  void set_expected_loss(int percent) noexcept;

 private:
  struct Impl;
  explicit OpusEncoder(std::unique_ptr<Impl> impl) noexcept;
  std::unique_ptr<Impl> impl_;
};

class OpusDecoder {
 public:
  /// `channels` 1 or 2: what comes out, whatever the frames carry. Error: bad_configuration.
  static expected<OpusDecoder, CodecError> create(std::uint8_t channels);
  ~OpusDecoder();
  OpusDecoder(OpusDecoder&&) noexcept;
  OpusDecoder& operator=(OpusDecoder&&) noexcept;

  /// Decodes one 20 ms frame into `out.samples`. Error: bad_data; then `conceal` fills the gap.
  expected<void, CodecError> decode(ByteView frame, AudioFrame& out);
  /// The frame before `next`, from the FEC data in `next`; plain concealment when there is none. Error: bad_data.
  expected<void, CodecError> decode_fec(ByteView next, AudioFrame& out);
  /// 20 ms in the manner of what was heard last, fading with every further call.
  expected<void, CodecError> conceal(AudioFrame& out);

 private:
  struct Impl;
  explicit OpusDecoder(std::unique_ptr<Impl> impl) noexcept;
  expected<void, CodecError> run(ByteView frame, bool fec, AudioFrame& out);
  std::unique_ptr<Impl> impl_;
};

}  // namespace sealhall::codec
