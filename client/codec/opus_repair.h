// Fills the gaps of a stream of Opus frames that will be stored rather than played: lost frames are rebuilt from the
// in-band FEC of the frame after them, or concealed, and become Opus frames again. Frames that arrived are left as they
// are.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "client/codec/opus.h"

namespace sealhall::codec {

class OpusRepair {
 public:
  OpusRepair();
  ~OpusRepair();
  OpusRepair(OpusRepair&&) noexcept;
  OpusRepair& operator=(OpusRepair&&) noexcept;

  /// The next frame that arrived, `missing` frames of 20 ms after the one before. For each missing one `fill(index,
  /// frame)` is called, 0 for the oldest. Longer gaps than `most_missing` are silence that was meant, or an outage, and
  /// are left alone.
  void on_frame(ByteView frame, std::size_t missing, const std::function<void(std::size_t, ByteView)>& fill);

  static constexpr std::size_t most_missing = 10;

 private:
  std::optional<OpusDecoder> decoder_;
  std::optional<OpusEncoder> encoder_;
  Bytes buffer_;
  bool started_ = false;
};

}  // namespace sealhall::codec
