#include "connectors/recorder/part_writer.h"

#include <algorithm>
#include <cstdio>

#include "client/codec/vp8.h"
#include "client/engine/contexts.h"
#include "core/rtp/profile.h"
#include "io/files/files.h"

namespace sealhall::recorder {

using namespace sealhall::recording;

PartWriter::PartWriter(PartSetup setup, RandomSource& random)
    : setup_(std::move(setup)), random_(random), time_(setup_.began), latest_(setup_.began) {
  if (setup_.paused) time_.pause(setup_.began);
}

expected<std::unique_ptr<PartWriter>, std::string> PartWriter::open(PartSetup setup, RandomSource& random) {
  if (auto made = io::make_private_folder(setup.folder); !made) return unexpected(made.error().reason);
  std::unique_ptr<PartWriter> writer(new PartWriter(std::move(setup), random));
  writer->manifest_ = writer->make(std::string{manifest_file});
  if (writer->manifest_) {
    writer->manifest(PartOpened{writer->setup_.recording, writer->setup_.part,
                                static_cast<std::uint64_t>(writer->setup_.began_at), writer->setup_.offset_ms},
                     true);
  }
  if (writer->failure_) return unexpected(*writer->failure_);
  return writer;
}

std::unique_ptr<PartWriter::File> PartWriter::make(const std::string& name) {
  auto file = io::SealedFileWriter::create(setup_.folder + "/" + name,
                                           file_context(setup_.account, setup_.recording, setup_.part, name),
                                           file_key(setup_.key, name), setup_.wrapped_key, random_);
  if (!file) {
    fail(file.error().reason);
    return nullptr;
  }
  return std::make_unique<File>(std::move(*file));
}

void PartWriter::fail(const std::string& why) {
  if (!failure_) failure_ = why;
}

void PartWriter::write(File& file, ByteView data) {
  if (failure_ || data.empty()) return;
  const std::size_t before = file.file.waiting();
  if (auto written = file.file.write(data); !written) return fail(written.error().reason);
  const std::size_t now = file.file.waiting();
  if (now == 0) {
    file.waits_since.reset();
  } else if (!file.waits_since || now < before + data.size()) {
    file.waits_since = latest_;
  }
}

void PartWriter::journal(std::unique_ptr<File>& file, std::string_view name, const std::string& line) {
  if (failure_) return;
  if (!file) file = make(std::string{name});
  if (file) write(*file, as_bytes(line));
}

void PartWriter::manifest(const ManifestLine& line, bool sync_now) {
  if (failure_) return;
  write(*manifest_, as_bytes(line_of(line)));
  // Without its line in the manifest a file is nobody's, so the manifest does not wait.
  fill_up(*manifest_, false);
  if (sync_now) sync(*manifest_);
}

void PartWriter::frame(wire::ParticipantNumber participant, const std::string& name, ArrivedFrame frame) {
  if (failure_) return;
  latest_ = std::max(latest_, frame.arrival);
  Person& person = people_[participant];
  person.name = name;
  std::vector<PlacedFrame> placed;
  person.placement.add(std::move(frame), placed);
  place(participant, person, std::move(placed));
}

void PartWriter::place(wire::ParticipantNumber participant, Person& person, std::vector<PlacedFrame> frames) {
  for (const PlacedFrame& frame : frames) {
    Track& track = person.tracks[frame.kind];
    const auto time = time_.at(frame.at);
    if (!time) {  // before the beginning, or in a pause
      track.wants_key_frame = true;
      continue;
    }
    const bool video = client::is_video(frame.kind);
    if (video && codec::is_too_large(frame.data)) {  // whoever plays the recording would have to make room for it
      track.wants_key_frame = true;
      continue;
    }
    if (video && track.wants_key_frame && !frame.key_frame) continue;
    if (!track.webm && !begin_track(participant, person, track, frame, *time)) continue;
    track.wants_key_frame = false;
    write_frame(track, frame, *time);
    if (failure_) return;
  }
}

bool PartWriter::begin_track(wire::ParticipantNumber participant, Person& person, Track& track,
                             const PlacedFrame& frame, Duration time) {
  WebmTrack kind = OpusTrack{1};
  if (client::is_video(frame.kind)) {
    const auto size = codec::vp8_key_frame_size(frame.data);
    if (!size) return false;
    kind = Vp8Track{size->width, size->height};
  }
  char name[32];
  std::snprintf(name, sizeof name, "t-%04u", next_file_++);
  track.name = name;
  track.file = make(track.name);
  if (!track.file) return false;
  track.webm.emplace(kind);
  Bytes head;
  track.webm->begin(head);
  write(*track.file, head);
  manifest(FileOpened{track.name, participant, frame.kind, person.name, static_cast<std::uint64_t>(to_millis(time))});
  return !failure_;
}

void PartWriter::write_frame(Track& track, const PlacedFrame& frame, Duration time) {
  Bytes out;
  if (client::is_video(frame.kind)) {
    track.webm->frame(time, frame.data, frame.key_frame, out);
  } else {
    constexpr Duration step = rtp::audio_frame_duration;
    std::size_t missing = 0;
    if (track.last && time > *track.last + step * 3 / 2) {
      missing = static_cast<std::size_t>((time - *track.last + step / 2) / step) - 1;
    }
    track.repair.on_frame(frame.data, missing, [&](std::size_t index, ByteView rebuilt) {
      track.webm->frame(*track.last + step * static_cast<std::int64_t>(index + 1), rebuilt, true, out);
    });
    track.webm->frame(time, frame.data, true, out);
  }
  track.last = time;
  ++track.frames;
  write(*track.file, out);
  // What waits in the cluster waits, too.
  if (!track.file->waits_since) track.file->waits_since = latest_;
}

void PartWriter::flush_people() {
  for (auto& [participant, person] : people_) {
    std::vector<PlacedFrame> placed;
    person.placement.flush(placed);
    place(participant, person, std::move(placed));
  }
}

void PartWriter::happened(Instant when, TimelineLine line) {
  const auto at = static_cast<std::uint64_t>(to_millis(time_.length(when)));
  std::visit([at](auto& l) { l.at_ms = at; }, line);
  latest_ = std::max(latest_, when);
  journal(timeline_, timeline_file, line_of(line));
}

void PartWriter::said(Instant when, ChatLine line) {
  if (time_.paused()) return;
  line.at_ms = static_cast<std::uint64_t>(to_millis(time_.length(when)));
  latest_ = std::max(latest_, when);
  journal(chat_, chat_file, line_of(ChatJournalLine{std::move(line)}));
}

void PartWriter::pause(Instant when) {
  flush_people();
  time_.pause(when);
}

void PartWriter::resume(Instant when) {
  if (!time_.paused()) return;
  flush_people();
  const Duration length = time_.resume(when);
  for (auto& [participant, person] : people_) {
    for (auto& [kind, track] : person.tracks) track.wants_key_frame = true;
  }
  happened(when, Paused{0, static_cast<std::uint64_t>(to_millis(length))});
}

void PartWriter::fill_up(File& file, bool webm) {
  const std::size_t waiting = file.file.waiting();
  if (waiting == 0) return;
  std::size_t missing = envelope::segment_size - waiting;
  Bytes filling;
  if (webm) {
    if (missing < 2) missing += envelope::segment_size;
    append_void(missing, filling);
  } else {
    filling.assign(missing, ' ');
    filling.back() = '\n';
  }
  write(file, filling);
}

template <class F>
void PartWriter::for_each_file(F&& f) {
  for (auto* file : {&manifest_, &timeline_, &chat_}) {
    if (*file) f(**file, nullptr);
  }
  for (auto& [participant, person] : people_) {
    for (auto& [kind, track] : person.tracks) {
      if (track.file) f(*track.file, &track);
    }
  }
}

void PartWriter::sync(File& file) {
  if (failure_) return;
  if (auto synced = file.file.sync(); !synced) fail(synced.error().reason);
}

void PartWriter::tick(Instant now) {
  latest_ = std::max(latest_, now);
  for_each_file([&](File& file, Track* track) {
    if (failure_) return;
    if (file.waits_since && now - *file.waits_since >= fill_up_after) {
      if (track != nullptr) {
        Bytes out;
        track->webm->flush(out);
        write(file, out);
      }
      fill_up(file, track != nullptr);
      file.waits_since.reset();
    }
    sync(file);
  });
}

void PartWriter::end(File& file) {
  if (auto ended = file.file.finish(); !ended) fail(ended.error().reason);
}

void PartWriter::close(Instant when, const std::string& reason) {
  flush_people();
  for (auto& [participant, person] : people_) {
    for (auto& [kind, track] : person.tracks) {
      if (!track.file || failure_) continue;
      Bytes out;
      track.webm->flush(out);
      write(*track.file, out);
      if (failure_) break;
      const std::uint64_t size = track.file->file.size();
      end(*track.file);
      if (!failure_) {
        write(*manifest_, as_bytes(line_of(ManifestLine{
                              FileClosed{track.name, size, track.frames,
                                         static_cast<std::uint64_t>(to_millis(track.last.value_or(Duration{})))}})));
      }
    }
  }
  for (auto* file : {&timeline_, &chat_}) {
    if (*file && !failure_) end(**file);
  }
  if (failure_) return;
  write(*manifest_, as_bytes(line_of(ManifestLine{PartClosed{recorded_ms(when), reason}})));
  if (!failure_) end(*manifest_);
}

std::uint64_t PartWriter::recorded_ms(Instant now) const {
  return static_cast<std::uint64_t>(to_millis(time_.length(now)));
}

std::uint64_t PartWriter::bytes() const {
  std::uint64_t sum = 0;
  for (const auto* file : {&manifest_, &timeline_, &chat_}) sum += *file ? (*file)->file.stored() : 0;
  for (const auto& [participant, person] : people_) {
    for (const auto& [kind, track] : person.tracks) sum += track.file ? track.file->file.stored() : 0;
  }
  return sum;
}

}  // namespace sealhall::recorder
