// Tested in endpoints_test.cc
// One's own templates: what is in one, and taking it away. v2 lists and makes them.
#include "server/schedule/api_shapes.h"
#include "server/schedule/endpoints.h"

namespace sealhall::schedule {
namespace {

using api::Access;
using api::Answer;
using api::Call;

shapes::TemplateContentView content_view(const TemplateContent& content) {
  const shapes::TemplateDetails& saved = content.saved;
  const shapes::Details& d = saved.details;
  return {content.id,
          saved.name,
          saved.type,
          saved.duration,
          d.topic,
          d.agenda,
          d.settings,
          d.recurrence,
          d.questions.questions.value_or(std::vector<shapes::Question>{}),
          d.questions.custom_questions.value_or(std::vector<shapes::CustomQuestion>{})};
}

Actor self(const api::CallBase& call) { return {call.caller.account_id, call.caller.user_id, false}; }

}  // namespace

void add_template_endpoints(api::Registry& registry, Service& service) {
  registry.add({"GET", "/api/me/meeting-templates/{template_id}", "Meetings", "What is in a template of mine",
                Access::signed_in()},
               [&service](Call<shapes::TemplatePath> call, Answer<shapes::TemplateContentView> answer) {
                 service.template_content(self(call), call.query.template_id, std::move(answer).from(&content_view));
               });
  registry.add({"DELETE", "/api/me/meeting-templates/{template_id}", "Meetings", "Remove a template of mine",
                Access::signed_in()},
               [&service](Call<shapes::TemplatePath> call, Answer<> answer) {
                 service.remove_template(self(call), call.query.template_id, std::move(answer).done());
               });
}

}  // namespace sealhall::schedule
