// sealhall-kms --run DIR: started by the supervisor, ended by it, never by hand.
#include <cstdio>
#include <string>
#include <string_view>

#include "core/crypto/random.h"
#include "io/log/log.h"
#include "kms/service.h"
#include "server/kms/control_link.h"
#include "server/kms/hardening.h"

int main(int argc, char** argv) {
  using namespace sealhall;
  if (argc != 3 || std::string_view{argv[1]} != "--run") {
    std::fprintf(stderr,
                 "usage: sealhall-kms --run DIR\nThe key service of a Sealhall server; `sealhall serve` starts it.\n");
    return 2;
  }
  io::log::start("kms");
  if (!kms::harden_process()) {
    io::log::error("the process could not be protected, so no key is made in it");
    return 1;
  }
  crypto::SystemRandom random;
  kms::Service service{random};
  if (!service.store().locked()) {
    io::log::warning("secrets cannot be locked in memory; raise RLIMIT_MEMLOCK (LimitMEMLOCK= in a systemd unit)");
  }
  kms::ControlLink link{std::string{argv[2]} + "/control.sock", service};
  link.run();
  io::log::info("stopped");
  return 0;
}
