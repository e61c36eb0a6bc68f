#include "core/sframe/frame_opener.h"

#include <doctest/doctest.h>

#include "core/sframe/frame_sealer.h"
#include "core/sframe/test_support.h"

namespace sealhall::sframe {
namespace {

using namespace std::chrono_literals;
using test::nonce_of;
using test::secret_of;

/// A sender and a receiver of one meeting, with the same generations.
struct Meeting {
  explicit Meeting(std::uint16_t sender_index = 3) : sealer(aead, ring, sender_index, nonce_of(1)), opener(aead, ring) {
    generation(1);
    REQUIRE(opener.set_sender(sender_index, nonce_of(1)));
  }
  void generation(std::uint32_t g, Instant now = {}) {
    REQUIRE(ring.prepare(g, secret_of(g)));
    REQUIRE(ring.activate(g, now));
  }
  Bytes seal(std::size_t size = 40, std::size_t prefix = 3, MediaContext context = MediaContext::camera_q) {
    Bytes frame(size, 0x77), out(size + max_seal_overhead);
    out.resize(sealer.seal(context, frame, prefix, out).value());
    return out;
  }
  expected<OpenedFrame, SframeError> open(const Bytes& sealed, std::size_t prefix = 3) {
    opened.assign(sealed.size(), 0);
    auto result = opener.open(sealed, prefix, opened);
    opened.resize(result ? result->size : opened.size());
    return result;
  }
  crypto::InlineAead aead;
  KeyRing ring{MeetingUuid{}};
  FrameSealer sealer;
  FrameOpener opener;
  Bytes opened;
};

TEST_CASE("frame opener: gives the frame back, and who sent it from the authenticated header") {
  Meeting m;
  m.seal();
  const auto opened = m.open(m.seal(100, 10, MediaContext::share_f), 10);
  REQUIRE(opened);
  CHECK(m.opened == Bytes(100, 0x77));
  CHECK(opened->sender_index == 3);
  CHECK(opened->context == MediaContext::share_f);
  CHECK(opened->generation == 1);
  CHECK(opened->counter == 0);
  CHECK(m.open(m.seal())->counter == 1);
  CHECK(m.open(m.seal(0, 0), 0));  // an empty frame
  CHECK(m.opener.counters().opened == 3);
}

TEST_CASE(
    "frame opener: flipping any bit of a frame, clear prefix and header included, changes nothing but a counter") {
  Meeting m;
  const Bytes sealed = m.seal(20, 3);
  for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    Bytes wrong = sealed;
    wrong[bit / 8] = static_cast<std::uint8_t>(wrong[bit / 8] ^ (1U << (bit % 8)));
    CHECK_FALSE(m.open(wrong));
    CHECK(m.opened == Bytes(sealed.size(), 0));
  }
  CHECK(m.opener.counters().opened == 0);
  CHECK(m.open(sealed));  // and the real one still opens
}

TEST_CASE("frame opener: a wrong idea of the clear prefix does not open") {
  Meeting m;
  const Bytes sealed = m.seal(40, 3);
  for (std::size_t prefix = 0; prefix <= 10; ++prefix) {
    if (prefix != 3) CHECK_FALSE(m.open(sealed, prefix));
  }
  CHECK(m.open(sealed, 3));
}

TEST_CASE("frame opener: duplicates and replays are dropped; a late frame inside the window is not") {
  Meeting m;
  const Bytes a = m.seal(), b = m.seal();
  CHECK(m.open(b));
  CHECK(m.open(b).error() == SframeError::replayed);
  CHECK(m.open(a));
  CHECK(m.open(a).error() == SframeError::replayed);
  CHECK(m.opener.counters().replayed == 2);
}

TEST_CASE("frame opener: audio remembers 1024 frames, video 4096") {
  Meeting m;
  for (const auto& [context, window] :
       {std::pair{MediaContext::audio, 1024}, std::pair{MediaContext::camera_f, 4096}}) {
    std::vector<Bytes> frames;
    for (int i = 0; i <= window; ++i) frames.push_back(m.seal(4, 0, context));
    REQUIRE(m.open(frames.back(), 0));
    CHECK(m.open(frames[1], 0));
    CHECK(m.open(frames[0], 0).error() == SframeError::replayed);
  }
}

TEST_CASE(
    "frame opener: unknown generation, sender, context and broken frames are told apart and counted, with no key "
    "tried") {
  Meeting m;
  Meeting other{4};
  CHECK(m.open(other.seal()).error() == SframeError::unknown_sender);
  const auto forged = [](KeyId kid) {
    std::array<std::uint8_t, max_header_size> room{};
    const std::size_t size = write_header({kid, 0}, room);
    Bytes frame(3, 0);
    append(frame, ByteView{room}.first(size));
    append(frame, Bytes(20, 0));
    return frame;
  };
  CHECK(m.open(forged(make_kid(MediaContext::audio, 3, 2))).error() == SframeError::unknown_generation);
  CHECK(m.open(forged(KeyId{9ULL << 24 | 3 << 8 | 1})).error() == SframeError::unknown_context);
  CHECK(m.open(forged(make_kid(MediaContext::audio, 3, 1))).error() == SframeError::authentication_failed);
  CHECK(m.open({}, 0).error() == SframeError::malformed);
  CHECK(m.open(Bytes(2, 0), 3).error() == SframeError::malformed);
  const Bytes whole = m.seal();
  for (std::size_t size = 0; size < 3 + 4 + 16; ++size) {
    CHECK_FALSE(m.open(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size))));
  }
  const OpenCounters& counters = m.opener.counters();
  CHECK(counters.unknown_sender >= 1);
  CHECK(counters.unknown_generation >= 1);
  CHECK(counters.unknown_context == 1);
  CHECK(counters.authentication_failed >= 1);
  CHECK(counters.malformed > 20);
  CHECK(counters.opened == 0);
  CHECK(m.open(whole));
}

