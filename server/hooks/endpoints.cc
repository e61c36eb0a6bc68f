#include "server/hooks/endpoints.h"

#include "server/api/text.h"
#include "server/hooks/shapes.h"

namespace sealhall::hooks {
namespace {

using api::Access;
using api::Answer;
using api::ApiError;
using api::Call;
using api::Caller;
using api::Permission;
using namespace shapes;

constexpr std::string_view tag = "Webhooks";
constexpr Access may_read = Access::permission(Permission::webhooks, "marketplace:read:event_subscription");
constexpr Access may_write = Access::permission(Permission::webhooks, "marketplace:write:event_subscription");

ApiError to_error(const HookError& error) {
  switch (error.kind) {
    case HookErrorKind::not_found:
      return {404, error.message};
    case HookErrorKind::too_many:
      return {409, error.message};
    case HookErrorKind::bad_address:
      return api::wrong_field("event_webhook_url", error.message);
    case HookErrorKind::bad_event:
      return api::wrong_field("events", error.message);
    case HookErrorKind::bad_secret:
      return api::wrong_field("secret_token", error.message);
    case HookErrorKind::not_ready:
      break;
  }
  return {503, error.message, {}, 5};
}

EventSubscription view(const Subscription& s) {
  EventSubscription v;
  v.event_subscription_id = s.id;
  v.event_subscription_name = s.target.name;
  v.event_webhook_url = s.target.url;
  v.events.assign(s.events.begin(), s.events.end());
  v.subscriber_id = s.account_id;
  v.status = static_cast<SubscriptionStatus>(s.state);
  v.created_at = api::rfc3339(s.created_at);
  if (s.validate_at != never) v.next_validation_at = api::rfc3339(s.validate_at);
  return v;
}

Delivery view(const store::WebhookDelivery& d) {
  Delivery v;
  v.delivery_id = d.id;
  v.event = d.event;
  v.status = static_cast<DeliveryStatus>(d.state);
  v.attempts = d.attempts;
  if (d.last_status != 0) v.last_status = static_cast<std::uint32_t>(d.last_status);
  if (!d.last_error.empty()) v.last_error = d.last_error;
  if (d.state == store::DeliveryState::waiting) v.next_attempt_at = api::rfc3339(d.not_before);
  v.replay_of = d.replay_of;
  v.created_at = api::rfc3339(d.created_at);
  if (d.tried_at) v.last_attempt_at = api::rfc3339(*d.tried_at);
  return v;
}

/// An application sees its own subscriptions only; a person all of the account.
std::optional<std::string> application_of(const Caller& caller) {
  if (caller.kind == api::CallerKind::application) return caller.client_id;
  return std::nullopt;
}

class Endpoints {
 public:
  explicit Endpoints(WebhookService& service) : service_(service) {}

  void create(Call<api::None, NewEventSubscription> call, Answer<EventSubscription> answer) {
    if (call.body.subscription_scope.value_or(SubscriptionScope::account) != SubscriptionScope::account)
      return answer(api::wrong_field("subscription_scope", "Subscriptions are for the whole account: account."));
    NewSubscription wanted;
    wanted.account_id = call.caller.account_id;
    wanted.application_id = application_of(call.caller).value_or("");
    wanted.events.insert(call.body.events.begin(), call.body.events.end());
    wanted.name = call.body.event_subscription_name.value_or("");
    wanted.url = std::move(call.body.event_webhook_url);
    wanted.secret = std::move(call.body.secret_token);
    service_.create(std::move(wanted), [answer = std::move(answer)](auto made) mutable {
      if (!made) return answer(to_error(made.error()));
      EventSubscription v = view(*made);
      v.secret_token = made->target.secret;
      answer.header("Cache-Control", "no-store");
      answer(v);
    });
  }

  void list(Call<SubscriptionQuery> call, Answer<EventSubscriptionList> answer) {
    const auto window = api::window_of(call.query.page);
    if (!window) return answer(window.error());
    const auto all = service_.list(call.caller.account_id, application_of(call.caller));
    EventSubscriptionList list;
    list.page = window->page(all.size());
    for (std::size_t i = window->offset; i < all.size() && i < std::size_t{window->offset} + window->limit; ++i)
      list.event_subscriptions.push_back(view(all[i]));
    answer(list);
  }

