#include "core/sframe/frame_sealer.h"

#include <doctest/doctest.h>

#include <set>

#include "core/sframe/test_support.h"

namespace sealhall::sframe {
namespace {

using namespace std::chrono_literals;
using test::nonce_of;
using test::secret_of;

struct Sending {
  explicit Sending(std::uint16_t sender_index = 3) : sealer(aead, ring, sender_index, nonce_of(1)) {}
  Bytes seal(MediaContext context, const Bytes& frame, std::size_t prefix) {
    Bytes out(frame.size() + max_seal_overhead);
    out.resize(sealer.seal(context, frame, prefix, out).value());
    return out;
  }
  crypto::InlineAead aead;
  KeyRing ring{MeetingUuid{}};
  FrameSealer sealer;
};

Header header_behind(const Bytes& sealed, std::size_t prefix) {
  return parse_header(ByteView{sealed}.subspan(prefix)).value().header;
}

TEST_CASE("frame sealer: clear prefix, header naming context, sender and generation, ciphertext, tag") {
  Sending s;
  REQUIRE(s.ring.prepare(259, secret_of(259)));
  REQUIRE(s.ring.activate(259, {}));
  Bytes frame(100, 0xEE);
  for (std::size_t i = 0; i < 10; ++i) frame[i] = static_cast<std::uint8_t>(i);
  const Bytes sealed = s.seal(MediaContext::camera_h, frame, 10);
  CHECK(equal(ByteView{sealed}.first(10), ByteView{frame}.first(10)));
  CHECK(header_behind(sealed, 10) == Header{make_kid(MediaContext::camera_h, 3, 3), 0});
  CHECK(sealed.size() == 100 + 1 + 4 + 16);
  // Nothing of the content is left in the clear.
  CHECK(std::ranges::search(ByteView{sealed}.subspan(15), Bytes(6, 0xEE)).empty());
}

TEST_CASE("frame sealer: each context counts for itself and never repeats, also when encoders come and go") {
  Sending s;
  REQUIRE(s.ring.prepare(1, secret_of(1)));
  REQUIRE(s.ring.activate(1, {}));
  std::set<std::pair<std::uint64_t, std::uint64_t>> used;
  for (int round = 0; round < 300; ++round) {
    for (std::size_t context = 0; context < media_context_count; ++context) {
      const Header header = header_behind(s.seal(static_cast<MediaContext>(context), Bytes(4, 1), 0), 0);
      CHECK(header.counter == static_cast<std::uint64_t>(round));
      CHECK(used.emplace(static_cast<std::uint64_t>(header.key_id), header.counter).second);
    }
  }
}

TEST_CASE("frame sealer: a new generation is used when it is active, with a new key and the counter at zero") {
  Sending s;
  Bytes out(100);
  CHECK(s.sealer.seal(MediaContext::audio, Bytes(4, 1), 0, out).error() == SframeError::no_active_generation);
  REQUIRE(s.ring.prepare(1, secret_of(1)));
  CHECK(s.sealer.seal(MediaContext::audio, Bytes(4, 1), 0, out).error() == SframeError::no_active_generation);
  REQUIRE(s.ring.activate(1, {}));
  s.seal(MediaContext::audio, Bytes(4, 1), 0);
  REQUIRE(s.ring.prepare(2, secret_of(2)));
  CHECK(header_behind(s.seal(MediaContext::audio, Bytes(4, 1), 0), 0) ==
        Header{make_kid(MediaContext::audio, 3, 1), 1});
  REQUIRE(s.ring.activate(2, {}));
  s.sealer.forget_retired();
  CHECK(header_behind(s.seal(MediaContext::audio, Bytes(4, 1), 0), 0) ==
        Header{make_kid(MediaContext::audio, 3, 2), 0});
}

TEST_CASE("frame sealer: what does not fit is refused without using a counter") {
  Sending s;
  REQUIRE(s.ring.prepare(1, secret_of(1)));
  REQUIRE(s.ring.activate(1, {}));
  Bytes small(20), large(100);
  CHECK(s.sealer.seal(MediaContext::audio, Bytes(10, 1), 0, small).error() == SframeError::buffer_too_small);
  CHECK(s.sealer.seal(MediaContext::audio, Bytes(10, 1), 11, large).error() == SframeError::prefix_too_long);
  CHECK(s.sealer.seal(MediaContext::audio, Bytes(300, 1), max_clear_prefix_size + 1, large).error() ==
        SframeError::prefix_too_long);
  CHECK(header_behind(s.seal(MediaContext::audio, Bytes(10, 1), 0), 0).counter == 0);
}

struct Recorder final : SealListener {
  void on_sealed(std::uint64_t ticket, expected<Bytes, SframeError> frame) override {
    done.emplace_back(ticket, std::move(frame));
  }
  std::vector<std::pair<std::uint64_t, expected<Bytes, SframeError>>> done;
};

TEST_CASE("frame sealer: with an AEAD that completes later, in any order, the frames are the same as inline") {
  test::DeferredAead aead;
  KeyRing ring{MeetingUuid{}};
  REQUIRE(ring.prepare(1, secret_of(1)));
  REQUIRE(ring.activate(1, {}));
  Sending inline_one;
  REQUIRE(inline_one.ring.prepare(1, secret_of(1)));
  REQUIRE(inline_one.ring.activate(1, {}));
  Recorder listener;
  FrameSealer sealer{aead, ring, 3, nonce_of(1)};
  sealer.seal_later(70, MediaContext::camera_q, Bytes(50, 1), 3, listener);
  sealer.seal_later(71, MediaContext::camera_q, Bytes(60, 2), 10, listener);
  sealer.seal_later(72, MediaContext::camera_q, Bytes(60, 2), 99, listener);
  REQUIRE(listener.done.size() == 1);
  CHECK(listener.done[0].first == 72);
  CHECK(listener.done[0].second.error() == SframeError::prefix_too_long);
  aead.complete(1);
  aead.complete(0);
  REQUIRE(listener.done.size() == 3);
  const Bytes first = inline_one.seal(MediaContext::camera_q, Bytes(50, 1), 3);
  const Bytes second = inline_one.seal(MediaContext::camera_q, Bytes(60, 2), 10);
  CHECK(listener.done[1].first == 71);
  CHECK(listener.done[1].second.value() == second);
  CHECK(listener.done[2].first == 70);
  CHECK(listener.done[2].second.value() == first);
}

}  // namespace
}  // namespace sealhall::sframe
