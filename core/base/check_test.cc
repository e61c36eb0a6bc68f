#include "core/base/check.h"

#include <doctest/doctest.h>

#if !defined(__wasm__)
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>

namespace sealhall {
namespace {

TEST_CASE("check: a false condition ends the process by SIGABRT, a true one costs nothing") {
  SEALHALL_CHECK(1 + 1 == 2);
  const pid_t child = fork();
  if (child == 0) {
    close(STDERR_FILENO);
    std::signal(SIGABRT, SIG_DFL);  // not the test framework's handler, which would report a failed test of the child
    SEALHALL_CHECK(1 + 1 == 3);
    _exit(0);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGABRT);
}

}  // namespace
}  // namespace sealhall
#endif
