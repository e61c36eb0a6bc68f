// All media keys of one join, from the HPKE key that the join announces to opened frames: what a client engine talks
// to.
#pragma once

#include <cstdint>
#include <optional>

#include "core/base/expected.h"
#include "core/base/random.h"
#include "core/base/time.h"
#include "core/crypto/async_aead.h"
#include "core/hpke/kem.h"
#include "core/sframe/frame_opener.h"
#include "core/sframe/frame_sealer.h"
#include "core/sframe/key_ring.h"

namespace sealhall::sframe {

/// The order of calls: make it, announce `hpke_public_key` and `sender_nonce` in Join, construct `SessionKeys` from
/// Joined. A new join, also a resumed one, takes a new object: keys are never used by two joins.
class JoinKeys {
 public:
  explicit JoinKeys(RandomSource& random) noexcept
      : hpke_key_(hpke::PrivateKey::generate(generation_suite.kem, random)) {
    random.fill(nonce_);
  }

  /// 32 bytes, for `Join::hpke_public_key`.
  [[nodiscard]] ByteView hpke_public_key() const noexcept { return hpke_key_.public_key(); }
  /// For `Join::sender_nonce`.
  [[nodiscard]] const SenderNonce& sender_nonce() const noexcept { return nonce_; }

 private:
  friend class SessionKeys;
  hpke::PrivateKey hpke_key_;
  SenderNonce nonce_{};
};

/// What the server says in `Joined`.
struct JoinedAs {
  MeetingUuid meeting{};
  std::uint32_t participant = 0;
  std::uint16_t sender_index = 0;
};

class SessionKeys {
 public:
  /// `aead` outlives it. `keys` are those that the join announced.
  SessionKeys(crypto::AsyncAead& aead, JoinKeys keys, const JoinedAs& joined);
  SessionKeys(const SessionKeys&) = delete;
  SessionKeys& operator=(const SessionKeys&) = delete;

  /// `SealedGeneration`: opens it and makes it PREPARED; then the client answers KeyReady. bad_sealed_generation, or as
  /// `KeyRing::prepare`.
  expected<void, SframeError> add_generation(std::uint32_t generation, ByteView enc, ByteView ciphertext);
  /// `ActivateGeneration`, and `Joined::active_generation`.
  expected<void, SframeError> activate(std::uint32_t generation, Instant now);
  /// Erases what is due. Call at `next_deadline`; sealing and opening do it too.
  void advance(Instant now);
  [[nodiscard]] std::optional<Instant> next_deadline() const noexcept { return ring_.next_deadline(); }

  /// Roster changes.
  expected<void, SframeError> set_sender(std::uint16_t sender_index, const SenderNonce& nonce) {
    return opener_.set_sender(sender_index, nonce);
  }
  void remove_sender(std::uint16_t sender_index) noexcept { opener_.remove_sender(sender_index); }

  /// As `FrameSealer::seal` and `FrameOpener::open`, with what is due at `now` erased first.
  expected<std::size_t, SframeError> seal(MediaContext context, ByteView frame, std::size_t clear_prefix_size,
                                          MutableBytes out, Instant now);
  expected<OpenedFrame, SframeError> open(ByteView frame, std::size_t clear_prefix_size, MutableBytes out, Instant now);

  /// For asynchronous use, and for the state that is shown.
  [[nodiscard]] FrameSealer& sealer() noexcept { return sealer_; }
  [[nodiscard]] FrameOpener& opener() noexcept { return opener_; }
  [[nodiscard]] const KeyRing& ring() const noexcept { return ring_; }
  [[nodiscard]] const OpenCounters& counters() const noexcept { return opener_.counters(); }

 private:
  JoinedAs joined_;
  hpke::PrivateKey hpke_key_;
  KeyRing ring_;
  FrameSealer sealer_;
  FrameOpener opener_;
};

}  // namespace sealhall::sframe
