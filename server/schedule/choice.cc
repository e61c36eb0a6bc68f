#include "server/schedule/choice.h"

#include <algorithm>

#include "server/schedule/links.h"
#include "server/schedule/time_text.h"

namespace sealhall::schedule {
namespace {

constexpr std::uint32_t once_for_all = 1;
constexpr std::uint32_t each_time = 2;

FieldProblem wrong(std::string message) { return {"occurrence_ids", std::move(message)}; }

}  // namespace

std::uint32_t registration_type_of(const Meeting& meeting) {
  return meeting.is_series() ? meeting.details.settings.registration_type.value_or(once_for_all) : once_for_all;
}

expected<void, FieldProblem> choose_times(shapes::RegistrantBody& body, const Meeting& meeting) {
  const std::uint32_t type = registration_type_of(meeting);
  if (type == once_for_all) {
    body.occurrence_ids.reset();
    return {};
  }
  std::vector<sys_seconds> times;
  for (const std::string& text : body.occurrence_ids.value_or(std::vector<std::string>{})) {
    const auto name = parse_occurrence_id(text);
    const Occurrence* one = name ? meeting.find(*name) : nullptr;
    if (one == nullptr || one->deleted) return unexpected(wrong("There is no such time in this series."));
    times.push_back(one->original_start);
  }
  std::ranges::sort(times);
  times.erase(std::ranges::unique(times).begin(), times.end());
  if (times.empty()) return unexpected(wrong("Please say for which of its times."));
  if (type == each_time && times.size() > 1)
    return unexpected(wrong("Each time of this series needs a registration of its own."));
  body.occurrence_ids.emplace();
  for (const sys_seconds at : times) body.occurrence_ids->push_back(occurrence_id(at));
  return {};
}

bool counts_for(const shapes::RegistrantBody& body, const Occurrence* occurrence) {
  if (!body.occurrence_ids || occurrence == nullptr) return true;
  return std::ranges::find(*body.occurrence_ids, occurrence_id(occurrence->original_start)) !=
         body.occurrence_ids->end();
}

std::string registration_key(const Meeting& meeting, std::string_view email, const Occurrence* occurrence) {
  if (occurrence == nullptr || registration_type_of(meeting) != each_time)
    return email_key(meeting.details.link_secret, email);
  // No address has a blank in it.
  return email_key(meeting.details.link_secret, std::string{email} + " " + occurrence_id(occurrence->original_start));
}

std::vector<std::string> registration_keys(const Meeting& meeting, std::string_view email, const Occurrence* first) {
  std::vector<std::string> keys;
  if (first != nullptr) keys.push_back(registration_key(meeting, email, first));
  if (registration_type_of(meeting) == each_time) {
    for (const Occurrence& o : meeting.occurrences) {
      if (&o != first) keys.push_back(registration_key(meeting, email, &o));
    }
  }
  const std::string whole = registration_key(meeting, email, nullptr);
  if (std::ranges::find(keys, whole) == keys.end()) keys.push_back(whole);
  return keys;
}

std::vector<const Occurrence*> chosen_times(const shapes::RegistrantBody& body, const Meeting& meeting) {
  std::vector<const Occurrence*> out;
  for (const std::string& text : body.occurrence_ids.value_or(std::vector<std::string>{})) {
    const auto name = parse_occurrence_id(text);
    const Occurrence* one = name ? meeting.find(*name) : nullptr;
    if (one != nullptr && !one->deleted) out.push_back(one);
  }
  return out;
}

}  // namespace sealhall::schedule
