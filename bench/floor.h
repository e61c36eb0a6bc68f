// Floors: the least work that a benchmark beside them could possibly do. A benchmark names its floor by `beside(state,
// name)`; the program's table and tools/bench_report.py print the ratio.
#pragma once

#include <benchmark/benchmark.h>
#include <openssl/evp.h>
#include <openssl/sha.h>

#include <array>
#include <cstring>
#include <memory>
#include <string>

#include "core/base/bytes.h"
#include "core/base/check.h"

namespace sealhall::bench {

/// Says which benchmark of this program is the floor of the running one, by its full name ("floor_memcpy/1200").
inline void beside(benchmark::State& state, const std::string& floor) { state.SetLabel("floor=" + floor); }

/// Calls of malloc, calloc and realloc so far in this process, OpenSSL's and the library's included (bench_main.cc).
std::uint64_t allocations() noexcept;

/// Shows as "allocs" how often one iteration allocated. Made before the loop, told after it.
class AllocationCount {
 public:
  void report(benchmark::State& state) const {
    state.counters["allocs"] =
        benchmark::Counter(static_cast<double>(allocations() - before_) / static_cast<double>(state.iterations()));
  }

 private:
  std::uint64_t before_ = allocations();
};

/// Counts one packet of `bytes` an iteration.
inline void count_packets(benchmark::State& state, std::size_t bytes) {
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes));
}

/// One EVP_EncryptUpdate and nothing else: no nonce, no associated data, no tag.
class EncryptUpdate {
 public:
  explicit EncryptUpdate(const EVP_CIPHER* cipher) : context_(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free) {
    const std::array<std::uint8_t, 32> key{1};
    const std::array<std::uint8_t, 16> iv{2};
    SEALHALL_CHECK(EVP_EncryptInit_ex2(context_.get(), cipher, key.data(), iv.data(), nullptr) == 1);
  }
  void operator()(ByteView in, std::uint8_t* out) noexcept {
    int written = 0;
    SEALHALL_CHECK(EVP_EncryptUpdate(context_.get(), out, &written, in.data(), static_cast<int>(in.size())) == 1);
  }

 private:
  std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context_;
};

inline void floor_memcpy(benchmark::State& state) {
  const auto size = static_cast<std::size_t>(state.range(0));
  Bytes in(size, 1);
  Bytes out(size);
  for (auto _ : state) {
    std::memcpy(out.data(), in.data(), size);
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
  count_packets(state, size);
}

inline void floor_of_cipher(benchmark::State& state, const EVP_CIPHER* cipher) {
  const auto size = static_cast<std::size_t>(state.range(0));
  const Bytes in(size, 1);
  Bytes out(size + 16);
  EncryptUpdate update{cipher};
  for (auto _ : state) {
    update(in, out.data());
    benchmark::ClobberMemory();
  }
  count_packets(state, size);
}
/// AES-256-GCM: counter mode and GHASH over the bytes.
inline void floor_aes_256_gcm_update(benchmark::State& state) { floor_of_cipher(state, EVP_aes_256_gcm()); }

/// AES-CTR and one SHA-1 over the bytes: what AES-CM with HMAC-SHA1 cannot do without.
inline void floor_aes_ctr_sha1(benchmark::State& state) {
  const auto size = static_cast<std::size_t>(state.range(0));
  const Bytes in(size, 1);
  Bytes out(size + 16);
  std::array<std::uint8_t, SHA_DIGEST_LENGTH> digest{};
  EncryptUpdate update{EVP_aes_128_ctr()};
  for (auto _ : state) {
    update(in, out.data());
    SHA1(out.data(), size, digest.data());
    benchmark::DoNotOptimize(digest);
  }
  count_packets(state, size);
}

}  // namespace sealhall::bench
