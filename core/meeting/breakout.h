// Breakout rooms as the main meeting plans them: which there are, who belongs where, who is where, when they close.
//
// A room itself is a Meeting of its own, with its own keys and transports (docs/decisions/0006). This is bookkeeping.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/time.h"
#include "core/wire/signalling.h"

namespace sealhall::meeting {

class Breakout {
 public:
  using Number = wire::ParticipantNumber;

  /// False while rooms are open.
  bool plan(const wire::PlanRooms& message);
  /// False when there is no room, or they are open already.
  bool open();
  /// The rooms close at `when`: until then people may go back by themselves.
  void close_at(Instant when);
  /// They are closed: nobody is inside any more.
  void closed();
  /// Error: false for a room that there is not. 0 takes the assignment away.
  bool assign(Number who, std::uint32_t room);
  /// Where somebody is now; 0 for the main room.
  void moved(Number who, std::uint32_t room);
  void forget(Number who);

  [[nodiscard]] bool is_open() const noexcept { return open_; }
  [[nodiscard]] std::optional<Instant> closes_at() const noexcept { return closes_at_; }
  [[nodiscard]] bool exists(std::uint32_t room) const noexcept { return room >= 1 && room <= rooms_.size(); }
  [[nodiscard]] const std::string& name(std::uint32_t room) const;
  [[nodiscard]] std::size_t count() const noexcept { return rooms_.size(); }
  /// 0 when not assigned.
  [[nodiscard]] std::uint32_t assigned(Number who) const;
  [[nodiscard]] std::uint32_t where(Number who) const;
  [[nodiscard]] const std::map<Number, std::uint32_t>& inside() const noexcept { return where_; }
  /// Whether a participant may go there by themselves.
  [[nodiscard]] bool may_enter(Number who, std::uint32_t room) const;
  [[nodiscard]] wire::Rooms view(Instant now) const;

 private:
  std::vector<std::string> rooms_;  ///< names; room n is at n-1
  std::map<Number, std::uint32_t> assigned_;
  std::map<Number, std::uint32_t> where_;
  bool open_ = false;
  bool choose_ = false;
  std::optional<Instant> closes_at_;
};

}  // namespace sealhall::meeting
