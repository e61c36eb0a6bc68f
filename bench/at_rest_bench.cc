// deps: core_envelope
// What is stored: containers (bytes a second), records and wraps, beside what `openssl speed -evp aes-256-gcm` does
// with 64 KiB: one EVP_EncryptUpdate a block, no nonce, no tag.
#include "bench/floor.h"
#include "core/envelope/container.h"
#include "core/envelope/sealed_record.h"
#include "core/envelope/testing.h"

using namespace sealhall;
using namespace sealhall::bench;
using namespace sealhall::envelope;
using envelope::testing::id_of;
using envelope::testing::key_of;

namespace {

const Context place{"account", "recording", "1", ""};
constexpr std::int64_t segment = 65536;

Bytes wrapped_key() {
  SeededRandom random{1};
  return wrap_key(key_of(1), {{id_of(1), 1}, id_of(2)}, place, key_of(2), random).value();
}

// As the recorder does it: the same buffer again and again, a segment in, a segment out.
void container_seal(benchmark::State& state) {
  SeededRandom random{1};
  auto writer = ContainerWriter::create(place, key_of(2), wrapped_key(), random).value();
  const Bytes plain(segment, 7);
  Bytes out;
  for (auto _ : state) {
    out.clear();
    SEALHALL_CHECK(writer.write(plain, out).has_value());
    benchmark::ClobberMemory();
  }
  count_packets(state, segment);
  beside(state, "floor_aes_256_gcm_update/65536");
}

// A player's range of `range` bytes, whole segments.
void container_open(benchmark::State& state) {
  SeededRandom random{1};
  const auto size = static_cast<std::size_t>(state.range(0));
  auto writer = ContainerWriter::create(place, key_of(2), wrapped_key(), random).value();
  Bytes container{writer.header().begin(), writer.header().end()};
  SEALHALL_CHECK(writer.write(Bytes(size, 7), container) && writer.finish(container));
  const ByteRange last = ContainerReader::last_segment(container.size()).value();
  auto reader = ContainerReader::open(place, key_of(2), ByteView{container}.first(container_header_size),
                                      ByteView{container}.subspan(last.offset), container.size())
                    .value();
  const ByteRange range = reader.sealed_range({0, size}).value();
  const ByteView sealed = ByteView{container}.subspan(range.offset, range.size);
  for (auto _ : state) benchmark::DoNotOptimize(reader.open_range({0, size}, sealed));
  count_packets(state, size);
  beside(state, "floor_aes_256_gcm_update/" + std::to_string(size));
}

void record_seal(benchmark::State& state) {
  SeededRandom random{1};
  RecordKey key{key_of(1), id_of(1)};
  const Bytes plain(static_cast<std::size_t>(state.range(0)), 7);
  for (auto _ : state) benchmark::DoNotOptimize(key.seal(place, plain, random));
  count_packets(state, plain.size());
}

// Search opens every record of a room.
void record_open(benchmark::State& state) {
  SeededRandom random{1};
  RecordKey key{key_of(1), id_of(1)};
  const Bytes sealed = key.seal(place, Bytes(static_cast<std::size_t>(state.range(0)), 7), random).value();
  for (auto _ : state) benchmark::DoNotOptimize(key.open(place, sealed));
  count_packets(state, static_cast<std::size_t>(state.range(0)));
}

void key_wrap(benchmark::State& state) {
  SeededRandom random{1};
  const Key wrapping = key_of(1), key = key_of(2);
  for (auto _ : state) benchmark::DoNotOptimize(wrap_key(wrapping, {{id_of(1), 1}, id_of(2)}, place, key, random));
  state.SetItemsProcessed(state.iterations());
}

// What a rotation does for each data key.
void key_rewrap(benchmark::State& state) {
  SeededRandom random{1};
  const Key wrapping = key_of(1);
  const Bytes wrapped = wrapped_key();
  for (auto _ : state) {
    const auto key = unwrap_key(wrapping, place, wrapped);
    benchmark::DoNotOptimize(wrap_key(wrapping, {{id_of(1), 2}, id_of(2)}, place, *key, random));
  }
  state.SetItemsProcessed(state.iterations());
}

BENCHMARK(floor_aes_256_gcm_update)->Arg(segment)->Arg(16 * segment);
BENCHMARK(container_seal);
BENCHMARK(container_open)->Arg(segment)->Arg(16 * segment);
BENCHMARK(record_seal)->Arg(100)->Arg(1024);
BENCHMARK(record_open)->Arg(100)->Arg(1024);
BENCHMARK(key_wrap);
BENCHMARK(key_rewrap);

}  // namespace
