// Webhook subscriptions and the log of deliveries over HTTP.
#pragma once

#include "server/api/registry.h"
#include "server/hooks/service.h"

namespace sealhall::hooks {

/// `service` must outlive the registry's use.
void add_webhook_endpoints(api::Registry& registry, WebhookService& service);

}  // namespace sealhall::hooks
