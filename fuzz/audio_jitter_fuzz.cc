// deps: core_media
// The audio jitter buffer with packets of anybody: it always answers, and never with a step of impossible length.
#include "core/base/check.h"
#include "core/media/audio_jitter_buffer.h"

using namespace sealhall;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  media::AudioJitterBuffer::Config config;
  config.capacity_packets = 16;
  media::AudioJitterBuffer buffer{config};
  ByteReader reader{{data, size}};
  Instant now{};
  std::uint16_t sequence = 65'530;
  std::uint32_t timestamp = 0xffff'ff00;
  // Each record: what (1), step of the number (1), time that passes (1), then the timestamp's step (2) if `what` says
  // so.
  while (reader.ok() && reader.remaining() > 0) {
    const std::uint8_t what = reader.u8();
    const auto step = static_cast<std::int8_t>(reader.u8());
    now += Duration{reader.u8() * 500};
    sequence = static_cast<std::uint16_t>(sequence + step);
    timestamp += static_cast<std::uint32_t>(step) * 960;
    if ((what & 0x80) != 0) timestamp += static_cast<std::uint32_t>(reader.u16()) << ((what & 0x03) * 8);
    if ((what & 0x40) != 0) sequence = static_cast<std::uint16_t>(sequence + 3500);
    const Bytes payload(static_cast<std::size_t>(what & 0x3f), 1);
    if ((what & 0x20) != 0) buffer.set_minimum_delay(Duration{what * 2000});
    const std::uint32_t samples = (what & 0x10) != 0 ? 960 : what * 100U;
    buffer.insert({sequence, timestamp, payload, samples, (what & 0x08) != 0}, now);
    if ((what & 0x04) == 0) continue;
    const media::AudioDecision decision = buffer.next(now);
    SEALHALL_CHECK(decision.samples >= 1 && decision.samples <= 5760);
    const bool has_payload =
        decision.kind == media::AudioDecision::Kind::decode || decision.kind == media::AudioDecision::Kind::decode_fec;
    SEALHALL_CHECK(decision.payload.empty() != has_payload);
    SEALHALL_CHECK(buffer.network_delay() <= Duration{400'000});
  }
  return 0;
}
