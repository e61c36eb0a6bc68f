// Reads the WebM tracks that WebmWriter wrote, also when the end is cut off, piece by piece (RFC 9559, RFC 8794).
#pragma once

#include <cstdint>
#include <optional>

#include "core/base/bytes.h"
#include "core/base/expected.h"
#include "core/base/time.h"
#include "core/recording/webm_writer.h"

namespace sealhall::recording {

enum class WebmError : std::uint8_t {
  malformed,   ///< an ID, a size or a block that is none
  too_large,   ///< an element larger than `webm_element_limit`
  no_track,    ///< a block before the track was described
  wrong_kind,  ///< a codec that the writer does not write
};

/// Larger than any cluster of one second that a meeting's sources can make.
inline constexpr std::size_t webm_element_limit = 16U << 20;

struct WebmFrame {
  Duration time{};
  bool key_frame = false;
  Bytes data;
};

/// Sans-IO. After an error nothing more can be read.
class WebmReader {
 public:
  void push(ByteView data);
  /// The next frame; nullopt when more bytes are needed. A cut-off end gives nullopt for ever.
  expected<std::optional<WebmFrame>, WebmError> next();
  /// Known when the first frame is.
  [[nodiscard]] const std::optional<WebmTrack>& track() const noexcept { return track_; }
  /// Bytes held: at most one unfinished element.
  [[nodiscard]] std::size_t buffered() const noexcept { return buffer_.size() - at_; }

 private:
  struct Element {
    std::uint32_t id = 0;
    std::optional<std::uint64_t> size;  // nullopt: unknown
    std::size_t header = 0;             // bytes
  };
  expected<std::optional<Element>, WebmError> element(std::size_t at, std::size_t end) const;
  expected<void, WebmError> read_tracks(std::size_t from, std::size_t to);
  expected<void, WebmError> read_entry(std::size_t from, std::size_t to);
  expected<WebmFrame, WebmError> read_block(ByteView block) const;
  [[nodiscard]] std::uint64_t number(std::size_t from, std::uint64_t size) const;

  Bytes buffer_;
  std::size_t at_ = 0;
  std::optional<WebmTrack> track_;
  std::int64_t cluster_ms_ = 0;
};

}  // namespace sealhall::recording
