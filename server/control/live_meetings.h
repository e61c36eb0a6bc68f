// The meetings that are running now: each a core/meeting with its timer, fed and obeyed.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/base/random.h"
#include "core/meeting/meeting.h"
#include "io/net/timer.h"
#include "server/control/activity_keeper.h"
#include "server/control/file_store.h"
#include "server/control/kms_link.h"
#include "server/control/live_events.h"
#include "server/control/media_pool.h"
#include "server/meeting_policies.h"
#include "store/store.h"

namespace sealhall::control {

class LiveMeetings {
 public:
  struct Outside {
    std::function<void(meeting::ConnectionId, std::string_view)> send;
    std::function<void(meeting::ConnectionId)> close;
    /// A host asks for recording; `refused` takes the sentence that says why not.
    using Refused = std::move_only_function<void(std::string)>;
    std::function<void(const std::string& meeting_id, wire::HostAction, Refused)> record = nullptr;
    /// A meeting begins that is to be recorded without anybody asking.
    std::function<void(const std::string& meeting_id)> record_by_itself = nullptr;
    /// Why people in that meeting may not ask for recording; "" when they may. May be empty.
    std::function<std::string(const std::string& meeting_id)> record_objection = nullptr;
    /// What somebody else than its host wants of a meeting that begins. May be empty.
    std::function<void(const std::string& meeting_id, meeting::Settings&)> shape = nullptr;
    std::function<void(const std::string& meeting_id)> finished = nullptr;
    /// May be empty.
    std::function<void(const LiveEvent&)> happened = nullptr;
    /// Calls when what `happened` would survive this process: before it, nothing of it is acknowledged. May be empty.
    std::function<void(io::Callback)> when_told = nullptr;
    /// What somebody sends now, in the meeting or one of its rooms; `uuid` is the meeting's.
    std::function<void(const Bytes& uuid, const meeting::SetPublished&)> published = nullptr;
  };
  struct Presence {
    std::size_t inside = 0;
    std::size_t waiting = 0;
  };

  struct Parts {
    io::Loop& loop;
    RandomSource& random;
    const io::WallClock& clock;
    MediaPool& media;
    KmsLink& kms;
    ActivityKeeper& keeper;
    FileStore& files;
  };
  LiveMeetings(Parts parts, Outside outside, meeting::Times times = {})
      : loop_(parts.loop),
        random_(parts.random),
        clock_(parts.clock),
        media_(parts.media),
        kms_(parts.kms),
        keeper_(parts.keeper),
        files_(parts.files),
        outside_(std::move(outside)),
        times_(times) {}

  /// Starts the meeting when it is not running: with these policies, which count until it is over.
  void join(const store::Meeting& stored, const MeetingPolicies& policies, meeting::JoinRequest request);
  /// For a connection whose join was given to `join`; others are ignored.
  void message(meeting::ConnectionId connection, wire::ClientMessage message);
  void disconnected(meeting::ConnectionId connection);
  /// Ends it for everybody when it is running.
  void end(const std::string& meeting_id, wire::EndReason reason);
  void end_all(wire::EndReason reason);
  /// Whoever was banned under this key may come again, also while it runs.
  void lift_ban(const std::string& meeting_id, std::string key);

  /// What those who wait for it read, while it runs.
  void write_up(const std::string& meeting_id, meeting::WaitingRoomWritten written);

  /// From kms and media: `key` is the uuid in hexadecimal.
  void to_meeting(const std::string& key, meeting::Input input);
  void to_all(const meeting::Input& input);

