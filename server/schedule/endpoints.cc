#include "server/schedule/endpoints.h"

#include <charconv>
#include <memory>

#include "server/schedule/api_shapes.h"

namespace sealhall::schedule {
namespace {

using api::Access;
using api::Answer;
using api::ApiError;
using api::Call;
using api::Permission;
using namespace shapes;

constexpr std::string_view tag = "Meetings";
constexpr std::string_view registrant_tag = "Registrants";
// Agendas and lists of invited people are longer than what usual requests carry.
constexpr std::size_t large_body = 128U << 10;

Actor actor_of(const api::CallBase& call, std::string_view scope) {
  return {call.caller.account_id, call.caller.user_id, call.caller.may(Permission::meetings_write, scope)};
}

std::uint64_t number_of(std::string_view id) {
  std::uint64_t number = 0;
  std::from_chars(id.data(), id.data() + id.size(), number);
  return number;
}

/// Who owns the meeting, or may change it, gets a link to start it.
bool may_start(const api::CallBase& call) {
  return call.caller.user_id == call.subject.owner_id ||
         call.caller.may(Permission::meetings_write, "meeting:update:meeting");
}

std::string_view word_of(store::RegistrantStatus status) {
  switch (status) {
    case store::RegistrantStatus::pending:
      return "pending";
    case store::RegistrantStatus::approved:
      return "approved";
    case store::RegistrantStatus::denied:
      return "denied";
    case store::RegistrantStatus::cancelled:
      return "cancelled";
  }
  return "";
}

RegistrantView view_of(const RegistrantInfo& info) {
  const RegistrantBody& b = info.body;
  RegistrantView v;
  v.id = info.id;
  v.email = b.email;
  v.first_name = b.first_name;
  v.last_name = b.last_name.value_or("");
  v.address = b.address.value_or("");
  v.city = b.city.value_or("");
  v.country = b.country.value_or("");
  v.zip = b.zip.value_or("");
  v.state = b.state.value_or("");
  v.phone = b.phone.value_or("");
  v.industry = b.industry.value_or("");
  v.org = b.org.value_or("");
  v.job_title = b.job_title.value_or("");
  v.comments = b.comments.value_or("");
  v.custom_questions = b.custom_questions.value_or(std::vector<CustomAnswer>{});
  v.status = word_of(info.status);
  v.create_time = info.create_time;
  v.join_url = info.join_url;
  v.occurrence_ids = b.occurrence_ids;
  return v;
}

RegisteredView view_of(const Registered& r) {
  RegisteredView v{number_of(r.meeting_id), r.id, r.topic, r.start_time, r.join_url, {}};
  if (!r.occurrences.empty()) v.occurrences = r.occurrences;
  return v;
}

class Endpoints {
 public:
  explicit Endpoints(Service& service) : service_(service) {}

