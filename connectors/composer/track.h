// A part of a recording as the composer reads it: its files, and the frames of a track in order.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/expected.h"
#include "core/recording/journal.h"
#include "core/recording/part_key.h"
#include "core/recording/webm_reader.h"
#include "io/sealed/sealed_file.h"

namespace sealhall::composer {

/// Where a part lies and what opens it.
struct PartPlace {
  std::string recording;
  std::string account;
  std::string folder;
  std::uint32_t part = 0;
  envelope::Key key;

  [[nodiscard]] expected<io::SealedFileReader, io::FileError> open(const std::string& file) const;
};

/// Frames of one track, front to back.
class TrackReader {
 public:
  explicit TrackReader(io::SealedFileReader file) : file_(std::move(file)) {}
  /// nullopt at the end, which is also where the file is damaged.
  std::optional<recording::WebmFrame> next();
  [[nodiscard]] std::uint64_t size() const noexcept { return file_.size(); }
  [[nodiscard]] bool complete() const noexcept { return file_.complete(); }

 private:
  io::SealedFileReader file_;
  recording::WebmReader reader_;
  std::uint64_t at_ = 0;
};

struct FoundTrack {
  recording::FileOpened opened;
  std::uint64_t size = 0;
  std::uint64_t ended_ms = 0;  ///< end of its last frame, recorded time of the part
  bool whole = true;
};
struct FoundPart {
  std::vector<FoundTrack> tracks;
  std::vector<recording::TimelineLine> timeline;
  std::optional<std::uint64_t> timeline_size;
  std::optional<std::uint64_t> chat_size;
  std::uint64_t length_ms = 0;
  bool whole = true;
};
/// Reads the manifest and looks at every file. Of a part that was cut off the tracks are read to their ends.
expected<FoundPart, std::string> look_at(const PartPlace& place);

}  // namespace sealhall::composer
