#include "kms/key_service.h"

#include <algorithm>

namespace sealhall::kms {
namespace {

using namespace wire::kms;

KeyFailure to_wire(KeystoreError error) noexcept {
  switch (error) {
    case KeystoreError::not_authentic:
      return KeyFailure::not_authentic;
    case KeystoreError::destroyed:
      return KeyFailure::destroyed;
    case KeystoreError::unknown_key:
      return KeyFailure::unknown_key;
    case KeystoreError::not_saved:
      return KeyFailure::not_saved;
    case KeystoreError::malformed:
    case KeystoreError::other_root:
    case KeystoreError::changed:
    case KeystoreError::root_failed:
      break;
  }
  return KeyFailure::no_keys;
}

std::string_view word_of(KeyFailure failure) noexcept {
  switch (failure) {
    case KeyFailure::not_authentic:
      return "not_authentic";
    case KeyFailure::destroyed:
      return "destroyed";
    case KeyFailure::unknown_key:
      return "unknown_key";
    case KeyFailure::not_allowed:
      return "not_allowed";
    case KeyFailure::too_fast:
      return "too_fast";
    case KeyFailure::no_keys:
      return "no_keys";
    case KeyFailure::not_saved:
      return "not_saved";
  }
  return "";
}

KeyId id_of(const Bytes& bytes) {
  KeyId id{};
  std::copy_n(bytes.begin(), std::min(bytes.size(), id.size()), id.begin());
  return id;
}

}  // namespace

KeyService::KeyService(std::unique_ptr<Keystore> keystore, Outside outside, AuditPosition from, bool lost, Rate rate)
    : keystore_(std::move(keystore)),
      outside_(std::move(outside)),
      audit_(from),
      signed_entries_(from.entries),
      rate_(rate) {
  static_cast<void>(
      put({.at = outside_.wall(), .who = "kms", .what = lost ? "entries_lost" : "started", .outcome = "done"}));
  checkpoint();
}

void KeyService::checkpoint() {
  if (audit_.position().entries == signed_entries_) return;
  const AuditWriter before = audit_;
  if (!outside_.append(audit_.checkpoint(outside_.wall(), keystore_->audit_key()))) {
    audit_ = before;
    return;
  }
  signed_entries_ = audit_.position().entries;
  outside_.write_head(encode_audit_head(audit_.position(), keystore_->audit_key()));
}

bool KeyService::put(const AuditEntry& entry) {
  const AuditWriter before = audit_;
  if (outside_.append(audit_.append(entry))) return true;
  audit_ = before;  // the next entry takes its number
  return false;
}

bool KeyService::note_kit_shown() {
  return put({.at = outside_.wall(), .who = "administrator", .what = "show_recovery_kit", .outcome = "done"});
}

bool KeyService::record(const Use& use, std::string_view outcome, ByteView wrapped, const KeyId* data_key) {
  AuditEntry entry{.at = outside_.wall(),
                   .who = name_of(use.who),
                   .what = name_of(use.what),
                   .outcome = outcome,
                   .account = use.account};
  if (const auto info = envelope::read_wrapped_key(wrapped); !wrapped.empty() && info) {
    entry.key = info->under.id;
    entry.version = info->under.version;
    entry.data_key = info->key_id;
  }
  if (data_key != nullptr) entry.data_key = *data_key;
  return put(entry);
}

std::optional<KeyFailure> KeyService::refused(const Use& use, std::int64_t keys, Instant now) {
  std::optional<KeyFailure> failure;
  if (!allowed(use.who, use.what)) {
    failure = KeyFailure::not_allowed;
  } else if (!rates_.try_emplace(use.who, rate_).first->second.take(keys, now)) {
    failure = KeyFailure::too_fast;
  }
  if (failure) static_cast<void>(record(use, word_of(*failure)));
  return failure;
}

KeyService::Answer KeyService::refuse(std::uint64_t request, const Use& use, KeystoreError error, ByteView wrapped) {
  const KeyFailure failure = to_wire(error);
  static_cast<void>(record(use, word_of(failure), wrapped));
  return KeysRefused{request, failure};
}

KeyService::Answer KeyService::answer(const MakeDataKeys& m, Instant now) {
  const Use use{m.principal, Operation::make, m.account_id};
  // Making keys opens nothing that exists, so it costs one of the rate whatever the number.
  if (const auto no = refused(use, 1, now)) return KeysRefused{m.request, *no};
  auto made = keystore_->make(m.account_id, m.period, m.count, outside_.wall());
  if (!made) return refuse(m.request, use, made.error());
  DataKeysMade out{m.request, {}};
  for (kms::DataKey& key : *made) {
    if (!record(use, "done", key.wrapped)) return KeysRefused{m.request, KeyFailure::not_saved};
    out.keys.push_back({Bytes(key.id.begin(), key.id.end()), Bytes(key.key.reveal().begin(), key.key.reveal().end()),
                        std::move(key.wrapped)});
  }
  return out;
}

KeyService::Answer KeyService::answer(const OpenDataKey& m, Instant now) {
  const Use use{m.principal, Operation::open, m.account_id};
  if (const auto no = refused(use, 1, now)) return KeysRefused{m.request, *no};
  const auto key = keystore_->open(m.account_id, m.wrapped);
  if (!key) return refuse(m.request, use, key.error(), m.wrapped);
  // Written down first: a key that left without an entry would be one that nobody knows of.
  if (!record(use, "done", m.wrapped)) return KeysRefused{m.request, KeyFailure::not_saved};
  return DataKeyOpened{m.request, Bytes(key->reveal().begin(), key->reveal().end())};
}

KeyService::Answer KeyService::answer(const RewrapDataKeys& m, Instant now) {
  const Use use{m.principal, Operation::rewrap, m.account_id};
  // No key leaves: it costs one of the rate whatever the number.
  if (const auto no = refused(use, 1, now)) return KeysRefused{m.request, *no};
  DataKeysRewrapped out{m.request, {}};
  for (const Bytes& wrapped : m.wrapped) {
    auto again = keystore_->rewrap(m.account_id, wrapped);
    if (!record(use, again ? "done" : word_of(to_wire(again.error())), wrapped))
      return KeysRefused{m.request, KeyFailure::not_saved};
    out.wrapped.push_back(again ? std::move(*again) : Bytes{});
  }
  return out;
}

KeyService::Answer KeyService::answer(const ShredDataKeys& m, Instant now) {
  const Use use{m.principal, Operation::shred, m.account_id};
  if (const auto no = refused(use, 1, now)) return KeysRefused{m.request, *no};
  std::vector<KeyId> ids;
  for (const Bytes& id : m.key_ids) {
    if (id.size() == sizeof(KeyId)) ids.push_back(id_of(id));
  }
  if (auto done = keystore_->shred(m.account_id, ids); !done) return refuse(m.request, use, done.error());
  for (const KeyId& id : ids) static_cast<void>(record(use, "done", {}, &id));
  return KeysChanged{m.request};
}

KeyService::Answer KeyService::answer(const ListKeys& m, Instant now) {
  const Use use{m.principal, Operation::list};
  if (const auto no = refused(use, 1, now)) return KeysRefused{m.request, *no};
  const RootKey& root = keystore_->root();
  std::string shown = root.description() + ", ";
  for (std::size_t i = 0; i < 4; ++i) {
    constexpr std::string_view digits = "0123456789abcdef";
    shown += digits[root.id()[i] >> 4];
    shown += digits[root.id()[i] & 15];
  }
  return KeysListed{m.request, std::move(shown), keystore_->list(), keystore_->shredded()};
}

KeyService::Answer KeyService::answer(const RotateKeys& m, Instant now) {
  const Use use{m.principal, Operation::rotate, m.account_id};
  if (const auto no = refused(use, 1, now)) return KeysRefused{m.request, *no};
  if (!m.account_id.empty()) {
    if (auto done = keystore_->rotate(m.account_id, outside_.wall()); !done)
      return refuse(m.request, use, done.error());
  } else {
    auto root = outside_.next_root();
    if (root == nullptr) return refuse(m.request, use, KeystoreError::root_failed);
    if (auto done = keystore_->change_root(std::move(root)); !done) return refuse(m.request, use, done.error());
    outside_.root_changed();
  }
  static_cast<void>(record(use, "done"));
  return KeysChanged{m.request};
}

KeyService::Answer KeyService::answer(const DestroyKey& m, Instant now) {
  const Use use{m.principal, Operation::destroy};
  if (const auto no = refused(use, 1, now)) return KeysRefused{m.request, *no};
  const KeyId id = id_of(m.key_id);
  AuditEntry entry{.at = outside_.wall(),
                   .who = name_of(use.who),
                   .what = name_of(use.what),
                   .outcome = "done",
                   .key = id,
                   .version = m.version};
  if (auto done = keystore_->destroy(id, m.version); !done) return refuse(m.request, use, done.error());
  static_cast<void>(put(entry));
  return KeysChanged{m.request};
}

KeyService::Answer KeyService::answer(const ReadAuditHead& m, Instant now) {
  const Use use{m.principal, Operation::audit};
  if (const auto no = refused(use, 1, now)) return KeysRefused{m.request, *no};
  checkpoint();
  const AuditPosition& at = audit_.position();
  return wire::kms::AuditHead{m.request, at.entries, Bytes(at.chain.begin(), at.chain.end())};
}

std::optional<KmsMessage> KeyService::handle(const ControlMessage& message, Instant now) {
  return std::visit(
      [&]<class M>(const M& m) -> std::optional<KmsMessage> {
        if constexpr (requires { m.principal; }) {
          return answer(m, now);
        } else {
          return std::nullopt;
        }
      },
      message);
}

}  // namespace sealhall::kms
