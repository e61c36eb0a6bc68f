// Tested in library_test.cc
#include "server/recording/views.h"

#include <algorithm>

#include "server/api/text.h"

namespace sealhall::recordings {
namespace {

std::string at(const store::Recording& row, std::uint64_t ms) {
  return api::rfc3339(UnixMicros{static_cast<std::int64_t>(row.started_at) + static_cast<std::int64_t>(ms) * 1000});
}

/// A number where the meeting has one (trap 1).
api::Json meeting_number(const std::string& id) {
  const bool number = !id.empty() && id.size() <= 15 && id[0] != '0' &&
                      std::ranges::all_of(id, [](char c) { return c >= '0' && c <= '9'; });
  return number ? api::Json{id} : api::Json{api::to_json(id)};
}

}  // namespace

bool is_composed(const std::string& kind) noexcept { return kind == "video" || kind == "sound"; }

std::string_view word_of(store::RecordingState state) noexcept {
  switch (state) {
    case store::RecordingState::recording:
      return "recording";
    case store::RecordingState::processing:
      return "processing";
    case store::RecordingState::completed:
      return "completed";
    case store::RecordingState::failed:
      return "failed";
  }
  return "failed";
}

std::optional<std::string> time_text(const std::optional<UnixMicros>& time) {
  return time ? std::optional{api::rfc3339(*time)} : std::nullopt;
}

shapes::RecordingFile view_of(const OpenedRecording& recording, const OpenedRecording::File& file,
                              const Library& library) {
  const store::Recording& row = recording.row;
  const FileKind kind = kind_of(file.row.kind);
  shapes::RecordingFile view;
  view.id = file.row.id;
  view.meeting_id = row.meeting_uuid;
  view.recording_start = at(row, file.row.began_ms);
  view.recording_end = at(row, file.row.ended_ms);
  view.file_type = kind.file_type;
  view.file_extension = kind.extension;
  view.file_size = file.row.size;
  view.play_url = library.play_url(file.row);
  view.download_url = library.download_url(file.row);
  view.status = "completed";
  view.recording_type = kind.recording_type;
  if (!file.participant_name.empty()) view.file_name = file.participant_name;
  return view;
}

shapes::MeetingRecording view_of(const OpenedRecording& recording, const Library& library) {
  const store::Recording& row = recording.row;
  shapes::MeetingRecording view;
  view.uuid = row.meeting_uuid;
  view.id = meeting_number(row.meeting_id);
  view.account_id = row.account_id;
  view.host_id = row.host_id;
  view.topic = recording.topic;
  view.start_time = api::rfc3339(row.started_at);
  view.timezone = "UTC";
  view.duration = static_cast<std::uint32_t>((row.duration_ms + 59'999) / 60'000);
  for (const OpenedRecording::File& file : recording.files) {
    const std::string& kind = file.row.kind;
    if (is_composed(kind) || kind == "chat" || kind == "timeline") {
      view.recording_files.push_back(view_of(recording, file, library));
    } else if (kind == "audio") {
      view.participant_audio_files.push_back(view_of(recording, file, library));
    } else {
      continue;
    }
    view.total_size += file.row.size;
  }
  view.recording_count = static_cast<std::uint32_t>(view.recording_files.size());
  if (row.share == store::ShareState::link && recording.share_token)
    view.share_url = library.share_url(*recording.share_token);
  view.password = recording.share_passcode;
  return view;
}

shapes::Recording own_view_of(const OpenedRecording& recording, const Library& library) {
  const store::Recording& row = recording.row;
  shapes::Recording view;
  view.id = row.id;
  view.state = word_of(row.state);
  view.progress = row.progress_permille / 1000.0;
  view.duration_ms = row.duration_ms;
  view.trashed_at = time_text(row.trashed_at);
  view.legal_hold = row.legal_hold;
  view.delete_at = time_text(row.delete_at);
  view.share_until = time_text(row.share_until);
  view.meeting = view_of(recording, library);
  for (const OpenedRecording::File& file : recording.files) {
    if (!is_composed(file.row.kind)) view.tracks.push_back(view_of(recording, file, library));
  }
  for (const OpenedRecording::File& file : recording.trashed)
    view.trashed_files.push_back(view_of(recording, file, library));
  return view;
}

std::string event_object(const OpenedRecording& recording, const Library& library) {
  return api::to_json(view_of(recording, library));
}

}  // namespace sealhall::recordings
