#include "server/v2/quality.h"

#include <doctest/doctest.h>

using namespace sealhall;
using namespace sealhall::v2;
using store::QualityKind;

namespace {

store::QualitySample sample(std::uint32_t loss, std::optional<std::uint32_t> round_trip = 30'000) {
  store::QualitySample s{.visit = 1, .at = UnixMicros{1'700'000'000'000'000}, .over_ms = 20'000};
  s.round_trip_us = round_trip;
  s.streams.push_back({.kind = QualityKind::audio,
                       .received = true,
                       .bitrate_bps = 27'150,
                       .loss_permille = loss,
                       .max_loss_permille = 125,
                       .jitter_us = 4'600});
  return s;
}

}  // namespace

TEST_CASE("quality: a sample in the words that dashboards read, sections only of what flowed") {
  store::QualitySample s = sample(4);
  s.streams.push_back({.kind = QualityKind::share, .frame_rate = 15, .width = 1920, .height = 1080});
  s.streams.push_back({.kind = QualityKind::video, .received = true, .frame_rate = 24});
  const QosSample q = qos_of(s);
  CHECK(q.date_time == "2023-11-14T22:13:20Z");
  REQUIRE(q.audio_input);
  CHECK(q.audio_input->bitrate == "27.15 kbps");
  CHECK(q.audio_input->latency == "30 ms");
  CHECK(q.audio_input->jitter == "5 ms");
  CHECK(q.audio_input->avg_loss == "0.4 %");
  CHECK(q.audio_input->max_loss == "12.5 %");
  CHECK_FALSE(q.audio_output);
  REQUIRE(q.as_output);
  CHECK(q.as_output->resolution == "1920*1080");
  CHECK(q.as_output->frame_rate == "15 fps");
  CHECK_FALSE(q.as_input);
  REQUIRE(q.video_input);
  CHECK_FALSE(q.video_input->resolution);  // a key frame has not said it
  CHECK_FALSE(qos_of(sample(0, std::nullopt)).audio_input->latency);
}

TEST_CASE("quality: grades follow loss and delay, the worse way counts, and silence has none") {
  const std::vector<store::QualitySample> none;
  CHECK(grades_of(none).audio.empty());
  const auto audio = [](std::uint32_t loss, std::uint32_t round_trip) {
    const std::vector all{sample(loss, round_trip)};
    return grades_of(all).audio;
  };
  CHECK(audio(0, 30'000) == "good");
  CHECK(audio(70, 30'000) == "fair");
  CHECK(audio(150, 30'000) == "poor");
  CHECK(audio(400, 30'000) == "bad");
  CHECK(audio(0, 1'200'000) == "poor");
  std::vector all{sample(0)};
  CHECK(grades_of(all).video.empty());
  all[0].streams.push_back({.kind = QualityKind::audio, .received = false, .loss_permille = 400});
  CHECK(grades_of(all).audio == "bad");
}
