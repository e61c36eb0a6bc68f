// power_keys run FOLDER SEED | check FOLDER: uses the key service over its files and says in FOLDER/acks what was
// answered; or opens what a power cut left, with FOLDER/known for what had been answered by then.
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include "core/base/encoding.h"
#include "core/crypto/random.h"
#include "io/files/files.h"
#include "server/kms/key_folder.h"

using namespace sealhall;
using namespace sealhall::kms;
using namespace sealhall::wire::kms;
using Made = sealhall::wire::kms::DataKey;

namespace {

constexpr int steps = 160;

[[noreturn]] void fail(const std::string& what) {
  std::fprintf(stderr, "power_keys: %s\n", what.c_str());
  std::exit(3);
}

struct House {
  explicit House(const std::string& at) : folder(at) {}
  std::string open() {
    auto opened = KeyFolder::open({.folder = folder + "/keys"}, random, clock);
    if (!opened) return opened.error();
    keys = std::move(*opened);
    return {};
  }
  /// As the process does it: no answer leaves before the log is on the disk.
  KmsMessage ask(const ControlMessage& message) {
    now += std::chrono::seconds{10};  // nobody is too fast here
    auto answer = keys->service().handle(message, now);
    if (!answer) fail("no answer");
    if (!keys->sync()) fail("the log cannot be synced");
    return std::move(*answer);
  }
  std::string folder;
  crypto::SystemRandom random;
  io::SystemWallClock clock;
  std::unique_ptr<KeyFolder> keys;
  Instant now{};
};

std::string account(std::uint64_t number) { return "account" + std::to_string(number % 3); }

int run(const std::string& folder, std::uint64_t seed) {
  const int acks = ::open((folder + "/acks").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  const auto say = [&](const std::string& what) {
    if (::write(acks, (what + "\n").c_str(), what.size() + 1) < 0) fail("acks");
  };
  House house{folder};
  if (const std::string problem = house.open(); !problem.empty()) fail(problem);
  say("started");
  SeededRandom random{seed};
  std::vector<std::pair<std::string, Made>> made;
  for (int i = 0; i < steps; ++i) {
    const std::uint64_t kind = random.below(20);
    if (kind < 12 || made.empty()) {
      const std::string of = account(random.below(3));
      const auto answer = house.ask(MakeDataKeys{1, Principal::control, of, kind % 2 == 0 ? "" : "2026-11", 2});
      const auto* keys = std::get_if<DataKeysMade>(&answer);
      if (keys == nullptr) fail("make");
      for (const Made& key : keys->keys) {
        say("key " + of + " " + to_hex(key.wrapped) + " " + to_hex(key.key));
        made.emplace_back(of, key);
      }
    } else if (kind < 15) {
      const auto& [of, key] = made[random.below(made.size())];
      // It is gone as soon as this is written, answered or not.
      say("going " + to_hex(key.wrapped));
      if (!std::holds_alternative<KeysChanged>(house.ask(ShredDataKeys{2, Principal::control, of, {key.key_id}}))) {
        fail("shred");
      }
      say("gone " + of + " " + to_hex(key.wrapped));
    } else if (kind < 18) {
      const std::string of = kind == 17 ? "" : account(random.below(3));
      if (!std::holds_alternative<KeysChanged>(house.ask(RotateKeys{3, Principal::administrator, of}))) fail("rotate");
    } else {
      house.ask(ReadAuditHead{4, Principal::administrator});
    }
    const AuditPosition& at = house.keys->service().audit();
    say("log " + std::to_string(at.entries) + " " + to_hex(at.chain));
  }
  std::_Exit(0);  // as a process that is killed
}

/// Everything in the keystore's file that is wrapped, as the file has it.
void list_wraps(const std::string& folder) {
  const auto text = io::read_file(keystore_path(folder + "/keys"));
  const auto file = text ? parse_keystore(as_text(*text)) : std::nullopt;
  if (!file) return;
  std::printf("wrap %s\nwrap %s\n", to_hex(file->mac_key).c_str(), to_hex(file->audit_seed).c_str());
  for (const AccountKeyEntry& key : file->keys) {
    for (const auto& version : key.versions) {
      if (!version.wrapped.empty()) std::printf("wrap %s\n", to_hex(version.wrapped).c_str());
    }
  }
}

void check_log(const std::string& folder, const std::optional<AuditPosition>& promised) {
  const auto text = io::read_file(keystore_path(folder + "/keys"));
  const auto file = text ? parse_keystore(as_text(*text)) : std::nullopt;
  if (!file) return;
  crypto::Ed25519PublicKey key{};
  std::ranges::copy(file->audit_public_key, key.begin());
  AuditVerifier verifier{key};
  if (promised) verifier.watch(*promised);
  std::ifstream log{audit_log_path(folder + "/keys")};
  for (std::string line; std::getline(log, line);) verifier.feed(line);
  const auto head = io::read_file(audit_head_path(folder + "/keys"), 4096);
  verifier.finish(head ? parse_audit_head(as_text(*head), key) : std::nullopt);
  if (verifier.problem()) std::printf("broken audit log: %s\n", verifier.problem()->c_str());
  if (promised && verifier.position().entries < promised->entries) std::printf("broken audit log: entries are lost\n");
}

int check(const std::string& folder) {
  House house{folder};
  if (const std::string problem = house.open(); !problem.empty()) {
    std::printf("broken start: %s\nchecked\n", problem.c_str());
    return 0;
  }
  std::optional<AuditPosition> promised;
  std::ifstream known{folder + "/known"};
  for (std::string line; std::getline(known, line);) {
    std::istringstream words{line};
    std::string what, of, wrapped, key;
    words >> what;
    if (what == "log") {
      std::string chain;
      AuditPosition at;
      words >> at.entries >> chain;
      const auto bytes = from_hex(chain);
      if (!bytes || bytes->size() != at.chain.size()) fail("known");
      std::ranges::copy(*bytes, at.chain.begin());
      promised = at;
    } else if (what == "key" || what == "gone") {
      words >> of >> wrapped >> key;
      const auto answer = house.ask(OpenDataKey{1, Principal::control, of, *from_hex(wrapped)});
      const auto* opened = std::get_if<DataKeyOpened>(&answer);
      const bool right = opened != nullptr && (what == "gone" || to_hex(opened->key) == key);
      std::printf("%s %s\n", right ? "opens" : opened != nullptr ? "broken key" : "refused", wrapped.c_str());
    }
  }
  // It goes on: what it wraps now must not repeat anything.
  for (std::uint64_t i = 0; i < 3; ++i) {
    const auto answer = house.ask(MakeDataKeys{1, Principal::control, account(i), "", 2});
    const auto* keys = std::get_if<DataKeysMade>(&answer);
    if (keys == nullptr) std::printf("broken: no further keys\n");
    for (const Made& key : keys != nullptr ? keys->keys : std::vector<Made>{}) {
      std::printf("wrap %s\n", to_hex(key.wrapped).c_str());
    }
  }
  house.ask(RotateKeys{3, Principal::administrator, account(0)});
  house.keys.reset();
  list_wraps(folder);
  check_log(folder, promised);
  std::printf("checked\n");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) fail("run FOLDER SEED | check FOLDER");
  if (std::string{argv[1]} == "check") return check(argv[2]);
  return run(argv[2], argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 1);
}
