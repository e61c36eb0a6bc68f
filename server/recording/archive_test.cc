#include "server/recording/archive.h"

#include <doctest/doctest.h>

#include <filesystem>

#include "tests/support/recording_library.h"

using namespace sealhall;
using namespace sealhall::recordings;
using namespace sealhall::recordings::testing;
using namespace std::chrono_literals;

namespace {

namespace fs = std::filesystem;

/// A blob store that is away when told so, and that can give back something else than it got.
class MoodyBlobs final : public store::Blobs {
 public:
  explicit MoodyBlobs(store::Blobs& under) : under_(under) {}
  bool away = false;
  std::optional<int> away_after;  ///< so many reads
  int spoiled = 0;                ///< so many reads are of other bytes
  int puts = 0;

  std::unique_ptr<store::BlobWriter> put(std::string name) override {
    ++puts;
    return under_.put(std::move(name));
  }
  void get(std::string name, std::uint64_t offset, std::size_t length, store::Done<Bytes> done) override {
    if (away_after && --*away_after < 0) away = true;
    if (away)
      return under_.get("none", 0, 1,
                        [done = std::move(done)](auto) mutable { done(unexpected(store::StoreError::unavailable)); });
    const bool spoil = spoiled > 0;
    if (spoil) --spoiled;
    under_.get(std::move(name), offset, length, [spoil, done = std::move(done)](auto bytes) mutable {
      if (bytes && spoil) bytes->back() ^= 1;
      done(std::move(bytes));
    });
  }
  void size(std::string name, store::Done<std::uint64_t> done) override {
    under_.size(std::move(name), [this, done = std::move(done)](auto size) mutable {
      away ? done(unexpected(store::StoreError::unavailable)) : done(std::move(size));
    });
  }
  void list(std::string prefix, std::string after, std::size_t limit,
            store::Done<std::vector<store::BlobInfo>> done) override {
    under_.list(std::move(prefix), std::move(after), limit, [this, done = std::move(done)](auto found) mutable {
      away ? done(unexpected(store::StoreError::unavailable)) : done(std::move(found));
    });
  }
  void remove(std::string name, store::Done<void> done) override { under_.remove(std::move(name), std::move(done)); }
  void check(store::Done<void> done) override { under_.check(std::move(done)); }

 private:
  store::Blobs& under_;
};

/// The library with a recording that is finished: a composition, a whole track and one that was cut off.
struct Shelf : recordings::testing::House {
  explicit Shelf(std::size_t piece = std::size_t{1} << 20) : moody(*blobs) {
    add("r2", "22222222222");
    store::RecordingFile torn;
    torn.id = "torn";
    torn.recording_id = "r2";
    torn.part = 1;
    torn.file = "t-0002";
    torn.kind = "audio";
    torn.size = 2 * envelope::segment_size;
    torn.whole = false;
    store::RecordingFile video;
    video.id = "video2";
    video.recording_id = "r2";
    video.file = "video";
    video.kind = "video";
    video.size = content.size();
    ok([&](auto d) { store_of->finish("r2", store::RecordingState::completed, 1, {torn, video}, std::move(d)); });
    std::optional<vault::ObjectKey> key;
    vault.new_object_key(recording::part_context(account, "r2", 1), recording::key_scope("r2"),
                         [&](auto k) { key.emplace(std::move(*k)); });
    REQUIRE(io::make_private_folder(here("r2") + "/1").has_value());
    auto file =
        io::SealedFileWriter::create(here("r2") + "/1/t-0002", recording::file_context(account, "r2", 1, "t-0002"),
                                     recording::file_key(key->key, "t-0002"), key->wrapped, random);
    REQUIRE(file.has_value());
    REQUIRE(file->write(content).has_value());  // and nobody ends it: what is no whole segment is lost
    again(piece);
    // The recording of the other tests has a track that is nowhere.
    ok([&](auto d) { store_of->set_moved("r1", std::move(d)); });
  }
  void again(std::size_t piece = std::size_t{1} << 20) {
    archive.emplace(Archive::Parts{loop, *store_of, moody},
                    ArchiveOptions{.move = true, .retry = std::chrono::milliseconds{20}, .piece = piece},
                    [this](const std::string& id) { return here(id); });
  }
  std::string here(const std::string& id) { return folder.path + "/" + id; }
  std::vector<std::string> there() {
    std::optional<std::vector<std::string>> names;
    blobs->list("", "", 100, [&](auto found) {
      names.emplace();
      for (const auto& blob : *found) names->push_back(blob.name);
    });
    loop.run_until([&] { return names.has_value(); }, 5s);
    return *names;
  }
  bool moved(const std::string& id) {
    std::optional<bool> is;
    store_of->find(id, [&](auto row) { is = row && *row && (*row)->moved; });
    loop.run_until([&] { return is.has_value(); }, 5s);
    return *is;
  }
  void settle() {
    loop.run_until([&] { return archive->idle(); }, 10s);
    REQUIRE(archive->idle());
  }
  std::string played(const std::string& file, const std::string& range) {
    return call("GET", "/rec/play/" + file, "", ada, {{"Range", range}}).body;
  }

