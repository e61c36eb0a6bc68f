// Tested in service_test.cc
#include <algorithm>

#include "io/log/log.h"
#include "server/api/tokens.h"
#include "server/hooks/endpoint_state.h"
#include "server/hooks/envelope.h"
#include "server/hooks/service.h"

namespace sealhall::hooks {
namespace {

std::string joined(const std::set<std::string>& events) {
  std::string out;
  for (const std::string& event : events) out += (out.empty() ? "" : " ") + event;
  return out;
}

std::set<std::string> cut(std::string_view text) {
  std::set<std::string> out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    if (end > 0) out.emplace(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

store::WebhookSubscription row_of(const Subscription& s, Bytes sealed) {
  return {s.id,    s.account_id,         s.application_id, joined(s.events), std::move(sealed),
          s.state, s.failed_validations, s.validate_at,    s.created_at};
}

}  // namespace

std::string WebhookService::new_id() { return api::random_text(parts_.random, 16); }

// ---- at the start --------------------------------------------------------------------------------------------------

struct WebhookService::Loading {
  std::vector<store::WebhookSubscription> rows;
  std::vector<store::WebhookDelivery> waiting;
  std::map<std::string, std::int64_t> last_positions;
  std::vector<expected<Bytes, vault::VaultError>> targets;
};

void WebhookService::start() { load(); }

void WebhookService::load() {
  const auto again = [this] { later(parts_.times.ours_away, [this] { load(); }); };
  const auto loading = std::make_shared<Loading>();
  parts_.store.all(alive([this, again, loading](auto rows) {
    if (!rows) return again();
    loading->rows = std::move(*rows);
    parts_.store.waiting(alive([this, again, loading](auto waiting) {
      if (!waiting) return again();
      loading->waiting = std::move(*waiting);
      parts_.store.last_positions(alive([this, again, loading](auto last) {
        if (!last) return again();
        for (auto& [id, position] : *last) loading->last_positions[id] = position;
        open_targets(loading);
      }));
    }));
  }));
}

void WebhookService::open_targets(std::shared_ptr<Loading> loading) {
  std::vector<vault::SealedItem> items;
  for (const store::WebhookSubscription& row : loading->rows) {
    items.push_back({{row.account_id, "webhook", row.id, "target"}, row.target_sealed});
  }
  if (items.empty()) return loaded(*loading);
  parts_.vault.open_all(std::move(items), alive([this, loading](auto opened) {
                          const bool away = std::ranges::any_of(opened, [](const auto& o) {
                            return !o && o.error() != vault::VaultError::shredded &&
                                   o.error() != vault::VaultError::not_authentic;
                          });
                          if (away) return later(parts_.times.ours_away, [this, loading] { open_targets(loading); });
                          loading->targets = std::move(opened);
                          loaded(*loading);
                        }));
}

void WebhookService::loaded(Loading& loading) {
  for (std::size_t i = 0; i < loading.rows.size(); ++i) {
    store::WebhookSubscription& row = loading.rows[i];
    auto target = loading.targets[i] ? read_target(*loading.targets[i]) : std::nullopt;
    if (!target) {
      io::log::error("a webhook subscription cannot be read and is left alone",
                     {{"subscription", io::loggable(row.id)}});
      continue;
    }
    Subscription s{row.id,    row.account_id,         row.application_id, cut(row.events), std::move(*target),
                   row.state, row.failed_validations, row.validate_at,    row.created_at};
    auto endpoint = std::make_shared<Endpoint>(std::move(s), parts_.times.retry);
    endpoint->next_position = loading.last_positions[row.id] + 1;
    endpoints_[row.id] = std::move(endpoint);
  }
  for (const store::WebhookDelivery& d : loading.waiting) {
    if (const auto it = endpoints_.find(d.subscription_id); it != endpoints_.end())
      it->second->queue.add({d.id, d.attempts, d.created_at, d.not_before});
  }
  ready_ = true;
  const std::vector<Event> early = std::exchange(early_, {});
  for (const Event& event : early) on_event(event);
  answers_.wait_for_all();
  answers_.kept(early.size());
  poll();
}

// ---- what people do with them --------------------------------------------------------------------------------------

std::optional<HookError> WebhookService::wrong_with(const std::set<std::string>* events, const std::string* url) const {
  if (events != nullptr) {
    if (events->empty()) return HookError{HookErrorKind::bad_event, "Name at least one event."};
    for (const std::string& event : *events) {
      if (!is_known_event(event)) return HookError{HookErrorKind::bad_event, "There is no event " + event + " here."};
    }
  }
  if (url != nullptr) {
    if (auto ok = check_address(*url, parts_.reachable); !ok) return HookError{HookErrorKind::bad_address, ok.error()};
  }
  return std::nullopt;
}

void WebhookService::create(NewSubscription wanted, HookDone<Subscription> done) {
  if (!ready_) return done(unexpected(not_ready()));
  if (auto wrong = wrong_with(&wanted.events, &wanted.url)) return done(unexpected(*wrong));
  if (wanted.secret && (wanted.secret->size() < 16 || wanted.secret->size() > 128))
    return done(unexpected(HookError{HookErrorKind::bad_secret, "From 16 to 128 characters."}));
  const std::pair key{wanted.account_id, wanted.application_id};
  if (list(wanted.account_id, wanted.application_id).size() + being_made_[key] >= subscriptions_per_application)
    return done(unexpected(HookError{HookErrorKind::too_many, "An application has at most 20 subscriptions."}));
  ++being_made_[key];
  Subscription s;
  s.id = new_id();
  s.account_id = std::move(wanted.account_id);
  s.application_id = std::move(wanted.application_id);
  s.events = std::move(wanted.events);
  s.target = {std::move(wanted.name), std::move(wanted.url), wanted.secret ? std::move(*wanted.secret) : new_id()};
  s.created_at = parts_.clock.now();
  s.validate_at = never;
  auto stored = alive([this, key, s, done = std::move(done)](expected<Bytes, vault::VaultError> sealed) mutable {
    const auto made = [this, key] {
      if (--being_made_[key] == 0) being_made_.erase(key);
    };
    if (!sealed) {
      made();
      return done(unexpected(not_ready()));
    }
    auto row = row_of(s, std::move(*sealed));
    row.validate_at = s.created_at;  // killed before the challenge: challenged at the next start
    parts_.store.add(std::move(row), alive([this, made, s = std::move(s), done = std::move(done)](auto added) mutable {
                       made();
                       if (!added) return done(unexpected(not_ready()));
                       const auto endpoint = std::make_shared<Endpoint>(s, parts_.times.retry);
                       endpoints_[s.id] = endpoint;
                       challenge(endpoint, std::move(done));
                     }));
  });
  parts_.vault.seal(target_context(s), "account", encode_target(s.target), std::move(stored));
}

void WebhookService::change(const std::string& account_id, const std::string& id, ChangedSubscription change,
                            HookDone<Subscription> done) {
  const EndpointPtr endpoint = endpoint_of(account_id, id);
  if (!endpoint) return done(unexpected(no_such()));
  if (auto wrong = wrong_with(change.events ? &*change.events : nullptr, change.url ? &*change.url : nullptr))
    return done(unexpected(*wrong));
  Subscription& s = endpoint->subscription;
  if (change.events) s.events = std::move(*change.events);
  if (change.name) s.target.name = std::move(*change.name);
  const bool moved = change.url && *change.url != s.target.url;
  if (!moved) return save(endpoint, std::move(done));
  s.target.url = std::move(*change.url);
  s.state = store::WebhookState::pending;
  s.failed_validations = 0;
  save(endpoint, [this, endpoint, done = std::move(done)](auto saved) mutable {
    if (!saved) return done(unexpected(saved.error()));
    if (endpoint->challenged) return done(endpoint->subscription);
    challenge(endpoint, std::move(done));
  });
}

void WebhookService::save(const EndpointPtr& endpoint, HookDone<Subscription> done) {
  const Subscription s = endpoint->subscription;
  auto finish = [done = std::move(done)](expected<Subscription, HookError> result) mutable {
    if (done) done(std::move(result));
  };
  parts_.vault.seal(target_context(s), "account", encode_target(s.target),
                    alive([this, s, finish = std::move(finish)](auto sealed) mutable {
                      if (!sealed) return finish(unexpected(not_ready()));
                      parts_.store.change(row_of(s, std::move(*sealed)),
                                          alive([s, finish = std::move(finish)](auto changed) mutable {
                                            if (!changed) return finish(unexpected(not_ready()));
                                            finish(std::move(s));
                                          }));
                    }));
}

void WebhookService::remove(const std::string& account_id, const std::string& id, HookDone<void> done) {
  const EndpointPtr endpoint = endpoint_of(account_id, id);
  if (!endpoint) return done(unexpected(no_such()));
  parts_.store.remove(id, alive([this, endpoint, id, done = std::move(done)](auto removed) mutable {
                        if (!removed && removed.error() != store::StoreError::not_found)
                          return done(unexpected(not_ready()));
                        endpoint->removed = true;
                        endpoints_.erase(id);
                        done({});
                      }));
}

void WebhookService::validate(const std::string& account_id, const std::string& id, HookDone<Subscription> done) {
  const EndpointPtr endpoint = endpoint_of(account_id, id);
  if (!endpoint) return done(unexpected(no_such()));
  if (endpoint->challenged)
    return done(unexpected(HookError{HookErrorKind::not_ready, "The address is being asked already."}));
  challenge(endpoint, std::move(done));
}

WebhookService::EndpointPtr WebhookService::endpoint_of(const std::string& account_id, const std::string& id) const {
  const auto it = endpoints_.find(id);
  return it != endpoints_.end() && it->second->subscription.account_id == account_id ? it->second : nullptr;
}

std::optional<Subscription> WebhookService::find(const std::string& account_id, const std::string& id) const {
  const EndpointPtr endpoint = endpoint_of(account_id, id);
  if (!endpoint) return std::nullopt;
  return endpoint->subscription;
}

std::vector<Subscription> WebhookService::list(const std::string& account_id,
                                               const std::optional<std::string>& application_id) const {
  std::vector<Subscription> out;
  for (const auto& [id, endpoint] : endpoints_) {
    const Subscription& s = endpoint->subscription;
    if (s.account_id == account_id && (!application_id || s.application_id == *application_id)) out.push_back(s);
  }
  std::ranges::sort(out, {}, [](const Subscription& s) { return std::pair{s.created_at, s.id}; });
  return out;
}

// ---- the log -------------------------------------------------------------------------------------------------------

void WebhookService::log(const std::string& account_id, const std::string& id,
                         std::optional<store::DeliveryState> state, std::uint32_t limit, std::uint32_t offset,
                         HookDone<LogPage> done) {
  if (!endpoint_of(account_id, id)) return done(unexpected(no_such()));
  parts_.store.count(id, state, alive([this, id, state, limit, offset, done = std::move(done)](auto count) mutable {
                       if (!count) return done(unexpected(not_ready()));
                       parts_.store.log(id, state, limit, offset,
                                        [total = *count, done = std::move(done)](auto rows) mutable {
                                          if (!rows) return done(unexpected(not_ready()));
                                          done(LogPage{std::move(*rows), total});
                                        });
                     }));
}

void WebhookService::delivery(const std::string& account_id, const std::string& id, const std::string& delivery_id,
                              HookDone<LoggedDelivery> done) {
  if (!endpoint_of(account_id, id)) return done(unexpected(no_such()));
  parts_.store.delivery(id, delivery_id, alive([this, account_id, done = std::move(done)](auto row) mutable {
                          if (!row) return done(unexpected(not_ready()));
                          if (!*row)
                            return done(unexpected(HookError{HookErrorKind::not_found, "There is no such delivery."}));
                          parts_.store.body(
                              (*row)->id,
                              alive([this, account_id, row = **row, done = std::move(done)](auto sealed) mutable {
                                if (!sealed || !*sealed) return done(unexpected(not_ready()));
                                parts_.vault.open(body_context(account_id, row.id), std::move(**sealed),
                                                  [row, done = std::move(done)](auto body) mutable {
                                                    if (!body) return done(unexpected(not_ready()));
                                                    done(LoggedDelivery{std::move(row), std::string{as_text(*body)}});
                                                  });
                              }));
                        }));
}

void WebhookService::replay(const std::string& account_id, const std::string& id, const std::string& delivery_id,
                            HookDone<std::string> done) {
  delivery(account_id, id, delivery_id, alive([this, account_id, id, done = std::move(done)](auto logged) mutable {
             if (!logged) return done(unexpected(logged.error()));
             const EndpointPtr endpoint = endpoint_of(account_id, id);
             if (!endpoint) return done(unexpected(no_such()));
             endpoint->queue.hurry(parts_.clock.now());
             take_in(endpoint, logged->delivery.event, std::move(logged->body), logged->delivery.id, std::move(done));
           }));
}

}  // namespace sealhall::hooks
