// Tested in history_test.cc
#include "server/control/history_keeper.h"

#include <algorithm>
#include <boost/describe/enum_to_string.hpp>
#include <utility>

#include "core/base/encoding.h"
#include "core/wire/description.h"
#include "io/log/log.h"

namespace sealhall::control {
namespace {

/// What is lost then is a line of a report; the meeting goes on.
auto or_log(const char* what) {
  return [what](expected<void, store::StoreError> done) {
    if (!done)
      io::log::error("the history of a meeting cannot be written",
                     {{"what", what}, {"error", store::name_of(done.error())}});
  };
}

std::int64_t bit_of(wire::SourceKind kind) {
  switch (kind) {
    case wire::SourceKind::audio:
      return store::used::microphone;
    case wire::SourceKind::camera:
      return store::used::camera;
    case wire::SourceKind::share:
    case wire::SourceKind::share_audio:
      return store::used::screen;
  }
  return 0;
}

}  // namespace

HistoryKeeper::HistoryKeeper(Parts parts)
    : parts_(std::move(parts)),
      history_(parts_.engine),
      quality_(parts_.engine),
      schedule_(parts_.engine),
      tick_(parts_.loop, seen_every, [this] { tick(); }) {
  history_.close_open(or_log("what a crash has ended"));
}

void HistoryKeeper::tick() {
  const UnixMicros now = parts_.clock.now();
  if (!running_.empty()) history_.seen(now, or_log("that it goes on"));
  if (parts_.loop.now() < forget_at_) return;
  forget_at_ = parts_.loop.now() + forget_every;
  quality_.forget(UnixMicros{static_cast<std::int64_t>(now) - store::Quality::kept_micros}, or_log("old quality"));
}

void HistoryKeeper::saw(const LiveEvent& event) {
  // A recorder is in the roster, but nobody who was there.
  if (event.person.client == wire::ClientKind::recorder) return;
  if (event.what == LiveEvent::What::started) return start(event);
  const auto found = running_.find(to_base64(event.meeting_uuid));
  if (found == running_.end()) return;
  const std::shared_ptr<Run> run = found->second;
  switch (event.what) {
    case LiveEvent::What::started:
    case LiveEvent::What::waits:
    case LiveEvent::What::admitted:
    case LiveEvent::What::gave_up:
    case LiveEvent::What::shares:
    case LiveEvent::What::stops_sharing:
    case LiveEvent::What::said:
      return;
    case LiveEvent::What::came:
      return came(run, event);
    case LiveEvent::What::left: {
      const auto here = run->here.find(event.person.participant);
      if (here == run->here.end()) return;  // only waited
      const std::int64_t visit = here->second.visit;
      run->here.erase(here);
      return later(run, [this, uuid = run->row.uuid, visit, at = event.at, removed = event.person.removed] {
        history_.leave(uuid, visit, at, removed, or_log("that somebody left"));
      });
    }
    case LiveEvent::What::ended:
      running_.erase(found);
      return later(run, [this, uuid = run->row.uuid, at = event.at] { history_.end(uuid, at, or_log("the end")); });
  }
}

void HistoryKeeper::start(const LiveEvent& e) {
  auto run = std::make_shared<Run>();
  run->row.uuid = to_base64(e.meeting_uuid);
  run->row.account_id = e.account_id;
  run->row.meeting_id = e.meeting_id;
  run->row.host_id = e.owner_id;
  run->row.log_id = e.log_id;
  run->row.started_at = run->row.seen_at = e.started_at;
  running_[run->row.uuid] = run;
  auto step = std::make_shared<Step>();
  step->act = [this, run = run.get()] {
    history_.start(run->row, or_log("the start"));
    schedule_.set_uuid(run->row.meeting_id, run->row.uuid, or_log("the uuid"));
  };
  run->steps.push_back(step);
  parts_.describe(e.meeting_id, [this, run, step, topic = e.topic, alive = std::weak_ptr<bool>{alive_}](auto known) {
    if (alive.expired()) return;
    v2::RunContent content = known.value_or(v2::RunContent{});
    content.topic = topic;  // as it was called when it ran
    const std::string json = api::to_json(content);
    parts_.vault.seal(v2::run_context(run->row.account_id, run->row.uuid), "meeting/" + run->row.meeting_id,
                      Bytes(json.begin(), json.end()), [this, run, step, alive](auto sealed) {
                        if (alive.expired()) return;
                        if (sealed) run->row.details_sealed = std::move(*sealed);
                        step->ready = true;
                        flush(run);
                      });
  });
}

void HistoryKeeper::came(const std::shared_ptr<Run>& run, const LiveEvent& e) {
  store::MeetingVisit visit;
  visit.visit = ++run->visits;
  visit.participant = static_cast<std::int64_t>(e.person.participant);
  visit.user_id = e.person.account;
  visit.registrant_id = e.person.registrant;
  visit.client = boost::describe::enum_to_string(e.person.client, "native");
  visit.joined_at = e.at;
  run->here[e.person.participant] = {visit.visit, 0};
  auto step = std::make_shared<Step>();
  auto row = std::make_shared<store::MeetingVisit>(std::move(visit));
  step->act = [this, run = run.get(), row] { history_.come(run->row, std::move(*row), or_log("that somebody came")); };
  run->steps.push_back(step);
  const std::string& name = e.person.name;
  parts_.vault.seal(v2::visit_context(run->row.account_id, run->row.uuid, row->visit), "meeting/" + run->row.meeting_id,
                    Bytes(name.begin(), name.end()),
                    [this, run, row, step, alive = std::weak_ptr<bool>{alive_}](auto sealed) {
                      if (alive.expired()) return;
                      if (sealed) row->name_sealed = std::move(*sealed);
                      step->ready = true;
                      flush(run);
                    });
}

void HistoryKeeper::published(const Bytes& uuid, const meeting::SetPublished& sources) {
  const auto found = running_.find(to_base64(uuid));
  if (found == running_.end()) return;
  const auto here = found->second->here.find(sources.participant);
  if (here == found->second->here.end()) return;
  std::int64_t bits = 0;
  for (const wire::PublishedSource& source : sources.sources) bits |= bit_of(source.kind);
  if ((bits & ~here->second.used) == 0) return;
  here->second.used |= bits;
  later(found->second, [this, uuid = found->first, visit = here->second.visit, bits] {
    history_.use(uuid, visit, bits, or_log("what somebody used"));
  });
}

void HistoryKeeper::went(const Bytes& uuid, meeting::ParticipantNumber participant,
                         const wire::media::TransportQuality& quality) {
  const auto found = running_.find(to_base64(uuid));
  if (found == running_.end()) return;
  const auto here = found->second->here.find(participant);
  if (here == found->second->here.end()) return;
  store::QualitySample sample{.visit = here->second.visit,
                              .at = parts_.clock.now(),
                              .over_ms = quality.over_ms,
                              .round_trip_us = quality.round_trip_us};
  for (const wire::media::StreamQuality& s : quality.streams) {
    sample.streams.push_back(
        {.kind = static_cast<store::QualityKind>(s.kind),
         .received = s.received,
         .bitrate_bps = static_cast<std::uint32_t>(std::min<std::uint64_t>(s.bitrate_bps, 0xffffffff)),
         .loss_permille = s.loss_permille,
         .max_loss_permille = s.max_loss_permille,
         .jitter_us = s.jitter_us,
         .frame_rate = s.frame_rate,
         .width = s.width,
         .height = s.height});
  }
  later(found->second, [this, uuid = found->first, sample = std::move(sample)] {
    quality_.add(uuid, sample, or_log("how well it went"));
  });
}

void HistoryKeeper::later(const std::shared_ptr<Run>& run, std::function<void()> act) {
  run->steps.push_back(std::make_shared<Step>(Step{std::move(act), true}));
  flush(run);
}

/// Sealing may end in another order than it began.
void HistoryKeeper::flush(const std::shared_ptr<Run>& run) {
  while (!run->steps.empty() && run->steps.front()->ready) {
    const std::shared_ptr<Step> next = std::move(run->steps.front());
    run->steps.pop_front();
    next->act();
  }
}

}  // namespace sealhall::control
