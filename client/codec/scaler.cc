#include "client/codec/scaler.h"

extern "C" {
#include <libswscale/swscale.h>
}

#include <array>

#include "core/base/check.h"

namespace sealhall::codec {

struct Scaler::Impl {
  SwsContext* context = nullptr;

  Impl() = default;
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() { sws_freeContext(context); }
};

Scaler::Scaler() : impl_(std::make_unique<Impl>()) {}
Scaler::~Scaler() = default;
Scaler::Scaler(Scaler&&) noexcept = default;
Scaler& Scaler::operator=(Scaler&&) noexcept = default;

void Scaler::scale(const Picture& from, std::uint32_t width, std::uint32_t height, Picture& to) {
  if (from.width == width && from.height == height) {
    to = from;
    return;
  }
  to.time = from.time;
  to.width = width;
  to.height = height;
  to.data.resize(to.size());
  impl_->context = sws_getCachedContext(impl_->context, static_cast<int>(from.width), static_cast<int>(from.height),
                                        AV_PIX_FMT_YUV420P, static_cast<int>(width), static_cast<int>(height),
                                        AV_PIX_FMT_YUV420P, SWS_BILINEAR, nullptr, nullptr, nullptr);
  SEALHALL_CHECK(impl_->context != nullptr);
  std::array<const std::uint8_t*, 4> planes{from.plane(0), from.plane(1), from.plane(2), nullptr};
  std::array<int, 4> strides{static_cast<int>(from.stride(0)), static_cast<int>(from.stride(1)),
                             static_cast<int>(from.stride(2)), 0};
  std::array<std::uint8_t*, 4> out{to.plane(0), to.plane(1), to.plane(2), nullptr};
  std::array<int, 4> out_strides{static_cast<int>(to.stride(0)), static_cast<int>(to.stride(1)),
                                 static_cast<int>(to.stride(2)), 0};
  sws_scale(impl_->context, planes.data(), strides.data(), 0, static_cast<int>(from.height), out.data(),
            out_strides.data());
}

}  // namespace sealhall::codec
