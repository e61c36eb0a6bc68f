// Data keys that are wrapped already and belong to nothing yet, so that a new recording or chat never waits for kms.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/time.h"
#include "core/envelope/wrapped_key.h"

namespace sealhall::vault {

struct PooledKey {
  envelope::KeyId id{};
  envelope::Key key;
  Bytes wrapped;
  Instant made{};
};

class KeyPool {
 public:
  /// Keys for one account and period. Larger lasts longer without kms and puts more keys into memory.
  static constexpr std::size_t full = 64;
  /// After this a key is replaced when kms is here, so that a read of our memory finds few keys of later content.
  static constexpr Duration stale = std::chrono::hours{1};

  /// A key of that account: of the period, or of another one when there is none (a month that began while kms was
  /// away).
  std::optional<PooledKey> take(const std::string& account_id, const std::string& period);
  void put(const std::string& account_id, const std::string& period, PooledKey key);
  /// How many are missing; from now on the pool of that account and period is kept full. Stale keys are dropped.
  std::size_t missing(const std::string& account_id, const std::string& period, Instant now);
  /// All that are kept full.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> kept() const;
  /// Drops all keys; what is kept full is filled again.
  void clear();
  /// Forgets pools of that account except `period` and "".
  void forget_others(const std::string& account_id, const std::string& period);
  [[nodiscard]] std::size_t size(const std::string& account_id) const;

 private:
  std::map<std::pair<std::string, std::string>, std::deque<PooledKey>> pools_;
};

}  // namespace sealhall::vault
