// The words that a person types during a meeting.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/expected.h"
#include "core/wire/signalling.h"

namespace sealhall::cli {

struct TypedCommand {
  enum class Kind : std::uint8_t {
    host,
    who,
    mute_me,
    unmute_me,
    camera_off,
    camera_on,
    share_again,
    pin,
    leave,
    help
  };
  Kind kind = Kind::help;
  wire::HostAction action = wire::HostAction::admit;   ///< with `host`
  std::optional<wire::ParticipantNumber> participant;  ///< with `host`, when the action is on a person
};

/// The people that a name in a command may mean.
struct NamedPeople {
  std::vector<std::pair<wire::ParticipantNumber, std::string>> present;
  std::vector<std::pair<wire::ParticipantNumber, std::string>> waiting;
};

/// Reads "mute Ada", "admit", "admit Bob", "remove 7", "lock", "end", "who", ... Names are compared without case, a
/// unique beginning is enough, "#7" or "7" is a participant number. The error is a sentence.
expected<TypedCommand, std::string> parse_command(std::string_view line, const NamedPeople& people);

/// A person who is present or waits, by name, beginning of a name or number. The error is a sentence.
expected<wire::ParticipantNumber, std::string> find_anybody(std::string_view name, const NamedPeople& people);

/// The first words of all of them.
std::vector<std::string_view> command_words();

}  // namespace sealhall::cli