  void list(Call<UserMeetings> call, Answer<MeetingList> answer) {
    const auto window = api::window_of(call.query.page);
    if (!window) return answer(window.error());
    auto reply = std::move(answer).from([](MeetingList list) { return list; });
    using Which = store::Schedule::Which;
    switch (call.query.type.value_or(ListType::scheduled)) {
      case ListType::live:
        return service_.list_running(call.subject.id, *window, std::move(reply));
      case ListType::scheduled:
        return service_.list(call.subject.id, Which::scheduled, *window, std::move(reply));
      case ListType::upcoming:
      case ListType::upcoming_meetings:
        return service_.list(call.subject.id, Which::upcoming, *window, std::move(reply));
      case ListType::previous_meetings:
        return service_.list(call.subject.id, Which::previous, *window, std::move(reply));
    }
  }
  void create(Call<UserPath, MeetingBody> call, Answer<MeetingView> answer) {
    const Actor actor = actor_of(call, "meeting:write:meeting");
    MeetingBody body = std::move(call.body);
    service_.check_tracking(
        actor.account_id, body, true,
        [this, actor, owner = call.subject.id, body, answer = std::move(answer)](auto fine) mutable {
          if (!fine) return answer(fine.error());
          service_.create(actor, owner, std::move(body), std::move(answer).from([](MeetingView view) { return view; }));
        });
  }
  void get(Call<MeetingQuery> call, Answer<MeetingView> answer) {
    service_.get(call.subject.id,
                 {.previous_occurrences = call.query.show_previous_occurrences.value_or(false),
                  .occurrence = call.query.occurrence_id,
                  .for_host = may_start(call)},
                 std::move(answer).from([](MeetingView view) { return view; }));
  }
  void change(Call<MeetingQuery, MeetingBody> call, Answer<> answer) {
    const Actor actor = actor_of(call, "meeting:update:meeting");
    MeetingBody body = std::move(call.body);
    service_.check_tracking(actor.account_id, body, false,
                            [this, actor, id = call.subject.id, occurrence = call.query.occurrence_id, body,
                             answer = std::move(answer)](auto fine) mutable {
                              if (!fine) return answer(fine.error());
                              service_.change(actor, id, std::move(occurrence), std::move(body),
                                              std::move(answer).done());
                            });
  }
  void remove(Call<DeleteQuery> call, Answer<> answer) {
    service_.remove(actor_of(call, "meeting:delete:meeting"), call.subject.id,
                    {call.query.occurrence_id, call.query.cancel_meeting_reminder.value_or(true)},
                    std::move(answer).done());
  }
  /// A deleted meeting has no owner that the registry could find: the service checks who may have it back.
  void status(Call<MeetingPath, MeetingAction> call, Answer<> answer) {
    const Actor actor = actor_of(call, "meeting:update:status");
    const std::string id = call.query.meeting_id;
    if (call.body.action == "recover") return service_.recover(actor, id, std::move(answer).done());
    if (call.body.action != "end") return answer(api::wrong_field("action", "end or recover."));
    service_.simple(id, [this, actor, id, answer = std::move(answer)](auto meeting) mutable {
      if (!meeting) return answer(meeting.error());
      if (!*meeting || (*meeting)->account_id != actor.account_id) return answer(no_meeting(id));
      const std::string owner = (*meeting)->owner_id;
      service_.may_schedule(actor, owner,
                            [this, id, running = (*meeting)->id, answer = std::move(answer)](auto may) mutable {
                              if (!may) return answer(may.error());
                              if (!*may) return answer(no_meeting(id));
                              service_.end(running, std::move(answer).done());
                            });
    });
  }
  void invitation(Call<MeetingPath> call, Answer<InvitationView> answer) {
    service_.invitation(call.subject.id,
                        std::move(answer).from([](std::string text) { return InvitationView{std::move(text), {}}; }));
  }
  void invite_links(Call<MeetingPath, InviteBody> call, Answer<InviteLinks> answer) {
    std::vector<std::string> names;
    for (InviteAttendee& a : call.body.attendees) names.push_back(std::move(a.name));
    service_.invite_links(call.subject.id, std::move(names), std::move(answer).from([](std::vector<InviteLink> links) {
      InviteLinks out;
      for (InviteLink& l : links) out.attendees.push_back({std::move(l.name), std::move(l.join_url)});
      return out;
    }));
  }

