#include "client/codec/media_source.h"

#include <doctest/doctest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "client/codec/audio_level.h"
#include "client/codec/opus.h"
#include "client/codec/test_media.h"
#include "client/codec/webm_recorder.h"

using namespace sealhall;
using namespace sealhall::codec;
using namespace sealhall::codec::testing;
using namespace std::chrono_literals;

namespace {

/// A folder of its own for each test, removed afterwards.
struct TemporaryFolder {
  std::filesystem::path path;
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "sealhall-codec-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  [[nodiscard]] std::string file(const char* name) const { return (path / name).string(); }
};

void put_le(std::ofstream& out, std::uint32_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out.put(static_cast<char>(value >> (8 * i)));
}

/// A PCM WAV file with a tone.
void write_wav(const std::string& path, std::uint32_t rate, std::uint32_t samples) {
  std::ofstream out(path, std::ios::binary);
  out << "RIFF";
  put_le(out, 36 + samples * 2, 4);
  out << "WAVEfmt ";
  put_le(out, 16, 4);
  put_le(out, 1, 2);
  put_le(out, 1, 2);
  put_le(out, rate, 4);
  put_le(out, rate * 2, 4);
  put_le(out, 2, 2);
  put_le(out, 16, 2);
  out << "data";
  put_le(out, samples * 2, 4);
  for (std::uint32_t i = 0; i < samples; ++i) {
    const double v = 8000 * std::sin(2 * std::numbers::pi * 440 * i / rate);
    put_le(out, static_cast<std::uint16_t>(static_cast<std::int16_t>(v)), 2);
  }
}

/// One second of the moving picture and a tone, through our own encoders and recorder.
void write_webm(const std::string& path, Duration audio_from = Duration{}) {
  auto recorder = WebmRecorder::create(path, {.audio_channels = 1, .video = PictureSize{320, 180}});
  REQUIRE(recorder.has_value());
  auto video = Vp8Encoder::create({.width = 320, .height = 180, .bitrate = DataRate::kbps(800)});
  auto audio = OpusEncoder::create({});
  REQUIRE(video.has_value());
  REQUIRE(audio.has_value());
  Bytes buffer(max_opus_frame_size);
  for (int i = 0; i < 50; ++i) {
    const Duration time = i * 20ms;
    if (time >= audio_from) {
      auto size = audio->encode(tone_frame(static_cast<std::size_t>(i), 440), buffer);
      REQUIRE(size.has_value());
      REQUIRE(recorder->write_audio(time, ByteView{buffer}.first(*size)).has_value());
    }
    if (i % 2 == 0) {
      auto picture = video->encode(moving_picture(320, 180, time), false);
      REQUIRE(picture.has_value());
      if (*picture) REQUIRE(recorder->write_video(time, (*picture)->data, (*picture)->key_frame).has_value());
    }
  }
  REQUIRE(recorder->close().has_value());
}

std::vector<AudioFrame> read_all(AudioSource& source, std::size_t most) {
  std::vector<AudioFrame> frames;
  while (frames.size() < most) {
    auto frame = source.read();
    REQUIRE(frame.has_value());
    if (!*frame) break;
    frames.push_back(**frame);
  }
  return frames;
}

}  // namespace

TEST_CASE("sources: the words of the command line") {
  CHECK(parse_source("device", true).kind == SourceSpec::Kind::device);
  CHECK_FALSE(parse_source("device", true).loop);
  CHECK(parse_source("device:/dev/video2", false).name == "/dev/video2");
  CHECK(parse_source("screen", false).kind == SourceSpec::Kind::screen);
  CHECK(parse_source("screen::1", false).name == ":1");
  CHECK(parse_source("screenplay.mp4", true).kind == SourceSpec::Kind::file);
  CHECK(parse_source("screenplay.mp4", true).loop);
}

TEST_CASE("sources: sound of any rate becomes 20 ms frames at 48 kHz, the last one filled up with silence") {
  TemporaryFolder folder;
  write_wav(folder.file("a.wav"), 16'000, 16'000 + 100);
  auto source = open_audio(parse_source(folder.file("a.wav"), false), 1);
  REQUIRE(source.has_value());
  CHECK_FALSE((*source)->live());
  const auto frames = read_all(**source, 1000);
  CHECK(frames.size() >= 50);
  CHECK(frames.size() <= 51);
  for (std::size_t i = 0; i < frames.size(); ++i) CHECK(frames[i].time == static_cast<int>(i) * 20ms);
  CHECK(audio_level(frames[10].pcm()) == doctest::Approx(15).epsilon(0.1));
}

TEST_CASE("sources: a looped file goes on in time without a gap, in two channels if asked") {
  TemporaryFolder folder;
  write_wav(folder.file("a.wav"), 48'000, 48'000);
  auto source = open_audio(parse_source(folder.file("a.wav"), true), 2);
  REQUIRE(source.has_value());
  const auto frames = read_all(**source, 130);
  REQUIRE(frames.size() == 130);
  CHECK(frames.back().time == 129 * 20ms);
  for (const auto& frame : frames) {
    CHECK(frame.channels == 2);
    CHECK(audio_level(frame.pcm()) < 20);
  }
}

