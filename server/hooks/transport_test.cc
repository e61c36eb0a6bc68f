#include "server/hooks/transport.h"

#include <doctest/doctest.h>

#include <functional>
#include <optional>

#include "io/http/server.h"
#include "io/net/tcp.h"

namespace sealhall::hooks {
namespace {

using namespace std::chrono_literals;

/// A receiver on this machine, in clear text, and what sends to it.
struct World {
  World() {
    auto listening = io::TcpListener::listen(
        loop, {"127.0.0.1", 0}, {}, [this](std::shared_ptr<io::Stream> stream) { http.serve(std::move(stream)); });
    REQUIRE(listening.has_value());
    port = std::move(*listening);
  }
  io::HttpHandlers handlers() {
    io::HttpHandlers out;
    out.on_request = [this](io::HttpRequest request, io::HttpResponder answer) {
      got.push_back(std::move(request));
      on_request(std::move(answer));
    };
    return out;
  }
  [[nodiscard]] std::string url(const std::string& scheme = "http", const std::string& host = "127.0.0.1") const {
    return scheme + "://" + host + ":" + std::to_string(port->local().port) + "/hooks?x=1";
  }
  HookAnswer send(const std::string& to, Reachable reachable = Reachable::anything, Duration patience = 10s) {
    CurlTransport transport{curl, reachable, "", patience};
    std::optional<HookAnswer> answer;
    transport.send({.url = to,
                    .headers = {{"Content-Type", "application/json"}, {"x-zm-signature", "v0=1"}},
                    .body = R"({"event":"meeting.started"})"},
                   [&](HookAnswer a) { answer = std::move(a); });
    REQUIRE(loop.run_until([&] { return answer.has_value(); }, 20s));
    return std::move(*answer);
  }

  io::Loop loop;
  std::vector<io::HttpRequest> got;
  std::function<void(io::HttpResponder)> on_request;
  io::HttpServer http{loop, handlers(), {}};
  std::unique_ptr<io::TcpListener> port;
  io::Curl curl{loop};
};

TEST_CASE(
    "webhook transport: a POST as it was given; any 2xx is a success, anything else none, and nobody is sent on") {
  World w;
  std::size_t sent = 0;
  for (const int status : {200, 202, 301, 302, 307, 400, 401, 404, 410, 500, 503}) {
    CAPTURE(status);
    w.on_request = [&](io::HttpResponder answer) {
      auto response = io::HttpResponse::text(status, "said");
      response.headers.set("Location", w.url() + "&elsewhere");
      answer(std::move(response));
    };
    const HookAnswer answer = w.send(w.url());
    CHECK(answer.status == status);
    CHECK(answer.body == "said");
    CHECK(answer.success() == (status < 300));
    CHECK(w.got.size() == ++sent);  // one request each, whatever Location says
    CHECK(w.got.back().method == "POST");
    CHECK(w.got.back().target == "/hooks?x=1");
    CHECK(w.got.back().body == R"({"event":"meeting.started"})");
    CHECK(w.got.back().headers.find("Content-Type") == "application/json");
    CHECK(w.got.back().headers.find("x-zm-signature") == "v0=1");
  }
}

TEST_CASE(
    "webhook transport: whoever is silent, says too much or is not there has not answered, and it is said which") {
  CHECK(answer_time == 3s);
  World w;
  std::vector<io::HttpResponder> silent;
  w.on_request = [&](io::HttpResponder answer) { silent.push_back(std::move(answer)); };
  const auto refused = [](const HookAnswer& answer, const std::string& why) {
    CHECK(answer.status == 0);
    CHECK_FALSE(answer.success());
    CHECK(answer.failure == why);
  };
  refused(w.send(w.url(), Reachable::anything, 50ms), "timeout");
  CHECK(silent.size() == 1);
  w.on_request = [](io::HttpResponder answer) {
    answer(io::HttpResponse::text(200, std::string((64U << 10) + 1, 'x')));
  };
  refused(w.send(w.url()), "the answer is too long");
  refused(w.send("http://127.0.0.1:1/"), "unreachable");
}

TEST_CASE("webhook transport: into the operator's own network only where that is wished, whatever its name is") {
  World w;
  w.on_request = [](io::HttpResponder answer) { answer(io::HttpResponse::text(200, "yes")); };
  const auto refused = [&](const std::string& url) { return w.send(url, Reachable::internet).failure; };
  CHECK(refused(w.url()) == "bad address");  // clear text
  CHECK(refused(w.url("https")) == "the address is in a private network");
  CHECK(refused(w.url("https", "localhost")) == "the address is in a private network");
  CHECK(w.got.empty());
  CHECK(w.send(w.url()).success());
  CHECK(w.got.size() == 1);
}

}  // namespace
}  // namespace sealhall::hooks
