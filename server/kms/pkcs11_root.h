// The root key in an HSM, by PKCS#11: it never leaves the token. The module is loaded by its path; one worker thread
// makes every call, since not every module bears two at once.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "kms/root_key.h"

namespace sealhall::kms {

struct Pkcs11Options {
  std::string module;  ///< path of the library, e.g. /usr/lib/softhsm/libsofthsm2.so
  std::string token;   ///< label of the token
  std::string pin;
  std::string key = "sealhall-root";  ///< label of the key
  std::optional<KeyId> id = {};       ///< which of those with that label (a rotation makes another); absent: any
};

class Pkcs11Root final : public RootKey {
 public:
  /// Logs in and finds the AES-256 key of that label and id; `make` makes it when there is none (sensitive, not
  /// extractable). The error is a sentence.
  static expected<std::unique_ptr<Pkcs11Root>, std::string> open(const Pkcs11Options& options, bool make,
                                                                 RandomSource& random);
  ~Pkcs11Root() override;

  [[nodiscard]] const KeyId& id() const noexcept override;
  [[nodiscard]] std::string description() const override;
  /// AES-256-GCM in the token, with the context and the key id as associated data:
  /// version 1 | key id 16 | IV 12 | key and tag 48.
  expected<Bytes, RootError> wrap(const KeyId& key_id, const envelope::Context& context, const Key& key) override;
  /// Whatever the token says about a wrong tag (modules differ), it is `refused`.
  expected<Key, RootError> unwrap(const envelope::Context& context, ByteView wrapped) override;
  /// A new key with the same label in the same token. This one stays in the token.
  std::shared_ptr<RootKey> next() override;

 private:
  class Token;
  class Worker;
  Pkcs11Root(std::shared_ptr<Worker> worker, const KeyId& id);
  std::shared_ptr<Worker> worker_;  ///< of the token: a module is started once in a process
  KeyId id_;
};

}  // namespace sealhall::kms
