// sealhall-kms --run DIR [--keys DIR]: started by the supervisor, ended by it, never by hand.
#include <signal.h>
#include <sys/signalfd.h>

#include <CLI/CLI.hpp>
#include <string>

#include "core/crypto/random.h"
#include "io/files/files.h"
#include "io/log/log.h"
#include "io/net/clock.h"
#include "kms/service.h"
#include "server/kms/control_link.h"
#include "server/kms/hardening.h"
#include "server/kms/pkcs11_root.h"

using namespace sealhall;

namespace {

expected<std::unique_ptr<kms::KeyFolder>, std::string> open_keys(const kms::KeyFolderOptions& options,
                                                                 kms::Pkcs11Options token, const std::string& pin_file,
                                                                 RandomSource& random, const io::WallClock& clock) {
  if (token.module.empty()) return kms::KeyFolder::open(options, random, clock);
  auto pin = kms::read_passphrase(pin_file);
  if (!pin) return unexpected(pin.error());
  token.pin = pin->value_or("");
  // A key is made once, at the first start; later a token without it is the wrong token. Rotations make others beside
  // it.
  token.id = kms::root_of_keystore(options.folder);
  auto root = kms::Pkcs11Root::open(token, !io::file_exists(kms::keystore_path(options.folder)), random);
  if (!root) return unexpected(root.error());
  return kms::KeyFolder::open(options, random, clock, std::move(*root));
}

/// Readable when the supervisor asks us to end: what the log has still to say is written then. -1: the system has none
/// left.
int end_signal() noexcept {
  sigset_t ends{};
  ::sigemptyset(&ends);
  ::sigaddset(&ends, SIGTERM);
  ::sigprocmask(SIG_BLOCK, &ends, nullptr);
  return ::signalfd(-1, &ends, SFD_CLOEXEC | SFD_NONBLOCK);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"The key service of a Sealhall server; `sealhall serve` starts it."};
  std::string run;
  kms::KeyFolderOptions options;
  app.add_option("--run", run, "folder for sockets")->required();
  app.add_option("--keys", options.folder, "folder of root key, keystore and audit log; without it meetings only");
  app.add_option("--passphrase-file", options.passphrase_file, "its first line opens and seals the root key's file");
  kms::Pkcs11Options token;
  std::string pin_file;
  app.add_option("--pkcs11-module", token.module, "the root key is in an HSM: path of its PKCS#11 library");
  app.add_option("--pkcs11-token", token.token, "label of the token");
  app.add_option("--pkcs11-pin-file", pin_file, "its first line is the PIN");
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
    auto opened = open_keys(options, token, pin_file, random, clock);
    if (opened) {
      keys = std::move(*opened);
    } else {
      // Meetings go on: their keys live in memory. What is stored stays closed until somebody puts this right.
      io::log::error(opened.error());
    }
  }
  kms::Service service{random, keys ? &keys->service() : nullptr};
  if (!service.store().locked() || (keys && !keys->service().keystore().locked())) {
    io::log::warning("secrets cannot be locked in memory; raise RLIMIT_MEMLOCK (LimitMEMLOCK= in a systemd unit)");
  }
  const int end = end_signal();
  if (end < 0) {
    io::log::error("no descriptor is left to wait for the end with");
    return 1;
  }
  kms::ControlLink link{run + "/control.sock", service, keys.get(), end};
  link.run();
  io::log::info("stopped");
  return 0;
}
