#include "core/sfu/link.h"

#include <doctest/doctest.h>

#include <vector>

#include "core/base/random.h"

namespace sealhall::sfu {
namespace {

constexpr MeetingUuid meeting{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

Bytes control(const LinkMessage& message) {
  std::array<std::uint8_t, max_link_control_size> out{};
  const std::size_t size = write_link_control(message, out);
  return {out.begin(), out.begin() + static_cast<std::ptrdiff_t>(size)};
}

TEST_CASE("link: a packet comes out as it went in") {
  const LinkMedia media{.ssrc = 0xdeadbeef,
                        .sequence_number = 65535,
                        .timestamp = 0xfffffff0,
                        .payload_type = 111,
                        .marker = true,
                        .has_level = true,
                        .voice = true,
                        .level = 42};
  Bytes datagram(link_media_head_size);
  write_link_media(meeting, 77, media, std::span<std::uint8_t, link_media_head_size>{datagram});
  const Bytes payload{9, 8, 7};
  append(datagram, payload);
  const auto parsed = parse_link(datagram);
  REQUIRE(parsed);
  CHECK(parsed->type == LinkType::media);
  CHECK(parsed->meeting == meeting);
  CHECK(parsed->participant == 77);
  CHECK(parsed->media.ssrc == media.ssrc);
  CHECK(parsed->media.sequence_number == media.sequence_number);
  CHECK(parsed->media.timestamp == media.timestamp);
  CHECK(parsed->media.payload_type == 111);
  CHECK(parsed->media.marker);
  CHECK(parsed->media.has_level);
  CHECK(parsed->media.voice);
  CHECK(parsed->media.level == 42);
  CHECK(equal(parsed->payload, payload));
}

TEST_CASE("link: every control message comes out as it went in, and no shorter or longer one is read") {
  LinkMessage base{.meeting = meeting, .participant = 5};
  std::vector<LinkMessage> messages;
  base.type = LinkType::wanted;
  base.wanted = 0x0a5;
  messages.push_back(base);
  base.type = LinkType::audio_wanted;
  base.audio_wanted = 32;
  messages.push_back(base);
  base.type = LinkType::key_frame;
  base.media.ssrc = 99;
  messages.push_back(base);
  base.type = LinkType::nack;
  base.nacks[0] = 1;
  base.nacks[1] = 65535;
  base.nack_count = 2;
  messages.push_back(base);
  base.type = LinkType::sender_report;
  base.ntp_time = 0x0123456789abcdef;
  base.media.timestamp = 90'000;
  messages.push_back(base);
  for (const LinkMessage& message : messages) {
    const Bytes bytes = control(message);
    const auto parsed = parse_link(bytes);
    REQUIRE(parsed);
    CHECK(parsed->type == message.type);
    CHECK(equal(control(*parsed), bytes));
    CHECK(!parse_link(ByteView{bytes}.first(bytes.size() - 1)));
    Bytes longer = bytes;
    longer.push_back(0);
    CHECK(!parse_link(longer));
  }
}

TEST_CASE("link: values that nobody sends are refused") {
  LinkMessage message{.type = LinkType::audio_wanted, .meeting = meeting, .audio_wanted = 33};
  CHECK(parse_link(control(message)).error() == LinkError::out_of_range);
  message = {.type = LinkType::wanted, .meeting = meeting, .wanted = 0x1000};
  CHECK(parse_link(control(message)).error() == LinkError::out_of_range);
  CHECK(parse_link(Bytes{0}).error() == LinkError::unknown_type);
  CHECK(parse_link(Bytes{7}).error() == LinkError::unknown_type);
  CHECK(parse_link({}).error() == LinkError::truncated);
  Bytes media(link_media_head_size);
  write_link_media(meeting, 1, {}, std::span<std::uint8_t, link_media_head_size>{media});
  REQUIRE(parse_link(media));
  media[31] = 128;
  CHECK(parse_link(media).error() == LinkError::out_of_range);
}

TEST_CASE("link: random datagrams are read within their bounds") {
  SeededRandom random{3};
  for (int i = 0; i < 20'000; ++i) {
    Bytes datagram(static_cast<std::size_t>(random.below(120)));
    random.fill(datagram);
    if (!datagram.empty()) datagram[0] = static_cast<std::uint8_t>(random.below(8));
    const auto parsed = parse_link(datagram);
    if (parsed && parsed->type != LinkType::media) CHECK(equal(control(*parsed), datagram));
  }
}

}  // namespace
}  // namespace sealhall::sfu
