// sealhall-media: one media worker.
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <cstdio>
#include <string>
#include <vector>

#include "io/log/log.h"
#include "server/media/process.h"

int main(int argc, char** argv) {
  using namespace sealhall;
  const auto options = media::parse_options({argv + 1, argv + argc});
  if (!options) {
    std::fprintf(stderr, "%s\n%s\n", options.error().c_str(), std::string{media::usage}.c_str());
    return 2;
  }
  io::log::start("media-" + std::to_string(options->worker));
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);  // never outlives the supervisor
  ::signal(SIGPIPE, SIG_IGN);          // a log that nobody reads any more is no reason to end a meeting
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);  // a core file would hold SRTP keys
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {  // a relay connection is a descriptor
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
  }
  auto process = media::Process::start(*options);
  if (!process) {
    io::log::error("cannot start", {{"reason", process.error().reason}});
    return 1;
  }
  io::log::info("ready", {{"address", (*process)->address().text()}});
  (*process)->run();
  return 0;
}
