// Webhook subscriptions and the deliveries that wait for them or went.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "store/engine.h"

namespace sealhall::store {

enum class WebhookState : std::uint8_t {
  pending,   ///< the address has not proved yet that it knows the secret
  active,    ///< is told what happens
  disabled,  ///< proved it no longer, too often
};
struct WebhookSubscription {
  std::string id;
  std::string account_id;
  std::string application_id;  ///< "": the account's own
  std::string events;          ///< names, a space between them
  Bytes target_sealed;         ///< name, address and secret
  WebhookState state = WebhookState::pending;
  std::uint32_t failed_validations = 0;  ///< in a row
  UnixMicros validate_at{};              ///< when the address is asked again
  UnixMicros created_at{};
};

enum class DeliveryState : std::uint8_t { waiting, delivered, failed };
struct WebhookDelivery {
  std::string id;
  std::string subscription_id;
  std::int64_t position = 0;  ///< in the subscription's queue
  std::string event;
  Bytes body_sealed;  ///< not read in lists
  DeliveryState state = DeliveryState::waiting;
  std::uint32_t attempts = 0;
  UnixMicros not_before{};
  int last_status = 0;     ///< of the last answer; 0: there was none
  std::string last_error;  ///< why there was none
  std::optional<std::string> replay_of;
  UnixMicros created_at{};
  std::optional<UnixMicros> tried_at;
};

class Webhooks {
 public:
  explicit Webhooks(Engine& engine) noexcept : engine_(engine) {}

  /// Error: taken (the id), not_found (the account).
  void add(WebhookSubscription subscription, Done<void> done);
  /// Events, target, state and the plan of validations. Error: not_found.
  void change(WebhookSubscription subscription, Done<void> done);
  /// With its deliveries. Error: not_found.
  void remove(std::string id, Done<void> done);
  /// Of all accounts, oldest first.
  void all(Done<std::vector<WebhookSubscription>> done);

  /// All or none. Error: not_found (a subscription).
  void add_deliveries(std::vector<WebhookDelivery> deliveries, Done<void> done);
  /// What waits, of all subscriptions, each in the order of its positions; without bodies.
  void waiting(Done<std::vector<WebhookDelivery>> done);
  /// The greatest position that each subscription has used.
  void last_positions(Done<std::vector<std::pair<std::string, std::int64_t>>> done);
  void body(std::string delivery_id, Done<std::optional<Bytes>> done);
  /// State, attempts, not_before, last_status, last_error and tried_at of the delivery with this id. Error: not_found.
  void settle(WebhookDelivery delivery, Done<void> done);
  /// Newest first, without bodies. `state`: only those.
  void log(std::string subscription_id, std::optional<DeliveryState> state, std::uint32_t limit, std::uint32_t offset,
           Done<std::vector<WebhookDelivery>> done);
  void count(std::string subscription_id, std::optional<DeliveryState> state, Done<std::int64_t> done);
  void delivery(std::string subscription_id, std::string id, Done<std::optional<WebhookDelivery>> done);
  /// Forgets what was delivered or failed and is older.
  void forget_before(UnixMicros when, Done<void> done);

 private:
  Engine& engine_;
};

std::string_view name_of(WebhookState state) noexcept;
std::string_view name_of(DeliveryState state) noexcept;
std::optional<DeliveryState> delivery_state_of(std::string_view name) noexcept;

}  // namespace sealhall::store
