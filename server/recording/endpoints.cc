// Tested in library_test.cc
#include "server/recording/endpoints.h"

#include <utility>

#include "server/recording/endpoint_handlers.h"
#include "server/recording/settings.h"
#include "server/recording/share_page.h"

namespace sealhall::recordings {

using namespace handlers;

void add_recording_endpoints(api::Registry& registry, const EndpointParts& parts) {
  using enum api::Permission;
  const auto e = std::make_shared<Endpoints>(parts);
  constexpr const char* tag = "Recordings";
  registry.resolve(
      "recorded_meeting_id",
      [e](const api::Caller& caller, const std::string& id, auto done) {
        e->resolve_meeting(caller, id, std::move(done));
      },
      no_recording());
  registry.resolve("recorded_user_id",
                   [e](const api::Caller& caller, const std::string& id, auto done) {
                     e->resolve_user(caller, id, std::move(done));
                   },
                   {404, "There is no such user.", {}, std::nullopt, api::codes::no_user});
  registry.resolve(
      "recording_id",
      [e](const api::Caller&, const std::string& id, auto done) { e->resolve_recording(id, std::move(done)); },
      no_recording());
  registry.resolve("live_meeting_id",
                   [e](const api::Caller&, const std::string& id, auto done) { e->resolve_live(id, std::move(done)); },
                   {404, "This meeting does not run now.", {}, std::nullopt, api::codes::no_meeting});

  constexpr auto read =
      Access::owner("recorded_meeting_id", recordings_read, "cloud_recording:read:list_recording_files");
  constexpr auto write =
      Access::owner("recorded_meeting_id", recordings_write, "cloud_recording:delete:meeting_recording");
  registry.add({"GET", "/v2/meetings/{recorded_meeting_id}/recordings", tag, "Get a meeting's recordings", read},
               [e](Call<MeetingPath> c, Answer<MeetingRecording> a) { e->get_meeting(std::move(c), std::move(a)); });
  registry.add({"DELETE", "/v2/meetings/{recorded_meeting_id}/recordings", tag, "Delete a meeting's recordings", write},
               [e](Call<MeetingPath> c, Answer<None> a) { e->delete_meeting(std::move(c), std::move(a)); });
  registry.add({"DELETE", "/v2/meetings/{recorded_meeting_id}/recordings/{file_id}", tag, "Delete one file", write},
               [e](Call<MeetingFilePath> c, Answer<None> a) { e->delete_file(std::move(c), std::move(a)); });
  registry.add(
      {"PUT", "/v2/meetings/{recorded_meeting_id}/recordings/{file_id}/status", tag, "Take one file out of the trash",
       Access::owner("recorded_meeting_id", recordings_write, "cloud_recording:update:recover_single_recording")},
      [e](Call<MeetingFilePath, StatusAction> c, Answer<None> a) { e->set_file_status(std::move(c), std::move(a)); });
  registry.add(
      {"PUT", "/v2/meetings/{recorded_meeting_id}/recordings/status", tag, "Take recordings out of the trash",
       Access::owner("recorded_meeting_id", recordings_write, "cloud_recording:update:recover_meeting_recordings")},
      [e](Call<MeetingPath, StatusAction> c, Answer<None> a) { e->set_status(std::move(c), std::move(a)); });
  registry.add({"GET", "/v2/meetings/{recorded_meeting_id}/recordings/settings", tag, "How a recording is shared",
                Access::owner("recorded_meeting_id", recordings_read, "cloud_recording:read:recording_settings")},
               [e](Call<MeetingPath> c, Answer<RecordingSettings> a) { e->get_settings(std::move(c), std::move(a)); });
  registry.add(
      {"PATCH", "/v2/meetings/{recorded_meeting_id}/recordings/settings", tag, "Change how a recording is shared",
       Access::owner("recorded_meeting_id", recordings_write, "cloud_recording:update:recording_settings")},
      [e](Call<MeetingPath, ChangeSettings> c, Answer<None> a) { e->change_settings(std::move(c), std::move(a)); });
  registry.add({"GET", "/v2/users/{recorded_user_id}/recordings", tag, "List a user's recordings",
                Access::owner("recorded_user_id", recordings_read, "cloud_recording:read:list_user_recordings")},
               [e](Call<UserPath> c, Answer<RecordingList> a) { e->list_user(std::move(c), std::move(a)); });
  registry.add({.method = "PATCH",
                .path = "/v2/live_meetings/{live_meeting_id}/events",
                .tag = "Meetings",
                .summary = "Control a meeting that runs",
                .access = Access::owner("live_meeting_id", meetings_write, "meeting:update:in_meeting_controls"),
                .also = 202},
               [e](Call<LivePath, LiveEvent> c, Answer<None> a) { e->live_event(std::move(c), std::move(a)); });

  add_settings_endpoints(registry, e->library());

  constexpr auto own_read = Access::owner("recording_id", recordings_read);
  constexpr auto own_write = Access::owner("recording_id", recordings_write);
  registry.add({"GET", "/api/live/{live_meeting_id}/recording", tag, "Whether a meeting is being recorded",
                Access::owner("live_meeting_id", meetings_read)},
               [e](Call<LivePath> c, Answer<LiveStatus> a) { e->live_status(std::move(c), std::move(a)); });
  registry.add({"GET", "/api/recordings", tag, "My recordings", Access::signed_in()},
               [e](Call<OwnQuery> c, Answer<OwnList> a) { e->list_own(std::move(c), std::move(a)); });
  registry.add({"GET", "/api/recordings/{recording_id}", tag, "A recording with its tracks and its progress", own_read},
               [e](Call<RecordingPath> c, Answer<Recording> a) { e->get_own(std::move(c), std::move(a)); });
  registry.add({"PATCH", "/api/recordings/{recording_id}", tag, "Legal hold, and when it is destroyed", own_write},
               [e](Call<RecordingPath, Keep> c, Answer<None> a) { e->change_own(std::move(c), std::move(a)); });
  registry.add({"DELETE", "/api/recordings/{recording_id}", tag, "Put it into the trash, or destroy it", own_write},
               [e](Call<RecordingPath> c, Answer<None> a) { e->delete_own(std::move(c), std::move(a)); });
  registry.add({"POST", "/api/recordings/{recording_id}/restore", tag, "Take it out of the trash", own_write},
               [e](Call<RecordingPath> c, Answer<None> a) { e->restore_own(std::move(c), std::move(a)); });
  registry.add({"POST", "/api/recordings/{recording_id}/share", tag, "Share it by a link", own_write},
               [e](Call<RecordingPath, Share> c, Answer<Recording> a) { e->share_own(std::move(c), std::move(a)); });
  registry.add({"DELETE", "/api/recordings/{recording_id}/share", tag, "End its link", own_write},
               [e](Call<RecordingPath> c, Answer<None> a) { e->unshare_own(std::move(c), std::move(a)); });
  registry.add({"POST", "/api/shared/{share_token}", tag, "Open a shared recording", Access::anyone()},
               [e](Call<SharePath, OpenShare> c, Answer<Shared> a) { e->open_share(std::move(c), std::move(a)); });

  api::Endpoint play{"GET", "/rec/play/{file_id}", tag, "Play a file, or a part of it", Access::anyone()};
  play.token = api::TokenPlace::query;
  play.rate = api::Rate::none;
  play.produces = "video/mp4 audio/mp4 audio/webm video/webm application/x-ndjson";
  play.ranges = true;
  registry.add(play, [e](Call<FilePath> c, Answer<api::Http> a) { e->file(std::move(c), std::move(a), false); });
  api::Endpoint download = play;
  download.path = "/rec/download/{file_id}";
  download.summary = "Download a file";
  registry.add(download, [e](Call<FilePath> c, Answer<api::Http> a) { e->file(std::move(c), std::move(a), true); });
  api::Endpoint page{"GET", "/rec/share/{share_token}", tag, "The page of a shared recording", Access::anyone()};
  page.documented = false;
  registry.add(page, [](Call<SharePath> c, Answer<api::Http> a) {
    a(share_page(c.query.share_token, identity::reading_of(c.http)));
  });
}

}  // namespace sealhall::recordings
