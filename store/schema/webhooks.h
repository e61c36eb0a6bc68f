// Webhooks: who is told of what, and what still has to be delivered.
#pragma once

#include "store/schema/step.h"

namespace sealhall::store::schema {

/// `position` orders the deliveries of one subscription. `replay_of` is the delivery that is sent once more.
inline constexpr SchemaStep webhooks{"webhooks", R"(
  CREATE TABLE webhook_subscriptions (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
    application_id TEXT NOT NULL,
    events TEXT NOT NULL,
    target_sealed {bytes} NOT NULL,
    state TEXT NOT NULL,
    failed_validations BIGINT NOT NULL,
    validate_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL
  );
  CREATE INDEX webhook_subscriptions_by_account ON webhook_subscriptions(account_id, created_at);
  CREATE TABLE webhook_deliveries (
    id TEXT PRIMARY KEY,
    subscription_id TEXT NOT NULL REFERENCES webhook_subscriptions(id) ON DELETE CASCADE,
    position BIGINT NOT NULL,
    event TEXT NOT NULL,
    body_sealed {bytes} NOT NULL,
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    not_before BIGINT NOT NULL,
    last_status BIGINT NOT NULL,
    last_error TEXT NOT NULL,
    replay_of TEXT,
    created_at BIGINT NOT NULL,
    tried_at BIGINT,
    UNIQUE (subscription_id, position)
  );
  CREATE INDEX webhook_deliveries_by_state ON webhook_deliveries(state, subscription_id, position);
)"};

}  // namespace sealhall::store::schema
