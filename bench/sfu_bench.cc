// deps: core_sfu
// The forwarding unit alone: one frame of 8 x 1200 bytes, or one tick of four speakers, to N receivers and into
// nothing. Beside it the headers alone.
#include <benchmark/benchmark.h>

#include <array>
#include <cstring>
#include <vector>

#include "bench/floor.h"
#include "core/sfu/forwarder.h"
#include "core/sfu/rtp_out.h"
#include "core/sfu/testing.h"

using namespace sealhall;
using namespace sealhall::bench;
using namespace sealhall::sfu;
using std::chrono::milliseconds;

namespace {

/// Looks at every packet's pieces as a worker would, and drops it.
class NullSink final : public Sink {
 public:
  void send(const OutPacket& packet) noexcept override {
    ++packets;
    benchmark::DoNotOptimize(packet.header.data());
    benchmark::DoNotOptimize(packet.patch.data());
    benchmark::DoNotOptimize(packet.payload.data());
  }
  void end_run(TransportHandle /*transport*/) noexcept override { ++runs; }
  void send_rtcp(TransportHandle /*transport*/, std::span<const rtp::rtcp::Message> /*messages*/) noexcept override {}
  void send_link(std::uint32_t /*worker*/, ByteView /*head*/, ByteView /*body*/) noexcept override {}
  void slots_changed(TransportId /*t*/, std::span<const wire::SlotAssignment> /*changed*/) noexcept override {}
  void speakers_changed(const MeetingKey& /*meeting*/, std::span<const ParticipantNumber> /*who*/) noexcept override {}
  void layers_changed(TransportId /*t*/, SourceKind /*kind*/, std::span<const std::string> /*rids*/) noexcept override {
  }

  std::uint64_t packets = 0;
  std::uint64_t runs = 0;
};

struct Hall {
  NullSink sink;
  SeededRandom random{1};
  Forwarder forwarder{Config{.start_rate = DataRate::kbps(6000)}, sink, random};
  Instant now{milliseconds{1'000'000}};
  std::vector<TransportHandle> senders;
  std::vector<TransportHandle> receivers;
  std::vector<std::uint16_t> acknowledged;  // next transport-wide number that a receiver reports

