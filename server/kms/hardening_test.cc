#include "server/kms/hardening.h"

#include <doctest/doctest.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace sealhall::kms {
namespace {

TEST_CASE("kms hardening: no dumps, no new privileges, no core file") {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    rlimit core{};
    const bool good = harden_process() && ::prctl(PR_GET_DUMPABLE) == 0 &&
                      ::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 && ::getrlimit(RLIMIT_CORE, &core) == 0 &&
                      core.rlim_cur == 0 && core.rlim_max == 0;
    ::_exit(good ? 0 : 1);
  }
  int status = -1;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("kms hardening: the process ends when its parent does") {
  int tell[2];
  REQUIRE(::pipe(tell) == 0);
  const pid_t parent = ::fork();
  REQUIRE(parent >= 0);
  if (parent == 0) {
    if (::fork() == 0) {
      if (!harden_process()) ::_exit(1);
      static_cast<void>(!::write(tell[1], "x", 1));
      for (;;) ::pause();  // holds the pipe open until it is killed
    }
    ::close(tell[1]);
    char ready = 0;
    static_cast<void>(!::read(tell[0], &ready, 1));
    ::_exit(0);
  }
  ::close(tell[1]);
  REQUIRE(::waitpid(parent, nullptr, 0) == parent);
  // The end of the file comes when the grandchild is gone, the only one that still holds the other end.
  char rest = 0;
  while (::read(tell[0], &rest, 1) > 0) continue;
  ::close(tell[0]);
}

}  // namespace
}  // namespace sealhall::kms
