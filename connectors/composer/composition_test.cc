#include "connectors/composer/composition.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <numbers>

#include "client/codec/media_source.h"
#include "client/codec/opus.h"
#include "client/codec/vp8.h"
#include "connectors/composer/mp4_writer.h"
#include "connectors/composer/track.h"
#include "connectors/recorder/part_writer.h"
#include "core/crypto/random.h"

using namespace sealhall;
using namespace sealhall::composer;
using namespace sealhall::recording;
using std::chrono::milliseconds;

namespace {

const Instant start{std::chrono::seconds{500}};

struct Studio {
  Studio() : folder(std::filesystem::temp_directory_path() / ("composition-test-" + std::to_string(::getpid()))) {
    std::filesystem::remove_all(folder);
    job.recording = "rec";
    job.account = "acc";
    job.folder = folder / "0";
    job.width = 320;
    job.height = 180;
    job.frame_rate = 10;
    fresh(job.key, job.wrapped_key, 0);
  }
  ~Studio() {
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  }

  void fresh(Bytes& key, Bytes& wrapped, std::uint32_t part) {
    key.resize(32);
    random.fill(key);
    wrapped = *envelope::wrap_key(envelope::Key{}, {}, part_context("acc", "rec", part),
                                  envelope::Key{std::span<const std::uint8_t, 32>{key}}, random);
  }

  /// A part of `ms`: one person with a tone and a light picture, one with a tone alone. `cut`: the recorder is killed.
  void record(std::uint32_t part, int ms, bool cut = false) {
    wire::recorder::ComposePart given;
    Bytes wrapped;
    fresh(given.key, wrapped, part);
    given.folder = folder / std::to_string(part);
    given.part = part;
    recorder::PartSetup setup;
    setup.recording = "rec";
    setup.account = "acc";
    setup.folder = given.folder;
    setup.part = part;
    setup.key = envelope::Key{std::span<const std::uint8_t, 32>{given.key}};
    setup.wrapped_key = wrapped;
    setup.began = start;
    auto writer = recorder::PartWriter::open(std::move(setup), random);
    REQUIRE(writer.has_value());
    auto voice = codec::OpusEncoder::create({});
    auto camera = codec::Vp8Encoder::create({.width = 320, .height = 180, .frame_rate = 10});
    REQUIRE(voice.has_value());
    REQUIRE(camera.has_value());
    (*writer)->happened(start, Came{0, 1, "Ada", wire::ClientKind::native, wire::Role::host});
    codec::Picture picture = codec::Picture::black(320, 180);
    std::fill_n(picture.data.begin(), picture.luma_size(), std::uint8_t{180});
    for (int at = 0; at < ms; at += 20) {
      codec::AudioFrame pcm;
      for (std::size_t i = 0; i < codec::frame_samples; ++i) {
        const double t = at / 1000.0 + static_cast<double>(i) / 48'000.0;
        pcm.samples[i] = static_cast<std::int16_t>(8000 * std::sin(2 * std::numbers::pi * 440 * t));
      }
      ArrivedFrame sound;
      sound.stream = 1;
      sound.data.resize(codec::max_opus_frame_size);
      sound.data.resize(*voice->encode(pcm, sound.data));
      sound.timestamp = static_cast<std::uint32_t>(at * 48);
      sound.captured = media::NtpMicros{at * 1000};
      sound.arrival = start + milliseconds{at};
      (*writer)->frame(1, "Ada", sound);
      if (at % 100 == 0) {
        picture.time = milliseconds{at};
        const auto encoded = camera->encode(picture, at == 0);
        REQUIRE(encoded.has_value());
        if (*encoded) {
          ArrivedFrame frame;
          frame.kind = wire::SourceKind::camera;
          frame.stream = 2;
          frame.data = (*encoded)->data;
          frame.key_frame = (*encoded)->key_frame;
          frame.timestamp = static_cast<std::uint32_t>(at * 90);
          frame.captured = media::NtpMicros{at * 1000};
          frame.arrival = start + milliseconds{at};
          (*writer)->frame(1, "Ada", frame);
        }
      }
      if (at % 1000 == 0) (*writer)->tick(start + milliseconds{at});
    }
    if (!cut) (*writer)->close(start + milliseconds{ms}, "asked");
    job.parts.push_back(given);
  }

  wire::recorder::ComposeEnded run() {
    said.clear();
    return compose(job, random, cancelled, {.say = [this](const auto& m) {
                     said.push_back(m);
                     if (cancel_at != 0 && said.size() >= cancel_at) cancelled = true;
                   }});
  }
  std::string unsealed(const std::string& file) {
    PartPlace place{"rec", "acc", job.folder, 0, envelope::Key{std::span<const std::uint8_t, 32>{job.key}}};
    auto reader = place.open(file);
    REQUIRE(reader.has_value());
    CHECK(reader->complete());
    const Bytes all = *reader->read_all(100 << 20);
    const std::string path = folder / (file + ".mp4");
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(all.data()), static_cast<std::streamsize>(all.size()));
    return path;
  }

