// Webhooks as a whole: subscriptions, their queues in the store, deliveries, validation. Everything on the loop's
// thread; the store keeps what has to survive, and is asked once, at the start.
#pragma once

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/base/random.h"
#include "io/net/clock.h"
#include "io/net/timer.h"
#include "server/events.h"
#include "server/hooks/delivery_queue.h"
#include "server/hooks/transport.h"
#include "server/hooks/validation.h"
#include "server/hooks/waiting_answers.h"
#include "server/vault/vault.h"
#include "store/webhooks.h"

namespace sealhall::hooks {

enum class HookErrorKind : std::uint8_t {
  not_found,
  too_many,     ///< the application has 20 subscriptions
  bad_address,  ///< `message` says why
  bad_event,    ///< `message` names it
  bad_secret,   ///< shorter than 16 or longer than 128 characters
  not_ready,    ///< the store or the vault is away; later
};
struct HookError {
  HookErrorKind kind;
  std::string message = {};
};
template <class T>
using HookDone = std::move_only_function<void(expected<T, HookError>)>;

struct Subscription {
  std::string id;
  std::string account_id;
  std::string application_id;
  std::set<std::string> events;
  Target target;
  store::WebhookState state = store::WebhookState::pending;
  std::uint32_t failed_validations = 0;
  UnixMicros validate_at{};
  UnixMicros created_at{};
};
struct NewSubscription {
  std::string account_id;
  std::string application_id;
  std::set<std::string> events;
  std::string name;
  std::string url;
  std::optional<std::string> secret = std::nullopt;  ///< none: one is made
};
struct ChangedSubscription {
  std::optional<std::set<std::string>> events = std::nullopt;
  std::optional<std::string> name = std::nullopt;
  std::optional<std::string> url = std::nullopt;  ///< has to prove itself again
};

struct HookTimes {
  RetryTimes retry = {};
  ValidationTimes validation = {};
  Duration log = std::chrono::hours{24 * 7};     ///< how long the log remembers
  Duration ours_away = std::chrono::seconds{2};  ///< until the store or the vault is asked again
  Duration patience = std::chrono::seconds{5};  ///< what an answer waits for its event at most: longer than `ours_away`
};
inline constexpr std::size_t subscriptions_per_application = 20;
/// Events that wait for one endpoint; what comes then is dropped, and said in the log. A larger number keeps more for a
/// receiver that is down for long, a smaller one keeps the store smaller.
inline constexpr std::size_t longest_queue = 10'000;

class WebhookService {
 public:
  struct Parts {
    io::Loop& loop;
    store::Webhooks& store;
    vault::Vault& vault;
    HookTransport& transport;
    const io::WallClock& clock;
    RandomSource& random;
    EventBus& events;
    Reachable reachable = Reachable::internet;
    HookTimes times = {};
  };
  explicit WebhookService(Parts parts);
  ~WebhookService();
  WebhookService(const WebhookService&) = delete;
  WebhookService& operator=(const WebhookService&) = delete;

  /// Reads subscriptions and queues, again and again until the store and the vault answer. Events that come before are
  /// kept.
  void start();
  [[nodiscard]] bool ready() const noexcept { return ready_; }

  /// Made, and challenged at once; its state says whether it has answered.
  void create(NewSubscription subscription, HookDone<Subscription> done);
  void change(const std::string& account_id, const std::string& id, ChangedSubscription change,
              HookDone<Subscription> done);
  void remove(const std::string& account_id, const std::string& id, HookDone<void> done);
  /// Challenges now; gives the subscription as it is afterwards.
  void validate(const std::string& account_id, const std::string& id, HookDone<Subscription> done);
  [[nodiscard]] std::optional<Subscription> find(const std::string& account_id, const std::string& id) const;
  /// Of one application, or of the whole account with nullopt; oldest first.
  [[nodiscard]] std::vector<Subscription> list(const std::string& account_id,
                                               const std::optional<std::string>& application_id) const;

  struct LogPage {
    std::vector<store::WebhookDelivery> deliveries;
    std::int64_t total = 0;
  };
  void log(const std::string& account_id, const std::string& id, std::optional<store::DeliveryState> state,
           std::uint32_t limit, std::uint32_t offset, HookDone<LogPage> done);
  struct LoggedDelivery {
    store::WebhookDelivery delivery;
    std::string body;
  };
  void delivery(const std::string& account_id, const std::string& id, const std::string& delivery_id,
                HookDone<LoggedDelivery> done);
  /// Sends the same body once more, at the end of the queue. Gives the new delivery's id.
  void replay(const std::string& account_id, const std::string& id, const std::string& delivery_id,
              HookDone<std::string> done);

  /// Calls `answer` when every event that was published until now waits in the store for those who asked for it: at
  /// once when none is on its way there, and after `patience` although it is. In the order of calling.
  void when_kept(io::Callback answer) { answers_.wait(std::move(answer)); }

  /// Does whatever is due. Called by its own timer; tests with a clock of their own call it.
  void poll();

 private:
  struct Endpoint;
  using EndpointPtr = std::shared_ptr<Endpoint>;
  /// An event on its way into the store's queue.
  struct Intake {
    std::string endpoint_id;
    store::WebhookDelivery row;
    std::string body;
    HookDone<std::string> done;  ///< replay only
  };
  struct Loading;

  // service.cc
  void on_event(const Event& event);
  void take_in(const EndpointPtr& endpoint, std::string event, std::string body, std::optional<std::string> replay_of,
               HookDone<std::string> done);
  void pump_intake();
  void store_batch(std::shared_ptr<std::vector<Intake>> batch);
  void deliver(const EndpointPtr& endpoint, const std::string& delivery_id);
  void send(const EndpointPtr& endpoint, const std::string& delivery_id, std::string body);
  void settle(const EndpointPtr& endpoint, store::WebhookDelivery row);
  void challenge(const EndpointPtr& endpoint, HookDone<Subscription> done);
  void wake_at();
  // subscriptions.cc
  void load();
  void open_targets(std::shared_ptr<Loading> loading);
  void loaded(Loading& loading);
  void save(const EndpointPtr& endpoint, HookDone<Subscription> done);
  [[nodiscard]] EndpointPtr endpoint_of(const std::string& account_id, const std::string& id) const;
  [[nodiscard]] std::optional<HookError> wrong_with(const std::set<std::string>* events, const std::string* url) const;
  std::string new_id();
  [[nodiscard]] UnixMicros after(Duration d) const;
  void later(Duration delay, io::Callback callback);
  /// `f` unless this object is gone by then.
  template <class F>
  auto alive(F f) {
    return [weak = std::weak_ptr<int>{life_}, f = std::move(f)](auto&&... arguments) mutable {
      if (!weak.expired()) f(std::forward<decltype(arguments)>(arguments)...);
    };
  }

  Parts parts_;
  std::shared_ptr<int> life_ = std::make_shared<int>(0);
  bool ready_ = false;
  std::map<std::string, EndpointPtr> endpoints_;
  std::map<std::pair<std::string, std::string>, std::size_t> being_made_;  ///< by account and application
  std::vector<Event> early_;                                               ///< came before `ready`
  std::list<Intake> intake_;
  WaitingAnswers answers_;
  bool taking_in_ = false;
  std::size_t under_way_ = 0;
  UnixMicros forget_at_{};
  io::Timer wake_;
  std::list<io::Timer> timers_;
  EventBus::Subscription subscription_;
};

}  // namespace sealhall::hooks
