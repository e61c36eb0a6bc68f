// How the vault asks the key service. Control's link to kms is one; tests have their own.
#pragma once

#include <functional>

#include "core/base/expected.h"
#include "core/wire/kms_channel.h"
#include "server/vault/vault.h"

namespace sealhall::vault {

class KeySource {
 public:
  virtual ~KeySource() = default;
  /// Whether kms is connected now.
  [[nodiscard]] virtual bool here() const noexcept = 0;
  /// Sends a question about keys, with a request number of its own, and gives the answer; a `KeysRefused` comes as an
  /// answer, too. Error: unavailable, when kms is away or goes away before it answers.
  virtual void ask(wire::kms::ControlMessage question,
                   std::move_only_function<void(expected<wire::kms::KmsMessage, VaultError>)> done) = 0;
};

}  // namespace sealhall::vault
