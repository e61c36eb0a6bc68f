#include "core/rtp/sender_statistics.h"

#include <doctest/doctest.h>

namespace sealhall::rtp {
namespace {

using namespace std::chrono_literals;

TEST_CASE("sender report: nothing before the first packet, then counts and a timestamp for the report's own moment") {
  SenderStatistics statistics{7, 90'000};
  CHECK_FALSE(statistics.report(Instant{}, UnixMicros{0}));
  statistics.on_sent(100, 1000, Instant{1s});
  statistics.on_sent(50, 4000, Instant{2s});
  const auto report = statistics.report(Instant{2s + 500ms}, UnixMicros{1'000'000});
  REQUIRE(report);
  CHECK(report->sender_ssrc == 7);
  CHECK(report->packet_count == 2);
  CHECK(report->octet_count == 150);
  CHECK(report->rtp_timestamp == 4000 + 45'000);
  CHECK(report->ntp_time == rtcp::ntp_time(UnixMicros{1'000'000}));
  CHECK(report->reports.empty());
}

TEST_CASE("sender report: the timestamp wraps, and a capture in the future counts back") {
  SenderStatistics statistics{7, 48'000};
  statistics.on_sent(1, 0xFFFFFFFF, Instant{1s});
  CHECK(statistics.report(Instant{1s + 1ms}, UnixMicros{0})->rtp_timestamp == 47);
  CHECK(statistics.report(Instant{1s - 1ms}, UnixMicros{0})->rtp_timestamp == 0xFFFFFFFF - 48);
}

TEST_CASE("round trip: arrival minus LSR minus DLSR") {
  const UnixMicros sent{1'700'000'000'000'000};
  rtcp::ReportBlock block{.last_sr = rtcp::middle_of(rtcp::ntp_time(sent)), .delay_since_last_sr = 65536};
  const auto rtt = round_trip(block, UnixMicros{static_cast<std::int64_t>(sent) + 1'050'000});
  REQUIRE(rtt);
  CHECK(rtt->count() > 49'900);
  CHECK(rtt->count() < 50'100);
  CHECK_FALSE(round_trip(block, UnixMicros{static_cast<std::int64_t>(sent) + 900'000}));
  block.last_sr = 0;
  CHECK_FALSE(round_trip(block, sent));
}

}  // namespace
}  // namespace sealhall::rtp
