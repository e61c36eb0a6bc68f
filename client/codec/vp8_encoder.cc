#include <vpx/vp8cx.h>
#include <vpx/vpx_encoder.h>

#include <algorithm>
#include <array>

#include "client/codec/vp8.h"

namespace sealhall::codec {

namespace {

/// Media time inside libvpx is in 90 kHz units, as on the wire.
constexpr int time_base = 90'000;

struct PatternStep {
  std::uint8_t temporal_id;
  bool layer_sync;
  bool non_reference;
  vpx_enc_frame_flags_t flags;
};

constexpr vpx_enc_frame_flags_t keep_golden = VP8_EFLAG_NO_UPD_GF;
constexpr vpx_enc_frame_flags_t keep_altref = VP8_EFLAG_NO_UPD_ARF;
constexpr vpx_enc_frame_flags_t keep_last = VP8_EFLAG_NO_UPD_LAST;
constexpr vpx_enc_frame_flags_t keep_all = keep_last | keep_golden | keep_altref | VP8_EFLAG_NO_UPD_ENTROPY;
constexpr vpx_enc_frame_flags_t only_last = VP8_EFLAG_NO_REF_GF | VP8_EFLAG_NO_REF_ARF;

/// The base layer lives in the LAST buffer, layer 1 in GOLDEN; the top layer is never referred to.
constexpr std::array<PatternStep, 4> pattern_of_three{{
    {0, false, false, only_last | keep_golden | keep_altref},
    {2, true, true, only_last | keep_all},
    {1, true, false, only_last | keep_last | keep_altref | VP8_EFLAG_NO_UPD_ENTROPY},
    {2, false, true, VP8_EFLAG_NO_REF_ARF | keep_all},
}};
constexpr std::array<PatternStep, 2> pattern_of_two{{
    {0, false, false, only_last | keep_golden | keep_altref},
    {1, true, true, only_last | keep_all},
}};
constexpr std::array<PatternStep, 1> pattern_of_one{{{0, false, false, 0}}};

std::span<const PatternStep> pattern(std::uint8_t layers) noexcept {
  if (layers == 3) return pattern_of_three;
  if (layers == 2) return pattern_of_two;
  return pattern_of_one;
}

void apply_bitrate(vpx_codec_enc_cfg_t& cfg, DataRate bitrate, std::uint8_t layers) noexcept {
  const auto kbps = static_cast<unsigned>(std::max<std::int64_t>(bitrate.bps() / 1000, 30));
  cfg.rc_target_bitrate = kbps;
  // Cumulative shares: the base layer must be worth looking at when it is all that a receiver can take.
  if (layers == 3) {
    cfg.ts_target_bitrate[0] = kbps * 2 / 5;
    cfg.ts_target_bitrate[1] = kbps * 3 / 5;
    cfg.ts_target_bitrate[2] = kbps;
  } else if (layers == 2) {
    cfg.ts_target_bitrate[0] = kbps * 3 / 5;
    cfg.ts_target_bitrate[1] = kbps;
  } else {
    cfg.ts_target_bitrate[0] = kbps;
  }
}

}  // namespace

struct Vp8Encoder::Impl {
  Vp8EncoderConfig config;
  vpx_codec_ctx_t codec{};
  vpx_codec_enc_cfg_t cfg{};
  bool open = false;
  bool bitrate_changed = false;
  std::size_t step = 0;
  std::optional<std::int64_t> last_pts;   // on the library's clock
  std::optional<std::int64_t> last_real;  // of the pictures

