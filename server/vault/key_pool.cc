#include "server/vault/key_pool.h"

namespace sealhall::vault {

std::optional<PooledKey> KeyPool::take(const std::string& account_id, const std::string& period) {
  auto pool = pools_.find({account_id, period});
  if (pool == pools_.end() || pool->second.empty()) {
    for (pool = pools_.lower_bound({account_id, ""}); pool != pools_.end(); ++pool) {
      if (pool->first.first != account_id || !pool->second.empty()) break;
    }
    if (pool == pools_.end() || pool->first.first != account_id) return std::nullopt;
  }
  PooledKey key = std::move(pool->second.front());
  pool->second.pop_front();
  return key;
}

void KeyPool::put(const std::string& account_id, const std::string& period, PooledKey key) {
  pools_[{account_id, period}].push_back(std::move(key));
}

std::size_t KeyPool::missing(const std::string& account_id, const std::string& period, Instant now) {
  auto& pool = pools_[{account_id, period}];
  while (!pool.empty() && now - pool.front().made >= stale) pool.pop_front();
  return pool.size() >= full ? 0 : full - pool.size();
}

std::vector<std::pair<std::string, std::string>> KeyPool::kept() const {
  std::vector<std::pair<std::string, std::string>> out;
  out.reserve(pools_.size());
  for (const auto& [name, pool] : pools_) out.push_back(name);
  return out;
}

void KeyPool::clear() {
  for (auto& [name, pool] : pools_) pool.clear();
}

void KeyPool::forget_others(const std::string& account_id, const std::string& period) {
  std::erase_if(pools_, [&](const auto& entry) {
    const auto& [account, of] = entry.first;
    return account == account_id && !of.empty() && of != period;
  });
}

std::size_t KeyPool::size(const std::string& account_id) const {
  std::size_t count = 0;
  for (const auto& [name, pool] : pools_) count += name.first == account_id ? pool.size() : 0;
  return count;
}

}  // namespace sealhall::vault
