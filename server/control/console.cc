// Tested in console_test.cc
#include "server/control/console.h"

#include <utility>

namespace sealhall::control {

SlowReads::~SlowReads() {
  if (thread_.joinable()) thread_.join();
}

bool SlowReads::start(std::function<void()> read, std::move_only_function<void()> done) {
  if (busy_) return false;
  if (thread_.joinable()) thread_.join();  // it has come to its end: `busy_` says so
  busy_ = true;
  const auto then = std::make_shared<std::move_only_function<void()>>(std::move(done));
  thread_ = std::thread{[this, alive = std::weak_ptr<bool>{alive_}, read = std::move(read), then, &loop = loop_] {
    read();
    loop.post([this, alive, then] {
      if (alive.expired()) return;
      busy_ = false;
      (*then)();
    });
  }};
  return true;
}

Console::Console(api::Registry& registry, Parts parts)
    : parts_(std::move(parts)),
      users_(parts_.engine),
      sign_ins_(parts_.engine),
      outbox_(parts_.engine),
      profiles_(parts_.engine),
      reads_(parts_.loop),
      started_(parts_.clock.now()) {
  add_keys(registry);
  add_kit(registry);
  add_audit(registry);
  add_machine(registry);
  add_live(registry);
  add_recordings(registry);
}

void Console::log(const api::Caller& caller, std::string action, std::string object) {
  parts_.accounts.log_operation(caller, std::move(action), "keys", std::move(object));
}

}  // namespace sealhall::control
