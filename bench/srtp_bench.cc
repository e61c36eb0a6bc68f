// deps: core_srtp
// SRTP protect and unprotect, every profile, 1200 and 160 bytes of payload, beside the bare cipher.
#include <malloc.h>

#include <array>

#include "bench/floor.h"
#include "core/srtp/receiver.h"
#include "core/srtp/sender.h"

using namespace sealhall;
using namespace sealhall::bench;
using namespace sealhall::srtp;

namespace {

// A header as the media server writes it: transport sequence and audio level, 24 bytes.
Bytes header_of(std::uint16_t sequence_number) {
  Bytes header(24);
  header[0] = 0x90;
  header[1] = 0x60;
  store_u16(&header[2], sequence_number);
  store_u32(&header[8], 0x11223344);
  store_u16(&header[12], 0xBEDE);
  header[15] = 2;
  return header;
}

Bytes material_of(Profile profile) { return Bytes(key_size(profile) + salt_size(profile), 0x5A); }

SrtpSender sender_of(Profile profile) {
  const Bytes material = material_of(profile);
  return std::move(*SrtpSender::create(profile, *split_key_and_salt(profile, material)));
}

SrtpReceiver receiver_of(Profile profile) {
  const Bytes material = material_of(profile);
  return std::move(*SrtpReceiver::create(profile, *split_key_and_salt(profile, material)));
}

std::string floor_of(Profile profile, std::int64_t size) {
  return std::string{is_aead(profile) ? "floor_aes_256_gcm_update/" : "floor_aes_ctr_sha1/"} + std::to_string(size);
}

// The hot path: header and shared payload into the batch buffer.
void protect(benchmark::State& state, Profile profile) {
  const Bytes payload(static_cast<std::size_t>(state.range(0)), 7);
  SrtpSender sender = sender_of(profile);
  Bytes header = header_of(0);
  Bytes out(1500);
  std::uint16_t sequence_number = 0;
  SEALHALL_CHECK(sender.protect(header, payload, out).has_value());  // the first packet makes the SSRC known
  const AllocationCount allocations;
  for (auto _ : state) {
    store_u16(&header[2], ++sequence_number);
    SEALHALL_CHECK(sender.protect(header, payload, out).has_value());
    benchmark::ClobberMemory();
  }
  allocations.report(state);
  count_packets(state, payload.size());
  beside(state, floor_of(profile, state.range(0)));
}

// The same with a rewritten payload descriptor of 6 bytes in front, and 60 streams in turn.
void protect_rewritten(benchmark::State& state, Profile profile) {
  const Bytes payload(static_cast<std::size_t>(state.range(0)) - 6, 7);
  const Bytes descriptor(6, 9);
  SrtpSender sender = sender_of(profile);
  Bytes header = header_of(0);
  Bytes out(1500);
  std::uint32_t n = 0;
  for (auto _ : state) {
    store_u32(&header[8], 1000 + n % 60);
    store_u16(&header[2], static_cast<std::uint16_t>(n / 60));
    ++n;
    SEALHALL_CHECK(sender.protect(header, descriptor, payload, out).has_value());
    benchmark::ClobberMemory();
  }
  count_packets(state, payload.size());
  beside(state, floor_of(profile, state.range(0)));
}

// Packets are made ahead, outside the measured time, and copied in before they are opened in place.
void unprotect(benchmark::State& state, Profile profile) {
  constexpr std::size_t batch = 512;
  const Bytes payload(static_cast<std::size_t>(state.range(0)), 7);
  SrtpSender sender = sender_of(profile);
  SrtpReceiver receiver = receiver_of(profile);
  std::vector<Bytes> packets(batch, Bytes(24 + payload.size() + max_overhead));
  std::size_t size = 0;
  Bytes scratch(1500);
  std::uint16_t sequence_number = 0;
  std::size_t at = batch;
  for (auto _ : state) {
    if (at == batch) {
      state.PauseTiming();
      for (Bytes& packet : packets) size = *sender.protect(header_of(sequence_number++), payload, packet);
      at = 0;
      state.ResumeTiming();
    }
    std::memcpy(scratch.data(), packets[at++].data(), size);
    SEALHALL_CHECK(receiver.unprotect(MutableBytes{scratch}.first(size)).has_value());
  }
  count_packets(state, payload.size());
  beside(state, floor_of(profile, state.range(0)));
}

void protect_rtcp(benchmark::State& state, Profile profile) {
  SrtpSender sender = sender_of(profile);
  Bytes packet(static_cast<std::size_t>(state.range(0)), 1);
  packet[0] = 0x80;
  Bytes out(300);
  for (auto _ : state) SEALHALL_CHECK(sender.protect_rtcp(packet, out).has_value());
  count_packets(state, packet.size());
}

// Heap of one transport: a sender and a receiver, first without SSRCs, then with 60 sent and 8 received.
void memory(benchmark::State& state, Profile profile) {
  constexpr int transports = 200;
  const auto in_use = [] { return mallinfo2().uordblks; };
  double empty = 0;
  double full = 0;
  for (auto _ : state) {
    std::vector<SrtpSender> senders;
    std::vector<SrtpReceiver> receivers;
    senders.reserve(transports);
    receivers.reserve(transports);
    const std::size_t before = in_use();
    for (int i = 0; i < transports; ++i) {
      senders.push_back(sender_of(profile));
      receivers.push_back(receiver_of(profile));
    }
    empty = static_cast<double>(in_use() - before) / transports + sizeof(SrtpSender) + sizeof(SrtpReceiver);
    Bytes header = header_of(1);
    Bytes out(100);
    for (int i = 0; i < transports; ++i) {
      const auto at = static_cast<std::size_t>(i);
      for (std::uint32_t ssrc = 1; ssrc <= 60; ++ssrc) {
        store_u32(&header[8], ssrc);
        const std::size_t size = *senders[at].protect(header, {}, out);
        if (ssrc <= 8) SEALHALL_CHECK(receivers[at].unprotect(MutableBytes{out}.first(size)).has_value());
      }
    }
    full = static_cast<double>(in_use() - before) / transports + sizeof(SrtpSender) + sizeof(SrtpReceiver);
  }
  state.counters["bytes_empty"] = empty;
  state.counters["bytes_60_sent_8_received"] = full;
}

void register_all() {
  constexpr std::array profiles{Profile::aead_aes_256_gcm, Profile::aead_aes_128_gcm, Profile::aes_cm_128_hmac_sha1_80,
                                Profile::aes_256_cm_hmac_sha1_80};
  for (const char* floor : {"memcpy", "gcm", "ctr"}) {
    const std::string_view name{floor};
    auto* made = name == "memcpy" ? benchmark::RegisterBenchmark("floor_memcpy", floor_memcpy)
                 : name == "gcm"  ? benchmark::RegisterBenchmark("floor_aes_256_gcm_update", floor_aes_256_gcm_update)
                                  : benchmark::RegisterBenchmark("floor_aes_ctr_sha1", floor_aes_ctr_sha1);
    made->Arg(1200)->Arg(160);
  }
  for (const Profile profile : profiles) {
    const std::string suffix = "/" + std::string{name(profile)};
    const auto add = [&](const char* what, void (*run)(benchmark::State&, Profile)) {
      return benchmark::RegisterBenchmark((what + suffix).c_str(),
                                          [=](benchmark::State& state) { run(state, profile); });
    };
    add("srtp_protect", protect)->Arg(1200)->Arg(160);
    add("srtp_protect_rewritten", protect_rewritten)->Arg(1200);
    add("srtp_unprotect", unprotect)->Arg(1200)->Arg(160);
    add("srtp_protect_rtcp", protect_rtcp)->Arg(80);
    add("srtp_memory", memory)->Iterations(1);
  }
}

[[maybe_unused]] const int registered = (register_all(), 0);

}  // namespace
