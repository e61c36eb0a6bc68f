#include "server/vault/stored_vault.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <utility>

#include "core/base/encoding.h"

namespace sealhall::vault {
namespace {

using namespace wire::kms;

VaultError to_vault(envelope::EnvelopeError error) noexcept {
  switch (error) {
    case envelope::EnvelopeError::bad_context:
      return VaultError::bad_context;
    case envelope::EnvelopeError::too_large:
      return VaultError::too_large;
    default:
      return VaultError::not_authentic;
  }
}

VaultError to_vault(KeyFailure failure) noexcept {
  switch (failure) {
    case KeyFailure::not_authentic:
      return VaultError::not_authentic;
    case KeyFailure::destroyed:
    case KeyFailure::unknown_key:
      return VaultError::shredded;
    case KeyFailure::not_allowed:
    case KeyFailure::too_fast:
      return VaultError::refused;
    case KeyFailure::no_keys:
      return VaultError::unavailable;
    case KeyFailure::not_saved:  // nothing is used that the audit log cannot take
      return VaultError::full;
  }
  return VaultError::unavailable;
}

VaultError to_vault(store::StoreError error) noexcept {
  return error == store::StoreError::full ? VaultError::full : VaultError::failed;
}

/// The answer as what was asked for; a refusal, or an answer to something else, as an error.
template <class T>
expected<T, VaultError> expect(expected<KmsMessage, VaultError>& answer) {
  if (!answer) return unexpected(answer.error());
  if (T* wanted = std::get_if<T>(&*answer)) return std::move(*wanted);
  if (const auto* refused = std::get_if<KeysRefused>(&*answer)) return unexpected(to_vault(refused->failure));
  return unexpected(VaultError::failed);
}

std::optional<envelope::KeyId> key_id(ByteView bytes) {
  envelope::KeyId id{};
  if (bytes.size() != id.size()) return std::nullopt;
  std::ranges::copy(bytes, id.begin());
  return id;
}

std::string text_of(const envelope::KeyId& id) { return to_base64url(id); }

/// Takes the key out of a message and wipes it there.
std::optional<envelope::Key> take_key(Bytes& bytes) {
  std::optional<envelope::Key> key;
  if (bytes.size() == envelope::key_size) key.emplace(ByteView{bytes}.first<envelope::key_size>());
  wipe(bytes);
  return key;
}

std::optional<PooledKey> take_key(DataKey& from, Instant now) {
  const auto id = key_id(from.key_id);
  auto key = take_key(from.key);
  if (!id || !key) return std::nullopt;
  return PooledKey{*id, std::move(*key), std::move(from.wrapped), now};
}

}  // namespace

std::string_view name_of(VaultError error) noexcept {
  switch (error) {
    case VaultError::unavailable:
      return "unavailable";
    case VaultError::not_authentic:
      return "not_authentic";
    case VaultError::shredded:
      return "shredded";
    case VaultError::refused:
      return "refused";
    case VaultError::too_large:
      return "too_large";
    case VaultError::bad_context:
      return "bad_context";
    case VaultError::full:
      return "full";
    case VaultError::failed:
      return "failed";
  }
  return "";
}

std::string period_of(std::string_view scope, UnixMicros now) {
  if (scope == "account" || scope.starts_with("account/")) return "";
  const auto days = std::chrono::floor<std::chrono::days>(
      std::chrono::sys_time<std::chrono::microseconds>{std::chrono::microseconds{static_cast<std::int64_t>(now)}});
  const std::chrono::year_month_day date{days};
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()));
  return text.data();
}

StoredVault::StoredVault(store::Engine& engine, KeySource& source, RandomSource& random, Clocks clocks)
    : keys_(engine), source_(source), random_(random), clocks_(std::move(clocks)) {}
StoredVault::~StoredVault() = default;

// ---- sealing ------------------------------------------------------------------------------------------------------

expected<Bytes, VaultError> StoredVault::seal_now(HeldKey& key, const SealContext& context, ByteView plaintext) {
  auto sealed = key.records().seal(context, plaintext, random_);
  if (!sealed) return unexpected(to_vault(sealed.error()));
  return std::move(*sealed);
}

void StoredVault::seal(SealContext context, std::string scope, Bytes plaintext, Done<Bytes> done) {
  if (!envelope::encode_context(context)) return done(unexpected(VaultError::bad_context));
  if (plaintext.size() > envelope::max_record_size) return done(unexpected(VaultError::too_large));
  const Scope name{context.account_id, std::move(scope)};
  Sealing& sealing = sealing_[name];
  if (!sealing.fetching && sealing.left > 0) {
    if (HeldKey* key = cache_.find(sealing.id, clocks_.steady())) {
      --sealing.left;
      return done(seal_now(*key, context, plaintext));
    }
  }
  sealing.waiting.push_back({std::move(context), std::move(plaintext), std::move(done)});
  if (std::exchange(sealing.fetching, true)) return;
  fetch_sealing_key(name);
}

