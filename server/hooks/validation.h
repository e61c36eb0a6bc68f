// When an endpoint has to prove again that it knows its secret, and what follows when it does not. Pure.
#pragma once

#include "core/base/time.h"
#include "store/webhooks.h"

namespace sealhall::hooks {

struct ValidationTimes {
  Duration every = std::chrono::hours{72};
  std::uint32_t failures = 6;  ///< in a row, then an active endpoint is disabled
};

struct ValidationPlan {
  store::WebhookState state = store::WebhookState::pending;
  std::uint32_t failed = 0;  ///< in a row
  UnixMicros next_at{};      ///< never for a disabled one: somebody has to ask for it
};
inline constexpr UnixMicros never{INT64_MAX};

/// After a challenge was answered rightly (`success`) or not.
ValidationPlan after_validation(store::WebhookState state, std::uint32_t failed, bool success, UnixMicros now,
                                const ValidationTimes& times = {});

}  // namespace sealhall::hooks
