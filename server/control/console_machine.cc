// Tested in console_test.cc
// What runs now (meetings, workers), and how the machine is.
#include <sys/statvfs.h>

#include <algorithm>
#include <map>
#include <utility>

#include "core/base/encoding.h"
#include "server/api/arrange.h"
#include "server/api/text.h"
#include "server/control/console.h"
#include "server/identity/utf8.h"
#include "server/keys/backup_record.h"

namespace sealhall::control {
namespace shapes {

struct LiveQuery {
  api::ListQuery list;
};
struct LiveMeeting {
  std::string id;
  std::string uuid;
  std::string topic;
  std::string host;  ///< the owner's login
  std::string started_at;
  std::uint32_t participants = 0;
  std::uint32_t waiting = 0;
  std::uint32_t rooms = 0;  ///< breakout rooms
  bool locked = false;
  std::string recording;               ///< "off", "starting", "on", "paused"
  std::vector<std::uint32_t> workers;  ///< which media workers carry it
};
struct LiveList {
  api::Page page;
  std::vector<LiveMeeting> meetings;
};
struct WorkerLine {
  std::uint32_t worker = 0;
  std::uint32_t transports = 0;
  std::uint32_t cpu_permille = 0;
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::uint64_t dropped = 0;  ///< packets that were not what they should be
};
struct SystemView {
  std::string version;
  std::string started_at;
  std::string public_url;
  std::string database;
  bool database_answers = false;
  std::string blobs;
  std::uint64_t disk_free = 0;  ///< bytes, where the data folder is
  std::uint64_t disk_size = 0;
  bool key_service = false;
  bool recorder = false;
  bool composer = false;
  bool mail = false;
  std::uint64_t mails_waiting = 0;
  std::uint64_t mails_given_up = 0;
  std::string certificate_until;
  std::uint32_t meetings = 0;
  std::uint32_t participants = 0;
  std::vector<WorkerLine> workers;
  std::string data_directory;              ///< for the commands that the page names
  std::optional<std::string> last_backup;  ///< absent: none was made of this data folder yet
  std::optional<std::uint64_t> last_backup_bytes;
  std::optional<std::string> last_backup_place;  ///< a path on the machine
};

BOOST_DESCRIBE_STRUCT(LiveQuery, (), (list))
BOOST_DESCRIBE_STRUCT(LiveMeeting, (),
                      (id, uuid, topic, host, started_at, participants, waiting, rooms, locked, recording, workers))
BOOST_DESCRIBE_STRUCT(LiveList, (), (page, meetings))
BOOST_DESCRIBE_STRUCT(WorkerLine, (), (worker, transports, cpu_permille, bytes_in, bytes_out, dropped))
BOOST_DESCRIBE_STRUCT(SystemView, (),
                      (version, started_at, public_url, database, database_answers, blobs, disk_free, disk_size,
                       key_service, recorder, composer, mail, mails_waiting, mails_given_up, certificate_until,
                       meetings, participants, workers, data_directory, last_backup, last_backup_bytes,
                       last_backup_place))

}  // namespace shapes

namespace {

using api::Access;
using api::Answer;
using api::Call;

std::string word_for(recordings::LiveState state) {
  switch (state) {
    case recordings::LiveState::off:
      return "off";
    case recordings::LiveState::starting:
      return "starting";
    case recordings::LiveState::on:
      return "on";
    case recordings::LiveState::paused:
      return "paused";
  }
  return "off";
}

}  // namespace

void Console::add_live(api::Registry& registry) {
  registry.add({"GET", "/api/live-meetings", "Meetings", "What runs now in the account",
                Access::permission(api::Permission::meetings_read)},
               [this](Call<shapes::LiveQuery> call, Answer<shapes::LiveList> answer) {
                 const std::string account = call.caller.account_id;
                 profiles_.logins(account, std::move(answer).from([this, account, query = std::move(call.query)](
                                                                      const std::map<std::string, std::string>& logins)
                                                                      -> expected<shapes::LiveList, ApiError> {
                   shapes::LiveList out;
                   for (const LiveMeetings::Overview& live : parts_.meetings.overview(account)) {
                     shapes::LiveMeeting m;
                     m.id = live.settings->meeting_id;
                     m.uuid = to_base64(live.settings->meeting_uuid);
                     m.topic = live.settings->topic;
                     if (const auto host = logins.find(live.owner_id); host != logins.end()) m.host = host->second;
                     m.started_at = api::rfc3339(live.settings->started_at);
                     m.participants = static_cast<std::uint32_t>(live.presence.inside);
                     m.waiting = static_cast<std::uint32_t>(live.presence.waiting);
                     m.rooms = static_cast<std::uint32_t>(live.rooms);
                     m.locked = live.settings->locked;
                     m.recording = word_for(parts_.recording.state(m.id));
                     const auto workers = parts_.media.workers_of(live.key);
                     m.workers.assign(workers.begin(), workers.end());
                     out.meetings.push_back(std::move(m));
                   }
                   std::ranges::sort(out.meetings, {}, &shapes::LiveMeeting::id);
                   auto page = api::arrange(out.meetings, query.list);
                   if (!page) return unexpected(std::move(page.error()));
                   out.page = *page;
                   return out;
                 }));
               });
}

void Console::add_machine(api::Registry& registry) {
  registry.add({"GET", "/api/system", "Server", "How the machine is", Access::permission(api::Permission::server)},
               [this](Call<>, Answer<shapes::SystemView> answer) {
                 outbox_.counts([this, answer = std::move(answer)](auto mails) mutable {
                   shapes::SystemView v;
                   v.version = "0.1.0";
                   v.started_at = api::rfc3339(started_);
                   v.public_url = parts_.public_url;
                   v.database = parts_.database;
                   v.database_answers = mails.has_value();
                   v.blobs = parts_.blobs;
                   if (mails) {
                     v.mails_waiting = static_cast<std::uint64_t>(mails->waiting);
                     v.mails_given_up = static_cast<std::uint64_t>(mails->given_up);
                   }
                   struct statvfs disk{};
                   if (::statvfs(parts_.data_directory.c_str(), &disk) == 0) {
                     v.disk_free = static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize;
                     v.disk_size = static_cast<std::uint64_t>(disk.f_blocks) * disk.f_frsize;
                   }
                   v.key_service = parts_.kms.up();
                   v.recorder = parts_.recording.has_recorder();
                   v.composer = parts_.recording.has_composer();
                   v.mail = parts_.mail;
                   v.certificate_until = api::rfc3339(parts_.certificate_not_after());
                   v.meetings = static_cast<std::uint32_t>(parts_.meetings.running());
                   for (const WorkerStatus& worker : parts_.media.status()) {
                     const wire::media::WorkerStats& s = worker.stats;
                     v.participants += worker.transports;
                     v.workers.push_back({worker.worker, worker.transports, s.cpu_permille, s.bytes_in, s.bytes_out,
                                          s.dropped_malformed + s.dropped_unauthenticated + s.dropped_replayed +
                                              s.dropped_unknown_address + s.dropped_wrong_sender});
                   }
                   v.data_directory = parts_.data_directory;
                   if (const auto backup = keys::last_backup(parts_.data_directory)) {
                     v.last_backup = api::rfc3339(backup->at);
                     v.last_backup_bytes = backup->bytes;
                     if (!backup->place.empty() && identity::is_utf8(backup->place))
                       v.last_backup_place = backup->place;
                   }
                   answer(v);
                 });
               });
}

}  // namespace sealhall::control