void StoredVault::fetch_sealing_key(const Scope& scope) {
  keys_.sealing_key(scope.first, scope.second, guarded([this, scope](auto row) {
                      if (!row) return sealing_failed(scope, to_vault(row.error()));
                      const auto bytes = *row ? from_base64url((*row)->id) : std::nullopt;
                      const auto id = bytes ? key_id(*bytes) : std::nullopt;
                      if (!id) return make_sealing_key(scope);
                      // While kms is away the scope goes on with a new key from the pool; the old one opens again when
                      // kms is back.
                      if (cache_.find(*id, clocks_.steady()) == nullptr && !source_.here())
                        return make_sealing_key(scope);
                      key_of(scope.first, *id, [this, scope, id = *id](auto key) {
                        if (!key) return make_sealing_key(scope);
                        const auto at = sealing_.find(scope);
                        if (at != sealing_.end() && at->second.id == id && at->second.left > 0)
                          return sealing_ready(scope, id, at->second.left);
                        reserve(scope, id);
                      });
                    }));
}

void StoredVault::reserve(const Scope& scope, const envelope::KeyId& id) {
  keys_.reserve(text_of(id), reserve_block, guarded([this, scope, id](auto sum) {
                  if (!sum && sum.error() != store::StoreError::not_found)
                    return sealing_failed(scope, to_vault(sum.error()));
                  if (!sum || *sum > static_cast<std::int64_t>(envelope::max_records_per_key))
                    return make_sealing_key(scope);
                  sealing_ready(scope, id, reserve_block);
                }));
}

void StoredVault::make_sealing_key(const Scope& scope) {
  fresh_key(scope, true, reserve_block, [this, scope](auto made) {
    if (!made) return sealing_failed(scope, made.error());
    sealing_ready(scope, made->first->id(), reserve_block);
  });
}

void StoredVault::sealing_ready(const Scope& scope, const envelope::KeyId& id, std::int64_t left) {
  Sealing& sealing = sealing_[scope];
  sealing.id = id;
  sealing.left = left;
  sealing.fetching = false;
  // Whoever is answered may ask for the next thing at once.
  std::vector<ToSeal> waiting = std::move(sealing.waiting);
  sealing.waiting.clear();
  for (ToSeal& one : waiting) seal(std::move(one.context), scope.second, std::move(one.plaintext), std::move(one.done));
}

void StoredVault::sealing_failed(const Scope& scope, VaultError error) {
  const auto found = sealing_.find(scope);
  if (found == sealing_.end()) return;
  std::vector<ToSeal> waiting = std::move(found->second.waiting);
  sealing_.erase(found);
  for (ToSeal& one : waiting) one.done(unexpected(error));
}

// ---- fresh keys ---------------------------------------------------------------------------------------------------

void StoredVault::fresh_key(const Scope& scope, bool sealing, std::int64_t reserved,
                            std::move_only_function<void(expected<std::pair<HeldKey*, Bytes>, VaultError>)> done) {
  const std::string period = period_of(scope.second, clocks_.wall());
  auto pooled = pool_.take(scope.first, period);
  fill(scope.first, period);
  if (pooled) return store_fresh(scope, sealing, reserved, std::move(*pooled), change_, std::move(done));
  source_.ask(MakeDataKeys{0, Principal::control, scope.first, period, 1},
              guarded([this, scope, sealing, reserved, change = change_, done = std::move(done)](auto answer) mutable {
                auto made = expect<DataKeysMade>(answer);
                if (!made) return done(unexpected(made.error()));
                auto key = made->keys.empty() ? std::nullopt : take_key(made->keys[0], clocks_.steady());
                if (!key) return done(unexpected(VaultError::failed));
                store_fresh(scope, sealing, reserved, std::move(*key), change, std::move(done));
              }));
}

