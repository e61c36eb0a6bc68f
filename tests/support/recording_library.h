// For tests of the library: one with a recording in it, behind the real registry.
#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/crypto/random.h"
#include "core/recording/part_key.h"
#include "io/sealed/sealed_file.h"
#include "server/recording/archive.h"
#include "server/recording/endpoints.h"
#include "server/vault/testing.h"
#include "store/file_blobs.h"
#include "store/sqlite_engine.h"
#include "store/store.h"
#include "store/testing.h"
#include "tests/support/api_house.h"

namespace sealhall::recordings::testing {

using namespace std::chrono_literals;

inline const std::string account{store::default_account};

/// A library behind the real registry; `ada` owns recording r1 of meeting 12345678901, with one MP4 of 300,000 bytes.
struct House : api::testing::ApiHouse {
  House() {
    awake.after(1h, [] {});  // a loop that waits for nothing returns at once, and the writing thread posts later
    auto opened = store::SqliteEngine::open(folder.file(), [this](auto callback) { loop.post(std::move(callback)); });
    REQUIRE(opened.has_value());
    engine = std::move(*opened);
    store_of.emplace(*engine);
    store::Recordings& store = *store_of;
    composing.emplace(ComposeQueue::Parts{loop, store, vault, random}, ComposeQueue::Options{},
                      ComposeQueue::Events{.folder = folder_of(), .finished = nullptr});
    auto opened_blobs = store::FileBlobs::open(loop, folder.path + "/blobs");
    REQUIRE(opened_blobs.has_value());
    blobs = std::move(*opened_blobs);
    archive.emplace(Archive::Parts{loop, store, *blobs}, ArchiveOptions{.move = true},
                    [this](const std::string& id) { return folder.path + "/" + id; });
    library.emplace(Library::Parts{loop, store, vault, events, clock, random, *composing, *archive},
                    LibraryOptions{.tell_again = 5ms, .public_url = "https://meet.example"}, folder_of());
    LiveOptions options;
    options.folder = folder.path;
    live.emplace(LiveRecordings::Parts{loop, store, vault, clock, random}, options, LiveRecordings::Events{});
    registry.resolve("meeting_id",
                     [](const api::Caller&, const std::string& id, api::Done<std::optional<api::Subject>> done) {
                       if (id != "777") return done(std::optional<api::Subject>{});
                       done(std::optional{api::Subject{id, account, "ada", {}, {}}});
                     },
                     {404, "There is no such meeting."});
    add_recording_endpoints(
        registry, {*library, *live, *composing, [](const std::string& id) {
                     return id == "777" ? std::optional{RunningMeeting{account, "777", Bytes(16, 7), "ada", "Now"}}
                                        : std::nullopt;
                   }});
    subscription = events.subscribe([this](const Event& e) { published.push_back(e); });
    ada = person("ada", {}, account);
    people.emplace(*engine);
    ok([&](auto d) {
      people->create_user({"ada", "ada@example.org", "Ada", store::UserRole::member, "x", UnixMicros{1}, false},
                          std::move(d));
    });
    content.resize(300'000);
    for (std::size_t i = 0; i < content.size(); ++i) content[i] = static_cast<std::uint8_t>(i * 31 + i / 777);
    add("r1", "12345678901");
  }
  Library::Folder folder_of() {
    return [this](const std::string& id, std::uint32_t part) {
      return folder.path + "/" + id + "/" + std::to_string(part);
    };
  }
  Bytes seal(const envelope::Context& context, const std::string& id, std::string_view text) {
    Bytes out;
    vault.seal(context, recording::key_scope(id), Bytes(as_bytes(text).begin(), as_bytes(text).end()),
               [&](auto sealed) { out = *sealed; });
    return out;
  }
  void add(const std::string& id, const std::string& meeting) {
    store::Recording row;
    row.id = id;
    row.account_id = account;
    row.meeting_id = meeting;
    row.meeting_uuid = "AbC+dEfGhIjKlMnOpQrSt" + id + "==";
    row.host_id = "ada";
    row.topic_sealed = seal({account, "recording", id, "topic"}, id, "Budget \"2027\"");
    row.started_at = clock.now();
    ok([&](auto d) { store_of->create(row, std::move(d)); });
    store::RecordingFile video;
    video.id = "file-" + id;
    video.recording_id = id;
    video.file = "video";
    video.kind = "video";
    video.size = content.size();
    video.ended_ms = 61'000;
    store::RecordingFile voice = video;
    voice.id = "voice-" + id;
    voice.part = 1;
    voice.file = "t-0001";
    voice.kind = "audio";
    voice.participant = 3;
    voice.name_sealed = seal({account, "recording", voice.id, "name"}, id, "Grace");
    ok([&](auto d) { store_of->finish(id, store::RecordingState::completed, 61'000, {video, voice}, std::move(d)); });
    std::optional<vault::ObjectKey> key;
    vault.new_object_key(recording::part_context(account, id, 0), recording::key_scope(id),
                         [&](auto k) { key.emplace(std::move(*k)); });
    REQUIRE(io::make_private_folder(folder_of()(id, 0)).has_value());
    auto file =
        io::SealedFileWriter::create(folder_of()(id, 0) + "/video", recording::file_context(account, id, 0, "video"),
                                     recording::file_key(key->key, "video"), key->wrapped, random);
    REQUIRE(file.has_value());
    REQUIRE(file->write(content).has_value());
    REQUIRE(file->finish().has_value());
  }
  template <class Ask>
  void ok(Ask ask) {
    std::optional<bool> result;
    ask(store::Done<void>{[&](auto r) { result = r.has_value(); }});
    loop.run_until([&] { return result.has_value(); }, 5s);
    REQUIRE(result == true);
  }
  int status(const std::string& method, const std::string& path, const std::string& token = "",
             const std::string& body = "") {
    return call(method, path, body, token).status;
  }

  store::testing::Folder folder;
  io::Timer awake{loop};
  std::unique_ptr<store::Engine> engine;
  std::optional<store::Recordings> store_of;
  std::optional<store::Store> people;
  vault::testing::MemoryVault vault;
  EventBus events;
  EventBus::Subscription subscription;
  crypto::SystemRandom random;
  std::optional<ComposeQueue> composing;
  std::unique_ptr<store::FileBlobs> blobs;
  std::optional<Archive> archive;
  std::optional<Library> library;
  std::optional<LiveRecordings> live;
  std::vector<Event> published;
  Bytes content;
  std::string ada;
};

}  // namespace sealhall::recordings::testing
