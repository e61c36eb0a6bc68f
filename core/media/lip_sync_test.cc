#include "core/media/lip_sync.h"

#include <doctest/doctest.h>

using namespace sealhall;
using namespace sealhall::media;
using namespace std::chrono_literals;

namespace {
NtpMicros ntp(Duration d) { return NtpMicros{d.count()}; }
}  // namespace

TEST_CASE("clock: timestamps before and after a sender report map linearly, over the wrap") {
  RtpClock clock{90'000};
  CHECK_FALSE(clock.to_ntp(0).has_value());
  clock.on_sender_report((std::uint64_t{1000} << 32) | 0x8000'0000U, 0xffff'ff00);
  CHECK(clock.to_ntp(0xffff'ff00) == ntp(1000s + 500ms));
  CHECK(clock.to_ntp(0xffff'ff00 + 90'000) == ntp(1001s + 500ms));
  CHECK(clock.to_ntp(0xffff'ff00 - 45'000) == ntp(1000s));
}

TEST_CASE("lip sync: the quicker stream is held back until both meet, in small steps") {
  LipSync sync;
  // Video needs 150 ms from capture, audio 40 ms.
  LipSync::Delays delays;
  for (int i = 0; i < 20; ++i) {
    const LipSync::Delays before = delays;
    delays = sync.update({ntp(5000s + 1s * i), Instant{1s * i + 40ms}},
                         {ntp(5000s + 1s * i + 7ms), Instant{1s * i + 157ms}});
    CHECK(delays.audio_extra - before.audio_extra <= 20ms);
    CHECK(delays.video_extra == 0ms);
  }
  CHECK(delays.audio_extra == 110ms);
  // The roles change: audio's network delay grows to 300 ms.
  for (int i = 20; i < 60; ++i) {
    delays =
        sync.update({ntp(5000s + 1s * i), Instant{1s * i + 300ms}}, {ntp(5000s + 1s * i), Instant{1s * i + 150ms}});
  }
  CHECK(delays.audio_extra == 0ms);
  CHECK(delays.video_extra == 150ms);
}

TEST_CASE("lip sync: nonsense reports change nothing, large differences are capped") {
  LipSync sync;
  LipSync::Delays delays = sync.update({ntp(0s), Instant{}}, {ntp(0s), Instant{3600s}});
  CHECK(delays.audio_extra == 0ms);
  for (int i = 0; i < 100; ++i) delays = sync.update({ntp(0s), Instant{}}, {ntp(0s), Instant{3s}});
  CHECK(delays.audio_extra == 400ms);
}
