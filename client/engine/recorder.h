// Records what others send: one WebM file a participant, sound and picture on one timeline by the sender's own clock.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client/codec/opus_repair.h"
#include "client/codec/webm_recorder.h"
#include "client/engine/media_receiver.h"
#include "core/base/bytes.h"
#include "core/base/time.h"
#include "core/media/lip_sync.h"

namespace sealhall::client {

/// A frame to record, owned.
struct RecordedFrame {
  wire::SourceKind kind = wire::SourceKind::audio;
  std::uint64_t stream = 0;  ///< changes whenever the timestamps may jump (another slot, another owner before)
  Bytes data;
  std::uint32_t timestamp = 0;
  std::optional<media::NtpMicros> captured;
  Instant arrival{};
  bool key_frame = false;
};

/// Puts the frames of one participant on the timeline and writes them. Sans-IO but for the file; not thread-safe.
class ParticipantRecording {
 public:
  /// `path` without extension; a participant who begins to send video after sound alone was written gets PATH-2.webm.
  explicit ParticipantRecording(std::string path);
  ~ParticipantRecording();

  /// `expect_audio`, `expect_video`: what the participant publishes now; the file waits up to `patience` for it.
  void add(RecordedFrame frame, bool expect_audio, bool expect_video);
  void close();
  [[nodiscard]] const std::vector<std::string>& files() const noexcept { return files_; }
  [[nodiscard]] bool failed() const noexcept { return failed_; }
  /// Lost frames of sound that were rebuilt.
  [[nodiscard]] std::uint64_t repaired() const noexcept { return repaired_; }

  /// How long frames wait for a sender report or for the first key frame.
  static constexpr Duration patience = std::chrono::seconds{3};
  /// Frames are put in order within this time.
  static constexpr Duration reorder = std::chrono::milliseconds{600};

 private:
  struct Placed {
    bool video = false;
    bool key_frame = false;
    Bytes data;
  };
  struct Stream {
    std::optional<std::int64_t> offset;  // captured micros minus timestamp micros
    rtp::TimestampUnwrapper timestamps;
    std::int64_t quickest = INT64_MAX;  // arrival minus timestamp, micros
    Instant first_arrival{};
    std::vector<RecordedFrame> waiting;
  };
  void resolve(Stream& stream, Instant now);
  void place(RecordedFrame frame, std::int64_t captured);
  void write_due(bool everything);
  bool open_file();
  bool write_audio(Duration time, ByteView frame);
  [[nodiscard]] static std::int64_t media_micros(Stream& stream, const RecordedFrame& frame);

  std::string path_;
  std::map<std::uint64_t, Stream> streams_;
  std::multimap<std::int64_t, Placed> placed_;  // by capture time, micros on the sender's clock
  std::optional<codec::WebmRecorder> file_;
  bool file_has_audio_ = false;
  bool file_has_video_ = false;
  bool expect_audio_ = false;
  bool expect_video_ = false;
  // A file has one track of each: the first kind that comes (a camera or a share, a voice or a share's sound) is
  // recorded.
  std::optional<wire::SourceKind> audio_kind_;
  std::optional<wire::SourceKind> video_kind_;
  bool seen_audio_ = false;
  bool seen_key_frame_ = false;
  std::optional<codec::PictureSize> size_;
  std::optional<std::int64_t> base_;
  std::optional<std::int64_t> clock_difference_;  // captured minus arrival, micros
  Instant first_arrival_{};
  Instant latest_{};
  codec::OpusRepair repair_;
  std::optional<Duration> last_audio_;        // in this file
  std::optional<std::int64_t> last_picture_;  // capture time of the latest picture placed
  std::uint64_t repaired_ = 0;
  bool any_ = false;
  bool failed_ = false;
  std::vector<std::string> files_;
};

}  // namespace sealhall::client