  void registrants(Call<RegistrantQuery> call, Answer<RegistrantList> answer) {
    const auto window = api::window_of(call.query.page);
    if (!window) return answer(window.error());
    const auto status = static_cast<store::RegistrantStatus>(call.query.status.value_or(RegistrantState::approved));
    service_.registrants(call.subject.id, status, std::move(call.query.occurrence_id), *window,
                         std::move(answer).from([window = *window](RegistrantPage page) {
                           RegistrantList list;
                           list.page = window.page(page.total);
                           for (const RegistrantInfo& info : page.registrants)
                             list.registrants.push_back(view_of(info));
                           return list;
                         }));
  }
  void enrol(Call<EnrolQuery, RegistrantBody> call, Answer<RegisteredView> answer) {
    if (call.query.occurrence_ids) call.body.occurrence_ids = addresses_in(*call.query.occurrence_ids);
    service_.register_people(call.subject.id, {std::move(call.body)}, false,
                             std::move(answer).from([](std::vector<Registered> all) { return view_of(all.at(0)); }));
  }
  void batch(Call<MeetingPath, BatchBody> call, Answer<BatchList> answer) {
    service_.register_people(
        call.subject.id, std::move(call.body.registrants), call.body.auto_approve.value_or(false),
        std::move(answer).from([](std::vector<Registered> all) {
          BatchList out;
          for (Registered& r : all)
            out.registrants.push_back({std::move(r.id), std::move(r.email), std::move(r.join_url)});
          return out;
        }));
  }
  void registrant(Call<RegistrantPath> call, Answer<RegistrantView> answer) {
    service_.registrant(call.subject.id, call.query.registrant_id,
                        std::move(answer).from([](const RegistrantInfo& info) { return view_of(info); }));
  }
  void remove_registrant(Call<RegistrantPath> call, Answer<> answer) {
    service_.remove_registrant(call.subject.id, call.query.registrant_id, std::move(answer).done());
  }
  void decide(Call<MeetingPath, DecisionBody> call, Answer<> answer) {
    using enum store::RegistrantStatus;
    const std::string& action = call.body.action;
    if (action != "approve" && action != "deny" && action != "cancel")
      return answer(api::wrong_field("action", "approve, deny or cancel."));
    std::vector<RegistrantName> who;
    for (NamedRegistrant& r : call.body.registrants.value_or(std::vector<NamedRegistrant>{}))
      who.push_back({r.id.value_or(""), r.email.value_or("")});
    service_.decide(call.subject.id, std::move(who),
                    action == "approve" ? approved
                    : action == "deny"  ? denied
                                        : cancelled,
                    std::move(answer).done());
  }
  void questions(Call<MeetingPath> call, Answer<QuestionList> answer) {
    service_.questions(call.subject.id, std::move(answer).from([](Questions q) {
      return QuestionList{std::move(*q.questions), std::move(*q.custom_questions)};
    }));
  }
  void set_questions(Call<MeetingPath, Questions> call, Answer<> answer) {
    service_.set_questions(actor_of(call, "meeting:update:registration_question"), call.subject.id,
                           std::move(call.body), std::move(answer).done());
  }
  void templates(Call<UserPath> call, Answer<TemplateList> answer) {
    service_.templates(call.subject.account_id, call.subject.id,
                       std::move(answer).from([](std::vector<TemplateEntry> entries) {
                         TemplateList list;
                         list.total_records = static_cast<std::uint32_t>(entries.size());
                         for (TemplateEntry& e : entries)
                           list.templates.push_back({std::move(e.id), std::move(e.name), e.type});
                         return list;
                       }));
  }
  /// The meeting must be the same person's as the template.
  void save_template(Call<UserPath, NewTemplate> call, Answer<TemplateView> answer) {
    const std::string id = std::to_string(call.body.meeting_id);
    const Actor actor = actor_of(call, "meeting:write:meeting");
    service_.simple(id, [this, actor, id, owner = call.subject.id, body = std::move(call.body),
                         answer = std::move(answer)](auto meeting) mutable {
      if (!meeting) return answer(meeting.error());
      if (!*meeting || (*meeting)->account_id != actor.account_id || (*meeting)->owner_id != owner)
        return answer(no_meeting(id));
      const std::string name = body.name.value_or((*meeting)->topic);
      service_.save_template(actor, id, name, body.save_recurrence.value_or(false),
                             std::move(answer).from([](TemplateEntry e) {
                               return TemplateView{std::move(e.id), std::move(e.name), e.type};
                             }));
    });
  }

