// sealhall-composer --run DIR: started by the supervisor, ended by it, never by hand. May be killed at any moment.
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "client/engine/worker_thread.h"
#include "connectors/composer/composition.h"
#include "core/base/secret.h"
#include "core/crypto/random.h"
#include "io/channel/channel.h"
#include "io/log/log.h"
#include "io/net/system.h"
#include "io/net/timer.h"

using namespace sealhall;

namespace {

/// Meetings come first, on the processor and on the disk.
void be_humble() {
  ::setpriority(PRIO_PROCESS, 0, 19);
  constexpr int ioprio_who_process = 1;
  constexpr int ioprio_class_idle = 3 << 13;
  ::syscall(SYS_ioprio_set, ioprio_who_process, 0, ioprio_class_idle);
}

class Composer {
 public:
  Composer(io::Loop& loop, std::string socket) : loop_(loop), thread_(4) {
    channel_ = std::make_unique<io::ChannelClient>(
        loop, std::move(socket),
        io::ChannelClient::Events{
            .on_open = [this] { say(wire::recorder::ComposerHello{static_cast<std::uint32_t>(::getpid())}); },
            .on_message = [this](std::string_view text) { on_message(text); },
            .on_lost = [this] { cancel(); }});
  }
  ~Composer() { cancel(); }
  Composer(const Composer&) = delete;
  Composer& operator=(const Composer&) = delete;

 private:
  void say(const wire::recorder::FromComposer& message) { channel_->send(wire::recorder::encode(message)); }
  void cancel() {
    if (cancelled_) *cancelled_ = true;
  }
  void on_message(std::string_view text) {
    auto message = wire::recorder::decode_to_composer(text);
    if (!message) return io::log::error("control sent a message that is none");
    if (auto* job = std::get_if<wire::recorder::Compose>(&*message)) return begin(std::move(*job));
    cancel();
    if (std::holds_alternative<wire::recorder::Stop>(*message)) loop_.stop();
  }
  void begin(wire::recorder::Compose job) {
    cancel();
    const auto cancelled = std::make_shared<std::atomic<bool>>(false);
    cancelled_ = cancelled;
    thread_.post([this, job = std::move(job), cancelled]() mutable {
      const composer::CompositionEvents events{.say = [this, cancelled](const wire::recorder::FromComposer& m) {
        loop_.post([this, cancelled, m] {
          if (!*cancelled) say(m);
        });
      }};
      const auto ended = composer::compose(job, random_, *cancelled, events);
      wipe(job.key);
      for (auto& part : job.parts) wipe(part.key);
      events.say(ended);
    });
  }

  io::Loop& loop_;
  crypto::SystemRandom random_;
  std::shared_ptr<std::atomic<bool>> cancelled_;
  client::WorkerThread thread_;
  std::unique_ptr<io::ChannelClient> channel_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3 || std::string_view{argv[1]} != "--run") {
    std::fprintf(
        stderr,
        "usage: sealhall-composer --run DIR\nComposes recordings of a Sealhall server; `sealhall serve` starts it.\n");
    return 2;
  }
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  ::signal(SIGPIPE, SIG_IGN);
  be_humble();
  io::log::start("composer");
  if (!io::keep_memory_private())
    io::log::warning("keys may be swapped out: raise RLIMIT_MEMLOCK (LimitMEMLOCK=infinity in a systemd unit)");
  io::Loop loop;
  const Composer composer{loop, std::string{argv[2]} + "/control.sock"};
  const io::Signals signals{loop, {SIGTERM, SIGINT}, [&](int) { loop.stop(); }};
  loop.run();
  return 0;
}
