#include "client/engine/meeting_keys.h"

#include <algorithm>
#include <utility>

#include "core/base/check.h"
#include "core/sframe/header.h"
#include "core/sframe/kid.h"

namespace sealhall::client {

void MeetingKeys::begin_join() { next_.emplace(random_); }

Bytes MeetingKeys::hpke_public_key() const {
  SEALHALL_CHECK(next_.has_value());
  const ByteView key = next_->hpke_public_key();
  return {key.begin(), key.end()};
}

Bytes MeetingKeys::sender_nonce() const {
  SEALHALL_CHECK(next_.has_value());
  return {next_->sender_nonce().begin(), next_->sender_nonce().end()};
}

bool MeetingKeys::joined(const wire::Joined& joined, Instant now) {
  sframe::JoinedAs as;
  if (!next_ || joined.meeting.meeting_uuid.size() != as.meeting.size()) return false;
  std::ranges::copy(joined.meeting.meeting_uuid, as.meeting.begin());
  as.participant = joined.participant;
  as.sender_index = joined.sender_index;
  auto join = std::make_unique<Join>();
  join->keys = std::make_unique<sframe::SessionKeys>(join->aead, std::move(*next_), as);
  next_.reset();
  join_ = std::move(join);
  senders_.clear();
  for (const wire::SealedGeneration& sealed : joined.generations) add_generation(sealed);
  return activate(joined.active_generation, now);
}

bool MeetingKeys::add_generation(const wire::SealedGeneration& sealed) {
  return join_ && join_->keys->add_generation(sealed.generation, sealed.enc, sealed.ciphertext).has_value();
}

bool MeetingKeys::activate(std::uint32_t generation, Instant now) {
  return join_ && join_->keys->activate(generation, now).has_value();
}

void MeetingKeys::set_roster(const std::map<wire::ParticipantNumber, wire::RosterEntry>& roster) {
  if (!join_) return;
  std::map<std::uint16_t, Bytes> senders;
  for (const auto& [participant, entry] : roster) senders[entry.sender_index] = entry.sender_nonce;
  for (const auto& [index, nonce] : senders_) {
    if (!senders.contains(index)) join_->keys->remove_sender(index);
  }
  for (const auto& [index, nonce] : senders) {
    sframe::SenderNonce fixed{};
    if (nonce.size() != fixed.size()) continue;
    std::ranges::copy(nonce, fixed.begin());
    // A refused entry (an index used again under another nonce) simply has no key: its frames are dropped and counted.
    (void)join_->keys->set_sender(index, fixed);
  }
  senders_ = std::move(senders);
}

std::optional<std::uint32_t> MeetingKeys::active_generation() const {
  return join_ ? join_->keys->ring().active() : std::nullopt;
}

void MeetingKeys::advance(Instant now) {
  if (join_) join_->keys->advance(now);
}

bool MeetingKeys::seal(std::uint8_t context, ByteView frame, std::size_t clear, Bytes& out, Instant now) {
  if (!join_) return false;
  out.resize(frame.size() + sframe::max_seal_overhead);
  const auto size = join_->keys->seal(static_cast<sframe::MediaContext>(context), frame, clear, out, now);
  if (!size) return false;
  out.resize(*size);
  return true;
}

std::optional<FrameKey> MeetingKeys::look(ByteView sealed, std::size_t clear) {
  if (clear > sealed.size()) return std::nullopt;
  const auto header = sframe::parse_header(sealed.subspan(clear));
  if (!header) return std::nullopt;
  const auto kid = sframe::split_kid(header->header.key_id);
  if (!kid) return std::nullopt;
  return FrameKey{.sender_index = kid->sender_index,
                  .context = static_cast<std::uint64_t>(kid->context),
                  .known = join_ && join_->keys->ring().find_by_bits(kid->generation_bits) != nullptr};
}

expected<void, OpenFailure> MeetingKeys::open(ByteView sealed, std::size_t clear, Bytes& out, Instant now) {
  if (!join_) return unexpected(OpenFailure::unknown_key);
  out.resize(sealed.size());
  const auto opened = join_->keys->open(sealed, clear, out, now);
  if (opened) {
    out.resize(opened->size);
    return {};
  }
  switch (opened.error()) {
    case sframe::SframeError::malformed:
    case sframe::SframeError::unknown_context:
      return unexpected(OpenFailure::malformed);
    case sframe::SframeError::replayed:
      return unexpected(OpenFailure::replayed);
    case sframe::SframeError::unknown_generation:
    case sframe::SframeError::unknown_sender:
      return unexpected(OpenFailure::unknown_key);
    default:
      return unexpected(OpenFailure::not_authentic);
  }
}

}  // namespace sealhall::client
