// The whiteboard of a meeting: a log of strokes, shapes and texts that everybody draws by themselves.
#pragma once

#include <cstdint>
#include <map>

#include "core/meeting/activity.h"

namespace sealhall::meeting {

class Whiteboard {
 public:
  explicit Whiteboard(Ledger& ledger) : ledger_(ledger) {}

  void draw(const Participant& by, const wire::Draw& message, Scene& scene);
  /// One's own; hosts and co-hosts erase anything, and everything at once.
  void erase(const Participant& by, const wire::Erase& message, Scene& scene);
  void welcome(const Participant& who, Scene& scene) const;
  void restore(wire::BoardItem item);
  [[nodiscard]] std::size_t size() const noexcept { return items_.size(); }

 private:
  static constexpr std::size_t most_items = 2000;  // what a new client must be told at once
  static constexpr std::size_t most_points = 200'000;
  static constexpr std::size_t points_in_message = 40'000;  // about 240 kB of JSON
  void keep(const Participant& by, wire::RequestNumber request, wire::BoardItem item, Scene& scene);
  void take_in(const wire::BoardItem& item);
  [[nodiscard]] std::size_t points() const;

  Ledger& ledger_;
  std::map<std::uint64_t, wire::BoardItem> items_;  ///< kept and not erased
  std::uint64_t next_ = 1;
};

}  // namespace sealhall::meeting
