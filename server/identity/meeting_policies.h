// From policies by name to what meetings ask of them. The only place that knows both.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "server/identity/policies.h"
#include "server/meeting_policies.h"

namespace sealhall::identity {

/// The feature that is switched off where this policy is false; nullopt: the policy is about something else.
std::optional<wire::Feature> feature_of(std::string_view policy) noexcept;
/// `effective` has every policy there is.
MeetingPolicies meeting_policies(const std::map<std::string, EffectivePolicy, std::less<>>& effective);

}  // namespace sealhall::identity
