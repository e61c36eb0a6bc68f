// What a person types during a meeting besides host commands: chat, polls, questions and the like.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "client/cli/host_commands.h"
#include "core/base/expected.h"
#include "core/wire/signalling.h"

namespace sealhall::cli {

/// A command whose first word is `verb` and the rest `rest`, as the message to send, its `request` left 0. The error is
/// a sentence; an empty one means that there is no such command here.
expected<wire::ClientMessage, std::string> parse_activity(std::string_view verb, std::string_view rest,
                                                          const NamedPeople& people);

/// The first words of all of them.
std::vector<std::string_view> activity_words();

/// Sets `request` where the message has one; false where it has none.
bool set_request(wire::ClientMessage& message, wire::RequestNumber request);

}  // namespace sealhall::cli
