// Writes one part of a recording: a sealed WebM a participant and source, a manifest, a timeline, a chat journal.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "client/codec/opus_repair.h"
#include "core/base/expected.h"
#include "core/base/random.h"
#include "core/recording/journal.h"
#include "core/recording/part_key.h"
#include "core/recording/placement.h"
#include "core/recording/recorded_time.h"
#include "core/recording/webm_writer.h"
#include "io/sealed/sealed_file.h"

namespace sealhall::recorder {

struct PartSetup {
  std::string recording;
  std::string account;
  std::string folder;  ///< made when missing
  std::uint32_t part = 1;
  std::uint64_t offset_ms = 0;
  envelope::Key key;
  Bytes wrapped_key;
  UnixMicros began_at{};
  Instant began{};
  bool paused = false;
};

/// Blocks on the disk: used on a thread of its own, one call after the other. After a failure (disk full) it takes
/// nothing more; `failure()` says why.
class PartWriter {
 public:
  /// What waits for its segment longer than this is filled up. Shorter costs disk (64 KiB each time), longer costs
  /// sound when the process is killed.
  static constexpr Duration fill_up_after = std::chrono::seconds{10};

  /// The error is a sentence. `random` outlives it.
  static expected<std::unique_ptr<PartWriter>, std::string> open(PartSetup setup, RandomSource& random);

  void frame(wire::ParticipantNumber participant, const std::string& name, recording::ArrivedFrame frame);
  /// `line`'s time is set here.
  void happened(Instant when, recording::TimelineLine line);
  void said(Instant when, recording::ChatLine line);
  void pause(Instant when);
  void resume(Instant when);
  /// About once a second: fills up what waited too long, syncs what was written.
  void tick(Instant now);
  /// Ends every container.
  void close(Instant when, const std::string& reason);

  [[nodiscard]] std::uint64_t recorded_ms(Instant now) const;
  [[nodiscard]] std::uint64_t bytes() const;  ///< on the disk
  [[nodiscard]] const std::optional<std::string>& failure() const noexcept { return failure_; }

 private:
  struct File {
    explicit File(io::SealedFileWriter f) : file(std::move(f)) {}
    io::SealedFileWriter file;
    std::optional<Instant> waits_since;  // something is not in a whole segment
  };
  struct Track {
    std::string name;  // of its file
    std::unique_ptr<File> file;
    std::optional<recording::WebmWriter> webm;
    std::optional<Duration> last;
    codec::OpusRepair repair;
    std::uint64_t frames = 0;
    bool wants_key_frame = true;
  };
  struct Person {
    std::string name;
    recording::Placement placement;
    std::map<wire::SourceKind, Track> tracks;
  };

  PartWriter(PartSetup setup, RandomSource& random);
  std::unique_ptr<File> make(const std::string& name);
  void write(File& file, ByteView data);
  void journal(std::unique_ptr<File>& file, std::string_view name, const std::string& line);
  void manifest(const recording::ManifestLine& line, bool sync = false);
  void place(wire::ParticipantNumber participant, Person& person, std::vector<recording::PlacedFrame> frames);
  bool begin_track(wire::ParticipantNumber participant, Person& person, Track& track,
                   const recording::PlacedFrame& frame, Duration time);
  void write_frame(Track& track, const recording::PlacedFrame& frame, Duration time);
  void flush_people();
  void fill_up(File& file, bool webm);
  void sync(File& file);
  void end(File& file);
  void fail(const std::string& why);
  template <class F>
  void for_each_file(F&& f);

  PartSetup setup_;
  RandomSource& random_;
  recording::RecordedTime time_;
  std::unique_ptr<File> manifest_;
  std::unique_ptr<File> timeline_;
  std::unique_ptr<File> chat_;
  std::map<wire::ParticipantNumber, Person> people_;
  std::uint32_t next_file_ = 1;
  Instant latest_{};
  std::optional<std::string> failure_;
};

}  // namespace sealhall::recorder
