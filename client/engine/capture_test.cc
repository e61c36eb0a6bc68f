// Threads in real time: short, and every wait is for something that happens, not for time to pass.
#include "client/engine/capture.h"

#include <doctest/doctest.h>

#include "client/codec/test_media.h"
#include "client/engine/decoder.h"
#include "client/engine/worker_thread.h"
#include "io/net/timer.h"

using namespace sealhall;
using namespace sealhall::client;
using namespace std::chrono_literals;

namespace {

/// A loop that waits for what other threads post.
struct WaitingLoop : io::Loop {
  io::Ticker keeps_it_running{*this, 1s, [] {}};
};

class ToneSource final : public codec::AudioSource {
 public:
  explicit ToneSource(std::size_t count) : count_(count) {}
  expected<std::optional<codec::AudioFrame>, codec::SourceError> read() override {
    if (next_ == count_) return std::nullopt;
    return codec::testing::tone_frame(next_++, 440);
  }
  [[nodiscard]] bool live() const noexcept override { return false; }

 private:
  std::size_t count_;
  std::size_t next_ = 0;
};

class MovingSource final : public codec::VideoSource {
 public:
  explicit MovingSource(int count) : count_(count) {}
  expected<std::optional<codec::Picture>, codec::SourceError> read() override {
    if (next_ == count_) return std::nullopt;
    return codec::testing::moving_picture(320, 180, next_++ * Duration{20ms});
  }
  [[nodiscard]] bool live() const noexcept override { return false; }
  [[nodiscard]] std::uint32_t width() const noexcept override { return 320; }
  [[nodiscard]] std::uint32_t height() const noexcept override { return 180; }
  [[nodiscard]] double frame_rate() const noexcept override { return 50; }

 private:
  int count_;
  int next_ = 0;
};

}  // namespace

TEST_CASE("capture: sound comes in order, at its time, and its end is told") {
  WaitingLoop loop;
  std::vector<CapturedAudio> frames;
  bool ended = false;
  auto encoder = codec::OpusEncoder::create({});
  REQUIRE(encoder.has_value());
  const Instant start = loop.now();
  AudioCapture capture(
      loop, std::make_unique<ToneSource>(8), std::move(*encoder), false, start,
      [&](CapturedAudio f) {
        CHECK(loop.now() >= f.captured);
        frames.push_back(std::move(f));
      },
      [&](const std::string& reason) { ended = reason.empty(); });
  CHECK(loop.run_until([&] { return ended; }, 5s));
  REQUIRE(frames.size() == 8);
  for (std::size_t i = 0; i < frames.size(); ++i) {
    CHECK(frames[i].captured == start + static_cast<int>(i) * 20ms);
    CHECK(frames[i].level < 25);
  }
}

TEST_CASE("capture: video obeys rates and key frame requests while it runs, and ends at once when told to") {
  WaitingLoop loop;
  auto encoder = codec::SimulcastEncoder::create(codec::plan_layers(320, 180, 50), 50, false);
  REQUIRE(encoder.has_value());
  REQUIRE(encoder->layers().size() == 2);
  int small = 0;
  int large = 0;
  int keys = 0;
  auto capture = std::make_unique<VideoCapture>(
      loop, std::make_unique<MovingSource>(100'000), std::move(*encoder), loop.now(),
      [&](const CapturedVideo& f) {
        ++(f.layer == 0 ? small : large);
        keys += f.picture.key_frame ? 1 : 0;
      },
      [](const std::string&) {});
  capture->set_bitrates({DataRate::kbps(200), DataRate{}});
  CHECK(loop.run_until([&] { return small >= 3; }, 5s));
  const int large_before = large;
  CHECK(large_before <= 1);  // at most the picture that was under way
  capture->request_key_frame(0);
  const int keys_before = keys;
  CHECK(loop.run_until([&] { return keys > keys_before; }, 5s));
  capture->set_bitrates({DataRate::kbps(200), DataRate::kbps(400)});
  CHECK(loop.run_until([&] { return large > large_before; }, 5s));
  capture.reset();
}

TEST_CASE("decoder: first frames are told once, damaged pictures ask for a key frame") {
  WaitingLoop loop;
  int first = 0;
  int failed = 0;
  MediaDecoder decoder(
      loop, "",
      {.failed = [&](std::uint32_t slot) { failed += slot == 4 ? 1 : 100; },
       .first_frame = [&](wire::ParticipantNumber p, bool video) { first += p == 7 && video ? 1 : 100; }});
  auto encoder = codec::Vp8Encoder::create({.width = 160, .height = 90});
  REQUIRE(encoder.has_value());
  for (int i = 0; i < 3; ++i) {
    auto picture = encoder->encode(codec::testing::moving_picture(160, 90, i * Duration{33ms}), false);
    REQUIRE(picture.has_value());
    if (*picture) decoder.video(4, 7, (*picture)->data);
  }
  const Bytes garbage(40, 0x7f);
  decoder.video(4, 7, garbage);
  CHECK(loop.run_until([&] { return failed > 0; }, 5s));
  CHECK(failed == 1);
  CHECK(first == 1);
  CHECK(decoder.stats(7).video_frames >= 2);
  CHECK(decoder.stats(7).width == 160);
  CHECK(decoder.stats(7).video_failed == 1);
}

TEST_CASE("worker thread: bounded, in order, finishes what it has taken") {
  std::vector<int> done;
  std::mutex mutex;
  std::atomic<bool> hold{true};
  int refused = 0;
  {
    WorkerThread worker(3);
    CHECK(worker.post([&] {
      while (hold) std::this_thread::yield();
    }));
    for (int i = 0; i < 10; ++i) {
      const bool taken = worker.post([&, i] {
        const std::scoped_lock lock(mutex);
        done.push_back(i);
      });
      refused += taken ? 0 : 1;
    }
    hold = false;
  }
  CHECK(refused >= 6);
  CHECK(done.size() == static_cast<std::size_t>(10 - refused));
  CHECK(std::is_sorted(done.begin(), done.end()));
}
