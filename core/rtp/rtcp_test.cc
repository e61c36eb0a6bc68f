#include "core/rtp/rtcp.h"

#include <doctest/doctest.h>

#include "core/base/encoding.h"
#include "core/base/random.h"
#include "core/rtp/test_random.h"

namespace sealhall::rtp::rtcp {
namespace {

Bytes hex(std::string_view text) {
  std::string digits;
  for (const char c : text) {
    if (c != ' ') digits += c;
  }
  auto bytes = from_hex(digits);
  REQUIRE(bytes);
  return *bytes;
}

List<Message> parsed(std::string_view text) {
  auto messages = parse(hex(text));
  REQUIRE(messages);
  return std::move(*messages);
}

template <typename T>
T only(std::string_view text) {
  const auto messages = parsed(text);
  REQUIRE(messages.size() == 1);
  REQUIRE(std::holds_alternative<T>(messages[0]));
  return std::get<T>(messages[0]);
}

RtcpError error_of(std::string_view text) {
  const auto messages = parse(hex(text));
  REQUIRE_FALSE(messages);
  return messages.error();
}

TEST_CASE("rtcp: a sender report with one block, field by field (RFC 3550 section 6.4.1)") {
  const auto report = only<SenderReport>(
      "81 c8 000c 11223344 01020304 05060708 0a0b0c0d 00000064 00001000"
      "55667788 40 fffffe 00012345 00000010 aabbccdd 00018000");
  CHECK(report.sender_ssrc == 0x11223344);
  CHECK(report.ntp_time == 0x0102030405060708);
  CHECK(report.rtp_timestamp == 0x0A0B0C0D);
  CHECK(report.packet_count == 100);
  CHECK(report.octet_count == 4096);
  REQUIRE(report.reports.size() == 1);
  const ReportBlock& block = report.reports[0];
  CHECK(block.ssrc == 0x55667788);
  CHECK(block.fraction_lost == 0x40);
  CHECK(block.cumulative_lost == -2);
  CHECK(block.highest_sequence == 0x12345);
  CHECK(block.jitter == 16);
  CHECK(block.last_sr == 0xAABBCCDD);
  CHECK(block.delay_since_last_sr == 0x18000);
}

TEST_CASE("rtcp: a receiver report, and the two ends of the 24-bit loss count") {
  const auto report = only<ReceiverReport>(
      "82 c9 000d 00000001 00000002 00 7fffff 00000000 00000000 00000000 00000000"
      "00000003 ff 800000 00000000 00000000 00000000 00000000");
  REQUIRE(report.reports.size() == 2);
  CHECK(report.reports[0].cumulative_lost == 0x7FFFFF);
  CHECK(report.reports[1].cumulative_lost == -0x800000);
  CHECK(only<ReceiverReport>("80 c9 0001 00000009").sender_ssrc == 9);
  // A profile-specific extension behind the blocks is skipped.
  CHECK(only<ReceiverReport>("80 c9 0002 00000009 ffffffff").reports.empty());
}

TEST_CASE("rtcp: reports that announce more blocks than they hold are truncated") {
  CHECK(error_of("81 c9 0001 00000001") == RtcpError::truncated);
  CHECK(error_of("80 c9 0000") == RtcpError::truncated);
  CHECK(error_of("80 c8 0005 11223344 01020304 05060708 0a0b0c0d 00000064") == RtcpError::truncated);
  CHECK(error_of("9f c8 0006 11223344 01020304 05060708 0a0b0c0d 00000064 00001000") == RtcpError::truncated);
}

TEST_CASE("rtcp: source descriptions give CNAMEs and skip other items (RFC 3550 section 6.5)") {
  // Chunk 1: NAME "x", CNAME "ab", end, padding; chunk 2: CNAME "", end, one padding byte.
  const auto description = only<SourceDescription>("82 ca 0005 00000001 020178 01026162 00 00000002 0100 00 00");
  REQUIRE(description.chunks.size() == 2);
  CHECK(description.chunks[0].ssrc == 1);
  CHECK(description.chunks[0].cname == "ab");
  CHECK(description.chunks[1].ssrc == 2);
  CHECK(description.chunks[1].cname.empty());
  CHECK(only<SourceDescription>("80 ca 0000").chunks.empty());
  CHECK(error_of("81 ca 0002 00000001 01086162") == RtcpError::truncated);
  CHECK(error_of("81 ca 0002 00000001 01026162") == RtcpError::truncated);  // items without an end
  CHECK(error_of("82 ca 0002 00000001 01016100") == RtcpError::truncated);  // a second chunk is missing
}

TEST_CASE("rtcp: bye with and without a reason (RFC 3550 section 6.6)") {
  CHECK(only<Bye>("82 cb 0002 00000001 00000002").ssrcs == List<std::uint32_t>{1, 2});
  CHECK(only<Bye>("81 cb 0002 00000001 02686900").ssrcs == List<std::uint32_t>{1});
  CHECK(only<Bye>("80 cb 0000").ssrcs.empty());
  CHECK(error_of("82 cb 0001 00000001") == RtcpError::truncated);
}

TEST_CASE("rtcp: a NACK stands for its first number and sixteen bits after it, across the wrap") {
  const auto nack = only<Nack>("81 cd 0004 00000001 00000002 fffe8005 00100000");
  CHECK(nack.sender_ssrc == 1);
  CHECK(nack.media_ssrc == 2);
  CHECK(nack.sequence_numbers == List<std::uint16_t>{0xFFFE, 0xFFFF, 1, 14, 16});
  CHECK(error_of("81 cd 0002 00000001 00000002") == RtcpError::malformed);
  CHECK(error_of("81 cd 0001 00000001") == RtcpError::truncated);
}

TEST_CASE("rtcp: picture loss indication and full intra request") {
  const auto pli = only<Pli>("81 ce 0002 00000001 00000002");
  CHECK(pli.sender_ssrc == 1);
  CHECK(pli.media_ssrc == 2);
  CHECK(error_of("81 ce 0001 00000001") == RtcpError::truncated);
  const auto fir = only<Fir>("84 ce 0006 00000001 00000000 00000007 05000000 00000008 ff000000");
  CHECK(fir.sender_ssrc == 1);
  REQUIRE(fir.entries.size() == 2);
  CHECK(fir.entries[0].ssrc == 7);
  CHECK(fir.entries[0].sequence == 5);
  CHECK(fir.entries[1].sequence == 255);
  CHECK(error_of("84 ce 0002 00000001 00000000") == RtcpError::malformed);
}

TEST_CASE("rtcp: REMB is mantissa times a power of two, other application feedback is skipped") {
  const auto remb = only<Remb>("8f ce 0005 00000001 00000000 52454d42 01 0bffff 00000009");
  CHECK(remb.sender_ssrc == 1);
  CHECK(remb.bitrate_bps == std::uint64_t{0x3FFFF} << 2);
  CHECK(remb.ssrcs == List<std::uint32_t>{9});
  CHECK(parsed("8f ce 0004 00000001 00000000 41424344 00000000").empty());
  CHECK(error_of("8f ce 0004 00000001 00000000 52454d42 01 0bffff") == RtcpError::truncated);
  CHECK(error_of("8f ce 0004 00000001 00000000 52454d42 00 fc0001") == RtcpError::malformed);  // 1 << 63 is over 46
  CHECK(only<Remb>("8f ce 0004 00000001 00000000 52454d42 00 fc0000").bitrate_bps == 0);
  CHECK(only<Remb>("8f ce 0004 00000001 00000000 52454d42 00 bbffff").bitrate_bps == 0x3FFFFULL << 46);
}

TEST_CASE("rtcp: a compound is read in order and unknown types are skipped") {
  const auto messages = parsed(
      "80 c9 0001 00000009"
      "81 cc 0001 00000001"  // APP
      "83 cd 0001 00000001"  // an unknown transport layer format
      "81 ce 0002 00000001 00000002"
      "81 cb 0001 00000009");
  REQUIRE(messages.size() == 3);
  CHECK(std::holds_alternative<ReceiverReport>(messages[0]));
  CHECK(std::holds_alternative<Pli>(messages[1]));
  CHECK(std::holds_alternative<Bye>(messages[2]));
}

TEST_CASE("rtcp: one bad packet makes the whole datagram an error") {
  CHECK(parse({}).error() == RtcpError::truncated);
  CHECK(error_of("80 c9 00") == RtcpError::truncated);
  CHECK(error_of("40 c9 0001 00000009") == RtcpError::wrong_version);
  CHECK(error_of("80 c9 0002 00000009") == RtcpError::truncated);
  CHECK(error_of("80 c9 0001 00000009 81") == RtcpError::truncated);
  CHECK(error_of("80 c9 0001 00000009 c1 cb 0001 00000009") == RtcpError::wrong_version);
}

TEST_CASE("rtcp: padding belongs to the last packet and is at most its body") {
  CHECK(parsed("80 c9 0001 00000009 a1 ce 0003 00000001 00000002 00000004").size() == 2);
  CHECK(error_of("a0 c9 0002 00000009 00000004 81 ce 0002 00000001 00000002") == RtcpError::bad_padding);
  CHECK(error_of("a1 ce 0003 00000001 00000002 00000000") == RtcpError::bad_padding);
  CHECK(error_of("a1 ce 0003 00000001 00000002 0000000d") == RtcpError::bad_padding);
  CHECK(error_of("a1 cb 0000") == RtcpError::bad_padding);
  // Padding that leaves too little of the body.
  CHECK(error_of("a1 ce 0002 00000001 00000004") == RtcpError::truncated);
}

TEST_CASE("rtcp: at most 64 messages come out of a datagram") {
  Bytes many;
  for (int i = 0; i < 200; ++i) append(many, hex("80 c9 0001 00000009"));
  const auto messages = parse(many);
  REQUIRE(messages);
  CHECK(messages->size() == 64);
}

std::vector<std::optional<std::int64_t>> ticks_of(const TransportFeedback& feedback) {
  std::vector<std::optional<std::int64_t>> ticks;
  for (const auto& arrival : feedback.arrivals) {
    ticks.push_back(arrival.at ? std::optional{arrival.at->count() / 250} : std::nullopt);
  }
  return ticks;
}

TEST_CASE("transport feedback: run length chunks of small, large and lost packets") {
  // base 0xFFFF, 6 packets, reference -1, count 7; runs: 2 small, 3 lost, 1 large; deltas 4, 255, -2.
  const auto feedback = only<TransportFeedback>(
      "8f cd 0007 00000001 00000002 ffff 0006 ffffff 07"
      "2002 0003 4001 04 ff fffe 0000");
  CHECK(feedback.sender_ssrc == 1);
  CHECK(feedback.media_ssrc == 2);
  CHECK(feedback.reference_time == -1);
  CHECK(feedback.feedback_count == 7);
  REQUIRE(feedback.arrivals.size() == 6);
  CHECK(feedback.arrivals[0].sequence == 0xFFFF);
  CHECK(feedback.arrivals[1].sequence == 0);
  CHECK(feedback.arrivals[5].sequence == 4);
  CHECK(ticks_of(feedback) == std::vector<std::optional<std::int64_t>>{4, 259, {}, {}, {}, 257});
  CHECK(feedback.arrivals[0].at == Duration{1000});
}

TEST_CASE("transport feedback: a one-bit status vector") {
  // 1 0 1 1 0..., 5 packets: received, lost, received, received, lost.
  const auto feedback = only<TransportFeedback>("8f cd 0006 00000001 00000002 0000 0005 000001 00 ac00 010203 000000");
  CHECK(ticks_of(feedback) == std::vector<std::optional<std::int64_t>>{1, {}, 3, 6, {}});
}

TEST_CASE("transport feedback: a two-bit status vector with large positive and negative deltas") {
  // symbols 1 2 2 0 1: 11 01 10 10 00 01 00 00
  const auto feedback =
      only<TransportFeedback>("8f cd 0006 00000001 00000002 0000 0005 000001 00 da10 01 7fff 8000 05");
  CHECK(ticks_of(feedback) == std::vector<std::optional<std::int64_t>>{1, 32768, 0, {}, 5});
}

TEST_CASE("transport feedback: a vector may hold more symbols than there are packets, a run may be longer") {
  CHECK(only<TransportFeedback>("8f cd 0005 00000001 00000002 0000 0001 000001 00 bfff 01 00").arrivals.size() == 1);
  CHECK(only<TransportFeedback>("8f cd 0005 00000001 00000002 0000 0002 000001 00 3fff 01 02").arrivals.size() == 2);
}

TEST_CASE("transport feedback: missing chunks, missing deltas, reserved symbols and empty lists are refused") {
  CHECK(error_of("8f cd 0003 00000001 00000002 0000 0001") == RtcpError::truncated);
  CHECK(error_of("8f cd 0004 00000001 00000002 0000 0001 000001 00") == RtcpError::truncated);
  CHECK(error_of("8f cd 0005 00000001 00000002 0000 0003 000001 00 2003 0102") == RtcpError::truncated);
  CHECK(error_of("8f cd 0005 00000001 00000002 0000 0003 000001 00 2001 2001") == RtcpError::truncated);
  CHECK(error_of("8f cd 0005 00000001 00000002 0000 0001 000001 00 6001 0000") == RtcpError::malformed);
  CHECK(error_of("8f cd 0005 00000001 00000002 0000 0001 000001 00 f000 0000") == RtcpError::malformed);
  CHECK(error_of("8f cd 0004 00000001 00000002 0000 0000 000001 00") == RtcpError::malformed);
}

TEST_CASE("transport feedback: padded messages may stand in the middle of a compound") {
  const std::string_view padded = "af cd 0005 00000001 00000002 0000 0001 000001 00 2001 05 01";
  CHECK(parsed(std::string{padded} + std::string{padded}).size() == 2);
}

TEST_CASE("transport feedback: one datagram cannot announce more than 65535 arrivals in all") {
  // Eight runs of 8191 lost packets and one of 7: 65535 in 34 bytes.
  const std::string whole = "8f cd 0009 00000001 00000002 0000 ffff 000001 00" +
                            std::string{"1fff 1fff 1fff 1fff 1fff 1fff 1fff 1fff 0007 0000"};
  CHECK(only<TransportFeedback>(whole).arrivals.size() == 65535);
  CHECK(error_of(whole + whole) == RtcpError::malformed);
}

TEST_CASE("ntp: 1970 is 2208988800 seconds after 1900, and the fraction is in 1/2^32") {
  CHECK(ntp_time(UnixMicros{0}) == std::uint64_t{2'208'988'800} << 32);
  CHECK(ntp_time(UnixMicros{1'500'000}) == ((std::uint64_t{2'208'988'801} << 32) | 0x80000000));
  CHECK(ntp_time(UnixMicros{-250'000}) == ((std::uint64_t{2'208'988'799} << 32) | 0xC0000000));
  CHECK(middle_of(0x0102030405060708) == 0x03040506);
}

TEST_CASE("rtcp: random bodies under known types are read or refused without harm") {
  SeededRandom random{21};
  std::size_t accepted = 0;
  for (int round = 0; round < 30000; ++round) {
    Bytes bytes(4 + 4 * size_below(random, 12));
    random.fill(bytes);
    constexpr std::array<std::uint8_t, 6> types{200, 201, 202, 203, 205, 206};
    constexpr std::array<std::uint8_t, 4> formats{1, 4, 15, 2};
    bytes[0] = static_cast<std::uint8_t>(0x80 | formats[size_below(random, 4)]);
    bytes[1] = types[size_below(random, 6)];
    store_u16(&bytes[2], static_cast<std::uint16_t>(bytes.size() / 4 - 1));
    if (bytes.size() >= 16 && random.chance(0.5)) store_u16(&bytes[14], static_cast<std::uint16_t>(random.below(20)));
    if (parse(bytes)) ++accepted;
  }
  CHECK(accepted > 1000);
}

}  // namespace
}  // namespace sealhall::rtp::rtcp
