// A large object, sealed in segments that open one by one: docs/protocol/at-rest.md section 5. Sans-IO: the caller
// reads and writes the bytes where it likes (a file, S3, a browser's blob).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>

#include "core/base/bytes.h"
#include "core/base/expected.h"
#include "core/base/random.h"
#include "core/crypto/aead.h"
#include "core/envelope/context.h"
#include "core/envelope/error.h"
#include "core/envelope/wrapped_key.h"

namespace sealhall::envelope {

inline constexpr std::size_t container_header_size = 4096;
inline constexpr std::size_t segment_size = 65536;                                        ///< plaintext
inline constexpr std::size_t sealed_segment_size = segment_size + crypto::aead_tag_size;  ///< 65552
/// Segments of one container: the segment number has 32 bits, so an object has at most 256 TiB.
inline constexpr std::uint64_t max_segments = std::uint64_t{1} << 32;

/// A piece of a container, in bytes from its beginning.
struct ByteRange {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  bool operator==(const ByteRange&) const = default;
};

/// What the header says in the clear. The wrapped key is for whoever opens it (`vault::Vault::object_key`).
struct ContainerHeader {
  KeyId object_id{};  ///< random; names this container, not what it belongs to
  Bytes wrapped_key;
};
/// `header` is the first 4096 bytes. Nothing is proved before a reader has opened a segment.
/// Errors: malformed, unknown_version.
expected<ContainerHeader, EnvelopeError> read_container_header(ByteView header);

/// The size of a finished container with that much in it.
constexpr std::uint64_t container_size(std::uint64_t plaintext_size) noexcept {
  return container_header_size + plaintext_size / segment_size * sealed_segment_size + plaintext_size % segment_size +
         crypto::aead_tag_size;
}

/// Writes one container front to back. There is no way to continue one: after a crash a new part begins under a new
/// key, and the old one is read as incomplete.
class ContainerWriter {
 public:
  /// `key` is fresh: one key, one container (`vault::Vault::new_object_key` gives key and wrapped key together).
  /// Error: bad_context, malformed (the wrapped key is none).
  static expected<ContainerWriter, EnvelopeError> create(const Context& context, const Key& key, ByteView wrapped_key,
                                                         RandomSource& random);

  /// The first 4096 bytes of the container.
  [[nodiscard]] const std::array<std::uint8_t, container_header_size>& header() const noexcept { return header_; }
  /// Takes plaintext and appends every segment that became full to `out`, sealed. What is not full stays here and is
  /// lost with the process: write often, sync what comes out. Error: too_large.
  expected<void, EnvelopeError> write(ByteView plaintext, Bytes& out);
  /// Appends the last segment, which may be empty; without it a container is incomplete. Nothing may follow.
  expected<void, EnvelopeError> finish(Bytes& out);
  /// Plaintext bytes that were taken.
  [[nodiscard]] std::uint64_t size() const noexcept { return segments_ * segment_size + waiting_.size(); }
  /// Plaintext bytes that are in the segments given out: what survives when everything given out was synced.
  [[nodiscard]] std::uint64_t sealed_size() const noexcept { return segments_ * segment_size; }

  ContainerWriter(ContainerWriter&&) noexcept = default;
  ContainerWriter& operator=(ContainerWriter&&) noexcept = default;
  ~ContainerWriter();

 private:
  explicit ContainerWriter(crypto::AeadSealer sealer) : sealer_(std::move(sealer)) {}
  expected<void, EnvelopeError> seal_segment(ByteView plaintext, bool last, Bytes& out);

  std::array<std::uint8_t, container_header_size> header_{};
  crypto::AeadSealer sealer_;
  Bytes waiting_;
  std::uint64_t segments_ = 0;
  bool finished_ = false;
};

/// Opens segments of one container, in any order.
class ContainerReader {
 public:
  /// Where the last segment of a finished container of `size` bytes is. Errors: malformed (smaller than the smallest
  /// container), incomplete (this cannot be the size of a finished one).
  static expected<ByteRange, EnvelopeError> last_segment(std::uint64_t size);

  /// Opens a finished container: `header` is its first 4096 bytes, `last` the bytes of `last_segment(size)`. That last
  /// segment is opened at once, so that a container that was cut is refused before any of it is used.
  /// Errors: malformed, unknown_version, bad_context, wrong_key, not_authentic, incomplete.
  static expected<ContainerReader, EnvelopeError> open(const Context& context, const Key& key, ByteView header,
                                                       ByteView last, std::uint64_t size);
  /// Opens what a stopped writer has left, `size` bytes of it. `read` gives the bytes of a range (fewer when there are
  /// not so many). Every whole segment is opened in turn until one does not: what is before it is the authentic prefix,
  /// `size()` of this reader. It may be empty. When the container is finished after all, the reader is complete.
  static expected<ContainerReader, EnvelopeError> recover(const Context& context, const Key& key, ByteView header,
                                                          std::uint64_t size,
                                                          const std::function<Bytes(ByteRange)>& read);

  /// Opens the beginning of what a stopped writer has left, once somebody has recovered it and knows its `content`:
  /// whole segments, each of which is checked when it is read. Errors: those of `open` about the header; malformed for
  /// another number of bytes.
  static expected<ContainerReader, EnvelopeError> open_recovered(const Context& context, const Key& key,
                                                                 ByteView header, std::uint64_t content);

  /// Plaintext bytes.
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
  /// False: the writer was stopped (`recover`).
  [[nodiscard]] bool complete() const noexcept { return complete_; }
  /// The bytes of the container that hold `wanted` of the plaintext: whole segments. Error: out_of_range when `wanted`
  /// is not inside the content.
  [[nodiscard]] expected<ByteRange, EnvelopeError> sealed_range(ByteRange wanted) const;
  /// Opens exactly `wanted` from `sealed`, the bytes of `sealed_range(wanted)`. Nothing is given out unless every
  /// segment of it is authentic. Errors: out_of_range, malformed (`sealed` has another size), not_authentic.
  expected<Bytes, EnvelopeError> open_range(ByteRange wanted, ByteView sealed);

 private:
  explicit ContainerReader(crypto::AeadOpener opener) : opener_(std::move(opener)) {}
  static expected<ContainerReader, EnvelopeError> start(const Context& context, const Key& key, ByteView header);
  [[nodiscard]] bool open_segment(std::uint64_t index, bool last, ByteView sealed, MutableBytes out) noexcept;

  crypto::AeadOpener opener_;
  std::array<std::uint8_t, 7> nonce_prefix_{};
  std::uint64_t size_ = 0;
  bool complete_ = false;
};

/// Puts a newly wrapped key into a header, in place; the segments stay as they are. Errors: malformed,
/// unknown_version.
expected<void, EnvelopeError> replace_wrapped_key(MutableBytes header, ByteView wrapped_key);

}  // namespace sealhall::envelope
