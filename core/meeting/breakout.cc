#include "core/meeting/breakout.h"

#include <algorithm>

#include "core/base/check.h"
#include "core/meeting/display_name.h"

namespace sealhall::meeting {

bool Breakout::plan(const wire::PlanRooms& message) {
  if (open_) return false;
  rooms_.clear();
  assigned_.clear();
  choose_ = message.choose;
  for (const wire::RoomPlan& plan : message.rooms) {
    std::string name = display_name(plan.name);
    rooms_.push_back(name.empty() ? "Room " + std::to_string(rooms_.size() + 1) : std::move(name));
    for (const Number who : plan.assigned) assigned_[who] = static_cast<std::uint32_t>(rooms_.size());
  }
  return true;
}

bool Breakout::open() {
  if (open_ || rooms_.empty()) return false;
  open_ = true;
  closes_at_.reset();
  return true;
}

void Breakout::close_at(Instant when) { closes_at_ = closes_at_ ? std::min(*closes_at_, when) : when; }

void Breakout::closed() {
  open_ = false;
  closes_at_.reset();
  where_.clear();
}

bool Breakout::assign(Number who, std::uint32_t room) {
  if (room != 0 && !exists(room)) return false;
  if (room == 0) {
    assigned_.erase(who);
  } else {
    assigned_[who] = room;
  }
  return true;
}

void Breakout::moved(Number who, std::uint32_t room) {
  if (room == 0) {
    where_.erase(who);
  } else {
    where_[who] = room;
  }
}

void Breakout::forget(Number who) {
  assigned_.erase(who);
  where_.erase(who);
}

const std::string& Breakout::name(std::uint32_t room) const {
  SEALHALL_CHECK(exists(room));
  return rooms_[room - 1];
}

std::uint32_t Breakout::assigned(Number who) const {
  const auto it = assigned_.find(who);
  return it == assigned_.end() ? 0 : it->second;
}

std::uint32_t Breakout::where(Number who) const {
  const auto it = where_.find(who);
  return it == where_.end() ? 0 : it->second;
}

bool Breakout::may_enter(Number who, std::uint32_t room) const {
  return open_ && !closes_at_ && exists(room) && (choose_ || assigned(who) == room);
}

wire::Rooms Breakout::view(Instant now) const {
  wire::Rooms out;
  out.open = open_;
  out.choose = choose_;
  if (closes_at_) {
    const Duration left = std::max(*closes_at_ - now, Duration::zero());
    out.closing_in_seconds = static_cast<std::uint32_t>((to_millis(left) + 999) / 1000);
  }
  for (std::size_t i = 0; i < rooms_.size(); ++i) {
    out.rooms.push_back({static_cast<std::uint32_t>(i + 1), rooms_[i], {}, {}});
  }
  for (const auto& [who, room] : assigned_) out.rooms[room - 1].assigned.push_back(who);
  for (const auto& [who, room] : where_) out.rooms[room - 1].inside.push_back(who);
  return out;
}

}  // namespace sealhall::meeting
