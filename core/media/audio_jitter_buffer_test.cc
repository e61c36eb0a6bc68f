#include "core/media/audio_jitter_buffer.h"

#include <doctest/doctest.h>

#include <map>

#include "core/base/random.h"

using namespace sealhall;
using namespace sealhall::media;
using namespace std::chrono_literals;
using Kind = AudioDecision::Kind;

namespace {

/// Sends a packet every 20 ms with a delay of the test's choosing, and plays a step every 20 ms.
class Line {
 public:
  explicit Line(AudioJitterBuffer::Config config = {}) : buffer{config} {}

  /// Packet `i` arrives `delay` after it was made.
  void send(int i, Duration delay, bool dtx = false) { arrivals_.emplace(20ms * i + delay, Arrival{i, dtx}); }
  AudioDecision step() {
    while (!arrivals_.empty() && arrivals_.begin()->first <= now) {
      deliver(arrivals_.begin()->second.number, arrivals_.begin()->second.dtx, arrivals_.begin()->first);
      arrivals_.erase(arrivals_.begin());
    }
    const AudioDecision decision = buffer.next(Instant{} + now);
    now += 20ms;
    return decision;
  }
  void deliver(int i, bool dtx, Duration when) {
    const Bytes payload{static_cast<std::uint8_t>(i), static_cast<std::uint8_t>(i >> 8), 1};
    AudioPacket packet;
    packet.sequence_number = static_cast<std::uint16_t>(65'000 + i);
    packet.timestamp = 0xffff'0000U + static_cast<std::uint32_t>(i) * 960;
    packet.payload = payload;
    packet.dtx = dtx;
    buffer.insert(packet, Instant{} + when);
  }
  static int number(const AudioDecision& d) { return d.payload.size() == 3 ? d.payload[0] | d.payload[1] << 8 : -1; }

  AudioJitterBuffer buffer;
  Duration now{};

 private:
  struct Arrival {
    int number;
    bool dtx;
  };
  std::multimap<Duration, Arrival> arrivals_;
};

}  // namespace

TEST_CASE("audio: a steady stream is played whole, in order, without concealment, at the smallest delay") {
  Line line;
  for (int i = 0; i < 1500; ++i) line.send(i, 7ms);
  int expected_number = 0;
  for (int i = 0; i < 1400; ++i) {
    const AudioDecision d = line.step();
    if (expected_number == 0 && d.kind == Kind::silence) continue;
    REQUIRE(d.kind == Kind::decode);
    CHECK(Line::number(d) == expected_number);
    CHECK(d.timestamp == 0xffff'0000U + static_cast<std::uint32_t>(expected_number) * 960);
    CHECK(d.samples == 960);
    ++expected_number;
  }
  CHECK(expected_number > 1390);
  CHECK(line.buffer.stats().concealed == 0);
  CHECK(line.buffer.network_delay() == 20ms);
}

TEST_CASE("audio: reordered and duplicated packets change nothing") {
  Line line;
  for (int i = 0; i < 500; ++i) {
    line.send(i, i % 3 == 0 ? 38ms : 5ms);
    if (i % 5 == 0) line.send(i, 45ms);
  }
  int last = -1;
  for (int i = 0; i < 490; ++i) {
    const AudioDecision d = line.step();
    if (d.kind != Kind::decode) continue;
    CHECK(Line::number(d) == last + 1);
    last = Line::number(d);
  }
  CHECK(last > 470);
  CHECK(line.buffer.stats().duplicates > 90);
  CHECK(line.buffer.stats().concealed == 0);
}

TEST_CASE("audio: a single lost packet is decoded from the next packet's FEC when that one is there") {
  AudioJitterBuffer::Config config;
  config.min_delay = 60ms;
  Line line{config};
  for (int i = 0; i < 100; ++i) {
    if (i != 50) line.send(i, 5ms);
  }
  int fec = 0;
  for (int i = 0; i < 95; ++i) {
    const AudioDecision d = line.step();
    if (d.kind != Kind::decode_fec) continue;
    ++fec;
    CHECK(Line::number(d) == 51);
    CHECK(d.samples == 960);
    CHECK(d.timestamp == 0xffff'0000U + 50 * 960);
    const AudioDecision next = line.step();
    CHECK(next.kind == Kind::decode);
    CHECK(Line::number(next) == 51);
  }
  CHECK(fec == 1);
  CHECK(line.buffer.stats().concealed == 0);
}

TEST_CASE("audio: a burst is concealed up to its last packet, which FEC recovers; the delay does not grow") {
  AudioJitterBuffer::Config config;
  config.min_delay = 60ms;
  Line line{config};
  for (int i = 0; i < 200; ++i) {
    if (i < 100 || i >= 104) line.send(i, 5ms);
  }
  std::vector<Kind> kinds;
  for (int i = 0; i < 190; ++i) {
    const AudioDecision d = line.step();
    if (d.kind != Kind::decode && d.kind != Kind::silence) kinds.push_back(d.kind);
    if (d.kind == Kind::conceal) CHECK(d.concealed_in_row == kinds.size());
  }
  CHECK(kinds == std::vector{Kind::conceal, Kind::conceal, Kind::conceal, Kind::decode_fec});
  CHECK(line.buffer.stats().current_delay < 85ms);
}

TEST_CASE("audio: after loss has been seen the buffer waits for the packet whose FEC it would need") {
  Line line;
  SeededRandom random{3};
  for (int i = 0; i < 3000; ++i) {
    if (!random.chance(0.05)) line.send(i, 5ms);
  }
  for (int i = 0; i < 2900; ++i) (void)line.step();
  const AudioJitterStats& stats = line.buffer.stats();
  CHECK(stats.recovered_by_fec > 100);
  // Only losses of two and more in a row are left to conceal: 5 % x 5 %.
  CHECK(stats.concealed_ratio() < 0.01);
}

TEST_CASE("audio: where the delay is too short for FEC, seen loss makes it long enough") {
  Line line;
  SeededRandom random{4};
  // A talk spurt begins after a pause, with the 13 ms that the calm network asks for. Then packets begin to get lost.
  for (int i = 0; i < 6000; ++i) {
    if (i >= 400 && i < 450) continue;
    if (i < 800 || !random.chance(0.05)) line.send(i, 7ms, i == 399);
  }
  std::uint64_t concealed = 0;
  std::uint64_t steps = 0;
  for (int i = 0; i < 5900; ++i) {
    if (i == 1200) {
      concealed = line.buffer.stats().concealed;
      steps = line.buffer.stats().steps;
    }
    const AudioDecision d = line.step();
    if (d.stretch == Stretch::accelerate) line.now -= 5ms;
    if (d.stretch == Stretch::decelerate) line.now += 5ms;
  }
  const double ratio = static_cast<double>(line.buffer.stats().concealed - concealed) /
                       static_cast<double>(line.buffer.stats().steps - steps);
  CHECK(ratio < 0.006);
  CHECK(line.buffer.stats().current_delay <= 60ms);
}

TEST_CASE(
    "audio: a packet that comes after those behind it is late, FEC stands in for it, and stretching takes the delay "
    "back") {
  Line line;
  for (int i = 0; i < 400; ++i) line.send(i, i == 200 ? 90ms : 5ms);
  bool played_200 = false;
  for (int i = 0; i < 390; ++i) {
    const AudioDecision d = line.step();
    if (d.kind == Kind::decode && Line::number(d) == 200) played_200 = true;
    if (d.kind == Kind::decode && d.stretch != Stretch::none) {
      CHECK(d.stretch == Stretch::accelerate);
      line.now -= 5ms;  // the caller removes 5 ms and comes back that much earlier
      line.buffer.stretched(-5ms);
    }
  }
  // The packets behind the late one were there, so it counts as lost and FEC helps; it must not come after them.
  CHECK_FALSE(played_200);
  CHECK(line.buffer.stats().late == 1);
  CHECK(line.buffer.stats().current_delay <= 60ms);
}

TEST_CASE("audio: when everything stalls, nothing is thrown away, and the delay comes back down by stretching") {
  Line line;
  for (int i = 0; i < 1500; ++i) line.send(i, i >= 200 && i < 210 ? 20ms * (210 - i) : 5ms);
  int last = -1;
  for (int i = 0; i < 1480; ++i) {
    const AudioDecision d = line.step();
    if (d.kind != Kind::decode) continue;
    CHECK(Line::number(d) == last + 1);
    last = Line::number(d);
    if (d.stretch == Stretch::accelerate) line.now -= 5ms;
    if (d.stretch == Stretch::fast_accelerate) line.now -= 10ms;
    if (d.stretch == Stretch::decelerate) line.now += 5ms;
  }
  CHECK(line.buffer.stats().skipped == 0);
  CHECK(line.buffer.stats().current_delay < 80ms);
  CHECK(line.buffer.stats().concealed <= 12);
}

TEST_CASE("audio: jitter raises the delay, calm lowers it again, both within bounds") {
  AudioJitterBuffer::Config config;
  config.max_delay = 150ms;
  Line line{config};
  SeededRandom random{5};
  int i = 0;
  for (; i < 1000; ++i) line.send(i, Duration{static_cast<std::int64_t>(random.below(120'000))});
  for (; i < 1500; ++i) line.send(i, Duration{static_cast<std::int64_t>(random.below(700'000))});
  for (; i < 4000; ++i) line.send(i, 0ms);
  Duration highest{};
  std::uint64_t concealed_before = 0;
  for (int s = 0; s < 3990; ++s) {
    if (s == 300) concealed_before = line.buffer.stats().concealed;
    if (s == 1000) {
      CHECK(line.buffer.network_delay() >= 110ms);
      CHECK(line.buffer.stats().concealed - concealed_before < 30);  // < 4 % of 700
    }
    const AudioDecision d = line.step();
    highest = std::max(highest, line.buffer.network_delay());
    if (d.stretch == Stretch::accelerate || d.stretch == Stretch::fast_accelerate) line.now -= 5ms;
    if (d.stretch == Stretch::decelerate) line.now += 5ms;
  }
  CHECK(highest == 150ms);
  CHECK(line.buffer.network_delay() == 20ms);
  CHECK(line.buffer.stats().current_delay < 60ms);
}

TEST_CASE("audio: DTX is silence, not loss, and the next talk spurt starts at the delay of the day") {
  Line line;
  for (int i = 0; i < 100; ++i) line.send(i, 5ms, i == 99);
  // A comfort packet every 400 ms, then speech again. Sequence numbers go on without a hole.
  const auto packet = [&](int number, int time, bool dtx, Duration when) {
    const Bytes payload{static_cast<std::uint8_t>(number), 0, 1};
    line.buffer.insert(AudioPacket{static_cast<std::uint16_t>(65'000 + number),
                                   0xffff'0000U + static_cast<std::uint32_t>(time) * 960, payload, 960, dtx},
                       Instant{} + when);
  };
  for (int i = 0; i < 105; ++i) (void)line.step();
  const std::uint64_t concealed = line.buffer.stats().concealed;
  CHECK(concealed == 0);
  int played = 0;
  for (int i = 105; i < 200; ++i) {
    if (i == 119) packet(100, 119, true, line.now);
    if (i == 139) packet(101, 139, true, line.now);
    if (i >= 150) packet(102 + i - 150, i, false, line.now);
    const AudioDecision d = line.step();
    if (d.kind == Kind::decode && i >= 150) ++played;
    if (i > 155) CHECK(d.kind == Kind::decode);
  }
  CHECK(played >= 46);
  CHECK(line.buffer.stats().concealed == 0);
}

TEST_CASE("audio: when the sender vanishes, concealment ends in silence") {
  Line line;
  for (int i = 0; i < 50; ++i) line.send(i, 5ms);
  Kind last = Kind::decode;
  for (int i = 0; i < 200; ++i) last = line.step().kind;
  CHECK(last == Kind::silence);
  CHECK(line.buffer.stats().concealed == 30);
}

TEST_CASE("audio: after an outage the pile of old packets is jumped over instead of played late") {
  Line line;
  for (int i = 0; i < 1200; ++i) line.send(i, i >= 100 && i < 200 ? 20ms * (200 - i) : 0ms);
  for (int i = 0; i < 1190; ++i) {
    const AudioDecision d = line.step();
    if (d.stretch == Stretch::accelerate || d.stretch == Stretch::fast_accelerate) line.now -= 5ms;
    if (i > 210) CHECK(line.buffer.stats().current_delay <= 420ms);
  }
  CHECK(line.buffer.stats().skipped > 50);
  CHECK(line.buffer.stats().current_delay <= 60ms);
}

TEST_CASE("audio: another timeline behind the same stream starts anew") {
  Line line;
  for (int i = 0; i < 50; ++i) line.send(i, 5ms);
  for (int i = 0; i < 55; ++i) (void)line.step();
  const Bytes payload{9, 9, 9};
  int decoded = 0;
  for (int i = 0; i < 50; ++i) {
    line.buffer.insert(AudioPacket{static_cast<std::uint16_t>(20'000 + i),
                                   0x4000'0000U + static_cast<std::uint32_t>(i) * 960, payload, 960, false},
                       Instant{} + line.now);
    if (line.step().kind == Kind::decode) ++decoded;
  }
  CHECK(decoded >= 45);
}

TEST_CASE("audio: lip sync may ask for more delay, within the maximum") {
  AudioJitterBuffer::Config config;
  config.max_delay = 100ms;
  Line line{config};
  for (int i = 0; i < 2000; ++i) line.send(i, 5ms);
  line.buffer.set_minimum_delay(500ms);
  Duration delay{};
  for (int i = 0; i < 1000; ++i) {
    const AudioDecision d = line.step();
    if (d.stretch == Stretch::decelerate) line.now += 5ms;
    delay = line.buffer.stats().current_delay;
  }
  CHECK(delay >= 85ms);
  CHECK(delay <= 120ms);
  CHECK(line.buffer.network_delay() == 20ms);
}

TEST_CASE("audio: whatever arrives, memory is bounded, output ascends, and next always answers") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SeededRandom random{seed};
    AudioJitterBuffer buffer;
    Instant now{};
    std::uint16_t sequence = static_cast<std::uint16_t>(random.next());
    std::uint32_t timestamp = static_cast<std::uint32_t>(random.next());
    std::optional<std::uint32_t> last;
    for (int i = 0; i < 5000; ++i) {
      now += Duration{static_cast<std::int64_t>(random.below(30'000))};
      const std::uint64_t what = random.below(100);
      if (what < 60) {
        ++sequence;
        timestamp += 960;
      } else if (what < 62) {
        sequence = static_cast<std::uint16_t>(sequence + random.below(4000));
        timestamp = static_cast<std::uint32_t>(timestamp + random.below(4'000'000));
      } else if (what == 99 && seed % 2 == 0) {
        sequence = static_cast<std::uint16_t>(random.next());
        timestamp = static_cast<std::uint32_t>(random.next());
      }
      const Bytes payload(static_cast<std::size_t>(random.below(1600)), 1);
      const auto back = static_cast<std::uint16_t>(random.below(4));
      buffer.insert(AudioPacket{static_cast<std::uint16_t>(sequence - back), timestamp - back * 960U, payload,
                                static_cast<std::uint32_t>(random.below(10) == 0 ? random.below(100'000) : 960),
                                random.chance(0.05)},
                    now);
      const AudioDecision d = buffer.next(now);
      REQUIRE(d.samples >= 1);
      REQUIRE(d.samples <= 5760);
      if (d.kind == Kind::decode) {
        if (last && seed % 2 == 1) REQUIRE(static_cast<std::int32_t>(d.timestamp - *last) > 0);
        last = d.timestamp;
      }
    }
    const AudioJitterStats& s = buffer.stats();
    CHECK(s.received == 5000);
    CHECK(s.decoded > 100);
  }
}

TEST_CASE("audio: a packet behind the window is dropped and takes no place from one inside it") {
  AudioJitterBuffer::Config config;
  config.capacity_packets = 16;
  AudioJitterBuffer buffer{config};
  const Bytes payload{1};
  const auto insert = [&](std::uint16_t sequence) {
    buffer.insert({sequence, 100'000 + sequence * 960U, payload, 960, false}, Instant{1s});
  };
  insert(100);
  insert(83);
  insert(84);
  CHECK(buffer.stats().overflowed == 2);
  insert(99);
  insert(85);
  CHECK(buffer.stats().overflowed == 2);
}
