// Callers whom nobody has signed in: a test says what each token stands for.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "server/api/caller.h"

namespace sealhall::control::testing {

/// Added to a server's callers under a prefix, with which every token of it begins.
class PretendedCallers final : public api::CallerSource {
 public:
  void caller_of(std::string_view token, api::Done<std::optional<Found>> done) override {
    const auto found = callers.find(token);
    if (found == callers.end()) return done(std::optional<Found>{});
    done(Found{found->second, UnixMicros{std::int64_t{1} << 60}});
  }
  std::map<std::string, api::Caller, std::less<>> callers;
};

/// Of another account than the one that a server begins with; with no rights yet.
inline api::Caller foreigner(api::CallerKind kind, const std::string& user) {
  api::Caller out;
  out.kind = kind;
  out.account_id = "BBBBBBBBBBBBBBBBBBBBBB";
  out.user_id = user;
  return out;
}

}  // namespace sealhall::control::testing
