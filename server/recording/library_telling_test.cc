// What the library tells, and what it does not forget, while keys are away.
#include <doctest/doctest.h>

#include "tests/support/recording_library.h"

using namespace sealhall;
using namespace sealhall::recordings;
using namespace sealhall::recordings::testing;
using namespace std::chrono_literals;

namespace {

std::string names(const std::vector<Event>& events) {
  std::string all;
  for (const Event& e : events) all += e.name.substr(std::string_view{"recording."}.size()) + " ";
  return all;
}

store::Recording row_of(House& h, const std::string& id) {
  std::optional<store::Recording> row;
  h.store_of->find(id, [&](auto found) { row = std::move(**found); });
  REQUIRE(h.loop.run_until([&] { return row.has_value(); }, 5s));
  return std::move(*row);
}

}  // namespace

TEST_CASE("library: what happens while keys are away is told when they are back, in order and of the time it was") {
  House h;
  h.add("r2", "12345678902");
  const UnixMicros began = h.clock.now();
  h.vault.trouble = vault::VaultError::unavailable;
  h.library->publish("r1", "started");
  h.library->publish("r2", "started");
  h.clock.advance(2h);
  h.library->publish("r1", "completed");
  CHECK_FALSE(h.loop.run_until([&] { return !h.published.empty(); }, 30ms));
  h.vault.trouble.reset();
  h.library->publish("r2", "stopped");
  REQUIRE(h.loop.run_until([&] { return h.published.size() >= 4; }, 5s));
  CHECK(names(h.published) == "started started completed stopped ");
  CHECK(h.published[0].at == began);
  CHECK(h.published[0].object_json.find("12345678901") != std::string::npos);
  CHECK(h.published[1].object_json.find("12345678902") != std::string::npos);
  CHECK(h.published[2].at > began);
  CHECK_FALSE(h.published[2].download_token.empty());
}

TEST_CASE("library: what can never be told again holds up nobody") {
  House h;
  h.add("r2", "12345678902");
  h.vault.shred(account, recording::key_scope("r1"), [](auto) {});
  h.library->publish("r1", "completed");
  h.library->publish("gone", "completed");
  h.library->publish("r2", "completed");
  REQUIRE(h.loop.run_until([&] { return !h.published.empty(); }, 5s));
  CHECK(names(h.published) == "completed ");
  CHECK(h.published[0].object_json.find("12345678902") != std::string::npos);
}

TEST_CASE("library: what cannot be told for a day is given up, so that others are told of theirs") {
  House h;
  h.vault.trouble = vault::VaultError::refused;
  h.library->publish("r1", "started");
  h.clock.advance(25h);
  h.library->publish("r1", "completed");
  REQUIRE(h.loop.run_until([&] { return h.library->waiting_to_be_told() == 1; }, 5s));
  CHECK(h.published.empty());
  h.vault.trouble.reset();
  REQUIRE(h.loop.run_until([&] { return !h.published.empty(); }, 5s));
  CHECK(names(h.published) == "completed ");
}

TEST_CASE("library: what waits to be told is bounded, and what comes first is kept") {
  House h;
  h.library.emplace(Library::Parts{h.loop, *h.store_of, h.vault, h.events, h.clock, h.random, *h.composing, *h.archive},
                    LibraryOptions{.tell_again = 5ms, .most_to_tell = 2, .public_url = ""}, h.folder_of());
  h.vault.trouble = vault::VaultError::unavailable;
  for (const char* what : {"started", "paused", "resumed"}) h.library->publish("r1", what);
  CHECK(h.library->waiting_to_be_told() == 2);
  h.vault.trouble.reset();
  REQUIRE(h.loop.run_until([&] { return h.library->waiting_to_be_told() == 0; }, 5s));
  h.library->publish("r1", "stopped");
  REQUIRE(h.loop.run_until([&] { return h.published.size() >= 3; }, 5s));
  CHECK(names(h.published) == "started paused stopped ");
}

TEST_CASE("library: one that waits for the composer and could not be destroyed waits for it again") {
  House h;
  store::Recording row;
  row.id = "r3";
  row.account_id = account;
  row.meeting_id = "12345678903";
  row.meeting_uuid = "r3";
  row.host_id = "ada";
  row.topic_sealed = h.seal({account, "recording", "r3", "topic"}, "r3", "Budget");
  row.started_at = h.clock.now();
  h.ok([&](auto d) { h.store_of->create(row, std::move(d)); });
  h.ok([&](auto d) { h.store_of->end("r3", h.clock.now(), std::move(d)); });
  h.composing->add("r3");
  h.vault.trouble = vault::VaultError::unavailable;
  std::optional<int> answer;
  h.library->destroy(row_of(h, "r3"), [&](auto r) { answer = r ? 200 : r.error().status; });
  REQUIRE(h.loop.run_until([&] { return answer.has_value(); }, 5s));
  CHECK(answer == 503);
  CHECK(h.composing->waiting() == 1);
  h.vault.trouble.reset();
  answer.reset();
  h.library->destroy(row_of(h, "r3"), [&](auto r) { answer = r ? 200 : r.error().status; });
  REQUIRE(h.loop.run_until([&] { return answer.has_value(); }, 5s));
  CHECK(answer == 200);
  CHECK(h.composing->waiting() == 0);
}
