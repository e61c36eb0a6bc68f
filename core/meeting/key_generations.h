// The life of a meeting's key generations: made in kms, sealed for each member, PREPARED at everybody, then ACTIVE,
// then erased.
//
// This is the bookkeeping only: no secret ever passes here, sealed ones pass through to their member. Sans-IO.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <variant>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/time.h"
#include "core/wire/signalling.h"

namespace sealhall::meeting {

/// How long each step may take.
struct KeyTimes {
  Duration leave_batch = std::chrono::milliseconds{800};  ///< leaves that share one new generation; at most 1 s
  Duration activate_after = std::chrono::seconds{2};      ///< after distribution, when not everybody has acknowledged
  Duration age = std::chrono::minutes{30};                ///< of the active generation; then a new one is made
  Duration retry = std::chrono::seconds{1};               ///< after kms could not do what was asked
};

// ---- what it wants done -------------------------------------------------------------------------------------------

/// Ask kms for a new generation. Answer with `on_made` or `on_failed`.
struct MakeKeys {
  std::uint64_t request = 0;
  std::uint32_t after = 0;  ///< the new number must be larger
};
/// Ask kms to seal a generation to a member (HPKE, RFC 9180). Answer with `on_sealed`, `on_failed` or
/// `on_bad_public_key`.
struct SealKeys {
  std::uint64_t request = 0;
  std::uint32_t generation = 0;
  wire::ParticipantNumber participant = 0;
  Bytes hpke_public_key;
};
/// Tell kms to erase it: nobody may be given it any more.
struct EraseKeys {
  std::uint32_t generation = 0;
};
/// Send it to the member as `NewGeneration`.
struct DeliverKeys {
  wire::ParticipantNumber participant = 0;
  wire::SealedGeneration sealed;
};
/// Everybody in `to` has it: tell them to seal with it.
struct ActivateKeys {
  std::uint32_t generation = 0;
  std::vector<wire::ParticipantNumber> to;
};
/// The member's public key cannot be used: it cannot be in the meeting.
struct RefuseMember {
  wire::ParticipantNumber participant = 0;
};
using KeyOutput = std::variant<MakeKeys, SealKeys, EraseKeys, DeliverKeys, ActivateKeys, RefuseMember>;
using KeyOutbox = std::vector<KeyOutput>;

enum class Departure : std::uint8_t {
  never_had_keys,  ///< needs no new generation
  left,            ///< within `leave_batch`
  removed,         ///< at once
};

/// What a joiner needs to open what others send and to seal what it sends.
struct KeysForJoin {
  std::vector<wire::SealedGeneration> generations;  ///< oldest first
  std::uint32_t active = 0;
};

/// Members are admitted participants: joining (keys are being sealed), ready (connected, was sent `Joined`) or away.
class KeyGenerations {
 public:
  explicit KeyGenerations(KeyTimes times = {}) : times_(times) {}

  /// A join with its own key; one that resumes replaces what was known of the member.
  void member_joins(wire::ParticipantNumber participant, Bytes hpke_public_key, Instant now, KeyOutbox& out);
  /// What `Joined` must carry; nullopt while it is being sealed.
  [[nodiscard]] std::optional<KeysForJoin> keys_for(wire::ParticipantNumber participant) const;
  /// `Joined` was sent with `keys_for`. Only for a member that is joining.
  void member_ready(wire::ParticipantNumber participant);
  /// The connection is broken: nothing is sent and nobody waits for an acknowledgement until the member joins again.
  void member_away(wire::ParticipantNumber participant, Instant now, KeyOutbox& out);
  /// The member is no more. `departure` says whether, and how soon, what is sent from now on must be closed to it.
  void member_gone(wire::ParticipantNumber participant, Departure departure, Instant now, KeyOutbox& out);
  /// The member holds the keys of this generation. One that is not prepared, or was acknowledged, changes nothing.
  void acknowledged(wire::ParticipantNumber participant, std::uint32_t generation, Instant now, KeyOutbox& out);
  /// A new generation now: somebody asked for it.
  void rotate(Instant now, KeyOutbox& out);

