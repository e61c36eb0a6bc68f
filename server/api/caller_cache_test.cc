#include "server/api/caller_cache.h"

#include "tests/support/api_house.h"

using namespace sealhall;
using namespace sealhall::api;
using namespace sealhall::api::testing;

namespace {

/// Answers when it is told to.
class SlowCallers final : public CallerSource {
 public:
  void caller_of(std::string_view, Done<std::optional<Found>> done) override { waiting = std::move(done); }
  Done<std::optional<Found>> waiting;
};

}  // namespace

TEST_CASE("caller cache: a token is asked for once in 30 s, and not after its own end") {
  TestClock clock;
  TestCallers source;
  CallerCache cache{clock};
  cache.add_source("", source);
  source.callers["t"].user_id = "ada";
  const auto user = [&] {
    std::string id;
    cache.caller_of("t", [&](auto caller) { id = *caller ? (*caller)->user_id : ""; });
    return id;
  };
  CHECK(user() == "ada");
  CHECK(user() == "ada");
  CHECK(source.asked == 1);
  clock.advance(std::chrono::seconds{31});
  CHECK(user() == "ada");
  CHECK(source.asked == 2);
  cache.forget_all();
  source.expires_at = UnixMicros{static_cast<std::int64_t>(clock.now()) + 1'000'000};
  CHECK(user() == "ada");
  clock.advance(std::chrono::seconds{1});
  source.callers.clear();
  CHECK(user() == "");
  CHECK(source.asked == 4);
}

TEST_CASE("caller cache: what is revoked during a look-up is not remembered") {
  TestClock clock;
  SlowCallers source;
  CallerCache cache{clock};
  cache.add_source("", source);
  Caller ada;
  ada.user_id = "ada";
  const auto look_up = [&](auto between) {
    bool done = false;
    cache.caller_of("t", [&](auto caller) { done = caller.has_value(); });
    between();
    source.waiting(CallerSource::Found{ada, UnixMicros{std::int64_t{1} << 60}});
    CHECK(done);
  };
  look_up([&] { cache.forget_user("ada"); });
  CHECK(cache.size() == 0);
  look_up([&] { cache.forget_application("x"); });
  CHECK(cache.size() == 0);
  look_up([] {});
  CHECK(cache.size() == 1);
}

TEST_CASE("caller cache: forgets by token, person and application, and its oldest when it is full") {
  TestClock clock;
  TestCallers source;
  CallerCache cache{clock, {.entries = 3}};
  cache.add_source("", source);
  TestCallers programs;
  cache.add_source("app.", programs);
  source.callers["a"].user_id = "ada";
  source.callers["b"].user_id = "bob";
  programs.callers["app.1"].client_id = "one";
  std::string hash;
  const auto ask = [&](const char* token) {
    cache.caller_of(token, [&](auto caller) { hash = (*caller)->token_hash; });
  };
  ask("a");
  ask("b");
  ask("app.1");
  CHECK(cache.size() == 3);
  CHECK(programs.asked == 1);
  cache.forget_application("one");
  cache.forget_user("bob");
  CHECK(cache.size() == 1);
  ask("a");
  CHECK(source.asked == 2);
  cache.forget_token(hash);
  CHECK(cache.size() == 0);
  for (const char* token : {"a", "b", "app.1"}) ask(token);
  source.callers["c"].user_id = "cem";
  ask("c");
  CHECK(cache.size() == 3);
  const int before = source.asked;
  ask("a");  // the oldest went
  CHECK(source.asked == before + 1);
}
