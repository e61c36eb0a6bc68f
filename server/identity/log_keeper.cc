// Tested in server/control/policies_test.cc
#include "server/identity/log_keeper.h"

#include <utility>

#include "io/log/log.h"

namespace sealhall::identity {

LogKeeper::LogKeeper(Accounts& accounts)
    : accounts_(accounts),
      logs_(accounts.parts().engine),
      tick_(accounts.parts().loop, std::chrono::hours{1}, [this] { look([] {}); }) {
  look([] {});
}

void LogKeeper::look(std::move_only_function<void()> done) {
  logs_.accounts([this, alive = std::weak_ptr<bool>{alive_}, done = std::move(done)](auto ids) mutable {
    if (alive.expired()) return;
    if (!ids) {
      io::log::warning("the logs could not be looked at for what is to be forgotten");
      return done();
    }
    next(std::move(*ids), std::move(done));
  });
}

void LogKeeper::next(std::vector<std::string> ids, std::move_only_function<void()> done) {
  if (ids.empty()) return done();
  std::string id = std::move(ids.back());
  ids.pop_back();
  // The policy is of accounts only: nobody in particular has to be named.
  accounts_.policies_of(id, "",
                        [this, alive = std::weak_ptr<bool>{alive_}, id, ids = std::move(ids),
                         done = std::move(done)](auto policies) mutable {
                          if (alive.expired()) return;
                          if (!policies) return next(std::move(ids), std::move(done));
                          const auto days = std::get<std::int64_t>(policies->find("logs.retention_days")->second.value);
                          const std::int64_t kept = days * 24 * 3600 * 1'000'000;
                          logs_.prune(id, UnixMicros{static_cast<std::int64_t>(accounts_.now()) - kept},
                                      [this, alive, ids = std::move(ids), done = std::move(done)](auto pruned) mutable {
                                        if (alive.expired()) return;
                                        if (!pruned) io::log::warning("old logs could not be forgotten");
                                        next(std::move(ids), std::move(done));
                                      });
                        });
}

}  // namespace sealhall::identity
