// What a person reads when something does not work: one sentence each, that says what to do.
#pragma once

#include <string_view>

#include "core/wire/signalling.h"

namespace sealhall::meeting {

/// To whoever wants what a policy has switched off.
inline constexpr std::string_view switched_off_sentence = "Your organisation has switched this off.";
std::string_view sentence(wire::ErrorCode code) noexcept;
std::string_view sentence(wire::EndReason reason) noexcept;

}  // namespace sealhall::meeting
