#include "connectors/composer/h264_encoder.h"

#include <wels/codec_api.h>

namespace sealhall::composer {

struct H264Encoder::State {
  ISVCEncoder* encoder = nullptr;
  std::uint32_t frame_rate = 25;
  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    if (encoder == nullptr) return;
    encoder->Uninitialize();
    WelsDestroySVCEncoder(encoder);
  }
};

H264Encoder::H264Encoder(std::unique_ptr<State> state) : state_(std::move(state)) {}
H264Encoder::~H264Encoder() = default;

std::unique_ptr<H264Encoder> H264Encoder::create(std::uint32_t width, std::uint32_t height, std::uint32_t frame_rate,
                                                 DataRate bitrate) {
  auto state = std::make_unique<State>();
  state->frame_rate = frame_rate;
  if (WelsCreateSVCEncoder(&state->encoder) != 0 || state->encoder == nullptr) return nullptr;
  int level = WELS_LOG_QUIET;
  state->encoder->SetOption(ENCODER_OPTION_TRACE_LEVEL, &level);
  SEncParamExt p{};
  state->encoder->GetDefaultParams(&p);
  p.iUsageType = CAMERA_VIDEO_REAL_TIME;
  p.iPicWidth = static_cast<int>(width);
  p.iPicHeight = static_cast<int>(height);
  p.iTargetBitrate = static_cast<int>(bitrate.bps());
  p.iMaxBitrate = UNSPECIFIED_BIT_RATE;
  p.iRCMode = RC_QUALITY_MODE;
  p.fMaxFrameRate = static_cast<float>(frame_rate);
  p.bEnableFrameSkip = false;
  p.uiIntraPeriod = frame_rate * 4;
  p.eSpsPpsIdStrategy = CONSTANT_ID;
  p.iMultipleThreadIdc = 1;  // background work leaves the other cores to meetings
  p.iSpatialLayerNum = 1;
  p.iTemporalLayerNum = 1;
  p.sSpatialLayers[0].iVideoWidth = p.iPicWidth;
  p.sSpatialLayers[0].iVideoHeight = p.iPicHeight;
  p.sSpatialLayers[0].fFrameRate = p.fMaxFrameRate;
  p.sSpatialLayers[0].iSpatialBitrate = p.iTargetBitrate;
  p.sSpatialLayers[0].iMaxSpatialBitrate = UNSPECIFIED_BIT_RATE;
  if (state->encoder->InitializeExt(&p) != cmResultSuccess) return nullptr;
  int format = videoFormatI420;
  state->encoder->SetOption(ENCODER_OPTION_DATAFORMAT, &format);
  return std::unique_ptr<H264Encoder>(new H264Encoder(std::move(state)));
}

bool H264Encoder::encode(const codec::Picture& picture, std::uint64_t number, Bytes& out, bool& key_frame) {
  SSourcePicture source{};
  source.iColorFormat = videoFormatI420;
  source.iPicWidth = static_cast<int>(picture.width);
  source.iPicHeight = static_cast<int>(picture.height);
  for (int plane = 0; plane < 3; ++plane) {
    source.iStride[plane] = static_cast<int>(picture.stride(plane));
    source.pData[plane] = const_cast<unsigned char*>(picture.plane(plane));  // the library only reads
  }
  source.uiTimeStamp = static_cast<long long>(number * 1000 / state_->frame_rate);
  SFrameBSInfo info{};
  out.clear();
  key_frame = false;
  if (state_->encoder->EncodeFrame(&source, &info) != cmResultSuccess) return false;
  if (info.eFrameType == videoFrameTypeSkip) return true;
  key_frame = info.eFrameType == videoFrameTypeIDR;
  for (int layer = 0; layer < info.iLayerNum; ++layer) {
    const SLayerBSInfo& l = info.sLayerInfo[layer];
    std::size_t size = 0;
    for (int nal = 0; nal < l.iNalCount; ++nal) size += static_cast<std::size_t>(l.pNalLengthInByte[nal]);
    append(out, ByteView{l.pBsBuf, size});
  }
  return true;
}

Bytes parameter_sets(ByteView data) {
  Bytes out;
  std::size_t at = 0;
  const auto start_code = [&](std::size_t from) {
    for (std::size_t i = from; i + 3 < data.size(); ++i) {
      if (data[i] == 0 && data[i + 1] == 0 && data[i + 2] == 1) return i;
    }
    return data.size();
  };
  at = start_code(0);
  while (at < data.size()) {
    std::size_t end = start_code(at + 3);
    const std::uint8_t type = data[at + 3] & 0x1f;
    std::size_t stop = end;
    while (stop > at + 3 && data[stop - 1] == 0) --stop;  // trailing zeros belong to the next start code
    if (type == 7 || type == 8) {
      out.push_back(0);
      append(out, data.subspan(at, stop - at));
    }
    at = end;
  }
  return out;
}

}  // namespace sealhall::composer
