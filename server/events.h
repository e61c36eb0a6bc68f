// What happened, told to whoever in this process wants to know: webhooks, callbacks, counters. In process and in order.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "core/base/time.h"

namespace sealhall {

/// Something that happened and is acknowledged: publish after the store has it, never before.
struct Event {
  std::string name;  ///< "meeting.started"
  std::string account_id;
  UnixMicros at{};
  /// The payload's `object`, a JSON object. Meeting ids are numbers in meeting.created/updated/deleted and recording.*,
  /// text in meeting.started/ended/participant_*.
  std::string object_json;
  /// Members that stand beside `object` in the payload, as a JSON object: operator, operator_id, old_object,
  /// time_stamp. Empty: none.
  std::string beside_json = {};
  std::string download_token = {};  ///< recording.completed: lets the receiver fetch the files. Empty: none
  std::string application_id = {};  ///< only this application is told. Empty: every one of the account that asked
};

/// Used on the loop's thread. A subscriber is called before `publish` returns, in the order of subscribing; it may
/// publish, subscribe and end subscriptions.
class EventBus {
 public:
  using Subscriber = std::function<void(const Event&)>;

  /// Ends when it goes. May outlive the bus.
  class Subscription {
   public:
    Subscription() = default;
    Subscription(Subscription&& other) noexcept { *this = std::move(other); }
    Subscription& operator=(Subscription&& other) noexcept {
      end();
      list_ = std::exchange(other.list_, {});
      key_ = other.key_;
      return *this;
    }
    ~Subscription() { end(); }
    void end() noexcept {
      if (const auto list = list_.lock()) list->erase(key_);
      list_.reset();
    }

   private:
    friend class EventBus;
    std::weak_ptr<std::map<std::uint64_t, std::shared_ptr<Subscriber>>> list_;
    std::uint64_t key_ = 0;
  };

  [[nodiscard]] Subscription subscribe(Subscriber subscriber) {
    Subscription out;
    out.list_ = list_;
    out.key_ = next_++;
    list_->emplace(out.key_, std::make_shared<Subscriber>(std::move(subscriber)));
    return out;
  }

  void publish(const Event& event) {
    const auto list = list_;  // a subscriber may destroy the bus
    for (auto it = list->begin(); it != list->end();) {
      const std::uint64_t key = it->first;
      const auto subscriber = it->second;  // it may end itself
      (*subscriber)(event);
      it = list->upper_bound(key);
    }
  }

 private:
  std::shared_ptr<std::map<std::uint64_t, std::shared_ptr<Subscriber>>> list_ =
      std::make_shared<std::map<std::uint64_t, std::shared_ptr<Subscriber>>>();
  std::uint64_t next_ = 1;
};

}  // namespace sealhall
