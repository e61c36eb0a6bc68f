// Starts the processes of a server, starts again what dies, ends them in order.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "io/net/loop.h"
#include "server/main/child.h"

namespace sealhall::main {

/// The order in which they are ended: a recorder completes its files while there is somebody to tell.
enum class Role : std::uint8_t { connector, control, media, kms };

struct SupervisedChild {
  Role role = Role::control;
  std::string name;  ///< for people: "media worker 0"
  ChildSpec spec;
};

class Supervisor {
 public:
  struct Events {
    /// A child died and starts again, or the like: for the log.
    std::function<void(std::string_view name, std::string_view what)> on_event = {};
    /// All children have ended; the reason is empty when it was asked for.
    std::function<void(std::string reason)> on_end = {};
  };
  /// `step_limit`: how long one role may take to end politely before it is killed.
  Supervisor(io::Loop& loop, std::vector<SupervisedChild> children, Events events,
             Duration step_limit = std::chrono::seconds{5});
  ~Supervisor();  ///< kills what still runs
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;

  /// Starts all of them. SIGCHLD must be delivered to the process (it is watched here).
  void start();
  /// From now on a child that dies again and again is started for ever: the server has been ready once.
  void set_ready();
  /// SIGTERM to the connectors, when they have ended to control, then to media, then to kms; what does not end is
  /// killed. A second call kills at once.
  void stop();
  /// Passes a signal on to the children of a role.
  void signal(Role role, int number);
  /// The process id of a running child, for tests; nullopt while it is down.
  [[nodiscard]] std::optional<pid_t> pid_of(std::string_view name) const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace sealhall::main
