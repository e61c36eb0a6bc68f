// deps: core_sframe
// SFrame seal and open with suite 5, from an audio frame to a large video frame, beside the bare cipher.
#include "bench/floor.h"
#include "core/sframe/context.h"

using namespace sealhall;
using namespace sealhall::bench;
using namespace sealhall::sframe;

namespace {

constexpr CipherSuite suite = CipherSuite::aes_256_gcm_sha512_128;
constexpr KeyId key_id = KeyId{0x01000205};  // a camera of sender 2

std::string floor_of(std::int64_t size) { return "floor_aes_256_gcm_update/" + std::to_string(size); }

void sframe_seal(benchmark::State& state) {
  const Bytes base_key(32, 3);
  const Bytes metadata(3, 1);
  const Bytes frame(static_cast<std::size_t>(state.range(0)), 7);
  Bytes out(frame.size() + 64);
  auto context = SealContext::create(suite, key_id, base_key);
  SEALHALL_CHECK(context.has_value());
  const AllocationCount allocations;
  for (auto _ : state) {
    SEALHALL_CHECK(context->seal(metadata, frame, out).has_value());
    benchmark::ClobberMemory();
  }
  allocations.report(state);
  count_packets(state, frame.size());
  beside(state, floor_of(state.range(0)));
}

void sframe_open(benchmark::State& state) {
  constexpr std::size_t batch = 256;
  const Bytes base_key(32, 3);
  const Bytes metadata(3, 1);
  const Bytes frame(static_cast<std::size_t>(state.range(0)), 7);
  Bytes out(frame.size() + 64);
  auto sealer = SealContext::create(suite, key_id, base_key);
  auto opener = OpenContext::create(suite, key_id, base_key);
  SEALHALL_CHECK(sealer && opener);
  std::vector<Bytes> sealed(batch, Bytes(out.size()));
  std::vector<std::size_t> sizes(batch);
  std::size_t at = batch;
  for (auto _ : state) {
    if (at == batch) {
      state.PauseTiming();
      for (std::size_t i = 0; i < batch; ++i) sizes[i] = *sealer->seal(metadata, frame, sealed[i]);
      at = 0;
      state.ResumeTiming();
    }
    SEALHALL_CHECK(opener->open(metadata, ByteView{sealed[at]}.first(sizes[at]), out).has_value());
    ++at;
  }
  count_packets(state, frame.size());
  beside(state, floor_of(state.range(0)));
}

// A sender's first frame under a new generation.
void sframe_derive(benchmark::State& state) {
  const Bytes base_key(32, 3);
  for (auto _ : state) benchmark::DoNotOptimize(SealContext::create(suite, key_id, base_key));
}

BENCHMARK(floor_aes_256_gcm_update)->Arg(160)->Arg(1200)->Arg(12000);
BENCHMARK(sframe_seal)->Arg(160)->Arg(1200)->Arg(12000);
BENCHMARK(sframe_open)->Arg(160)->Arg(1200)->Arg(12000);
BENCHMARK(sframe_derive);

}  // namespace
