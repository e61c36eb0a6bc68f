// How a delivery leaves the house: one POST, answered in time or not. An interface, so that tests need no network.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/base/time.h"
#include "io/curl/curl.h"
#include "server/hooks/target.h"

namespace sealhall::hooks {

/// The time in which an endpoint has to answer. Longer lets a slow one hold a place, shorter refuses slow networks.
inline constexpr Duration answer_time = std::chrono::seconds{3};

struct HookRequest {
  std::string method = "POST";
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string body = {};
};
struct HookAnswer {
  int status = 0;       ///< 0: there was no answer
  std::string body;     ///< at most 64 KiB
  std::string failure;  ///< why there was none: "timeout", "unreachable"
  [[nodiscard]] bool success() const noexcept { return status >= 200 && status < 300; }
};

class HookTransport {
 public:
  virtual ~HookTransport() = default;
  /// `done` comes exactly once on the loop, unless the transport goes first.
  virtual void send(HookRequest request, std::move_only_function<void(HookAnswer)> done) = 0;
};

/// By libcurl. Into the operator's own network only when `reachable` says so: checked on the address that is really
/// connected to.
class CurlTransport final : public HookTransport {
 public:
  /// `ca_file`: authorities to trust instead of the system's; "": the system's. `patience`: for the whole answer.
  CurlTransport(io::Curl& curl, Reachable reachable, std::string ca_file = {}, Duration patience = answer_time)
      : curl_(curl), reachable_(reachable), ca_file_(std::move(ca_file)), patience_(patience) {}
  void send(HookRequest request, std::move_only_function<void(HookAnswer)> done) override;

 private:
  io::Curl& curl_;
  Reachable reachable_;
  std::string ca_file_;
  Duration patience_;
};

}  // namespace sealhall::hooks
