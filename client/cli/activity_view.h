// What a person reads when something happens in a meeting: one or more lines a message, as plain text.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "client/engine/activity_state.h"
#include "core/wire/signalling.h"

namespace sealhall::cli {

struct ActivityContext {
  wire::ParticipantNumber self = 0;
  const client::ActivityState& state;
  std::function<std::string(wire::ParticipantNumber)> name_of;
};

/// Lines without control characters, whatever people have written. Empty when there is nothing to say.
std::vector<std::string> activity_lines(const wire::ServerMessage& message, const ActivityContext& context);

}  // namespace sealhall::cli
