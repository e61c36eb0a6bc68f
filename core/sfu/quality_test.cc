#include "core/sfu/quality.h"

#include <doctest/doctest.h>

using namespace sealhall;
using namespace sealhall::sfu;
using wire::media::QualityKind;

namespace {

rtp::rtcp::ReportBlock report(std::uint32_t highest, std::int32_t lost, std::uint8_t fraction, std::uint32_t jitter) {
  return {.ssrc = 1, .fraction_lost = fraction, .cumulative_lost = lost, .highest_sequence = highest, .jitter = jitter};
}

}  // namespace

TEST_CASE("quality: loss is of the packets between the first and the last report, the most of any one is kept") {
  StreamMeter meter;
  meter.on_report(report(1000, 5, 200, 96), 48'000);  // where it stands; what was before is not of this interval
  meter.on_report(report(1100, 5, 0, 48), 48'000);
  meter.on_report(report(1200, 25, 51, 144), 48'000);
  const StreamSum sum = meter.take();
  CHECK(sum.expected == 200);
  CHECK(sum.lost == 20);
  const auto q = quality_of(sum, QualityKind::audio, true, std::chrono::seconds{2});
  CHECK(q.received);
  CHECK(q.loss_permille == 100);
  CHECK(q.max_loss_permille == 199);
  CHECK(q.jitter_us == 2000);  // 1 ms and 3 ms
  CHECK(q.frame_rate == 0);

  // The next interval goes on from the last report.
  meter.on_report(report(1300, 25, 0, 48), 48'000);
  const StreamSum next = meter.take();
  CHECK(next.expected == 100);
  CHECK(next.lost == 0);
  CHECK(next.most_lost == 0);
}

TEST_CASE("quality: rate, frames and picture of what flowed") {
  StreamMeter meter;
  meter.on_picture(1280, 720);
  for (int i = 0; i < 60; ++i) {
    meter.on_packet(1000, true);
    meter.on_packet(1000, false);
  }
  const auto q = quality_of(meter.take(), QualityKind::video, false, std::chrono::seconds{2});
  CHECK(q.bitrate_bps == 480'000);
  CHECK(q.frame_rate == 30);
  CHECK(q.width == 1280);
  CHECK(q.height == 720);
  CHECK_FALSE(meter.take().flowed());
}

TEST_CASE("quality: streams of one kind add up, frames and picture are of the largest") {
  StreamSum all;
  all.add({.expected = 100, .lost = 10, .bytes = 500, .frames = 30, .width = 320, .height = 180});
  all.add({.expected = 100, .lost = 0, .most_lost = 9, .bytes = 900, .frames = 15, .width = 1280, .height = 720});
  all.add({.width = 1920, .height = 1080});  // announced, not sent
  CHECK(all.expected == 200);
  CHECK(all.lost == 10);
  CHECK(all.most_lost == 9);
  CHECK(all.bytes == 1400);
  CHECK(all.frames == 30);
  CHECK(all.width == 1280);
  CHECK(all.height == 720);
}

TEST_CASE("quality: a stream that begins anew, duplicates and lying reports never make a loss below 0 or above 100 %") {
  StreamMeter meter;
  meter.on_report(report(60'000, 0, 0, 0), 90'000);
  meter.on_report(report(10, 0, 0, 0), 90'000);  // began anew
  CHECK(meter.take().expected == 0);
  meter.on_report(report(20, -500, 0, 0), 90'000);
  auto q = quality_of(meter.take(), QualityKind::video, true, std::chrono::seconds{1});
  CHECK(q.loss_permille == 0);
  meter.on_report(report(30, 0x7fffff, 255, 0xffffffff), 90'000);
  q = quality_of(meter.take(), QualityKind::video, true, std::chrono::seconds{1});
  CHECK(q.loss_permille == 1000);
  CHECK(q.max_loss_permille == 1000);
}
