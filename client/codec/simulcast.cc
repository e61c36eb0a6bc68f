#include "client/codec/simulcast.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/base/check.h"

namespace sealhall::codec {

namespace {

/// What a picture of this many pixels needs at 30 frames a second: 1280x720 1.8 Mbit/s, 640x360 600, 320x180 200.
DataRate good_rate(double pixels, double frame_rate) noexcept {
  const double at_30 = 1'800'000.0 * std::pow(pixels / (1280.0 * 720.0), 0.79);
  return DataRate::bps(static_cast<std::int64_t>(at_30 * std::clamp(0.4 + 0.6 * frame_rate / 30.0, 0.4, 1.3)));
}

std::uint32_t even(std::uint32_t v) noexcept { return std::max<std::uint32_t>(16, v / 2 * 2); }

}  // namespace

std::vector<LayerPlan> plan_layers(std::uint32_t width, std::uint32_t height, double frame_rate) {
  static constexpr std::array<std::pair<const char*, std::uint32_t>, 3> steps{{{"q", 4}, {"h", 2}, {"f", 1}}};
  std::vector<LayerPlan> plan;
  for (const auto& [rid, divisor] : steps) {
    if (divisor > 1 && std::min(width, height) / divisor < 90) continue;
    LayerPlan layer;
    layer.rid = rid;
    layer.width = even(width / divisor);
    layer.height = even(height / divisor);
    layer.most = good_rate(static_cast<double>(layer.width) * layer.height, frame_rate);
    layer.least = layer.most * 0.35;
    plan.push_back(std::move(layer));
  }
  return plan;
}

std::vector<DataRate> share_bitrate(const std::vector<LayerPlan>& layers, const std::vector<bool>& wanted,
                                    DataRate total) {
  SEALHALL_CHECK(layers.size() == wanted.size());
  std::vector<DataRate> shares(layers.size());
  bool first = true;
  DataRate left = total;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    if (!wanted[i]) continue;
    // Somebody always gets a picture, be it a poor one: the smallest wanted layer runs on whatever there is.
    const DataRate least = first ? std::min(layers[i].least, left) : layers[i].least;
    if (least > left) break;
    shares[i] = first ? std::max(least, DataRate::kbps(30)) : least;
    left = left - least;
    first = false;
  }
  for (std::size_t i = layers.size(); i-- > 0;) {
    if (shares[i].bps() == 0) continue;
    const DataRate more = std::clamp(left, DataRate{}, layers[i].most - std::min(shares[i], layers[i].most));
    shares[i] = shares[i] + more;
    left = left - more;
  }
  return shares;
}

expected<SimulcastEncoder, CodecError> SimulcastEncoder::create(std::vector<LayerPlan> layers, double frame_rate,
                                                                bool screen) {
  SimulcastEncoder result;
  for (const LayerPlan& layer : layers) {
    auto encoder = Vp8Encoder::create({.width = layer.width,
                                       .height = layer.height,
                                       .frame_rate = frame_rate,
                                       .bitrate = layer.least,
                                       .temporal_layers = 3,
                                       .screen_content = screen});
    if (!encoder) return unexpected(encoder.error());
    result.layers_.push_back({.encoder = std::move(*encoder), .scaler = {}, .scaled = {}});
  }
  result.plan_ = std::move(layers);
  return result;
}

void SimulcastEncoder::set_bitrates(const std::vector<DataRate>& bitrates) {
  SEALHALL_CHECK(bitrates.size() == layers_.size());
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    Layer& layer = layers_[i];
    const bool on = bitrates[i].bps() > 0;
    if (on && !layer.on) layer.key_frame_wanted = true;
    layer.on = on;
    if (on && bitrates[i] != layer.encoder.config().bitrate) layer.encoder.set_bitrate(bitrates[i]);
  }
}

void SimulcastEncoder::request_key_frame(std::size_t layer) noexcept {
  if (layer < layers_.size()) layers_[layer].key_frame_wanted = true;
}

void SimulcastEncoder::request_key_frames() noexcept {
  for (Layer& layer : layers_) layer.key_frame_wanted = true;
}

expected<std::vector<SimulcastPicture>, CodecError> SimulcastEncoder::encode(const Picture& picture) {
  std::vector<SimulcastPicture> out;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    Layer& layer = layers_[i];
    if (!layer.on) continue;
    const LayerPlan& plan = plan_[i];
    const Picture* input = &picture;
    if (picture.width != plan.width || picture.height != plan.height) {
      layer.scaler.scale(picture, plan.width, plan.height, layer.scaled);
      input = &layer.scaled;
    }
    auto encoded = layer.encoder.encode(*input, layer.key_frame_wanted);
    if (!encoded) return unexpected(encoded.error());
    if (!*encoded) continue;
    if ((*encoded)->key_frame) layer.key_frame_wanted = false;
    out.push_back({.layer = i, .picture = std::move(**encoded)});
  }
  return out;
}

}  // namespace sealhall::codec
