#include "connectors/recorder/recording.h"

#include <algorithm>
#include <utility>

#include "client/engine/contexts.h"
#include "core/base/secret.h"
#include "io/log/log.h"
#include "io/net/clock.h"

namespace sealhall::recorder {

using namespace sealhall::recording;
using wire::recorder::PartEnd;

namespace {

/// What a recorder asks for: everything that a server may give.
constexpr std::uint32_t audio_slots = 32;
constexpr std::uint32_t video_slots = 64;

bool is_person(wire::ClientKind kind) noexcept {
  return kind != wire::ClientKind::recorder && kind != wire::ClientKind::stream;
}

PartEnd reason_of(client::SessionEnd::Kind kind) noexcept {
  switch (kind) {
    case client::SessionEnd::Kind::left:
      return PartEnd::asked;
    case client::SessionEnd::Kind::meeting_ended:
      return PartEnd::meeting_ended;
    case client::SessionEnd::Kind::removed:
      return PartEnd::removed;
    case client::SessionEnd::Kind::refused:
    case client::SessionEnd::Kind::server_not_verified:
    case client::SessionEnd::Kind::unreachable:
      return PartEnd::refused;
  }
  return PartEnd::failed;
}

std::string_view word_of(PartEnd reason) noexcept {
  switch (reason) {
    case PartEnd::asked:
      return "asked";
    case PartEnd::meeting_ended:
      return "meeting_ended";
    case PartEnd::alone:
      return "alone";
    case PartEnd::removed:
      return "removed";
    case PartEnd::refused:
      return "refused";
    case PartEnd::failed:
      return "failed";
  }
  return "failed";
}

}  // namespace

Recording::Recording(io::Loop& loop, client::WorkerThread& disk, RandomSource& random, RandomSource& disk_random,
                     const wire::recorder::BeginPart& begin, Events events)
    : loop_(loop),
      disk_thread_(disk),
      random_(random),
      disk_random_(disk_random),
      begin_(begin),
      events_(std::move(events)) {}

Recording::~Recording() {
  *alive_ = false;
  wipe(begin_.key);
}

template <class F>
void Recording::on_disk(F&& job) {
  const bool taken = disk_thread_.post([disk = disk_, job = std::forward<F>(job)]() mutable {
    if (disk->writer) job(*disk->writer);
  });
  if (!taken) ++lost_frames_;
}

void Recording::start() {
  auto tls = io::TlsClientContext::create({.ca_file = begin_.ca_file});
  if (!tls) return end(PartEnd::failed, tls.error().reason);
  tls_ = std::move(*tls);

  PartSetup setup;
  setup.recording = begin_.recording;
  setup.account = begin_.account;
  setup.folder = begin_.folder;
  setup.part = begin_.part;
  setup.offset_ms = begin_.offset_ms;
  setup.key = envelope::Key{std::span<const std::uint8_t, envelope::key_size>{begin_.key}};
  setup.wrapped_key = begin_.wrapped_key;
  setup.began_at = io::SystemWallClock().now();
  setup.began = loop_.now();
  setup.paused = begin_.paused;
  wipe(begin_.key);
  begin_.key.clear();
  disk_thread_.post(
      [this, alive = alive_, disk = disk_, setup = std::move(setup), &loop = loop_, &random = disk_random_]() mutable {
        auto writer = PartWriter::open(std::move(setup), random);
        if (writer) {
          disk->writer = std::move(*writer);
          return;
        }
        loop.post([this, alive, why = writer.error()] {
          if (*alive) end(PartEnd::failed, why);
        });
      });

  client::SessionConfig config;
  config.link = {.host = begin_.host, .port = begin_.port, .meeting_id = begin_.meeting_id, .passcode = std::nullopt};
  config.token = begin_.token;
  config.name = begin_.name;
  config.client = wire::ClientKind::recorder;
  config.playout = false;
  config.audio_slots = audio_slots;
  config.video_slots = video_slots;
  session_ = std::make_unique<client::MeetingSession>(loop_, *tls_, random_, std::move(config),
                                                      static_cast<client::SessionEvents&>(*this));
  ticker_ = std::make_unique<io::Ticker>(loop_, std::chrono::seconds{1}, [this] { every_second(); });
  session_->start();
}

void Recording::set_paused(bool paused) {
  if (ended_ || begin_.paused == paused) return;
  begin_.paused = paused;
  on_disk([paused, now = loop_.now()](PartWriter& writer) { paused ? writer.pause(now) : writer.resume(now); });
  // Pictures begin again with one that needs no other.
  if (!paused) {
    for (const std::uint32_t slot : video_slots_) session_->need_key_frame(slot);
  }
  tell_state();
  progress();
}

/// Everybody in the meeting sees it, and is asked whether they agree.
void Recording::tell_state() {
  session_->act(wire::SetRecording{.request = 0,
                                   .state = begin_.paused ? wire::RecordingState::paused : wire::RecordingState::on});
}

void Recording::on_activity(const wire::ServerMessage& message) {
  const auto* chat = std::get_if<wire::Chat>(&message);
  if (chat == nullptr || chat->history || ended_) return;
  for (const wire::ChatMessage& m : chat->messages) {
    // What was said to everybody; a changed message is a line of its own.
    if (m.scope != wire::ChatScope::everyone || m.deleted) continue;
    on_disk([line = ChatLine{0, m.from, m.name, m.text}, now = loop_.now()](PartWriter& writer) mutable {
      writer.said(now, std::move(line));
    });
  }
}

void Recording::happened(TimelineLine line) {
  on_disk([line = std::move(line), now = loop_.now()](PartWriter& writer) { writer.happened(now, line); });
}

void Recording::on_state(client::SessionState state) {
  if (state != client::SessionState::joined) return;
  tell_state();
  if (!std::exchange(told_began_, true)) events_.say(wire::recorder::PartBegan{begin_.recording, begin_.part});
}

void Recording::on_ended(const client::SessionEnd& ended) { end(reason_of(ended.kind), ended.message); }

void Recording::on_roster() {
  const auto& roster = session_->roster();
  for (const auto& [number, entry] : roster) {
    if (number == session_->self()) continue;
    const bool known = people_.contains(number);
    Known& person = people_[number];
    if (!known) happened(Came{0, number, entry.name, entry.client, entry.role});
    if (known && person.name != entry.name) happened(Renamed{0, number, entry.name});
    person.name = entry.name;
    const bool sharing = std::ranges::find(entry.sources, wire::SourceKind::share) != entry.sources.end();
    if (sharing != person.sharing) happened(Sharing{0, number, sharing});
    person.sharing = sharing;
    person.refused = entry.consent == wire::ConsentState::refused;
  }
  std::erase_if(people_, [&](const auto& person) {
    if (roster.contains(person.first)) return false;
    happened(Gone{0, person.first});
    return true;
  });
  look_who_is_here();
}

void Recording::look_who_is_here() {
  const bool somebody = std::ranges::any_of(session_->roster(), [&](const auto& entry) {
    return entry.first != session_->self() && is_person(entry.second.client);
  });
  if (somebody) {
    alone_since_.reset();
  } else if (!alone_since_) {
    alone_since_ = loop_.now();
  }
}

void Recording::on_speakers() { happened(Speaking{0, session_->speakers()}); }

void Recording::on_frame(const client::OpenedFrame& frame) {
  if (ended_) return;
  if (client::is_video(frame.kind)) video_slots_.insert(frame.slot);
  const auto person = people_.find(frame.participant);
  if (person == people_.end() || person->second.refused || begin_.paused) return;
  ArrivedFrame copy{.kind = frame.kind,
                    .stream = frame.stream,
                    .data = Bytes(frame.data.begin(), frame.data.end()),
                    .timestamp = frame.timestamp,
                    .captured = frame.captured,
                    .arrival = frame.arrival,
                    .key_frame = frame.key_frame};
  on_disk([participant = frame.participant, name = person->second.name,
           copy = std::move(copy)](PartWriter& writer) mutable { writer.frame(participant, name, std::move(copy)); });
}

void Recording::every_second() {
  const Instant now = loop_.now();
  on_disk([now](PartWriter& writer) { writer.tick(now); });
  if (alone_since_ && now - *alone_since_ >= std::chrono::milliseconds{begin_.alone_ms}) {
    return end(PartEnd::alone, "Nobody else was left in the meeting.");
  }
  if (++seconds_ % 2 == 0) progress();
}

void Recording::progress() {
  // The numbers live on the disk's thread.
  disk_thread_.post([this, alive = alive_, disk = disk_, &loop = loop_, now = loop_.now()] {
    if (!disk->writer) return;
    const std::uint64_t recorded = disk->writer->recorded_ms(now);
    const std::uint64_t bytes = disk->writer->bytes();
    loop.post([this, alive, recorded, bytes, failure = disk->writer->failure()] {
      if (!*alive || ended_) return;
      if (failure) return end(PartEnd::failed, *failure);
      events_.say(
          wire::recorder::PartProgress{begin_.recording, begin_.part, begin_.paused, recorded, bytes, lost_frames_});
    });
  });
}

void Recording::end(PartEnd reason, const std::string& message) {
  if (std::exchange(ended_, true)) return;
  reason_ = reason;
  message_ = message;
  ticker_.reset();
  // The session may be what calls: it is left here and destroyed with this object.
  if (session_ && session_->state() != client::SessionState::ended) session_->leave();
  complete();
}

void Recording::complete() {
  // The end must be written: it waits for room in the queue if it has to.
  const bool taken = disk_thread_.post(
      [this, alive = alive_, disk = disk_, &loop = loop_, now = loop_.now(), reason = std::string{word_of(reason_)}] {
        std::uint64_t recorded = 0;
        std::uint64_t bytes = 0;
        std::optional<std::string> failure;
        if (disk->writer) {
          disk->writer->close(now, reason);
          recorded = disk->writer->recorded_ms(now);
          bytes = disk->writer->bytes();
          failure = disk->writer->failure();
          disk->writer.reset();
        }
        loop.post([this, alive, recorded, bytes, failure] {
          if (!*alive) return;
          if (failure) io::log::error(*failure);
          events_.say(wire::recorder::PartEnded{begin_.recording, begin_.part, failure ? PartEnd::failed : reason_,
                                                failure ? *failure : message_, recorded, bytes});
          events_.over();
        });
      });
  if (!taken) {
    ticker_ = std::make_unique<io::Ticker>(loop_, std::chrono::milliseconds{200}, [this] {
      ticker_.reset();
      complete();
    });
  }
}

}  // namespace sealhall::recorder
