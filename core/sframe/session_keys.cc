#include "core/sframe/session_keys.h"

#include <utility>

namespace sealhall::sframe {

SessionKeys::SessionKeys(crypto::AsyncAead& aead, JoinKeys keys, const JoinedAs& joined)
    : joined_(joined),
      hpke_key_(std::move(keys.hpke_key_)),
      ring_(joined.meeting),
      sealer_(aead, ring_, joined.sender_index, keys.nonce_),
      opener_(aead, ring_) {}

expected<void, SframeError> SessionKeys::add_generation(std::uint32_t generation, ByteView enc, ByteView ciphertext) {
  const auto secret = open_generation(joined_.meeting, generation, joined_.participant, hpke_key_, enc, ciphertext);
  if (!secret) return unexpected(secret.error());
  auto prepared = ring_.prepare(generation, *secret);
  // A colliding older generation is gone now.
  sealer_.forget_retired();
  opener_.forget_erased();
  return prepared;
}

expected<void, SframeError> SessionKeys::activate(std::uint32_t generation, Instant now) {
  advance(now);
  auto activated = ring_.activate(generation, now);
  sealer_.forget_retired();
  return activated;
}

void SessionKeys::advance(Instant now) {
  const auto due = ring_.next_deadline();
  if (!due || *due > now) return;
  ring_.advance(now);
  opener_.forget_erased();
}

expected<std::size_t, SframeError> SessionKeys::seal(MediaContext context, ByteView frame,
                                                     std::size_t clear_prefix_size, MutableBytes out, Instant now) {
  advance(now);
  return sealer_.seal(context, frame, clear_prefix_size, out);
}

expected<OpenedFrame, SframeError> SessionKeys::open(ByteView frame, std::size_t clear_prefix_size, MutableBytes out,
                                                     Instant now) {
  advance(now);
  return opener_.open(frame, clear_prefix_size, out);
}

}  // namespace sealhall::sframe
