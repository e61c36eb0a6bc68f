// A place for generation secrets that is kept out of swap, core dumps and forked children, as far as the system allows.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "core/sframe/managed_keys.h"

namespace sealhall::kms {

/// Gives out secrets one by one. Grows by whole pages; a secret that is given back is wiped and its place used again.
class SecretPool {
 public:
  struct GiveBack {
    SecretPool* pool;
    void operator()(sframe::GenerationSecret* secret) const noexcept { pool->give_back(secret); }
  };
  using Handle = std::unique_ptr<sframe::GenerationSecret, GiveBack>;

  SecretPool() { grow(); }
  ~SecretPool();  ///< all handles are gone before
  SecretPool(const SecretPool&) = delete;
  SecretPool& operator=(const SecretPool&) = delete;

  /// All zeros.
  [[nodiscard]] Handle take();
  [[nodiscard]] std::size_t in_use() const noexcept { return in_use_; }
  /// Whether every page so far could be locked. False means swap may see secrets (RLIMIT_MEMLOCK is too small).
  [[nodiscard]] bool locked() const noexcept { return locked_; }

 private:
  void grow();
  void give_back(sframe::GenerationSecret* secret) noexcept;

  std::vector<void*> pages_;
  std::vector<sframe::GenerationSecret*> free_;
  std::size_t in_use_ = 0;
  bool locked_ = true;
};

}  // namespace sealhall::kms
