// What programs of others use besides /v2: webhooks and the learning platforms' API, put together.
#pragma once

#include <string>

#include "io/curl/curl.h"
#include "server/api/registry.h"
#include "server/bbb/service.h"
#include "server/control/platform_rooms.h"
#include "server/hooks/service.h"

namespace sealhall::control {

struct IntegrationOptions {
  /// Webhooks and callbacks may go into the operator's own network, and in the clear.
  bool calls_anywhere = false;
  std::string ca_file = {};  ///< authorities for webhooks and callbacks; "": the system's
  bool bbb_sha1 = false;     ///< the learning platforms' API takes SHA-1 checksums too
};

class Integrations {
 public:
  struct Parts {
    io::Loop& loop;
    store::Engine& engine;
    vault::Vault& vault;
    EventBus& events;
    const io::WallClock& clock;
    RandomSource& random;
    PlatformRooms::Parts rooms;
    std::string public_url;  ///< without a slash at the end
    IntegrationOptions options;
  };
  explicit Integrations(Parts parts);

  void add_endpoints(api::Registry& registry);
  [[nodiscard]] hooks::WebhookService& webhooks() noexcept { return webhooks_; }
  [[nodiscard]] bbb::BbbService& platforms() noexcept { return platforms_; }

 private:
  IntegrationOptions options_;
  std::string public_url_;
  io::Curl curl_;
  hooks::CurlTransport transport_;
  store::Webhooks webhook_store_;
  store::Bbb platform_store_;
  PlatformRooms rooms_;
  hooks::WebhookService webhooks_;
  bbb::BbbService platforms_;
  EventBus::Subscription happened_;  ///< meetings that ended in another way, recordings that are ready
};

}  // namespace sealhall::control
