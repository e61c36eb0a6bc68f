// For tests of webhooks: a pretended outside with receivers that answer challenges.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "server/hooks/envelope.h"
#include "server/hooks/transport.h"

namespace sealhall::hooks::testing {

/// The outside: receivers that answer challenges, unless told otherwise.
class Outside final : public HookTransport {
 public:
  struct Seen {
    std::string url;
    std::string body;
    std::string timestamp;
    std::string signature;
  };
  std::string secret = "a secret of sixteen";
  int status = 200;
  bool answers_challenges = true;
  std::vector<Seen> events;
  int challenges = 0;
  std::vector<std::move_only_function<void()>> held;
  bool hold = false;

  void send(HookRequest request, std::move_only_function<void(HookAnswer)> done) override {
    HookAnswer answer{status, {}, status == 0 ? "timeout" : ""};
    const std::string mark = "\"plainToken\":\"";
    if (const auto at = request.body.find(mark); at != std::string::npos) {
      ++challenges;
      const std::string token = request.body.substr(at + mark.size(), 22);
      answer.body = R"({"plainToken":")" + token + R"(","encryptedToken":")" +
                    hmac_hex(answers_challenges ? secret : "wrong", token) + "\"}";
    } else {
      events.push_back(
          {request.url, request.body, header(request, "x-zm-request-timestamp"), header(request, "x-zm-signature")});
    }
    if (hold) return held.push_back([done = std::move(done), answer]() mutable { done(std::move(answer)); });
    done(std::move(answer));
  }

 private:
  static std::string header(const HookRequest& request, std::string_view name) {
    for (const auto& [n, value] : request.headers) {
      if (n == name) return value;
    }
    return {};
  }
};

}  // namespace sealhall::hooks::testing
