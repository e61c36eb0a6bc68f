#include "server/kms/hardening.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>

namespace sealhall::kms {

bool harden_process() noexcept {
  const pid_t parent = ::getppid();
  const rlimit no_core{0, 0};
  if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 || ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      ::setrlimit(RLIMIT_CORE, &no_core) != 0 || ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) {
    return false;
  }
  return ::getppid() == parent;
}

}  // namespace sealhall::kms
