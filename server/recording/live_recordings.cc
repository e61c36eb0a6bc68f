#include "server/recording/live_recordings.h"

#include <algorithm>
#include <utility>

#include "core/base/encoding.h"
#include "core/base/secret.h"
#include "core/recording/part_key.h"
#include "io/log/log.h"
#include "server/api/tokens.h"

namespace sealhall::recordings {

using wire::recorder::PartEnd;

struct LiveRecordings::Live {
  enum class Stage : std::uint8_t {
    keying,   ///< key and row of the next part are on the way
    waiting,  ///< for a recorder, or for the next attempt
    given,    ///< a recorder has the part
    over,
  };
  explicit Live(io::Loop& loop) : again(loop) {}
  ~Live() { wipe(next.key); }
  Live(const Live&) = delete;
  Live& operator=(const Live&) = delete;

  std::string id;
  RunningMeeting meeting;
  Stage stage = Stage::keying;
  std::uint32_t part = 0;
  wire::recorder::BeginPart next;  ///< while it waits for a recorder
  bool wanted = true;
  bool paused = false;
  bool began = false;    ///< at some time a recorder was in the meeting
  bool running = false;  ///< one is in it now
  std::string token;
  std::uint64_t offset_ms = 0;  ///< recorded in the parts before
  std::uint64_t part_ms = 0;
  std::uint64_t part_bytes = 0;
  std::uint32_t failures = 0;
  std::vector<Done<void>> stopped;  ///< who waits for the end
  /// Who waits to begin the next one: of the meeting's next instance, or of this one after a stop.
  std::vector<std::pair<RunningMeeting, Done<std::string>>> next_ones;
  UnixMicros ended_at{};
  bool not_taken = false;  ///< by the store, at least once: its end
  io::Timer again;
};

/// That a meeting be recorded from its beginning.
struct LiveRecordings::Wish {
  Wish(io::Loop& loop, RunningMeeting m) : meeting(std::move(m)), again(loop) {}
  RunningMeeting meeting;
  bool told = false;  ///< that it could not be done at once
  io::Timer again;
};

namespace {
api::ApiError not_recorded() { return {404, "This meeting is not being recorded."}; }
}  // namespace

LiveRecordings::LiveRecordings(Parts parts, LiveOptions options, Events events)
    : parts_(parts), options_(std::move(options)), events_(std::move(events)) {}

LiveRecordings::~LiveRecordings() {
  *alive_ = false;
  // Their timers hold them.
  for (const auto& [meeting, live] : by_meeting_) live->again.cancel();
  for (const auto& [id, live] : ending_) live->again.cancel();
}

std::string LiveRecordings::random_text(std::size_t bytes) { return api::random_text(parts_.random, bytes); }

std::string LiveRecordings::part_folder(const std::string& recording, std::uint32_t part) const {
  return options_.folder + "/" + recording + "/" + std::to_string(part);
}

void LiveRecordings::start(RunningMeeting meeting, Done<std::string> done) {
  if (const auto it = by_meeting_.find(meeting.meeting_id); it != by_meeting_.end()) {
    if (it->second->wanted) return done(unexpected(api::ApiError{409, "This meeting is being recorded already."}));
    it->second->next_ones.emplace_back(std::move(meeting), std::move(done));
    return;
  }
  auto live = std::make_shared<Live>(parts_.loop);
  live->id = random_text(16);
  live->meeting = meeting;
  by_meeting_[meeting.meeting_id] = live;
  // The topic is read by people only after the meeting, and perhaps changed by then: this is what it was.
  parts_.vault.seal(
      {meeting.account_id, std::string{recording::context_kind}, live->id, "topic"}, recording::key_scope(live->id),
      Bytes(as_bytes(meeting.topic).begin(), as_bytes(meeting.topic).end()),
      [this, alive = alive_, live, done = std::move(done)](expected<Bytes, vault::VaultError> sealed) mutable {
        if (!*alive) return;
        if (!sealed) {
          return not_started(live, {503, "No key for a recording can be had at the moment. Try again soon."},
                             std::move(done));
        }
        store::Recording row;
        row.id = live->id;
        row.account_id = live->meeting.account_id;
        row.meeting_id = live->meeting.meeting_id;
        row.meeting_uuid = to_base64(live->meeting.meeting_uuid);
        row.host_id = live->meeting.host_id;
        row.topic_sealed = std::move(*sealed);
        row.started_at = parts_.clock.now();
        const auto retention = live->meeting.retention ? live->meeting.retention : options_.retention;
        if (retention) row.delete_at = UnixMicros{static_cast<std::int64_t>(row.started_at) + retention->count()};
        parts_.store.create(std::move(row), [this, alive, live, done = std::move(done)](auto created) mutable {
          if (!*alive) return;
          if (!created) return not_started(live, api::from_store(created.error()), std::move(done));
          done(live->id);
          begin_part(live);
        });
      });
}

void LiveRecordings::not_started(const Holder& live, api::ApiError error, Done<std::string> done) {
  live->stage = Live::Stage::over;
  by_meeting_.erase(live->meeting.meeting_id);
  done(unexpected(std::move(error)));
  for (auto& stopped : std::exchange(live->stopped, {})) stopped({});  // nothing is recorded: as was wished
  start_next(live);
}

void LiveRecordings::start_next(const Holder& live) {
  for (auto& [meeting, done] : std::exchange(live->next_ones, {})) start(std::move(meeting), std::move(done));
}

void LiveRecordings::start_by_itself(RunningMeeting meeting) {
  auto wished = std::make_shared<Wish>(parts_.loop, std::move(meeting));
  wishes_[wished->meeting.meeting_id] = wished;
  wish(wished);
}

void LiveRecordings::wish(const std::shared_ptr<Wish>& wished) {
  start(wished->meeting, [this, weak = std::weak_ptr<Wish>{wished}](expected<std::string, api::ApiError> started) {
    const auto still = weak.lock();
    if (!still) return;
    // Already: somebody was faster by hand. What they do with it is theirs.
    if (started || started.error().status == 409) {
      wishes_.erase(still->meeting.meeting_id);
      return;
    }
    if (!std::exchange(still->told, true)) {
      io::log::warning("a meeting that is to be recorded from its beginning is not recorded yet; it is tried again",
                       {{"reason", started.error().message}});
    }
    still->again.after(options_.retry, [this, weak] {
      if (const auto again = weak.lock()) wish(again);
    });
  });
}

void LiveRecordings::begin_part(const Holder& live) {
  if (live->stage == Live::Stage::over) return;
  if (!live->wanted) return finish(live);
  live->stage = Live::Stage::keying;
  const std::uint32_t part = live->part + 1;
  parts_.vault.new_object_key(
      recording::part_context(live->meeting.account_id, live->id, part), recording::key_scope(live->id),
      [this, alive = alive_, live, part](expected<vault::ObjectKey, vault::VaultError> key) {
        if (!*alive || live->stage != Live::Stage::keying) return;
        if (!key) {
          io::log::warning("no key for a recording; it is asked for again",
                           {{"recording", io::loggable(live->id)}, {"reason", static_cast<int>(key.error())}});
          live->stage = Live::Stage::waiting;
          return live->again.after(options_.retry, [this, live] { begin_part(live); });
        }
        live->part = part;
        with_key(live, std::move(*key));
      });
}

void LiveRecordings::with_key(const Holder& live, vault::ObjectKey key) {
  wire::recorder::BeginPart& next = live->next;
  next.recording = live->id;
  next.part = live->part;
  next.account = live->meeting.account_id;
  next.folder = part_folder(live->id, live->part);
  next.key.assign(key.key.reveal().begin(), key.key.reveal().end());
  next.wrapped_key = std::move(key.wrapped);
  next.host = options_.host;
  next.port = options_.port;
  next.ca_file = options_.ca_file;
  next.meeting_id = live->meeting.meeting_id;
  live->token = random_text(32);
  next.token = live->token;
  next.name = options_.name;
  next.offset_ms = live->offset_ms;
  next.alone_ms = options_.alone_ms;
  // In the store before anybody can write a byte of it.
  parts_.store.add_part(live->id, live->part, parts_.clock.now(), [this, alive = alive_, live](auto added) {
    if (!*alive || live->stage != Live::Stage::keying) return;
    live->stage = Live::Stage::waiting;
    if (!added) {
      io::log::error("a part of a recording cannot be kept", {{"reason", store::name_of(added.error())}});
      return live->again.after(options_.retry, [this, live] { begin_part(live); });
    }
    send_part(live);
  });
}

void LiveRecordings::send_part(const Holder& live) {
  if (live->stage != Live::Stage::waiting || live->next.key.empty()) return;
  if (!live->wanted) return finish(live);
  if (!send_) return;
  live->next.paused = live->paused;
  live->part_ms = 0;
  live->part_bytes = 0;
  live->stage = Live::Stage::given;
  send_(wire::recorder::encode(wire::recorder::ToRecorder{live->next}));
  wipe(live->next.key);
  live->next.key.clear();
}

void LiveRecordings::stop(const std::string& meeting_id, Done<void> done) {
  wishes_.erase(meeting_id);
  const auto it = by_meeting_.find(meeting_id);
  if (it == by_meeting_.end()) return done(unexpected(not_recorded()));
  const Holder live = it->second;
  live->wanted = false;
  live->stopped.push_back(std::move(done));
  for (auto& [meeting, next] : std::exchange(live->next_ones, {})) next(unexpected(not_recorded()));
  if (live->stage == Live::Stage::given) {
    if (send_) send_(wire::recorder::encode(wire::recorder::ToRecorder{wire::recorder::EndPart{live->id}}));
    return;
  }
  if (live->stage == Live::Stage::waiting) finish(live);
}

void LiveRecordings::pause(const std::string& meeting_id, bool paused, Done<void> done) {
  const auto it = by_meeting_.find(meeting_id);
  if (it == by_meeting_.end()) return done(unexpected(not_recorded()));
  const Holder live = it->second;
  if (live->paused != paused) {
    live->paused = paused;
    if (live->stage == Live::Stage::given && send_) {
      send_(wire::recorder::encode(wire::recorder::ToRecorder{wire::recorder::PausePart{live->id, paused}}));
    }
    if (events_.happened) events_.happened(live->id, paused ? "paused" : "resumed");
  }
  done({});
}

LiveState LiveRecordings::state(const std::string& meeting_id) const {
  const auto it = by_meeting_.find(meeting_id);
  if (it == by_meeting_.end()) return LiveState::off;
  if (!it->second->running) return LiveState::starting;
  return it->second->paused ? LiveState::paused : LiveState::on;
}

void LiveRecordings::meeting_ended(const std::string& meeting_id) {
  wishes_.erase(meeting_id);
  const auto it = by_meeting_.find(meeting_id);
  if (it == by_meeting_.end()) return;
  const Holder live = it->second;
  live->wanted = false;
  for (auto& [meeting, next] : std::exchange(live->next_ones, {})) next(unexpected(not_recorded()));
  // A recorder in the meeting is told by the meeting itself.
  if (live->stage == Live::Stage::waiting) finish(live);
}

bool LiveRecordings::admits(std::string_view token, const std::string& meeting_id) const {
  const auto it = by_meeting_.find(meeting_id);
  return it != by_meeting_.end() && it->second->wanted && it->second->stage == Live::Stage::given &&
         !it->second->token.empty() && constant_time_equal(as_bytes(it->second->token), as_bytes(token));
}

bool LiveRecordings::has(const std::string& recording) const {
  return ending_.contains(recording) ||
         std::ranges::any_of(by_meeting_, [&](const auto& entry) { return entry.second->id == recording; });
}

void LiveRecordings::recorder_came(std::function<void(std::string_view)> send) {
  send_ = std::move(send);
  const auto all = by_meeting_;
  for (const auto& [meeting, live] : all) send_part(live);
}

void LiveRecordings::recorder_gone() {
  send_ = nullptr;
  const auto all = by_meeting_;
  for (const auto& [meeting, live] : all) {
    if (live->stage != Live::Stage::given) continue;
    io::log::warning("the recorder died; the recording goes on with a new part",
                     {{"recording", io::loggable(live->id)}, {"part", live->part}});
    part_over(live, live->part_ms, live->part_bytes, true);
  }
}

LiveRecordings::Holder LiveRecordings::by_recording(const std::string& recording, std::uint32_t part) const {
  for (const auto& [meeting, live] : by_meeting_) {
    if (live->id == recording && live->part == part && live->stage == Live::Stage::given) return live;
  }
  return nullptr;
}

void LiveRecordings::recorder_said(std::string_view text) {
  const auto message = wire::recorder::decode_from_recorder(text);
  if (!message) return io::log::error("the recorder sent a message that is none");
  std::visit([this](const auto& m) { on(m); }, *message);
}

void LiveRecordings::on(const wire::recorder::PartBegan& m) {
  const Holder live = by_recording(m.recording, m.part);
  if (!live) return;
  live->running = true;
  if (!std::exchange(live->began, true) && events_.happened) events_.happened(live->id, "started");
}

void LiveRecordings::on(const wire::recorder::PartProgress& m) {
  const Holder live = by_recording(m.recording, m.part);
  if (!live) return;
  live->part_ms = m.recorded_ms;
  live->part_bytes = m.bytes;
  if (m.recorded_ms > 0) live->failures = 0;
}

void LiveRecordings::on(const wire::recorder::PartEnded& m) {
  const Holder live = by_recording(m.recording, m.part);
  if (!live) return;
  const bool good = m.reason == PartEnd::asked || m.reason == PartEnd::meeting_ended || m.reason == PartEnd::alone ||
                    m.reason == PartEnd::removed;
  if (!good) {
    ++live->failures;
    io::log::warning("a part of a recording failed", {{"recording", io::loggable(live->id)}, {"reason", m.message}});
  }
  // A recorder that was told to end by somebody else than us (its own stop) is followed by the next one.
  const bool again = live->wanted && (m.reason == PartEnd::asked || (!good && live->failures < options_.most_failures));
  part_over(live, m.recorded_ms, m.bytes, again);
}

void LiveRecordings::part_over(const Holder& live, std::uint64_t recorded_ms, std::uint64_t bytes, bool again) {
  live->stage = Live::Stage::waiting;
  live->running = false;
  if (!again) live->wanted = false;
  live->token.clear();
  live->offset_ms += recorded_ms;
  parts_.store.end_part(live->id, live->part, parts_.clock.now(), recorded_ms, bytes,
                        [this, alive = alive_, live, again](auto ended) {
                          if (!ended) io::log::error("the end of a part cannot be kept");
                          if (!*alive || live->stage != Live::Stage::waiting) return;
                          if (!again || !live->wanted) return finish(live);
                          live->again.after(options_.retry, [this, live] { begin_part(live); });
                        });
}

void LiveRecordings::finish(const Holder& live) {
  if (std::exchange(live->stage, Live::Stage::over) == Live::Stage::over) return;
  live->again.cancel();
  live->running = false;
  by_meeting_.erase(live->meeting.meeting_id);
  ending_[live->id] = live;
  live->ended_at = parts_.clock.now();
  end_in_store(live);
}

/// Again and again until the store has taken it: without its end it is neither composed nor can it be deleted.
void LiveRecordings::end_in_store(const Holder& live) {
  parts_.store.end(live->id, live->ended_at, [this, alive = alive_, live](expected<void, store::StoreError> ended) {
    // Not recording any more: an attempt of which nobody knew how it went has done it.
    const bool taken = ended || ended.error() == store::StoreError::not_found;
    for (auto& done : std::exchange(live->stopped, {})) {
      if (taken) {
        done({});
      } else {
        done(unexpected(api::from_store(ended.error())));
      }
    }
    if (!*alive) return;
    if (taken) {
      ending_.erase(live->id);
      if (events_.over) events_.over(live->id);
    } else {
      if (!std::exchange(live->not_taken, true)) {
        io::log::error("the end of a recording cannot be kept; it is tried again",
                       {{"recording", io::loggable(live->id)}, {"reason", store::name_of(ended.error())}});
      }
      live->again.after(options_.retry, [this, live] { end_in_store(live); });
    }
    start_next(live);
  });
}

}  // namespace sealhall::recordings
