// Writes one track as WebM that is only ever appended to (Matroska: RFC 9559; EBML: RFC 8794; Opus in it: RFC 7845).
#pragma once

#include <cstdint>
#include <optional>
#include <variant>

#include "core/base/bytes.h"
#include "core/base/time.h"

namespace sealhall::recording {

struct OpusTrack {
  std::uint8_t channels = 1;
  bool operator==(const OpusTrack&) const noexcept = default;
};
struct Vp8Track {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  bool operator==(const Vp8Track&) const noexcept = default;
};
using WebmTrack = std::variant<OpusTrack, Vp8Track>;

/// Longer clusters lose more when the end is cut off inside one; shorter ones cost 20 bytes each.
inline constexpr Duration webm_cluster_length = std::chrono::seconds{1};

class WebmWriter {
 public:
  explicit WebmWriter(const WebmTrack& track) noexcept : track_(track) {}

  /// The beginning of the file: EBML header, a segment of unknown size, its tracks. Once, before everything else.
  void begin(Bytes& out) const;
  /// The next frame. A time before the frame's before becomes that time. What is complete is appended to `out`.
  void frame(Duration time, ByteView data, bool key_frame, Bytes& out);
  /// Ends the cluster that is being filled, so that everything given so far is in `out`.
  void flush(Bytes& out);
  /// Bytes that wait in the cluster.
  [[nodiscard]] std::size_t waiting() const noexcept { return cluster_.size(); }

 private:
  WebmTrack track_;
  Bytes cluster_;  // blocks of the cluster that is being filled
  std::int64_t cluster_ms_ = 0;
  std::int64_t last_ms_ = 0;
};

/// Appends a Void element (RFC 8794 section 11.3.3) of exactly `size` bytes, header and all; `size` is at least 2.
void append_void(std::size_t size, Bytes& out);

}  // namespace sealhall::recording
