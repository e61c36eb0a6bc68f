#include "store/webhooks.h"

namespace sealhall::store {
namespace {

WebhookState webhook_state_of(std::string_view name) noexcept {
  if (name == "active") return WebhookState::active;
  return name == "disabled" ? WebhookState::disabled : WebhookState::pending;
}

WebhookSubscription subscription_in(const Rows& rows, std::size_t i) {
  WebhookSubscription s;
  s.id = rows.text(i, 0);
  s.account_id = rows.text(i, 1);
  s.application_id = rows.text(i, 2);
  s.events = rows.text(i, 3);
  s.target_sealed = rows.bytes(i, 4);
  s.state = webhook_state_of(rows.text(i, 5));
  s.failed_validations = static_cast<std::uint32_t>(rows.integer(i, 6));
  s.validate_at = rows.time(i, 7);
  s.created_at = rows.time(i, 8);
  return s;
}

constexpr std::string_view delivery_columns =
    "id, subscription_id, position, event, state, attempts, not_before, last_status, last_error, replay_of, "
    "created_at, "
    "tried_at";

WebhookDelivery delivery_in(const Rows& rows, std::size_t i) {
  WebhookDelivery d;
  d.id = rows.text(i, 0);
  d.subscription_id = rows.text(i, 1);
  d.position = rows.integer(i, 2);
  d.event = rows.text(i, 3);
  d.state = delivery_state_of(rows.text(i, 4)).value_or(DeliveryState::waiting);
  d.attempts = static_cast<std::uint32_t>(rows.integer(i, 5));
  d.not_before = rows.time(i, 6);
  d.last_status = static_cast<int>(rows.integer(i, 7));
  d.last_error = rows.text(i, 8);
  d.replay_of = rows.optional_text(i, 9);
  d.created_at = rows.time(i, 10);
  d.tried_at = rows.optional_time(i, 11);
  return d;
}

std::string select_deliveries(std::string_view rest) {
  return "SELECT " + std::string{delivery_columns} + " FROM webhook_deliveries " + std::string{rest};
}

std::optional<std::string> name_in(std::optional<DeliveryState> state) {
  if (!state) return std::nullopt;
  return std::string{name_of(*state)};
}

}  // namespace

std::string_view name_of(WebhookState state) noexcept {
  switch (state) {
    case WebhookState::pending:
      return "pending";
    case WebhookState::active:
      return "active";
    case WebhookState::disabled:
      return "disabled";
  }
  return "";
}

std::string_view name_of(DeliveryState state) noexcept {
  switch (state) {
    case DeliveryState::waiting:
      return "waiting";
    case DeliveryState::delivered:
      return "delivered";
    case DeliveryState::failed:
      return "failed";
  }
  return "";
}

std::optional<DeliveryState> delivery_state_of(std::string_view name) noexcept {
  for (const DeliveryState state : {DeliveryState::waiting, DeliveryState::delivered, DeliveryState::failed}) {
    if (name_of(state) == name) return state;
  }
  return std::nullopt;
}

void Webhooks::add(WebhookSubscription s, Done<void> done) {
  engine_.write({{.sql = "INSERT INTO webhook_subscriptions(id, account_id, application_id, events, target_sealed, "
                         "state, failed_validations, validate_at, created_at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9)",
                  .values = {s.id, s.account_id, s.application_id, s.events, s.target_sealed, name_of(s.state),
                             s.failed_validations, s.validate_at, s.created_at}}},
                only_done(std::move(done)));
}

void Webhooks::change(WebhookSubscription s, Done<void> done) {
  engine_.write({{.sql = "UPDATE webhook_subscriptions SET events=$2, target_sealed=$3, state=$4, "
                         "failed_validations=$5, validate_at=$6 WHERE id=$1",
                  .values = {s.id, s.events, s.target_sealed, name_of(s.state), s.failed_validations, s.validate_at},
                  .none = StoreError::not_found}},
                only_done(std::move(done)));
}

void Webhooks::remove(std::string id, Done<void> done) {
  engine_.write({{.sql = "DELETE FROM webhook_subscriptions WHERE id=$1",
                  .values = {std::move(id)},
                  .none = StoreError::not_found}},
                only_done(std::move(done)));
}

void Webhooks::all(Done<std::vector<WebhookSubscription>> done) {
  engine_.read({.sql = "SELECT id, account_id, application_id, events, target_sealed, state, failed_validations, "
                       "validate_at, created_at FROM webhook_subscriptions ORDER BY created_at, id"},
               every_row(&subscription_in, std::move(done)));
}

void Webhooks::add_deliveries(std::vector<WebhookDelivery> deliveries, Done<void> done) {
  std::vector<Statement> statements;
  // A batch is written again when nobody knows whether it was (uncertain): what is there by its name is there already.
  for (WebhookDelivery& d : deliveries) {
    statements.push_back(
        {.sql = "INSERT INTO webhook_deliveries(id, subscription_id, position, event, body_sealed, state, attempts, "
                "not_before, last_status, last_error, replay_of, created_at) VALUES "
                "($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12) ON CONFLICT (id) DO NOTHING",
         .values = {d.id, d.subscription_id, d.position, d.event, std::move(d.body_sealed), name_of(d.state),
                    d.attempts, d.not_before, d.last_status, d.last_error, d.replay_of, d.created_at}});
  }
  engine_.write(std::move(statements), only_done(std::move(done)));
}

void Webhooks::waiting(Done<std::vector<WebhookDelivery>> done) {
  engine_.read({.sql = select_deliveries("WHERE state='waiting' ORDER BY subscription_id, position")},
               every_row(&delivery_in, std::move(done)));
}

void Webhooks::last_positions(Done<std::vector<std::pair<std::string, std::int64_t>>> done) {
  engine_.read({.sql = "SELECT subscription_id, MAX(position) FROM webhook_deliveries GROUP BY subscription_id"},
               every_row([](const Rows& rows, std::size_t i) { return std::pair{rows.text(i, 0), rows.integer(i, 1)}; },
                         std::move(done)));
}

void Webhooks::body(std::string id, Done<std::optional<Bytes>> done) {
  engine_.read({.sql = "SELECT body_sealed FROM webhook_deliveries WHERE id=$1", .values = {std::move(id)}},
               first_row([](const Rows& rows, std::size_t i) { return rows.bytes(i, 0); }, std::move(done)));
}

void Webhooks::settle(WebhookDelivery d, Done<void> done) {
  engine_.write({{.sql = "UPDATE webhook_deliveries SET state=$2, attempts=$3, not_before=$4, last_status=$5, "
                         "last_error=$6, tried_at=$7 WHERE id=$1",
                  .values = {d.id, name_of(d.state), d.attempts, d.not_before, d.last_status, d.last_error, d.tried_at},
                  .none = StoreError::not_found}},
                only_done(std::move(done)));
}

void Webhooks::log(std::string subscription_id, std::optional<DeliveryState> state, std::uint32_t limit,
                   std::uint32_t offset, Done<std::vector<WebhookDelivery>> done) {
  engine_.read({.sql = select_deliveries("WHERE subscription_id=$1 AND (CAST($2 AS TEXT) IS NULL OR state=$2) "
                                         "ORDER BY position DESC LIMIT $3 OFFSET $4"),
                .values = {std::move(subscription_id), name_in(state), limit, offset}},
               every_row(&delivery_in, std::move(done)));
}

void Webhooks::count(std::string subscription_id, std::optional<DeliveryState> state, Done<std::int64_t> done) {
  engine_.read({.sql = "SELECT COUNT(*) FROM webhook_deliveries WHERE subscription_id=$1 AND (CAST($2 AS TEXT) IS NULL "
                       "OR state=$2)",
                .values = {std::move(subscription_id), name_in(state)}},
               [done = std::move(done)](expected<Rows, StoreError> rows) mutable {
                 if (!rows) return done(unexpected(rows.error()));
                 done(rows->integer(0, 0));
               });
}

void Webhooks::delivery(std::string subscription_id, std::string id, Done<std::optional<WebhookDelivery>> done) {
  engine_.read({.sql = select_deliveries("WHERE subscription_id=$1 AND id=$2"),
                .values = {std::move(subscription_id), std::move(id)}},
               first_row(&delivery_in, std::move(done)));
}

void Webhooks::forget_before(UnixMicros when, Done<void> done) {
  engine_.write({{.sql = "DELETE FROM webhook_deliveries WHERE state<>'waiting' AND created_at<$1", .values = {when}}},
                only_done(std::move(done)));
}

}  // namespace sealhall::store
