#include "connectors/recorder/part_writer.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "core/crypto/random.h"
#include "core/recording/webm_reader.h"

using namespace sealhall;
using namespace sealhall::recorder;
using namespace sealhall::recording;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

const Instant start{seconds{1000}};

struct Part {
  Part() : folder(std::filesystem::temp_directory_path() / ("part-writer-test-" + std::to_string(::getpid()))) {
    std::filesystem::remove_all(folder);
    random.fill(key.reveal_mutable());
    wrapped = *envelope::wrap_key(envelope::Key{}, {}, part_context("acc", "rec", 1), key, random);
  }
  ~Part() {
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  }

  std::unique_ptr<PartWriter> open() {
    PartSetup setup;
    setup.recording = "rec";
    setup.account = "acc";
    setup.folder = folder;
    setup.key = key.clone();
    setup.wrapped_key = wrapped;
    setup.began = start;
    auto writer = PartWriter::open(std::move(setup), random);
    REQUIRE(writer.has_value());
    return std::move(*writer);
  }
  std::string read(const std::string& name) {
    auto reader = io::SealedFileReader::open(folder / name, file_context("acc", "rec", 1, name), file_key(key, name));
    REQUIRE(reader.has_value());
    const Bytes all = *reader->read_all(100 << 20);
    return std::string{as_text(all)};
  }
  PartContents contents() {
    const auto found = contents_of(parse_manifest(read("manifest")));
    REQUIRE(found.has_value());
    return *found;
  }
  std::vector<WebmFrame> frames(const std::string& name) {
    WebmReader reader;
    const std::string text = read(name);
    reader.push(as_bytes(text));
    std::vector<WebmFrame> all;
    while (true) {
      auto frame = reader.next();
      REQUIRE(frame.has_value());
      if (!*frame) return all;
      all.push_back(std::move(**frame));
    }
  }
  crypto::SystemRandom random;
  std::filesystem::path folder;
  envelope::Key key;
  Bytes wrapped;
};

/// Each frame has bytes of its own: none can stand in the place of another.
void mark(Bytes& data, std::size_t from, int ms) {
  for (std::size_t i = from; i < data.size(); ++i) {
    data[i] = static_cast<std::uint8_t>((static_cast<unsigned>(ms) >> (i % 2 * 8)) + i);
  }
}
ArrivedFrame sound(int ms) {
  ArrivedFrame f;
  f.kind = wire::SourceKind::audio;
  f.stream = 1;
  f.data = Bytes(80, 0x08);  // an Opus frame of 20 ms
  mark(f.data, 1, ms);
  f.timestamp = static_cast<std::uint32_t>(ms * 48);
  f.captured = media::NtpMicros{ms * 1000};
  f.arrival = start + milliseconds{ms + 5};
  return f;
}
ArrivedFrame picture(int ms, bool key) {
  ArrivedFrame f;
  f.kind = wire::SourceKind::camera;
  f.stream = 2;
  f.data = {static_cast<std::uint8_t>(key ? 0x10 : 0x11), 0, 0, 0x9d, 0x01, 0x2a, 0x40, 0x01, 0xf0, 0x00};
  f.data.resize(3000);
  mark(f.data, 10, ms);
  f.timestamp = static_cast<std::uint32_t>(ms * 90);
  f.captured = media::NtpMicros{ms * 1000};
  f.arrival = start + milliseconds{ms + 30};
  f.key_frame = key;
  return f;
}

}  // namespace

