#include "core/rtp/opus.h"

#include <doctest/doctest.h>

#include "core/base/random.h"
#include "core/rtp/test_random.h"

namespace sealhall::rtp {
namespace {

using namespace std::chrono_literals;

Bytes packet(unsigned config, bool stereo, unsigned code, const Bytes& rest) {
  Bytes bytes = {static_cast<std::uint8_t>(config << 3 | (stereo ? 4U : 0U) | code)};
  append(bytes, rest);
  return bytes;
}

OpusInfo info_of(const Bytes& bytes) {
  const auto info = parse_opus(bytes);
  REQUIRE(info);
  return *info;
}

OpusError error_of(const Bytes& bytes) {
  const auto info = parse_opus(bytes);
  REQUIRE_FALSE(info);
  return info.error();
}

TEST_CASE("opus: all 32 configurations of RFC 6716 table 2") {
  struct Row {
    OpusMode mode;
    OpusBandwidth bandwidth;
    std::vector<Duration> durations;
  };
  const std::vector<Duration> silk{10ms, 20ms, 40ms, 60ms};
  const std::vector<Duration> hybrid{10ms, 20ms};
  const std::vector<Duration> celt{Duration{2500}, 5ms, 10ms, 20ms};
  const std::vector<Row> rows{
      {OpusMode::silk, OpusBandwidth::narrow, silk},   {OpusMode::silk, OpusBandwidth::medium, silk},
      {OpusMode::silk, OpusBandwidth::wide, silk},     {OpusMode::hybrid, OpusBandwidth::super_wide, hybrid},
      {OpusMode::hybrid, OpusBandwidth::full, hybrid}, {OpusMode::celt, OpusBandwidth::narrow, celt},
      {OpusMode::celt, OpusBandwidth::wide, celt},     {OpusMode::celt, OpusBandwidth::super_wide, celt},
      {OpusMode::celt, OpusBandwidth::full, celt}};
  unsigned config = 0;
  for (const Row& row : rows) {
    for (const Duration duration : row.durations) {
      const OpusInfo info = info_of(packet(config, config % 2 == 1, 0, {1, 2, 3}));
      CAPTURE(config);
      CHECK(info.mode == row.mode);
      CHECK(info.bandwidth == row.bandwidth);
      CHECK(info.frame_duration == duration);
      CHECK(info.duration() == duration);
      CHECK(info.frame_count == 1);
      CHECK(info.stereo == (config % 2 == 1));
      ++config;
    }
  }
  CHECK(config == 32);
}

TEST_CASE("opus: packets with nothing in their frames are discontinuous transmission") {
  CHECK(info_of(packet(1, false, 0, {})).is_dtx);
  CHECK(info_of(packet(1, false, 0, {0xFF})).is_dtx);
  CHECK_FALSE(info_of(packet(1, false, 0, {0xFF, 0})).is_dtx);
  CHECK(info_of(packet(1, false, 1, {})).is_dtx);
  CHECK(info_of(packet(1, false, 1, {1, 1})).is_dtx);
  CHECK(info_of(packet(1, false, 2, {0})).is_dtx);
  CHECK_FALSE(info_of(packet(1, false, 2, {1, 9, 9, 9})).is_dtx);
  CHECK(info_of(packet(1, false, 3, {0x03})).is_dtx);
}

TEST_CASE("opus: two frames of one size, and of two sizes") {
  CHECK(info_of(packet(31, false, 1, {1, 2, 3, 4})).duration() == 40ms);
  CHECK(error_of(packet(31, false, 1, {1, 2, 3})) == OpusError::malformed);
  CHECK(info_of(packet(31, false, 2, {1, 9, 9, 9})).frame_count == 2);
  CHECK(error_of(packet(31, false, 2, {})) == OpusError::truncated);
  CHECK(error_of(packet(31, false, 2, {4, 9, 9, 9})) == OpusError::truncated);
  CHECK(error_of(packet(31, false, 2, {252})) == OpusError::truncated);
  Bytes long_frame = {253, 1};  // 253 + 4 = 257 bytes
  long_frame.resize(2 + 257 + 5, 7);
  CHECK(info_of(packet(31, false, 2, long_frame)).frame_count == 2);
  CHECK(error_of(packet(31, false, 2, Bytes{253, 1, 7, 7})) == OpusError::truncated);
}

TEST_CASE("opus: counted packets, constant and variable, with and without padding") {
  CHECK(info_of(packet(31, false, 3, {0x03, 1, 1, 2, 2, 3, 3})).duration() == 60ms);
  CHECK(error_of(packet(31, false, 3, {0x03, 1, 1, 2, 2})) == OpusError::malformed);
  CHECK(info_of(packet(31, false, 3, {0x83, 1, 2, 9, 9, 9, 9, 9, 9})).frame_count == 3);
  CHECK(error_of(packet(31, false, 3, {0x83, 9, 2, 9, 9, 9})) == OpusError::truncated);
  CHECK(error_of(packet(31, false, 3, {0x83, 1})) == OpusError::truncated);
  CHECK(error_of(packet(31, false, 3, {})) == OpusError::truncated);
  CHECK(info_of(packet(31, false, 3, {0x42, 2, 5, 5, 6, 6, 0, 0})).duration() == 40ms);
  CHECK(error_of(packet(31, false, 3, {0x42, 9, 5, 5, 6, 6})) == OpusError::truncated);
  CHECK(error_of(packet(31, false, 3, {0x42})) == OpusError::truncated);
  Bytes long_padding = {0x41, 255, 1};  // 254 + 1 bytes of padding
  long_padding.resize(3 + 10 + 255);
  CHECK_FALSE(info_of(packet(31, false, 3, long_padding)).is_dtx);
  long_padding.resize(3 + 255);
  CHECK(info_of(packet(31, false, 3, long_padding)).is_dtx);
  long_padding.resize(3 + 254);
  CHECK(error_of(packet(31, false, 3, long_padding)) == OpusError::truncated);
}

TEST_CASE("opus: 120 ms are the most, no frames and giant frames are refused") {
  CHECK(info_of(packet(16, false, 3, {0x30})).duration() == 120ms);
  CHECK(error_of(packet(16, false, 3, {0x31})) == OpusError::too_long);
  CHECK(error_of(packet(31, false, 3, {0x07})) == OpusError::too_long);
  CHECK(error_of(packet(31, false, 3, {0x00})) == OpusError::too_long);
  CHECK(parse_opus({}).error() == OpusError::empty);
  CHECK(info_of(packet(31, false, 0, Bytes(1275, 1))).frame_count == 1);
  CHECK(error_of(packet(31, false, 0, Bytes(1276, 1))) == OpusError::malformed);
}

TEST_CASE("opus: the redundancy flag stands behind the voice flags of each channel") {
  CHECK(info_of(packet(9, false, 0, {0x40, 0, 0})).has_fec);  // 20 ms: V F
  CHECK_FALSE(info_of(packet(9, false, 0, {0xBF, 0, 0})).has_fec);
  CHECK(info_of(packet(10, false, 0, {0x20, 0, 0})).has_fec);  // 40 ms: V V F
  CHECK(info_of(packet(11, false, 0, {0x10, 0, 0})).has_fec);  // 60 ms: V V V F
  CHECK(info_of(packet(9, true, 0, {0x10, 0, 0})).has_fec);    // 20 ms stereo: V F V F
  CHECK_FALSE(info_of(packet(9, false, 0, {0x10, 0, 0})).has_fec);
  CHECK(info_of(packet(11, true, 0, {0x01, 0, 0})).has_fec);         // 60 ms stereo: V V V F V V V F
  CHECK(info_of(packet(13, false, 0, {0x40, 0, 0})).has_fec);        // hybrid
  CHECK_FALSE(info_of(packet(31, false, 0, {0x7F, 0, 0})).has_fec);  // CELT has none
  CHECK_FALSE(info_of(packet(9, false, 0, {0x40})).has_fec);         // nothing transmitted
}

TEST_CASE("opus: random bytes are read or refused") {
  SeededRandom random{15};
  for (int i = 0; i < 50'000; ++i) {
    Bytes bytes(size_below(random, 40));
    random.fill(bytes);
    const auto info = parse_opus(bytes);
    if (!info) continue;
    CHECK(info->frame_count >= 1);
    CHECK(info->duration() <= 120ms);
    CHECK(info->duration() >= Duration{2500});
  }
}

}  // namespace
}  // namespace sealhall::rtp
