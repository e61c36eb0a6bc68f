#include "server/kms/key_folder.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "io/files/files.h"
#include "kms/recovery_kit.h"
#include "kms/root_file.h"
#include "server/kms/kit_record.h"

namespace sealhall::kms {
namespace {

using namespace wire::kms;

struct Place {
  Place() {
    std::string pattern = "/tmp/sealhall_keys_XXXXXX";
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    path = pattern;
    keys = path + "/keys";
  }
  ~Place() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  expected<std::unique_ptr<KeyFolder>, std::string> open() {
    return KeyFolder::open({.folder = keys, .passphrase_file = passphrase_file}, random, clock);
  }
  void write(const std::string& file, std::string_view text) {
    REQUIRE(io::write_file_atomically(file, as_bytes(text)));
  }
  std::string read(const std::string& file) const {
    const auto bytes = io::read_file(file);
    REQUIRE(bytes);
    return std::string{as_text(*bytes)};
  }
  std::optional<std::string> verify() {
    const auto text = read(keystore_path(keys));
    const auto store = parse_keystore(text);
    REQUIRE(store);
    crypto::Ed25519PublicKey key{};
    std::ranges::copy(store->audit_public_key, key.begin());
    AuditVerifier verifier{key};
    std::ifstream log{audit_log_path(keys)};
    for (std::string line; std::getline(log, line);) verifier.feed(line);
    verifier.finish(parse_audit_head(read(audit_head_path(keys)), key));
    return verifier.problem();
  }

