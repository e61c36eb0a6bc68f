// The folder with the root key, the keystore and the audit log: made at the first start, never inside a backup of the
// database. docs/operate/keys.md says what each file is.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/base/expected.h"
#include "core/base/random.h"
#include "io/net/clock.h"
#include "io/net/system.h"
#include "kms/key_service.h"

namespace sealhall::kms {

struct KeyFolderOptions {
  std::string folder;
  std::string passphrase_file = {};  ///< its first line opens root.key, and seals it when that is made
};

/// Files of the folder.
std::string root_key_path(const std::string& folder);
std::string keystore_path(const std::string& folder);
std::string audit_log_path(const std::string& folder);
std::string audit_head_path(const std::string& folder);

/// The first line of the passphrase's file; nullopt when no file is named. The error is a sentence.
expected<std::optional<std::string>, std::string> read_passphrase(const std::string& path);

/// Reads root.key; when it does not belong to the keystore and root.key.new does, the rotation that was interrupted is
/// finished. The error is a sentence.
expected<std::shared_ptr<SoftwareRoot>, std::string> read_root(const KeyFolderOptions& options, RandomSource& random);

/// The id of the root key that the keystore belongs to; nullopt when there is no keystore, or it cannot be read.
std::optional<KeyId> root_of_keystore(const std::string& folder);

/// An open folder: the key service over its files.
class KeyFolder {
 public:
  /// Makes what is missing: the folder, root.key, the keystore, the log. A keystore without its root key is an error
  /// and never answered by a new one. `root` is used instead of root.key (an HSM).
  static expected<std::unique_ptr<KeyFolder>, std::string> open(KeyFolderOptions options, RandomSource& random,
                                                                const io::WallClock& clock,
                                                                std::shared_ptr<RootKey> root = nullptr);
  ~KeyFolder();
  KeyFolder(const KeyFolder&) = delete;
  KeyFolder& operator=(const KeyFolder&) = delete;

  [[nodiscard]] KeyService& service() noexcept { return *service_; }
  /// True when this start has made the root key: the recovery kit was never printed.
  [[nodiscard]] bool made() const noexcept { return made_; }
  /// An entry in the audit log, once, when the recovery kit was shown since the last time (kit_record.h).
  void note_kit();
  /// Makes what was appended to the log survive a power cut; called before answers leave. False when that failed.
  bool sync();

 private:
  KeyFolder(KeyFolderOptions options, RandomSource& random) : options_(std::move(options)), random_(random) {}
  expected<void, std::string> open_log(const crypto::Ed25519PublicKey& key);
  bool append(std::string_view line);
  bool write_again();
  std::shared_ptr<RootKey> make_next_root();

  KeyFolderOptions options_;
  RandomSource& random_;
  std::optional<std::string> passphrase_;
  io::FileDescriptor log_;
  AuditPosition position_;
  bool lost_ = false;
  off_t synced_ = 0;      ///< bytes of the log that are certainly on the disk
  std::string unsynced_;  ///< what was appended behind them
  bool suspect_ = false;  ///< a sync failed: what is behind them may look written and not be
  bool made_ = false;
  Bytes noted_;                    ///< the record of the kit that the log has an entry of
  std::shared_ptr<RootKey> hsm_;   ///< the root key, when it is in an HSM
  std::shared_ptr<RootKey> next_;  ///< there, while the keystore changes over to it
  std::unique_ptr<KeyService> service_;
};

}  // namespace sealhall::kms
