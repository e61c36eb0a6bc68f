// deps: core_sframe
// Frames from outside: input byte 0 is the clear prefix size, the rest a frame. The keys are fixed, and the seeds were
// sealed with them; whatever opens must open once only, and what does not must leave no plaintext.
#include <algorithm>
#include <array>
#include <memory>

#include "core/base/check.h"
#include "core/sframe/context.h"
#include "core/sframe/frame_opener.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sealhall;
  using namespace sealhall::sframe;
  if (size == 0) return 0;
  const std::size_t prefix = data[0] & 0x1f;
  const ByteView frame{data + 1, size - 1};

  static crypto::InlineAead aead;
  static const KeyRing ring = [] {
    KeyRing made{MeetingUuid{}};
    for (const std::uint32_t generation : {1U, 2U}) {
      SEALHALL_CHECK(made.prepare(generation, GenerationSecret{}).has_value());
    }
    return made;
  }();
  FrameOpener opener{aead, ring};
  for (const std::uint16_t sender : std::array<std::uint16_t, 3>{0, 3, 700})
    SEALHALL_CHECK(opener.set_sender(sender, SenderNonce{}).has_value());
  Bytes out(frame.size());
  const auto opened = opener.open(frame, prefix, out);
  if (opened) {
    SEALHALL_CHECK(opened->size <= out.size());
    SEALHALL_CHECK(opener.open(frame, prefix, out).error() == SframeError::replayed);
  } else {
    SEALHALL_CHECK(std::ranges::all_of(out, [](std::uint8_t byte) { return byte == 0; }));
  }

  // A suite with a cut HMAC, whose frames are short.
  static auto context = OpenContext::create(CipherSuite::aes_128_ctr_hmac_sha256_64, KeyId{0x123}, Bytes(16, 1), 64);
  static_cast<void>(context->open({}, frame, out));
  return 0;
}