  [[nodiscard]] Presence presence(const std::string& meeting_id) const;
  /// The uuid of the meeting that this one, or the main meeting of this breakout room, is held as.
  [[nodiscard]] std::optional<Bytes> held_as(const std::string& key) const;
  /// nullptr when it does not run; good until the loop goes on.
  [[nodiscard]] const meeting::Meeting* running(const std::string& meeting_id) const;
  /// What runs under a meeting's id or, as base64, its instance's uuid; the second value is its account's id, the third
  /// its owner's. nullptr: it does not run.
  struct Running {
    const meeting::Settings* settings = nullptr;
    std::string account_id{};
    std::string owner_id{};
    const MeetingPolicies* policies = nullptr;
  };
  [[nodiscard]] Running find_running(const std::string& meeting) const;
  /// Everything of an account that runs now, breakout rooms not counted as meetings of their own.
  struct Overview {
    const meeting::Settings* settings = nullptr;
    std::string key{};  ///< as MediaPool knows it
    std::string owner_id{};
    Presence presence{};
    std::size_t rooms = 0;
  };
  [[nodiscard]] std::vector<Overview> overview(const std::string& account_id) const;
  [[nodiscard]] std::size_t running() const noexcept { return by_key_.size(); }
  /// Counts wrong passcodes of all meetings.
  [[nodiscard]] meeting::PasscodeGuard& passcodes() noexcept { return passcodes_; }

 private:
  struct Live {
    Live(meeting::Settings settings, meeting::Times times, RandomSource& random, meeting::PasscodeGuard& passcodes,
         io::Loop& loop)
        : key(to_hex(settings.meeting_uuid)),
          state(std::move(settings), times, random, passcodes, loop.now()),
          timer(loop) {}
    static std::string to_hex(const Bytes& uuid);
    std::string key;
    meeting::Meeting state;
    io::Timer timer;
    std::deque<meeting::Input> inputs;
    bool busy = false;  ///< inputs wait: one is being handled, or what was kept before is being read
    std::shared_ptr<ActivityKeeper::Log> log;
    std::weak_ptr<Live> parent;                            ///< of a breakout room: the main meeting
    std::map<std::uint32_t, std::shared_ptr<Live>> rooms;  ///< of a main meeting
    std::string account_id;
    std::string owner_id;
    bool auto_record = false;
    MeetingPolicies policies;
    bool started = false;           ///< somebody has come in
    std::uint64_t newest_said = 0;  ///< number of the newest line of chat that others were told of
    bool stopping = false;          ///< the server stops, the meeting goes on afterwards
  };

  Bytes new_uuid();
  static const Bytes& held_as(const Live& live);
  std::shared_ptr<Live> start(const store::Meeting& stored, const MeetingPolicies& policies);
  void read_kept(const std::shared_ptr<Live>& live, const std::string& account_id);
  void feed(const std::shared_ptr<Live>& live, meeting::Input input);
  void drain(const std::shared_ptr<Live>& live);
  void obey(const std::shared_ptr<Live>& live, meeting::Outbox& outbox);
  void record(const std::shared_ptr<Live>& live, const meeting::RecordingAsked& asked);
  void finished(const std::shared_ptr<Live>& live);

  // live_rooms.cc
  void obey_rooms(const std::shared_ptr<Live>& live, meeting::Output& output);
  void open_room(const std::shared_ptr<Live>& live, const meeting::OpenRoom& room);
  void belongs_to(meeting::ConnectionId connection, const std::shared_ptr<Live>& live);
  void tell(const Live& live, LiveEvent::What what, const meeting::PresenceChanged& person = {},
            const wire::ChatMessage& message = {});
  void was_kept(Live& live, const wire::Record& record);
  void begin_recording(const std::shared_ptr<Live>& live);
  void presence_changed(const std::shared_ptr<Live>& live, const meeting::PresenceChanged& change);

  io::Loop& loop_;
  RandomSource& random_;
  const io::WallClock& clock_;
  MediaPool& media_;
  KmsLink& kms_;
  ActivityKeeper& keeper_;
  FileStore& files_;
  Outside outside_;
  meeting::Times times_;
  meeting::PasscodeGuard passcodes_;
  std::map<std::string, std::shared_ptr<Live>> by_key_;
  std::unordered_map<std::string, std::shared_ptr<Live>> by_id_;
  std::unordered_map<std::uint64_t, std::shared_ptr<Live>> by_connection_;
};

}  // namespace sealhall::control
