// One join from its random bytes to its sealed frames, as a file that native and browser tests share:
// tests/vectors/joins.json. It is made here (SEALHALL_WRITE_GOLDEN=1) and repeated byte for byte by the WebAssembly
// core (web/test/core_checks.ts), which draws the same random bytes.
#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "core/base/encoding.h"
#include "core/rtp/vp8.h"
#include "core/sframe/session_keys.h"
#include "tests/support/source_dir.h"

using namespace sealhall;

namespace {

const std::string path = test::source_path("tests/vectors/joins.json");
constexpr std::uint32_t participant = 4711;
constexpr std::uint16_t sender_index = 258;

/// Counts up from its first byte, and keeps what it gave.
class Counting final : public RandomSource {
 public:
  explicit Counting(std::uint8_t first) noexcept : next_(first) {}
  void fill(MutableBytes out) noexcept override {
    for (auto& byte : out) byte = next_++;
    append(given, out);
  }
  Bytes given;

 private:
  std::uint8_t next_;
};

std::string quoted(const char* name, ByteView bytes) {
  return "\"" + std::string{name} + "\": \"" + to_hex(bytes) + "\"";
}

std::string sealed_frames(sframe::SessionKeys& keys, std::uint32_t generation) {
  std::string out;
  for (const auto context : {sframe::MediaContext::audio, sframe::MediaContext::camera_f}) {
    for (std::size_t size : {12U, 47U}) {
      Bytes frame(size);
      for (std::size_t k = 0; k < size; ++k) frame[k] = static_cast<std::uint8_t>(0x10 + generation + k * 5);
      const std::size_t clear = sframe::is_audio(context) ? 0 : rtp::vp8_clear_prefix_size(frame);
      Bytes sealed(size + sframe::max_seal_overhead);
      const auto written = keys.seal(context, frame, clear, sealed, Instant{});
      REQUIRE(written);
      sealed.resize(*written);
      out += std::string{out.empty() ? "" : ",\n"} +
             "        {\"context\": " + std::to_string(static_cast<int>(context)) +
             ", \"clear_prefix\": " + std::to_string(clear) + ", " + quoted("frame", frame) + ",\n         " +
             quoted("sealed", sealed) + "}";
    }
  }
  return out;
}

std::string file_of() {
  sframe::MeetingUuid meeting{};
  for (std::size_t k = 0; k < meeting.size(); ++k) meeting[k] = static_cast<std::uint8_t>(0xF0 + k);
  Counting random{0x61};
  sframe::JoinKeys join{random};
  const Bytes public_key{join.hpke_public_key().begin(), join.hpke_public_key().end()};
  std::string out = "{\n  " + quoted("meeting_uuid", meeting) + ", \"participant\": " + std::to_string(participant) +
                    ", \"sender_index\": " + std::to_string(sender_index) + ",\n  " + quoted("random", random.given) +
                    ",\n  " + quoted("hpke_public_key", public_key) + ",\n  " +
                    quoted("sender_nonce", join.sender_nonce()) + ",\n  \"generations\": [\n";
  crypto::InlineAead aead;
  sframe::SessionKeys keys{
      aead, std::move(join), {.meeting = meeting, .participant = participant, .sender_index = sender_index}};
  Counting kms{0x07};
  for (const std::uint32_t generation : {1U, 2U, 300U}) {
    sframe::GenerationSecret secret;
    std::ranges::fill(secret.reveal_mutable(), static_cast<std::uint8_t>(generation * 3));
    const auto sealed = sframe::seal_generation(meeting, generation, participant, public_key, secret, kms);
    REQUIRE(sealed);
    REQUIRE(keys.add_generation(generation, sealed->enc, sealed->ciphertext));
    REQUIRE(keys.activate(generation, Instant{}));
    out += "    {\"generation\": " + std::to_string(generation) + ", " + quoted("enc", sealed->enc) + ",\n     " +
           quoted("ciphertext", sealed->ciphertext) + ",\n     \"frames\": [\n" + sealed_frames(keys, generation) +
           "\n     ]}" + (generation == 300 ? "\n" : ",\n");
  }
  return out + "  ]\n}\n";
}

}  // namespace

TEST_CASE("join layout: keys, sealed generations and frames of one join are what the shared file says") {
  const std::string now = file_of();
  if (std::getenv("SEALHALL_WRITE_GOLDEN") != nullptr) {
    std::ofstream{path} << now;
  }
  std::ifstream file{path};
  std::stringstream kept;
  kept << file.rdbuf();
  CHECK(kept.str() == now);
}
