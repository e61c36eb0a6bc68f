// deps: core_congestion core_rtp
// Congestion control with feedback of anybody: the target stays within its bounds, deadlines advance.
#include "core/base/check.h"
#include "core/congestion/controller.h"

using namespace sealhall;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  congestion::Controller controller{
      {.start = DataRate::kbps(300), .min = DataRate::kbps(50), .max = DataRate::kbps(2000)}};
  ByteReader reader{{data, size}};
  Instant now{Duration{1}};
  std::uint16_t next = 65'500;
  // Each record: how many packets are sent (1), time that passes (1), length of a feedback datagram (1), the datagram.
  while (reader.ok() && reader.remaining() > 0) {
    const std::uint8_t packets = reader.u8() & 0x3f;
    for (std::uint8_t i = 0; i < packets; ++i) {
      now += Duration{1000};
      const auto probe = controller.take_probe(now);
      controller.on_packet_sent({next++, 1200, probe ? probe->id : 0, now});
    }
    now += Duration{reader.u8() * 2000};
    const ByteView datagram = reader.bytes(std::min<std::size_t>(reader.u8(), reader.remaining()));
    if (const auto messages = rtp::rtcp::parse(datagram)) {
      for (const auto& message : *messages) {
        if (const auto* feedback = std::get_if<rtp::rtcp::TransportFeedback>(&message))
          controller.on_feedback(*feedback, now);
        if (const auto* remb = std::get_if<rtp::rtcp::Remb>(&message)) {
          controller.on_remb(
              DataRate::bps(static_cast<std::int64_t>(std::min<std::uint64_t>(remb->bitrate_bps, 1ULL << 40))), now);
        }
      }
    }
    if (const auto deadline = controller.next_deadline(); deadline && *deadline <= now) {
      controller.due(now);
      const auto later = controller.next_deadline();
      SEALHALL_CHECK(!later || *later > now);
    }
    SEALHALL_CHECK(controller.target() >= DataRate::kbps(50) && controller.target() <= DataRate::kbps(2000));
  }
  return 0;
}
