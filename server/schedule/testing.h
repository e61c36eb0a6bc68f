// For tests of scheduling: a service on an empty store, with a vault in memory, a clock that the test moves, and every
// mail and event kept.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "server/schedule/service.h"
#include "server/schedule/time_text.h"
#include "server/vault/testing.h"
#include "store/testing.h"
#include "tests/support/source_dir.h"

namespace sealhall::schedule::testing {

class KeptMails final : public io::Mailer {
 public:
  void send(io::Mail mail, Done done) override {
    mails.push_back(std::move(mail));
    done({});
  }
  /// The subjects to an address, with " | " between.
  [[nodiscard]] std::string subjects(std::string_view to) const {
    std::string out;
    for (const io::Mail& m : mails) {
      if (m.to == to) out += (out.empty() ? "" : " | ") + m.subject;
    }
    return out;
  }
  /// The calendar file of the last mail to an address, unfolded; "" without one.
  [[nodiscard]] std::string calendar(std::string_view to) const {
    for (auto it = mails.rbegin(); it != mails.rend(); ++it) {
      if (it->to != to) continue;
      if (!it->attachment) return "";
      std::string text{as_text(it->attachment->bytes)};
      for (std::size_t at = text.find("\r\n "); at != std::string::npos; at = text.find("\r\n ", at)) text.erase(at, 3);
      return text;
    }
    return "";
  }
  std::vector<io::Mail> mails;
};

class MovedClock final : public io::WallClock {
 public:
  UnixMicros now() const noexcept override { return time; }
  UnixMicros time{};
};

inline UnixMicros at(std::string_view text) { return to_micros(moment_of(*parse_time(text), TimeZone::utc())); }

struct House {
  House() {
    clock.time = at("2026-11-20T08:00:00Z");
    for (const char* name : {"ada", "bob", "carol"}) {
      const std::string id = name;
      const store::User user{id, id + "@acme.example", id, store::UserRole::member, "", clock.time, false};
      REQUIRE(shop.ask<void>([&](auto done) { accounts.create_user(user, std::move(done)); }).has_value());
    }
    subscription = events.subscribe([this](const Event& e) { told.push_back(e); });
  }

  template <class T, class Ask>
  expected<T, api::ApiError> ask(Ask start) {
    std::optional<expected<T, api::ApiError>> result;
    start(api::Done<T>{[&result](expected<T, api::ApiError> r) { result = std::move(r); }});
    shop.loop().run_until([&result] { return result.has_value(); }, std::chrono::seconds{30});
    REQUIRE(result.has_value());
    return std::move(*result);
  }
  /// What must succeed.
  template <class T, class Ask>
  T get(Ask start) {
    auto result = ask<T>(std::move(start));
    const std::string problem = result ? "" : result.error().message + said(result.error());
    INFO(problem);
    REQUIRE(result.has_value());
    if constexpr (!std::is_void_v<T>) return std::move(*result);
  }
  static std::string said(const api::ApiError& error) {
    std::string out;
    for (const auto& e : error.errors) out += " " + e.field + ": " + e.message;
    return out;
  }
  shapes::MeetingView create(const shapes::MeetingBody& body, const Actor& by = {"", "ada"}) {
    return get<shapes::MeetingView>(
        [&](auto done) { service.create(in_account(by), by.user_id, body, std::move(done)); });
  }
  expected<void, api::ApiError> change(const shapes::MeetingView& m, const shapes::MeetingBody& body,
                                       std::optional<std::string> occurrence = {}) {
    return ask<void>([&](auto done) { service.change(ada, id(m), occurrence, body, std::move(done)); });
  }
  shapes::MeetingView look(const shapes::MeetingView& m, GetOptions options = {}) {
    return get<shapes::MeetingView>([&](auto done) { service.get(id(m), options, std::move(done)); });
  }
  std::string listed(store::Schedule::Which which, const std::string& owner = "ada") {
    const auto list = get<shapes::MeetingList>([&](auto done) { service.list(owner, which, {}, std::move(done)); });
    std::string out;
    for (const auto& m : list.meetings) out += (out.empty() ? "" : ", ") + m.topic;
    return out;
  }
  [[nodiscard]] std::string event_names() const {
    std::string out;
    for (const Event& e : told) out += (out.empty() ? "" : " ") + e.name;
    return out;
  }
  static std::string id(const shapes::MeetingView& m) { return std::to_string(m.id); }
  static Actor in_account(Actor actor) {
    actor.account_id = store::default_account;
    return actor;
  }

  store::testing::Folder folder;
  store::testing::Shop shop{folder.file()};
  store::Store accounts{shop.engine()};
  store::Schedule rows{shop.engine()};
  StorePeople people{accounts};
  SeededRandom random{42};
  vault::testing::MemoryVault box;
  EventBus events;
  KeptMails mails;
  MovedClock clock;
  std::set<std::string> running;
  std::vector<std::string> ended;
  std::vector<Event> told;
  EventBus::Subscription subscription;
  MeetingPolicies policies;  ///< of everybody
  Service service{
      {rows, people, box, events, mails, clock, random, "https://meet.example",
       [this](const std::string& m) { return running.contains(m); },
       [this](const std::string& m) { ended.push_back(m); }, test::source_path("server/schedule/testdata/zoneinfo"),
       nullptr, [this](const std::string&, const std::string&, api::Done<MeetingPolicies> done) { done(policies); }}};
  Actor ada{std::string{store::default_account}, "ada"};
};

}  // namespace sealhall::schedule::testing