  void get(Call<SubscriptionPath> call, Answer<EventSubscription> answer) {
    const auto found = find(call.caller, call.query.event_subscription_id, answer);
    if (found) answer(view(*found));
  }

  void change(Call<SubscriptionPath, ChangedEventSubscription> call, Answer<> answer) {
    if (!find(call.caller, call.query.event_subscription_id, answer)) return;
    ChangedSubscription change;
    if (call.body.events) change.events.emplace(call.body.events->begin(), call.body.events->end());
    change.name = std::move(call.body.event_subscription_name);
    change.url = std::move(call.body.event_webhook_url);
    service_.change(
        call.caller.account_id, call.query.event_subscription_id, std::move(change),
        [answer = std::move(answer)](auto changed) mutable { changed ? answer() : answer(to_error(changed.error())); });
  }

  void remove(const Caller& caller, const std::string& id, Answer<> answer) {
    if (!find(caller, id, answer)) return;
    service_.remove(caller.account_id, id, [answer = std::move(answer)](auto removed) mutable {
      removed ? answer() : answer(to_error(removed.error()));
    });
  }

  void validate(Call<SubscriptionPath> call, Answer<EventSubscription> answer) {
    if (!find(call.caller, call.query.event_subscription_id, answer)) return;
    service_.validate(call.caller.account_id, call.query.event_subscription_id,
                      [answer = std::move(answer)](auto asked) mutable {
                        asked ? answer(view(*asked)) : answer(to_error(asked.error()));
                      });
  }

  void log(Call<DeliveryQuery> call, Answer<DeliveryList> answer) {
    if (!find(call.caller, call.query.event_subscription_id, answer)) return;
    const auto window = api::window_of(call.query.page);
    if (!window) return answer(window.error());
    std::optional<store::DeliveryState> state;
    if (call.query.status) state = static_cast<store::DeliveryState>(*call.query.status);
    service_.log(call.caller.account_id, call.query.event_subscription_id, state, window->limit, window->offset,
                 [window = *window, answer = std::move(answer)](auto log) mutable {
                   if (!log) return answer(to_error(log.error()));
                   DeliveryList list;
                   list.page = window.page(static_cast<std::uint64_t>(log->total));
                   for (const auto& d : log->deliveries) list.deliveries.push_back(view(d));
                   answer(list);
                 });
  }

  void delivery(Call<DeliveryPath> call, Answer<Delivery> answer) {
    if (!find(call.caller, call.query.event_subscription_id, answer)) return;
    service_.delivery(call.caller.account_id, call.query.event_subscription_id, call.query.delivery_id,
                      [answer = std::move(answer)](auto found) mutable {
                        if (!found) return answer(to_error(found.error()));
                        Delivery v = view(found->delivery);
                        v.request_body = std::move(found->body);
                        answer(v);
                      });
  }

  void replay(Call<DeliveryPath> call, Answer<Replayed> answer) {
    if (!find(call.caller, call.query.event_subscription_id, answer)) return;
    service_.replay(call.caller.account_id, call.query.event_subscription_id, call.query.delivery_id,
                    [answer = std::move(answer)](auto replayed) mutable {
                      replayed ? answer(Replayed{*replayed}) : answer(to_error(replayed.error()));
                    });
  }

 private:
  /// Answers 404 and gives nullopt for what is not there, or another application's.
  std::optional<Subscription> find(const Caller& caller, const std::string& id, api::AnswerBase& answer) const {
    auto found = service_.find(caller.account_id, id);
    const auto application = application_of(caller);
    if (found && (!application || found->application_id == *application)) return found;
    answer.fail({404, "There is no such subscription."});
    return std::nullopt;
  }

