// Where people register for a meeting: a form with what the host asks, and what comes next. Without script, in the
// reader's language.
#include <algorithm>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/api/html.h"
#include "server/api/text.h"
#include "server/control/api.h"
#include "server/control/register_words.h"
#include "server/identity/account_words.h"
#include "server/schedule/choice.h"
#include "server/schedule/content.h"
#include "server/schedule/texts.h"
#include "server/schedule/time_text.h"

namespace sealhall::control {
namespace {

using api::html_escape;
using schedule::Language;
using schedule::shapes::CustomQuestion;
using Fields = std::vector<api::Parameter>;

constexpr std::size_t line_limit = 254;
constexpr std::size_t name_limit = 64;
constexpr std::size_t text_limit = 2000;

Language language_of(const api::CallBase& call, const std::optional<std::string>& wish) {
  return identity::reading_of(call.http, wish) == identity::Reading::english ? Language::english
                                                                             : Language::traditional_chinese;
}

/// Whether what is answered has a place in a registration; other standard questions of v2 have none, and are not asked.
bool has_place(std::string_view field) { return field_words(field, Language::english).label != field; }

/// A page about one registration. `filled` is what was sent the last time, so that nobody writes it twice.
class RegisterPage {
 public:
  RegisterPage(Language language, std::string id, Fields filled = {})
      : language_(language), id_(std::move(id)), filled_(std::move(filled)) {}

  [[nodiscard]] Language language() const noexcept { return language_; }
  [[nodiscard]] std::string word(RegisterWord w, std::initializer_list<std::string_view> values = {}) const {
    return html_escape(register_word(w, language_, values));
  }
  [[nodiscard]] std::string paragraph(RegisterWord w, std::initializer_list<std::string_view> values = {}) const {
    return "<p>" + word(w, values) + "</p>";
  }
  [[nodiscard]] io::HttpResponse of(int status, std::string_view title, const std::string& body) const {
    const bool chinese = language_ == Language::traditional_chinese;
    const std::string other = "<p><a lang=\"" + std::string{chinese ? "en" : "zh-Hant"} + "\" href=\"/register/" +
                              html_escape(io::percent_encode(id_)) + "?lang=" + (chinese ? "en" : "zh-TW") + "\">" +
                              (chinese ? "English" : "繁體中文") + "</a></p>";
    return api::html_page(
        {.status = status, .title = title, .body = body + other, .language = chinese ? "zh-Hant" : "en"});
  }
  [[nodiscard]] io::HttpResponse none() const {
    return of(404, register_word(RegisterWord::no_such_title, language_), paragraph(RegisterWord::no_such_text));
  }

  [[nodiscard]] std::string form(const schedule::Meeting& meeting, const std::string& problem,
                                 const std::string& times) const {
    std::string html;
    if (!problem.empty()) html += "<p role=\"alert\"><strong>" + html_escape(problem) + "</strong></p>";
    html += "<form method=\"post\">" + standard("first_name", true) + standard("email", true) + times;
    const auto& asked = meeting.details.questions;
    const auto questions = asked.questions.value_or(std::vector<schedule::shapes::Question>{});
    if (std::ranges::none_of(questions, [](const auto& q) { return q.field_name == "last_name"; }))
      html += standard("last_name", false);
    for (const auto& q : questions) {
      if (has_place(q.field_name)) html += standard(q.field_name, q.required.value_or(false));
    }
    std::size_t i = 0;
    for (const CustomQuestion& q : asked.custom_questions.value_or(std::vector<CustomQuestion>{})) {
      const std::string name = "question" + std::to_string(i++);
      html += q.type == "single" ? choice(name, q) : own(name, q);
    }
    html += meeting.row.approval == 0 ? paragraph(RegisterWord::at_once)
                                      : paragraph(RegisterWord::decided, {meeting.owner.name});
    return html + "<button>" + word(RegisterWord::send) + "</button></form>";
  }

  /// For a series that is registered for by its times.
  [[nodiscard]] std::string times(const schedule::Meeting& meeting, schedule::Zones& zones, UnixMicros now) const {
    const std::uint32_t type = schedule::registration_type_of(meeting);
    const schedule::TimeZone* zone = zones.find(meeting.row.timezone);
    if (type == 1 || zone == nullptr) return "";
    std::string html = "<fieldset><legend>" + word(RegisterWord::when) + "</legend>";
    for (const schedule::Occurrence& o : meeting.occurrences) {
      if (o.deleted || schedule::to_micros(o.start + std::chrono::minutes{o.duration}) <= now) continue;
      const std::string id = schedule::occurrence_id(o.original_start);
      html += "<p><input id=\"t" + id + "\" name=\"occurrence_ids\" type=\"" + (type == 2 ? "radio" : "checkbox") +
              "\" value=\"" + id + "\"" + (type == 2 ? " required" : "") +
              (was_sent("occurrence_ids", id) ? " checked" : "") + "> <label for=\"t" + id + "\">" +
              html_escape(schedule::told_time(language_, o.start, *zone, meeting.row.timezone)) + "</label></p>";
    }
    return html + "</fieldset>\n";
  }

