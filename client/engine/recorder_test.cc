#include "client/engine/recorder.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>

#include "client/codec/audio_level.h"
#include "client/codec/media_source.h"
#include "client/codec/opus.h"
#include "client/codec/test_media.h"
#include "client/codec/vp8.h"

using namespace sealhall;
using namespace sealhall::client;
using namespace std::chrono_literals;

namespace {

struct TemporaryFolder {
  std::filesystem::path path;
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "sealhall-record-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
};

/// A participant who beeps and flashes in the same moment, once a second: what comes out must do so, too.
struct Performer {
  codec::OpusEncoder opus = std::move(*codec::OpusEncoder::create({}));
  codec::Vp8Encoder vp8 =
      std::move(*codec::Vp8Encoder::create({.width = 160, .height = 90, .bitrate = DataRate::kbps(300)}));
  Bytes buffer = Bytes(codec::max_opus_frame_size);

  Bytes sound(int number) {
    codec::AudioFrame frame;
    if (number % 50 < 5) frame = codec::testing::tone_frame(static_cast<std::size_t>(number), 1000);
    const auto size = opus.encode(frame, buffer);
    REQUIRE(size.has_value());
    return {buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(*size)};
  }
  codec::EncodedPicture picture(int number, bool key) {
    codec::Picture p = codec::Picture::black(160, 90);
    if (number % 25 < 3) std::fill_n(p.data.begin(), p.luma_size(), std::uint8_t{235});
    p.time = number * 40ms;
    auto encoded = vp8.encode(p, key);
    REQUIRE(encoded.has_value());
    return *encoded ? std::move(**encoded) : codec::EncodedPicture{};
  }
};

std::vector<Duration> beeps(const std::string& file) {
  auto source = codec::open_audio(codec::parse_source(file, false), 1);
  REQUIRE(source.has_value());
  std::vector<Duration> found;
  bool loud = true;
  while (true) {
    auto frame = (*source)->read();
    if (!frame || !*frame) break;
    // Where in the frame it begins, to 2 ms.
    for (std::size_t i = 0; i < codec::frame_samples; i += 96) {
      const bool now = codec::audio_level(std::span{(*frame)->samples}.subspan(i, 96)) < 30;
      if (now && !loud) found.push_back((*frame)->time + Duration{static_cast<std::int64_t>(i) * 1'000'000 / 48'000});
      loud = now;
    }
  }
  return found;
}

std::vector<Duration> flashes(const std::string& file) {
  auto source = codec::open_video(codec::parse_source(file, false), 720);
  REQUIRE(source.has_value());
  std::vector<Duration> found;
  bool bright = true;
  while (true) {
    auto picture = (*source)->read();
    if (!picture || !*picture) break;
    const bool now = (*picture)->data[80 * 160 + 80] > 128;
    if (now && !bright) found.push_back((*picture)->time);
    bright = now;
  }
  return found;
}

}  // namespace

TEST_CASE("recording: sound and picture that arrive apart are together in the file, by the sender's reports") {
  TemporaryFolder folder;
  Performer performer;
  std::string file;
  {
    ParticipantRecording recording((folder.path / "ada").string());
    for (int i = 0; i < 300; ++i) {
      const Instant captured{100s + i * 20ms};
      // Sound comes after 20 ms, pictures after 150 with jitter; the first reports come late, as they do.
      const bool reports = i > 40;
      const media::NtpMicros ntp{1'000'000'000 + i * 20'000};
      recording.add({.kind = wire::SourceKind::audio,
                     .stream = 1,
                     .data = performer.sound(i),
                     .timestamp = 4'000'000'000U + 960U * static_cast<std::uint32_t>(i),
                     .captured = reports ? std::optional{ntp} : std::nullopt,
                     .arrival = captured + 20ms,
                     .key_frame = false},
                    true, true);
      if (i % 2 == 0) {
        auto picture = performer.picture(i / 2, i == 0);
        if (picture.data.empty()) continue;
        recording.add({.kind = wire::SourceKind::camera,
                       .stream = 2,
                       .data = std::move(picture.data),
                       .timestamp = 77U + 1800U * static_cast<std::uint32_t>(i),
                       .captured = reports ? std::optional{ntp} : std::nullopt,
                       .arrival = captured + 150ms + (i % 3) * 7ms,
                       .key_frame = picture.key_frame},
                      true, true);
      }
    }
    recording.close();
    REQUIRE(recording.files().size() == 1);
    file = recording.files().front();
  }
  const auto sound = beeps(file);
  const auto light = flashes(file);
  REQUIRE(sound.size() >= 4);
  REQUIRE(light.size() >= 4);
  for (const Duration flash : light) {
    Duration nearest = 10s;
    for (const Duration beep : sound) {
      if (std::abs((beep - flash).count()) < std::abs(nearest.count())) nearest = beep - flash;
    }
    CHECK(std::abs(nearest.count()) < 25'000);
  }
}

TEST_CASE("recording: without any report arrival stands in, and the file is whole") {
  TemporaryFolder folder;
  Performer performer;
  ParticipantRecording recording((folder.path / "x").string());
  for (int i = 0; i < 250; ++i) {
    recording.add({.kind = wire::SourceKind::audio,
                   .stream = 1,
                   .data = performer.sound(i),
                   .timestamp = 960U * static_cast<std::uint32_t>(i),
                   .captured = std::nullopt,
                   .arrival = Instant{100s + i * 20ms + (i % 5) * 4ms},
                   .key_frame = false},
                  true, false);
  }
  recording.close();
  REQUIRE(recording.files().size() == 1);
  const auto sound = beeps(recording.files().front());
  REQUIRE(sound.size() >= 4);
  for (std::size_t i = 1; i < sound.size(); ++i) CHECK(std::abs((sound[i] - sound[i - 1] - 1s).count()) < 5'000);
}

TEST_CASE("recording: lost sound is rebuilt, reordered sound is put in order") {
  TemporaryFolder folder;
  Performer performer;
  ParticipantRecording recording((folder.path / "x").string());
  std::vector<RecordedFrame> frames;
  for (int i = 0; i < 200; ++i) {
    RecordedFrame f{.kind = wire::SourceKind::audio,
                    .stream = 1,
                    .data = performer.sound(i),
                    .timestamp = 960U * static_cast<std::uint32_t>(i),
                    .captured = media::NtpMicros{5'000'000 + i * 20'000},
                    .arrival = Instant{100s + i * 20ms},
                    .key_frame = false};
    if (i % 10 != 7) frames.push_back(std::move(f));
  }
  for (std::size_t i = 10; i + 1 < frames.size(); i += 10) std::swap(frames[i], frames[i + 1]);
  for (auto& f : frames) recording.add(std::move(f), true, false);
  recording.close();
  CHECK(recording.repaired() == 20);
  const auto sound = beeps(recording.files().front());
  REQUIRE(sound.size() >= 3);
  for (std::size_t i = 1; i < sound.size(); ++i) CHECK(std::abs((sound[i] - sound[i - 1] - 1s).count()) < 5'000);
}

TEST_CASE("recording: pictures stay in decode order even when a switch of layers sets the clock back") {
  TemporaryFolder folder;
  Performer small;
  codec::Vp8Encoder large =
      std::move(*codec::Vp8Encoder::create({.width = 320, .height = 180, .bitrate = DataRate::kbps(300)}));
  ParticipantRecording recording((folder.path / "x").string());
  for (int i = 0; i < 60; ++i) {
    codec::EncodedPicture picture;
    if (i < 20) {
      picture = small.picture(i, i == 0);
    } else {
      auto encoded = large.encode(codec::testing::moving_picture(320, 180, i * 40ms), i == 20);
      REQUIRE(encoded.has_value());
      if (!*encoded) continue;
      picture = std::move(**encoded);
    }
    if (picture.data.empty()) continue;
    const std::int64_t back = i < 20 ? 0 : 130'000;
    recording.add(
        {.kind = wire::SourceKind::camera,
         .stream = 1,
         .data = std::move(picture.data),
         .timestamp = 3600U * static_cast<std::uint32_t>(i) - static_cast<std::uint32_t>(back * 9 / 100) + 1'000'000U,
         .captured = media::NtpMicros{5'000'000 + i * 40'000 - back},
         .arrival = Instant{100s + i * 40ms},
         .key_frame = picture.key_frame},
        false, true);
  }
  recording.close();
  auto decoder = codec::open_video(codec::parse_source(recording.files().front(), false), 720);
  REQUIRE(decoder.has_value());
  // FFmpeg's own decoder scales to the first size; what is large must look like the large original.
  double worst = 100;
  int looked_at = 0;
  int number = 0;
  while (true) {
    auto picture = (*decoder)->read();
    if (!picture || !*picture) break;
    if (++number > 30) {
      ++looked_at;
      worst = std::min(worst, static_cast<double>((*picture)->data[0]));
    }
  }
  CHECK(looked_at > 15);
  CHECK(worst > 40);
}

TEST_CASE("recording: who begins to send pictures late gets a second file, and a full disk stops nothing else") {
  TemporaryFolder folder;
  Performer performer;
  ParticipantRecording recording((folder.path / "x").string());
  for (int i = 0; i < 400; ++i) {
    const media::NtpMicros ntp{5'000'000 + i * 20'000};
    recording.add({.kind = wire::SourceKind::audio,
                   .stream = 1,
                   .data = performer.sound(i),
                   .timestamp = 960U * static_cast<std::uint32_t>(i),
                   .captured = ntp,
                   .arrival = Instant{100s + i * 20ms},
                   .key_frame = false},
                  true, i > 250);
    if (i > 250 && i % 2 == 0) {
      auto picture = performer.picture(i / 2, i == 252);
      if (picture.data.empty()) continue;
      recording.add({.kind = wire::SourceKind::camera,
                     .stream = 2,
                     .data = std::move(picture.data),
                     .timestamp = 1800U * static_cast<std::uint32_t>(i),
                     .captured = ntp,
                     .arrival = Instant{100s + i * 20ms},
                     .key_frame = picture.key_frame},
                    true, true);
    }
  }
  recording.close();
  REQUIRE(recording.files().size() == 2);
  CHECK(codec::open_video(codec::parse_source(recording.files()[1], false), 720).has_value());
  ParticipantRecording nowhere((folder.path / "no/such/folder").string());
  nowhere.add({.kind = wire::SourceKind::audio,
               .stream = 1,
               .data = performer.sound(0),
               .timestamp = 0,
               .captured = media::NtpMicros{0},
               .arrival = Instant{1s},
               .key_frame = false},
              true, false);
  nowhere.close();
  CHECK(nowhere.failed());
}
