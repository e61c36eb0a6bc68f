// AEAD as jobs that may complete later: in a browser WebCrypto does the work, natively it is done before `submit`
// returns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/expected.h"
#include "core/crypto/aead.h"
#include "core/crypto/error.h"

namespace sealhall::crypto {

/// Names a key inside one `AsyncAead`; never given twice.
enum class AeadKeyId : std::uint32_t {};

enum class AeadDirection : std::uint8_t { seal, open };

/// One message to seal or to open, as the key's direction says. `aad`, `input` and `output` belong to the caller and
/// stay where they are until the job is done. Sizes and overlap as in `AeadSealer::seal` and `AeadOpener::open`.
struct AeadJob {
  AeadKeyId key{};
  std::uint64_t ticket = 0;  ///< the caller's own number, given back with the result
  std::array<std::uint8_t, aead_nonce_size> nonce{};
  ByteView aad;
  ByteView input;
  MutableBytes output;
};

/// Told about every submitted job exactly once, perhaps before `submit` returns, perhaps in another order.
class AeadListener {
 public:
  virtual ~AeadListener() = default;
  /// The size written to the job's output, or why nothing is there.
  virtual void on_aead_done(std::uint64_t ticket, expected<std::size_t, CryptoError> result) = 0;
};

class AsyncAead {
 public:
  virtual ~AsyncAead() = default;
  /// bad_key_size when the key does not fit the algorithm. `key` is copied in and may be wiped afterwards.
  virtual expected<AeadKeyId, CryptoError> add_key(AeadAlgorithm algorithm, AeadDirection direction, ByteView key) = 0;
  /// Jobs under way complete; later ones fail with unknown_key. Unknown ids are ignored.
  virtual void remove_key(AeadKeyId key) = 0;
  /// Errors come through the listener too, so that there is one way to hear of an end.
  virtual void submit(const AeadJob& job, AeadListener& listener) = 0;
};

/// Completes every job inside `submit`, with the contexts of aead.h.
class InlineAead final : public AsyncAead {
 public:
  expected<AeadKeyId, CryptoError> add_key(AeadAlgorithm algorithm, AeadDirection direction, ByteView key) override;
  void remove_key(AeadKeyId key) override;
  void submit(const AeadJob& job, AeadListener& listener) override;

 private:
  struct Entry {
    AeadKeyId id{};
    std::optional<AeadSealer> sealer;
    std::optional<AeadOpener> opener;
  };
  std::vector<Entry> keys_;  // ascending by id
  std::uint32_t next_id_ = 1;
};

}  // namespace sealhall::crypto