  crypto::SystemRandom random;
  std::filesystem::path folder;
  wire::recorder::Compose job;
  std::vector<wire::recorder::FromComposer> said;
  std::atomic<bool> cancelled{false};
  std::size_t cancel_at = 0;
};

}  // namespace

TEST_CASE("composition: parts become one file with picture and sound, its index in front") {
  Studio studio;
  studio.record(1, 3000);
  studio.record(2, 2000);
  const auto ended = studio.run();
  REQUIRE_MESSAGE(ended.done, ended.message);
  CHECK(ended.duration_ms == 5000);
  CHECK(ended.size > 10'000);
  int found = 0;
  std::uint32_t last = 0;
  for (const auto& m : studio.said) {
    if (const auto* f = std::get_if<wire::recorder::ComposeFound>(&m)) {
      ++found;
      CHECK(f->whole);
      if (f->part == 2 && f->kind == "audio") {
        CHECK(f->name == "Ada");
        CHECK(f->began_ms >= 3000);
        CHECK(f->ended_ms <= 5001);
      }
    }
    if (const auto* p = std::get_if<wire::recorder::ComposeProgress>(&m)) {
      CHECK(p->permille >= last);
      last = p->permille;
    }
  }
  CHECK(found == 6);  // two tracks and a timeline in each part
  CHECK(last == 1000);

  const std::string path = studio.unsealed("video");
  {
    std::ifstream in(path, std::ios::binary);
    std::string head(64, '\0');
    in.read(head.data(), 64);
    CHECK(head.substr(4, 4) == "ftyp");
    CHECK(head.find("moov") < 64);
  }
  auto video = codec::open_video(codec::parse_source(path, false), 720);
  REQUIRE(video.has_value());
  int frames = 0;
  while (true) {
    const auto read = (*video)->read();
    REQUIRE(read.has_value());
    if (!*read) break;
    const codec::Picture& picture = **read;
    ++frames;
    if (frames == 20 || frames == 45) {
      CHECK(picture.width == 320);
      CHECK(std::abs(picture.plane(0)[60 * 320 + 160] - 180) < 12);
    }
  }
  CHECK(frames == 50);
  for (const char* file : {"video", "sound"}) {
    auto audio = codec::open_audio(codec::parse_source(studio.unsealed(file), false), 1);
    REQUIRE(audio.has_value());
    double loud = 0;
    int count = 0;
    while (true) {
      const auto read = (*audio)->read();
      REQUIRE(read.has_value());
      if (!*read) break;
      for (const std::int16_t s : (*read)->pcm()) loud += std::abs(s);
      ++count;
    }
    CHECK(count >= 249);
    CHECK(count <= 253);
    CHECK(loud / (count * 960) > 3000);
  }
  // Nothing is left but the two.
  int files = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(studio.job.folder)) ++files;
  CHECK(files == 2);
}

TEST_CASE("composition: a killed composer goes on with the piece it was at") {
  Studio studio;
  studio.record(1, 3000);
  studio.cancel_at = 40;
  CHECK_FALSE(studio.run().done);
  studio.cancelled = false;
  studio.cancel_at = 0;
  // The sound was whole; a piece that was cut off is there.
  CHECK(std::filesystem::exists(std::filesystem::path{studio.job.folder} / "sound-pieces"));
  const auto ended = studio.run();
  CHECK(ended.done);
  CHECK(ended.duration_ms == 3000);
}

TEST_CASE("composition: of a part whose recorder was killed its beginning is used") {
  Studio studio;
  studio.record(1, 14'000, true);
  studio.record(2, 1000);
  const auto ended = studio.run();
  REQUIRE_MESSAGE(ended.done, ended.message);
  CHECK(ended.duration_ms > 1000 + 3000);
  CHECK(ended.duration_ms <= 15'000);
}

TEST_CASE("composition: nothing to compose, and a part that cannot be opened, are said") {
  Studio studio;
  CHECK(studio.run().message == "Nothing was recorded.");
  studio.record(1, 1000);
  studio.job.parts[0].key[0] ^= 1;
  CHECK_FALSE(studio.run().done);
}

TEST_CASE("mp4: chunk offsets move together, or not at all") {
  Bytes moov(8 + 8 + 8 + 8 + 8 + 16 + 8);
  std::size_t at = 0;
  std::size_t left = moov.size();
  for (const char* type : {"moov", "trak", "mdia", "minf", "stbl"}) {
    store_u32(&moov[at], static_cast<std::uint32_t>(left));
    std::copy_n(type, 4, &moov[at + 4]);
    at += 8;
    left -= 8;
  }
  store_u32(&moov[at], 24);
  std::copy_n("stco", 4, &moov[at + 4]);
  store_u32(&moov[at + 12], 2);
  store_u32(&moov[at + 16], 100);
  store_u32(&moov[at + 20], 0xffff'ff00);
  Bytes copy = moov;
  CHECK(shift_chunk_offsets(copy, 50));
  CHECK(load_u32(&copy[at + 16]) == 150);
  CHECK_FALSE(shift_chunk_offsets(moov, 0x1000));
  store_u32(&moov[at], 2000);
  CHECK_FALSE(shift_chunk_offsets(moov, 1));
}
