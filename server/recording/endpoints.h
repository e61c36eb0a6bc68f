// The endpoints of recording: /v2 rows 33 and 35 to 38, our own, and the addresses that play and download.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/api/registry.h"
#include "server/recording/library.h"
#include "server/recording/live_recordings.h"

namespace sealhall::recordings {

/// Sends people who are not in a meeting yet its invitation. None: nobody can.
using Invite =
    std::function<void(const std::string& meeting_id, std::vector<std::string> addresses, api::Done<void> done)>;

/// What is written up in a waiting room; what is absent stays as it is.
struct WaitingRoomText {
  std::optional<std::string> title{};
  std::optional<std::string> description{};
};
/// Writes it up where people wait for a meeting that runs. None: nobody can.
using WaitingRoom = std::function<void(const std::string& meeting_id, WaitingRoomText text)>;

struct EndpointParts {
  Library& library;
  LiveRecordings& live;
  ComposeQueue& composing;
  /// The meeting when it runs now, by its number or its uuid.
  std::function<std::optional<RunningMeeting>(const std::string& meeting)> running;
  /// Whether a host's recordings may be shared by a link. None: they may.
  std::function<void(const std::string& account_id, const std::string& host_id, Done<bool>)> may_share = nullptr;
  Invite invite = nullptr;
  WaitingRoom waiting_room = nullptr;
};

/// `parts` must live as long as the registry.
void add_recording_endpoints(api::Registry& registry, const EndpointParts& parts);

}  // namespace sealhall::recordings
