// Tested in server/control/v2_people_test.cc
// Who may schedule for whom: assistants, and the people whom they schedule for.
#include <utility>

#include "core/base/ascii.h"
#include "server/api/text.h"
#include "server/v2/past.h"
#include "server/v2/people.h"

namespace sealhall::v2 {
namespace {

std::vector<Scheduler> view_of(const std::vector<store::Assistants::Entry>& entries) {
  std::vector<Scheduler> out;
  for (const auto& e : entries) {
    Scheduler s{e.id, e.login, std::nullopt};
    if (!e.personal_meeting.empty()) s.pmi = meeting_number(e.personal_meeting);
    out.push_back(std::move(s));
  }
  return out;
}

}  // namespace

/// Looks one after the other up, then adds them all: a request has at most 30.
struct People::AddingAssistants {
  People& people;
  api::Subject subject;
  std::vector<AssistantReference> wanted;
  std::vector<std::string> ids;
  Answer<AddedAssistants> answer;

  static void next(const std::shared_ptr<AddingAssistants>& self) {
    if (self->wanted.empty()) return finish(self);
    const AssistantReference reference = std::move(self->wanted.back());
    self->wanted.pop_back();
    const std::string named = ascii_lower(reference.email.value_or(""));
    const std::string who = reference.id && !reference.id->empty() ? *reference.id : named;
    self->people.profiles_.find(who, [self, who](auto person) {
      if (!person) return self->answer(api::from_store(person.error()));
      if (!*person || (*person)->account_id != self->subject.account_id || (*person)->disabled)
        return self->answer(api::no_user(who));
      if ((*person)->id == self->subject.id)
        return self->answer(api::wrong_field("assistants", "Nobody is an assistant of their own."));
      self->ids.push_back((*person)->id);
      next(self);
    });
  }
  static void finish(const std::shared_ptr<AddingAssistants>& self) {
    AddedAssistants added;
    added.add_at = api::rfc3339(self->people.parts_.clock.now());
    for (const std::string& id : self->ids) added.ids += (added.ids.empty() ? "" : ",") + id;
    self->people.assistants_.add(self->subject.id, std::move(self->ids), self->people.parts_.clock.now(),
                                 std::move(self->answer).from([added] { return added; }));
  }
};

void People::add_assistant_endpoints(api::Registry& registry) {
  using api::Access;
  using enum api::Permission;
  constexpr std::string_view tag = "Users";
  const auto missing = [](auto& answer) {
    return [answer = std::move(answer)](auto done) mutable {
      if (!done && done.error() == store::StoreError::not_found)
        return answer(api::no_user("there is no such assistant"));
      done ? answer() : answer(api::from_store(done.error()));
    };
  };
  registry.add({"GET", "/v2/users/{user_id}/schedulers", tag, "For whom this person may schedule",
                Access::owner("user_id", users_read, "user:read:list_schedulers")},
               [this](Call<UserPath> call, Answer<SchedulerList> answer) {
                 assistants_.served_by(call.subject.id, std::move(answer).from([](const auto& entries) {
                   return SchedulerList{view_of(entries)};
                 }));
               });
  registry.add({"DELETE", "/v2/users/{user_id}/schedulers", tag, "Let this person schedule for nobody else",
                Access::owner("user_id", users_write, "user:delete:scheduler")},
               [this](Call<UserPath> call, Answer<> answer) {
                 assistants_.stop_assisting(call.subject.id, std::move(answer).done());
               });
  registry.add({"DELETE", "/v2/users/{user_id}/schedulers/{scheduler_id}", tag,
                "Let this person no longer schedule for that one",
                Access::owner("user_id", users_write, "user:delete:scheduler")},
               [this, missing](Call<SchedulerPath> call, Answer<> answer) {
                 assistants_.remove(call.query.scheduler_id, call.subject.id, missing(answer));
               });
  registry.add({"GET", "/v2/users/{user_id}/assistants", tag, "Who may schedule for this person",
                Access::owner("user_id", users_read, "user:read:list_assistants")},
               [this](Call<UserPath> call, Answer<AssistantList> answer) {
                 assistants_.of(call.subject.id, std::move(answer).from([](const auto& entries) {
                   return AssistantList{view_of(entries)};
                 }));
               });
  registry.add({.method = "POST",
                .path = "/v2/users/{user_id}/assistants",
                .tag = tag,
                .summary = "Let others schedule for this person",
                .access = Access::owner("user_id", users_write, "user:write:assistant"),
                .status = 201,
                .description = "They name the person in `schedule_for` of a new meeting, and may look at, change and "
                               "cancel meetings of the person. They get no link that starts them."},
               [this](Call<UserPath, AddAssistants> call, Answer<AddedAssistants> answer) {
                 auto adding = std::make_shared<AddingAssistants>(
                     AddingAssistants{*this, call.subject, std::move(call.body.assistants), {}, std::move(answer)});
                 AddingAssistants::next(adding);
               });
  registry.add({"DELETE", "/v2/users/{user_id}/assistants", tag, "Let nobody else schedule for this person",
                Access::owner("user_id", users_write, "user:delete:assistant")},
               [this](Call<UserPath> call, Answer<> answer) {
                 assistants_.remove_all(call.subject.id, std::move(answer).done());
               });
  registry.add({"DELETE", "/v2/users/{user_id}/assistants/{assistant_id}", tag,
                "Let that one no longer schedule for this person",
                Access::owner("user_id", users_write, "user:delete:assistant")},
               [this, missing](Call<AssistantPath> call, Answer<> answer) {
                 assistants_.remove(call.subject.id, call.query.assistant_id, missing(answer));
               });
}

}  // namespace sealhall::v2
