// The logs of an account are forgotten after a while: who signed in, who changed what, invitations that have expired.
#pragma once

#include <string>
#include <vector>

#include "core/base/time.h"
#include "store/engine.h"

namespace sealhall::store {

class Logs {
 public:
  explicit Logs(Engine& engine) noexcept : engine_(engine) {}

  /// The ids of all accounts.
  void accounts(Done<std::vector<std::string>> done);
  /// Removes what is older than `before` of that account alone.
  void prune(std::string account_id, UnixMicros before, Done<void> done);

 private:
  Engine& engine_;
};

}  // namespace sealhall::store
