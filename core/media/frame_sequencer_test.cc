#include "core/media/frame_sequencer.h"

#include <doctest/doctest.h>

#include "core/media/video_testing.h"

using namespace sealhall;
using namespace sealhall::media;
using namespace sealhall::media::testing;
using namespace std::chrono_literals;

namespace {

/// Frames of a pretend encoder that reach the sequencer by their number in encoding order.
class Feed {
 public:
  explicit Feed(std::size_t frames, std::size_t key_every = 0, bool layers = true) {
    PretendEncoder encoder;
    encoder.use_layers(layers);
    for (std::size_t i = 0; i < frames; ++i) {
      const bool key = i == 0 || (key_every != 0 && i % key_every == 0);
      for (const auto& packet : encoder.next(key)) {
        auto result = assembler.insert(packet.view(), Instant{});
        if (result.frame) all_.push_back(*result.frame);
      }
    }
  }
  void give(std::size_t i) { sequencer.insert(all_[i], now); }
  /// Numbers of the frames given out now.
  std::vector<std::size_t> out() {
    std::vector<std::size_t> numbers;
    while (auto frame = sequencer.pop(assembler, now)) {
      for (std::size_t i = 0; i < all_.size(); ++i) {
        if (all_[i].first == frame->frame.first) numbers.push_back(i);
      }
      skipped = frame->after_skip;
    }
    return numbers;
  }
  FrameAssembler assembler{1024};
  FrameSequencer sequencer{FrameSequencer::Config{}};
  Instant now{};
  bool skipped = false;

 private:
  std::vector<AssembledFrame> all_;
};

using Numbers = std::vector<std::size_t>;

}  // namespace

TEST_CASE("sequencer: frames in order go straight out; reordered ones wait for their turn") {
  Feed feed{8};
  feed.give(0);
  CHECK(feed.out() == Numbers{0});
  feed.give(2);
  CHECK(feed.out() == Numbers{});
  feed.give(1);
  CHECK(feed.out() == Numbers{1, 2});
  CHECK_FALSE(feed.skipped);
  feed.give(1);
  CHECK(feed.out() == Numbers{});
}

TEST_CASE("sequencer: nothing but a key frame starts a picture, and it is asked for at once") {
  Feed feed{12, 8};
  feed.give(3);
  feed.give(4);
  CHECK(feed.out() == Numbers{});
  CHECK(feed.sequencer.key_frame_needed(feed.now));
  feed.give(8);
  CHECK(feed.out() == Numbers{8});
  CHECK_FALSE(feed.sequencer.key_frame_needed(feed.now));
}

TEST_CASE("sequencer: a key frame that completes after later frames brings them on") {
  Feed feed{4};
  feed.give(1);
  feed.give(2);
  CHECK(feed.out() == Numbers{});
  feed.give(0);
  CHECK(feed.out() == Numbers{0, 1, 2});
}

TEST_CASE("sequencer: a missing frame of the highest layer is passed over after the short wait") {
  Feed feed{9};
  for (const std::size_t i : {0U, 1U, 2U, 4U}) feed.give(i);  // 3 is a layer 2 frame, 4 the next base
  CHECK(feed.out() == Numbers{0, 1, 2});
  CHECK(feed.sequencer.next_deadline() == feed.now + 80ms);
  feed.now += 79ms;
  CHECK(feed.out() == Numbers{});
  CHECK_FALSE(feed.sequencer.key_frame_needed(feed.now));
  feed.now += 1ms;
  CHECK(feed.out() == Numbers{4});
  CHECK(feed.skipped);
  CHECK(feed.sequencer.skipped_pictures() == 1);
  feed.give(3);  // too late
  for (const std::size_t i : {5U, 6U, 7U, 8U}) feed.give(i);
  CHECK(feed.out() == Numbers{5, 6, 7, 8});
}

