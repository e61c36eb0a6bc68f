// deps: core_rtp
// RTP and RTCP: reading and writing what every forwarded packet and every report costs, beside a copy of the same
// bytes.
#include <array>

#include "bench/floor.h"
#include "core/rtp/extensions.h"
#include "core/rtp/nack_tracker.h"
#include "core/rtp/packet.h"
#include "core/rtp/rtcp.h"
#include "core/rtp/vp8.h"

using namespace sealhall;
using namespace sealhall::bench;
using namespace sealhall::rtp;

namespace {

const std::array<std::uint8_t, 1> level = encode(AudioLevel{.voice = true, .level = 20});
const std::array<std::uint8_t, 2> sequence = encode_transport_sequence(77);
const std::array<ExtensionElement, 2> elements{ExtensionElement{extension_id::audio_level, level},
                                               ExtensionElement{extension_id::transport_sequence, sequence}};
const HeaderFields fields{
    .marker = true, .payload_type = 96, .sequence_number = 1, .timestamp = 2, .ssrc = 3, .extensions = elements};

void rtp_parse(benchmark::State& state) {
  Bytes packet(1200, 0x11);
  SEALHALL_CHECK(write_header(fields, packet).has_value());
  for (auto _ : state) {
    const auto parsed = parse_packet(packet);
    benchmark::DoNotOptimize(transport_sequence(*parsed));
  }
  beside(state, "floor_memcpy/1200");
}

void rtp_write_header(benchmark::State& state) {
  std::array<std::uint8_t, 64> out{};
  for (auto _ : state) {
    benchmark::DoNotOptimize(write_header(fields, out));
    benchmark::ClobberMemory();
  }
  beside(state, "floor_memcpy/24");
}

void vp8_parse(benchmark::State& state) {
  const Bytes payload = {0xB2, 0xF0, 0x92, 0x34, 0x77, 0xB5, 0x01, 0x02};
  for (auto _ : state) benchmark::DoNotOptimize(parse_vp8(payload));
  beside(state, "floor_memcpy/24");
}

std::vector<rtcp::Message> report() {
  return {rtcp::SenderReport{1, 2, 3, 4, 5, {{.ssrc = 6}, {.ssrc = 7}}}, rtcp::SourceDescription{{{1, "a-cname"}}}};
}
std::vector<rtcp::Message> feedback() {
  rtcp::TransportFeedback f{.sender_ssrc = 1, .media_ssrc = 2};
  for (std::uint16_t i = 0; i < 100; ++i) {
    f.arrivals.push_back({i, i % 10 == 0 ? std::nullopt : std::optional{Duration{i * 1000}}});
  }
  return {f};
}

std::size_t size_of(const std::vector<rtcp::Message>& messages) {
  Bytes bytes(1500);
  return *rtcp::write(messages, bytes);
}
void beside_a_copy(benchmark::State& state, std::size_t size) { beside(state, "floor_memcpy/" + std::to_string(size)); }

void rtcp_parse(benchmark::State& state, const std::vector<rtcp::Message>& messages) {
  Bytes bytes(1500);
  bytes.resize(*rtcp::write(messages, bytes));
  for (auto _ : state) benchmark::DoNotOptimize(rtcp::parse(bytes));
  count_packets(state, bytes.size());
  beside_a_copy(state, bytes.size());
}
void rtcp_write(benchmark::State& state, const std::vector<rtcp::Message>& messages) {
  Bytes bytes(1500);
  for (auto _ : state) benchmark::DoNotOptimize(rtcp::write(messages, bytes));
  beside_a_copy(state, size_of(messages));
}
void rtcp_parse_report(benchmark::State& state) { rtcp_parse(state, report()); }
void rtcp_write_report(benchmark::State& state) { rtcp_write(state, report()); }
void rtcp_parse_feedback_100(benchmark::State& state) { rtcp_parse(state, feedback()); }
void rtcp_write_feedback_100(benchmark::State& state) { rtcp_write(state, feedback()); }

// One packet in order, the case that has to cost nothing.
void nack_tracker_in_order(benchmark::State& state) {
  NackTracker tracker;
  std::uint64_t seq = 1;
  for (auto _ : state) tracker.on_packet(SeqNo{seq++}, Instant{});
}

BENCHMARK(floor_memcpy)
    ->Arg(24)
    ->Arg(1200)
    ->Arg(static_cast<std::int64_t>(size_of(report())))
    ->Arg(static_cast<std::int64_t>(size_of(feedback())));
BENCHMARK(rtp_parse);
BENCHMARK(rtp_write_header);
BENCHMARK(vp8_parse);
BENCHMARK(rtcp_parse_report);
BENCHMARK(rtcp_write_report);
BENCHMARK(rtcp_parse_feedback_100);
BENCHMARK(rtcp_write_feedback_100);
BENCHMARK(nack_tracker_in_order);

}  // namespace
