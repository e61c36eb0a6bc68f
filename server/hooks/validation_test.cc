#include "server/hooks/validation.h"

#include <doctest/doctest.h>

namespace sealhall::hooks {
namespace {

using namespace std::chrono_literals;
using store::WebhookState;

UnixMicros at(Duration d) { return UnixMicros{d.count()}; }

TEST_CASE("address validation: who answers is active, and asked again after 72 hours") {
  const auto plan = after_validation(WebhookState::pending, 3, true, at(1h));
  CHECK(plan.state == WebhookState::active);
  CHECK(plan.failed == 0);
  CHECK(plan.next_at == at(73h));
}

TEST_CASE("address validation: a failure is forgiven five times, the sixth disables") {
  std::uint32_t failed = 0;
  Duration now = 0h;
  for (const Duration pause : {Duration{5min}, Duration{20min}, Duration{60min}, Duration{24h}, Duration{24h}}) {
    const auto plan = after_validation(WebhookState::active, failed, false, at(now));
    CHECK(plan.state == WebhookState::active);
    CHECK(plan.next_at == at(now + pause));
    failed = plan.failed;
    now += pause;
  }
  const auto last = after_validation(WebhookState::active, failed, false, at(now));
  CHECK(last.state == WebhookState::disabled);
  CHECK(last.next_at == never);
}

TEST_CASE("address validation: one that never answered stays pending, then it is not asked any more") {
  CHECK(after_validation(WebhookState::pending, 0, false, at(0h)).state == WebhookState::pending);
  CHECK(after_validation(WebhookState::pending, 5, false, at(0h)).state == WebhookState::disabled);
}

TEST_CASE("address validation: a disabled one that answers is active again") {
  CHECK(after_validation(WebhookState::disabled, 6, true, at(0h)).state == WebhookState::active);
  CHECK(after_validation(WebhookState::disabled, 6, false, at(0h)).state == WebhookState::disabled);
}

}  // namespace
}  // namespace sealhall::hooks
