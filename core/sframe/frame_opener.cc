#include "core/sframe/frame_opener.h"

#include <algorithm>
#include <utility>

#include "core/base/check.h"

namespace sealhall::sframe {
namespace {

struct InlineResult final : crypto::AeadListener {
  void on_aead_done(std::uint64_t, expected<std::size_t, crypto::CryptoError> done) override { result = done; }
  std::optional<expected<std::size_t, crypto::CryptoError>> result;
};

}  // namespace

struct FrameOpener::Pending {
  std::uint64_t job = 0;
  std::uint64_t ticket = 0;
  OpenListener* listener = nullptr;
  Bytes frame;
  Bytes out;
  Plan plan;
};

FrameOpener::FrameOpener(crypto::AsyncAead& aead, const KeyRing& ring) : aead_(aead), ring_(ring) {}

FrameOpener::~FrameOpener() {
  SEALHALL_CHECK(pending_.empty());
  for (auto& [name, key] : keys_) aead_.remove_key(key.aead_key);
}

expected<void, SframeError> FrameOpener::set_sender(std::uint16_t sender_index, const SenderNonce& nonce) {
  const auto [at, is_new] = senders_.try_emplace(sender_index, Sender{nonce, true});
  if (is_new) return {};
  if (at->second.nonce != nonce) {
    const bool in_use =
        std::ranges::any_of(keys_, [&](const auto& key) { return key.first.sender_index == sender_index; });
    if (in_use) return unexpected(SframeError::sender_index_reused);
    at->second.nonce = nonce;
  }
  at->second.present = true;
  return {};
}

void FrameOpener::remove_sender(std::uint16_t sender_index) noexcept {
  if (const auto found = senders_.find(sender_index); found != senders_.end()) found->second.present = false;
}

expected<FrameOpener::Key*, SframeError> FrameOpener::key_for(const Name& name, const Sender& sender) {
  if (const auto found = keys_.find(name); found != keys_.end()) return &found->second;
  const Secret<32> base_key = ring_.find(name.generation)->base_key(name.sender_index, sender.nonce);
  DerivedKey derived = derive_key(CipherSuite::aes_256_gcm_sha512_128,
                                  make_kid(name.context, name.sender_index, name.generation), base_key.reveal());
  const auto added =
      aead_.add_key(crypto::AeadAlgorithm::aes_256_gcm, crypto::AeadDirection::open, derived.key.reveal());
  if (!added) return unexpected(SframeError::backend_failed);
  const auto at =
      keys_.emplace(name, Key{*added, std::move(derived.salt), ReplayWindow{replay_window_of(name.context)}});
  return &at.first->second;
}

expected<void, SframeError> FrameOpener::prepare(ByteView frame, std::size_t clear_prefix_size, MutableBytes out,
                                                 Plan& plan) {
  if (clear_prefix_size > max_clear_prefix_size) return unexpected(SframeError::prefix_too_long);
  if (clear_prefix_size > frame.size()) return unexpected(SframeError::malformed);
  const ByteView prefix = frame.first(clear_prefix_size);
  const ByteView behind = frame.subspan(clear_prefix_size);
  const auto parsed = parse_header(behind);
  if (!parsed || behind.size() < parsed->size + crypto::aead_tag_size) return unexpected(SframeError::malformed);
  const ByteView sealed = behind.subspan(parsed->size);
  if (out.size() < prefix.size() + sealed.size() - crypto::aead_tag_size)
    return unexpected(SframeError::buffer_too_small);

  // Key by KID, window, open, mark: in this order.
  const auto kid = split_kid(parsed->header.key_id);
  if (!kid) return unexpected(SframeError::unknown_context);
  const ManagedGeneration* generation = ring_.find_by_bits(kid->generation_bits);
  if (generation == nullptr) return unexpected(SframeError::unknown_generation);
  const auto sender = senders_.find(kid->sender_index);
  if (sender == senders_.end() || !sender->second.present) return unexpected(SframeError::unknown_sender);
  plan.name = {generation->generation(), kid->sender_index, kid->context};
  const auto key = key_for(plan.name, sender->second);
  if (!key) return unexpected(key.error());
  plan.counter = parsed->header.counter;
  if (!(*key)->window.is_fresh(plan.counter)) return unexpected(SframeError::replayed);

  plan.clear_prefix_size = clear_prefix_size;
  plan.aad = FrameAad{behind.first(parsed->size), prefix};
  plan.job = {.key = (*key)->aead_key,
              .ticket = 0,
              .nonce = make_nonce((*key)->salt, plan.counter),
              .aad = plan.aad.view(),
              .input = sealed,
              .output = out.subspan(clear_prefix_size)};
  return {};
}

expected<OpenedFrame, SframeError> FrameOpener::finish(const Plan& plan,
                                                       expected<std::size_t, crypto::CryptoError> result) {
  if (!result) {
    const bool forged = result.error() == crypto::CryptoError::authentication_failed;
    return unexpected(forged ? SframeError::authentication_failed : SframeError::backend_failed);
  }
  // While the job was under way the generation may have been erased, the sender removed, or a copy opened.
  const auto key = keys_.find(plan.name);
  if (key == keys_.end() || key->second.aead_key != plan.job.key || ring_.find(plan.name.generation) == nullptr) {
    return unexpected(SframeError::unknown_generation);
  }
  const auto sender = senders_.find(plan.name.sender_index);
  if (sender == senders_.end() || !sender->second.present) return unexpected(SframeError::unknown_sender);
  if (!key->second.window.is_fresh(plan.counter)) return unexpected(SframeError::replayed);
  key->second.window.mark(plan.counter);
  ++counters_.opened;
  return OpenedFrame{.size = plan.clear_prefix_size + *result,
                     .sender_index = plan.name.sender_index,
                     .context = plan.name.context,
                     .generation = plan.name.generation,
                     .counter = plan.counter};
}

SframeError FrameOpener::count(SframeError error) noexcept {
  switch (error) {
    case SframeError::unknown_generation:
      ++counters_.unknown_generation;
      break;
    case SframeError::unknown_sender:
      ++counters_.unknown_sender;
      break;
    case SframeError::unknown_context:
      ++counters_.unknown_context;
      break;
    case SframeError::replayed:
      ++counters_.replayed;
      break;
    case SframeError::authentication_failed:
      ++counters_.authentication_failed;
      break;
    case SframeError::malformed:
      ++counters_.malformed;
      break;
    default:
      break;
  }
  return error;
}

expected<OpenedFrame, SframeError> FrameOpener::open(ByteView frame, std::size_t clear_prefix_size, MutableBytes out) {
  Plan plan;
  const auto prepared = prepare(frame, clear_prefix_size, out, plan);
  if (!prepared) return unexpected(count(prepared.error()));
  InlineResult done;
  aead_.submit(plan.job, done);
  SEALHALL_CHECK(done.result.has_value());
  auto opened = finish(plan, *done.result);
  if (!opened) return unexpected(count(opened.error()));
  std::copy_n(frame.begin(), clear_prefix_size, out.begin());
  return opened;
}

void FrameOpener::open_later(std::uint64_t ticket, Bytes frame, std::size_t clear_prefix_size, OpenListener& listener) {
  auto pending = std::make_unique<Pending>();
  pending->job = next_job_++;
  pending->ticket = ticket;
  pending->listener = &listener;
  pending->frame = std::move(frame);
  pending->out.resize(pending->frame.size());
  const auto prepared = prepare(pending->frame, clear_prefix_size, pending->out, pending->plan);
  if (!prepared) {
    listener.on_opened(ticket, unexpected(count(prepared.error())), {});
    return;
  }
  std::copy_n(pending->frame.begin(), clear_prefix_size, pending->out.begin());
  pending->plan.job.ticket = pending->job;
  const crypto::AeadJob job = pending->plan.job;
  pending_.push_back(std::move(pending));
  aead_.submit(job, *this);
}

void FrameOpener::on_aead_done(std::uint64_t ticket, expected<std::size_t, crypto::CryptoError> result) {
  const auto found = std::ranges::find_if(pending_, [ticket](const auto& p) { return p->job == ticket; });
  SEALHALL_CHECK(found != pending_.end());
  const std::unique_ptr<Pending> pending = std::move(*found);
  pending_.erase(found);
  auto opened = finish(pending->plan, result);
  if (!opened) {
    wipe(pending->out);
    pending->listener->on_opened(pending->ticket, unexpected(count(opened.error())), {});
    return;
  }
  pending->out.resize(opened->size);
  pending->listener->on_opened(pending->ticket, *opened, std::move(pending->out));
}

void FrameOpener::forget_erased() {
  std::erase_if(keys_, [this](auto& entry) {
    if (ring_.find(entry.first.generation) != nullptr) return false;
    aead_.remove_key(entry.second.aead_key);
    return true;
  });
  // A sender who left and has no keys any more is forgotten.
  std::erase_if(senders_, [this](const auto& entry) {
    return !entry.second.present &&
           std::ranges::none_of(keys_, [&](const auto& key) { return key.first.sender_index == entry.first; });
  });
}

}  // namespace sealhall::sframe
