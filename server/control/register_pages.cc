// Tested in scheduling_test.cc
// Where people register for a meeting: a form with what the host asks, and what became of it.
#include <utility>
#include <vector>

#include "server/api/html.h"
#include "server/api/text.h"
#include "server/control/api.h"
#include "server/schedule/choice.h"
#include "server/schedule/texts.h"
#include "server/schedule/time_text.h"

namespace sealhall::control {
namespace {

using api::html_escape;
using api::html_page;

/// What the standard questions are called, in the words of the form.
std::string label_of(std::string_view field) {
  if (field == "last_name") return "Last name";
  if (field == "org") return "Organisation";
  if (field == "job_title") return "Job title";
  if (field == "zip") return "Postal code";
  if (field == "occurrence_ids") return "When";
  std::string label{field};
  for (char& c : label) c = c == '_' ? ' ' : c;
  if (!label.empty() && label[0] >= 'a' && label[0] <= 'z') label[0] = static_cast<char>(label[0] - 32);
  return label;
}

std::string input(const std::string& name, std::string_view label, bool required, std::string_view type = "text") {
  return "<label for=\"" + name + "\">" + html_escape(label) + "</label><input id=\"" + name + "\" name=\"" + name +
         "\" type=\"" + std::string{type} + "\" maxlength=\"254\"" + (required ? " required" : "") + ">\n";
}

std::string choice(const std::string& name, const schedule::shapes::CustomQuestion& q) {
  std::string html = "<label for=\"" + name + "\">" + html_escape(q.title) + "</label><select id=\"" + name +
                     "\" name=\"" + name + "\"" + (q.required.value_or(false) ? " required" : "") +
                     "><option value=\"\"></option>";
  for (const std::string& answer : q.answers.value_or(std::vector<std::string>{}))
    html += "<option>" + html_escape(answer) + "</option>";
  return html + "</select>\n";
}

/// For a series that is registered for by its times.
std::string times_of(const schedule::Meeting& meeting, schedule::Zones& zones, UnixMicros now) {
  const std::uint32_t type = schedule::registration_type_of(meeting);
  const schedule::TimeZone* zone = zones.find(meeting.row.timezone);
  if (type == 1 || zone == nullptr) return "";
  std::string html = "<fieldset><legend>When</legend>";
  for (const schedule::Occurrence& o : meeting.occurrences) {
    if (o.deleted || schedule::to_micros(o.start + std::chrono::minutes{o.duration}) <= now) continue;
    const std::string id = schedule::occurrence_id(o.original_start);
    html += "<p><input id=\"t" + id + "\" name=\"occurrence_ids\" type=\"" + (type == 2 ? "radio" : "checkbox") +
            "\" value=\"" + id + "\"" + (type == 2 ? " required" : "") + "> <label for=\"t" + id + "\">" +
            html_escape(schedule::told_time(schedule::Language::english, o.start, *zone, meeting.row.timezone)) +
            "</label></p>";
  }
  return html + "</fieldset>\n";
}

std::string form_of(const schedule::Meeting& meeting, std::string_view problem, const std::string& times) {
  std::string html;
  if (!problem.empty()) html += "<p role=\"alert\"><strong>" + html_escape(problem) + "</strong></p>";
  html += "<form method=\"post\">" + input("first_name", "First name", true) +
          input("email", "Mail address", true, "email") + times;
  bool last_name = false;
  const auto& asked = meeting.details.questions;
  for (const auto& q : asked.questions.value_or(std::vector<schedule::shapes::Question>{})) {
    html += input(q.field_name, label_of(q.field_name), q.required.value_or(false));
    last_name = last_name || q.field_name == "last_name";
  }
  if (!last_name) html += input("last_name", "Last name", false);
  std::size_t i = 0;
  for (const auto& q : asked.custom_questions.value_or(std::vector<schedule::shapes::CustomQuestion>{})) {
    const std::string name = "question" + std::to_string(i++);
    html += q.type == "single" ? choice(name, q) : input(name, q.title, q.required.value_or(false));
  }
  return html + "<button>Register</button></form>";
}

std::string about(const schedule::Meeting& meeting, schedule::Zones& zones) {
  std::string html = "<p>" + html_escape(meeting.owner.name) + " invites you.</p>";
  const schedule::TimeZone* zone = zones.find(meeting.row.timezone);
  if (meeting.row.start_at && zone != nullptr) {
    html += "<p>" +
            html_escape(schedule::told_time(schedule::Language::english, schedule::moment_at(*meeting.row.start_at),
                                            *zone, meeting.row.timezone)) +
            "</p>";
  }
  if (!meeting.details.agenda.empty()) html += "<pre>" + html_escape(meeting.details.agenda) + "</pre>";
  return html;
}

io::HttpResponse no_such_page() {
  return html_page(404, "No such registration", "<p>Please check the link with the person who sent it.</p>");
}

schedule::shapes::RegistrantBody body_of(const std::vector<api::Parameter>& fields, const schedule::Meeting& meeting) {
  schedule::shapes::RegistrantBody body;
  std::vector<api::Parameter> simple = fields;
  std::erase_if(simple, [](const api::Parameter& field) { return field.name == "occurrence_ids"; });
  static_cast<void>(api::read_parameters(simple, api::type_of<schedule::shapes::RegistrantBody>(), &body));
  // Nobody approves themselves.
  body.auto_approve.reset();
  body.custom_questions.reset();
  body.occurrence_ids.reset();
  for (const api::Parameter& field : fields) {
    if (field.name != "occurrence_ids") continue;
    if (!body.occurrence_ids) body.occurrence_ids.emplace();
    body.occurrence_ids->push_back(field.value);
  }
  std::size_t i = 0;
  for (const auto& q :
       meeting.details.questions.custom_questions.value_or(std::vector<schedule::shapes::CustomQuestion>{})) {
    const std::string name = "question" + std::to_string(i++);
    for (const api::Parameter& field : fields) {
      if (field.name != name || field.value.empty()) continue;
      if (!body.custom_questions) body.custom_questions.emplace();
      body.custom_questions->push_back({q.title, field.value});
    }
  }
  return body;
}

}  // namespace

void Api::register_page(Call<shapes::MeetingPath> call, Page answer) {
  parts_.schedule.load(call.query.meeting_id, [this, answer = std::move(answer)](auto meeting) mutable {
    if (!meeting && meeting.error().status != 404) return answer(meeting.error());
    if (!meeting || !meeting->wants_registration()) return answer(no_such_page());
    const std::string times = times_of(*meeting, parts_.schedule.zones(), parts_.clock.now());
    answer(html_page(200, meeting->details.topic,
                     about(*meeting, parts_.schedule.zones()) + form_of(*meeting, "", times)));
  });
}

void Api::register_form(Call<shapes::MeetingPath> call, Page answer) {
  auto fields = api::parse_parameters(call.http.body);
  if (!fields) return answer(fields.error());
  parts_.schedule.load(call.query.meeting_id, [this, fields = std::move(*fields),
                                               answer = std::move(answer)](auto meeting) mutable {
    if (!meeting && meeting.error().status != 404) return answer(meeting.error());
    if (!meeting || !meeting->wants_registration()) return answer(no_such_page());
    const std::string id = meeting->row.id;
    // Before the call: which of its arguments is made first is not said, and one takes the meeting away.
    std::vector<schedule::shapes::RegistrantBody> people{body_of(fields, *meeting)};
    parts_.schedule.register_people(
        id, std::move(people), false,
        [this, meeting = std::move(*meeting), answer = std::move(answer)](auto done) mutable {
          if (!done && done.error().status < 500) {
            const ApiError& error = done.error();
            const std::string problem =
                error.errors.empty() ? error.message : label_of(error.errors[0].field) + ": " + error.errors[0].message;
            const std::string times = times_of(meeting, parts_.schedule.zones(), parts_.clock.now());
            return answer(html_page(error.status, meeting.details.topic,
                                    about(meeting, parts_.schedule.zones()) + form_of(meeting, problem, times)));
          }
          if (!done) return answer(done.error());
          // The link goes to the address alone: whoever fills in the form has not shown that it is theirs.
          answer(html_page(200, "Thank you",
                           done->at(0).join_url
                               ? "<p>You are registered. Your link is on its way to your mail address.</p>"
                               : "<p>The host will look at your registration, and you will get a mail.</p>"));
        });
  });
}

}  // namespace sealhall::control
