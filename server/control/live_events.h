// What happens in live meetings, as events for whoever listens: webhooks, the history, counters.
#pragma once

#include <string>

#include "core/meeting/types.h"
#include "core/wire/activities.h"
#include "server/events.h"

namespace sealhall::control {

struct LiveEvent {
  enum class What : std::uint8_t { started, ended, waits, admitted, gave_up, came, left, shares, stops_sharing, said };
  What what = What::started;
  std::string account_id;
  std::string meeting_id;
  Bytes meeting_uuid;  ///< of this instance; its base64 has no '/'
  std::string owner_id;
  std::string topic;
  UnixMicros started_at{};
  UnixMicros at{};
  meeting::PresenceChanged person;  ///< with everything that somebody does, but not with `said`
  std::string log_id{};             ///< of what is said in it
  wire::ChatMessage message{};      ///< with `said`
};

/// "meeting.started", "meeting.participant_joined" and so on, with the object that integrations know.
Event to_event(const LiveEvent& happened);

}  // namespace sealhall::control
