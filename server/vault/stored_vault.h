// The vault of a server: wrapped data keys in the store, kms behind a KeySource.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/base/random.h"
#include "core/base/time.h"
#include "server/vault/key_cache.h"
#include "server/vault/key_pool.h"
#include "server/vault/key_source.h"
#include "server/vault/vault.h"
#include "store/data_keys.h"

namespace sealhall::vault {

/// The retention period of a scope at a time: "" for the scope "account" and everything below "account/", else the
/// month, "2026-11".
std::string period_of(std::string_view scope, UnixMicros now);

class StoredVault final : public Vault {
 public:
  struct Clocks {
    std::function<Instant()> steady;
    std::function<UnixMicros()> wall;
  };
  /// All of it outlives the vault.
  StoredVault(store::Engine& engine, KeySource& source, RandomSource& random, Clocks clocks);
  ~StoredVault() override;

  void seal(SealContext context, std::string scope, Bytes plaintext, Done<Bytes> done) override;
  void open(SealContext context, Bytes sealed, Done<Bytes> done) override;
  void open_all(std::vector<SealedItem> items,
                std::move_only_function<void(std::vector<expected<Bytes, VaultError>>)> done) override;
  void new_object_key(SealContext context, std::string scope, Done<ObjectKey> done) override;
  void object_key(SealContext context, Bytes wrapped, Done<envelope::Key> done) override;
  void shred(std::string account_id, std::string scope, Done<void> done) override;

  /// kms has come: fills the pools.
  void source_ready();
  /// Makes the pool of an account before anybody needs it.
  void warm(const std::string& account_id);
  /// Account keys were rotated or destroyed: every key that is at hand or lies ready is forgotten. It was wrapped by a
  /// version that goes, or is gone, and what it seals from now on would be lost with that version. Called from the
  /// loop, never by whoever is just being given a key (OnKey).
  void keys_changed();
  /// To be called about once a minute: wipes old keys, fills pools.
  void tick();

  [[nodiscard]] std::size_t keys_in_memory() const noexcept { return cache_.size(); }
  [[nodiscard]] std::size_t pooled(const std::string& account_id) const { return pool_.size(account_id); }

 private:
  /// Records are sealed with a number reserved ahead in the store: one write for so many.
  static constexpr std::int64_t reserve_block = 65536;

  struct ToSeal {
    SealContext context;
    Bytes plaintext;
    Done<Bytes> done;
  };
  /// What a scope seals with now.
  struct Sealing {
    envelope::KeyId id{};
    std::int64_t left = 0;  ///< of what is reserved
    bool fetching = false;
    std::vector<ToSeal> waiting;
  };
  using Scope = std::pair<std::string, std::string>;  ///< account id, scope
  /// The key is the cache's and is there during this call alone. Whoever needs it after a callback looks it up once
  /// more: `keys_changed`, `shred`, `tick` and other keys that come wipe it at any time.
  using OnKey = std::move_only_function<void(expected<HeldKey*, VaultError>)>;

  void fetch_sealing_key(const Scope& scope);
  void reserve(const Scope& scope, const envelope::KeyId& id);
  void make_sealing_key(const Scope& scope);
  void sealing_ready(const Scope& scope, const envelope::KeyId& id, std::int64_t left);
  void sealing_failed(const Scope& scope, VaultError error);
  expected<Bytes, VaultError> seal_now(HeldKey& key, const SealContext& context, ByteView plaintext);

  /// The data key in the clear: from the cache, or from the store and kms.
  void key_of(const std::string& account_id, const envelope::KeyId& id, OnKey done);
  void open_row(const std::string& account_id, const envelope::KeyId& id, const store::DataKey& row);
  void key_answered(const envelope::KeyId& id, expected<HeldKey*, VaultError> answer);

  /// A fresh key, stored: from the pool, or from kms when that is empty.
  void fresh_key(const Scope& scope, bool sealing, std::int64_t reserved,
                 std::move_only_function<void(expected<std::pair<HeldKey*, Bytes>, VaultError>)> done);
  void store_fresh(const Scope& scope, bool sealing, std::int64_t reserved, PooledKey key, std::uint64_t change,
                   std::move_only_function<void(expected<std::pair<HeldKey*, Bytes>, VaultError>)> done);
  void fill(const std::string& account_id, const std::string& period);
  void shred_next(std::shared_ptr<std::vector<Bytes>> ids, std::string account_id, std::string scope, Done<void> done);

  /// Wraps a callback so that nothing happens when the vault is gone.
  template <class F>
  auto guarded(F f) {
    return [alive = std::weak_ptr<int>{alive_}, f = std::move(f)](auto&&... arguments) mutable {
      if (!alive.expired()) f(std::forward<decltype(arguments)>(arguments)...);
    };
  }

  store::DataKeys keys_;
  KeySource& source_;
  RandomSource& random_;
  Clocks clocks_;
  KeyCache cache_;
  KeyPool pool_;
  std::map<Scope, Sealing> sealing_;
  std::map<envelope::KeyId, std::vector<std::pair<std::string, OnKey>>> opening_;
  std::set<Scope> filling_;   ///< account id, period
  std::uint64_t change_ = 0;  ///< how often the account keys have changed: what was fetched before is of no use
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

}  // namespace sealhall::vault
