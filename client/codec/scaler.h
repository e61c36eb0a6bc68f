// Resizing of I420 pictures for the layers of simulcast.
#pragma once

#include <memory>

#include "client/codec/frames.h"

namespace sealhall::codec {

/// Keeps its tables for one pair of sizes and makes new ones when the sizes change.
class Scaler {
 public:
  Scaler();
  ~Scaler();
  Scaler(Scaler&&) noexcept;
  Scaler& operator=(Scaler&&) noexcept;

  /// `from` in the size width x height (bilinear), into `to`; a plain copy when the sizes are equal. Takes over the
  /// time.
  void scale(const Picture& from, std::uint32_t width, std::uint32_t height, Picture& to);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sealhall::codec
