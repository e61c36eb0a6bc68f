// Answers control's questions about data keys and account keys: policy first, then the keystore, and an entry in the
// audit log for every use and every refusal. Sans-IO: where lines go and how a root key is made is given.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "core/base/time.h"
#include "core/wire/kms_channel.h"
#include "kms/audit_log.h"
#include "kms/keystore.h"
#include "kms/policy.h"

namespace sealhall::kms {

class KeyService {
 public:
  struct Outside {
    std::function<UnixMicros()> wall;
    /// Appends to the audit log, all of the line or nothing; false when that failed, and then nothing is answered but
    /// a refusal.
    std::function<bool(std::string_view line)> append;
    /// Writes the signed head beside the log.
    std::function<void(std::string_view head)> write_head;
    /// Makes the next root key and puts it on the disk beside the present one; null when it cannot be
    /// made.
    std::function<std::shared_ptr<RootKey>()> next_root;
    /// The keystore belongs to the next root key now; the one before may go.
    std::function<void()> root_changed;
  };
  /// `from` is where the log ends; `lost` says that it had been longer.
  KeyService(std::unique_ptr<Keystore> keystore, Outside outside, AuditPosition from, bool lost, Rate rate = {});

  /// The answer, if it is a message about keys.
  std::optional<wire::kms::KmsMessage> handle(const wire::kms::ControlMessage& message, Instant now);
  /// Writes down that the recovery kit was shown; false when the log cannot be written.
  bool note_kit_shown();
  /// Signs what is not signed yet, when there is something.
  void checkpoint();
  [[nodiscard]] const Keystore& keystore() const noexcept { return *keystore_; }
  [[nodiscard]] const AuditPosition& audit() const noexcept { return audit_.position(); }

 private:
  using Answer = wire::kms::KmsMessage;
  struct Use {
    wire::kms::Principal who;
    Operation what;
    std::string_view account{};
  };
  Answer answer(const wire::kms::MakeDataKeys& m, Instant now);
  Answer answer(const wire::kms::OpenDataKey& m, Instant now);
  Answer answer(const wire::kms::RewrapDataKeys& m, Instant now);
  Answer answer(const wire::kms::ShredDataKeys& m, Instant now);
  Answer answer(const wire::kms::ListKeys& m, Instant now);
  Answer answer(const wire::kms::RotateKeys& m, Instant now);
  Answer answer(const wire::kms::DestroyKey& m, Instant now);
  Answer answer(const wire::kms::ReadAuditHead& m, Instant now);
  /// Why it is refused, written down; nullopt when it may go on.
  std::optional<wire::kms::KeyFailure> refused(const Use& use, std::int64_t keys, Instant now);
  /// Both: false when the log cannot be written.
  bool put(const AuditEntry& entry);
  bool record(const Use& use, std::string_view outcome, ByteView wrapped = {}, const KeyId* data_key = nullptr);
  Answer refuse(std::uint64_t request, const Use& use, KeystoreError error, ByteView wrapped = {});

  std::unique_ptr<Keystore> keystore_;
  Outside outside_;
  AuditWriter audit_;
  std::uint64_t signed_entries_ = 0;
  std::map<wire::kms::Principal, RateLimit> rates_;
  Rate rate_;
};

}  // namespace sealhall::kms
