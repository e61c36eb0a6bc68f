// What `create` was told about a meeting and is honoured; the rest of its many parameters is ignored.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "core/base/bytes.h"
#include "core/base/random.h"
#include "server/bbb/request.h"

namespace sealhall::bbb {

enum class GuestPolicy : std::uint8_t { always_accept, ask_moderator, always_deny };

/// Kept sealed, as JSON.
struct Options {
  std::string external_id;
  std::string name;
  std::string attendee_password;
  std::string moderator_password;
  bool record = false;
  bool auto_start_recording = false;
  bool allow_start_stop_recording = true;  ///< moderators may
  std::uint32_t max_participants = 0;      ///< 0: no limit
  std::uint32_t duration_minutes = 0;      ///< 0: no limit
  std::string welcome;
  std::string logout_url;
  bool mute_on_start = false;
  GuestPolicy guest_policy = GuestPolicy::always_accept;
  std::uint32_t first_join_minutes = 0;              ///< ends when nobody has come by then; 0: never
  std::uint32_t empty_minutes = 0;                   ///< ends when it was empty for so long; 0: never
  std::string ended_url;                             ///< meetingEndedURL: is called when it has ended
  std::map<std::string, std::string> lock_settings;  ///< "DisableCam" -> "true"
  std::map<std::string, std::string> metadata;       ///< meta_x as "x", lower case
  std::string voice_bridge;

  bool operator==(const Options&) const = default;
  [[nodiscard]] std::string meta(const std::string& name) const;
};

/// The address when it is one of a page (https: or http:) that browsers may be sent to, otherwise "". Spaces, control
/// characters and what is not ASCII are percent-encoded behind the name of the host.
std::string page_address(const std::string& given);

/// Passwords that were not given are made up. meetingID was checked by the caller.
Options options_of(const Parameters& parameters, RandomSource& random);

Bytes encode_options(const Options& options);
/// nullopt for what `encode_options` did not write.
std::optional<Options> read_options(ByteView bytes);

}  // namespace sealhall::bbb
