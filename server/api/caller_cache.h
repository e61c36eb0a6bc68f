// Remembers for a short time what tokens stand for, so that a request does not pay a look-up in the database.
#pragma once

#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/base/time.h"
#include "io/net/clock.h"
#include "server/api/caller.h"

namespace sealhall::api {

struct CacheLimits {
  Duration keep = std::chrono::seconds{30};  ///< longer saves little; another process learns of a revocation this late
  std::size_t entries = 20'000;              ///< memory; about 1 KiB each
};

/// Revocation is immediate in this process: whoever ends a session, changes a role, disables a person or deletes an
/// application calls `forget_..` when the store has acknowledged it. A look-up that was under way meanwhile is answered
/// but not remembered.
class CallerCache {
 public:
  explicit CallerCache(const io::WallClock& clock, CacheLimits limits = {}) : clock_(clock), limits_(limits) {}
  CallerCache(const CallerCache&) = delete;
  CallerCache& operator=(const CallerCache&) = delete;

  /// Tokens that begin with `prefix` are looked up there; "" takes all that no other prefix has. Sources outlive this.
  void add_source(std::string_view prefix, CallerSource& source);

  /// nullopt: nobody. Called before it returns when the answer is remembered.
  void caller_of(std::string_view token, Done<std::shared_ptr<const Caller>> done);

  void forget_token(std::string_view token_hash);
  void forget_user(std::string_view user_id);
  void forget_application(std::string_view client_id);
  void forget_all();
  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

 private:
  struct Entry {
    std::shared_ptr<const Caller> caller;
    UnixMicros until{};
    std::list<std::string>::iterator order;
  };
  using Entries = std::unordered_map<std::string, Entry>;
  [[nodiscard]] CallerSource* source_of(std::string_view token) const;
  void remember(const std::string& hash, std::shared_ptr<const Caller> caller, UnixMicros expires_at);
  Entries::iterator drop(Entries::iterator entry);
  template <class Wanted>
  void forget_if(Wanted&& wanted);

  const io::WallClock& clock_;
  CacheLimits limits_;
  std::vector<std::pair<std::string, CallerSource*>> sources_;
  Entries entries_;                ///< by token hash
  std::list<std::string> by_age_;  ///< oldest first
  std::uint64_t forgotten_ = 0;    ///< how often something was forgotten
};

}  // namespace sealhall::api
