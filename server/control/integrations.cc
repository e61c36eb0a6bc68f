#include "server/control/integrations.h"

#include <boost/json.hpp>

#include "server/bbb/endpoints.h"
#include "server/hooks/endpoints.h"

namespace sealhall::control {
namespace {

hooks::Reachable reachable(const IntegrationOptions& options) {
  return options.calls_anywhere ? hooks::Reachable::anything : hooks::Reachable::internet;
}

}  // namespace

Integrations::Integrations(Parts parts)
    : options_(std::move(parts.options)),
      public_url_(std::move(parts.public_url)),
      curl_(parts.loop),
      transport_(curl_, reachable(options_), options_.ca_file),
      webhook_store_(parts.engine),
      platform_store_(parts.engine),
      rooms_(parts.rooms),
      webhooks_({parts.loop, webhook_store_, parts.vault, transport_, parts.clock, parts.random, parts.events,
                 reachable(options_)}),
      platforms_({parts.loop, platform_store_, parts.vault, rooms_, transport_, parts.clock, parts.random}) {
  happened_ = parts.events.subscribe([this](const Event& event) {
    if (event.name != "meeting.ended" && event.name != "recording.completed") return;
    boost::json::error_code error;
    const boost::json::value object = boost::json::parse(event.object_json, error);
    if (error || !object.is_object()) return;
    const boost::json::value* id = object.get_object().if_contains("id");
    if (id == nullptr) return;
    const std::string room = id->is_string() ? std::string{id->get_string()} : boost::json::serialize(*id);
    event.name == "meeting.ended" ? platforms_.room_ended(event.account_id, room) : platforms_.recordings_ready();
  });
  webhooks_.start();
  platforms_.start();
}

void Integrations::add_endpoints(api::Registry& registry) {
  hooks::add_webhook_endpoints(registry, webhooks_);
  bbb::add_bbb_endpoints(registry, {platforms_, options_.bbb_sha1, public_url_});
}

}  // namespace sealhall::control
