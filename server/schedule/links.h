// Join and start links: tokens that are derived from a meeting's own secret, so that nothing of them is stored.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/random.h"
#include "core/base/time.h"

namespace sealhall::schedule {

/// 32 random bytes as base64url: a meeting's secret. With a new one every link that was given out is void.
std::string new_link_secret(RandomSource& random);

/// What stands behind `?pwd=` instead of the passcode: says that its holder was given the link. Another passcode makes
/// another token.
std::string passcode_token(std::string_view link_secret, std::string_view meeting_id, std::string_view passcode);
/// What stands behind `tk=`: names a registrant, "<id>.<proof>".
std::string registrant_token(std::string_view link_secret, std::string_view meeting_id, std::string_view registrant_id);
/// The registrant that a token of this meeting names; nullopt for any other text.
std::optional<std::string> registrant_of(std::string_view token, std::string_view link_secret,
                                         std::string_view meeting_id);
/// What stands behind `zak=`: its holder comes in as the user, as host, until `expires_at`.
std::string start_token(std::string_view link_secret, std::string_view meeting_id, std::string_view user_id,
                        UnixMicros expires_at);
/// The user that a start token names, when it has not expired.
std::optional<std::string> starter_of(std::string_view token, std::string_view link_secret, std::string_view meeting_id,
                                      UnixMicros now);
/// Somebody for whom a program of the account vouches: named, let in without passcode or registration.
struct Visitor {
  std::string name;
  bool host = false;
  bool waits = false;  ///< in the waiting room, where there is one
  bool operator==(const Visitor&) const = default;
};
/// What stands behind `zak=` for a host and behind `tk=` for others.
std::string visitor_token(std::string_view link_secret, std::string_view meeting_id, const Visitor& visitor,
                          UnixMicros expires_at);
std::optional<Visitor> visitor_of(std::string_view token, std::string_view link_secret, std::string_view meeting_id,
                                  UnixMicros now);
/// A keyed name of an address, without regard to case: finds a registrant again without the store knowing the address.
std::string email_key(std::string_view link_secret, std::string_view email);

/// Constant-time for equal lengths.
bool same_token(std::string_view a, std::string_view b) noexcept;

std::string join_link(std::string_view public_url, std::string_view meeting_id, std::string_view passcode_token);
std::string registrant_link(std::string_view public_url, std::string_view meeting_id, std::string_view passcode_token,
                            std::string_view registrant_token);
std::string start_link(std::string_view public_url, std::string_view meeting_id, std::string_view start_token);

}  // namespace sealhall::schedule
