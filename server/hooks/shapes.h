// The bodies of the webhook endpoints.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "server/api/page.h"
#include "server/api/shape.h"

namespace sealhall::hooks::shapes {

enum class SubscriptionScope : std::uint8_t { account, user, master_account };
BOOST_DESCRIBE_ENUM(SubscriptionScope, account, user, master_account)
enum class SubscriptionStatus : std::uint8_t { pending, active, disabled };
BOOST_DESCRIBE_ENUM(SubscriptionStatus, pending, active, disabled)
enum class DeliveryStatus : std::uint8_t { waiting, delivered, failed };
BOOST_DESCRIBE_ENUM(DeliveryStatus, waiting, delivered, failed)

struct SubscriptionPath {
  std::string event_subscription_id;
};
struct DeliveryPath {
  std::string event_subscription_id;
  std::string delivery_id;
};
struct SubscriptionQuery {
  api::PageQuery page;
  std::optional<std::string> account_id;
  std::optional<std::string> user_id;
  std::optional<SubscriptionScope> subscription_scope;
};
/// The other way of naming a subscription that is to go.
struct SubscriptionToGo {
  std::string event_subscription_id;
  std::optional<std::string> account_id;
  std::optional<std::string> user_ids;
};
struct DeliveryQuery {
  std::string event_subscription_id;
  api::PageQuery page;
  std::optional<DeliveryStatus> status;
};
struct NewEventSubscription {
  std::vector<std::string> events;
  std::string event_webhook_url;
  std::optional<std::string> event_subscription_name;
  std::optional<SubscriptionScope> subscription_scope;
  std::optional<std::vector<std::string>> user_ids;
  std::optional<std::string> account_id;
  std::optional<std::string> secret_token;
};
struct ChangedEventSubscription {
  std::optional<std::vector<std::string>> events;
  std::optional<std::string> event_webhook_url;
  std::optional<std::string> event_subscription_name;
};
struct EventSubscription {
  std::string event_subscription_id;
  std::string event_subscription_name;
  std::string event_webhook_url;
  std::vector<std::string> events;
  SubscriptionScope subscription_scope = SubscriptionScope::account;
  std::string created_source = "openapi";
  std::string subscriber_id;
  SubscriptionStatus status = SubscriptionStatus::pending;
  std::string created_at;
  std::optional<std::string> next_validation_at;
  std::optional<std::string> secret_token;  ///< in the answer that made it, and never again
};
struct EventSubscriptionList {
  api::Page page;
  std::vector<EventSubscription> event_subscriptions;
};
struct Delivery {
  std::string delivery_id;
  std::string event;
  DeliveryStatus status = DeliveryStatus::waiting;
  std::uint32_t attempts = 0;
  std::optional<std::uint32_t> last_status;
  std::optional<std::string> last_error;
  std::optional<std::string> next_attempt_at;
  std::optional<std::string> replay_of;
  std::string created_at;
  std::optional<std::string> last_attempt_at;
  std::optional<std::string> request_body;
};
struct DeliveryList {
  api::Page page;
  std::vector<Delivery> deliveries;
};
struct Replayed {
  std::string delivery_id;
};

BOOST_DESCRIBE_STRUCT(SubscriptionPath, (), (event_subscription_id))
BOOST_DESCRIBE_STRUCT(DeliveryPath, (), (event_subscription_id, delivery_id))
BOOST_DESCRIBE_STRUCT(SubscriptionQuery, (), (page, account_id, user_id, subscription_scope))
BOOST_DESCRIBE_STRUCT(SubscriptionToGo, (), (event_subscription_id, account_id, user_ids))
BOOST_DESCRIBE_STRUCT(DeliveryQuery, (), (event_subscription_id, page, status))
BOOST_DESCRIBE_STRUCT(NewEventSubscription, (),
                      (events, event_webhook_url, event_subscription_name, subscription_scope, user_ids, account_id,
                       secret_token))
BOOST_DESCRIBE_STRUCT(ChangedEventSubscription, (), (events, event_webhook_url, event_subscription_name))
BOOST_DESCRIBE_STRUCT(EventSubscription, (),
                      (event_subscription_id, event_subscription_name, event_webhook_url, events, subscription_scope,
                       created_source, subscriber_id, status, created_at, next_validation_at, secret_token))
BOOST_DESCRIBE_STRUCT(EventSubscriptionList, (), (page, event_subscriptions))
BOOST_DESCRIBE_STRUCT(Delivery, (),
                      (delivery_id, event, status, attempts, last_status, last_error, next_attempt_at, replay_of,
                       created_at, last_attempt_at, request_body))
BOOST_DESCRIBE_STRUCT(DeliveryList, (), (page, deliveries))
BOOST_DESCRIBE_STRUCT(Replayed, (), (delivery_id))

}  // namespace sealhall::hooks::shapes

namespace sealhall::wire {
template <>
inline constexpr Limit limit_of<&hooks::shapes::NewEventSubscription::events> = size_between(1, 100);
template <>
inline constexpr Limit limit_of<&hooks::shapes::NewEventSubscription::event_webhook_url> = size_between(1, 2048);
template <>
inline constexpr Limit limit_of<&hooks::shapes::NewEventSubscription::event_subscription_name> = size_between(0, 200);
template <>
inline constexpr Limit limit_of<&hooks::shapes::NewEventSubscription::secret_token> = size_between(16, 128);
template <>
inline constexpr Limit limit_of<&hooks::shapes::ChangedEventSubscription::events> = size_between(1, 100);
template <>
inline constexpr Limit limit_of<&hooks::shapes::ChangedEventSubscription::event_webhook_url> = size_between(1, 2048);
template <>
inline constexpr Limit limit_of<&hooks::shapes::ChangedEventSubscription::event_subscription_name> =
    size_between(0, 200);
}  // namespace sealhall::wire
