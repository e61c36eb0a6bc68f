#include "server/api/caller_cache.h"

#include <utility>

#include "core/base/encoding.h"
#include "core/crypto/hash.h"

namespace sealhall::api {

void CallerCache::add_source(std::string_view prefix, CallerSource& source) {
  sources_.emplace_back(std::string{prefix}, &source);
}

CallerSource* CallerCache::source_of(std::string_view token) const {
  const std::pair<std::string, CallerSource*>* best = nullptr;
  for (const auto& source : sources_) {
    if (!token.starts_with(source.first)) continue;
    if (best == nullptr || source.first.size() > best->first.size()) best = &source;
  }
  return best == nullptr ? nullptr : best->second;
}

void CallerCache::caller_of(std::string_view token, Done<std::shared_ptr<const Caller>> done) {
  std::string hash = to_hex(crypto::sha256(as_bytes(token)));
  if (const auto known = entries_.find(hash); known != entries_.end()) {
    if (clock_.now() < known->second.until) return done(known->second.caller);
    drop(known);
  }
  CallerSource* source = source_of(token);
  if (source == nullptr) return done(std::shared_ptr<const Caller>{});
  source->caller_of(token, [this, hash = std::move(hash), seen = forgotten_, done = std::move(done)](
                               expected<std::optional<CallerSource::Found>, ApiError> found) mutable {
    if (!found) return done(unexpected(std::move(found.error())));
    if (!*found) return done(std::shared_ptr<const Caller>{});
    (*found)->caller.token_hash = hash;
    const auto caller = std::make_shared<const Caller>(std::move((*found)->caller));
    if (seen == forgotten_) remember(hash, caller, (*found)->expires_at);
    done(caller);
  });
}

void CallerCache::remember(const std::string& hash, std::shared_ptr<const Caller> caller, UnixMicros expires_at) {
  if (limits_.entries == 0 || entries_.contains(hash)) return;
  if (entries_.size() >= limits_.entries) drop(entries_.find(by_age_.front()));
  const UnixMicros until{
      std::min(static_cast<std::int64_t>(clock_.now()) + limits_.keep.count(), static_cast<std::int64_t>(expires_at))};
  entries_.emplace(hash, Entry{std::move(caller), until, by_age_.insert(by_age_.end(), hash)});
}

CallerCache::Entries::iterator CallerCache::drop(Entries::iterator entry) {
  by_age_.erase(entry->second.order);
  return entries_.erase(entry);
}

template <class Wanted>
void CallerCache::forget_if(Wanted&& wanted) {
  ++forgotten_;
  for (auto entry = entries_.begin(); entry != entries_.end();) {
    entry = wanted(*entry->second.caller) ? drop(entry) : std::next(entry);
  }
}

void CallerCache::forget_token(std::string_view token_hash) {
  ++forgotten_;
  if (const auto entry = entries_.find(std::string{token_hash}); entry != entries_.end()) drop(entry);
}
void CallerCache::forget_user(std::string_view user_id) {
  forget_if([&](const Caller& caller) { return caller.user_id == user_id; });
}
void CallerCache::forget_application(std::string_view client_id) {
  forget_if([&](const Caller& caller) { return !caller.client_id.empty() && caller.client_id == client_id; });
}
void CallerCache::forget_all() {
  forget_if([](const Caller&) { return true; });
}

}  // namespace sealhall::api
