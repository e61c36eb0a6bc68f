// A vault in memory, for tests of whatever stores content: real formats and contexts, no key service, no database. It
// answers before the call has returned.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "core/base/random.h"
#include "core/envelope/sealed_record.h"
#include "server/vault/vault.h"

namespace sealhall::vault::testing {

class MemoryVault final : public Vault {
 public:
  /// What new keys and everything that needs one answers; `unavailable` plays a key service that is away.
  std::optional<VaultError> trouble;

  void seal(SealContext context, std::string scope, Bytes plaintext, Done<Bytes> done) override {
    if (trouble) return done(unexpected(*trouble));
    const std::string name = context.account_id + "/" + scope;
    if (!scopes_.contains(name)) scopes_[name] = make(name);
    auto sealed = keys_.at(scopes_[name]).record->seal(context, plaintext, random_);
    if (!sealed) return done(unexpected(to_vault(sealed.error())));
    done(std::move(*sealed));
  }
  void open(SealContext context, Bytes sealed, Done<Bytes> done) override { done(open_now(context, sealed)); }
  void open_all(std::vector<SealedItem> items,
                std::move_only_function<void(std::vector<expected<Bytes, VaultError>>)> done) override {
    std::vector<expected<Bytes, VaultError>> out;
    for (const SealedItem& item : items) out.push_back(open_now(item.context, item.sealed));
    done(std::move(out));
  }
  void new_object_key(SealContext context, std::string scope, Done<ObjectKey> done) override {
    if (trouble) return done(unexpected(*trouble));
    const envelope::KeyId id = make(context.account_id + "/" + scope);
    auto wrapped = envelope::wrap_key(envelope::Key{}, {{}, id}, place(context.account_id), keys_.at(id).key, random_);
    if (!wrapped) return done(unexpected(to_vault(wrapped.error())));
    done(ObjectKey{keys_.at(id).key.clone(), std::move(*wrapped)});
  }
  void object_key(SealContext context, Bytes wrapped, Done<envelope::Key> done) override {
    if (trouble) return done(unexpected(*trouble));
    auto key = envelope::unwrap_key(envelope::Key{}, place(context.account_id), wrapped);
    if (!key) return done(unexpected(to_vault(key.error())));
    if (!keys_.contains(envelope::read_wrapped_key(wrapped)->key_id)) return done(unexpected(VaultError::shredded));
    done(std::move(*key));
  }
  void shred(std::string account_id, std::string scope, Done<void> done) override {
    if (trouble) return done(unexpected(*trouble));
    const std::string name = account_id + "/" + scope;
    std::erase_if(keys_, [&](const auto& entry) { return entry.second.scope == name; });
    scopes_.erase(name);
    done({});
  }

 private:
  struct Held {
    std::string scope;
    envelope::Key key;
    std::unique_ptr<envelope::RecordKey> record;
  };
  static VaultError to_vault(envelope::EnvelopeError error) noexcept {
    if (error == envelope::EnvelopeError::bad_context) return VaultError::bad_context;
    return error == envelope::EnvelopeError::too_large ? VaultError::too_large : VaultError::not_authentic;
  }
  static SealContext place(const std::string& account_id) { return {account_id, "data_key", "", ""}; }
  envelope::KeyId make(const std::string& scope) {
    envelope::KeyId id{};
    random_.fill(id);
    Held held{scope, {}, nullptr};
    random_.fill(held.key.reveal_mutable());
    held.record = std::make_unique<envelope::RecordKey>(held.key, id);
    keys_.emplace(id, std::move(held));
    return id;
  }
  expected<Bytes, VaultError> open_now(const SealContext& context, const Bytes& sealed) {
    if (trouble) return unexpected(*trouble);
    const auto id = envelope::data_key_of_record(sealed);
    if (!id) return unexpected(to_vault(id.error()));
    const auto held = keys_.find(*id);
    if (held == keys_.end()) return unexpected(VaultError::shredded);
    auto opened = held->second.record->open(context, sealed);
    if (!opened) return unexpected(to_vault(opened.error()));
    return std::move(*opened);
  }

  SeededRandom random_{1};
  std::map<envelope::KeyId, Held> keys_;
  std::map<std::string, envelope::KeyId> scopes_;
};

}  // namespace sealhall::vault::testing