  Impl() = default;
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() {
    if (open) vpx_codec_destroy(&codec);
  }
};

Vp8Encoder::Vp8Encoder(std::unique_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
Vp8Encoder::~Vp8Encoder() = default;
Vp8Encoder::Vp8Encoder(Vp8Encoder&&) noexcept = default;
Vp8Encoder& Vp8Encoder::operator=(Vp8Encoder&&) noexcept = default;
const Vp8EncoderConfig& Vp8Encoder::config() const noexcept { return impl_->config; }

expected<Vp8Encoder, CodecError> Vp8Encoder::create(const Vp8EncoderConfig& config) {
  if (config.width < 16 || config.height < 16 || config.width > 4096 || config.height > 4096 || config.width % 2 != 0 ||
      config.height % 2 != 0 || config.temporal_layers < 1 || config.temporal_layers > 3 || config.frame_rate <= 0) {
    return unexpected(CodecError::bad_configuration);
  }
  auto impl = std::make_unique<Impl>();
  impl->config = config;
  vpx_codec_enc_cfg_t& cfg = impl->cfg;
  if (vpx_codec_enc_config_default(vpx_codec_vp8_cx(), &cfg, 0) != VPX_CODEC_OK) {
    return unexpected(CodecError::library_failed);
  }
  cfg.g_w = config.width;
  cfg.g_h = config.height;
  cfg.g_timebase = {1, time_base};
  cfg.g_threads = 1;
  cfg.g_lag_in_frames = 0;
  cfg.g_error_resilient = VPX_ERROR_RESILIENT_DEFAULT;
  cfg.rc_end_usage = VPX_CBR;
  cfg.rc_min_quantizer = 2;
  cfg.rc_max_quantizer = 56;
  // A buffer of 600 ms, kept at 500: a key frame may borrow from it, and delay stays below what people notice.
  cfg.rc_buf_initial_sz = 400;
  cfg.rc_buf_optimal_sz = 500;
  cfg.rc_buf_sz = 600;
  cfg.rc_undershoot_pct = 100;
  cfg.rc_overshoot_pct = 15;
  cfg.rc_dropframe_thresh = 30;
  // Key frames are made when somebody asks for one, not by a timer.
  cfg.kf_mode = VPX_KF_DISABLED;
  const auto steps = pattern(config.temporal_layers);
  cfg.ts_number_layers = config.temporal_layers;
  cfg.ts_periodicity = static_cast<unsigned>(steps.size());
  for (std::size_t i = 0; i < steps.size(); ++i) cfg.ts_layer_id[i] = steps[i].temporal_id;
  for (unsigned i = 0; i < config.temporal_layers; ++i) {
    cfg.ts_rate_decimator[i] = 1U << (config.temporal_layers - 1U - i);
  }
  apply_bitrate(cfg, config.bitrate, config.temporal_layers);
  if (vpx_codec_enc_init(&impl->codec, vpx_codec_vp8_cx(), &cfg, 0) != VPX_CODEC_OK) {
    return unexpected(CodecError::bad_configuration);
  }
  impl->open = true;
  // The larger a picture, the more speed matters: -4 looks better, -10 is about twice as quick.
  const bool small = config.width * config.height <= 320 * 180;
  const bool ok =
      vpx_codec_control(&impl->codec, VP8E_SET_CPUUSED, small ? -5 : -9) == VPX_CODEC_OK &&
      vpx_codec_control(&impl->codec, VP8E_SET_NOISE_SENSITIVITY, 0U) == VPX_CODEC_OK &&
      vpx_codec_control(&impl->codec, VP8E_SET_STATIC_THRESHOLD, config.screen_content ? 100U : 1U) == VPX_CODEC_OK &&
      vpx_codec_control(&impl->codec, VP8E_SET_TOKEN_PARTITIONS, static_cast<int>(VP8_ONE_TOKENPARTITION)) ==
          VPX_CODEC_OK &&
      // A key frame may be as large as nine average frames; more would take long to send, less would look blurred.
      vpx_codec_control(&impl->codec, VP8E_SET_MAX_INTRA_BITRATE_PCT, 900U) == VPX_CODEC_OK &&
      vpx_codec_control(&impl->codec, VP8E_SET_SCREEN_CONTENT_MODE, config.screen_content ? 1U : 0U) == VPX_CODEC_OK;
  if (!ok) return unexpected(CodecError::library_failed);
  return Vp8Encoder{std::move(impl)};
}

expected<std::optional<EncodedPicture>, CodecError> Vp8Encoder::encode(const Picture& picture, bool force_key_frame) {
  Impl& me = *impl_;
  if (picture.width != me.config.width || picture.height != me.config.height || picture.data.size() != picture.size()) {
    return unexpected(CodecError::wrong_size);
  }
  if (me.bitrate_changed) {
    me.bitrate_changed = false;
    if (vpx_codec_enc_config_set(&me.codec, &me.cfg) != VPX_CODEC_OK) return unexpected(CodecError::library_failed);
  }
  vpx_image_t image{};
  // vpx_img_wrap does not write through the pointer; its signature is older than const.
  if (vpx_img_wrap(&image, VPX_IMG_FMT_I420, picture.width, picture.height, 1,
                   const_cast<std::uint8_t*>(picture.data.data())) == nullptr) {
    return unexpected(CodecError::library_failed);
  }
  image.stride[VPX_PLANE_Y] = static_cast<int>(picture.stride(0));
  image.stride[VPX_PLANE_U] = static_cast<int>(picture.stride(1));
  image.stride[VPX_PLANE_V] = static_cast<int>(picture.stride(2));
  for (int i = 0; i < 3; ++i) image.planes[i] = const_cast<std::uint8_t*>(picture.plane(i));

  if (force_key_frame || !me.last_pts) me.step = 0;
  const auto steps = pattern(me.config.temporal_layers);
  const PatternStep& step = steps[me.step % steps.size()];
  const bool key = force_key_frame || !me.last_pts;
  const vpx_enc_frame_flags_t flags = key ? VPX_EFLAG_FORCE_KF : step.flags;
  // The library's clock follows the pictures' times but hides pauses: after one it would first spend the bits of the
  // whole pause on one picture, and then leave pictures out for as long.
  const auto usual = static_cast<std::int64_t>(time_base / me.config.frame_rate);
  const std::int64_t real = picture.time.count() * time_base / 1'000'000;
  const std::int64_t step_length = me.last_real ? std::clamp<std::int64_t>(real - *me.last_real, 1, 2 * usual) : 0;
  me.last_real = real;
  const std::int64_t pts = me.last_pts ? *me.last_pts + step_length : 0;
  // Always the nominal length: libvpx takes the difference of ends for the frame rate, and ends that went back (a long
  // picture before a short one) made it leave out everything for seconds.
  const auto duration = static_cast<unsigned long>(std::max<std::int64_t>(1, usual));
  vpx_codec_control(&me.codec, VP8E_SET_TEMPORAL_LAYER_ID, static_cast<int>(step.temporal_id));
  if (vpx_codec_encode(&me.codec, &image, pts, duration, flags, VPX_DL_REALTIME) != VPX_CODEC_OK) {
    return unexpected(CodecError::library_failed);
  }
  me.last_pts = pts;
  std::optional<EncodedPicture> result;
  vpx_codec_iter_t iterator = nullptr;
  while (const vpx_codec_cx_pkt_t* packet = vpx_codec_get_cx_data(&me.codec, &iterator)) {
    if (packet->kind != VPX_CODEC_CX_FRAME_PKT || packet->data.frame.sz == 0) continue;
    const auto* bytes = static_cast<const std::uint8_t*>(packet->data.frame.buf);
    result.emplace();
    result->time = picture.time;
    result->data.assign(bytes, bytes + packet->data.frame.sz);
    result->key_frame = (packet->data.frame.flags & VPX_FRAME_IS_KEY) != 0;
    result->temporal_id = result->key_frame ? std::uint8_t{0} : step.temporal_id;
    result->layer_sync = !result->key_frame && step.layer_sync;
    result->non_reference = !result->key_frame && step.non_reference;
  }
  // A picture that was left out does not use up its place in the pattern, so the base layer keeps its rhythm.
  if (result) me.step = result->key_frame ? 1 : me.step + 1;
  return result;
}

void Vp8Encoder::set_bitrate(DataRate bitrate) noexcept {
  apply_bitrate(impl_->cfg, bitrate, impl_->config.temporal_layers);
  impl_->config.bitrate = bitrate;
  impl_->bitrate_changed = true;
}

}  // namespace sealhall::codec
