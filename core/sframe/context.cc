#include "core/sframe/context.h"

#include <array>
#include <utility>

namespace sealhall::sframe {

expected<SealContext, SframeError> SealContext::create(CipherSuite suite, KeyId key_id, ByteView base_key,
                                                       std::uint64_t first_counter) {
  DerivedKey derived = derive_key(suite, key_id, base_key);
  auto cipher = SealCipher::create(suite, derived.key.reveal());
  if (!cipher) return unexpected(cipher.error());
  return SealContext{key_id, parameters_of(suite).tag_size, std::move(*cipher), std::move(derived.salt),
                     CounterSource{first_counter}};
}

expected<std::size_t, SframeError> SealContext::seal(ByteView metadata, ByteView plaintext, MutableBytes out) noexcept {
  const auto next = counters_.next();
  if (!next) return unexpected(SframeError::counter_exhausted);
  const Header header{key_id_, *next};
  std::array<std::uint8_t, max_header_size> room{};
  const ByteView encoded = ByteView{room}.first(write_header(header, room));
  if (out.size() < encoded.size() + plaintext.size() + tag_size_) return unexpected(SframeError::buffer_too_small);
  counters_.take();  // used up even when sealing fails
  const auto nonce = make_nonce(salt_, header.counter);
  const auto sealed = cipher_.seal(nonce, {encoded, metadata}, plaintext, out.subspan(encoded.size()));
  if (!sealed) return unexpected(sealed.error());
  std::copy(encoded.begin(), encoded.end(), out.begin());
  return encoded.size() + *sealed;
}

expected<OpenContext, SframeError> OpenContext::create(CipherSuite suite, KeyId key_id, ByteView base_key,
                                                       std::size_t replay_window) {
  DerivedKey derived = derive_key(suite, key_id, base_key);
  auto cipher = OpenCipher::create(suite, derived.key.reveal());
  if (!cipher) return unexpected(cipher.error());
  return OpenContext{key_id, std::move(*cipher), std::move(derived.salt), replay_window};
}

expected<OpenContext::Opened, SframeError> OpenContext::open(ByteView metadata, ByteView frame,
                                                             MutableBytes out) noexcept {
  const auto parsed = parse_header(frame);
  if (!parsed) return unexpected(SframeError::malformed);
  if (parsed->header.key_id != key_id_) return unexpected(SframeError::wrong_key_id);
  const std::uint64_t counter = parsed->header.counter;
  if (!window_.is_fresh(counter)) return unexpected(SframeError::replayed);
  const auto nonce = make_nonce(salt_, counter);
  const auto opened = cipher_.open(nonce, {frame.first(parsed->size), metadata}, frame.subspan(parsed->size), out);
  if (!opened) return unexpected(opened.error());
  window_.mark(counter);
  return Opened{counter, *opened};
}

}  // namespace sealhall::sframe
