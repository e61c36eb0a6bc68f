// Tested in server/control/history_test.cc
// /metrics of v2: the meetings that run now and those that were held, for dashboards.
#include <algorithm>
#include <cstdio>
#include <span>
#include <utility>

#include "server/api/text.h"
#include "server/v2/past.h"
#include "server/v2/quality.h"

namespace sealhall::v2 {
namespace {

std::string clock_text(std::int64_t microseconds) {
  const std::int64_t seconds = std::max<std::int64_t>(microseconds, 0) / 1'000'000;
  char out[40];
  std::snprintf(out, sizeof out, "%02lld:%02lld:%02lld", static_cast<long long>(seconds / 3600),
                static_cast<long long>(seconds / 60 % 60), static_cast<long long>(seconds % 60));
  return out;
}

DashboardMeeting tile_of(const store::RunSummary& s, const RunContent& content, UnixMicros now) {
  const auto end = static_cast<std::int64_t>(s.run.ended_at.value_or(now));
  DashboardMeeting out;
  out.uuid = s.run.uuid;
  out.id = meeting_number(s.run.meeting_id);
  out.topic = content.topic;
  out.host = s.host_name;
  out.email = s.host_login;
  out.start_time = api::rfc3339(s.run.started_at);
  if (s.run.ended_at) out.end_time = api::rfc3339(*s.run.ended_at);
  out.duration = clock_text(end - static_cast<std::int64_t>(s.run.started_at));
  out.participants = static_cast<std::uint32_t>(s.people);
  out.has_voip = (s.used & store::used::microphone) != 0;
  out.has_video = (s.used & store::used::camera) != 0;
  out.has_screen_share = (s.used & store::used::screen) != 0;
  out.has_recording = s.recorded;
  out.tracking_fields = content.tracking_fields;
  return out;
}

/// So many people with all their samples fit into one answer, also of a day's meeting.
constexpr std::uint32_t most_with_samples = 10;
/// A grade is the mean of so many samples at most.
constexpr std::int64_t samples_for_a_grade = 30;
constexpr std::uint32_t most_visits = 100'000;

/// Their first and last number; samples are read by it.
template <class Visits>
std::pair<std::int64_t, std::int64_t> visits_in(const Visits& visits) {
  if (visits.empty()) return {1, 0};
  return {visits.front().visit.visit, visits.back().visit.visit};
}
/// `all` is sorted by visit.
std::span<const store::QualitySample> of_visit(std::span<const store::QualitySample> all, std::int64_t visit) {
  const auto found = std::ranges::equal_range(all, visit, {}, &store::QualitySample::visit);
  return {found.begin(), found.end()};
}

template <class Visit>
DashboardParticipant participant_of(const Visit& v) {
  DashboardParticipant p;
  p.id = v.visit.user_id;
  p.user_id = std::to_string(v.visit.participant);
  p.user_name = v.name;
  p.email = v.visit.login;
  p.device = v.visit.client;
  p.join_time = api::rfc3339(v.visit.joined_at);
  if (v.visit.left_at) {
    p.leave_time = api::rfc3339(*v.visit.left_at);
    p.leave_reason = v.visit.removed ? "removed by a host" : "left the meeting";
  }
  p.share_desktop = (v.visit.used & store::used::screen) != 0;
  p.camera_used = (v.visit.used & store::used::camera) != 0;
  p.microphone_used = (v.visit.used & store::used::microphone) != 0;
  if (!v.visit.registrant_id.empty()) p.registrant_id = v.visit.registrant_id;
  return p;
}
template <class Visit>
QosParticipant qos_participant_of(const Visit& v, std::span<const store::QualitySample> samples) {
  QosParticipant p;
  p.user_id = std::to_string(v.visit.participant);
  p.user_name = v.name;
  p.device = v.visit.client;
  p.join_time = api::rfc3339(v.visit.joined_at);
  if (v.visit.left_at) p.leave_time = api::rfc3339(*v.visit.left_at);
  for (const store::QualitySample& s : of_visit(samples, v.visit.visit)) p.user_qos.push_back(qos_of(s));
  return p;
}

}  // namespace

void Past::add_dashboard_endpoints(api::Registry& registry) {
  using api::Access;
  using enum api::Permission;
  constexpr std::string_view tag = "Dashboards";
  registry.add({"GET", "/v2/metrics/meetings", tag, "List meetings that run now, or that were held",
                Access::permission(reports_read, "dashboard:read:list_meetings")},
               this, &Past::dashboard);
  registry.add({"GET", "/v2/metrics/meetings/{run_id}", tag, "Get a meeting that runs or was held",
                Access::owner("run_id", reports_read, "dashboard:read:meeting")},
               this, &Past::dashboard_meeting);
  registry.add({"GET", "/v2/metrics/meetings/{run_id}/participants", tag, "List who is or was in a meeting",
                Access::owner("run_id", reports_read, "dashboard:read:list_meeting_participants")},
               this, &Past::dashboard_participants);
  registry.add(
      {.method = "GET",
       .path = "/v2/metrics/meetings/{run_id}/participants/qos",
       .tag = tag,
       .summary = "List how well media went for those in a meeting",
       .access = Access::owner("run_id", reports_read, "dashboard:read:list_meeting_participants_qos"),
       .description = "At most 10 people a page. `user_qos` has a sample every 20 s, kept for 90 days: what went "
                      "between the person and this server, `input` what they received, `output` what they "
                      "sent, `as_` what was shared."},
      this, &Past::qos);
  registry.add({"GET", "/v2/metrics/meetings/{run_id}/participants/{participant_id}/qos", tag,
                "Get how well media went for one of them",
                Access::owner("run_id", reports_read, "dashboard:read:meeting_participant_qos")},
               this, &Past::qos_of_one);
}

void Past::dashboard(Call<DashboardQuery> call, Answer<DashboardList> answer) {
  const auto range = range_of(call.query.from, call.query.to);
  if (!range) return answer(range.error());
  const auto window = api::window_of(call.query.page);
  if (!window) return answer(window.error());
  const std::string type = call.query.type.value_or("live");
  if (type != "live" && type != "past" && type != "pastOne") {
    return answer(api::wrong_field("type", "live, past or pastOne."));
  }
  const UnixMicros now = parts_.clock.now();
  history_.list({.account_id = call.caller.account_id,
                 .running = type == "live",
                 .from = range->from,
                 .to = range->to,
                 .now = now,
                 .limit = window->limit,
                 .offset = window->offset},
                [this, now, range = *range, window = *window, answer = std::move(answer)](auto found) mutable {
                  if (!found) return answer(api::from_store(found.error()));
                  const api::Page page = window.page(found->total);
                  open_runs(std::move(found->rows),
                            std::move(answer).from([now, range, page](const std::vector<OpenRun>& runs) {
                              DashboardList list{range.from_text, range.to_text, page, {}};
                              for (const OpenRun& run : runs) {
                                list.meetings.push_back(tile_of(run.summary, run.content, now));
                              }
                              return list;
                            }));
                });
}

void Past::dashboard_meeting(Call<RunQuery> call, Answer<DashboardMeeting> answer) {
  open_run(call.subject, std::move(answer).from([now = parts_.clock.now()](const OpenRun& run) {
    return tile_of(run.summary, run.content, now);
  }));
}

void Past::dashboard_participants(Call<RunQuery> call, Answer<DashboardParticipants> answer) {
  const auto window = api::window_of(call.query.page);
  if (!window) return answer(window.error());
  list_visits(call.subject, *window, [this, uuid = call.subject.id, answer = std::move(answer)](auto found) mutable {
    if (!found) return answer(found.error());
    DashboardParticipants list{found->first, {}};
    for (const OpenVisit& v : found->second) list.participants.push_back(participant_of(v));
    const auto [first, last] = visits_in(found->second);
    quality_.some_of_visits(uuid, first, last, samples_for_a_grade,
                            std::move(answer).from([list = std::move(list), visits = std::move(found->second)](
                                                       const std::vector<store::QualitySample>& samples) mutable {
                              for (std::size_t i = 0; i < visits.size(); ++i) {
                                const Grades grades = grades_of(of_visit(samples, visits[i].visit.visit));
                                list.participants[i].audio_quality = grades.audio;
                                list.participants[i].video_quality = grades.video;
                                list.participants[i].screen_share_quality = grades.share;
                              }
                              return std::move(list);
                            }));
  });
}

void Past::qos(Call<RunQuery> call, Answer<QosList> answer) {
  const auto window = api::window_of(call.query.page, most_with_samples, most_with_samples);
  if (!window) return answer(window.error());
  list_visits(call.subject, *window, [this, uuid = call.subject.id, answer = std::move(answer)](auto found) mutable {
    if (!found) return answer(found.error());
    const auto [first, last] = visits_in(found->second);
    quality_.of_visits(
        uuid, first, last,
        std::move(answer).from([found = std::move(*found)](const std::vector<store::QualitySample>& samples) {
          QosList list{found.first, {}};
          for (const OpenVisit& v : found.second) list.participants.push_back(qos_participant_of(v, samples));
          return list;
        }));
  });
}

void Past::qos_of_one(Call<RunPersonQuery> call, Answer<QosParticipant> answer) {
  const auto number = meeting_number(call.query.participant_id);
  history_.visits(
      call.subject.id, most_visits, 0,
      [this, subject = call.subject, number, answer = std::move(answer)](auto found) mutable {
        if (!found) return answer(api::from_store(found.error()));
        // Who came twice is shown as they were the last time.
        const auto last =
            std::ranges::find(found->rows.rbegin(), found->rows.rend(), static_cast<std::int64_t>(number.value_or(0)),
                              &store::MeetingVisit::participant);
        if (!number || last == found->rows.rend()) {
          return answer(api::ApiError{
              404, "There was nobody with this number in the meeting.", {}, std::nullopt, api::codes::no_meeting});
        }
        open_visits(subject.account_id, subject.id, {*last},
                    [this, uuid = subject.id, answer = std::move(answer)](auto opened) mutable {
                      if (!opened) return answer(opened.error());
                      const std::int64_t visit = opened->front().visit.visit;
                      quality_.of_visits(uuid, visit, visit,
                                         std::move(answer).from([one = std::move(opened->front())](
                                                                    const std::vector<store::QualitySample>& samples) {
                                           return qos_participant_of(one, samples);
                                         }));
                    });
      });
}

}  // namespace sealhall::v2
