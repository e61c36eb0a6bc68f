#include "core/rtp/reception_statistics.h"

#include <doctest/doctest.h>

#include <cmath>

#include "core/base/random.h"

namespace sealhall::rtp {
namespace {

using namespace std::chrono_literals;

// A 20 ms audio stream whose packet n has sequence `first + n`; arrives exactly on time.
void feed(ReceptionStatistics& statistics, std::uint32_t first, std::uint32_t from, std::uint32_t to) {
  for (std::uint32_t n = from; n < to; ++n) {
    statistics.on_packet(static_cast<std::uint16_t>(first + n), n * 960, Instant{n * 20ms});
  }
}

TEST_CASE("reception: nothing to report before the first packet, no loss after it") {
  ReceptionStatistics statistics{5, 48'000};
  CHECK_FALSE(statistics.report(Instant{}));
  CHECK(statistics.cumulative_lost() == 0);
  feed(statistics, 100, 0, 1);
  const auto block = statistics.report(Instant{});
  REQUIRE(block);
  CHECK(block->ssrc == 5);
  CHECK(block->highest_sequence == 100);
  CHECK(block->fraction_lost == 0);
  CHECK(block->cumulative_lost == 0);
  CHECK(block->jitter == 0);
  CHECK(block->last_sr == 0);
  CHECK(block->delay_since_last_sr == 0);
}

TEST_CASE("reception: the fraction is of the last interval, the count of the whole stream") {
  ReceptionStatistics statistics{5, 48'000};
  feed(statistics, 0, 0, 50);
  feed(statistics, 0, 75, 100);  // 25 of 100 missing
  auto block = statistics.report(Instant{});
  CHECK(block->fraction_lost == 64);
  CHECK(block->cumulative_lost == 25);
  CHECK(block->highest_sequence == 99);
  feed(statistics, 0, 100, 200);
  block = statistics.report(Instant{});
  CHECK(block->fraction_lost == 0);
  CHECK(block->cumulative_lost == 25);
  block = statistics.report(Instant{});  // nothing expected since
  CHECK(block->fraction_lost == 0);
}

TEST_CASE("reception: duplicates make the count negative, never the fraction") {
  ReceptionStatistics statistics{5, 48'000};
  feed(statistics, 0, 0, 10);
  feed(statistics, 0, 0, 10);
  const auto block = statistics.report(Instant{});
  CHECK(block->cumulative_lost == -10);
  CHECK(block->fraction_lost == 0);
}

TEST_CASE("reception: almost everything lost is 255 of 256 at most") {
  ReceptionStatistics statistics{5, 48'000};
  feed(statistics, 0, 0, 1);
  (void)statistics.report(Instant{});
  feed(statistics, 0, 2999, 3000);
  CHECK(statistics.report(Instant{})->fraction_lost == 255);
}

TEST_CASE("reception: the highest sequence number is extended over wraps, late packets do not move it") {
  ReceptionStatistics statistics{5, 48'000};
  feed(statistics, 65'000, 0, 1000);
  CHECK(statistics.report(Instant{})->highest_sequence == 65'999);
  feed(statistics, 65'000, 990, 991);
  const auto block = statistics.report(Instant{});
  CHECK(block->highest_sequence == 65'999);
  CHECK(block->cumulative_lost == -1);
}

TEST_CASE("reception: one stray packet is ignored, two in a row restart the count (RFC 3550 section A.1)") {
  ReceptionStatistics statistics{5, 48'000};
  feed(statistics, 0, 0, 100);
  feed(statistics, 30'000, 0, 1);
  CHECK(statistics.report(Instant{})->highest_sequence == 99);
  feed(statistics, 0, 100, 110);
  CHECK(statistics.report(Instant{})->cumulative_lost == 0);
  feed(statistics, 40'000, 0, 10);
  const auto block = statistics.report(Instant{});
  CHECK(block->highest_sequence == 40'009);
  CHECK(block->cumulative_lost == 0);
  CHECK(block->fraction_lost == 0);
}

TEST_CASE("reception: jitter settles at the mean difference of transit times (RFC 3550 section A.8)") {
  ReceptionStatistics statistics{5, 90'000};
  // Every other packet 10 ms late: |D| is 10 ms, 900 units, for each packet.
  for (std::uint32_t n = 0; n < 400; ++n) {
    statistics.on_packet(static_cast<std::uint16_t>(n), n * 3000,
                         Instant{Duration{n * 1'000'000 / 30} + (n % 2 == 0 ? 10ms : 0ms)});
  }
  CHECK(statistics.report(Instant{})->jitter >= 890);
  CHECK(statistics.report(Instant{})->jitter <= 910);
  CHECK(to_millis(statistics.jitter()) >= 9);
  CHECK(to_millis(statistics.jitter()) <= 10);
}

TEST_CASE("reception: jitter follows the RFC's recursion step by step, across timestamp and clock wraps") {
  SeededRandom random{13};
  ReceptionStatistics statistics{5, 48'000};
  double jitter = 0;
  std::int64_t before = 0;
  const std::uint32_t start = 0xFFFFFFFF - 960 * 100;
  for (std::uint32_t n = 0; n < 1000; ++n) {
    const auto late = static_cast<std::int64_t>(random.below(400));  // units
    statistics.on_packet(static_cast<std::uint16_t>(n), start + n * 960,
                         Instant{24h + n * 20ms + Duration{(late * 1'000'000 + 47'999) / 48'000}});
    if (n > 0) jitter += (std::abs(static_cast<double>(late - before)) - jitter) / 16;
    before = late;
  }
  CHECK(statistics.report(Instant{})->jitter == doctest::Approx(jitter).epsilon(0.03));
}

TEST_CASE("reception: LSR and DLSR of the last sender report") {
  ReceptionStatistics statistics{5, 48'000};
  feed(statistics, 0, 0, 1);
  statistics.on_sender_report(0x0102030405060708, Instant{1s});
  const auto block = statistics.report(Instant{2s + 500ms});
  CHECK(block->last_sr == 0x03040506);
  CHECK(block->delay_since_last_sr == 65536 + 32768);
  CHECK(statistics.report(Instant{0s})->delay_since_last_sr == 0);  // never negative
  CHECK(statistics.report(Instant{100h})->delay_since_last_sr >= 0xFFFF0000U);
}

TEST_CASE("reception: agrees with a plain count over random loss") {
  SeededRandom random{14};
  for (int round = 0; round < 20; ++round) {
    ReceptionStatistics statistics{1, 48'000};
    const double loss = random.unit() * 0.5;
    const auto first = static_cast<std::uint16_t>(random.next());
    std::uint32_t lost = 0;
    std::uint32_t pending = 0;
    for (std::uint32_t n = 0; n < 5000; ++n) {
      if (n > 0 && random.chance(loss)) {
        ++pending;
        continue;
      }
      feed(statistics, first, n, n + 1);
      lost += pending;
      pending = 0;
    }
    CHECK(statistics.cumulative_lost() == lost);
    CHECK(statistics.packets_received() == 5000 - lost - pending);
  }
}

}  // namespace
}  // namespace sealhall::rtp
