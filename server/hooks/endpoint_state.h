// What the service keeps of one subscription. Private to server/hooks.
#pragma once

#include "server/hooks/service.h"

namespace sealhall::hooks {

struct WebhookService::Endpoint {
  Subscription subscription;
  DeliveryQueue queue;
  std::int64_t next_position = 1;
  bool challenged = false;  ///< a challenge is under way
  bool removed = false;

  explicit Endpoint(Subscription s, RetryTimes times) : subscription(std::move(s)), queue(times) {}
  [[nodiscard]] bool active() const noexcept { return subscription.state == store::WebhookState::active && !removed; }
};

inline vault::SealContext target_context(const Subscription& s) { return {s.account_id, "webhook", s.id, "target"}; }
inline vault::SealContext body_context(const std::string& account_id, const std::string& delivery_id) {
  return {account_id, "webhook", delivery_id, "body"};
}
inline Bytes to_bytes(std::string_view text) { return {text.begin(), text.end()}; }
inline HookError not_ready() { return {HookErrorKind::not_ready, "The store or the key service does not answer."}; }
inline HookError no_such() { return {HookErrorKind::not_found, "There is no such subscription."}; }

}  // namespace sealhall::hooks