  SeededRandom random{21};
  io::SystemWallClock clock;
  std::string path, keys, passphrase_file;
};

Bytes make(KeyFolder& folder) {
  const auto answer = folder.service().handle(MakeDataKeys{1, Principal::control, "account", "", 1}, {});
  REQUIRE(answer);
  const auto* made = std::get_if<DataKeysMade>(&*answer);
  REQUIRE(made != nullptr);
  return made->keys[0].wrapped;
}
bool opens(KeyFolder& folder, const Bytes& wrapped) {
  const auto answer = folder.service().handle(OpenDataKey{2, Principal::control, "account", wrapped}, {});
  return answer && std::holds_alternative<DataKeyOpened>(*answer);
}

TEST_CASE("key folder: is made at the first start, for its owner only, and is the same at the next") {
  Place p;
  auto folder = p.open().value();
  CHECK(folder->made());
  const Bytes wrapped = make(*folder);
  for (const std::string& file : {root_key_path(p.keys), keystore_path(p.keys), audit_log_path(p.keys)}) {
    struct stat info{};
    REQUIRE(::stat(file.c_str(), &info) == 0);
    CHECK((info.st_mode & 0777) == 0600);
  }
  folder.reset();
  folder = p.open().value();
  CHECK_FALSE(folder->made());
  CHECK(opens(*folder, wrapped));
  folder.reset();
  CHECK_FALSE(p.verify());
}

TEST_CASE("key folder: lines that a power cut left torn are taken off the audit log, an edited one is not") {
  Place p;
  auto folder = p.open().value();
  make(*folder);
  folder.reset();
  const std::string log = p.read(audit_log_path(p.keys));
  const std::string line = log.substr(0, log.find('\n') + 1);
  std::string hole = line;
  hole.replace(20, 30, 30, '\0');
  for (const std::string& torn : {line.substr(0, 40), hole, hole + line, std::string(512, '\0') + line}) {
    p.write(audit_log_path(p.keys), log + torn);
    folder = p.open().value();
    make(*folder);
    folder.reset();
    CHECK_FALSE(p.verify());
    p.write(audit_log_path(p.keys), log);
    io::remove_file(audit_head_path(p.keys));
  }
  p.write(audit_log_path(p.keys), log + "edited\n");
  CHECK(p.open().error().find("is none") != std::string::npos);
}

TEST_CASE("key folder: that the recovery kit was shown is in the audit log, once each time") {
  Place p;
  auto folder = p.open().value();
  const auto entries = [&] {
    const std::string log = p.read(audit_log_path(p.keys));
    std::size_t count = 0;
    for (std::size_t at = log.find("show_recovery_kit"); at != std::string::npos;
         at = log.find("show_recovery_kit", at + 1))
      ++count;
    return count;
  };
  folder->note_kit();
  CHECK(entries() == 0);
  REQUIRE(write_kit_record(p.keys, {"0123abcd", UnixMicros{17}}));
  folder->note_kit();
  folder->note_kit();
  CHECK(entries() == 1);
  // Shown while nothing runs: the next start notes it.
  folder.reset();
  REQUIRE(write_kit_record(p.keys, {"0123abcd", UnixMicros{18}}));
  p.open().value().reset();
  p.open().value().reset();
  CHECK(entries() == 2);
  CHECK_FALSE(p.verify());
}

TEST_CASE("key folder: a passphrase seals the root key, and is needed from then on") {
  Place p;
  p.passphrase_file = p.path + "/passphrase";
  p.write(p.passphrase_file, "a long enough passphrase\n");
  const Bytes wrapped = make(*p.open().value());
  CHECK(p.read(root_key_path(p.keys)).find("argon2id") != std::string::npos);
  CHECK(opens(*p.open().value(), wrapped));
  p.write(p.passphrase_file, "another long passphrase\n");
  CHECK(p.open().error().find("passphrase is wrong") != std::string::npos);
  p.passphrase_file.clear();
  CHECK(p.open().error().find("none was given") != std::string::npos);
}

TEST_CASE("key folder: a lost root key is never replaced by a new one; the recovery kit brings it back") {
  Place p;
  auto folder = p.open().value();
  const Bytes wrapped = make(*folder);
  const auto root = read_root({.folder = p.keys}, p.random).value();
  const std::string kit = recovery_kit(*root, "");
  folder.reset();
  io::remove_file(root_key_path(p.keys));
  CHECK(p.open().error().find("sealhall keys recover") != std::string::npos);
  CHECK_FALSE(io::file_exists(root_key_path(p.keys)));
  const auto recovered = read_recovery_code(kit, p.random);
  REQUIRE(recovered);
  p.write(root_key_path(p.keys), encode_root_file(*recovered));
  CHECK(opens(*p.open().value(), wrapped));
}

TEST_CASE("key folder: another installation's root key does not open it") {
  Place p, other;
  other.random = SeededRandom{22};
  make(*p.open().value());
  make(*other.open().value());
  p.write(root_key_path(p.keys), other.read(root_key_path(other.keys)));
  CHECK(p.open().error().find("another root key") != std::string::npos);
}

TEST_CASE("key folder: a root key rotation that stopped anywhere is finished or undone at the next start") {
  Place p;
  auto folder = p.open().value();
  const Bytes wrapped = make(*folder);
  const std::string old_root = p.read(root_key_path(p.keys));
  const std::string old_keystore = p.read(keystore_path(p.keys));
  REQUIRE(
      std::holds_alternative<KeysChanged>(*folder->service().handle(RotateKeys{3, Principal::administrator, ""}, {})));
  folder.reset();
  const std::string new_root = p.read(root_key_path(p.keys));
  const std::string new_keystore = p.read(keystore_path(p.keys));
  CHECK(new_root != old_root);
  CHECK(opens(*p.open().value(), wrapped));
  // Stopped before the keystore was written.
  p.write(root_key_path(p.keys), old_root);
  p.write(p.keys + "/root.key.new", new_root);
  p.write(keystore_path(p.keys), old_keystore);
  CHECK(opens(*p.open().value(), wrapped));
  CHECK(p.read(root_key_path(p.keys)) == old_root);
  // Stopped after it.
  p.write(keystore_path(p.keys), new_keystore);
  CHECK(opens(*p.open().value(), wrapped));
  CHECK(p.read(root_key_path(p.keys)) == new_root);
  CHECK_FALSE(io::file_exists(p.keys + "/root.key.new"));
}

TEST_CASE("key folder: a line of the log that was torn by a power cut is taken away; a lost one is reported") {
  Place p;
  make(*p.open().value());
  const std::string good = p.read(audit_log_path(p.keys));
  p.write(audit_log_path(p.keys), good + R"({"n":99,"at":"20)");
  make(*p.open().value());
  CHECK_FALSE(p.verify());
  const std::string longer = p.read(audit_log_path(p.keys));
  CHECK(longer.starts_with(good));

  p.write(audit_log_path(p.keys), good);  // its end is gone, the head still knows
  make(*p.open().value());
  REQUIRE(p.verify());
  CHECK(p.verify()->find("shorter than it had been") != std::string::npos);
}

}  // namespace
}  // namespace sealhall::kms