TEST_CASE("frame opener: the right key under another KID is not tried") {
  // Two senders; the frame of one is renamed to the other and to the other generation: both keys are here, none opens
  // it.
  Meeting m;
  REQUIRE(m.opener.set_sender(4, nonce_of(2)));
  m.generation(2);
  Bytes sealed = m.seal();
  const ParsedHeader parsed = parse_header(ByteView{sealed}.subspan(3)).value();
  REQUIRE(parsed.header.key_id == make_kid(MediaContext::camera_q, 3, 2));
  for (const KeyId renamed : {make_kid(MediaContext::camera_q, 4, 2), make_kid(MediaContext::camera_q, 3, 1),
                              make_kid(MediaContext::camera_h, 3, 2)}) {
    Bytes wrong = sealed;
    std::array<std::uint8_t, max_header_size> room{};
    REQUIRE(write_header({renamed, parsed.header.counter}, room) == parsed.size);
    std::copy_n(room.begin(), parsed.size, wrong.begin() + 3);
    CHECK(m.open(wrong).error() == SframeError::authentication_failed);
  }
  CHECK(m.open(sealed));
}

TEST_CASE("frame opener: retired generations open for ten seconds, erased ones never") {
  Meeting m;
  const Bytes early = m.seal(), late = m.seal();
  m.generation(2, Instant{5s});
  CHECK(m.open(early)->generation == 1);
  m.ring.advance(Instant{15s});
  m.opener.forget_erased();
  CHECK(m.open(late).error() == SframeError::unknown_generation);
  CHECK(m.open(m.seal())->generation == 2);
}

TEST_CASE("frame opener: a prepared generation opens before it is active here") {
  Meeting sender, receiver;
  sender.generation(2);
  REQUIRE(receiver.ring.prepare(2, secret_of(2)));
  CHECK(receiver.open(sender.seal())->generation == 2);
}

TEST_CASE("frame opener: who left is not opened, and bringing the entry back does not open a replay") {
  Meeting m;
  const Bytes a = m.seal(), b = m.seal();
  REQUIRE(m.open(a));
  m.opener.remove_sender(3);
  CHECK(m.open(b).error() == SframeError::unknown_sender);
  m.opener.forget_erased();
  REQUIRE(m.opener.set_sender(3, nonce_of(1)));
  CHECK(m.open(a).error() == SframeError::replayed);
  CHECK(m.open(b));
}

