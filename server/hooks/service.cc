#include "server/hooks/service.h"

#include <algorithm>

#include "core/base/encoding.h"
#include "io/log/log.h"
#include "server/hooks/endpoint_state.h"
#include "server/hooks/envelope.h"

namespace sealhall::hooks {
namespace {

/// Deliveries at the same time, over all endpoints. More of them use more memory and sockets, fewer let slow receivers
/// hold up the others.
constexpr std::size_t most_under_way = 32;
/// Events that are written in one transaction.
constexpr std::size_t largest_batch = 64;
/// Until the wall clock is looked at again, however far away the next thing is: it may have been set.
constexpr Duration longest_sleep = std::chrono::minutes{1};
/// Events before the store was read, and events that wait to be sealed.
constexpr std::size_t longest_intake = 20'000;

}  // namespace

WebhookService::WebhookService(Parts parts)
    : parts_(std::move(parts)), answers_(parts_.loop, parts_.times.patience), wake_(parts_.loop) {
  subscription_ = parts_.events.subscribe([this](const Event& event) { on_event(event); });
}

WebhookService::~WebhookService() = default;

UnixMicros WebhookService::after(Duration d) const {
  return UnixMicros{static_cast<std::int64_t>(parts_.clock.now()) + d.count()};
}

void WebhookService::later(Duration delay, io::Callback callback) {
  timers_.emplace_front(parts_.loop);
  const auto timer = timers_.begin();
  timer->after(delay, [this, timer, callback = std::move(callback)]() mutable {
    auto call = std::move(callback);
    timers_.erase(timer);
    call();
  });
}

void WebhookService::on_event(const Event& event) {
  if (!ready_) {
    if (early_.size() >= longest_intake) return;
    answers_.came();
    early_.push_back(event);
    return;
  }
  std::optional<std::string> body;
  for (const auto& [id, endpoint] : endpoints_) {
    const Subscription& s = endpoint->subscription;
    if (s.account_id != event.account_id || !s.events.contains(event.name)) continue;
    if (!event.application_id.empty() && event.application_id != s.application_id) continue;
    if (!endpoint->active()) continue;
    if (!body) body = event_body(event);
    if (!body) return io::log::error("an event is not JSON and is told to nobody", {{"event", event.name}});
    take_in(endpoint, event.name, *body, std::nullopt, {});
  }
}

void WebhookService::take_in(const EndpointPtr& endpoint, std::string event, std::string body,
                             std::optional<std::string> replay_of, HookDone<std::string> done) {
  if (endpoint->queue.size() >= longest_queue || intake_.size() >= longest_intake) {
    io::log::warning("an event is dropped: too many wait already",
                     {{"subscription", io::loggable(endpoint->subscription.id)}});
    if (done) done(unexpected(HookError{HookErrorKind::not_ready, "Too many deliveries wait already."}));
    return;
  }
  Intake intake{endpoint->subscription.id, {}, std::move(body), std::move(done)};
  intake.row.id = new_id();
  intake.row.subscription_id = endpoint->subscription.id;
  intake.row.position = endpoint->next_position++;
  intake.row.event = std::move(event);
  intake.row.created_at = parts_.clock.now();
  intake.row.not_before = intake.row.created_at;
  intake.row.replay_of = std::move(replay_of);
  answers_.came();
  intake_.push_back(std::move(intake));
  pump_intake();
}

/// Seals and stores what came, in order, many at once when many have come.
void WebhookService::pump_intake() {
  if (taking_in_ || intake_.empty()) return;
  taking_in_ = true;
  const auto batch = std::make_shared<std::vector<Intake>>();
  while (!intake_.empty() && batch->size() < largest_batch) {
    batch->push_back(std::move(intake_.front()));
    intake_.pop_front();
  }
  const auto open = std::make_shared<std::size_t>(batch->size());
  const auto failed = std::make_shared<bool>(false);
  for (Intake& item : *batch) {
    const EndpointPtr endpoint = endpoints_.contains(item.endpoint_id) ? endpoints_.at(item.endpoint_id) : nullptr;
    const std::string account = endpoint ? endpoint->subscription.account_id : std::string{};
    auto sealed_one = alive([this, batch, open, failed, &item](expected<Bytes, vault::VaultError> sealed) {
      if (sealed) {
        item.row.body_sealed = std::move(*sealed);
      } else {
        *failed = true;
      }
      if (--*open > 0) return;
      if (!*failed) return store_batch(batch);
      // The key service is away: all of it again, in the same order.
      intake_.insert(intake_.begin(), std::make_move_iterator(batch->begin()), std::make_move_iterator(batch->end()));
      later(parts_.times.ours_away, [this] {
        taking_in_ = false;
        pump_intake();
      });
    });
    if (!endpoint || !item.row.body_sealed.empty()) {
      sealed_one(expected<Bytes, vault::VaultError>{std::move(item.row.body_sealed)});
    } else {
      parts_.vault.seal(body_context(account, item.row.id), "account", to_bytes(item.body), std::move(sealed_one));
    }
  }
}

void WebhookService::store_batch(std::shared_ptr<std::vector<Intake>> batch) {
  std::vector<store::WebhookDelivery> rows;
  for (const Intake& item : *batch) {
    if (endpoints_.contains(item.endpoint_id)) rows.push_back(item.row);
  }
  const auto stored = [this, batch](expected<void, store::StoreError> written) {
    if (!written) {
      io::log::error("events wait: the store does not take them", {{"why", std::string{name_of(written.error())}}});
      return later(parts_.times.ours_away, [this, batch] { store_batch(batch); });
    }
    taking_in_ = false;
    for (Intake& item : *batch) {
      const auto it = endpoints_.find(item.endpoint_id);
      if (it != endpoints_.end()) it->second->queue.add({item.row.id, 0, item.row.created_at, item.row.not_before});
      if (item.done) {
        it == endpoints_.end() ? item.done(unexpected(no_such())) : item.done(item.row.id);
      }
    }
    pump_intake();
    poll();
    answers_.kept(batch->size());
  };
  if (rows.empty()) return stored({});
  parts_.store.add_deliveries(std::move(rows), alive(stored));
}

void WebhookService::poll() {
  if (!ready_) return;
  const UnixMicros now = parts_.clock.now();
  const auto all = endpoints_;  // what is called may change the map
  for (const auto& [id, endpoint] : all) {
    if (endpoint->removed) continue;
    if (!endpoint->challenged && endpoint->subscription.validate_at <= now) challenge(endpoint, {});
    if (!endpoint->active() || under_way_ >= most_under_way) continue;
    if (const auto next = endpoint->queue.start(now)) deliver(endpoint, *next);
  }
  if (forget_at_ <= now) {
    forget_at_ = after(std::chrono::hours{1});
    parts_.store.forget_before(after(-parts_.times.log), [](auto) {});
  }
  wake_at();
}

void WebhookService::wake_at() {
  UnixMicros next = forget_at_;
  for (const auto& [id, endpoint] : endpoints_) {
    if (!endpoint->challenged) next = std::min(next, endpoint->subscription.validate_at);
    if (!endpoint->active() || under_way_ >= most_under_way) continue;
    if (const auto at = endpoint->queue.next_at()) next = std::min(next, *at);
  }
  const Duration wait{static_cast<std::int64_t>(next) - static_cast<std::int64_t>(parts_.clock.now())};
  wake_.after(std::clamp(wait, Duration{std::chrono::milliseconds{1}}, longest_sleep), [this] { poll(); });
}

void WebhookService::deliver(const EndpointPtr& endpoint, const std::string& delivery_id) {
  ++under_way_;
  const auto put_back = [this, endpoint] {
    --under_way_;
    endpoint->queue.postponed(after(parts_.times.ours_away));
    wake_at();
  };
  parts_.store.body(
      delivery_id, alive([this, endpoint, delivery_id, put_back](auto sealed) {
        if (!sealed) return put_back();
        if (!*sealed) return send(endpoint, delivery_id, {});  // gone: settled as failed
        parts_.vault.open(
            body_context(endpoint->subscription.account_id, delivery_id), std::move(**sealed),
            alive([this, endpoint, delivery_id, put_back](expected<Bytes, vault::VaultError> body) {
              using vault::VaultError;
              if (!body && body.error() != VaultError::shredded && body.error() != VaultError::not_authentic)
                return put_back();
              send(endpoint, delivery_id, body ? std::string{as_text(*body)} : std::string{});
            }));
      }));
}

/// An empty body is one that cannot be read any more.
void WebhookService::send(const EndpointPtr& endpoint, const std::string& delivery_id, std::string body) {
  auto answered = alive([this, endpoint, delivery_id](HookAnswer answer) {
    const UnixMicros now = parts_.clock.now();
    const bool unreadable = answer.failure == "unreadable";
    auto outcome = unreadable ? endpoint->queue.abandoned() : endpoint->queue.finished(answer.success(), now);
    store::WebhookDelivery row;
    row.id = delivery_id;
    row.attempts = outcome.attempts;
    row.not_before = outcome.not_before;
    row.last_status = answer.status;
    row.last_error = std::move(answer.failure);
    row.tried_at = now;
    using State = DeliveryQueue::Outcome::State;
    row.state = outcome.state == State::delivered ? store::DeliveryState::delivered
                : outcome.state == State::waiting ? store::DeliveryState::waiting
                                                  : store::DeliveryState::failed;
    settle(endpoint, std::move(row));
  });
  if (body.empty()) return answered(HookAnswer{0, {}, "unreadable"});
  const Target& target = endpoint->subscription.target;
  const std::int64_t seconds = static_cast<std::int64_t>(parts_.clock.now()) / 1'000'000;
  HookRequest request{.url = target.url,
                      .headers = {{"Content-Type", "application/json"},
                                  {"x-zm-request-timestamp", std::to_string(seconds)},
                                  {"x-zm-signature", signature(target.secret, seconds, body)},
                                  {"x-delivery-id", delivery_id}},
                      .body = std::move(body)};
  parts_.transport.send(std::move(request), std::move(answered));
}

/// Written down before the next one goes: a restart sends at most one delivery twice, and none out of order.
void WebhookService::settle(const EndpointPtr& endpoint, store::WebhookDelivery row) {
  endpoint->queue.hold(true);
  parts_.store.settle(row, alive([this, endpoint, row](auto written) {
                        if (!written && written.error() != store::StoreError::not_found) {
                          return later(parts_.times.ours_away, [this, endpoint, row] { settle(endpoint, row); });
                        }
                        endpoint->queue.hold(false);
                        --under_way_;
                        poll();
                      }));
}

void WebhookService::challenge(const EndpointPtr& endpoint, HookDone<Subscription> done) {
  endpoint->challenged = true;
  const std::string token = new_id();
  const std::string body = validation_body(token, parts_.clock.now());
  const Target target = endpoint->subscription.target;
  const std::int64_t seconds = static_cast<std::int64_t>(parts_.clock.now()) / 1'000'000;
  parts_.transport.send(
      {.url = target.url,
       .headers = {{"Content-Type", "application/json"},
                   {"x-zm-request-timestamp", std::to_string(seconds)},
                   {"x-zm-signature", signature(target.secret, seconds, body)}},
       .body = body},
      alive([this, endpoint, token, target, done = std::move(done)](HookAnswer answer) mutable {
        endpoint->challenged = false;
        if (endpoint->removed) {
          if (done) done(unexpected(no_such()));
          return;
        }
        Subscription& s = endpoint->subscription;
        if (s.target != target) return challenge(endpoint, std::move(done));  // changed meanwhile
        const bool right = answer.success() && answers_validation(answer.body, target.secret, token);
        const auto plan =
            after_validation(s.state, s.failed_validations, right, parts_.clock.now(), parts_.times.validation);
        if (plan.state != s.state) {
          io::log::info("a webhook address changed its state",
                        {{"subscription", io::loggable(s.id)}, {"state", std::string{name_of(plan.state)}}});
        }
        s.state = plan.state;
        s.failed_validations = plan.failed;
        s.validate_at = plan.next_at;
        save(endpoint, std::move(done));
        poll();
      }));
}

}  // namespace sealhall::hooks
