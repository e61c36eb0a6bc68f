// Answers control's messages (core/wire/kms_channel.h). Sans-IO.
#pragma once

#include <optional>

#include "core/base/random.h"
#include "core/base/time.h"
#include "core/wire/kms_channel.h"
#include "kms/generation_store.h"
#include "kms/key_service.h"

namespace sealhall::kms {

class Service {
 public:
  /// Without `keys` every question about data keys is refused: kms works for meetings alone.
  explicit Service(RandomSource& random, KeyService* keys = nullptr);

  /// What kms says first on every connection; `instance` is the same for the life of this object.
  [[nodiscard]] wire::kms::Hello hello(std::uint32_t pid) const { return {instance_, pid}; }
  /// The answer to send, if there is one.
  std::optional<wire::kms::KmsMessage> handle(const wire::kms::ControlMessage& message, Instant now);
  /// Control has said Stop: wipe and exit.
  [[nodiscard]] bool stopped() const noexcept { return stopped_; }

  void advance(Instant now) { store_.advance(now); }
  [[nodiscard]] std::optional<Instant> next_deadline() const noexcept { return store_.next_deadline(); }
  [[nodiscard]] const GenerationStore& store() const noexcept { return store_; }

 private:
  wire::kms::KmsMessage make(const wire::kms::MakeGeneration& message, Instant now);
  wire::kms::KmsMessage seal(const wire::kms::SealGeneration& message);

  GenerationStore store_;
  KeyService* keys_;
  Bytes instance_;
  bool stopped_ = false;
};

}  // namespace sealhall::kms