TEST_CASE("sources: video comes in its size and time, smaller when asked, and loops with the file's length") {
  TemporaryFolder folder;
  write_webm(folder.file("v.webm"));
  auto source = open_video(parse_source(folder.file("v.webm"), true), 720);
  REQUIRE(source.has_value());
  CHECK((*source)->width() == 320);
  CHECK((*source)->height() == 180);
  CHECK((*source)->frame_rate() == doctest::Approx(25).epsilon(0.1));
  std::optional<Duration> last;
  for (int i = 0; i < 60; ++i) {
    auto picture = (*source)->read();
    REQUIRE(picture.has_value());
    REQUIRE(picture->has_value());
    if (last) CHECK((*picture)->time > *last);
    if (i < 20) CHECK(psnr(**picture, moving_picture(320, 180, (*picture)->time)) > 26);
    last = (*picture)->time;
  }
  CHECK(*last > 2s);
  auto small = open_video(parse_source(folder.file("v.webm"), false), 90);
  REQUIRE(small.has_value());
  CHECK((*small)->width() == 160);
  CHECK((*small)->height() == 90);
}

TEST_CASE("sources: sound that starts later in the file starts later in media time") {
  TemporaryFolder folder;
  write_webm(folder.file("v.webm"), 500ms);
  auto source = open_audio(parse_source(folder.file("v.webm"), false), 1);
  REQUIRE(source.has_value());
  const auto frames = read_all(**source, 1000);
  REQUIRE(frames.size() > 40);
  for (std::size_t i = 0; i < 22; ++i) CHECK(audio_level(frames[i].pcm()) > 60);
  for (std::size_t i = 28; i < 45; ++i) CHECK(audio_level(frames[i].pcm()) < 20);
}

TEST_CASE("sources: what cannot be opened says why in a sentence") {
  TemporaryFolder folder;
  auto missing = open_audio(parse_source(folder.file("nothing.wav"), false), 1);
  REQUIRE_FALSE(missing.has_value());
  CHECK(missing.error().code == SourceErrorCode::cannot_open);
  CHECK(missing.error().message.find("No such file") != std::string::npos);
  write_wav(folder.file("a.wav"), 48'000, 4800);
  auto no_video = open_video(parse_source(folder.file("a.wav"), false), 720);
  REQUIRE_FALSE(no_video.has_value());
  CHECK(no_video.error().code == SourceErrorCode::no_stream);
  auto camera = open_video(parse_source("device:/dev/no-such-camera", false), 720);
  REQUIRE_FALSE(camera.has_value());
  CHECK(camera.error().message.find("camera") != std::string::npos);
  std::ofstream(folder.file("noise.bin")) << std::string(5000, 'x');
  CHECK_FALSE(open_audio(parse_source(folder.file("noise.bin"), false), 1).has_value());
}

TEST_CASE("recorder: a file that was never closed is still playable up to its last cluster") {
  TemporaryFolder folder;
  write_webm(folder.file("whole.webm"));
  // What a crash leaves: the file without its end. The index at the back is gone, the clusters are there.
  const auto size = std::filesystem::file_size(folder.file("whole.webm"));
  std::filesystem::copy_file(folder.file("whole.webm"), folder.file("cut.webm"));
  std::filesystem::resize_file(folder.file("cut.webm"), size * 8 / 10);
  auto source = open_video(parse_source(folder.file("cut.webm"), false), 720);
  REQUIRE(source.has_value());
  int pictures = 0;
  while (true) {
    auto picture = (*source)->read();
    if (!picture || !*picture) break;
    ++pictures;
  }
  CHECK(pictures >= 15);
}

TEST_CASE("recorder: refuses what it cannot do") {
  TemporaryFolder folder;
  CHECK(WebmRecorder::create(folder.file("no/such/folder.webm"), {.audio_channels = 1, .video = {}}).error() ==
        RecorderError::cannot_create);
  CHECK(WebmRecorder::create(folder.file("a.webm"), {}).error() == RecorderError::cannot_create);
  auto audio_only = WebmRecorder::create(folder.file("b.webm"), {.audio_channels = 1, .video = {}});
  REQUIRE(audio_only.has_value());
  const Bytes frame(10, 1);
  CHECK(audio_only->write_video(Duration{}, frame, true).error() == RecorderError::no_such_track);
  CHECK(audio_only->write_audio(Duration{}, frame).has_value());
  CHECK(audio_only->close().has_value());
  CHECK(audio_only->write_audio(20ms, frame).error() == RecorderError::cannot_write);
}

TEST_CASE("recorder: clusters reach the disk while the meeting goes on") {
  TemporaryFolder folder;
  auto recorder = WebmRecorder::create(folder.file("r.webm"), {.audio_channels = 1, .video = {}});
  REQUIRE(recorder.has_value());
  const Bytes frame(80, 1);
  for (int i = 0; i < 300; ++i) REQUIRE(recorder->write_audio(i * 20ms, frame).has_value());
  CHECK(std::filesystem::file_size(folder.file("r.webm")) > 4 * 50 * 80);
}

TEST_CASE("pace: media time runs with the steady clock") {
  const MediaPace pace{Instant{5s}};
  CHECK(pace.when(2s) == Instant{7s});
  CHECK(pace.due(2s, Instant{7s}));
  CHECK_FALSE(pace.due(2s, Instant{6999ms}));
  CHECK(pace.late(2s, Instant{7500ms}) == 500ms);
}
