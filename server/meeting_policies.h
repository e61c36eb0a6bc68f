// What the policies of a host say about their meetings, as scheduling, admission and recording obey it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/wire/activities.h"

namespace sealhall {

/// Without any policy set: everything that the product can do.
struct MeetingPolicies {
  // On the way into a meeting.
  bool guests = true;         ///< people without an account may come in
  bool waiting_room = false;  ///< of new meetings, when nothing else is said
  bool waiting_room_required = false;
  bool passcode_required = false;
  bool join_before_host = true;  ///< of new meetings, when nothing else is said
  bool join_before_host_allowed = true;
  std::uint32_t max_participants = 1000;
  // In it.
  std::vector<wire::Feature> switched_off{};
  std::uint32_t file_megabytes = 100;  ///< the largest file in the chat
  // Recording.
  bool automatic_recording = false;
  bool share_links = true;           ///< recordings may be shared by a link
  std::uint32_t retention_days = 0;  ///< 0: for ever
  std::string consent_text{};

  [[nodiscard]] bool off(wire::Feature feature) const {
    for (const wire::Feature f : switched_off) {
      if (f == feature) return true;
    }
    return false;
  }
};

}  // namespace sealhall