  [[nodiscard]] std::string about(const schedule::Meeting& meeting, schedule::Zones& zones) const {
    std::string html = paragraph(RegisterWord::invites, {meeting.owner.name});
    const schedule::TimeZone* zone = zones.find(meeting.row.timezone);
    if (meeting.row.start_at && zone != nullptr) {
      const auto start = schedule::moment_at(*meeting.row.start_at);
      html += "<p>" + html_escape(schedule::told_time(language_, start, *zone, meeting.row.timezone));
      if (meeting.is_series() && meeting.details.recurrence) {
        if (const auto rule = schedule::recurrence_of(*meeting.details.recurrence, zone->to_local(start), *zone))
          html += "<br>" + html_escape(schedule::told_recurrence(language_, *rule, meeting.occurrences.size()));
      }
      html += "</p>";
    }
    if (!meeting.details.agenda.empty()) html += "<pre>" + html_escape(meeting.details.agenda) + "</pre>";
    return html;
  }

  /// What comes next for who has just registered.
  [[nodiscard]] io::HttpResponse done(const schedule::Meeting& meeting, const schedule::Registered& registered) const {
    const schedule::shapes::Settings settings = schedule::with_defaults(meeting.details.settings);
    const bool approved = registered.join_url.has_value();
    const bool mailed = approved ? *settings.registrants_confirmation_email : *settings.registrants_email_notification;
    const std::string& host = meeting.owner.name;
    std::vector<std::string> steps;
    if (!approved) steps.push_back(word(RegisterWord::host_looks, {host}));
    // The link goes to the address alone: whoever fills in the form has not shown that it is theirs.
    if (!mailed) steps.push_back(word(RegisterWord::mail_no, {host}));
    if (mailed)
      steps.push_back(word(approved ? RegisterWord::mail_comes : RegisterWord::mail_later, {registered.email}));
    if (mailed && meeting.row.start_at) steps.push_back(word(RegisterWord::calendar));
    steps.push_back(word(RegisterWord::open_link));
    std::string html = "<p><strong>" + html_escape(meeting.details.topic) + "</strong></p><h2>" +
                       word(RegisterWord::next) + "</h2><ol>";
    for (const std::string& step : steps) html += "<li>" + step + "</li>";
    html += "</ol>";
    if (mailed && approved) html += paragraph(RegisterWord::no_mail);
    return of(200, register_word(approved ? RegisterWord::registered_title : RegisterWord::waits_title, language_),
              html);
  }

  [[nodiscard]] std::string problem(const api::ApiError& error) const {
    if (error.errors.empty()) return register_said(error.message, language_);
    const auto& first = error.errors.front();
    const std::string said = register_said(first.message, language_);
    // What is wrong with an answer to a question of the host's names the question itself.
    if (first.field == "custom_questions") return said;
    return field_words(first.field, language_).label + (language_ == Language::english ? ": " : "：") + said;
  }

 private:
  [[nodiscard]] std::string sent(std::string_view name) const {
    const auto found = std::ranges::find(filled_, name, &api::Parameter::name);
    return found == filled_.end() ? "" : found->value;
  }
  [[nodiscard]] bool was_sent(std::string_view name, std::string_view value) const {
    return std::ranges::any_of(filled_, [&](const auto& field) { return field.name == name && field.value == value; });
  }
  [[nodiscard]] std::string label(const std::string& name, std::string_view text, bool required) const {
    return "<label for=\"" + name + "\">" + html_escape(text) +
           (required ? "" : " <small>" + word(RegisterWord::optional) + "</small>") + "</label>";
  }
  [[nodiscard]] std::string input(const std::string& name, bool required, std::size_t limit,
                                  std::string_view more = {}) const {
    const std::string value = sent(name);
    return "<input id=\"" + name + "\" name=\"" + name + "\" maxlength=\"" + std::to_string(limit) + "\" dir=\"auto\"" +
           std::string{more} + (required ? " required" : "") +
           (value.empty() ? "" : " value=\"" + html_escape(value) + "\"") + ">\n";
  }
  [[nodiscard]] std::string standard(const std::string& field, bool required) const {
    const FieldWords words = field_words(field, language_);
    std::string html = label(field, words.label, required);
    if (field == "comments") {
      return html + "<textarea id=\"comments\" name=\"comments\" rows=\"3\" dir=\"auto\" maxlength=\"" +
             std::to_string(text_limit) + "\"" + (required ? " required" : "") + ">" + html_escape(sent(field)) +
             "</textarea>\n";
    }
    std::string more = field == "email" ? " type=\"email\"" : " type=\"text\"";
    if (!words.autocomplete.empty()) more += " autocomplete=\"" + std::string{words.autocomplete} + "\"";
    return html + input(field, required, field.ends_with("_name") ? name_limit : line_limit, more);
  }
  [[nodiscard]] std::string own(const std::string& name, const CustomQuestion& q) const {
    const bool required = q.required.value_or(false);
    return label(name, q.title, required) + input(name, required, text_limit, " type=\"text\"");
  }
  [[nodiscard]] std::string choice(const std::string& name, const CustomQuestion& q) const {
    const bool required = q.required.value_or(false);
    std::string html = label(name, q.title, required) + "<select id=\"" + name + "\" name=\"" + name + "\"" +
                       (required ? " required" : "") + "><option value=\"\"></option>";
    for (const std::string& answer : q.answers.value_or(std::vector<std::string>{})) {
      html +=
          "<option" + std::string{was_sent(name, answer) ? " selected" : ""} + ">" + html_escape(answer) + "</option>";
    }
    return html + "</select>\n";
  }

