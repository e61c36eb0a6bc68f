#include "server/identity/meeting_policies.h"

#include <array>
#include <utility>

#include "core/base/check.h"

namespace sealhall::identity {
namespace {

using enum wire::Feature;

constexpr std::array<std::pair<std::string_view, wire::Feature>, 10> features{{
    {"chat.allowed", chat},
    {"chat.private", private_chat},
    {"chat.files", files},
    {"meeting.reactions", reactions},
    {"meeting.polls", polls},
    {"meeting.questions", questions},
    {"meeting.whiteboard", whiteboard},
    {"meeting.breakout_rooms", rooms},
    {"recording.allowed", recording},
    {"recording.on_devices", own_recording},
}};

}  // namespace

std::optional<wire::Feature> feature_of(std::string_view policy) noexcept {
  for (const auto& [name, feature] : features) {
    if (name == policy) return feature;
  }
  return std::nullopt;
}

MeetingPolicies meeting_policies(const std::map<std::string, EffectivePolicy, std::less<>>& effective) {
  const auto value = [&](std::string_view name) -> const PolicyValue& {
    const auto found = effective.find(name);
    SEALHALL_CHECK(found != effective.end());
    return found->second.value;
  };
  const auto yes = [&](std::string_view name) { return std::get<bool>(value(name)); };
  const auto number = [&](std::string_view name) {
    return static_cast<std::uint32_t>(std::get<std::int64_t>(value(name)));
  };
  MeetingPolicies out;
  out.guests = yes("guests.allowed");
  out.waiting_room = yes("meeting.waiting_room");
  out.waiting_room_required = yes("meeting.waiting_room_required");
  out.passcode_required = yes("meeting.passcode_required");
  out.join_before_host = yes("meeting.join_before_host");
  out.join_before_host_allowed = yes("meeting.join_before_host_allowed");
  out.max_participants = number("meeting.max_participants");
  out.file_megabytes = number("chat.file_megabytes");
  out.automatic_recording = yes("recording.automatic");
  out.share_links = yes("recording.share_links");
  out.retention_days = number("recording.retention_days");
  out.consent_text = std::get<std::string>(value("recording.consent_text"));
  for (const auto& [name, feature] : features) {
    if (!yes(name)) out.switched_off.push_back(feature);
  }
  if (std::get<std::string>(value("meeting.screen_share")) == "host") out.switched_off.push_back(share_by_all);
  return out;
}

}  // namespace sealhall::identity
