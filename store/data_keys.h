// The wrapped data keys of the vault (server/vault): which scope each belongs to, and under which account key it is.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/time.h"
#include "store/engine.h"

namespace sealhall::store {

struct DataKey {
  std::string id;  ///< base64url of 16 bytes
  std::string account_id;
  std::string scope;
  bool sealing = false;       ///< new records of the scope are sealed under the newest such key; false for containers
  std::int64_t reserved = 0;  ///< how many records may have been sealed under it, counted in blocks ahead
  std::string wrapping_key;   ///< lower-case hexadecimal
  std::int64_t wrapping_version = 0;
  Bytes wrapped;
  UnixMicros created_at{};
};
/// How many data keys are under one version of an account key.
struct WrappingCount {
  std::string wrapping_key;
  std::int64_t wrapping_version = 0;
  std::int64_t count = 0;
};

class DataKeys {
 public:
  /// The engine must outlive it.
  explicit DataKeys(Engine& engine) noexcept : engine_(engine) {}

  /// Errors: taken, not_found (the account).
  void add(DataKey key, Done<void> done);
  void get(const std::string& id, Done<std::optional<DataKey>> done);
  /// The newest sealing key of the scope.
  void sealing_key(const std::string& account_id, const std::string& scope, Done<std::optional<DataKey>> done);
  /// Adds `count` to what is reserved and gives the new sum. Error: not_found (it was shredded).
  void reserve(const std::string& id, std::int64_t count, Done<std::int64_t> done);
  /// All keys of the scope.
  void of_scope(const std::string& account_id, const std::string& scope, Done<std::vector<DataKey>> done);
  /// Removes the keys of the scope.
  void remove_scope(const std::string& account_id, const std::string& scope, Done<void> done);

  void counts(Done<std::vector<WrappingCount>> done);
  /// Up to `limit` keys that are under `wrapping_key` in a version below `version`, by id, behind the id `after`.
  void older_than(const std::string& wrapping_key, std::int64_t version, const std::string& after, std::uint32_t limit,
                  Done<std::vector<DataKey>> done);
  /// Puts newly wrapped keys in place of the ones before, as long as those are still what they were. All or nothing on
  /// an error; a key that has gone or changed meanwhile is left alone.
  struct Rewrapped {
    std::string id;
    Bytes before;
    Bytes after;
    std::int64_t wrapping_version = 0;
  };
  void rewrap(std::vector<Rewrapped> keys, Done<void> done);

 private:
  Engine& engine_;
};

}  // namespace sealhall::store
