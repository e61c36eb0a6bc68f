// H.264 by OpenH264 (BSD-2-Clause): one encoder a piece of a composition, whose pieces fit together.
#pragma once

#include <cstdint>
#include <memory>

#include "client/codec/frames.h"
#include "core/base/bytes.h"
#include "core/base/data_rate.h"
#include "core/base/expected.h"

namespace sealhall::composer {

class H264Encoder {
 public:
  /// Every encoder of the same settings writes the same parameter sets. nullptr: the library refuses.
  static std::unique_ptr<H264Encoder> create(std::uint32_t width, std::uint32_t height, std::uint32_t frame_rate,
                                             DataRate bitrate);
  ~H264Encoder();
  H264Encoder(const H264Encoder&) = delete;
  H264Encoder& operator=(const H264Encoder&) = delete;

  /// Annex B. The first picture, and one every four seconds, needs no other (`key_frame`). Empty: left out.
  bool encode(const codec::Picture& picture, std::uint64_t number, Bytes& out, bool& key_frame);

 private:
  struct State;
  explicit H264Encoder(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// The parameter sets (NAL units of type 7 and 8, Annex B) of a key frame.
Bytes parameter_sets(ByteView annex_b);

}  // namespace sealhall::composer
