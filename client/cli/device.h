// A secret of this computer's user, by which a host who bans a guest knows the guest again: wire::Join::device.
#pragma once

#include <optional>
#include <string>

namespace sealhall::cli {

/// Different for every meeting, so that it tells nobody who was in two of them. Made once and kept in
/// $XDG_CONFIG_HOME/sealhall/device (or ~/.config). Nullopt when there is no such place.
std::optional<std::string> device_of(const std::string& host, const std::string& meeting_id);

}  // namespace sealhall::cli
