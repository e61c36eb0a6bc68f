#include "server/hooks/validation.h"

#include <algorithm>
#include <array>

namespace sealhall::hooks {
namespace {

constexpr std::array<Duration, 4> pauses = {std::chrono::minutes{5}, std::chrono::minutes{20}, std::chrono::minutes{60},
                                            std::chrono::hours{24}};

UnixMicros plus(UnixMicros at, Duration d) noexcept { return UnixMicros{static_cast<std::int64_t>(at) + d.count()}; }

}  // namespace

ValidationPlan after_validation(store::WebhookState state, std::uint32_t failed, bool success, UnixMicros now,
                                const ValidationTimes& times) {
  using store::WebhookState;
  if (success) return {WebhookState::active, 0, plus(now, times.every)};
  ++failed;
  if (failed >= times.failures) return {WebhookState::disabled, failed, never};
  const Duration pause = pauses[std::min<std::size_t>(failed, pauses.size()) - 1];
  return {state, failed, plus(now, pause)};
}

}  // namespace sealhall::hooks
