// Seals everything that one join sends: a key and a counter for each media context, in the active generation.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "core/crypto/async_aead.h"
#include "core/sframe/context.h"
#include "core/sframe/frame.h"
#include "core/sframe/key_ring.h"

namespace sealhall::sframe {

class SealListener {
 public:
  virtual ~SealListener() = default;
  virtual void on_sealed(std::uint64_t ticket, expected<Bytes, SframeError> frame) = 0;
};

/// One object a join, for all of its encoders: they may come and go, the counters stay. `aead` and `ring` outlive it,
/// and it outlives its jobs.
class FrameSealer final : private crypto::AeadListener {
 public:
  /// `nonce` was drawn for this join alone (see `JoinKeys`): a second object with the same nonce and index would repeat
  /// counters.
  FrameSealer(crypto::AsyncAead& aead, const KeyRing& ring, std::uint16_t sender_index, const SenderNonce& nonce);
  ~FrameSealer() override;
  FrameSealer(const FrameSealer&) = delete;
  FrameSealer& operator=(const FrameSealer&) = delete;

  /// Seals now, for an AEAD that completes inline. `frame` begins with `clear_prefix_size` bytes that stay readable.
  /// Writes at most `frame.size() + max_seal_overhead` bytes to `out`, which does not overlap `frame`, and returns
  /// their number. Errors: no_active_generation, prefix_too_long, buffer_too_small, counter_exhausted, backend_failed.
  expected<std::size_t, SframeError> seal(MediaContext context, ByteView frame, std::size_t clear_prefix_size,
                                          MutableBytes out);

  /// Seals when the AEAD completes; `listener` hears of it once, perhaps inside this call.
  void seal_later(std::uint64_t ticket, MediaContext context, Bytes frame, std::size_t clear_prefix_size,
                  SealListener& listener);

  /// Drops derived keys whose generation the ring has retired or erased: nothing is sealed with them again.
  void forget_retired();

 private:
  struct ContextKey {
    std::uint32_t generation = 0;
    crypto::AeadKeyId aead_key{};
    Secret<nonce_size> salt;
    CounterSource counters;
  };
  /// All that is decided before the AEAD runs.
  struct Plan {
    crypto::AeadJob job;
    FrameAad aad;
    std::size_t front = 0;  ///< clear prefix and header, written to the output already
  };
  struct Pending;

  expected<ContextKey*, SframeError> key_for(MediaContext context);
  /// Writes clear prefix and header to `out` and takes a counter. `plan.job.aad` points into `plan`.
  expected<void, SframeError> prepare(MediaContext context, ByteView frame, std::size_t clear_prefix_size,
                                      MutableBytes out, Plan& plan);
  void on_aead_done(std::uint64_t ticket, expected<std::size_t, crypto::CryptoError> result) override;

  crypto::AsyncAead& aead_;
  const KeyRing& ring_;
  std::uint16_t sender_index_;
  SenderNonce nonce_;
  std::array<std::optional<ContextKey>, media_context_count> keys_;
  std::vector<std::unique_ptr<Pending>> pending_;
  std::uint64_t next_job_ = 1;
};

}  // namespace sealhall::sframe