  Hall(std::uint32_t speakers, bool video, std::int64_t viewers) {
    ParticipantNumber next = 1;
    for (std::uint32_t i = 0; i < speakers; ++i, ++next) {
      senders.push_back(open(next, 0, 0));
      wire::media::SetPublished command;
      command.transport = next;
      if (video) {
        command.sources.push_back(sfu::testing::Room::camera_source(next, 1));
        command.sources.back().encodings[0].max_bitrate_bps = 2'500'000;
      } else {
        command.sources.push_back(sfu::testing::Room::audio_source(next));
      }
      SEALHALL_CHECK(forwarder.set_published(command, now).has_value());
    }
    for (std::int64_t i = 0; i < viewers; ++i, ++next) {
      receivers.push_back(open(next, 8, 4));
      if (!video) continue;
      wire::media::SetSubscribed command;
      command.transport = next;
      wire::VideoWish wish;
      wish.slot = 8;
      wish.participant = 1;
      wish.max_height = 720;
      command.videos.push_back(wish);
      SEALHALL_CHECK(forwarder.set_subscribed(command, now).has_value());
    }
  }
  TransportHandle open(ParticipantNumber participant, std::uint32_t audio, std::uint32_t video) {
    wire::media::OpenTransport command;
    command.transport = participant;
    command.participant = participant;
    command.meeting = sfu::testing::meeting_key;
    command.audio_slots = audio;
    command.video_slots = video;
    const auto opened = forwarder.open_transport(command, now);
    SEALHALL_CHECK(opened.has_value());
    forwarder.set_connected(opened->handle, true, now);
    return opened->handle;
  }
  void run_to(Instant to) {
    for (;;) {
      const auto next = forwarder.next_deadline();
      if (!next || *next > to) break;
      now = std::max(now, *next);
      forwarder.tick(now);
    }
    now = to;
  }
};

void set_packet_rate(benchmark::State& state, std::uint64_t packets) {
  state.counters["per_packet"] =
      benchmark::Counter(static_cast<double>(packets), benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  state.counters["packets"] = static_cast<double>(packets);
}

/// The least that forwarding could be: of `packets` packets each receiver gets a header with its own next numbers, and
/// the payload is shared. No choice of source or layer, no pacing, no history.
void floor_headers(benchmark::State& state) {
  struct Numbers {
    std::uint16_t sequence = 0;
    std::uint16_t transport_sequence = 0;
  };
  const auto packets = static_cast<std::size_t>(state.range(0));
  std::vector<Numbers> receivers(static_cast<std::size_t>(state.range(1)));
  const Bytes headers(packets * video_header_size, 1);
  std::array<std::uint8_t, video_header_size> out{};
  for (auto _ : state) {
    for (Numbers& next : receivers) {
      for (std::size_t i = 0; i < packets; ++i) {
        std::memcpy(out.data(), &headers[i * out.size()], out.size());
        store_u16(&out[2], next.sequence++);
        store_u16(&out[17], next.transport_sequence++);
        benchmark::DoNotOptimize(out.data());
        benchmark::ClobberMemory();
      }
    }
  }
  set_packet_rate(state, static_cast<std::uint64_t>(state.iterations()) * packets * receivers.size());
}
BENCHMARK(floor_headers)->ArgsProduct({{4, 8}, {1, 10, 100, 300}});

void beside_headers(benchmark::State& state, int packets) {
  beside(state, "floor_headers/" + std::to_string(packets) + "/" + std::to_string(state.range(0)));
}

/// With `time`, everything that happens by time between frames is counted too: pacing, allocation, speakers, reports.
void video(benchmark::State& state, bool time) {
  Hall hall{1, true, state.range(0)};
  sfu::testing::VideoEncoder encoder{101, 3};
  std::vector<std::vector<Bytes>> frames;
  for (int i = 0; i < 64; ++i) frames.push_back(encoder.frame(8, 1170));
  // The same packets go round with new numbers.
  std::uint16_t sequence = load_u16(&frames[0][0][2]);
  std::uint32_t timestamp = load_u32(&frames[0][0][4]);
  std::size_t at = 0;
  const auto prepare = [&] {
    std::vector<Bytes>& frame = frames[at++ % frames.size()];
    timestamp += 3000;
    for (Bytes& packet : frame) {
      store_u16(&packet[2], sequence++);
      store_u32(&packet[4], timestamp);
    }
    return &frame;
  };
  const auto send = [&](const std::vector<Bytes>& frame) {
    for (const Bytes& packet : frame) hall.forwarder.on_rtp(hall.senders[0], *rtp::parse_packet(packet), hall.now);
    hall.forwarder.flush(hall.now);
  };
  for (int i = 0; i < 32; ++i) {
    send(*prepare());
    hall.run_to(hall.now + milliseconds{33});
  }
  const std::uint64_t before = hall.sink.packets;
  const AllocationCount allocations;
  for (auto _ : state) {
    if (!time) {
      state.PauseTiming();
      hall.run_to(hall.now + milliseconds{33});
      const std::vector<Bytes>* frame = prepare();
      state.ResumeTiming();
      send(*frame);
    } else {
      send(*prepare());
      hall.run_to(hall.now + milliseconds{33});
    }
  }
  allocations.report(state);
  set_packet_rate(state, hall.sink.packets - before);
  beside_headers(state, 8);
}
BENCHMARK_CAPTURE(video, frame, false)->Arg(1)->Arg(10)->Arg(100)->Arg(300);
BENCHMARK_CAPTURE(video, frame_and_time, true)->Arg(1)->Arg(10)->Arg(100)->Arg(300);

void audio(benchmark::State& state) {
  Hall hall{4, false, state.range(0)};
  std::vector<sfu::testing::AudioEncoder> encoders;
  for (std::uint32_t i = 0; i < 4; ++i) encoders.emplace_back((i + 1) * 100 + 10, i);
  std::vector<Bytes> packets;
  for (std::size_t i = 0; i < 4; ++i)
    packets.push_back(encoders[i].packet(static_cast<std::uint8_t>(20 + i), true, 75 + 5 * i));
  const auto send = [&] {
    for (std::size_t i = 0; i < 4; ++i) {
      store_u16(&packets[i][2], static_cast<std::uint16_t>(load_u16(&packets[i][2]) + 1));
      store_u32(&packets[i][4], load_u32(&packets[i][4]) + 960);
      hall.forwarder.on_rtp(hall.senders[i], *rtp::parse_packet(packets[i]), hall.now);
    }
    hall.forwarder.flush(hall.now);
    hall.run_to(hall.now + milliseconds{20});
  };
  for (int i = 0; i < 50; ++i) send();
  const std::uint64_t before = hall.sink.packets;
  const AllocationCount allocations;
  for (auto _ : state) send();
  allocations.report(state);
  set_packet_rate(state, hall.sink.packets - before);
  beside_headers(state, 4);
}
BENCHMARK(audio)->Name("audio/four_speakers_and_time")->Arg(1)->Arg(10)->Arg(100)->Arg(300);

}  // namespace
