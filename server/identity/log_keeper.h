// Forgets the logs of every account after the days that its policy says.
#pragma once

#include <memory>

#include "io/net/timer.h"
#include "server/identity/accounts.h"
#include "store/logs.h"

namespace sealhall::identity {

class LogKeeper {
 public:
  /// Looks at once and then every hour. Both outlive it.
  explicit LogKeeper(Accounts& accounts);
  /// One look; `done` when all accounts were seen. What fails is logged and tried again at the next look.
  void look(std::move_only_function<void()> done);

 private:
  void next(std::vector<std::string> accounts, std::move_only_function<void()> done);

  Accounts& accounts_;
  store::Logs logs_;
  io::Ticker tick_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace sealhall::identity
