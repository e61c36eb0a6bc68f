#include "core/sframe/frame_sealer.h"

#include <algorithm>
#include <utility>

#include "core/base/check.h"

namespace sealhall::sframe {
namespace {

/// Keeps the result of a job that completes inside `submit`.
struct InlineResult final : crypto::AeadListener {
  void on_aead_done(std::uint64_t, expected<std::size_t, crypto::CryptoError> done) override { result = done; }
  std::optional<expected<std::size_t, crypto::CryptoError>> result;
};

}  // namespace

struct FrameSealer::Pending {
  std::uint64_t job = 0;
  std::uint64_t ticket = 0;
  SealListener* listener = nullptr;
  Bytes frame;
  Bytes out;
  Plan plan;
};

FrameSealer::FrameSealer(crypto::AsyncAead& aead, const KeyRing& ring, std::uint16_t sender_index,
                         const SenderNonce& nonce)
    : aead_(aead), ring_(ring), sender_index_(sender_index), nonce_(nonce) {}

FrameSealer::~FrameSealer() {
  SEALHALL_CHECK(pending_.empty());
  for (auto& key : keys_) {
    if (key) aead_.remove_key(key->aead_key);
  }
}

expected<FrameSealer::ContextKey*, SframeError> FrameSealer::key_for(MediaContext context) {
  const auto active = ring_.active();
  if (!active) return unexpected(SframeError::no_active_generation);
  auto& key = keys_[static_cast<std::size_t>(context)];
  if (key && key->generation == *active) return &*key;
  // The ring activates in ascending order only, so a key that is dropped here is never derived again and its counter
  // never starts over.
  if (key) {
    SEALHALL_CHECK(key->generation < *active);
    aead_.remove_key(key->aead_key);
    key.reset();
  }
  const Secret<32> base_key = ring_.find(*active)->base_key(sender_index_, nonce_);
  const KeyId key_id = make_kid(context, sender_index_, *active);
  DerivedKey derived = derive_key(CipherSuite::aes_256_gcm_sha512_128, key_id, base_key.reveal());
  const auto added =
      aead_.add_key(crypto::AeadAlgorithm::aes_256_gcm, crypto::AeadDirection::seal, derived.key.reveal());
  if (!added) return unexpected(SframeError::backend_failed);
  key.emplace(ContextKey{*active, *added, std::move(derived.salt), CounterSource{}});
  return &*key;
}

expected<void, SframeError> FrameSealer::prepare(MediaContext context, ByteView frame, std::size_t clear_prefix_size,
                                                 MutableBytes out, Plan& plan) {
  if (clear_prefix_size > frame.size() || clear_prefix_size > max_clear_prefix_size) {
    return unexpected(SframeError::prefix_too_long);
  }
  const auto key = key_for(context);
  if (!key) return unexpected(key.error());
  const auto next = (*key)->counters.next();
  if (!next) return unexpected(SframeError::counter_exhausted);
  const Header header{make_kid(context, sender_index_, (*key)->generation), *next};
  std::array<std::uint8_t, max_header_size> room{};
  const ByteView encoded = ByteView{room}.first(write_header(header, room));
  const ByteView prefix = frame.first(clear_prefix_size);
  const ByteView plaintext = frame.subspan(clear_prefix_size);
  if (out.size() < frame.size() + encoded.size() + crypto::aead_tag_size)
    return unexpected(SframeError::buffer_too_small);
  (*key)->counters.take();  // used up, whatever the AEAD says

  ByteWriter writer{out};
  writer.bytes(prefix);
  writer.bytes(encoded);
  plan.front = writer.size();
  plan.aad = FrameAad{encoded, prefix};
  plan.job = {.key = (*key)->aead_key,
              .ticket = 0,
              .nonce = make_nonce((*key)->salt, header.counter),
              .aad = plan.aad.view(),
              .input = plaintext,
              .output = out.subspan(plan.front)};
  return {};
}

expected<std::size_t, SframeError> FrameSealer::seal(MediaContext context, ByteView frame,
                                                     std::size_t clear_prefix_size, MutableBytes out) {
  Plan plan;
  const auto prepared = prepare(context, frame, clear_prefix_size, out, plan);
  if (!prepared) return unexpected(prepared.error());
  InlineResult done;
  aead_.submit(plan.job, done);
  SEALHALL_CHECK(done.result.has_value());
  if (!*done.result) return unexpected(SframeError::backend_failed);
  return plan.front + **done.result;
}

void FrameSealer::seal_later(std::uint64_t ticket, MediaContext context, Bytes frame, std::size_t clear_prefix_size,
                             SealListener& listener) {
  auto pending = std::make_unique<Pending>();
  pending->job = next_job_++;
  pending->ticket = ticket;
  pending->listener = &listener;
  pending->frame = std::move(frame);
  pending->out.resize(pending->frame.size() + max_seal_overhead);
  const auto prepared = prepare(context, pending->frame, clear_prefix_size, pending->out, pending->plan);
  if (!prepared) {
    listener.on_sealed(ticket, unexpected(prepared.error()));
    return;
  }
  pending->plan.job.ticket = pending->job;
  const crypto::AeadJob job = pending->plan.job;
  pending_.push_back(std::move(pending));
  aead_.submit(job, *this);
}

void FrameSealer::on_aead_done(std::uint64_t ticket, expected<std::size_t, crypto::CryptoError> result) {
  const auto found = std::ranges::find_if(pending_, [ticket](const auto& p) { return p->job == ticket; });
  SEALHALL_CHECK(found != pending_.end());
  const std::unique_ptr<Pending> pending = std::move(*found);
  pending_.erase(found);
  if (!result) {
    pending->listener->on_sealed(pending->ticket, unexpected(SframeError::backend_failed));
    return;
  }
  pending->out.resize(pending->plan.front + *result);
  pending->listener->on_sealed(pending->ticket, std::move(pending->out));
}

void FrameSealer::forget_retired() {
  for (auto& key : keys_) {
    if (key && ring_.state(key->generation) != EpochState::active) {
      aead_.remove_key(key->aead_key);
      key.reset();
    }
  }
}

}  // namespace sealhall::sframe