  Language language_;
  std::string id_;
  Fields filled_;
};

schedule::shapes::RegistrantBody body_of(const Fields& fields, const schedule::Meeting& meeting, Language language) {
  schedule::shapes::RegistrantBody body;
  Fields simple = fields;
  std::erase_if(simple, [](const api::Parameter& field) { return field.name == "occurrence_ids"; });
  // NOLINTNEXTLINE(bugprone-unused-return-value): what cannot be read stays empty; registering looks at what is there.
  static_cast<void>(api::read_parameters(simple, api::type_of<schedule::shapes::RegistrantBody>(), &body));
  // Nobody approves themselves.
  body.auto_approve.reset();
  body.custom_questions.reset();
  body.occurrence_ids.reset();
  // Mails come in the language in which the page was read.
  body.language = language == Language::english ? "en-US" : "zh-TW";
  for (const api::Parameter& field : fields) {
    if (field.name != "occurrence_ids") continue;
    if (!body.occurrence_ids) body.occurrence_ids.emplace();
    body.occurrence_ids->push_back(field.value);
  }
  std::size_t i = 0;
  for (const auto& q : meeting.details.questions.custom_questions.value_or(std::vector<CustomQuestion>{})) {
    const std::string name = "question" + std::to_string(i++);
    for (const api::Parameter& field : fields) {
      if (field.name != name || field.value.empty()) continue;
      if (!body.custom_questions) body.custom_questions.emplace();
      body.custom_questions->push_back({q.title, field.value});
    }
  }
  return body;
}

/// Why nobody can register any more; nullopt: one can.
std::optional<RegisterWord> shut(const schedule::Meeting& meeting, UnixMicros now) {
  if (meeting.row.ended_at) return RegisterWord::over;
  if (meeting.details.settings.close_registration.value_or(false) && meeting.row.start_at &&
      *meeting.row.start_at <= now) {
    return RegisterWord::closed;
  }
  return std::nullopt;
}

}  // namespace

void Api::register_page(Call<shapes::RegisterPath> call, Page answer) {
  const RegisterPage page{language_of(call, call.query.lang), call.query.meeting_id};
  parts_.schedule.load(call.query.meeting_id, [this, page, answer = std::move(answer)](auto meeting) mutable {
    if (!meeting && meeting.error().status != 404) return answer(meeting.error());
    if (!meeting || !meeting->wants_registration()) return answer(page.none());
    const UnixMicros now = parts_.clock.now();
    const std::string about = page.about(*meeting, parts_.schedule.zones());
    if (const auto why = shut(*meeting, now))
      return answer(page.of(200, meeting->details.topic, about + "<p><strong>" + page.word(*why) + "</strong></p>"));
    const std::string times = page.times(*meeting, parts_.schedule.zones(), now);
    answer(page.of(200, meeting->details.topic, about + page.form(*meeting, "", times)));
  });
}

void Api::register_form(Call<shapes::RegisterPath> call, Page answer) {
  auto fields = api::parse_parameters(call.http.body);
  if (!fields) return answer(fields.error());
  RegisterPage page{language_of(call, call.query.lang), call.query.meeting_id, *fields};
  parts_.schedule.load(call.query.meeting_id, [this, page = std::move(page), fields = std::move(*fields),
                                               answer = std::move(answer)](auto meeting) mutable {
    if (!meeting && meeting.error().status != 404) return answer(meeting.error());
    if (!meeting || !meeting->wants_registration()) return answer(page.none());
    const std::string id = meeting->row.id;
    // Before the call: which of its arguments is made first is not said, and one takes the meeting away.
    std::vector<schedule::shapes::RegistrantBody> people{body_of(fields, *meeting, page.language())};
    parts_.schedule.register_people(
        id, std::move(people), false,
        [this, page = std::move(page), meeting = std::move(*meeting), answer = std::move(answer)](auto done) mutable {
          if (done) return answer(page.done(meeting, done->at(0)));
          const ApiError& error = done.error();
          if (error.status >= 500) return answer(error);
          const std::string times = page.times(meeting, parts_.schedule.zones(), parts_.clock.now());
          answer(
              page.of(error.status, meeting.details.topic,
                      page.about(meeting, parts_.schedule.zones()) + page.form(meeting, page.problem(error), times)));
        });
  });
}

}  // namespace sealhall::control
