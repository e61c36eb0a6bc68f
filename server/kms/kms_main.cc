// sealhall-kms --run DIR [--keys DIR]: started by the supervisor, ended by it, never by hand.
#include <CLI/CLI.hpp>
#include <string>

#include "core/crypto/random.h"
#include "io/log/log.h"
#include "io/net/clock.h"
#include "kms/service.h"
#include "server/kms/control_link.h"
#include "server/kms/hardening.h"

int main(int argc, char** argv) {
  using namespace sealhall;
  CLI::App app{"The key service of a Sealhall server; `sealhall serve` starts it."};
  std::string run;
  kms::KeyFolderOptions options;
  app.add_option("--run", run, "folder for sockets")->required();
  app.add_option("--keys", options.folder, "folder of root key, keystore and audit log; without it meetings only");
  app.add_option("--passphrase-file", options.passphrase_file, "its first line opens and seals the root key's file");
  CLI11_PARSE(app, argc, argv);

  io::log::start("kms");
  if (!kms::harden_process()) {
    io::log::error("the process could not be protected, so no key is made in it");
    return 1;
  }
  crypto::SystemRandom random;
  const io::SystemWallClock clock;
  std::unique_ptr<kms::KeyFolder> keys;
  if (!options.folder.empty()) {
    auto opened = kms::KeyFolder::open(options, random, clock);
    if (opened) {
      keys = std::move(*opened);
    } else {
      // Meetings go on: their keys live in memory. What is stored stays closed until somebody puts this right.
      io::log::error(opened.error());
    }
  }
  kms::Service service{random, keys ? &keys->service() : nullptr};
  if (!service.store().locked()) {
    io::log::warning("secrets cannot be locked in memory; raise RLIMIT_MEMLOCK (LimitMEMLOCK= in a systemd unit)");
  }
  kms::ControlLink link{run + "/control.sock", service, keys.get()};
  link.run();
  io::log::info("stopped");
  return 0;
}
