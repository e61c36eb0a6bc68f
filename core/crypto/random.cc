#include "core/crypto/random.h"

#include <algorithm>

#include "core/base/check.h"

#if defined(__wasi__)
#include <unistd.h>
#else
#include <openssl/rand.h>
#endif

namespace sealhall::crypto {

void SystemRandom::fill(MutableBytes out) noexcept {
  // getentropy gives at most 256 bytes a call; RAND_bytes takes an int.
  constexpr std::size_t most = 256;
  for (std::size_t done = 0; done < out.size(); done += most) {
    const MutableBytes part = out.subspan(done, std::min(most, out.size() - done));
#if defined(__wasi__)
    SEALHALL_CHECK(getentropy(part.data(), part.size()) == 0);
#else
    SEALHALL_CHECK(RAND_bytes(part.data(), static_cast<int>(part.size())) == 1);
#endif
  }
}

}  // namespace sealhall::crypto
