// The account keys of an installation and the file they are in. The file is never part of a backup of the database:
// what it has lost, nobody opens again.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/base/expected.h"
#include "core/base/random.h"
#include "core/base/time.h"
#include "core/crypto/ed25519.h"
#include "core/wire/kms_channel.h"
#include "kms/keystore_file.h"
#include "kms/root_key.h"

namespace sealhall::kms {

enum class KeystoreError : std::uint8_t {
  malformed,      ///< the file is not a keystore, or of a later version
  other_root,     ///< it belongs to another root key
  changed,        ///< its authentication code is wrong
  root_failed,    ///< the root key did not open it, or the HSM does not answer
  not_saved,      ///< the new content could not be written; nothing has changed
  not_authentic,  ///< a wrapped data key that is none of ours, or of another account
  destroyed,      ///< its account key is destroyed, or it was shredded
  unknown_key,    ///< no account key with that id or version
};
std::string_view sentence_of(KeystoreError error) noexcept;

struct DataKey {
  KeyId id{};
  Key key;
  Bytes wrapped;
};

class Keystore {
 public:
  /// Replaces the file by these bytes and returns when they survive a power cut; false when that failed.
  using Save = std::function<bool(ByteView)>;

  /// A new, empty one; saved before this returns.
  static expected<std::unique_ptr<Keystore>, KeystoreError> create(std::shared_ptr<RootKey> root, RandomSource& random,
                                                                   Save save);
  /// `text` is the file. Every account key is opened at once, so a root key in an HSM is asked at the start only.
  static expected<std::unique_ptr<Keystore>, KeystoreError> load(std::string_view text, std::shared_ptr<RootKey> root,
                                                                 RandomSource& random, Save save);

  /// Under the newest version of the account's key of that period, which is made when there is none.
  /// Errors: root_failed, not_saved.
  expected<std::vector<DataKey>, KeystoreError> make(const std::string& account_id, const std::string& period,
                                                     std::size_t count, UnixMicros now);
  /// Errors: not_authentic, destroyed.
  [[nodiscard]] expected<Key, KeystoreError> open(const std::string& account_id, ByteView wrapped) const;
  /// The same data key under the newest version. Errors: not_authentic, destroyed.
  expected<Bytes, KeystoreError> rewrap(const std::string& account_id, ByteView wrapped);
  /// From now on `open` and `rewrap` answer `destroyed` for them. Error: not_saved.
  expected<void, KeystoreError> shred(const std::string& account_id, const std::vector<KeyId>& ids);

  /// A new version of every key of the account that is not destroyed; of all accounts when it is "".
  /// Errors: root_failed, not_saved.
  expected<void, KeystoreError> rotate(const std::string& account_id, UnixMicros now);
  /// Wraps everything for another root key, which must be on the disk by then. Errors: root_failed, not_saved.
  expected<void, KeystoreError> change_root(std::shared_ptr<RootKey> root);
  /// Destroys one version (0: all) of a key: wiped here and gone from the file. Errors: unknown_key, not_saved.
  expected<void, KeystoreError> destroy(const KeyId& id, std::uint32_t version);

  [[nodiscard]] std::vector<wire::kms::AccountKey> list() const;
  [[nodiscard]] std::uint64_t shredded() const noexcept { return file_.shredded.size(); }
  [[nodiscard]] const RootKey& root() const noexcept { return *root_; }
  /// Whether every account key so far is kept out of swap. False: RLIMIT_MEMLOCK is too small.
  [[nodiscard]] bool locked() const noexcept { return locked_; }
  /// Signs the audit log.
  [[nodiscard]] const crypto::Ed25519PrivateKey& audit_key() const noexcept { return *audit_key_; }

 private:
  using Name = std::pair<KeyId, std::uint32_t>;
  Keystore(std::shared_ptr<RootKey> root, RandomSource& random, Save save)
      : root_(std::move(root)), random_(random), save_(std::move(save)) {}
  /// Authenticates, saves, and only then keeps `changed`.
  expected<void, KeystoreError> commit(KeystoreFile changed);
  expected<void, KeystoreError> add_version(AccountKeyEntry& entry, UnixMicros now, std::map<Name, Key>& made);
  expected<void, KeystoreError> open_secrets();
  void index_refused();
  void lock_memory();
  [[nodiscard]] const AccountKeyEntry* find(const std::string& account_id, const std::string& period) const;

  std::shared_ptr<RootKey> root_;
  RandomSource& random_;
  Save save_;
  KeystoreFile file_;
  std::map<Name, Key> keys_;
  bool locked_ = true;
  std::set<Bytes> refused_;  ///< ids of shredded data keys
  Key mac_key_;
  Secret<32> audit_seed_;
  std::unique_ptr<crypto::Ed25519PrivateKey> audit_key_;
};

}  // namespace sealhall::kms
