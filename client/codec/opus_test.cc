#include "client/codec/opus.h"

#include <doctest/doctest.h>

#include <cmath>
#include <numbers>
#include <vector>

#include "client/codec/audio_level.h"

using namespace sealhall;
using namespace sealhall::codec;

namespace {

AudioFrame tone(std::size_t index, double hertz = 440, std::uint8_t channels = 1) {
  AudioFrame frame;
  frame.channels = channels;
  for (std::size_t i = 0; i < frame_samples; ++i) {
    const double t = static_cast<double>(index * frame_samples + i) / sample_rate;
    // A voiced sound, not a pure tone: FEC is made for speech only.
    double v = 0;
    for (int h = 1; h <= 8; ++h) v += std::sin(2 * std::numbers::pi * hertz / 4 * h * t) / h;
    v *= 0.6 + 0.4 * std::sin(2 * std::numbers::pi * 3 * t);
    for (std::size_t c = 0; c < channels; ++c) frame.samples[i * channels + c] = static_cast<std::int16_t>(5000 * v);
  }
  return frame;
}

std::vector<Bytes> encode_tones(OpusEncoder& encoder, std::size_t count) {
  std::vector<Bytes> frames;
  Bytes buffer(max_opus_frame_size);
  for (std::size_t i = 0; i < count; ++i) {
    auto size = encoder.encode(tone(i), buffer);
    REQUIRE(size.has_value());
    frames.emplace_back(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(*size));
  }
  return frames;
}

/// The best normalised correlation of `b` against `a` over delays of up to 20 ms.
double correlation(const std::vector<std::int16_t>& a, const std::vector<std::int16_t>& b) {
  double best = 0;
  for (std::size_t delay = 0; delay < frame_samples; ++delay) {
    double ab = 0;
    double aa = 0;
    double bb = 0;
    for (std::size_t i = 0; i + delay < a.size() && i + delay < b.size(); ++i) {
      ab += static_cast<double>(a[i]) * b[i + delay];
      aa += static_cast<double>(a[i]) * a[i];
      bb += static_cast<double>(b[i + delay]) * b[i + delay];
    }
    best = std::max(best, ab / std::sqrt(aa * bb + 1));
  }
  return best;
}

}  // namespace

TEST_CASE("opus: what goes in comes out, within the bitrate") {
  auto encoder = OpusEncoder::create({.bitrate = DataRate::kbps(48)});
  auto decoder = OpusDecoder::create(1);
  REQUIRE(encoder.has_value());
  REQUIRE(decoder.has_value());
  const auto frames = encode_tones(*encoder, 50);
  std::vector<std::int16_t> in;
  std::vector<std::int16_t> out;
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    AudioFrame decoded;
    REQUIRE(decoder->decode(frames[i], decoded).has_value());
    const AudioFrame original = tone(i);
    in.insert(in.end(), original.pcm().begin(), original.pcm().end());
    out.insert(out.end(), decoded.pcm().begin(), decoded.pcm().end());
    bytes += frames[i].size();
  }
  CHECK(correlation(in, out) > 0.9);
  CHECK(bytes * 8 < 60'000);
}

TEST_CASE("opus: a lost frame is rebuilt from the FEC data of the next one better than by concealment alone") {
  auto encoder = OpusEncoder::create({.bitrate = DataRate::kbps(32), .expected_loss_percent = 25});
  REQUIRE(encoder.has_value());
  const auto frames = encode_tones(*encoder, 60);
  double error_fec = 0;
  double error_plc = 0;
  for (const bool fec : {true, false}) {
    auto reference = OpusDecoder::create(1);
    auto decoder = OpusDecoder::create(1);
    REQUIRE(reference.has_value());
    REQUIRE(decoder.has_value());
    double error = 0;
    for (std::size_t i = 0; i + 1 < frames.size(); ++i) {
      AudioFrame wanted;
      AudioFrame got;
      REQUIRE(reference->decode(frames[i], wanted).has_value());
      if (i % 5 == 4) {
        REQUIRE((fec ? decoder->decode_fec(frames[i + 1], got) : decoder->conceal(got)).has_value());
        for (std::size_t s = 0; s < frame_samples; ++s) error += std::abs(wanted.samples[s] - got.samples[s]);
      } else {
        REQUIRE(decoder->decode(frames[i], got).has_value());
      }
    }
    (fec ? error_fec : error_plc) = error;
  }
  CHECK(error_fec < error_plc);
}

TEST_CASE("opus: concealment fades, damaged frames are an error and do not stop the decoder") {
  auto encoder = OpusEncoder::create({});
  auto decoder = OpusDecoder::create(2);
  REQUIRE(encoder.has_value());
  REQUIRE(decoder.has_value());
  const auto frames = encode_tones(*encoder, 20);
  AudioFrame out;
  for (const auto& frame : frames) REQUIRE(decoder->decode(frame, out).has_value());
  CHECK(out.channels == 2);
  const auto loud = audio_level(out.pcm());
  for (int i = 0; i < 50; ++i) REQUIRE(decoder->conceal(out).has_value());
  CHECK(audio_level(out.pcm()) > loud + 10);
  CHECK(decoder->decode({}, out).error() == CodecError::bad_data);
  const Bytes sixty_ms{0x18 | 3, 0x41};  // code 3 with an impossible frame count byte for its length
  CHECK_FALSE(decoder->decode(sixty_ms, out).has_value());
  CHECK(decoder->decode(frames[0], out).has_value());
}

TEST_CASE("opus: with DTX silence costs almost nothing") {
  auto encoder = OpusEncoder::create({.dtx = true});
  REQUIRE(encoder.has_value());
  Bytes buffer(max_opus_frame_size);
  int sent = 0;
  for (int i = 0; i < 100; ++i) {
    const auto size = encoder->encode(AudioFrame{}, buffer);
    REQUIRE(size.has_value());
    if (i >= 30 && *size > 2) ++sent;
  }
  CHECK(sent < 10);
}

TEST_CASE("opus: impossible configurations and other channel counts are refused") {
  CHECK(OpusEncoder::create({.channels = 3}).error() == CodecError::bad_configuration);
  CHECK(OpusEncoder::create({.complexity = 11}).error() == CodecError::bad_configuration);
  CHECK(OpusDecoder::create(0).error() == CodecError::bad_configuration);
  auto encoder = OpusEncoder::create({.channels = 2});
  REQUIRE(encoder.has_value());
  Bytes buffer(max_opus_frame_size);
  CHECK(encoder->encode(tone(0), buffer).error() == CodecError::wrong_size);
  CHECK(encoder->encode(tone(0, 440, 2), buffer).has_value());
}
