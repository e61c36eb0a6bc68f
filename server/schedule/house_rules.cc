#include "server/schedule/house_rules.h"

namespace sealhall::schedule {
namespace {

FieldProblem wrong(std::string field, std::string message) { return {std::move(field), std::move(message)}; }

}  // namespace

expected<void, FieldProblem> obey(shapes::Settings& settings, const MeetingPolicies& policies) {
  if (policies.waiting_room_required) {
    if (settings.waiting_room == false)
      return unexpected(wrong("settings.waiting_room", "Your organisation asks for a waiting room."));
    settings.waiting_room = true;
  }
  if (!policies.join_before_host_allowed) {
    if (settings.join_before_host == true)
      return unexpected(wrong("settings.join_before_host", "In your organisation meetings begin with their host."));
    settings.join_before_host = false;
  }
  if (!policies.guests) {
    if (settings.meeting_authentication == false)
      return unexpected(wrong("settings.meeting_authentication", "Your organisation admits signed-in people only."));
    settings.meeting_authentication = true;
  }
  if (settings.auto_recording == "cloud" && policies.off(wire::Feature::recording))
    return unexpected(wrong("settings.auto_recording", "Your organisation has switched recording off."));
  return {};
}

expected<void, FieldProblem> obey(shapes::MeetingBody& body, bool creating, const shapes::Details& is,
                                  const MeetingPolicies& policies, RandomSource& random) {
  shapes::Settings settings = body.settings.value_or(shapes::Settings{});
  if (auto fine = obey(settings, policies); !fine) return fine;
  if (creating) {
    const auto fill = [](auto& field, const auto& of_template, bool value) {
      if (!field && !of_template) field = value;
    };
    fill(settings.waiting_room, is.settings.waiting_room, policies.waiting_room);
    fill(settings.join_before_host, is.settings.join_before_host, policies.join_before_host);
  }
  body.settings = std::move(settings);
  if (!policies.passcode_required) return {};
  if (body.password && body.password->empty())
    return unexpected(wrong("password", "Your organisation asks for a passcode."));
  if (!body.password && !is.passcode && !creating) body.password = new_passcode(random);
  return {};
}

void at_the_door(shapes::Settings& settings, bool has_passcode, const MeetingPolicies& policies) {
  if (policies.waiting_room_required || (policies.passcode_required && !has_passcode)) settings.waiting_room = true;
  if (!policies.join_before_host_allowed) settings.join_before_host = false;
  if (!policies.guests) settings.meeting_authentication = true;
}

}  // namespace sealhall::schedule