  // ---- answers of kms; those of requests that are forgotten change nothing ------------------------------------------

  /// A number that is not larger than every one before is refused and asked for again.
  void on_made(std::uint64_t request, std::uint32_t generation, Instant now, KeyOutbox& out);
  /// Kept for `Joined` while the member is joining, otherwise delivered. One of another generation than was asked for
  /// counts as failed.
  void on_sealed(std::uint64_t request, wire::SealedGeneration sealed, Instant now, KeyOutbox& out);
  /// kms does not know the generation any more, or could not make one.
  void on_failed(std::uint64_t request, Instant now, KeyOutbox& out);
  /// Gives `RefuseMember`; what was asked for the member stays open until it is gone.
  void on_bad_public_key(std::uint64_t request, KeyOutbox& out);
  /// Nothing can be asked until `kms_ready`; what was asked is lost.
  void kms_lost(Instant now);
  /// `forgot`: it is another instance, all generations of before are gone in it.
  void kms_ready(bool forgot, Instant now, KeyOutbox& out);

  /// When `on_timeout` must be called at the latest; nullopt when nothing is waited for.
  [[nodiscard]] std::optional<Instant> next_deadline() const;
  /// A generation that is due is made, one that was distributed long enough ago becomes active. Too early does no harm.
  void on_timeout(Instant now, KeyOutbox& out);

  [[nodiscard]] std::uint32_t active() const noexcept { return active_; }  ///< 0: none yet
  /// The largest number that kms gave.
  [[nodiscard]] std::uint32_t newest_made() const noexcept { return newest_made_; }
  /// The smallest generation that a joiner may still be given.
  [[nodiscard]] std::uint32_t oldest_live() const noexcept { return active_; }
  /// Between `kms_ready` and `kms_lost`; true at the start.
  [[nodiscard]] bool kms_up() const noexcept { return kms_up_; }

 private:
  enum class MemberState : std::uint8_t { joining, ready, away };
  struct Member {
    Bytes hpke_public_key;
    MemberState state = MemberState::joining;
    std::map<std::uint32_t, wire::SealedGeneration> sealed;  ///< while joining: kept for `Joined`
  };
  struct Generation {
    bool lost = false;                                 ///< kms cannot seal it any more
    std::set<wire::ParticipantNumber> unacknowledged;  ///< ready members that were sent it
    std::optional<Instant> distributed_at;
  };
  struct PendingSeal {
    std::uint32_t generation = 0;
    wire::ParticipantNumber participant = 0;
  };

  [[nodiscard]] bool can_make(bool urgent) const noexcept;
  void try_rotation(Instant now, KeyOutbox& out);
  void ask_seal(std::uint32_t generation, wire::ParticipantNumber participant, KeyOutbox& out);
  void forget_pending(wire::ParticipantNumber participant);
  void settle(Instant now, KeyOutbox& out);
  void activate(std::uint32_t generation, KeyOutbox& out);
  [[nodiscard]] bool awaits_seal_for_ready_member(std::uint32_t generation) const;
  void want_rotation(Instant when, bool urgent = false);

  KeyTimes times_;
  std::map<wire::ParticipantNumber, Member> members_;
  std::map<std::uint32_t, Generation> generations_;  ///< PREPARED ones and the ACTIVE one, by number
  std::map<std::uint64_t, PendingSeal> pending_;
  std::optional<std::uint64_t> making_;  ///< the request of the generation that kms makes now
  std::optional<Instant> due_;           ///< when the next generation is to be made
  bool due_is_urgent_ = false;           ///< somebody was removed
  std::optional<Instant> age_due_;
  std::uint32_t active_ = 0;
  std::uint32_t newest_made_ = 0;
  std::uint64_t next_request_ = 1;
  bool kms_up_ = true;
};

}  // namespace sealhall::meeting