 private:
  Service& service_;
};

}  // namespace

void resolve_meetings(api::Registry& registry, Service& service) {
  registry.resolve("meeting_id",
                   [&service](const api::Caller& caller, std::string id, api::Done<std::optional<api::Subject>> done) {
                     Actor actor{caller.account_id, caller.user_id, false};
                     service.simple(std::move(id), [&service, actor = std::move(actor),
                                                    done = std::move(done)](auto meeting) mutable {
                       if (!meeting) return done(unexpected(meeting.error()));
                       if (!*meeting) return done(std::optional<api::Subject>{});
                       api::Subject subject{(*meeting)->id, (*meeting)->account_id, (*meeting)->owner_id, {}, {}};
                       subject.object = std::move(**meeting);
                       if (subject.owner_id == actor.user_id) return done(std::optional{std::move(subject)});
                       const std::string owner = subject.owner_id;
                       service.may_schedule(actor, owner,
                                            [subject = std::move(subject), user = actor.user_id,
                                             done = std::move(done)](auto may) mutable {
                                              if (!may) return done(unexpected(may.error()));
                                              if (*may) subject.assistants.push_back(user);
                                              done(std::optional{std::move(subject)});
                                            });
                     });
                   },
                   {404, "There is no such meeting.", {}, std::nullopt, api::codes::no_meeting});
}

void add_schedule_endpoints(api::Registry& registry, Service& service) {
  using enum Permission;
  // The handlers keep it alive: they live as long as the registry.
  const auto here = std::make_shared<Endpoints>(service);
  const auto add = [&registry, here]<class Q, class B, class R>(const api::Endpoint& endpoint,
                                                                void (Endpoints::*method)(Call<Q, B>, Answer<R>)) {
    registry.add(endpoint, [here, method](Call<Q, B> call, Answer<R> answer) {
      ((*here).*method)(std::move(call), std::move(answer));
    });
  };
  add({"GET", "/v2/users/{user_id}/meetings", tag, "List a person's meetings",
       Access::owner("user_id", meetings_read, "meeting:read:list_meetings")},
      &Endpoints::list);
  add({"POST", "/v2/users/{user_id}/meetings", tag, "Schedule a meeting",
       Access::owner("user_id", meetings_write, "meeting:write:meeting"), 201, large_body},
      &Endpoints::create);
  add({"GET", "/v2/users/{user_id}/meeting_templates", tag, "List a person's templates",
       Access::owner("user_id", meetings_read, "meeting:read:list_templates")},
      &Endpoints::templates);
  add({"POST", "/v2/users/{user_id}/meeting_templates", tag, "Save a meeting as a template",
       Access::owner("user_id", meetings_write, "meeting:write:template"), 201},
      &Endpoints::save_template);
  add({"GET", "/v2/meetings/{meeting_id}", tag, "Get a meeting",
       Access::owner("meeting_id", meetings_read, "meeting:read:meeting").also_assistants()},
      &Endpoints::get);
  add({"PATCH", "/v2/meetings/{meeting_id}", tag, "Change a meeting, or one of a series",
       Access::owner("meeting_id", meetings_write, "meeting:update:meeting").also_assistants(), 204, large_body},
      &Endpoints::change);
  add({"DELETE", "/v2/meetings/{meeting_id}", tag, "Cancel a meeting, or one of a series",
       Access::owner("meeting_id", meetings_write, "meeting:delete:meeting").also_assistants()},
      &Endpoints::remove);
  add({"PUT", "/v2/meetings/{meeting_id}/status", tag, "End a meeting, or have a deleted one back",
       Access::signed_in("meeting:update:status")},
      &Endpoints::status);
  add({"GET", "/v2/meetings/{meeting_id}/invitation", tag, "Get the text of the invitation",
       Access::owner("meeting_id", meetings_read, "meeting:read:invitation").also_assistants()},
      &Endpoints::invitation);
  add({"POST", "/v2/meetings/{meeting_id}/invite_links", tag, "Make links for people by name",
       Access::owner("meeting_id", meetings_write, "meeting:write:invite_links").also_assistants(), 201},
      &Endpoints::invite_links);

  add({"GET", "/v2/meetings/{meeting_id}/registrants", registrant_tag, "List registrants",
       Access::owner("meeting_id", meetings_read, "meeting:read:list_registrants").also_assistants()},
      &Endpoints::registrants);
  add({"POST", "/v2/meetings/{meeting_id}/registrants", registrant_tag, "Register somebody",
       Access::owner("meeting_id", meetings_write, "meeting:write:registrant").also_assistants(), 201},
      &Endpoints::enrol);
  add({"POST", "/v2/meetings/{meeting_id}/batch_registrants", registrant_tag, "Register several people",
       Access::owner("meeting_id", meetings_write, "meeting:write:batch_registrants").also_assistants(), 201,
       large_body},
      &Endpoints::batch);
  add({"PUT", "/v2/meetings/{meeting_id}/registrants/status", registrant_tag, "Approve, deny or cancel registrations",
       Access::owner("meeting_id", meetings_write, "meeting:update:registrant_status").also_assistants()},
      &Endpoints::decide);
  add({"GET", "/v2/meetings/{meeting_id}/registrants/questions", registrant_tag, "Get the questions that are asked",
       Access::owner("meeting_id", meetings_read, "meeting:read:list_registration_questions").also_assistants()},
      &Endpoints::questions);
  add({"PATCH", "/v2/meetings/{meeting_id}/registrants/questions", registrant_tag,
       "Change the questions that are asked",
       Access::owner("meeting_id", meetings_write, "meeting:update:registration_question").also_assistants(), 204,
       large_body},
      &Endpoints::set_questions);
  add({"GET", "/v2/meetings/{meeting_id}/registrants/{registrant_id}", registrant_tag, "Get a registrant",
       Access::owner("meeting_id", meetings_read, "meeting:read:registrant").also_assistants()},
      &Endpoints::registrant);
  add({"DELETE", "/v2/meetings/{meeting_id}/registrants/{registrant_id}", registrant_tag, "Remove a registrant",
       Access::owner("meeting_id", meetings_write, "meeting:delete:registrant").also_assistants()},
      &Endpoints::remove_registrant);
}

}  // namespace sealhall::schedule
