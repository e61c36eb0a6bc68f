// What the operator's commands do with keys: list, rotate with a re-wrap in the background, destroy, audit position.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/wire/keys_admin.h"
#include "server/vault/key_source.h"
#include "store/data_keys.h"

namespace sealhall::vault {

class KeyAdmin {
 public:
  /// Data keys that one message to kms wraps again.
  static constexpr std::uint32_t batch = 500;
  using Later = std::function<void(std::move_only_function<void()>)>;
  using Reply = std::move_only_function<void(wire::keys::ControlAnswer)>;

  /// All outlive it. `later` calls back soon: between two batches, so that other work goes on. `changed` is called when
  /// kms has rotated or destroyed something, before anything else is done: whoever has keys at hand forgets them.
  KeyAdmin(store::Engine& engine, KeySource& source, Later later, std::function<void()> changed)
      : keys_(engine), source_(source), later_(std::move(later)), changed_(std::move(changed)) {}

  /// Exactly one answer each.
  void handle(const wire::keys::CommandMessage& message, Reply reply);
  /// Wraps what is under an old version again, if there is something; goes on where it was stopped. Called when kms
  /// comes and after a rotation.
  void rewrap();
  [[nodiscard]] bool running() const noexcept { return running_; }
  [[nodiscard]] std::uint64_t rewrapped() const noexcept { return done_; }

 private:
  struct Work {
    Bytes key_id;
    std::string account_id;
    std::uint32_t newest = 0;
    std::vector<std::uint32_t> old;  ///< enabled versions before it
    std::string after;               ///< the id of the last data key that was looked at
    bool failed = false;             ///< something could not be wrapped again: the old version stays
  };
  using OnKeys = std::move_only_function<void(expected<wire::kms::KeysListed, std::string>)>;

  void list_keys(OnKeys done);
  void report(Reply reply);
  void rotate(const wire::keys::Rotate& wanted, Reply reply);
  void rotate_accounts(std::vector<std::string> accounts, bool retire, Reply reply);
  void destroy(const wire::keys::Destroy& wanted, Reply reply);
  void ask_changed(wire::kms::ControlMessage question, Reply reply, std::move_only_function<void(Reply)> then);

  void next();
  void batch_read(std::vector<store::DataKey> rows);
  void batch_wrapped(std::vector<store::DataKey> rows, std::vector<Bytes> wrapped);
  void key_done();
  void retire_next();
  void stop();

  template <class F>
  auto guarded(F f) {
    return [alive = std::weak_ptr<int>{alive_}, f = std::move(f)](auto&&... arguments) mutable {
      if (!alive.expired()) f(std::forward<decltype(arguments)>(arguments)...);
    };
  }

  store::DataKeys keys_;
  KeySource& source_;
  Later later_;
  std::function<void()> changed_;
  bool running_ = false;
  bool again_ = false;   ///< something changed while it ran
  bool retire_ = false;  ///< destroy old versions when nothing is under them any more
  std::uint64_t done_ = 0;
  std::vector<Work> work_;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

}  // namespace sealhall::vault
