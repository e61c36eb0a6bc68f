#include <doctest/doctest.h>

#include "core/recording/placement.h"
#include "core/recording/recorded_time.h"

namespace sealhall::recording {
namespace {

using std::chrono::milliseconds;

constexpr std::int64_t sender_zero = 5'000'000'000;

struct Way {
  Instant start{std::chrono::seconds{100}};
  /// A frame captured `ms` after the start; it takes `delay` to arrive.
  ArrivedFrame frame(wire::SourceKind kind, int ms, int delay, bool with_report = true) const {
    const bool video = kind == wire::SourceKind::camera;
    ArrivedFrame f;
    f.kind = kind;
    f.stream = video ? 2 : 1;
    f.data = Bytes(10, static_cast<std::uint8_t>(ms / 20));
    f.timestamp = static_cast<std::uint32_t>(0xffff'f000U + static_cast<std::uint32_t>(ms * (video ? 90 : 48)));
    if (with_report) f.captured = media::NtpMicros{sender_zero + ms * 1000};
    f.arrival = start + milliseconds{ms + delay};
    return f;
  }
};

}  // namespace

TEST_CASE("placement: sound and picture of one moment get one time, whatever their ways") {
  const Way way;
  Placement placement;
  std::vector<PlacedFrame> out;
  for (int ms = 0; ms < 2000; ms += 20) {
    placement.add(way.frame(wire::SourceKind::audio, ms, 10 + ms % 40), out);
    if (ms % 40 == 0) placement.add(way.frame(wire::SourceKind::camera, ms, 90), out);
  }
  placement.flush(out);
  int sounds = 0;
  int pictures = 0;
  for (const PlacedFrame& f : out) {
    const Duration wrong = f.at - (way.start + milliseconds{10 + 20 * f.data[0]});
    CHECK(wrong >= Duration{});
    CHECK(wrong <= milliseconds{1});
    ++(f.kind == wire::SourceKind::audio ? sounds : pictures);
  }
  CHECK(sounds == 100);
  CHECK(pictures == 50);
}

TEST_CASE("placement: sound that overtook is put in order, and sound that is far too late is left out") {
  const Way way;
  Placement placement;
  std::vector<PlacedFrame> out;
  for (int ms = 0; ms < 1000; ms += 40) {
    placement.add(way.frame(wire::SourceKind::audio, ms + 20, 10), out);
    placement.add(way.frame(wire::SourceKind::audio, ms, 40), out);
  }
  placement.add(way.frame(wire::SourceKind::audio, 100, 900), out);
  placement.flush(out);
  CHECK(out.size() == 50);
  for (std::size_t i = 1; i < out.size(); ++i) CHECK(out[i].at - out[i - 1].at == milliseconds{20});
}

TEST_CASE("placement: without reports frames wait for a while, then stand where the quickest arrival says") {
  const Way way;
  Placement placement;
  std::vector<PlacedFrame> out;
  int ms = 0;
  for (; ms < 2900; ms += 20) placement.add(way.frame(wire::SourceKind::camera, ms, ms == 500 ? 5 : 30, false), out);
  CHECK(out.empty());
  for (; ms < 3200; ms += 20) placement.add(way.frame(wire::SourceKind::camera, ms, 30, false), out);
  REQUIRE(out.size() == 160);
  CHECK(out[0].at == way.start + milliseconds{5});
}

TEST_CASE("placement: a step of the network moves sound slowly") {
  const Way way;
  Placement placement;
  std::vector<PlacedFrame> out;
  for (int ms = 0; ms < 60'000; ms += 20)
    placement.add(way.frame(wire::SourceKind::audio, ms, ms < 5000 ? 100 : 20), out);
  placement.flush(out);
  for (std::size_t i = 1; i < out.size(); ++i) {
    const Duration step = out[i].at - out[i - 1].at;
    CHECK(step >= milliseconds{19});
    CHECK(step <= milliseconds{21});
  }
  CHECK(out.back().at == way.start + milliseconds{20 + 59'980});
}

TEST_CASE("recorded time: pauses are no time") {
  const Instant start{std::chrono::seconds{10}};
  RecordedTime time{start};
  CHECK_FALSE(time.at(start - milliseconds{1}).has_value());
  CHECK(time.at(start + milliseconds{500}) == Duration{milliseconds{500}});
  time.pause(start + milliseconds{1000});
  CHECK(time.paused());
  CHECK_FALSE(time.at(start + milliseconds{1000}).has_value());
  CHECK(time.at(start + milliseconds{900}) == Duration{milliseconds{900}});
  CHECK(time.length(start + milliseconds{5000}) == milliseconds{1000});
  CHECK(time.resume(start + milliseconds{3000}) == milliseconds{2000});
  CHECK_FALSE(time.at(start + milliseconds{2500}).has_value());
  CHECK(time.at(start + milliseconds{3000}) == Duration{milliseconds{1000}});
  CHECK(time.at(start + milliseconds{3500}) == Duration{milliseconds{1500}});
  CHECK(time.length(start + milliseconds{3500}) == milliseconds{1500});
  CHECK(time.resume(start + milliseconds{4000}) == Duration{});
}

}  // namespace sealhall::recording
