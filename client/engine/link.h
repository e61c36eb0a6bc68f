// The link to a meeting as people pass it on: https://HOST[:PORT]/j/MEETING_ID[?pwd=PASSCODE][&tk=REGISTRANT], and the
// one to start it: https://HOST[:PORT]/s/MEETING_ID?zak=TOKEN.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/expected.h"

namespace sealhall::client {

struct MeetingLink {
  std::string host;
  std::uint16_t port = 443;
  std::string meeting_id;
  std::optional<std::string> passcode;
  std::optional<std::string> registrant{};  ///< tk=
  std::optional<std::string> start{};       ///< zak=
  std::optional<std::string> name{};        ///< uname=: what whoever made the link calls its holder
};

/// The error is a sentence for the person who typed it.
expected<MeetingLink, std::string> parse_link(std::string_view text);

}  // namespace sealhall::client
