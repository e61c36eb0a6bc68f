// VP8 for meetings (RFC 6386): one encoder a simulcast layer with three temporal layers, and the decoder.
#pragma once

#include <memory>
#include <optional>

#include "client/codec/frames.h"
#include "core/base/data_rate.h"
#include "core/base/expected.h"

namespace sealhall::codec {

struct Vp8EncoderConfig {
  std::uint32_t width = 0;  ///< 16..4096, even
  std::uint32_t height = 0;
  double frame_rate = 30;  ///< what is expected; the real times come with the pictures
  DataRate bitrate = DataRate::kbps(500);
  std::uint8_t temporal_layers = 3;  ///< 1..3; more layers let a receiver drop more, and cost some bitrate
  bool screen_content = false;       ///< slides rather than faces: sharper still pictures, more expensive motion
};

/// One encoded picture, with what the RTP payload descriptor says about it (RFC 7741 section 4.2).
struct EncodedPicture {
  Duration time{};
  Bytes data;
  bool key_frame = false;
  std::uint8_t temporal_id = 0;
  bool layer_sync = false;     ///< refers to temporal layer 0 only: a receiver may step up here
  bool non_reference = false;  ///< nothing refers to it
};

/// Temporal layers follow the pattern 0 2 1 2 (L1T3), 0 1 (L1T2) or 0; a key frame starts the pattern again. Frames are
/// independent of entropy state carried over (error-resilient mode), so that dropping a layer leaves the rest
/// decodable.
class Vp8Encoder {
 public:
  /// Error: bad_configuration.
  static expected<Vp8Encoder, CodecError> create(const Vp8EncoderConfig& config);
  ~Vp8Encoder();
  Vp8Encoder(Vp8Encoder&&) noexcept;
  Vp8Encoder& operator=(Vp8Encoder&&) noexcept;

  /// Times must ascend. nullopt: the encoder left this picture out to hold the bitrate. Errors: wrong_size,
  /// library_failed.
  expected<std::optional<EncodedPicture>, CodecError> encode(const Picture& picture, bool force_key_frame);
  /// Takes effect with the next picture.
  void set_bitrate(DataRate bitrate) noexcept;
  [[nodiscard]] const Vp8EncoderConfig& config() const noexcept;

 private:
  struct Impl;
  explicit Vp8Encoder(std::unique_ptr<Impl> impl) noexcept;
  std::unique_ptr<Impl> impl_;
};

class Vp8Decoder {
 public:
  /// Error: library_failed.
  static expected<Vp8Decoder, CodecError> create();
  ~Vp8Decoder();
  Vp8Decoder(Vp8Decoder&&) noexcept;
  Vp8Decoder& operator=(Vp8Decoder&&) noexcept;

  /// Decodes into `out`, whose size becomes the frame's own; `out.time` is left alone. Error: bad_data; then a key
  /// frame is needed. A key frame that `is_too_large` is bad data and changes nothing.
  expected<void, CodecError> decode(ByteView frame, Picture& out);

 private:
  struct Impl;
  explicit Vp8Decoder(std::unique_ptr<Impl> impl) noexcept;
  std::unique_ptr<Impl> impl_;
};

/// Size of the picture in a key frame (RFC 6386 section 9.1), scaling bits left out; nullopt for other frames.
struct PictureSize {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  bool operator==(const PictureSize&) const noexcept = default;
};
std::optional<PictureSize> vp8_key_frame_size(ByteView frame) noexcept;

/// Whether this is a key frame that says to have more pixels than 4096x4096. No camera and no screen has as many, and a
/// decoder takes 6 bytes of memory for each of them before it looks at the picture.
bool is_too_large(ByteView frame) noexcept;

}  // namespace sealhall::codec