  WebhookService& service_;
};

}  // namespace

void add_webhook_endpoints(api::Registry& registry, WebhookService& service) {
  const auto endpoints = std::make_shared<Endpoints>(service);
  const auto add = [&](const api::Endpoint& endpoint, auto handler) { registry.add(endpoint, std::move(handler)); };
  add({.method = "POST",
       .path = "/v2/marketplace/app/event_subscription",
       .tag = tag,
       .summary = "Subscribe to events",
       .access = may_write,
       .status = 201,
       .description = "The address is challenged at once (endpoint.url_validation) and again every 72 hours. While its "
                      "status is pending nothing is sent to it. secret_token is how its requests are signed; without "
                      "one, one is made and told in this answer only."},
      [endpoints](Call<api::None, NewEventSubscription> call, Answer<EventSubscription> answer) {
        endpoints->create(std::move(call), std::move(answer));
      });
  add({.method = "GET",
       .path = "/v2/marketplace/app/event_subscription",
       .tag = tag,
       .summary = "List subscriptions",
       .access = may_read},
      [endpoints](Call<SubscriptionQuery> call, Answer<EventSubscriptionList> answer) {
        endpoints->list(std::move(call), std::move(answer));
      });
  add({.method = "DELETE",
       .path = "/v2/marketplace/app/event_subscription",
       .tag = tag,
       .summary = "End a subscription, named in the query",
       .access = may_write},
      [endpoints](Call<SubscriptionToGo> call, Answer<> answer) {
        endpoints->remove(call.caller, call.query.event_subscription_id, std::move(answer));
      });
  add({.method = "GET",
       .path = "/v2/marketplace/app/event_subscription/{event_subscription_id}",
       .tag = tag,
       .summary = "Get a subscription",
       .access = may_read},
      [endpoints](Call<SubscriptionPath> call, Answer<EventSubscription> answer) {
        endpoints->get(std::move(call), std::move(answer));
      });
  add({.method = "PATCH",
       .path = "/v2/marketplace/app/event_subscription/{event_subscription_id}",
       .tag = tag,
       .summary = "Change a subscription",
       .access = may_write,
       .description = "A new address has to prove itself before anything is sent to it."},
      [endpoints](Call<SubscriptionPath, ChangedEventSubscription> call, Answer<> answer) {
        endpoints->change(std::move(call), std::move(answer));
      });
  add({.method = "DELETE",
       .path = "/v2/marketplace/app/event_subscription/{event_subscription_id}",
       .tag = tag,
       .summary = "End a subscription",
       .access = may_write},
      [endpoints](Call<SubscriptionPath> call, Answer<> answer) {
        endpoints->remove(call.caller, call.query.event_subscription_id, std::move(answer));
      });
  add({.method = "POST",
       .path = "/v2/marketplace/app/event_subscription/{event_subscription_id}/validation",
       .tag = tag,
       .summary = "Challenge the address now",
       .access = may_write},
      [endpoints](Call<SubscriptionPath> call, Answer<EventSubscription> answer) {
        endpoints->validate(std::move(call), std::move(answer));
      });
  add({.method = "GET",
       .path = "/v2/marketplace/app/event_subscription/{event_subscription_id}/deliveries",
       .tag = tag,
       .summary = "List deliveries, newest first",
       .access = may_read,
       .description = "What was sent in the last seven days, and what waits."},
      [endpoints](Call<DeliveryQuery> call, Answer<DeliveryList> answer) {
        endpoints->log(std::move(call), std::move(answer));
      });
  add({.method = "GET",
       .path = "/v2/marketplace/app/event_subscription/{event_subscription_id}/deliveries/{delivery_id}",
       .tag = tag,
       .summary = "Get a delivery with its body",
       .access = may_read},
      [endpoints](Call<DeliveryPath> call, Answer<Delivery> answer) {
        endpoints->delivery(std::move(call), std::move(answer));
      });
  add({.method = "POST",
       .path = "/v2/marketplace/app/event_subscription/{event_subscription_id}/deliveries/{delivery_id}/replay",
       .tag = tag,
       .summary = "Send a delivery once more",
       .access = may_write,
       .status = 201},
      [endpoints](Call<DeliveryPath> call, Answer<Replayed> answer) {
        endpoints->replay(std::move(call), std::move(answer));
      });
}

}  // namespace sealhall::hooks
