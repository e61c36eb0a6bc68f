// Opens what all the others of a meeting send: finds the one key that a frame names, checks its replay window, opens,
// and never tries another key.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "core/base/expected.h"
#include "core/crypto/async_aead.h"
#include "core/sframe/context.h"
#include "core/sframe/frame.h"
#include "core/sframe/key_ring.h"

namespace sealhall::sframe {

/// Why frames were dropped, since the start. A drop has no other effect (no key is tried twice, nothing is passed on).
struct OpenCounters {
  std::uint64_t opened = 0;
  std::uint64_t malformed = 0;
  std::uint64_t unknown_generation = 0;
  std::uint64_t unknown_sender = 0;
  std::uint64_t unknown_context = 0;
  std::uint64_t replayed = 0;
  std::uint64_t authentication_failed = 0;
};

class OpenListener {
 public:
  virtual ~OpenListener() = default;
  /// `frame` holds the clear prefix and the plaintext; it is empty when `opened` is an error.
  virtual void on_opened(std::uint64_t ticket, expected<OpenedFrame, SframeError> opened, Bytes frame) = 0;
};

/// `aead` and `ring` outlive it, and it outlives its jobs. Keys are derived when a sender's first frame comes.
class FrameOpener final : private crypto::AeadListener {
 public:
  FrameOpener(crypto::AsyncAead& aead, const KeyRing& ring);
  ~FrameOpener() override;
  FrameOpener(const FrameOpener&) = delete;
  FrameOpener& operator=(const FrameOpener&) = delete;

  /// A roster entry. The same entry again changes nothing. sender_index_reused when the index has keys of another nonce
  /// that are still alive: an index belongs to one join in a generation.
  expected<void, SframeError> set_sender(std::uint16_t sender_index, const SenderNonce& nonce);
  /// Its frames are not opened from now on. What was opened stays remembered, so that bringing the same entry back does
  /// not open a replay.
  void remove_sender(std::uint16_t sender_index) noexcept;

  /// Opens now, for an AEAD that completes inline. Writes clear prefix and plaintext to `out`, which does not overlap
  /// `frame`. Errors: malformed, unknown_generation, unknown_sender, unknown_context, replayed, authentication_failed,
  /// buffer_too_small, prefix_too_long, backend_failed.
  expected<OpenedFrame, SframeError> open(ByteView frame, std::size_t clear_prefix_size, MutableBytes out);

  /// Opens when the AEAD completes; `listener` hears of it once, perhaps inside this call.
  void open_later(std::uint64_t ticket, Bytes frame, std::size_t clear_prefix_size, OpenListener& listener);

  /// Drops keys and windows whose generation the ring has erased.
  void forget_erased();

  [[nodiscard]] const OpenCounters& counters() const noexcept { return counters_; }

 private:
  struct Sender {
    SenderNonce nonce{};
    bool present = false;
  };
  struct Name {
    std::uint32_t generation = 0;
    std::uint16_t sender_index = 0;
    MediaContext context = MediaContext::audio;
    friend auto operator<=>(const Name&, const Name&) noexcept = default;
  };
  struct Key {
    crypto::AeadKeyId aead_key{};
    Secret<nonce_size> salt;
    ReplayWindow window;
  };
  struct Plan {
    crypto::AeadJob job;
    FrameAad aad;
    Name name;
    std::uint64_t counter = 0;
    std::size_t clear_prefix_size = 0;
  };
  struct Pending;

  expected<Key*, SframeError> key_for(const Name& name, const Sender& sender);
  expected<void, SframeError> prepare(ByteView frame, std::size_t clear_prefix_size, MutableBytes out, Plan& plan);
  /// After the AEAD: the window once more, since another copy may have been under way, then the mark.
  expected<OpenedFrame, SframeError> finish(const Plan& plan, expected<std::size_t, crypto::CryptoError> result);
  SframeError count(SframeError error) noexcept;
  void on_aead_done(std::uint64_t ticket, expected<std::size_t, crypto::CryptoError> result) override;

  crypto::AsyncAead& aead_;
  const KeyRing& ring_;
  std::map<std::uint16_t, Sender> senders_;
  std::map<Name, Key> keys_;
  std::vector<std::unique_ptr<Pending>> pending_;
  std::uint64_t next_job_ = 1;
  OpenCounters counters_;
};

}  // namespace sealhall::sframe
