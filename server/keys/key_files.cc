#include "server/keys/key_files.h"

#include <algorithm>

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

}  // namespace sealhall::keys
