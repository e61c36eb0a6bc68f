#include "server/vault/key_cache.h"

#include <utility>

namespace sealhall::vault {

HeldKey* KeyCache::find(const envelope::KeyId& id, Instant now) {
  const auto found = index_.find(id);
  if (found == index_.end()) return nullptr;
  if (now - found->second->since >= longest) {
    drop(id);
    return nullptr;
  }
  entries_.splice(entries_.begin(), entries_, found->second);
  return &found->second->key;
}

HeldKey* KeyCache::put(HeldKey key, Instant now) {
  const envelope::KeyId id = key.id();
  drop(id);
  if (entries_.size() >= most) drop(envelope::KeyId{entries_.back().key.id()});
  entries_.push_front({std::move(key), now});
  index_[id] = entries_.begin();
  return &entries_.front().key;
}

void KeyCache::drop(const envelope::KeyId& id) {
  const auto found = index_.find(id);
  if (found == index_.end()) return;
  entries_.erase(found->second);
  index_.erase(found);
}

void KeyCache::clear() {
  index_.clear();
  entries_.clear();
}

void KeyCache::advance(Instant now) {
  for (auto entry = entries_.begin(); entry != entries_.end();) {
    const auto next = std::next(entry);
    if (now - entry->since >= longest) drop(envelope::KeyId{entry->key.id()});
    entry = next;
  }
}

}  // namespace sealhall::vault
