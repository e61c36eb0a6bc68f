#include "kms/secret_pool.h"

#include <sys/mman.h>

#include <new>

#include "core/base/check.h"
#include "core/base/secret.h"

namespace sealhall::kms {
namespace {

using sframe::GenerationSecret;

/// Room for 128 secrets. Larger locks memory that small installations never use, smaller makes more system calls.
constexpr std::size_t chunk_size = 4096;
constexpr std::size_t secrets_in_chunk = chunk_size / sizeof(GenerationSecret);

}  // namespace

SecretPool::~SecretPool() {
  SEALHALL_CHECK(in_use_ == 0);
  for (void* page : pages_) {
    wipe({static_cast<std::uint8_t*>(page), chunk_size});
    ::munmap(page, chunk_size);
  }
}

void SecretPool::grow() {
  void* page = ::mmap(nullptr, chunk_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  SEALHALL_CHECK(page != MAP_FAILED);
  locked_ = ::mlock(page, chunk_size) == 0 && locked_;
  ::madvise(page, chunk_size, MADV_DONTDUMP);
  ::madvise(page, chunk_size, MADV_WIPEONFORK);
  pages_.push_back(page);
  free_.reserve(pages_.size() * secrets_in_chunk);  // so that giving back never allocates
  for (std::size_t i = secrets_in_chunk; i > 0; --i) {
    free_.push_back(new (static_cast<std::uint8_t*>(page) + (i - 1) * sizeof(GenerationSecret)) GenerationSecret);
  }
}

SecretPool::Handle SecretPool::take() {
  if (free_.empty()) grow();
  GenerationSecret* secret = free_.back();
  free_.pop_back();
  ++in_use_;
  return Handle{secret, GiveBack{this}};
}

void SecretPool::give_back(GenerationSecret* secret) noexcept {
  wipe(secret->reveal_mutable());
  free_.push_back(secret);
  --in_use_;
}

}  // namespace sealhall::kms
