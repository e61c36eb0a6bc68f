// For tests of recordings: everything around them, with a store that can be told to fail.
#pragma once

#include <doctest/doctest.h>

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/crypto/random.h"
#include "core/recording/journal.h"
#include "core/recording/part_key.h"
#include "io/sealed/sealed_file.h"
#include "server/recording/live_recordings.h"
#include "server/vault/testing.h"
#include "store/store.h"
#include "store/testing.h"
#include "tests/support/faulty_engine.h"

namespace sealhall::recordings::testing {

using namespace std::chrono_literals;

/// Everything around: a store, a vault, and a recorder and a composer of which only the messages are real.
struct Stage {
  explicit Stage(store::testing::Shop& s, Duration retry = 5ms) : shop(s), engine(s.engine()), store(engine) {
    LiveOptions options;
    options.folder = folder.path;
    options.host = "127.0.0.1";
    options.retry = retry;
    live.emplace(
        LiveRecordings::Parts{shop.loop(), store, vault, clock, random}, options,
        LiveRecordings::Events{
            .happened = [this](const std::string&, std::string_view what) { events += std::string{what} + " "; },
            .over = [this](const std::string& id) { over = id; }});
  }
  void recorder() {
    live->recorder_came([this](std::string_view text) { told.push_back(*wire::recorder::decode_to_recorder(text)); });
  }
  void say(const wire::recorder::FromRecorder& m) { live->recorder_said(wire::recorder::encode(m)); }
  static RunningMeeting meeting() {
    return {std::string{store::default_account}, "555", Bytes(16, 3), "host", "A topic"};
  }
  expected<std::string, api::ApiError> start() {
    std::optional<expected<std::string, api::ApiError>> result;
    live->start(meeting(), [&](auto r) { result = std::move(r); });
    REQUIRE(wait([&] { return result.has_value(); }));
    return *result;
  }
  expected<void, api::ApiError> stop() {
    std::optional<expected<void, api::ApiError>> result;
    live->stop("555", [&](auto r) { result = std::move(r); });
    REQUIRE(wait([&] { return result.has_value(); }));
    return *result;
  }
  bool wait(const std::function<bool()>& what) { return shop.loop().run_until(what, 5s); }
  bool wait_told(std::size_t n) {
    return wait([&] { return told.size() >= n; });
  }
  template <class T>
  const T& last() {
    REQUIRE_FALSE(told.empty());
    const T* m = std::get_if<T>(&told.back());
    REQUIRE(m != nullptr);
    return *m;
  }
  store::Recording row(const std::string& id) {
    return **shop.ask<std::optional<store::Recording>>([&](auto d) { store.find(id, std::move(d)); });
  }

  std::function<std::string(const std::string&, std::uint32_t)> folder_of() {
    return [this](const std::string& id, std::uint32_t part) {
      return folder.path + "/" + id + "/" + std::to_string(part);
    };
  }
  /// A recording with one part, in which there is nothing yet but its key; it waits for the composer.
  void recorded(const std::string& id) {
    store::Recording row;
    row.id = id;
    row.account_id = store::default_account;
    row.meeting_id = "1";
    row.meeting_uuid = id;
    row.topic_sealed = {1};
    REQUIRE(shop.ask<void>([&](auto d) { store.create(row, std::move(d)); }));
    REQUIRE(shop.ask<void>([&](auto d) { store.add_part(id, 1, UnixMicros{5}, std::move(d)); }));
    REQUIRE(shop.ask<void>([&](auto d) { store.end(id, UnixMicros{9}, std::move(d)); }));
    std::optional<vault::ObjectKey> key;
    vault.new_object_key(recording::part_context(row.account_id, id, 1), recording::key_scope(id),
                         [&](auto k) { key.emplace(std::move(*k)); });
    REQUIRE(io::make_private_folder(folder_of()(id, 1)).has_value());
    auto file = io::SealedFileWriter::create(folder_of()(id, 1) + "/manifest",
                                             recording::file_context(row.account_id, id, 1, "manifest"),
                                             recording::file_key(key->key, "manifest"), key->wrapped, random);
    REQUIRE(file.has_value());
  }

  store::testing::Shop& shop;
  store::testing::Folder folder;
  sealhall::testing::FaultyEngine engine;
  store::Recordings store;
  vault::testing::MemoryVault vault;
  io::SystemWallClock clock;
  crypto::SystemRandom random;
  std::optional<LiveRecordings> live;
  std::vector<wire::recorder::ToRecorder> told;
  std::string events;
  std::string over;
};

}  // namespace sealhall::recordings::testing
