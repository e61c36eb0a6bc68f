// Who speaks loudest: levels of RFC 6464 smoothed into an order that a cough does not change and that does not flicker.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/base/time.h"

namespace sealhall::sfu {

/// What a level becomes: fast up (a word is enough), slow down (a pause between sentences is not the end of a turn).
class Loudness {
 public:
  /// `level` 0 (loudest) .. 127 (silence); `voice` is the sender's own opinion.
  void on_level(std::uint8_t level, bool voice, Instant now) noexcept;
  /// Packets that stopped coming (muted, silence suppression) count as silence. Call now and then.
  void decay(Instant now) noexcept;
  /// 0 (silent) .. 127.
  [[nodiscard]] float score() const noexcept { return score_; }
  [[nodiscard]] bool speaking() const noexcept { return score_ >= speaking_score; }
  void silence() noexcept { score_ = 0; }

  /// Lower calls noise speech, higher misses quiet people.
  static constexpr float speaking_score = 30.0F;

 private:
  float score_ = 0;
  Instant last_{};
};

/// Keeps the order of the sources of one meeting. `Id` values are the caller's (any pointer-sized number).
class SpeakerOrder {
 public:
  using Id = std::uintptr_t;
  struct Candidate {
    Id id = 0;
    float score = 0;
    bool speaking = false;
  };
  enum class Change : std::uint8_t {
    none,
    order,  ///< somewhere behind the first `shown` places
    shown,  ///< among the first `shown` places
  };
  /// Takes all candidates of the moment and puts those first that were first before, unless another one is clearly
  /// louder
  /// (`margin`), and for the very first place for `dominance_time`.
  Change update(std::span<const Candidate> candidates, Instant now);
  /// Those that speak or have spoken, loudest first, at most `kept`.
  [[nodiscard]] std::span<const Id> order() const noexcept { return order_; }
  void forget(Id id) noexcept;

  static constexpr std::size_t shown = 8;
  /// More than any receiver has audio slots, itself left out.
  static constexpr std::size_t kept = 48;
  /// Points of score by which one must be louder to pass. Larger: calmer order; smaller: quicker.
  static constexpr float margin = 5.0F;
  static constexpr Duration dominance_time = std::chrono::milliseconds{300};

 private:
  std::vector<Id> order_;
  std::vector<Candidate> scratch_;
  Id challenger_ = 0;
  Instant challenged_at_{};
};

}  // namespace sealhall::sfu
