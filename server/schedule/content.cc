#include "server/schedule/content.h"

#include <algorithm>
#include <array>

#include "server/schedule/time_text.h"

namespace sealhall::schedule {
namespace {

namespace chrono = std::chrono;

bool one_of(const std::optional<std::string>& value, std::initializer_list<std::string_view> words) {
  return !value || std::ranges::find(words, std::string_view{*value}) != words.end();
}
FieldProblem wrong(std::string field, std::string message) { return {std::move(field), std::move(message)}; }

constexpr std::string_view question_names[] = {"last_name",
                                               "address",
                                               "city",
                                               "country",
                                               "zip",
                                               "state",
                                               "phone",
                                               "industry",
                                               "org",
                                               "job_title",
                                               "comments",
                                               "purchasing_time_frame",
                                               "no_of_employees",
                                               "role_in_purchase_process"};

const std::optional<std::string>* field_named(const shapes::RegistrantBody& r, std::string_view name) {
  if (name == "last_name") return &r.last_name;
  if (name == "address") return &r.address;
  if (name == "city") return &r.city;
  if (name == "country") return &r.country;
  if (name == "zip") return &r.zip;
  if (name == "state") return &r.state;
  if (name == "phone") return &r.phone;
  if (name == "industry") return &r.industry;
  if (name == "org") return &r.org;
  if (name == "job_title") return &r.job_title;
  if (name == "comments") return &r.comments;
  return nullptr;
}

const std::string* answer_to(const shapes::RegistrantBody& r, std::string_view title) {
  if (!r.custom_questions) return nullptr;
  for (const shapes::CustomAnswer& answer : *r.custom_questions) {
    if (answer.title == title && answer.value && !answer.value->empty()) return &*answer.value;
  }
  return nullptr;
}

constexpr std::size_t most_planned = 500;

template <class T>
void set_default(std::optional<T>& field, T value) {
  if (!field) field = std::move(value);
}

}  // namespace

expected<void, FieldProblem> check(const shapes::Settings& s) {
  if (s.approval_type && *s.approval_type > 2)
    return unexpected(wrong("settings.approval_type", "0 (automatically), 1 (by the host) or 2 (no registration)."));
  if (s.registration_type && (*s.registration_type < 1 || *s.registration_type > 3))
    return unexpected(wrong("settings.registration_type", "1 (once for all times), 2 (each) or 3 (those chosen)."));
  if (!one_of(s.audio, {"both", "telephony", "voip", "thirdParty"}))
    return unexpected(wrong("settings.audio", "both, telephony, voip or thirdParty."));
  if (!one_of(s.auto_recording, {"none", "local", "cloud"}))
    return unexpected(wrong("settings.auto_recording", "none, local or cloud."));
  // A promise that could not be kept: whoever asks for it must know.
  if (!one_of(s.encryption_type, {"enhanced_encryption"}))
    return unexpected(wrong("settings.encryption_type", "enhanced_encryption: others are not here yet."));
  if (!one_of(s.language, {"en-US", "zh-TW"})) return unexpected(wrong("settings.language", "en-US or zh-TW."));
  if (s.contact_email && !s.contact_email->empty() && !is_address(*s.contact_email))
    return unexpected(wrong("settings.contact_email", "This is no mail address."));
  if (s.breakout_room && s.breakout_room->rooms) {
    std::size_t planned = 0;
    for (const shapes::BreakoutRoom& room : *s.breakout_room->rooms) {
      for (const std::string& address : room.participants.value_or(std::vector<std::string>{})) {
        if (!is_address(address) || address.size() > 254)
          return unexpected(wrong("settings.breakout_room", "\"" + address.substr(0, 64) + "\" is no mail address."));
        if (++planned > most_planned)
          return unexpected(wrong("settings.breakout_room", "At most 500 people can be placed beforehand."));
      }
    }
  }
  if (s.alternative_hosts) {
    for (const std::string& address : addresses_in(*s.alternative_hosts)) {
      if (!is_address(address))
        return unexpected(wrong("settings.alternative_hosts", "Mail addresses with ';' between."));
    }
  }
  if (s.meeting_invitees) {
    for (const shapes::Invitee& invitee : *s.meeting_invitees) {
      if (!is_address(invitee.email))
        return unexpected(wrong("settings.meeting_invitees", "\"" + invitee.email + "\" is no mail address."));
    }
  }
  return {};
}

expected<void, FieldProblem> check(const shapes::Questions& questions) {
  for (const auto& q : questions.questions.value_or(std::vector<shapes::Question>{})) {
    if (std::ranges::find(question_names, std::string_view{q.field_name}) == std::end(question_names))
      return unexpected(wrong("questions.field_name", "\"" + q.field_name + "\" is no field of a registration."));
  }
  for (const auto& q : questions.custom_questions.value_or(std::vector<shapes::CustomQuestion>{})) {
    if (q.title.empty() || q.title.size() > 1000)
      return unexpected(wrong("custom_questions.title", "1 to 1000 bytes."));
    if (!one_of(q.type, {"short", "single"})) return unexpected(wrong("custom_questions.type", "short or single."));
    if (q.type == "single" && q.answers.value_or(std::vector<std::string>{}).empty())
      return unexpected(wrong("custom_questions.answers", "A single choice needs answers to choose from."));
  }
  return {};
}

expected<void, FieldProblem> check(const shapes::RegistrantBody& r, const shapes::Questions& questions) {
  if (!is_address(r.email)) return unexpected(wrong("email", "This is no mail address."));
  for (const auto& q : questions.questions.value_or(std::vector<shapes::Question>{})) {
    const auto* value = field_named(r, q.field_name);
    if (q.required.value_or(false) && value != nullptr && value->value_or("").empty())
      return unexpected(wrong(q.field_name, "The host asks for this."));
  }
  for (const auto& q : questions.custom_questions.value_or(std::vector<shapes::CustomQuestion>{})) {
    const std::string* value = answer_to(r, q.title);
    if (value == nullptr) {
      if (q.required.value_or(false))
        return unexpected(wrong("custom_questions", "\"" + q.title + "\" needs an answer."));
      continue;
    }
    if (value->size() > 2000) return unexpected(wrong("custom_questions", "An answer is too long."));
    if (q.type == "single" && std::ranges::find(*q.answers, *value) == q.answers->end())
      return unexpected(wrong("custom_questions", "\"" + q.title + "\" has other answers to choose from."));
  }
  return {};
}

void put_over(shapes::Settings& into, const shapes::Settings& change) {
  wire::for_each_field<shapes::Settings>([&](auto d) {
    if (change.*d.pointer) into.*d.pointer = change.*d.pointer;
  });
}

shapes::Settings with_defaults(shapes::Settings s) {
  set_default(s.host_video, true);
  set_default(s.participant_video, true);
  set_default(s.join_before_host, true);
  set_default(s.jbh_time, std::uint32_t{0});
  set_default(s.mute_upon_entry, false);
  set_default(s.watermark, false);
  set_default(s.use_pmi, false);
  set_default(s.waiting_room, false);
  set_default(s.meeting_authentication, false);
  set_default(s.approval_type, std::uint32_t{2});
  if (*s.approval_type < 2) set_default(s.registration_type, std::uint32_t{1});
  set_default(s.registrants_email_notification, true);
  set_default(s.registrants_confirmation_email, true);
  set_default(s.close_registration, false);
  set_default(s.email_notification, true);
  set_default(s.alternative_hosts_email_notification, true);
  set_default(s.allow_multiple_devices, true);
  set_default(s.auto_recording, std::string{"none"});
  set_default(s.alternative_hosts, std::string{});
  set_default(s.encryption_type, std::string{"enhanced_encryption"});
  set_default(s.meeting_invitees, std::vector<shapes::Invitee>{});
  // What there is not is said not to be, whatever was asked for (docs/protocol/meeting-settings.md).
  s.watermark = false;
  s.audio = "voip";
  s.allow_multiple_devices = true;
  if (s.focus_mode) s.focus_mode = false;
  if (s.private_meeting) s.private_meeting = false;
  if (s.auto_recording == "local") s.auto_recording = "none";
  return s;
}

expected<Recurrence, FieldProblem> recurrence_of(const shapes::RecurrenceBody& body, local_seconds start,
                                                 const TimeZone& zone) {
  Recurrence r;
  if (!body.type || *body.type < 1 || *body.type > 3)
    return unexpected(wrong("recurrence.type", "1 (daily), 2 (weekly) or 3 (monthly)."));
  r.type = Recurrence::Type{static_cast<std::uint8_t>(*body.type)};
  r.repeat_interval = body.repeat_interval.value_or(1);
  const auto day = chrono::floor<chrono::days>(start);
  if (r.type == Recurrence::Type::weekly) {
    if (body.weekly_days && !body.weekly_days->empty()) {
      auto days = parse_weekly_days(*body.weekly_days);
      if (!days)
        return unexpected(wrong("recurrence.weekly_days", "Numbers from 1 (Sunday) to 7 with commas between."));
      r.weekly_days = std::move(*days);
    } else {
      r.weekly_days = {chrono::weekday{day}.c_encoding() + 1};
    }
  }
  if (r.type == Recurrence::Type::monthly) {
    // Clients send zeros for what they do not mean.
    if (body.monthly_week && *body.monthly_week != 0) {
      r.monthly_week = body.monthly_week;
      r.monthly_week_day = body.monthly_week_day;
    } else {
      r.monthly_day = body.monthly_day;
      if (!r.monthly_day || *r.monthly_day == 0)
        r.monthly_day = static_cast<unsigned>(chrono::year_month_day{day}.day());
    }
  }
  if (body.end_date_time && !body.end_date_time->empty()) {
    const auto end = parse_time(*body.end_date_time);
    if (!end) return unexpected(wrong("recurrence.end_date_time", "A time like 2026-12-31T23:59:00Z."));
    r.end_date_time = moment_of(*end, zone);
  } else if (body.end_times && *body.end_times != 0) {
    r.end_times = body.end_times;
  }
  if (auto fine = check(r); !fine) return unexpected(fine.error());
  return r;
}

shapes::RecurrenceBody body_of(const Recurrence& r) {
  shapes::RecurrenceBody body;
  body.type = static_cast<std::uint32_t>(r.type);
  body.repeat_interval = r.repeat_interval;
  if (!r.weekly_days.empty()) body.weekly_days = weekly_days_text(r.weekly_days);
  body.monthly_day = r.monthly_day;
  body.monthly_week = r.monthly_week;
  body.monthly_week_day = r.monthly_week_day;
  body.end_times = r.end_times;
  if (r.end_date_time) body.end_date_time = rfc3339(*r.end_date_time);
  return body;
}

std::vector<std::string> addresses_in(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(";,"), text.size());
    std::string_view part = text.substr(0, end);
    while (!part.empty() && part.front() == ' ') part.remove_prefix(1);
    while (!part.empty() && part.back() == ' ') part.remove_suffix(1);
    if (!part.empty()) out.emplace_back(part);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

bool is_address(std::string_view text) noexcept {
  const std::size_t at = text.find('@');
  if (text.size() > 254 || at == 0 || at == std::string_view::npos || at + 1 >= text.size()) return false;
  if (text.find('@', at + 1) != std::string_view::npos) return false;
  return std::ranges::all_of(text, [](char c) {
    return c > ' ' && c < 0x7F && c != '"' && c != '<' && c != '>' && c != ',' && c != ';' && c != ':' && c != '(' &&
           c != ')' && c != '[' && c != ']' && c != '\\';
  });
}

std::string new_passcode(RandomSource& random) {
  std::string digits = std::to_string(random.u64() % 100'000'000);
  return std::string(8 - digits.size(), '0') + digits;
}

bool is_numeric(std::string_view passcode) noexcept {
  return !passcode.empty() && passcode.size() <= 10 &&
         std::ranges::all_of(passcode, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace sealhall::schedule
