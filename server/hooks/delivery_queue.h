// The queue of one endpoint. Pure: told what happened and the time, says what to do. In order: while the first delivery
// waits for its next try, those behind it wait too.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "core/base/time.h"

namespace sealhall::hooks {

struct RetryTimes {
  /// After the first, second, .. failure. More of them keep a dead endpoint's queue longer, fewer lose events sooner.
  std::array<Duration, 3> after = {std::chrono::minutes{5}, std::chrono::minutes{20}, std::chrono::minutes{60}};
  /// A delivery that has waited this long gets one try and no second: a dead endpoint does not hold the queue for ever.
  Duration patience = std::chrono::hours{24};
};

class DeliveryQueue {
 public:
  struct Item {
    std::string id;
    std::uint32_t attempts = 0;  ///< that failed
    UnixMicros created_at{};
    UnixMicros not_before{};
  };
  /// What became of the delivery that was under way; to be written down before the next one starts.
  struct Outcome {
    enum class State : std::uint8_t { delivered, waiting, given_up };
    std::string id;
    State state = State::delivered;
    std::uint32_t attempts = 0;  ///< tries so far, this one included
    UnixMicros not_before{};     ///< waiting: when to try again
  };

  explicit DeliveryQueue(RetryTimes times = {}) : times_(times) {}

  /// At the end. Items from the store are added in the order of their positions.
  void add(Item item) { items_.push_back(std::move(item)); }

  /// The delivery to make now; it is under way until `finished` or `postponed`. nullopt: nothing to do now.
  std::optional<std::string> start(UnixMicros now);
  /// Of the delivery under way. Success is an answer 2xx in time.
  Outcome finished(bool success, UnixMicros now);
  /// It was not tried, because something of ours is away. Costs no attempt.
  void postponed(UnixMicros not_before);
  /// Of the delivery under way: it can never be made.
  Outcome abandoned();
  /// Nothing starts while held: what became of the last one is being written down.
  void hold(bool held) noexcept { held_ = held; }
  /// Forgets a delivery that is not under way; false when it is, or is not here.
  bool remove(const std::string& id);

  /// Somebody believes that the endpoint is back: what waits is tried now.
  void hurry(UnixMicros now) noexcept;

  /// When `start` should be asked again; nullopt: after `add` or `finished` only.
  [[nodiscard]] std::optional<UnixMicros> next_at() const;
  [[nodiscard]] bool under_way() const noexcept { return under_way_; }
  [[nodiscard]] std::size_t size() const noexcept { return items_.size(); }

 private:
  RetryTimes times_;
  std::deque<Item> items_;
  bool under_way_ = false;  ///< the first item
  bool held_ = false;
};

}  // namespace sealhall::hooks
