// Tested in server/control/history_test.cc
// /past_meetings, and what of /report/meetings is the same: one meeting that was held, who was there, what was asked.
#include <map>
#include <utility>

#include "server/api/text.h"
#include "server/schedule/sealing.h"
#include "server/v2/past.h"

namespace sealhall::v2 {
namespace {

using api::Access;
using enum api::Permission;

std::string at_text(std::uint64_t ms) { return api::rfc3339(UnixMicros{static_cast<std::int64_t>(ms) * 1000}); }

/// The chosen options of one question by each voter: several with ';' between, as programs of the field expect.
void add_votes(const wire::Poll& poll, std::size_t question, std::map<wire::ParticipantNumber, std::string>& answers) {
  if (question >= poll.results.size()) return;
  const wire::PollTally& tally = poll.results[question];
  for (std::size_t option = 0; option < tally.voters.size() && option < poll.questions[question].options.size();
       ++option) {
    for (const wire::ParticipantNumber voter : tally.voters[option].participants) {
      std::string& answer = answers[voter];
      answer += (answer.empty() ? "" : ";") + poll.questions[question].options[option];
    }
  }
}

/// Of an anonymous poll only the counts are known: each vote is a line of its own that nobody's name belongs to.
void add_anonymous(const wire::Poll& poll, std::vector<AnswersOfOne>& out) {
  for (std::size_t q = 0; q < poll.questions.size() && q < poll.results.size(); ++q) {
    const wire::PollTally& tally = poll.results[q];
    for (std::size_t o = 0; o < tally.votes.size() && o < poll.questions[q].options.size(); ++o) {
      for (std::uint32_t n = 0; n < tally.votes[o]; ++n) {
        out.push_back({"Anonymous Attendee",
                       "",
                       {{poll.questions[q].text, poll.questions[q].options[o], std::to_string(poll.poll), {}}}});
      }
    }
  }
}

}  // namespace

void Past::add_past_endpoints(api::Registry& registry) {
  constexpr std::string_view past = "Past meetings";
  constexpr std::string_view reports = "Reports";
  registry.add({.method = "GET",
                .path = "/v2/past_meetings/{past_meeting_id}",
                .tag = past,
                .summary = "Get a meeting that was held",
                .access = Access::owner("past_meeting_id", meetings_read, "meeting:read:past_meeting"),
                .description = "By number: the last time that it was held. By uuid: that time."},
               this, &Past::get);
  registry.add({"GET", "/v2/past_meetings/{past_meeting_id}/instances", past, "List the times that a meeting was held",
                Access::owner("past_meeting_id", meetings_read, "meeting:read:list_past_instances")},
               this, &Past::instances);
  registry.add({"GET", "/v2/past_meetings/{past_meeting_id}/participants", past, "List who was there",
                Access::owner("past_meeting_id", meetings_read, "meeting:read:list_past_participants")},
               this, &Past::participants);
  registry.add({"GET", "/v2/past_meetings/{past_meeting_id}/polls", past, "List what people voted",
                Access::owner("past_meeting_id", meetings_read, "meeting:read:list_past_polls")},
               this, &Past::polls);
  registry.add({"GET", "/v2/past_meetings/{past_meeting_id}/qa", past, "List questions and answers",
                Access::owner("past_meeting_id", meetings_read, "meeting:read:list_past_qa")},
               this, &Past::questions);
  registry.add({"GET", "/v2/report/meetings/{past_meeting_id}", reports, "Report on one meeting",
                Access::owner("past_meeting_id", reports_read, "report:read:meeting")},
               this, &Past::get);
  registry.add({"GET", "/v2/report/meetings/{past_meeting_id}/participants", reports, "Report on who was in a meeting",
                Access::owner("past_meeting_id", reports_read, "report:read:list_meeting_participants")},
               this, &Past::participants);
  registry.add({"GET", "/v2/report/meetings/{past_meeting_id}/polls", reports, "Report on the polls of a meeting",
                Access::owner("past_meeting_id", reports_read, "report:read:list_meeting_polls")},
               this, &Past::polls);
  registry.add({"GET", "/v2/report/meetings/{past_meeting_id}/qa", reports, "Report on the questions of a meeting",
                Access::owner("past_meeting_id", reports_read, "report:read:list_meeting_qa")},
               this, &Past::questions);
}

void Past::get(Call<PastPath> call, Answer<PastMeeting> answer) {
  open_run(call.subject, std::move(answer).from([this](const OpenRun& run) { return view_of(run); }));
}

void Past::instances(Call<PastPath> call, Answer<PastInstances> answer) {
  constexpr std::uint32_t most = 10'000;
  const auto& run = call.subject.as<store::RunSummary>().run;
  history_.list({.account_id = run.account_id,
                 .meeting_id = run.meeting_id,
                 .to = UnixMicros{std::int64_t{1} << 62},
                 .now = parts_.clock.now(),
                 .limit = most},
                std::move(answer).from([](const store::Listed<store::RunSummary>& found) {
                  PastInstances out;
                  for (const auto& s : found.rows) {
                    out.meetings.push_back({s.run.uuid, api::rfc3339(s.run.started_at)});
                  }
                  return out;
                }));
}

void Past::participants(Call<PastQuery> call, Answer<PastParticipantList> answer) {
  const auto window = api::window_of(call.query.page);
  if (!window) return answer(window.error());
  list_visits(call.subject, *window, std::move(answer).from([this](std::pair<api::Page, std::vector<OpenVisit>> found) {
    PastParticipantList list;
    list.page = found.first;
    for (const OpenVisit& v : found.second) list.participants.push_back(view_of(v));
    return list;
  }));
}

/// What was kept, and everybody who may be named in it. A log goes on after a crash under the next uuid: all its
/// runnings count.
void Past::kept(const api::Subject& subject, api::Done<Kept> done) {
  const auto& run = subject.as<store::RunSummary>().run;
  parts_.records(run.account_id, run.log_id, [this, run, done = std::move(done)](auto records) mutable {
    if (!records) return done(unexpected(schedule::from_vault(records.error())));
    history_.visits_of_log(
        run.account_id, run.log_id,
        [this, run, records = std::move(*records), done = std::move(done)](auto visits) mutable {
          if (!visits) return done(unexpected(api::from_store(visits.error())));
          std::vector<vault::SealedItem> items;
          for (const auto& v : *visits) {
            items.push_back({visit_context(run.account_id, v.uuid, v.visit.visit), v.visit.name_sealed});
          }
          parts_.vault.open_all(std::move(items), [records = std::move(records), visits = std::move(*visits),
                                                   done = std::move(done)](auto opened) mutable {
            Kept out{std::move(records), {}};
            for (std::size_t i = 0; i < visits.size(); ++i) {
              out.people.push_back(
                  {std::move(visits[i].visit), opened[i] ? std::string{as_text(*opened[i])} : std::string{}});
            }
            done(std::move(out));
          });
        });
  });
}

void Past::polls(Call<PastPath> call, Answer<PastAnswers> answer) {
  const auto run = call.subject.as<store::RunSummary>().run;
  kept(call.subject, std::move(answer).from([run](const Kept& kept) {
    PastAnswers out{run.uuid, meeting_number(run.meeting_id), api::rfc3339(run.started_at), {}};
    std::map<wire::ParticipantNumber, AnswersOfOne> by_voter;
    for (const wire::Record& record : kept.records) {
      const auto* poll = std::get_if<wire::PollRecord>(&record);
      if (poll == nullptr || poll->removed || poll->poll.votes == 0) continue;
      if (poll->poll.anonymous) {
        add_anonymous(poll->poll, out.questions);
        continue;
      }
      for (std::size_t q = 0; q < poll->poll.questions.size(); ++q) {
        std::map<wire::ParticipantNumber, std::string> answers;
        add_votes(poll->poll, q, answers);
        for (auto& [voter, text] : answers) {
          by_voter[voter].question_details.push_back(
              {poll->poll.questions[q].text, std::move(text), std::to_string(poll->poll.poll), {}});
        }
      }
    }
    for (auto& [voter, answers] : by_voter) {
      for (const OpenVisit& v : kept.people) {
        if (v.visit.participant != static_cast<std::int64_t>(voter)) continue;
        answers.name = v.name;
        answers.email = v.visit.login;
      }
      out.questions.push_back(std::move(answers));
    }
    return out;
  }));
}

void Past::questions(Call<PastPath> call, Answer<PastAnswers> answer) {
  const auto run = call.subject.as<store::RunSummary>().run;
  kept(call.subject, std::move(answer).from([run](const Kept& kept) {
    PastAnswers out{run.uuid, meeting_number(run.meeting_id), api::rfc3339(run.started_at), {}};
    for (const wire::Record& record : kept.records) {
      const auto* asked = std::get_if<wire::QuestionRecord>(&record);
      if (asked == nullptr || asked->question.state == wire::QuestionState::dismissed) continue;
      const wire::Question& q = asked->question;
      AnswersOfOne one{q.name.empty() ? "Anonymous Attendee" : q.name, "", {}};
      for (const OpenVisit& v : kept.people) {
        if (q.from && v.visit.participant == static_cast<std::int64_t>(*q.from)) one.email = v.visit.login;
      }
      std::string text;
      for (const wire::Answer& a : q.answers) text += (text.empty() ? "" : "\n") + a.text;
      if (text.empty() && q.state == wire::QuestionState::answered) text = "live answered";
      one.question_details.push_back({q.text, std::move(text), {}, at_text(q.asked_at_ms)});
      out.questions.push_back(std::move(one));
    }
    return out;
  }));
}

}  // namespace sealhall::v2