TEST_CASE(
    "part writer: what was given is there, a track a participant and source, byte for byte, with a manifest and a "
    "timeline") {
  Part part;
  {
    auto writer = part.open();
    writer->happened(start, Came{0, 3, "Ada", wire::ClientKind::native, wire::Role::host});
    for (int ms = 0; ms < 4000; ms += 20) {
      writer->frame(3, "Ada", sound(ms));
      if (ms % 40 == 0) writer->frame(3, "Ada", picture(ms, ms % 1000 == 80));
      if (ms % 1000 == 0) writer->tick(start + milliseconds{ms});
    }
    writer->said(start + milliseconds{3000}, ChatLine{0, 3, "Ada", "A secret"});
    writer->close(start + milliseconds{4000}, "asked");
    CHECK_FALSE(writer->failure().has_value());
    CHECK(writer->recorded_ms(start + milliseconds{4000}) == 4000);
    CHECK(writer->bytes() > 300'000);
  }
  const PartContents contents = part.contents();
  REQUIRE(contents.closed.has_value());
  CHECK(contents.closed->at_ms == 4000);
  REQUIRE(contents.files.size() == 2);
  for (const PartFile& file : contents.files) {
    CHECK(file.opened.participant == 3);
    CHECK(file.opened.name == "Ada");
    REQUIRE(file.closed.has_value());
    const auto frames = part.frames(file.opened.file);
    CHECK(frames.size() == file.closed->frames);
    if (file.opened.kind == wire::SourceKind::audio) {
      CHECK(frames.size() == 200);
      CHECK(frames[0].time == milliseconds{5});
      CHECK(frames[199].time == milliseconds{3985});
      for (std::size_t i = 0; i < frames.size(); ++i) CHECK(frames[i].data == sound(20 * static_cast<int>(i)).data);
    } else {
      CHECK(frames.size() == 98);  // it begins with the first key frame
      CHECK(frames[0].key_frame);
      CHECK(frames[0].time == milliseconds{85});  // on the same clock as the sound
      for (std::size_t i = 0; i < frames.size(); ++i) {
        const int ms = 80 + 40 * static_cast<int>(i);
        CHECK(frames[i].data == picture(ms, ms % 1000 == 80).data);
      }
    }
  }
  const auto timeline = parse_timeline(part.read("timeline"));
  REQUIRE(timeline.size() == 1);
  CHECK(std::get<Came>(timeline[0]).name == "Ada");
  const auto chat = parse_chat(part.read("chat"));
  REQUIRE(chat.size() == 1);
  CHECK(std::get<ChatLine>(chat[0]).at_ms == 3000);
}

TEST_CASE("part writer: of a process that was killed everything older than the filling-up time is left") {
  Part part;
  {
    auto writer = part.open();
    for (int ms = 0; ms < 25'000; ms += 20) {
      writer->frame(3, "Ada", sound(ms));
      if (ms % 1000 == 0) writer->tick(start + milliseconds{ms});
    }
  }
  const PartContents contents = part.contents();
  CHECK_FALSE(contents.closed.has_value());
  REQUIRE(contents.files.size() == 1);
  const auto frames = part.frames(contents.files[0].opened.file);
  REQUIRE_FALSE(frames.empty());
  CHECK(frames.back().time > milliseconds{25'000} - PartWriter::fill_up_after - milliseconds{2000});
  for (std::size_t i = 1; i < frames.size(); ++i) CHECK(frames[i].time - frames[i - 1].time == milliseconds{20});
}

TEST_CASE("part writer: a pause leaves no gap, and pictures begin again with a key frame") {
  Part part;
  {
    auto writer = part.open();
    for (int ms = 0; ms < 6000; ms += 20) {
      if (ms == 2000) writer->pause(start + milliseconds{ms});
      if (ms == 4000) writer->resume(start + milliseconds{ms});
      writer->frame(3, "Ada", sound(ms));
      if (ms % 40 == 0) writer->frame(3, "Ada", picture(ms, ms % 1000 == 40));
    }
    writer->close(start + milliseconds{6000}, "asked");
    CHECK(writer->recorded_ms(start + milliseconds{6000}) == 4000);
  }
  for (const PartFile& file : part.contents().files) {
    const auto frames = part.frames(file.opened.file);
    CHECK(frames.back().time < milliseconds{4010});
    if (file.opened.kind == wire::SourceKind::camera) {
      const auto after = std::ranges::find_if(frames, [](const WebmFrame& f) { return f.time > milliseconds{2000}; });
      REQUIRE(after != frames.end());
      CHECK(after->key_frame);
    } else {
      CHECK(frames.size() > 190);
      CHECK(frames.size() < 202);
    }
  }
  const auto timeline = parse_timeline(part.read("timeline"));
  REQUIRE(timeline.size() == 1);
  CHECK(std::get<Paused>(timeline[0]).for_ms == 2000);
}

TEST_CASE("part writer: a picture that says to be larger than any gets into no file, nor does what refers to it") {
  const auto too_large = [](int ms) {
    ArrivedFrame f = picture(ms, true);
    std::fill_n(f.data.begin() + 6, 4, std::uint8_t{0xff});  // 16383 x 16383
    return f;
  };
  Part part;
  {
    auto writer = part.open();
    writer->frame(3, "Ada", too_large(0));
    writer->frame(3, "Ada", picture(40, false));
    writer->frame(3, "Ada", picture(80, true));
    writer->frame(3, "Ada", picture(120, false));
    writer->frame(3, "Ada", too_large(160));
    writer->frame(3, "Ada", picture(200, false));
    writer->frame(3, "Ada", picture(240, true));
    writer->close(start + milliseconds{500}, "asked");
    CHECK_FALSE(writer->failure().has_value());
  }
  const PartContents contents = part.contents();
  REQUIRE(contents.files.size() == 1);
  const auto frames = part.frames(contents.files[0].opened.file);
  REQUIRE(frames.size() == 3);
  CHECK(frames[0].data == picture(80, true).data);
  CHECK(frames[1].data == picture(120, false).data);
  CHECK(frames[2].data == picture(240, true).data);
}

TEST_CASE("part writer: nothing on the disk can be read") {
  Part part;
  {
    auto writer = part.open();
    for (int ms = 0; ms < 3000; ms += 20) writer->frame(3, "Grace Hopper", sound(ms));
    writer->said(start, ChatLine{0, 3, "Grace Hopper", "canary-in-the-chat"});
    writer->close(start + seconds{3}, "asked");
  }
  for (const auto& entry : std::filesystem::directory_iterator(part.folder)) {
    std::ifstream in(entry.path(), std::ios::binary);
    std::stringstream text;
    text << in.rdbuf();
    for (const char* word :
         {"Grace", "Hopper", "canary", "webm", "A_OPUS", "OpusHead", "participant", "\x1a\x45\xdf\xa3"}) {
      CHECK(text.str().find(word) == std::string::npos);
    }
  }
}

TEST_CASE("part writer: a part is never continued") {
  Part part;
  part.open();
  PartSetup setup;
  setup.recording = "rec";
  setup.account = "acc";
  setup.folder = part.folder;
  setup.key = part.key.clone();
  setup.wrapped_key = part.wrapped;
  CHECK_FALSE(PartWriter::open(std::move(setup), part.random).has_value());
}