TEST_CASE("sequencer: a missing layer 1 frame takes the layer 2 frame that stands on it along, not the base") {
  Feed feed{9};
  for (const std::size_t i : {0U, 1U, 3U, 4U, 5U}) feed.give(i);
  CHECK(feed.out() == Numbers{0, 1});
  feed.now += 80ms;
  CHECK(feed.out() == Numbers{4, 5});
  CHECK(feed.sequencer.skipped_pictures() == 2);
}

TEST_CASE("sequencer: after a gap was passed over, only Y frames are trusted until their layer is whole again") {
  Feed feed{9};
  for (const std::size_t i : {0U, 2U, 3U, 4U, 5U, 6U, 7U}) feed.give(i);  // 1 is lost: what layer was it?
  CHECK(feed.out() == Numbers{0});
  feed.now += 80ms;
  // 2 has Y. 3 has not, and could refer to 1; the Y frames of the next period heal the layers.
  CHECK(feed.out() == Numbers{2, 4, 5, 6, 7});
}

TEST_CASE("sequencer: a missing base frame blocks until it comes, a key frame is needed after the patience") {
  Feed feed{20, 12};
  for (std::size_t i = 0; i < 4; ++i) feed.give(i);
  for (std::size_t i = 5; i < 11; ++i) feed.give(i);
  CHECK(feed.out() == Numbers{0, 1, 2, 3});
  feed.now += 199ms;
  CHECK(feed.out() == Numbers{});
  CHECK_FALSE(feed.sequencer.key_frame_needed(feed.now));
  feed.now += 1ms;
  CHECK(feed.out() == Numbers{});
  CHECK(feed.sequencer.key_frame_needed(feed.now));
  SUBCASE("the retransmission comes late and heals it") {
    feed.give(4);
    CHECK(feed.out() == Numbers{4, 5, 6, 7, 8, 9, 10});
    CHECK_FALSE(feed.sequencer.key_frame_needed(feed.now));
  }
  SUBCASE("the key frame comes and everything before it is dropped") {
    feed.give(12);
    CHECK(feed.out() == Numbers{12});
    CHECK(feed.skipped);
    feed.give(13);
    CHECK(feed.out() == Numbers{13});
  }
}

TEST_CASE("sequencer: frames without temporal layers stand on the frame before") {
  Feed feed{20, 10, false};
  for (const std::size_t i : {0U, 1U, 3U, 4U}) feed.give(i);
  CHECK(feed.out() == Numbers{0, 1});
  feed.now += 1s;
  CHECK(feed.out() == Numbers{});
  CHECK(feed.sequencer.key_frame_needed(feed.now));
  feed.give(10);
  CHECK(feed.out() == Numbers{10});
}

TEST_CASE("sequencer: a restart gives nothing but a key frame") {
  Feed feed{20, 10};
  for (std::size_t i = 0; i < 5; ++i) feed.give(i);
  CHECK(feed.out() == Numbers{0, 1, 2, 3, 4});
  feed.sequencer.restart();
  for (std::size_t i = 5; i < 10; ++i) feed.give(i);
  CHECK(feed.out() == Numbers{});
  CHECK(feed.sequencer.key_frame_needed(feed.now));
  feed.give(10);
  CHECK(feed.out() == Numbers{10});
}

TEST_CASE("sequencer: memory is bounded while a key frame is awaited, and the stream recovers") {
  Feed feed{400, 350};
  feed.give(0);
  (void)feed.out();
  for (std::size_t i = 5; i < 350; ++i) {
    feed.give(i);
    feed.now += 33ms;
    for (const std::size_t n : feed.out()) CHECK(n > 0);
    REQUIRE(feed.sequencer.frames_held() <= 64);
    REQUIRE(feed.sequencer.bytes_held() <= 2'000'000);
  }
  feed.give(350);
  CHECK(feed.out() == Numbers{350});
  CHECK(feed.sequencer.bytes_held() == 0);
}
