// Recordings as the API shows them: in the field's shape (/v2) and in our own.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/api/page.h"
#include "server/api/shape.h"
#include "server/recording/library.h"

namespace sealhall::recordings::shapes {

struct RecordingFile {
  std::string id;
  std::string meeting_id;  ///< the instance's uuid
  std::string recording_start;
  std::string recording_end;
  std::string file_type;
  std::string file_extension;
  std::uint64_t file_size = 0;
  std::string play_url;
  std::string download_url;
  std::string status;
  std::string recording_type;
  std::optional<std::string> file_name;
};
struct MeetingRecording {
  std::string uuid;
  api::Json id;  ///< a number
  std::string account_id;
  std::string host_id;
  std::string topic;
  std::uint32_t type = 2;
  std::string start_time;
  std::string timezone;
  std::uint32_t duration = 0;  ///< minutes
  std::uint64_t total_size = 0;
  std::uint32_t recording_count = 0;
  std::optional<std::string> share_url;
  std::optional<std::string> password;
  std::optional<std::string> download_access_token;
  std::vector<RecordingFile> recording_files;
  std::vector<RecordingFile> participant_audio_files;
};
struct RecordingList {
  std::string from;
  std::string to;
  api::Page page;
  std::vector<MeetingRecording> meetings;
};
struct RecordingSettings {
  std::string share_recording;  ///< "none", "publicly"
  bool viewer_download = true;
  std::string password;
  bool recording_authentication = false;
  std::string topic;
};
/// Our own: with its state, and what is not in the field's shape.
struct Recording {
  std::string id;
  std::string state;    ///< "recording", "processing", "completed", "failed"
  double progress = 0;  ///< of the composition, 0..1
  std::uint64_t duration_ms = 0;
  std::optional<std::string> trashed_at;
  bool legal_hold = false;
  std::optional<std::string> delete_at;
  std::optional<std::string> share_until;
  MeetingRecording meeting;
  std::vector<RecordingFile> tracks;
  std::vector<RecordingFile> trashed_files;  ///< each by itself
};
struct OwnList {
  api::Page page;
  std::vector<Recording> recordings;
};
/// What somebody with the link gets.
struct Shared {
  std::string topic;
  std::string start_time;
  std::uint32_t duration = 0;
  bool download = false;
  std::string access_token;  ///< for ?access_token= of the addresses
  std::vector<RecordingFile> files;
};

BOOST_DESCRIBE_STRUCT(RecordingFile, (),
                      (id, meeting_id, recording_start, recording_end, file_type, file_extension, file_size, play_url,
                       download_url, status, recording_type, file_name))
BOOST_DESCRIBE_STRUCT(MeetingRecording, (),
                      (uuid, id, account_id, host_id, topic, type, start_time, timezone, duration, total_size,
                       recording_count, share_url, password, download_access_token, recording_files,
                       participant_audio_files))
BOOST_DESCRIBE_STRUCT(RecordingList, (), (from, to, page, meetings))
BOOST_DESCRIBE_STRUCT(RecordingSettings, (),
                      (share_recording, viewer_download, password, recording_authentication, topic))
BOOST_DESCRIBE_STRUCT(Recording, (),
                      (id, state, progress, duration_ms, trashed_at, legal_hold, delete_at, share_until, meeting,
                       tracks, trashed_files))
BOOST_DESCRIBE_STRUCT(OwnList, (), (page, recordings))
BOOST_DESCRIBE_STRUCT(Shared, (), (topic, start_time, duration, download, access_token, files))

}  // namespace sealhall::recordings::shapes

namespace sealhall::recordings {

/// "recording", "processing", "completed", "failed".
std::string_view word_of(store::RecordingState state) noexcept;
/// What was made of all tracks, which is what a link shows.
bool is_composed(const std::string& kind) noexcept;
/// RFC 3339; nothing for no time.
std::optional<std::string> time_text(const std::optional<UnixMicros>& time);

shapes::RecordingFile view_of(const OpenedRecording& recording, const OpenedRecording::File& file,
                              const Library& library);
shapes::MeetingRecording view_of(const OpenedRecording& recording, const Library& library);
shapes::Recording own_view_of(const OpenedRecording& recording, const Library& library);
/// `object` of an event.
std::string event_object(const OpenedRecording& recording, const Library& library);

}  // namespace sealhall::recordings
