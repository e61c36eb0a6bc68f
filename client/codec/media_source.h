// Where sound and pictures come from: files that FFmpeg reads, microphones, cameras and the screen (libavdevice).
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "client/codec/frames.h"
#include "core/base/expected.h"

namespace sealhall::codec {

enum class SourceErrorCode : std::uint8_t {
  cannot_open,  ///< no such file, no such device, or no permission
  no_stream,    ///< nothing in it of the kind asked for
  cannot_read,  ///< damaged in the middle
};
/// The message is a sentence for the person who typed the name.
struct SourceError {
  SourceErrorCode code = SourceErrorCode::cannot_open;
  std::string message;
};

/// What the person asked for with --audio or --video.
struct SourceSpec {
  enum class Kind : std::uint8_t { file, device, screen };
  Kind kind = Kind::file;
  std::string name;  ///< path, or device name; empty for the default device or the whole screen
  bool loop = false;
};
/// "device", "device:NAME", "screen", "screen:DISPLAY"; anything else is a path.
SourceSpec parse_source(const std::string& text, bool loop);

/// Sound in 20 ms frames with continuous media time: gaps in the file become silence, and a looped file continues in
/// time. `read` of a device waits for the sound; of a file it does not: the caller paces it (`MediaPace`).
class AudioSource {
 public:
  virtual ~AudioSource() = default;
  /// nullopt at the end. Error: cannot_read.
  virtual expected<std::optional<AudioFrame>, SourceError> read() = 0;
  [[nodiscard]] virtual bool live() const noexcept = 0;
};
/// `channels` 1 or 2. Errors: cannot_open, no_stream.
expected<std::unique_ptr<AudioSource>, SourceError> open_audio(const SourceSpec& spec, std::uint8_t channels);

class VideoSource {
 public:
  virtual ~VideoSource() = default;
  /// nullopt at the end. Times ascend. Error: cannot_read.
  virtual expected<std::optional<Picture>, SourceError> read() = 0;
  [[nodiscard]] virtual bool live() const noexcept = 0;
  [[nodiscard]] virtual std::uint32_t width() const noexcept = 0;   ///< even
  [[nodiscard]] virtual std::uint32_t height() const noexcept = 0;  ///< even
  [[nodiscard]] virtual double frame_rate() const noexcept = 0;     ///< as announced, 1..60
};
/// Pictures taller than `max_height` are made smaller. Errors: cannot_open, no_stream.
expected<std::unique_ptr<VideoSource>, SourceError> open_video(const SourceSpec& spec, std::uint32_t max_height);

/// Maps media time to the steady clock: everything of one person that starts together stays together.
class MediaPace {
 public:
  explicit MediaPace(Instant start) noexcept : start_(start) {}
  [[nodiscard]] Instant when(Duration media_time) const noexcept { return start_ + media_time; }
  [[nodiscard]] bool due(Duration media_time, Instant now) const noexcept { return when(media_time) <= now; }
  /// How late it is for something of this media time; negative when early.
  [[nodiscard]] Duration late(Duration media_time, Instant now) const noexcept { return now - when(media_time); }

 private:
  Instant start_;
};

}  // namespace sealhall::codec
