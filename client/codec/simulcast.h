// Three encodings of one picture: sizes, how a bitrate is shared among them, and the encoders that make them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "client/codec/scaler.h"
#include "client/codec/vp8.h"

namespace sealhall::codec {

/// One simulcast layer; "q" is the smallest, "h" half, "f" the full size.
struct LayerPlan {
  std::string rid;
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  DataRate least;  ///< below this the layer is not worth sending
  DataRate most;   ///< above this it does not look better
};

/// Layers for a source of this size, smallest first: a quarter, a half and the whole. Sources whose quarter would have
/// fewer than 90 lines get fewer layers (the names of the larger ones stay). Sizes are even.
std::vector<LayerPlan> plan_layers(std::uint32_t width, std::uint32_t height, double frame_rate);

/// Shares `total` among the layers that are wanted, smallest first: each gets its least before a larger one starts,
/// then the rest goes to the largest that runs. Zero: leave this layer out. The smallest wanted one always runs.
std::vector<DataRate> share_bitrate(const std::vector<LayerPlan>& layers, const std::vector<bool>& wanted,
                                    DataRate total);

struct SimulcastPicture {
  std::size_t layer = 0;  ///< index into the plan
  EncodedPicture picture;
};

/// The encoders of one video source. Not thread-safe: it lives on the thread that encodes.
class SimulcastEncoder {
 public:
  /// Error: bad_configuration.
  static expected<SimulcastEncoder, CodecError> create(std::vector<LayerPlan> layers, double frame_rate, bool screen);

  /// A zero rate switches a layer off; when it comes back it starts with a key frame.
  void set_bitrates(const std::vector<DataRate>& bitrates);
  void request_key_frame(std::size_t layer) noexcept;
  void request_key_frames() noexcept;
  /// Encodes the layers that are on, smallest first. Pictures of any size are scaled.
  expected<std::vector<SimulcastPicture>, CodecError> encode(const Picture& picture);

  [[nodiscard]] const std::vector<LayerPlan>& layers() const noexcept { return plan_; }

 private:
  struct Layer {
    Vp8Encoder encoder;
    Scaler scaler;
    Picture scaled;
    bool on = true;
    bool key_frame_wanted = true;
  };
  SimulcastEncoder() = default;
  std::vector<LayerPlan> plan_;
  std::vector<Layer> layers_;
};

}  // namespace sealhall::codec
