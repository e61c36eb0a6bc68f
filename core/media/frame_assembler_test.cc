#include "core/media/frame_assembler.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "core/base/random.h"
#include "core/media/video_testing.h"

using namespace sealhall;
using namespace sealhall::media;
using namespace sealhall::media::testing;
using Insert = FrameAssembler::Insert;

TEST_CASE("assembler: a frame is complete with its last packet, in whatever order they come") {
  SeededRandom random{1};
  for (int round = 0; round < 50; ++round) {
    PretendEncoder encoder{static_cast<std::uint16_t>(65'530 + round)};
    FrameAssembler assembler{64};
    auto packets = encoder.next(true, 9000);
    for (std::size_t i = packets.size(); i > 1; --i)
      std::swap(packets[i - 1], packets[static_cast<std::size_t>(random.below(i))]);
    for (std::size_t i = 0; i < packets.size(); ++i) {
      const auto result = assembler.insert(packets[i].view(i == 3), Instant{Duration{static_cast<std::int64_t>(i)}});
      CHECK(result.insert == Insert::kept);
      REQUIRE(result.frame.has_value() == (i + 1 == packets.size()));
      if (!result.frame) continue;
      CHECK(result.frame->data == make_frame(true, 9000, 1));
      CHECK(result.frame->key_frame);
      CHECK(result.frame->retransmitted);
      CHECK(result.frame->first_arrival == Instant{});
      CHECK(result.frame->complete_at == Instant{Duration{static_cast<std::int64_t>(packets.size() - 1)}});
      CHECK(rtp::distance(result.frame->first, result.frame->last) == static_cast<std::int64_t>(packets.size() - 1));
    }
    CHECK(assembler.packets_held() == 0);
  }
}

TEST_CASE("assembler: duplicates, before and after completion, are told and give no second frame") {
  PretendEncoder encoder;
  FrameAssembler assembler{64};
  const auto packets = encoder.next(true, 3000);
  int frames = 0;
  for (int round = 0; round < 3; ++round) {
    for (const auto& packet : packets) {
      for (int copy = 0; copy < 2; ++copy) {
        const auto result = assembler.insert(packet.view(), Instant{});
        frames += result.frame ? 1 : 0;
        CHECK((result.insert == Insert::duplicate) == (round > 0 || copy > 0));
      }
    }
  }
  CHECK(frames == 1);
}

TEST_CASE("assembler: what was cleared comes late and is not kept") {
  PretendEncoder encoder{100};
  FrameAssembler assembler{64};
  const auto first = encoder.next(true, 3000);
  const auto second = encoder.next(false, 1000);
  (void)assembler.insert(first[0].view(), Instant{});
  const auto result = assembler.insert(second[0].view(), Instant{});
  REQUIRE(result.frame.has_value());
  assembler.clear_to(result.frame->last);
  CHECK(assembler.packets_held() == 0);
  CHECK(assembler.insert(first[1].view(), Instant{}).insert == Insert::late);
}

TEST_CASE("assembler: memory is bounded; old packets give way to new ones and the count says so") {
  PretendEncoder encoder{0};
  FrameAssembler assembler{64};
  for (int i = 0; i < 500; ++i) {
    auto packets = encoder.next(i == 0, 2500);
    packets.pop_back();  // no frame ever completes
    for (const auto& packet : packets) CHECK_FALSE(assembler.insert(packet.view(), Instant{}).frame.has_value());
    REQUIRE(assembler.packets_held() <= 64);
  }
  CHECK(assembler.evicted() > 800);
}

TEST_CASE("assembler: packets that contradict each other never become a frame") {
  PretendEncoder encoder{10};
  auto packets = encoder.next(true, 3000);
  FrameAssembler assembler{64};
  packets[1].timestamp += 1;
  for (const auto& packet : packets) CHECK_FALSE(assembler.insert(packet.view(), Instant{}).frame.has_value());
  CHECK(assembler.insert(VideoPacket{99, 0, true, false, {}}, Instant{}).insert == Insert::malformed);
  const Bytes only_descriptor{0x90, 0x80, 0x80};
  CHECK(assembler.insert(VideoPacket{98, 0, true, false, only_descriptor}, Instant{}).insert == Insert::malformed);
  const Bytes huge(1501, 0x10);
  CHECK(assembler.insert(VideoPacket{97, 0, true, false, huge}, Instant{}).insert == Insert::malformed);
}

TEST_CASE("assembler: knows which numbers were padding") {
  PretendEncoder encoder{10};
  FrameAssembler assembler{64};
  const auto a = assembler.insert(encoder.next(true, 100)[0].view(), Instant{});
  assembler.insert_padding(11);
  assembler.insert_padding(12);
  auto packet = encoder.next(false, 100)[0];
  packet.sequence_number = 13;
  const auto b = assembler.insert(packet.view(), Instant{});
  REQUIRE((a.frame && b.frame));
  CHECK(assembler.only_padding_between(a.frame->last, b.frame->first));
  packet.sequence_number = 15;
  packet.timestamp += 1;
  const auto c = assembler.insert(packet.view(), Instant{});
  REQUIRE(c.frame);
  CHECK_FALSE(assembler.only_padding_between(b.frame->last, c.frame->first));
}
