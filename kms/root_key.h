// The root key: what opens the keystore, and nothing else. Where it is (a file, an HSM) is behind this interface.
#pragma once

#include <memory>
#include <string>

#include "core/base/expected.h"
#include "core/base/random.h"
#include "core/envelope/context.h"
#include "core/envelope/wrapped_key.h"

namespace sealhall::kms {

using envelope::Key;
using envelope::KeyId;

enum class RootError : std::uint8_t {
  refused,      ///< it was not wrapped by this root key, in this place, or was changed
  unavailable,  ///< the HSM does not answer
};

class RootKey {
 public:
  virtual ~RootKey() = default;
  /// Given when the root key was made; a keystore names the root key that it belongs to.
  [[nodiscard]] virtual const KeyId& id() const noexcept = 0;
  /// For people: "file", "passphrase", "PKCS#11 token sealhall".
  [[nodiscard]] virtual std::string description() const = 0;
  virtual expected<Bytes, RootError> wrap(const KeyId& key_id, const envelope::Context& context, const Key& key) = 0;
  virtual expected<Key, RootError> unwrap(const envelope::Context& context, ByteView wrapped) = 0;
  /// Makes another root key in the same place (an HSM), which the present one outlives; null where there is none.
  virtual std::shared_ptr<RootKey> next() { return nullptr; }
};

/// A root key in our own memory.
class SoftwareRoot final : public RootKey {
 public:
  SoftwareRoot(Key key, const KeyId& id, std::string description, RandomSource& random)
      : key_(std::move(key)), id_(id), description_(std::move(description)), random_(random) {}
  /// A fresh one.
  static std::unique_ptr<SoftwareRoot> generate(std::string description, RandomSource& random);

  [[nodiscard]] const KeyId& id() const noexcept override { return id_; }
  [[nodiscard]] std::string description() const override { return description_; }
  expected<Bytes, RootError> wrap(const KeyId& key_id, const envelope::Context& context, const Key& key) override;
  expected<Key, RootError> unwrap(const envelope::Context& context, ByteView wrapped) override;

  /// For the file and the recovery kit.
  [[nodiscard]] const Key& key() const noexcept { return key_; }

 private:
  Key key_;
  KeyId id_;
  std::string description_;
  RandomSource& random_;
};

}  // namespace sealhall::kms
