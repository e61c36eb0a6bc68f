// What chat, polls, questions and the like have in common: whom they tell, and how they wait until something is kept.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/base/random.h"
#include "core/meeting/participant.h"
#include "core/meeting/types.h"
#include "core/wire/records.h"

namespace sealhall::meeting {

using People = std::map<ParticipantNumber, Participant>;

/// To those of `to` who are connected, in the meeting or in the waiting room.
struct Tell {
  std::vector<ParticipantNumber> to;
  wire::ServerMessage message;
};
struct RosterChanged {
  ParticipantNumber participant = 0;
};
using ActivityOutput = std::variant<Tell, KeepRecord, RosterChanged, FileOffered, FileWanted>;
using ActivityOutbox = std::vector<ActivityOutput>;

/// Everything that an activity may look at and write to while it handles one input.
struct Scene {
  People& people;
  const Rules& rules;
  Instant now;
  UnixMicros wall;  ///< the same moment, for what people read
  RandomSource& random;
  std::uint64_t max_file_size;
  ActivityOutbox& out;

  [[nodiscard]] std::uint64_t wall_ms() const noexcept { return static_cast<std::uint64_t>(wall) / 1000; }
  [[nodiscard]] Participant* find(ParticipantNumber number) const;
  /// Everybody who is in the meeting and connected.
  [[nodiscard]] std::vector<ParticipantNumber> everybody() const;
  [[nodiscard]] std::vector<ParticipantNumber> hosts() const;
  /// In the meeting, connected, and no host or co-host.
  [[nodiscard]] std::vector<ParticipantNumber> participants() const;

  void tell(std::vector<ParticipantNumber> to, wire::ServerMessage message) const;
  void acknowledge(ParticipantNumber who, wire::RequestNumber request,
                   std::optional<std::uint64_t> made = std::nullopt) const;
  /// `why`: a sentence of its own instead of the one that belongs to the code.
  void refuse(ParticipantNumber who, wire::RequestNumber request, wire::ErrorCode code,
              std::string_view why = {}) const;
};

[[nodiscard]] inline bool is_host(const Participant& p) noexcept { return p.role >= wire::Role::cohost; }
/// While everything is suspended only hosts and co-hosts act.
[[nodiscard]] inline bool may_act(const Participant& p, const Rules& rules) noexcept {
  return p.stage == Stage::present && (!rules.suspended || is_host(p));
}

/// Hands records out to be kept and goes on, in the order of asking, when they are.
class Ledger {
 public:
  using Then = std::function<void(bool kept, const wire::Record& record, Scene& scene)>;
  /// False when too much waits already: the store is away. Otherwise `then` is called once, later.
  [[nodiscard]] bool keep(wire::Record record, Scene& scene, Then then);
  /// The store's answer.
  void settled(std::uint64_t request, bool kept, Scene& scene);
  [[nodiscard]] std::size_t waiting() const noexcept { return pending_.size(); }

 private:
  struct Pending {
    std::uint64_t request = 0;
    wire::Record record;
    Then then;
    std::optional<bool> kept{};
  };
  static constexpr std::size_t most_pending = 2000;  // some seconds of a very busy meeting
  std::deque<Pending> pending_;
  std::uint64_t next_request_ = 1;
};

/// One thing of which versions are being kept: the last that is durable, and the one that changes build on.
template <class T>
class Durable {
 public:
  /// Nullptr until the first version is kept.
  [[nodiscard]] const T* kept() const noexcept { return kept_ ? &*kept_ : nullptr; }
  /// With what is on its way; what a change begins from.
  [[nodiscard]] const T& newest() const noexcept { return next_ ? *next_ : *kept_; }
  void restore(T state) { kept_ = std::move(state); }
  /// `state` was handed to the ledger.
  void begin(T state) {
    next_ = std::move(state);
    ++in_flight_;
  }
  /// The ledger's answer, in the same order. False when nothing is left of it: its first version was not kept.
  bool end(const T& state, bool kept) {
    if (kept) kept_ = state;
    if (--in_flight_ == 0) next_.reset();
    return kept_.has_value() || next_.has_value();
  }

 private:
  std::optional<T> kept_;
  std::optional<T> next_;
  unsigned in_flight_ = 0;
};

}  // namespace sealhall::meeting