void StoredVault::store_fresh(const Scope& scope, bool sealing, std::int64_t reserved, PooledKey key,
                              std::uint64_t change,
                              std::move_only_function<void(expected<std::pair<HeldKey*, Bytes>, VaultError>)> done) {
  const auto info = envelope::read_wrapped_key(key.wrapped);
  if (!info) return done(unexpected(VaultError::failed));
  store::DataKey row{.id = text_of(key.id),
                     .account_id = scope.first,
                     .scope = scope.second,
                     .sealing = sealing,
                     .reserved = reserved,
                     .wrapping_key = to_hex(info->under.id),
                     .wrapping_version = info->under.version,
                     .wrapped = key.wrapped,
                     .created_at = clocks_.wall()};
  keys_.add(std::move(row), guarded([this, scope, sealing, reserved, change, key = std::move(key),
                                     done = std::move(done)](auto added) mutable {
              if (!added) return done(unexpected(to_vault(added.error())));
              // While it was written down its version may have been destroyed.
              if (change != change_) return fresh_key(scope, sealing, reserved, std::move(done));
              HeldKey* held = cache_.put({std::move(key.key), key.id, scope.first}, clocks_.steady());
              done(std::pair{held, std::move(key.wrapped)});
            }));
}

void StoredVault::fill(const std::string& account_id, const std::string& period) {
  const std::size_t missing = pool_.missing(account_id, period, clocks_.steady());
  if (missing == 0 || !source_.here() || !filling_.insert({account_id, period}).second) return;
  source_.ask(MakeDataKeys{0, Principal::control, account_id, period, static_cast<std::uint32_t>(missing)},
              guarded([this, account_id, period, change = change_](auto answer) {
                filling_.erase({account_id, period});
                auto made = expect<DataKeysMade>(answer);
                if (!made) return;
                if (change != change_) return fill(account_id, period);
                for (DataKey& one : made->keys) {
                  if (auto key = take_key(one, clocks_.steady())) pool_.put(account_id, period, std::move(*key));
                }
              }));
}

void StoredVault::warm(const std::string& account_id) {
  fill(account_id, "");
  fill(account_id, period_of("", clocks_.wall()));
}

void StoredVault::source_ready() {
  for (const auto& [account, period] : pool_.kept()) fill(account, period);
}

void StoredVault::keys_changed() {
  ++change_;
  pool_.clear();
  cache_.clear();
  std::erase_if(sealing_, [](const auto& entry) { return !entry.second.fetching; });
  source_ready();
}

void StoredVault::tick() {
  const Instant now = clocks_.steady();
  cache_.advance(now);
  std::erase_if(sealing_, [&](const auto& entry) {
    return !entry.second.fetching && cache_.find(entry.second.id, now) == nullptr;
  });
  if (!source_.here()) return;
  const std::string period = period_of("", clocks_.wall());
  for (const auto& [account, of] : pool_.kept()) {
    if (!of.empty() && of != period) {
      pool_.forget_others(account, period);
      fill(account, period);
    } else {
      fill(account, of);
    }
  }
}

// ---- opening ------------------------------------------------------------------------------------------------------

void StoredVault::key_of(const std::string& account_id, const envelope::KeyId& id, OnKey done) {
  if (HeldKey* key = cache_.find(id, clocks_.steady())) {
    if (key->account_id() != account_id) return done(unexpected(VaultError::not_authentic));
    return done(key);
  }
  auto& waiting = opening_[id];
  waiting.emplace_back(account_id, std::move(done));
  if (waiting.size() > 1) return;
  keys_.get(text_of(id), guarded([this, id](auto row) {
              if (!row) return key_answered(id, unexpected(to_vault(row.error())));
              if (!*row) return key_answered(id, unexpected(VaultError::shredded));
              open_row((*row)->account_id, id, **row);
            }));
}

void StoredVault::open_row(const std::string& account_id, const envelope::KeyId& id, const store::DataKey& row) {
  source_.ask(OpenDataKey{0, Principal::control, account_id, row.wrapped}, guarded([this, account_id, id](auto answer) {
                auto opened = expect<DataKeyOpened>(answer);
                if (!opened) return key_answered(id, unexpected(opened.error()));
                auto key = take_key(opened->key);
                if (!key) return key_answered(id, unexpected(VaultError::failed));
                key_answered(id, cache_.put({std::move(*key), id, account_id}, clocks_.steady()));
              }));
}

void StoredVault::key_answered(const envelope::KeyId& id, expected<HeldKey*, VaultError> answer) {
  const auto found = opening_.find(id);
  if (found == opening_.end()) return;
  auto waiting = std::move(found->second);
  opening_.erase(found);
  for (auto& [account_id, done] : waiting) {
    // Looked up again each time: whoever was answered before may have made it go.
    HeldKey* key = answer ? cache_.find(id, clocks_.steady()) : nullptr;
    if (!answer) {
      done(answer);
    } else if (key == nullptr) {
      done(unexpected(VaultError::failed));
    } else if (key->account_id() != account_id) {
      done(unexpected(VaultError::not_authentic));
    } else {
      done(key);
    }
  }
}

