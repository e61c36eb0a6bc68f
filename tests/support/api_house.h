// A registry with a pretended browser in front of it: requests go through the real HTTP server over a stream in memory,
// tokens are what the test says. For endpoint tests that need neither TLS nor a whole control process.
#pragma once

#include <doctest/doctest.h>

#include <boost/json.hpp>
#include <map>
#include <memory>
#include <string>

#include "io/http/response_parser.h"
#include "io/http/server.h"
#include "io/net/loop.h"
#include "server/api/caller_cache.h"
#include "server/api/registry.h"
#include "tests/support/recorded_responses.h"

namespace sealhall::api::testing {

class TestClock final : public io::WallClock {
 public:
  UnixMicros now() const noexcept override { return time; }
  void advance(Duration d) { time = UnixMicros{static_cast<std::int64_t>(time) + d.count()}; }
  UnixMicros time{1'795'000'000'000'000};  ///< 2026-11-18T11:06:40Z
};

/// Tokens and whom they stand for.
class TestCallers final : public CallerSource {
 public:
  void caller_of(std::string_view token, Done<std::optional<Found>> done) override {
    ++asked;
    const auto found = callers.find(token);
    if (found == callers.end()) return done(std::optional<Found>{});
    done(Found{found->second, expires_at});
  }
  std::map<std::string, Caller, std::less<>> callers;
  UnixMicros expires_at{std::int64_t{1} << 60};
  int asked = 0;
};

/// One end of a connection whose other end is the test.
class TestStream final : public io::Stream {
 public:
  void set_handler(io::StreamHandler* handler) override { handler_ = handler; }
  void write(ByteView data) override { append(written, data); }
  [[nodiscard]] std::size_t queued() const noexcept override { return 0; }
  void set_reading(bool) override {}
  void close() override { closed = true; }
  void abort() noexcept override { closed = true; }
  [[nodiscard]] const io::Endpoint& peer() const noexcept override { return peer_; }
  void arrive(std::string_view text) {
    if (handler_ != nullptr) handler_->on_data(as_bytes(text));
  }
  Bytes written;
  bool closed = false;

 private:
  io::StreamHandler* handler_ = nullptr;
  io::Endpoint peer_{"192.0.2.7", 50'000};
};

class ApiHouse {
 public:
  explicit ApiHouse(RatePolicy policy = {}) : rates(policy) { callers.add_source("", tokens); }

  /// A person of an account, with its token.
  std::string person(const std::string& id, Permissions permissions = {}, const std::string& account = "acme") {
    Caller caller;
    caller.kind = CallerKind::user;
    caller.account_id = account;
    caller.user_id = id;
    caller.permissions = permissions;
    tokens.callers["token-" + id] = caller;
    return "token-" + id;
  }
  std::string guest(const std::string& id = "guest", const std::string& account = "acme") {
    Caller caller;
    caller.kind = CallerKind::guest;
    caller.account_id = account;
    tokens.callers["token-" + id] = caller;
    return "token-" + id;
  }
  /// An application, acting for itself (`for_user` is who made it) or for a person.
  std::string application(const std::string& id, const std::string& scopes, const std::string& for_user,
                          Permissions permissions = Permissions::all(), const std::string& account = "acme") {
    Caller caller;
    caller.kind = CallerKind::application;
    caller.account_id = account;
    caller.user_id = for_user;
    caller.client_id = id;
    caller.scopes = Scopes::parse(scopes);
    caller.permissions = permissions;
    tokens.callers["token-" + id] = caller;
    return "token-" + id;
  }

  io::HttpResponse call(const std::string& method, const std::string& target, const std::string& body = "",
                        const std::string& token = "",
                        const std::vector<std::pair<std::string, std::string>>& headers = {}) {
    std::string text = method + " " + target + " HTTP/1.1\r\nHost: meet.example\r\n";
    if (!token.empty()) text += "Authorization: Bearer " + token + "\r\n";
    for (const auto& [name, value] : headers) text += name + ": " + value + "\r\n";
    if (!body.empty() || method != "GET") text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    text += "\r\n" + body;
    auto stream = std::make_shared<TestStream>();
    server.serve(stream);
    stream->arrive(text);
    io::HttpResponseParser parser{method == "HEAD"};
    std::size_t fed = 0;
    bool done = false;
    loop.run_until(
        [&] {
          if (done || stream->written.size() == fed) return done;
          const auto progress = parser.feed(ByteView{stream->written}.subspan(fed));
          REQUIRE(progress.has_value());
          fed += progress->consumed;
          done = progress->done;
          return done;
        },
        std::chrono::seconds{5});
    REQUIRE(done);
    sealhall::testing::record_response(method, target, parser.response());
    return std::move(parser.response());
  }
  static boost::json::value parsed(const io::HttpResponse& response) {
    boost::system::error_code error;
    auto value = boost::json::parse(response.body, error);
    REQUIRE_MESSAGE(!error, response.body);
    return value;
  }

  io::Loop loop;
  TestClock clock;
  TestCallers tokens;
  CallerCache callers{clock};
  RateLimiter rates;
  std::function<void()> before_acknowledging;
  Registry registry{{.clock = clock,
                     .callers = callers,
                     .rates = &rates,
                     .own_origin = "https://meet.example",
                     .acknowledge = [this](io::Callback answer) {
                       if (before_acknowledging) before_acknowledging();
                       answer();
                     }}};
  io::HttpServer server{
      loop,
      {.on_request = [this](io::HttpRequest request,
                            io::HttpResponder answer) { registry.route(std::move(request), std::move(answer)); },
       .body_limit = [this](const io::HttpRequest& request) { return registry.body_limit(request); }}};
};

}  // namespace sealhall::api::testing
