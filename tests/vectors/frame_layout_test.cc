// The layout of sealed frames as a file that native and browser tests share: tests/vectors/frames.json. It is made here
// (SEALHALL_WRITE_GOLDEN=1) and opened by the WebAssembly core in web/test/core.test.ts.
#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>

#include "core/base/encoding.h"
#include "core/crypto/async_aead.h"
#include "core/rtp/h264_frame.h"
#include "core/rtp/video_codec.h"
#include "core/rtp/vp8.h"
#include "core/sframe/frame_opener.h"
#include "core/sframe/frame_sealer.h"
#include "tests/support/source_dir.h"

using namespace sealhall;

namespace {

const std::string path = test::source_path("tests/vectors/frames.json");

struct Case {
  const char* name;
  sframe::MediaContext context;
  std::uint16_t sender_index;
  std::uint32_t generation;
  std::uint8_t first_byte;  ///< of the frame; for VP8 its bit 0 says whether it is a key frame
  std::size_t size;
  unsigned counter;  ///< frames that were sealed before
  rtp::VideoCodec codec = rtp::VideoCodec::vp8;
};

constexpr Case cases[] = {
    {"opus", sframe::MediaContext::audio, 1, 1, 0x78, 80, 0},
    {"opus, one byte", sframe::MediaContext::audio, 1, 1, 0x78, 1, 1},
    {"opus, a counter of two bytes", sframe::MediaContext::audio, 1, 1, 0x78, 40, 300},
    {"share audio", sframe::MediaContext::share_audio, 65535, 7, 0x78, 60, 0},
    {"vp8 key frame", sframe::MediaContext::camera_f, 2, 1, 0x10, 1300, 0},
    {"vp8 delta frame", sframe::MediaContext::camera_f, 2, 1, 0x11, 300, 9},
    {"vp8 of ten bytes", sframe::MediaContext::camera_q, 2, 256, 0x10, 10, 0},
    {"vp8 of three bytes", sframe::MediaContext::share_h, 2, 511, 0x11, 3, 3},
    {"vp9 key frame", sframe::MediaContext::camera_f, 3, 1, 0x82, 700, 0, rtp::VideoCodec::vp9},
    {"vp9 delta frame", sframe::MediaContext::camera_q, 3, 258, 0x86, 90, 70, rtp::VideoCodec::vp9},
    // With this counter there is a start code in the ciphertext, which must be hidden.
    {"h264 key frame", sframe::MediaContext::camera_f, 4, 1, 0x65, 1200, 1150, rtp::VideoCodec::h264},
};

std::string_view codec_of(const Case& c) {
  return sframe::is_audio(c.context) ? "opus" : rtp::video_codecs[static_cast<std::size_t>(c.codec)].name;
}
/// Of VP9, all that is read on the way stands in its payload descriptor.
std::size_t clear_prefix_of(const Case& c, ByteView frame) {
  if (codec_of(c) == "h264") return rtp::h264_clear_prefix_size(frame).value_or(0);
  return codec_of(c) == "vp8" ? rtp::vp8_clear_prefix_size(frame) : 0;
}

Bytes frame_of(const Case& c) {
  Bytes frame;
  // Parameter sets and the start code of the slice.
  if (c.codec == rtp::VideoCodec::h264) {
    frame = {0, 0, 0, 1, 0x67, 0x42, 0xC0, 0x1F, 0x8C, 0, 0, 0, 1, 0x68, 0xCE, 0x3C, 0x80, 0, 0, 0, 1};
  }
  const std::size_t front = frame.size();
  for (std::size_t k = 0; k < c.size - front; ++k) frame.push_back(static_cast<std::uint8_t>(c.first_byte + k * 7));
  return frame;
}

std::string file_of() {
  sframe::MeetingUuid meeting{};
  for (std::size_t k = 0; k < meeting.size(); ++k) meeting[k] = static_cast<std::uint8_t>(k);
  std::string out = "{\n  \"meeting_uuid\": \"" + to_hex(meeting) + "\",\n  \"frames\": [\n";
  for (const Case& c : cases) {
    sframe::GenerationSecret secret;
    std::ranges::fill(secret.reveal_mutable(), static_cast<std::uint8_t>(0xA0 + c.generation % 16));
    const std::string secret_hex = to_hex(secret.reveal());
    sframe::SenderNonce nonce{};
    nonce.fill(static_cast<std::uint8_t>(c.sender_index));
    sframe::KeyRing ring{meeting};
    REQUIRE(ring.prepare(c.generation, secret));
    REQUIRE(ring.activate(c.generation, Instant{}));
    crypto::InlineAead aead;
    sframe::FrameSealer sealer{aead, ring, c.sender_index, nonce};
    const Bytes frame = frame_of(c);
    const std::size_t clear = clear_prefix_of(c, frame);
    Bytes sealed(frame.size() + sframe::max_seal_overhead);
    for (unsigned k = 0; k < c.counter; ++k) REQUIRE(sealer.seal(c.context, frame, clear, sealed));
    const auto size = sealer.seal(c.context, frame, clear, sealed);
    REQUIRE(size);
    sealed.resize(*size);

    sframe::FrameOpener opener{aead, ring};
    REQUIRE(opener.set_sender(c.sender_index, nonce));
    Bytes opened(sealed.size());
    const auto done = opener.open(sealed, clear, opened);
    REQUIRE(done);
    CHECK(done->counter == c.counter);
    opened.resize(done->size);
    CHECK(opened == frame);
    if (c.codec == rtp::VideoCodec::h264) {
      const Bytes hidden = rtp::h264_hide(sealed, clear);
      CHECK(hidden.size() > sealed.size() + 1);  // there was something to hide
      CHECK(rtp::h264_show(hidden, clear) == sealed);
      sealed = hidden;
    }

    const auto number = [](auto value) { return std::to_string(static_cast<std::uint64_t>(value)); };
    out += "    {\"name\": \"" + std::string{c.name} + "\", \"generation\": " + number(c.generation) +
           ", \"secret\": \"" + secret_hex + "\",\n     \"sender_index\": " + number(c.sender_index) +
           ", \"sender_nonce\": \"" + to_hex(nonce) + "\", \"context\": " + number(c.context) + ", \"codec\": \"" +
           std::string{codec_of(c)} + "\", \"clear_prefix\": " + number(clear) + ",\n     \"frame\": \"" +
           to_hex(frame) + "\",\n     \"sealed\": \"" + to_hex(sealed) + "\"}" +
           (&c == std::end(cases) - 1 ? "\n" : ",\n");
  }
  return out + "  ]\n}\n";
}

}  // namespace

TEST_CASE("frame layout: clear prefix, header and ciphertext are what the shared file says") {
  const std::string now = file_of();
  if (std::getenv("SEALHALL_WRITE_GOLDEN") != nullptr) {
    std::ofstream{path} << now;
  }
  std::ifstream file{path};
  std::stringstream kept;
  kept << file.rdbuf();
  CHECK(kept.str() == now);
}
