// Data keys in the clear: at most 1000, each at most 5 minutes, wiped when they go.
#pragma once

#include <cstddef>
#include <list>
#include <map>
#include <memory>
#include <string>

#include "core/base/time.h"
#include "core/envelope/sealed_record.h"

namespace sealhall::vault {

/// A data key with its key schedule for records, made when the first one comes.
class HeldKey {
 public:
  HeldKey(envelope::Key key, const envelope::KeyId& id, std::string account_id)
      : key_(std::move(key)), id_(id), account_id_(std::move(account_id)) {}

  [[nodiscard]] const envelope::Key& key() const noexcept { return key_; }
  [[nodiscard]] const envelope::KeyId& id() const noexcept { return id_; }
  [[nodiscard]] const std::string& account_id() const noexcept { return account_id_; }
  envelope::RecordKey& records() {
    if (!records_) records_ = std::make_unique<envelope::RecordKey>(key_, id_);
    return *records_;
  }

 private:
  envelope::Key key_;
  envelope::KeyId id_;
  std::string account_id_;
  std::unique_ptr<envelope::RecordKey> records_;
};

class KeyCache {
 public:
  /// More keys in memory are more that a stolen process image opens; fewer ask kms more often.
  static constexpr std::size_t most = 1000;
  static constexpr Duration longest = std::chrono::minutes{5};

  /// Null when it is not here, or was for too long. What is given out must not be kept beyond the call: the next `put`,
  /// `drop`, `clear` or `advance` may wipe it.
  HeldKey* find(const envelope::KeyId& id, Instant now);
  /// Takes the place of the one with the same id; the one that was used least lately goes when there are too many.
  HeldKey* put(HeldKey key, Instant now);
  void drop(const envelope::KeyId& id);
  void clear();
  /// Wipes what was here for too long.
  void advance(Instant now);
  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

 private:
  struct Entry {
    HeldKey key;
    Instant since;
  };
  std::list<Entry> entries_;  ///< used last: at the front
  std::map<envelope::KeyId, std::list<Entry>::iterator> index_;
};

}  // namespace sealhall::vault
