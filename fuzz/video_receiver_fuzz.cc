// deps: core_media
// The video receive path with packets of anybody: whatever comes, memory stays bounded, frames ascend, deadlines
// advance.
#include <optional>

#include "core/base/check.h"
#include "core/media/video_receiver.h"

using namespace sealhall;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  media::VideoReceiver::Config config;
  config.max_packets = 64;
  config.max_bytes = 20'000;
  media::VideoReceiver receiver{config};
  ByteReader reader{{data, size}};
  Instant now{};
  std::uint16_t sequence = 65'500;
  std::uint32_t timestamp = 0;
  std::optional<std::uint64_t> last_picture;
  Instant last_render{};
  // Each record: what (1), step of the number (1), time that passes (1), size (1), payload.
  while (reader.ok() && reader.remaining() > 0) {
    const std::uint8_t what = reader.u8();
    sequence = static_cast<std::uint16_t>(sequence + static_cast<std::int8_t>(reader.u8()));
    now += Duration{reader.u8() * 1000};
    const ByteView payload = reader.bytes(std::min<std::size_t>(reader.u8(), reader.remaining()));
    if ((what & 0x80) != 0) timestamp += 3000;
    if ((what & 0x40) != 0) sequence = static_cast<std::uint16_t>(sequence + 4000);
    switch (what & 0x07) {
      case 0:
        receiver.on_padding(sequence, now);
        break;
      case 1:
        receiver.on_rtt(Duration{what * 1000});
        break;
      case 2:
        receiver.restart_from_key_frame();
        break;
      case 3:
        receiver.on_packet({sequence, timestamp, (what & 8) != 0, true, payload}, now);
        break;
      default:
        receiver.on_packet({sequence, timestamp, (what & 8) != 0, false, payload}, now);
    }
    while (const auto frame = receiver.pop(now)) {
      SEALHALL_CHECK(!frame->data.empty());
      SEALHALL_CHECK(!last_picture || frame->picture > *last_picture);
      SEALHALL_CHECK(last_picture || frame->key_frame);
      SEALHALL_CHECK(frame->render_at >= last_render);
      last_picture = frame->picture;
      last_render = frame->render_at;
    }
    static_cast<void>(receiver.take_key_frame_request(now));
    if (const auto deadline = receiver.next_deadline()) SEALHALL_CHECK(*deadline > now);
  }
  return 0;
}
