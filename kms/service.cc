#include "kms/service.h"

#include <algorithm>
#include <utility>

namespace sealhall::kms {
namespace {

constexpr std::size_t instance_size = 16;

std::optional<sframe::MeetingUuid> meeting_of(const Bytes& bytes) noexcept {
  sframe::MeetingUuid meeting{};
  if (bytes.size() != meeting.size()) return std::nullopt;
  std::ranges::copy(bytes, meeting.begin());
  return meeting;
}

wire::kms::Failure to_wire(StoreError error) noexcept {
  switch (error) {
    case StoreError::unknown_meeting:
      return wire::kms::Failure::unknown_meeting;
    case StoreError::unknown_generation:
    case StoreError::generations_used_up:
      return wire::kms::Failure::unknown_generation;
    case StoreError::bad_public_key:
      return wire::kms::Failure::bad_public_key;
  }
  return wire::kms::Failure::unknown_generation;
}

}  // namespace

Service::Service(RandomSource& random, KeyService* keys) : store_(random), keys_(keys), instance_(instance_size) {
  random.fill(instance_);
}

wire::kms::KmsMessage Service::make(const wire::kms::MakeGeneration& message, Instant now) {
  const auto meeting = meeting_of(message.meeting_uuid);
  if (!meeting) return wire::kms::Failed{message.request, wire::kms::Failure::unknown_meeting};
  const auto generation = store_.make(*meeting, message.after, now);
  if (!generation) return wire::kms::Failed{message.request, to_wire(generation.error())};
  return wire::kms::GenerationMade{message.request, *generation};
}

wire::kms::KmsMessage Service::seal(const wire::kms::SealGeneration& message) {
  const auto meeting = meeting_of(message.meeting_uuid);
  if (!meeting) return wire::kms::Failed{message.request, wire::kms::Failure::unknown_meeting};
  auto sealed = store_.seal(*meeting, message.generation, message.participant, message.hpke_public_key);
  if (!sealed) return wire::kms::Failed{message.request, to_wire(sealed.error())};
  return wire::kms::Sealed{message.request,
                           {message.generation, std::move(sealed->enc), std::move(sealed->ciphertext)}};
}

std::optional<wire::kms::KmsMessage> Service::handle(const wire::kms::ControlMessage& message, Instant now) {
  if (const auto* wanted = std::get_if<wire::kms::MakeGeneration>(&message)) return make(*wanted, now);
  if (const auto* wanted = std::get_if<wire::kms::SealGeneration>(&message)) return seal(*wanted);
  if (const auto* wanted = std::get_if<wire::kms::EraseGeneration>(&message)) {
    const auto meeting = meeting_of(wanted->meeting_uuid);
    if (!meeting) return std::nullopt;
    if (wanted->generation == 0) {
      store_.erase_all(*meeting);
    } else {
      store_.erase(*meeting, wanted->generation);
    }
    return std::nullopt;
  }
  if (std::holds_alternative<wire::kms::Stop>(message)) {
    stopped_ = true;
    return std::nullopt;
  }
  if (keys_ != nullptr) return keys_->handle(message, now);
  return std::visit(
      []<class M>(const M& m) -> std::optional<wire::kms::KmsMessage> {
        if constexpr (requires { m.principal; })
          return wire::kms::KeysRefused{m.request, wire::kms::KeyFailure::no_keys};
        return std::nullopt;
      },
      message);
}

}  // namespace sealhall::kms
