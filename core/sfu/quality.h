// How well streams go, added up over an interval from what is sent, received and reported (RFC 3550 section 6.4.1).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "core/base/time.h"
#include "core/rtp/rtcp.h"
#include "core/wire/media_channel.h"

namespace sealhall::sfu {

/// What one stream, or several together, did in an interval.
struct StreamSum {
  std::int64_t expected = 0;    ///< packets, by the reports
  std::int64_t lost = 0;        ///< may be negative: more duplicates than losses
  std::uint8_t most_lost = 0;   ///< of 256, in one report
  std::uint64_t jitter_us = 0;  ///< of all reports together
  std::uint32_t reports = 0;
  std::uint64_t bytes = 0;
  std::uint32_t frames = 0;  ///< of the stream with most of them
  std::uint16_t width = 0;   ///< of the largest picture
  std::uint16_t height = 0;

  [[nodiscard]] bool flowed() const noexcept { return bytes != 0 || expected > 0; }
  void add(const StreamSum& other) noexcept;
};

/// Of what was added up in `over`, which is more than nothing.
wire::media::StreamQuality quality_of(const StreamSum& sum, wire::media::QualityKind kind, bool received,
                                      Duration over) noexcept;

/// Counts one stream. 64 bytes, nothing allocated.
class StreamMeter {
 public:
  void on_packet(std::size_t size, bool begins_frame) noexcept {
    sum_.bytes += size;
    sum_.frames += begins_frame ? 1 : 0;
  }
  void on_picture(std::uint16_t width, std::uint16_t height) noexcept {
    width_ = width;
    height_ = height;
  }
  /// It shows the picture that `other` does.
  void on_picture_of(const StreamMeter& other) noexcept { on_picture(other.width_, other.height_); }
  /// A report about the stream. The first one, and one after the stream began anew, only tell where it stands.
  void on_report(const rtp::rtcp::ReportBlock& block, std::uint32_t clock_rate) noexcept;
  /// What the interval brought; the next one begins.
  StreamSum take() noexcept;

 private:
  struct Stand {
    std::uint32_t highest = 0;
    std::int32_t lost = 0;
  };
  StreamSum sum_;
  std::optional<Stand> stand_;
  std::uint16_t width_ = 0;
  std::uint16_t height_ = 0;
};

/// A meter that is made with its first use: most of a receiver's slots stay empty.
class LazyMeter {
 public:
  StreamMeter& operator*() {
    if (!meter_) meter_ = std::make_unique<StreamMeter>();
    return *meter_;
  }
  [[nodiscard]] bool used() const noexcept { return meter_ != nullptr; }

 private:
  std::unique_ptr<StreamMeter> meter_;
};

}  // namespace sealhall::sfu
