#include <doctest/doctest.h>

#include "core/base/encoding.h"
#include "core/base/random.h"
#include "core/rtp/rtcp.h"
#include "core/rtp/test_random.h"

namespace sealhall::rtp::rtcp {
namespace {

std::string written(const std::vector<Message>& messages) {
  std::array<std::uint8_t, 1500> out{};
  const auto size = write(messages, out);
  REQUIRE(size);
  CHECK(*size % 4 == 0);
  return to_hex(ByteView{out}.first(*size));
}

// Writes and reads back one message; every shorter buffer must be refused.
template <typename T>
T round_trip(const T& message) {
  std::vector<std::uint8_t> out(70'000);
  const std::vector<Message> messages{message};
  const auto size = write(messages, out);
  REQUIRE(size);
  for (const std::size_t less : {std::size_t{0}, *size / 2, *size - 1}) {
    const auto failed = write(messages, MutableBytes{out}.first(less));
    REQUIRE_FALSE(failed);
    CHECK(failed.error() == RtcpError::buffer_too_small);
  }
  REQUIRE(write(messages, MutableBytes{out}.first(*size)) == *size);
  const auto parsed = parse(ByteView{out}.first(*size));
  REQUIRE(parsed);
  REQUIRE(parsed->size() == 1);
  REQUIRE(std::holds_alternative<T>(parsed->front()));
  return std::get<T>(parsed->front());
}

TEST_CASE("rtcp write: reports byte by byte") {
  const ReportBlock block{.ssrc = 0x55667788,
                          .fraction_lost = 0x40,
                          .cumulative_lost = -2,
                          .highest_sequence = 0x12345,
                          .jitter = 16,
                          .last_sr = 0xAABBCCDD,
                          .delay_since_last_sr = 0x18000};
  CHECK(written({SenderReport{0x11223344, 0x0102030405060708, 0x0A0B0C0D, 100, 4096, {block}}}) ==
        "81c8000c1122334401020304050607080a0b0c0d0000006400001000"
        "5566778840fffffe0001234500000010aabbccdd00018000");
  CHECK(written({ReceiverReport{9, {}}}) == "80c9000100000009");
}

TEST_CASE("rtcp write: a compound of report, description and feedback") {
  CHECK(written({ReceiverReport{9, {}}, SourceDescription{{{9, "abc"}}}, Pli{9, 8}, Fir{9, {{8, 3}}}, Bye{{9}}}) ==
        "80c9000100000009"
        "81ca00030000000901036162"
        "63000000"
        "81ce00020000000900000008"
        "84ce0004000000090000000000000008"
        "03000000"
        "81cb000100000009");
}

TEST_CASE("rtcp write: CNAMEs of every length end in at least one zero byte") {
  for (std::size_t length = 0; length <= 255; ++length) {
    const auto back = round_trip(SourceDescription{{{1, std::pmr::string(length, 'n')}, {2, "tail"}}});
    REQUIRE(back.chunks.size() == 2);
    CHECK(back.chunks[0].cname == std::pmr::string(length, 'n'));
    CHECK(back.chunks[1].cname == "tail");
  }
}

TEST_CASE("rtcp write: the loss count saturates instead of wrapping") {
  const auto back = round_trip(ReceiverReport{1, {{.cumulative_lost = 0x1000000}, {.cumulative_lost = -0x1000000}}});
  CHECK(back.reports[0].cumulative_lost == 0x7FFFFF);
  CHECK(back.reports[1].cumulative_lost == -0x800000);
}

TEST_CASE("rtcp write: NACK numbers are gathered into masks, across the wrap") {
  CHECK(written({Nack{1, 2, {0xFFFE, 0xFFFF, 1, 14, 15}}}) == "81cd00040000000100000002fffe8005000f0000");
  CHECK(written({Nack{1, 2, {100, 116}}}) == "81cd0003000000010000000200648000");
  CHECK(written({Nack{1, 2, {100, 117}}}) == "81cd000400000001000000020064000000750000");
  std::array<std::uint8_t, 64> out{};
  CHECK(write(std::vector<Message>{Nack{1, 2, {}}}, out).error() == RtcpError::malformed);
}

TEST_CASE("rtcp write: any ascending list of lost packets comes back whole") {
  SeededRandom random{5};
  for (int round = 0; round < 500; ++round) {
    Nack nack{random.u32(), random.u32(), {}};
    auto at = static_cast<std::uint16_t>(random.next());
    const std::size_t count = 1 + size_below(random, 100);
    for (std::size_t i = 0; i < count; ++i) {
      nack.sequence_numbers.push_back(at);
      at = static_cast<std::uint16_t>(at + 1 + random.below(random.chance(0.1) ? 200 : 4));
    }
    const auto back = round_trip(nack);
    CHECK(back.sequence_numbers == nack.sequence_numbers);
    CHECK(back.media_ssrc == nack.media_ssrc);
  }
}

TEST_CASE("rtcp write: REMB rounds down to 18 bits") {
  CHECK(round_trip(Remb{1, 0x3FFFF, {7}}).bitrate_bps == 0x3FFFF);
  CHECK(round_trip(Remb{1, 0x7FFFF, {}}).bitrate_bps == 0x7FFFE);
  CHECK(round_trip(Remb{1, ~std::uint64_t{0}, {}}).bitrate_bps == std::uint64_t{0x3FFFF} << 46);
}

TransportFeedback feedback_of(const std::vector<std::optional<std::int64_t>>& ticks) {
  TransportFeedback feedback{.sender_ssrc = 1, .media_ssrc = 2, .reference_time = 3, .feedback_count = 4};
  std::uint16_t sequence = 0xFFF0;
  for (const auto& tick : ticks) {
    feedback.arrivals.push_back({sequence++, tick ? std::optional{*tick * Duration{250}} : std::nullopt});
  }
  return feedback;
}

void check_same(const TransportFeedback& a, const TransportFeedback& b) {
  CHECK(a.reference_time == b.reference_time);
  CHECK(a.feedback_count == b.feedback_count);
  REQUIRE(a.arrivals.size() == b.arrivals.size());
  for (std::size_t i = 0; i < a.arrivals.size(); ++i) {
    CHECK(a.arrivals[i].sequence == b.arrivals[i].sequence);
    CHECK(a.arrivals[i].at == b.arrivals[i].at);
  }
}

TEST_CASE("transport feedback write: the shortest chunk for each pattern") {
  // All received in small steps: one run.
  CHECK(written({feedback_of({1, 2, 3})}) ==
        "8fcd0006"
        "00000001"
        "00000002"
        "fff00003"
        "00000304"
        "2003"
        "010101"
        "000000");
  // Mixed received and lost: a one-bit vector.
  std::vector<std::optional<std::int64_t>> mixed;
  for (int i = 0; i < 14; ++i) mixed.push_back(i % 2 == 0 ? std::optional<std::int64_t>{i} : std::nullopt);
  CHECK(written({feedback_of(mixed)}) ==
        "8fcd0007"
        "00000001"
        "00000002"
        "fff0000e"
        "00000304"
        "aaaa"
        "00020202020202"
        "000000");
  // A large step within: two-bit vector of seven.
  CHECK(written({feedback_of({1, 300, {}, 299})}) ==
        "8fcd0006"
        "00000001"
        "00000002"
        "fff00004"
        "00000304"
        "d880"
        "01"
        "012b"
        "ffff"
        "00");
}

TEST_CASE("transport feedback write: long lost runs, long large runs and the longest list survive") {
  std::vector<std::optional<std::int64_t>> ticks(20'000);
  ticks.front() = 0;
  ticks.back() = 5;
  check_same(round_trip(feedback_of(ticks)), feedback_of(ticks));
  std::vector<std::optional<std::int64_t>> large;
  for (int i = 0; i < 30; ++i) large.emplace_back(i % 2 == 0 ? 1000 : 0);
  check_same(round_trip(feedback_of(large)), feedback_of(large));
  std::vector<std::optional<std::int64_t>> longest(65535);
  longest.back() = 1;
  check_same(round_trip(feedback_of(longest)), feedback_of(longest));
}

TEST_CASE("transport feedback write: arrivals are rounded to 250 us without drift") {
  TransportFeedback feedback = feedback_of({});
  for (int i = 0; i < 200; ++i) {
    feedback.arrivals.push_back({static_cast<std::uint16_t>(i), Duration{i * 333 - 400}});
  }
  const auto back = round_trip(feedback);
  for (std::size_t i = 0; i < 200; ++i) {
    const Duration error = *feedback.arrivals[i].at - *back.arrivals[i].at;
    CHECK(error.count() >= 0);
    CHECK(error.count() < 250);
  }
}

TEST_CASE("transport feedback write: what the wire cannot carry is refused") {
  std::array<std::uint8_t, 200> out{};
  const auto error_of = [&](const TransportFeedback& feedback) {
    const auto result = write(std::vector<Message>{feedback}, out);
    return result ? std::optional<RtcpError>{} : result.error();
  };
  CHECK(error_of(feedback_of({})) == RtcpError::malformed);
  CHECK_FALSE(error_of(feedback_of({32767, -1})));
  CHECK(error_of(feedback_of({32768})) == RtcpError::malformed);
  CHECK(error_of(feedback_of({0, -32769})) == RtcpError::malformed);
  TransportFeedback gap = feedback_of({1, 2});
  gap.arrivals[1].sequence = 7;
  CHECK(error_of(gap) == RtcpError::malformed);
  TransportFeedback late = feedback_of({1});
  late.reference_time = 0x800000;
  CHECK(error_of(late) == RtcpError::malformed);
  late.reference_time = -0x800000;
  CHECK_FALSE(error_of(late));
}

TEST_CASE("transport feedback write: every pattern of loss and delay comes back the same") {
  SeededRandom random{17};
  for (int round = 0; round < 1500; ++round) {
    const double loss = random.unit();
    const double large = random.unit() * random.unit();
    std::vector<std::optional<std::int64_t>> ticks;
    std::int64_t at = 0;
    std::int64_t last = 0;
    const std::size_t count = 1 + size_below(random, 120);
    for (std::size_t i = 0; i < count; ++i) {
      at += random.chance(large) ? static_cast<std::int64_t>(random.below(60'000)) - 30'000
                                 : static_cast<std::int64_t>(random.below(256));
      ticks.push_back(random.chance(loss) ? std::nullopt : std::optional{at});
      if (!ticks.back()) at = last;
      last = at;
    }
    check_same(round_trip(feedback_of(ticks)), feedback_of(ticks));
  }
}

TEST_CASE("rtcp write: whole compounds come back in order") {
  SeededRandom random{9};
  for (int round = 0; round < 300; ++round) {
    std::vector<Message> messages;
    SenderReport report{random.u32(), random.u64(), random.u32(), random.u32(), random.u32(), {}};
    for (std::size_t i = size_below(random, 32); i > 0; --i) {
      report.reports.push_back({.ssrc = random.u32(),
                                .fraction_lost = static_cast<std::uint8_t>(random.below(256)),
                                .cumulative_lost = static_cast<std::int32_t>(random.below(0x1000000)) - 0x800000,
                                .highest_sequence = random.u32(),
                                .jitter = random.u32()});
    }
    messages.emplace_back(report);
    messages.emplace_back(Fir{random.u32(), {{random.u32(), 1}, {random.u32(), 2}}});
    messages.emplace_back(Bye{{1, 2, 3}});
    Bytes out(1500);
    const auto size = write(messages, out);
    REQUIRE(size);
    const auto back = parse(ByteView{out}.first(*size));
    REQUIRE(back);
    REQUIRE(back->size() == 3);
    const auto& sr = std::get<SenderReport>((*back)[0]);
    CHECK(sr.ntp_time == report.ntp_time);
    REQUIRE(sr.reports.size() == report.reports.size());
    for (std::size_t i = 0; i < sr.reports.size(); ++i) {
      CHECK(sr.reports[i].ssrc == report.reports[i].ssrc);
      CHECK(sr.reports[i].cumulative_lost == report.reports[i].cumulative_lost);
      CHECK(sr.reports[i].jitter == report.reports[i].jitter);
    }
    CHECK(std::get<Fir>((*back)[1]).entries.size() == 2);
    CHECK(std::get<Bye>((*back)[2]).ssrcs == List<std::uint32_t>{1, 2, 3});
  }
}

}  // namespace
}  // namespace sealhall::rtp::rtcp