  MoodyBlobs moody;
};

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("archive: a finished recording goes into the blob store and plays from there, torn tracks too") {
  Shelf s;
  const std::string whole{as_text(s.content)};
  s.archive->start({"r1", "r2"});
  s.settle();
  CHECK(s.there() == Names{"recordings/r2/0/video", "recordings/r2/1/t-0002"});
  CHECK(s.moved("r2"));
  CHECK_FALSE(fs::exists(s.here("r2")));
  CHECK(s.played("video2", "bytes=65530-131080") == whole.substr(65'530, 65'551));
  CHECK(s.played("video2", "bytes=-5") == whole.substr(299'995));
  CHECK(s.call("GET", "/rec/download/video2", "", s.ada).body == whole);
  CHECK(s.call("GET", "/rec/download/torn", "", s.ada).body == whole.substr(0, 2 * envelope::segment_size));
  CHECK(s.played("torn", "bytes=-3") == whole.substr(2 * envelope::segment_size - 3, 3));
  s.moody.away = true;
  CHECK(s.call("GET", "/rec/play/video2", "", s.ada).status == 503);
  s.moody.away = false;
  s.vault.trouble = vault::VaultError::unavailable;
  CHECK(s.call("GET", "/rec/play/video2", "", s.ada).status == 503);
}

TEST_CASE("archive: nothing leaves the disk before the blob store has given it back, byte for byte") {
  Shelf s{100'000};
  s.moody.spoiled = 1;
  s.archive->start({});
  s.settle();
  CHECK(s.moody.puts == 3);  // one was written again
  CHECK(s.moved("r2"));

  Shelf away{100'000};
  away.moody.away_after = 2;  // in the middle of a comparison
  away.archive->start({});
  away.loop.run_until([&] { return away.moody.away; }, 5s);
  away.loop.run_until([] { return false; }, 50ms);
  CHECK_FALSE(away.moved("r2"));
  CHECK(fs::exists(away.here("r2") + "/0/video"));
  away.moody.away = false;
  away.moody.away_after.reset();
  away.loop.run_until([&] { return away.archive->idle(); }, 5s);
  CHECK(away.moved("r2"));
}

TEST_CASE("archive: a process that dies goes on where it was; one file that is nowhere keeps all of them here") {
  Shelf s{50'000};
  s.moody.away_after = 3;
  s.archive->start({});
  s.loop.run_until([&] { return s.moody.away; }, 5s);
  CHECK(s.there() == Names{"recordings/r2/0/video"});
  s.again();
  s.moody.away = false;
  s.moody.away_after.reset();
  s.archive->start({});
  s.settle();
  CHECK(s.moody.puts == 2);  // what was there is only compared
  CHECK(s.moved("r2"));
  CHECK_FALSE(fs::exists(s.here("r2")));

  // It died after the last word in the store: the folder goes after another look, when it holds nothing else.
  const auto left = [&](const Bytes& bytes) {
    REQUIRE(io::make_private_folder(s.here("r2") + "/0").has_value());
    REQUIRE(io::write_file_atomically(s.here("r2") + "/0/video", bytes, 0600).has_value());
    s.again();
    s.archive->start({"r2", "stranger"});
    s.settle();
    return fs::exists(s.here("r2"));
  };
  CHECK(left({1, 2, 3}));
  fs::remove_all(s.here("r2"));
  CHECK(s.call("GET", "/rec/download/video2", "", s.ada).body == as_text(s.content));
  CHECK_FALSE(left(io::read_file(s.folder.path + "/blobs/recordings/r2/0/video", std::size_t{1} << 20).value()));

  Shelf lost;
  fs::remove(lost.here("r2") + "/1/t-0002");
  lost.archive->start({});
  lost.settle();
  CHECK_FALSE(lost.moved("r2"));
  CHECK(fs::exists(lost.here("r2") + "/0/video"));
  CHECK(lost.there().empty());
}

TEST_CASE("archive: a recording of which a folder cannot be read stays whole where it is") {
  Shelf s;
  const std::string part = s.here("r2") + "/2";
  fs::create_symlink(part, part);  // to itself: also root cannot open it
  s.archive->start({});
  s.settle();
  CHECK(s.moody.puts == 0);
  CHECK_FALSE(s.moved("r2"));
  CHECK(fs::exists(s.here("r2") + "/0/video"));
  fs::remove(part);
  s.again();
  s.archive->start({});
  s.settle();
  CHECK(s.moved("r2"));
}

TEST_CASE("archive: of a recording that is destroyed nothing stays, here or there, also when the store was away") {
  Shelf s;
  s.archive->start({});
  s.settle();
  CHECK(s.status("DELETE", "/v2/meetings/22222222222/recordings/torn?action=delete", s.ada) == 204);
  s.settle();
  CHECK(s.there() == Names{"recordings/r2/0/video"});
  s.moody.away = true;
  CHECK(s.status("DELETE", "/v2/meetings/22222222222/recordings?action=delete", s.ada) == 204);
  s.loop.run_until([] { return false; }, 50ms);
  CHECK(s.there().size() == 1);  // its keys are destroyed; what is noise waits
  s.again();                     // another process
  s.moody.away = false;
  s.archive->start({});
  s.settle();
  CHECK(s.there().empty());

  Shelf during{10'000};
  during.archive->start({});
  during.loop.run_until([&] { return during.moody.puts == 1; }, 5s);
  CHECK(during.status("DELETE", "/v2/meetings/22222222222/recordings?action=delete", during.ada) == 204);
  during.settle();
  CHECK(during.there().empty());
  CHECK_FALSE(fs::exists(during.here("r2")));
}

TEST_CASE("archive: where blobs are files of this disk, recordings stay where they are") {
  Shelf s;
  s.archive.emplace(Archive::Parts{s.loop, *s.store_of, s.moody}, ArchiveOptions{},
                    [&](const std::string& id) { return s.here(id); });
  s.archive->start({"r2"});
  s.settle();
  CHECK(s.there().empty());
  CHECK(fs::exists(s.here("r2") + "/0/video"));
}
