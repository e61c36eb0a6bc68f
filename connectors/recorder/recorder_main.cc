// sealhall-recorder --run DIR: started by the supervisor, ended by it, never by hand.
#include <signal.h>
#include <sys/prctl.h>

#include <cstdio>
#include <string>
#include <string_view>
#include <utility>

#include "connectors/recorder/recorder.h"
#include "io/log/log.h"
#include "io/net/system.h"
#include "io/net/timer.h"

int main(int argc, char** argv) {
  using namespace sealhall;
  if (argc != 3 || std::string_view{argv[1]} != "--run") {
    std::fprintf(
        stderr, "usage: sealhall-recorder --run DIR\nThe recorder of a Sealhall server; `sealhall serve` starts it.\n");
    return 2;
  }
  // Keys are in here: nobody else of this user reads the memory, and it is never dumped.
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  ::signal(SIGPIPE, SIG_IGN);
  io::log::start("recorder");
  if (!io::keep_memory_private())
    io::log::warning("keys may be swapped out: raise RLIMIT_MEMLOCK (LimitMEMLOCK=infinity in a systemd unit)");
  io::Loop loop;
  recorder::Recorder recorder{loop, std::string{argv[2]} + "/control.sock"};
  bool stopping = false;
  const io::Signals signals{loop, {SIGTERM, SIGINT}, [&](int) {
                              if (std::exchange(stopping, true)) return loop.stop();
                              recorder.stop([&] { loop.stop(); });
                            }};
  loop.run();
  return 0;
}
