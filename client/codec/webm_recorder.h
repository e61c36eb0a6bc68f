// Writes what one participant sent into one WebM file, as it came: VP8 and Opus frames, nothing is encoded again.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "client/codec/frames.h"
#include "client/codec/vp8.h"
#include "core/base/expected.h"

namespace sealhall::codec {

enum class RecorderError : std::uint8_t {
  cannot_create,  ///< the file cannot be made: no such folder, no permission, no space
  no_such_track,  ///< the file was made without a track of this kind
  cannot_write,   ///< the disk refused; what was written before stays playable
};

/// Clusters of at most one second are flushed as they fill, so a crash loses at most the last second; `close` (or the
/// destructor) writes the index and the duration.
class WebmRecorder {
 public:
  struct Tracks {
    std::optional<std::uint8_t> audio_channels;
    std::optional<PictureSize> video;  ///< of the first key frame; later key frames may have other sizes
  };
  /// At least one track. Error: cannot_create.
  static expected<WebmRecorder, RecorderError> create(const std::string& path, const Tracks& tracks);
  ~WebmRecorder();
  WebmRecorder(WebmRecorder&&) noexcept;
  WebmRecorder& operator=(WebmRecorder&&) noexcept;

  /// `time` on a timeline that both tracks share, zero at the start of the file. Times of a track must not go back; a
  /// frame that does is moved behind the one before by a millisecond.
  expected<void, RecorderError> write_audio(Duration time, ByteView opus);
  expected<void, RecorderError> write_video(Duration time, ByteView vp8, bool key_frame);
  /// Writes what is pending, the index and the duration. Nothing may be written after it.
  expected<void, RecorderError> close();

 private:
  struct Impl;
  explicit WebmRecorder(std::unique_ptr<Impl> impl) noexcept;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sealhall::codec
