#include <vpx/vp8dx.h>
#include <vpx/vpx_decoder.h>

#include "client/codec/vp8.h"

namespace sealhall::codec {

struct Vp8Decoder::Impl {
  vpx_codec_ctx_t codec{};
  bool open = false;

  Impl() = default;
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() {
    if (open) vpx_codec_destroy(&codec);
  }
};

Vp8Decoder::Vp8Decoder(std::unique_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
Vp8Decoder::~Vp8Decoder() = default;
Vp8Decoder::Vp8Decoder(Vp8Decoder&&) noexcept = default;
Vp8Decoder& Vp8Decoder::operator=(Vp8Decoder&&) noexcept = default;

expected<Vp8Decoder, CodecError> Vp8Decoder::create() {
  auto impl = std::make_unique<Impl>();
  vpx_codec_dec_cfg_t cfg{};
  cfg.threads = 1;
  if (vpx_codec_dec_init(&impl->codec, vpx_codec_vp8_dx(), &cfg, 0) != VPX_CODEC_OK) {
    return unexpected(CodecError::library_failed);
  }
  impl->open = true;
  return Vp8Decoder{std::move(impl)};
}

expected<void, CodecError> Vp8Decoder::decode(ByteView frame, Picture& out) {
  // What the library cannot read the size of, it refuses itself.
  if (frame.empty() || is_too_large(frame)) return unexpected(CodecError::bad_data);
  if (vpx_codec_decode(&impl_->codec, frame.data(), static_cast<unsigned>(frame.size()), nullptr, 0) != VPX_CODEC_OK) {
    return unexpected(CodecError::bad_data);
  }
  vpx_codec_iter_t iterator = nullptr;
  const vpx_image_t* image = vpx_codec_get_frame(&impl_->codec, &iterator);
  if (image == nullptr || image->fmt != VPX_IMG_FMT_I420) return unexpected(CodecError::bad_data);
  out.width = image->d_w;
  out.height = image->d_h;
  out.data.resize(out.size());
  for (int i = 0; i < 3; ++i) {
    const std::uint32_t rows = i == 0 ? out.height : out.chroma_height();
    const std::uint32_t row_size = out.stride(i);
    for (std::uint32_t y = 0; y < rows; ++y) {
      std::copy_n(image->planes[i] + static_cast<std::ptrdiff_t>(y) * image->stride[i], row_size,
                  out.plane(i) + std::size_t{y} * row_size);
    }
  }
  return {};
}

std::optional<PictureSize> vp8_key_frame_size(ByteView frame) noexcept {
  // RFC 6386 section 9.1: frame tag (3), start code (3), 14-bit sizes with 2 scaling bits each, little-endian.
  if (frame.size() < 10 || (frame[0] & 1) != 0) return std::nullopt;
  if (frame[3] != 0x9d || frame[4] != 0x01 || frame[5] != 0x2a) return std::nullopt;
  return PictureSize{.width = static_cast<std::uint32_t>(frame[6] | ((frame[7] & 0x3f) << 8)),
                     .height = static_cast<std::uint32_t>(frame[8] | ((frame[9] & 0x3f) << 8))};
}

bool is_too_large(ByteView frame) noexcept {
  constexpr std::uint64_t most_pixels = std::uint64_t{4096} * 4096;
  const auto size = vp8_key_frame_size(frame);
  return size && std::uint64_t{size->width} * size->height > most_pixels;
}

}  // namespace sealhall::codec
