#include "kms/keystore.h"

#include <sys/mman.h>

#include <algorithm>
#include <set>

#include "core/base/encoding.h"

namespace sealhall::kms {
namespace {

using wire::kms::KeyState;

KeyId id_of(const Bytes& bytes) {
  KeyId id{};
  std::copy_n(bytes.begin(), std::min(bytes.size(), id.size()), id.begin());
  return id;
}
Bytes bytes_of(const KeyId& id) { return {id.begin(), id.end()}; }

envelope::Context data_key_place(const std::string& account_id, const KeyId& id) {
  return {account_id, "data_key", to_base64url(id), ""};
}
envelope::Context account_key_place(const AccountKeyEntry& entry, std::uint32_t version) {
  return {entry.account_id, "account_key", to_base64url(entry.key_id), std::to_string(version)};
}
const envelope::Context mac_key_place{"installation", "keystore", "mac_key", ""};
const envelope::Context audit_seed_place{"installation", "keystore", "audit_seed", ""};

const KeyVersionEntry* newest(const AccountKeyEntry& entry) {
  const auto enabled = [](const KeyVersionEntry& v) { return v.state == KeyState::enabled; };
  const auto found = std::find_if(entry.versions.rbegin(), entry.versions.rend(), enabled);
  return found == entry.versions.rend() ? nullptr : &*found;
}

/// Ids of what is wrapped by the root key itself are only names in the format.
KeyId no_id() { return {}; }

}  // namespace

std::string_view sentence_of(KeystoreError error) noexcept {
  switch (error) {
    case KeystoreError::malformed:
      return "the keystore is damaged, or a later version has written it";
    case KeystoreError::other_root:
      return "the keystore belongs to another root key";
    case KeystoreError::changed:
      return "the keystore was changed by somebody without its key";
    case KeystoreError::root_failed:
      return "the root key does not open the keystore";
    case KeystoreError::not_saved:
      return "the keystore could not be written";
    case KeystoreError::not_authentic:
      return "this is not a data key of that account";
    case KeystoreError::destroyed:
      return "the key was destroyed";
    case KeystoreError::unknown_key:
      return "there is no such key";
  }
  return "";
}

expected<std::unique_ptr<Keystore>, KeystoreError> Keystore::create(std::shared_ptr<RootKey> root, RandomSource& random,
                                                                    Save save) {
  std::unique_ptr<Keystore> self{new Keystore{std::move(root), random, std::move(save)}};
  random.fill(self->mac_key_.reveal_mutable());
  random.fill(self->audit_seed_.reveal_mutable());
  self->audit_key_ =
      std::make_unique<crypto::Ed25519PrivateKey>(crypto::Ed25519PrivateKey::from_seed(self->audit_seed_.reveal()));
  auto mac_key = self->root_->wrap(no_id(), mac_key_place, self->mac_key_);
  auto audit_seed = self->root_->wrap(no_id(), audit_seed_place, self->audit_seed_);
  if (!mac_key || !audit_seed) return unexpected(KeystoreError::root_failed);
  KeystoreFile file;
  file.root_id = bytes_of(self->root_->id());
  file.mac_key = std::move(*mac_key);
  file.audit_seed = std::move(*audit_seed);
  file.audit_public_key.assign(self->audit_key_->public_key().begin(), self->audit_key_->public_key().end());
  if (auto saved = self->commit(std::move(file)); !saved) return unexpected(saved.error());
  return self;
}

expected<std::unique_ptr<Keystore>, KeystoreError> Keystore::load(std::string_view text, std::shared_ptr<RootKey> root,
                                                                  RandomSource& random, Save save) {
  auto file = parse_keystore(text);
  if (!file) return unexpected(KeystoreError::malformed);
  if (id_of(file->root_id) != root->id()) return unexpected(KeystoreError::other_root);
  std::unique_ptr<Keystore> self{new Keystore{std::move(root), random, std::move(save)}};
  self->file_ = std::move(*file);
  auto mac_key = self->root_->unwrap(mac_key_place, self->file_.mac_key);
  if (!mac_key) return unexpected(KeystoreError::root_failed);
  self->mac_key_ = std::move(*mac_key);
  if (!authentic_keystore(text, self->mac_key_)) return unexpected(KeystoreError::changed);
  if (auto opened = self->open_secrets(); !opened) return unexpected(opened.error());
  return self;
}

expected<void, KeystoreError> Keystore::open_secrets() {
  index_refused();
  auto seed = root_->unwrap(audit_seed_place, file_.audit_seed);
  if (!seed) return unexpected(KeystoreError::root_failed);
  audit_seed_ = std::move(*seed);
  audit_key_ = std::make_unique<crypto::Ed25519PrivateKey>(crypto::Ed25519PrivateKey::from_seed(audit_seed_.reveal()));
  for (const AccountKeyEntry& entry : file_.keys) {
    for (const KeyVersionEntry& version : entry.versions) {
      if (version.state != KeyState::enabled) continue;
      auto key = root_->unwrap(account_key_place(entry, version.version), version.wrapped);
      if (!key) return unexpected(KeystoreError::root_failed);
      keys_.emplace(Name{id_of(entry.key_id), version.version}, std::move(*key));
    }
  }
  lock_memory();
  return {};
}

/// The pages that hold them; a page that is locked already stays so at no cost. Nothing is unlocked: other keys may be
/// beside the one that goes.
void Keystore::lock_memory() {
  const auto lock = [this](ByteView secret) { locked_ = ::mlock(secret.data(), secret.size()) == 0 && locked_; };
  for (const auto& [name, key] : keys_) lock(key.reveal());
  lock(mac_key_.reveal());
  lock(audit_seed_.reveal());
}

expected<void, KeystoreError> Keystore::commit(KeystoreFile changed) {
  if (!save_(as_bytes(encode_keystore(changed, mac_key_)))) return unexpected(KeystoreError::not_saved);
  file_ = std::move(changed);
  index_refused();
  return {};
}

void Keystore::index_refused() {
  refused_.clear();
  for (const ShreddedEntry& entry : file_.shredded) refused_.insert(entry.key_id);
}

expected<void, KeystoreError> Keystore::add_version(AccountKeyEntry& entry, UnixMicros now, std::map<Name, Key>& made) {
  const std::uint32_t number = entry.versions.empty() ? 1 : entry.versions.back().version + 1;
  Key key;
  random_.fill(key.reveal_mutable());
  auto wrapped = root_->wrap(id_of(entry.key_id), account_key_place(entry, number), key);
  if (!wrapped) return unexpected(KeystoreError::root_failed);
  entry.versions.push_back({number, static_cast<std::uint64_t>(now), KeyState::enabled, std::move(*wrapped)});
  made.emplace(Name{id_of(entry.key_id), number}, std::move(key));
  return {};
}

const AccountKeyEntry* Keystore::find(const std::string& account_id, const std::string& period) const {
  // A key whose versions are all destroyed stays as a gravestone; the period gets a new one.
  const auto fits = [&](const AccountKeyEntry& e) {
    return e.account_id == account_id && e.period == period && newest(e) != nullptr;
  };
  const auto found = std::ranges::find_if(file_.keys, fits);
  return found == file_.keys.end() ? nullptr : &*found;
}

expected<std::vector<DataKey>, KeystoreError> Keystore::make(const std::string& account_id, const std::string& period,
                                                             std::size_t count, UnixMicros now) {
  const AccountKeyEntry* entry = find(account_id, period);
  if (entry == nullptr) {
    KeystoreFile changed = file_;
    std::map<Name, Key> made;
    KeyId id{};
    random_.fill(id);
    changed.keys.push_back({bytes_of(id), account_id, period, {}});
    if (auto added = add_version(changed.keys.back(), now, made); !added) return unexpected(added.error());
    if (auto saved = commit(std::move(changed)); !saved) return unexpected(saved.error());
    keys_.merge(made);
    lock_memory();
    entry = find(account_id, period);
  }
  const envelope::WrappingKeyName under{id_of(entry->key_id), newest(*entry)->version};
  const Key& wrapping = keys_.at({under.id, under.version});
  std::vector<DataKey> out;
  for (std::size_t i = 0; i < count; ++i) {
    DataKey made;
    random_.fill(made.id);
    random_.fill(made.key.reveal_mutable());
    auto wrapped =
        envelope::wrap_key(wrapping, {under, made.id}, data_key_place(account_id, made.id), made.key, random_);
    if (!wrapped) return unexpected(KeystoreError::not_authentic);
    made.wrapped = std::move(*wrapped);
    out.push_back(std::move(made));
  }
  return out;
}

expected<Key, KeystoreError> Keystore::open(const std::string& account_id, ByteView wrapped) const {
  const auto info = envelope::read_wrapped_key(wrapped);
  if (!info) return unexpected(KeystoreError::not_authentic);
  const auto entry =
      std::ranges::find_if(file_.keys, [&](const AccountKeyEntry& e) { return id_of(e.key_id) == info->under.id; });
  if (entry == file_.keys.end() || entry->account_id != account_id) return unexpected(KeystoreError::not_authentic);
  const auto key = keys_.find({info->under.id, info->under.version});
  if (key == keys_.end()) return unexpected(KeystoreError::destroyed);
  auto opened = envelope::unwrap_key(key->second, data_key_place(account_id, info->key_id), wrapped);
  if (!opened) return unexpected(KeystoreError::not_authentic);
  if (refused_.contains(bytes_of(info->key_id))) return unexpected(KeystoreError::destroyed);
  return std::move(*opened);
}

expected<Bytes, KeystoreError> Keystore::rewrap(const std::string& account_id, ByteView wrapped) {
  auto key = open(account_id, wrapped);
  if (!key) return unexpected(key.error());
  const envelope::WrappedKeyInfo info = envelope::read_wrapped_key(wrapped).value();
  const auto entry =
      std::ranges::find_if(file_.keys, [&](const AccountKeyEntry& e) { return id_of(e.key_id) == info.under.id; });
  const std::uint32_t version = newest(*entry)->version;
  auto again = envelope::wrap_key(keys_.at({info.under.id, version}), {{info.under.id, version}, info.key_id},
                                  data_key_place(account_id, info.key_id), *key, random_);
  if (!again) return unexpected(KeystoreError::not_authentic);
  return std::move(*again);
}

expected<void, KeystoreError> Keystore::shred(const std::string& account_id, const std::vector<KeyId>& ids) {
  KeystoreFile changed = file_;
  for (const KeyId& id : ids) changed.shredded.push_back({bytes_of(id), account_id});
  return commit(std::move(changed));
}

expected<void, KeystoreError> Keystore::rotate(const std::string& account_id, UnixMicros now) {
  KeystoreFile changed = file_;
  std::map<Name, Key> made;
  for (AccountKeyEntry& entry : changed.keys) {
    if ((!account_id.empty() && entry.account_id != account_id) || newest(entry) == nullptr) continue;
    if (auto added = add_version(entry, now, made); !added) return added;
  }
  if (auto saved = commit(std::move(changed)); !saved) return saved;
  keys_.merge(made);
  lock_memory();
  return {};
}

expected<void, KeystoreError> Keystore::change_root(std::shared_ptr<RootKey> root) {
  KeystoreFile changed = file_;
  changed.root_id = bytes_of(root->id());
  const auto wrap = [&](const KeyId& id, const envelope::Context& place, const Key& key, Bytes& out) {
    auto wrapped = root->wrap(id, place, key);
    if (wrapped) out = std::move(*wrapped);
    return wrapped.has_value();
  };
  bool good = wrap(no_id(), mac_key_place, mac_key_, changed.mac_key) &&
              wrap(no_id(), audit_seed_place, audit_seed_, changed.audit_seed);
  for (AccountKeyEntry& entry : changed.keys) {
    for (KeyVersionEntry& version : entry.versions) {
      if (version.state != KeyState::enabled) continue;
      const KeyId id = id_of(entry.key_id);
      good =
          good && wrap(id, account_key_place(entry, version.version), keys_.at({id, version.version}), version.wrapped);
    }
  }
  if (!good) return unexpected(KeystoreError::root_failed);
  if (auto saved = commit(std::move(changed)); !saved) return saved;
  root_ = std::move(root);
  return {};
}

expected<void, KeystoreError> Keystore::destroy(const KeyId& id, std::uint32_t version) {
  KeystoreFile changed = file_;
  std::vector<Name> gone;
  for (AccountKeyEntry& entry : changed.keys) {
    if (id_of(entry.key_id) != id) continue;
    for (KeyVersionEntry& v : entry.versions) {
      if (v.state != KeyState::enabled || (version != 0 && v.version != version)) continue;
      v.state = KeyState::destroyed;
      v.wrapped.clear();
      gone.emplace_back(id, v.version);
    }
  }
  if (gone.empty()) return unexpected(KeystoreError::unknown_key);
  // An account without keys has nothing left to refuse.
  std::set<std::string> alive;
  for (const AccountKeyEntry& entry : changed.keys) {
    if (newest(entry) != nullptr) alive.insert(entry.account_id);
  }
  std::erase_if(changed.shredded, [&](const ShreddedEntry& s) { return !alive.contains(s.account_id); });
  if (auto saved = commit(std::move(changed)); !saved) return saved;
  for (const Name& name : gone) keys_.erase(name);
  return {};
}

std::vector<wire::kms::AccountKey> Keystore::list() const {
  std::vector<wire::kms::AccountKey> out;
  for (const AccountKeyEntry& entry : file_.keys) {
    wire::kms::AccountKey shown{entry.key_id, entry.account_id, entry.period, {}};
    for (const KeyVersionEntry& v : entry.versions) shown.versions.push_back({v.version, v.created_at, v.state});
    out.push_back(std::move(shown));
  }
  return out;
}

}  // namespace sealhall::kms
