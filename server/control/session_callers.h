// What the bearer tokens of sessions stand for, as the API wants to know it.
#pragma once

#include "io/net/clock.h"
#include "server/api/caller.h"
#include "store/directory.h"
#include "store/store.h"

namespace sealhall::control {

class SessionCallers final : public api::CallerSource {
 public:
  SessionCallers(store::Engine& engine, const io::WallClock& clock)
      : store_(engine), directory_(engine), clock_(clock) {}
  void caller_of(std::string_view token, api::Done<std::optional<Found>> done) override;
  /// What the person's role allows; nullopt when the role is gone.
  void permissions_of(const store::User& user, api::Done<std::optional<api::Permissions>> done);

 private:
  store::Store store_;
  store::Directory directory_;
  const io::WallClock& clock_;
};

}  // namespace sealhall::control
