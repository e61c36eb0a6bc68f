#include <doctest/doctest.h>

#include "core/base/encoding.h"
#include "core/recording/webm_reader.h"
#include "core/recording/webm_writer.h"

namespace sealhall::recording {
namespace {

using std::chrono::milliseconds;

Bytes voice(int frames) {
  WebmWriter writer{OpusTrack{1}};
  Bytes file;
  writer.begin(file);
  for (int i = 0; i < frames; ++i) {
    writer.frame(milliseconds{20 * i}, Bytes(static_cast<std::size_t>(60 + i % 7), static_cast<std::uint8_t>(i)), true,
                 file);
  }
  writer.flush(file);
  return file;
}

int readable(ByteView file, std::size_t piece) {
  WebmReader reader;
  int frames = 0;
  while (!file.empty()) {
    const std::size_t n = std::min(piece, file.size());
    reader.push(file.first(n));
    file = file.subspan(n);
    while (true) {
      const auto frame = reader.next();
      REQUIRE(frame.has_value());
      if (!*frame) break;
      CHECK((*frame)->time == milliseconds{20 * frames});
      CHECK((*frame)->data.size() == static_cast<std::size_t>(60 + frames % 7));
      CHECK((*frame)->data[0] == static_cast<std::uint8_t>(frames));
      ++frames;
    }
  }
  return frames;
}

}  // namespace

TEST_CASE("webm: what was written is read, in pieces of any size") {
  const Bytes file = voice(500);
  for (const std::size_t piece : {std::size_t{1}, std::size_t{13}, std::size_t{4096}, file.size()})
    CHECK(readable(file, piece) == 500);
}

TEST_CASE("webm: everything in front of a cut is read") {
  const Bytes file = voice(120);
  int before = 0;
  for (std::size_t cut = 0; cut < file.size(); cut += 11) {
    const int frames = readable(ByteView{file}.first(cut), 1000);
    CHECK(frames >= before);
    before = frames;
  }
  CHECK(before >= 118);
}

TEST_CASE("webm: a file begins as RFC 9559 says, with a segment of unknown size") {
  const Bytes file = voice(1);
  CHECK(to_hex(ByteView{file}.first(4)) == "1a45dfa3");
  const std::string text = to_hex(file);
  CHECK(text.find("1853806701ffffffffffffff1549a966") != std::string::npos);
  CHECK(as_text(file).find("A_OPUS") != std::string_view::npos);
  CHECK(as_text(file).find("OpusHead") != std::string_view::npos);
}

TEST_CASE("webm: pictures keep their key frames, and a key frame begins a cluster") {
  WebmWriter writer{Vp8Track{1280, 720}};
  Bytes file;
  writer.begin(file);
  for (int i = 0; i < 10; ++i) writer.frame(milliseconds{33 * i}, Bytes(100, 1), i == 0 || i == 5, file);
  const std::size_t after_second_key_frame = file.size();
  CHECK(after_second_key_frame > 500);  // the five frames before it are in the file already
  writer.flush(file);
  WebmReader reader;
  reader.push(file);
  int frames = 0;
  while (true) {
    const auto frame = reader.next();
    REQUIRE(frame.has_value());
    if (!*frame) break;
    CHECK((*frame)->key_frame == (frames == 0 || frames == 5));
    ++frames;
  }
  CHECK(frames == 10);
  CHECK(reader.track() == WebmTrack{Vp8Track{1280, 720}});
}

TEST_CASE("webm: time never goes back") {
  WebmWriter writer{OpusTrack{1}};
  Bytes file;
  writer.begin(file);
  for (const int ms : {40, 20, 60}) writer.frame(milliseconds{ms}, Bytes(10, 1), true, file);
  writer.flush(file);
  WebmReader reader;
  reader.push(file);
  CHECK((**reader.next()).time == milliseconds{40});
  CHECK((**reader.next()).time == milliseconds{40});
  CHECK((**reader.next()).time == milliseconds{60});
}

TEST_CASE("webm: filling up has exactly the size that was asked for, and is skipped") {
  for (std::size_t size = 2; size < 300; ++size) {
    Bytes out;
    append_void(size, out);
    REQUIRE(out.size() == size);
    WebmReader reader;
    reader.push(out);
    const auto frame = reader.next();
    REQUIRE(frame.has_value());
    CHECK_FALSE(frame->has_value());
    CHECK(reader.buffered() == 0);
  }
  Bytes large;
  append_void(65'535, large);
  CHECK(large.size() == 65'535);
}

TEST_CASE("webm: what is no WebM of ours is refused") {
  const auto error_of = [](std::string_view hex) {
    WebmReader reader;
    reader.push(*from_hex(hex));
    while (true) {
      const auto frame = reader.next();
      if (!frame) return std::optional{frame.error()};
      if (!*frame) return std::optional<WebmError>{};
    }
  };
  CHECK(error_of("1a45") == std::nullopt);                // too short to say
  CHECK(error_of("0000") == WebmError::malformed);        // no ID begins like this
  CHECK(error_of("ec00000000") == WebmError::malformed);  // nor a size
  CHECK(error_of("a3ff") == WebmError::malformed);        // a block of unknown size
  CHECK(error_of("a385810000800000") == WebmError::no_track);
  CHECK(error_of("ec01ffffffffff0000") == WebmError::too_large);
}

}  // namespace sealhall::recording
