// The keys of one join behind the two questions that the media path asks: seal this, open that (RFC 9605).
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "client/engine/media_receiver.h"
#include "client/engine/media_sender.h"
#include "core/base/random.h"
#include "core/crypto/async_aead.h"
#include "core/sframe/session_keys.h"
#include "core/wire/signalling.h"

namespace sealhall::client {

/// One object a meeting; `begin_join` and `joined` for every join of it, also a resumed one.
class MeetingKeys final : public FrameSealing, public FrameOpening {
 public:
  /// `random` outlives it and is fit for secrets.
  explicit MeetingKeys(RandomSource& random) : random_(random) {}

  /// Makes the keys that the next `Join` announces. What the join before can open stays until `joined`.
  void begin_join();
  [[nodiscard]] Bytes hpke_public_key() const;
  [[nodiscard]] Bytes sender_nonce() const;
  /// `Joined` has come for the join that was begun. False when a field cannot be used (the server's mistake).
  bool joined(const wire::Joined& joined, Instant now);

  /// True when it can be opened with now: then KeyReady may be said.
  bool add_generation(const wire::SealedGeneration& sealed);
  bool activate(std::uint32_t generation, Instant now);
  /// The whole roster: who is not in it cannot be opened any more.
  void set_roster(const std::map<wire::ParticipantNumber, wire::RosterEntry>& roster);

  [[nodiscard]] std::optional<std::uint32_t> active_generation() const;
  void advance(Instant now);

  bool seal(std::uint8_t context, ByteView frame, std::size_t clear, Bytes& out, Instant now) override;
  std::optional<FrameKey> look(ByteView sealed, std::size_t clear) override;
  expected<void, OpenFailure> open(ByteView sealed, std::size_t clear, Bytes& out, Instant now) override;

 private:
  struct Join {
    crypto::InlineAead aead;
    std::unique_ptr<sframe::SessionKeys> keys;
  };
  RandomSource& random_;
  std::optional<sframe::JoinKeys> next_;
  std::unique_ptr<Join> join_;
  std::map<std::uint16_t, Bytes> senders_;
};

}  // namespace sealhall::client