TEST_CASE("frame opener: an index belongs to one join until its keys are gone") {
  Meeting m;
  REQUIRE(m.open(m.seal()));
  REQUIRE(m.opener.set_sender(3, nonce_of(1)));
  CHECK(m.opener.set_sender(3, nonce_of(9)).error() == SframeError::sender_index_reused);
  m.opener.remove_sender(3);
  CHECK(m.opener.set_sender(3, nonce_of(9)).error() == SframeError::sender_index_reused);
  m.generation(2, Instant{0s});
  m.ring.advance(Instant{10s});
  m.opener.forget_erased();
  CHECK(m.opener.set_sender(3, nonce_of(9)));
}

TEST_CASE("frame opener: with another sender nonce in the roster nothing opens") {
  Meeting sender, receiver{8};
  REQUIRE(receiver.opener.set_sender(3, nonce_of(2)));
  CHECK(receiver.open(sender.seal()).error() == SframeError::authentication_failed);
}

TEST_CASE("frame opener: outputs that are too small and prefixes over the limit are refused") {
  Meeting m;
  const Bytes sealed = m.seal(40, 3);
  Bytes small(39), exact(40);
  CHECK(m.opener.open(sealed, 3, small).error() == SframeError::buffer_too_small);
  CHECK(m.opener.open(sealed, max_clear_prefix_size + 1, exact).error() == SframeError::prefix_too_long);
  CHECK(m.opener.open(sealed, 3, exact));
}

struct Recorder final : OpenListener {
  void on_opened(std::uint64_t ticket, expected<OpenedFrame, SframeError> opened, Bytes frame) override {
    done.push_back({ticket, opened, std::move(frame)});
  }
  struct Done {
    std::uint64_t ticket;
    expected<OpenedFrame, SframeError> opened;
    Bytes frame;
  };
  std::vector<Done> done;
};

TEST_CASE(
    "frame opener: completed later, a copy of a frame under way is a replay, and erased or removed ones are dropped") {
  Meeting sender;
  test::DeferredAead aead;
  KeyRing ring{MeetingUuid{}};
  REQUIRE(ring.prepare(1, secret_of(1)));
  REQUIRE(ring.activate(1, {}));
  Recorder listener;
  FrameOpener opener{aead, ring};
  REQUIRE(opener.set_sender(3, nonce_of(1)));

  const Bytes a = sender.seal(), b = sender.seal(), c = sender.seal();
  opener.open_later(1, a, 3, listener);
  opener.open_later(2, a, 3, listener);
  opener.open_later(3, b, 3, listener);
  CHECK(listener.done.empty());
  aead.complete(2);
  aead.complete(1);
  aead.complete(0);
  REQUIRE(listener.done.size() == 3);
  CHECK(listener.done[0].ticket == 3);
  CHECK(listener.done[0].frame == Bytes(40, 0x77));
  CHECK(listener.done[1].ticket == 2);
  CHECK(listener.done[1].opened);
  CHECK(listener.done[2].ticket == 1);
  CHECK(listener.done[2].opened.error() == SframeError::replayed);
  CHECK(listener.done[2].frame.empty());

  opener.open_later(4, c, 3, listener);
  opener.remove_sender(3);
  aead.complete(0);
  CHECK(listener.done[3].opened.error() == SframeError::unknown_sender);
  REQUIRE(opener.set_sender(3, nonce_of(1)));
  opener.open_later(5, c, 3, listener);
  REQUIRE(ring.prepare(2, secret_of(2)));
  REQUIRE(ring.activate(2, {}));
  ring.advance(Instant{10s});
  opener.forget_erased();
  CHECK(aead.removed.size() == 1);
  aead.complete(0);
  CHECK(listener.done[4].opened.error() == SframeError::unknown_generation);
  opener.open_later(6, Bytes{}, 0, listener);
  CHECK(listener.done[5].opened.error() == SframeError::malformed);
}

}  // namespace
}  // namespace sealhall::sframe
