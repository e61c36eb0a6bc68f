#include "core/crypto/async_aead.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "core/base/check.h"

namespace sealhall::crypto {

expected<AeadKeyId, CryptoError> InlineAead::add_key(AeadAlgorithm algorithm, AeadDirection direction, ByteView key) {
  Entry entry;
  if (direction == AeadDirection::seal) {
    auto sealer = AeadSealer::create(algorithm, key);
    if (!sealer) return unexpected(sealer.error());
    entry.sealer = std::move(*sealer);
  } else {
    auto opener = AeadOpener::create(algorithm, key);
    if (!opener) return unexpected(opener.error());
    entry.opener = std::move(*opener);
  }
  SEALHALL_CHECK(next_id_ < std::numeric_limits<std::uint32_t>::max());
  entry.id = AeadKeyId{next_id_++};
  keys_.push_back(std::move(entry));
  return keys_.back().id;
}

void InlineAead::remove_key(AeadKeyId key) {
  std::erase_if(keys_, [key](const Entry& entry) { return entry.id == key; });
}

void InlineAead::submit(const AeadJob& job, AeadListener& listener) {
  const auto found = std::ranges::lower_bound(keys_, job.key, {}, &Entry::id);
  if (found == keys_.end() || found->id != job.key) {
    listener.on_aead_done(job.ticket, unexpected(CryptoError::unknown_key));
    return;
  }
  auto result = found->sealer ? found->sealer->seal(job.nonce, job.aad, job.input, job.output)
                              : found->opener->open(job.nonce, job.aad, job.input, job.output);
  listener.on_aead_done(job.ticket, result);
}

}  // namespace sealhall::crypto
