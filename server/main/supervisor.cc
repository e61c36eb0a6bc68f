#include "server/main/supervisor.h"

#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>

#include "io/net/timer.h"
#include "server/main/restart_policy.h"

namespace sealhall::main {

struct Supervisor::State : std::enable_shared_from_this<Supervisor::State> {
  struct Entry {
    explicit Entry(io::Loop& loop, SupervisedChild c) : child(std::move(c)), again(loop) {}
    SupervisedChild child;
    RestartPolicy policy;
    std::unique_ptr<Child> process;
    io::Timer again;
  };
  enum class Phase : std::uint8_t { running, connectors, control, media, kms, over };

  State(io::Loop& l, Events e, Duration limit)
      : loop(l), events(std::move(e)), step_limit(limit), step_timer(l), deaths(l, {SIGCHLD}, [this](int) {
          reap();
        }) {}

  void say(const std::string& name, const std::string& what) const {
    if (events.on_event) events.on_event(name, what);
  }

  void launch(Entry& entry) {
    if (phase != Phase::running) return;
    entry.policy.started(loop.now());
    auto started = Child::start(loop, entry.child.spec);
    if (!started) {
      say(entry.child.name, started.error());
      return down(entry, started.error());
    }
    entry.process = std::move(*started);
  }

  void down(Entry& entry, const std::string& how) {
    if (phase != Phase::running) return;
    // A connector may fail alone: the server is there without it.
    const auto when = entry.policy.died(loop.now(), !ready && entry.child.role != Role::connector);
    if (!when) {
      reason = "The " + entry.child.name + " (" + entry.child.spec.program + ") cannot be kept running; it ended " +
               std::to_string(RestartPolicy::deaths_before_giving_up) + " times in a row, last with " + how +
               ". Its messages above say why.";
      return begin_stop();
    }
    say(entry.child.name, "ended with " + how + ", starts again");
    entry.again.at(*when, [weak = weak_from_this(), &entry] {
      if (const auto self = weak.lock()) self->launch(entry);
    });
  }

  // Only our own children are asked for: the process may have others (tests do).
  void reap() {
    const auto self = shared_from_this();
    for (const auto& entry : entries) {
      if (!entry->process) continue;
      int status = 0;
      if (::waitpid(entry->process->pid(), &status, WNOHANG) != entry->process->pid()) continue;
      entry->process.reset();
      down(*entry, describe_end(status));
    }
    if (phase != Phase::running) advance();
  }

  [[nodiscard]] bool any(Role role) const {
    return std::ranges::any_of(entries, [&](const auto& e) { return e->process && e->child.role == role; });
  }
  void send(Role role, int number) const {
    for (const auto& entry : entries) {
      if (entry->process && entry->child.role == role) entry->process->signal(number);
    }
  }
  static Role role_of(Phase phase) {
    switch (phase) {
      case Phase::connectors:
        return Role::connector;
      case Phase::control:
        return Role::control;
      case Phase::media:
        return Role::media;
      default:
        return Role::kms;
    }
  }

  void begin_stop() {
    phase = Phase::connectors;
    for (const auto& entry : entries) entry->again.cancel();
    enter();
  }
  void enter() {
    send(role_of(phase), SIGTERM);
    step_timer.after(step_limit, [weak = weak_from_this()] {
      const auto self = weak.lock();
      if (!self || self->phase == Phase::over) return;
      for (const auto& entry : self->entries) {
        if (entry->process && entry->child.role == role_of(self->phase)) {
          self->say(entry->child.name, "did not end when asked, is killed");
        }
      }
      self->send(role_of(self->phase), SIGKILL);
    });
    advance();
  }
  void advance() {
    if (phase == Phase::over || any(role_of(phase))) return;
    if (phase == Phase::kms) {
      phase = Phase::over;
      step_timer.cancel();
      if (events.on_end) events.on_end(reason);
      return;
    }
    phase = static_cast<Phase>(static_cast<int>(phase) + 1);
    enter();
  }
  void kill_all() const {
    for (const auto& entry : entries) {
      if (entry->process) entry->process->signal(SIGKILL);
    }
  }

  io::Loop& loop;
  Events events;
  Duration step_limit;
  io::Timer step_timer;
  std::vector<std::unique_ptr<Entry>> entries;
  Phase phase = Phase::running;
  std::string reason;
  bool ready = false;
  io::Signals deaths;
};

Supervisor::Supervisor(io::Loop& loop, std::vector<SupervisedChild> children, Events events, Duration step_limit)
    : state_(std::make_shared<State>(loop, std::move(events), step_limit)) {
  for (SupervisedChild& child : children)
    state_->entries.push_back(std::make_unique<State::Entry>(loop, std::move(child)));
}

Supervisor::~Supervisor() {
  state_->phase = State::Phase::over;
  state_->kill_all();
  for (const auto& entry : state_->entries) {
    entry->again.cancel();
    if (entry->process) ::waitpid(entry->process->pid(), nullptr, 0);
    entry->process.reset();
  }
  state_->step_timer.cancel();
}

void Supervisor::start() {
  for (const auto& entry : state_->entries) state_->launch(*entry);
}
void Supervisor::set_ready() { state_->ready = true; }
void Supervisor::stop() {
  if (state_->phase == State::Phase::running) return state_->begin_stop();
  state_->kill_all();
}
void Supervisor::signal(Role role, int number) { state_->send(role, number); }
std::optional<pid_t> Supervisor::pid_of(std::string_view name) const {
  for (const auto& entry : state_->entries) {
    if (entry->child.name == name && entry->process) return entry->process->pid();
  }
  return std::nullopt;
}

}  // namespace sealhall::main