void StoredVault::open(SealContext context, Bytes sealed, Done<Bytes> done) {
  if (!envelope::encode_context(context)) return done(unexpected(VaultError::bad_context));
  const auto id = envelope::data_key_of_record(sealed);
  if (!id) return done(unexpected(VaultError::not_authentic));
  const std::string account_id = context.account_id;
  key_of(account_id, *id,
         [context = std::move(context), sealed = std::move(sealed), done = std::move(done)](auto key) mutable {
           if (!key) return done(unexpected(key.error()));
           auto opened = (*key)->records().open(context, sealed);
           if (!opened) return done(unexpected(to_vault(opened.error())));
           done(std::move(*opened));
         });
}

void StoredVault::open_all(std::vector<SealedItem> items,
                           std::move_only_function<void(std::vector<expected<Bytes, VaultError>>)> done) {
  struct Together {
    std::vector<expected<Bytes, VaultError>> results;
    std::size_t left = 0;
    std::move_only_function<void(std::vector<expected<Bytes, VaultError>>)> done;
  };
  if (items.empty()) return done({});
  auto together = std::make_shared<Together>();
  together->results.resize(items.size(), unexpected(VaultError::failed));
  together->left = items.size();
  together->done = std::move(done);
  for (std::size_t i = 0; i < items.size(); ++i) {
    open(std::move(items[i].context), std::move(items[i].sealed), [together, i](auto opened) {
      together->results[i] = std::move(opened);
      if (--together->left == 0) together->done(std::move(together->results));
    });
  }
}

void StoredVault::new_object_key(SealContext context, std::string scope, Done<ObjectKey> done) {
  if (!envelope::encode_context(context)) return done(unexpected(VaultError::bad_context));
  fresh_key({std::move(context.account_id), std::move(scope)}, false, 0, [done = std::move(done)](auto made) mutable {
    if (!made) return done(unexpected(made.error()));
    done(ObjectKey{made->first->key().clone(), std::move(made->second)});
  });
}

void StoredVault::object_key(SealContext context, Bytes wrapped, Done<envelope::Key> done) {
  if (!envelope::encode_context(context)) return done(unexpected(VaultError::bad_context));
  const auto info = envelope::read_wrapped_key(wrapped);
  if (!info) return done(unexpected(VaultError::not_authentic));
  // The row counts, not the header: rotation wraps the row again, and shredding removes it.
  key_of(context.account_id, info->key_id, [done = std::move(done)](auto key) mutable {
    if (!key) return done(unexpected(key.error()));
    done((*key)->key().clone());
  });
}

// ---- shredding ----------------------------------------------------------------------------------------------------

void StoredVault::shred(std::string account_id, std::string scope, Done<void> done) {
  keys_.of_scope(account_id, scope, guarded([this, account_id, scope, done = std::move(done)](auto rows) mutable {
                   if (!rows) return done(unexpected(to_vault(rows.error())));
                   auto ids = std::make_shared<std::vector<Bytes>>();
                   for (const store::DataKey& row : *rows) {
                     if (auto id = from_base64url(row.id)) ids->push_back(std::move(*id));
                   }
                   const auto sealing = sealing_.find({account_id, scope});
                   if (sealing != sealing_.end() && !sealing->second.fetching) sealing_.erase(sealing);
                   shred_next(std::move(ids), std::move(account_id), std::move(scope), std::move(done));
                 }));
}

void StoredVault::shred_next(std::shared_ptr<std::vector<Bytes>> ids, std::string account_id, std::string scope,
                             Done<void> done) {
  constexpr std::size_t at_once = 4096;
  if (ids->empty()) {
    return keys_.remove_scope(account_id, scope, guarded([done = std::move(done)](auto removed) mutable {
                                if (!removed) return done(unexpected(to_vault(removed.error())));
                                done({});
                              }));
  }
  const auto from = ids->end() - static_cast<std::ptrdiff_t>(std::min(ids->size(), at_once));
  std::vector<Bytes> some{from, ids->end()};
  ids->erase(from, ids->end());
  for (const Bytes& bytes : some) {
    if (const auto id = key_id(bytes)) cache_.drop(*id);
  }
  ShredDataKeys question{0, Principal::control, account_id, std::move(some)};
  source_.ask(std::move(question), guarded([this, ids = std::move(ids), account_id = std::move(account_id),
                                            scope = std::move(scope), done = std::move(done)](auto answer) mutable {
                const auto changed = expect<KeysChanged>(answer);
                if (!changed) return done(unexpected(changed.error()));
                shred_next(std::move(ids), std::move(account_id), std::move(scope), std::move(done));
              }));
}

}  // namespace sealhall::vault
