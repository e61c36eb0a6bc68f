#include "server/keys/key_files.h"

#include <algorithm>
#include <charconv>
#include <fstream>

#include "core/base/encoding.h"
#include "io/files/files.h"
#include "kms/keystore_file.h"
#include "kms/root_file.h"

namespace sealhall::keys {
namespace {

constexpr std::size_t max_keystore_file = std::size_t{1} << 30;

std::optional<kms::KeystoreFile> read_keystore(const std::string& folder) {
  const auto text = io::read_file(kms::keystore_path(folder), max_keystore_file);
  return text ? kms::parse_keystore(as_text(*text)) : std::nullopt;
}

}  // namespace

std::optional<crypto::Ed25519PublicKey> audit_key(const std::string& folder) {
  const auto keystore = read_keystore(folder);
  if (!keystore) return std::nullopt;
  crypto::Ed25519PublicKey key{};
  std::ranges::copy(keystore->audit_public_key, key.begin());
  return key;
}

std::string audit_key_fingerprint(const std::string& folder) {
  const auto key = audit_key(folder);
  return key ? to_hex(ByteView{*key}.first(16)) : "unknown";
}

expected<void, std::string> put_root(const kms::KeyFolderOptions& options, const kms::SoftwareRoot& root,
                                     RandomSource& random) {
  const std::string path = kms::root_key_path(options.folder);
  if (io::file_exists(path)) {
    const auto present = kms::read_root(options, random);
    if (present && (*present)->id() == root.id()) return {};
    return unexpected("There is another root key at " + path +
                      ". Move it away first, if you are sure that nothing needs it.");
  }
  if (io::file_exists(kms::keystore_path(options.folder))) {
    const auto keystore = read_keystore(options.folder);
    if (!keystore) return unexpected("The keystore in " + options.folder + " is damaged.");
    if (!equal(keystore->root_id, root.id())) {
      return unexpected("This kit is of the root key " + to_hex(ByteView{root.id()}.first(4)) +
                        ", but the keystore belongs to " + to_hex(ByteView{keystore->root_id}.first(4)) + ".");
    }
  }
  const auto passphrase = kms::read_passphrase(options.passphrase_file);
  if (!passphrase) return unexpected(passphrase.error());
  std::string text = kms::encode_root_file(root);
  if (*passphrase) {
    auto sealed = kms::encode_root_file(root, **passphrase, random);
    if (!sealed) return unexpected("The root key cannot be written: " + std::string{sentence_of(sealed.error())} + ".");
    text = std::move(*sealed);
  }
  if (const auto written = io::write_file_atomically(path, as_bytes(text), 0600); !written)
    return unexpected(written.error().reason);
  return {};
}

expected<AuditResult, std::string> verify_audit(const std::string& folder,
                                                const std::optional<kms::AuditPosition>& expected_at) {
  const auto key = audit_key(folder);
  if (!key) return unexpected("There is no keystore in " + folder + ", which names the key that signs the log.");
  std::ifstream log{kms::audit_log_path(folder)};
  if (!log) return unexpected("The file " + kms::audit_log_path(folder) + " cannot be read.");
  kms::AuditVerifier verifier{*key};
  if (expected_at) verifier.watch(*expected_at);
  // The head before the log: a running server may write both meanwhile, and the log only grows.
  const auto head_text = io::read_file(kms::audit_head_path(folder), 4096);
  std::string line;
  // A last line without its end is still being written.
  while (std::getline(log, line) && !log.eof()) verifier.feed(line);
  const auto head = head_text ? kms::parse_audit_head(as_text(*head_text), *key) : std::nullopt;
  verifier.finish(head);
  if (verifier.problem()) return unexpected(*verifier.problem());
  if (!head) return unexpected("The file " + kms::audit_head_path(folder) + " is missing or was changed.");
  return AuditResult{verifier.position().entries, verifier.checkpoints(), verifier.unsigned_entries(),
                     verifier.position().chain};
}

std::optional<kms::AuditPosition> position_from(const std::string& text) {
  kms::AuditPosition position;
  const auto [after, error] = std::from_chars(text.data(), text.data() + text.size(), position.entries);
  const auto at = static_cast<std::size_t>(after - text.data());
  if (error != std::errc{} || at >= text.size() || text[at] != ':') return std::nullopt;
  const auto chain = from_hex(std::string_view{text}.substr(at + 1));
  if (!chain || chain->size() != position.chain.size()) return std::nullopt;
  std::ranges::copy(*chain, position.chain.begin());
  return position;
}

std::string to_text(const kms::AuditPosition& position) {
  return std::to_string(position.entries) + ":" + to_hex(position.chain);
}

}  // namespace sealhall::keys
