// A sealed container (core/envelope/container.h) in the blob store: written front to back, read in any order.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "core/base/random.h"
#include "core/envelope/container.h"
#include "server/vault/vault.h"
#include "store/blobs.h"

namespace sealhall::vault {

enum class SealedBlobError : std::uint8_t {
  unavailable,  ///< keys or blobs cannot be reached now: ask again
  gone,         ///< there is none, its key was destroyed, it was changed, or was sealed for something else
  failed,       ///< it could not be written (full, I/O); what was begun cannot be continued
};

template <class T>
using BlobDone = std::move_only_function<void(expected<T, SealedBlobError>)>;

/// One blob being written; nobody sees it before `finish` is acknowledged. Wait for each answer before the next call.
class SealedBlobWriter {
 public:
  /// Error: unavailable. `blobs` and `vault` outlive it.
  static void create(store::Blobs& blobs, Vault& vault, RandomSource& random, std::string name, SealContext context,
                     std::string scope, BlobDone<std::shared_ptr<SealedBlobWriter>> done);
  /// Takes plaintext; answers at once while it only fills a segment. Error: failed.
  void write(ByteView plaintext, BlobDone<void> done);
  /// Acknowledged when the whole survives a power cut. Error: failed.
  void finish(BlobDone<void> done);

 private:
  SealedBlobWriter(envelope::ContainerWriter container, std::unique_ptr<store::BlobWriter> blob)
      : container_(std::move(container)), blob_(std::move(blob)) {}
  envelope::ContainerWriter container_;
  std::unique_ptr<store::BlobWriter> blob_;
  Bytes out_;  ///< sealed, not given to the blob yet
};

/// One finished blob being read; several reads may be under way.
class SealedBlobReader : public std::enable_shared_from_this<SealedBlobReader> {
 public:
  /// Errors: gone, unavailable. `blobs` outlives it, `vault` the call.
  static void open(store::Blobs& blobs, Vault& vault, std::string name, SealContext context,
                   BlobDone<std::shared_ptr<SealedBlobReader>> done);
  /// Gives the container's key for the wrapped key in its header.
  using KeyOf = std::move_only_function<void(Bytes wrapped, Done<envelope::Key> done)>;
  /// One whose key is made in another way. `recovered`: the content of one that its writer did not finish, as somebody
  /// has found it. Errors: gone, unavailable. `blobs` outlives it.
  static void open_with(store::Blobs& blobs, std::string name, SealContext context, KeyOf key_of,
                        std::optional<std::uint64_t> recovered, BlobDone<std::shared_ptr<SealedBlobReader>> done);
  [[nodiscard]] std::uint64_t size() const noexcept { return container_->size(); }  ///< plaintext bytes
  /// Up to `size` plaintext bytes from `offset`; empty at the end. Errors: gone, unavailable.
  void read(std::uint64_t offset, std::size_t size, BlobDone<Bytes> done);

 private:
  SealedBlobReader(store::Blobs& blobs, std::string name) : blobs_(blobs), name_(std::move(name)) {}
  struct Opening;
  store::Blobs& blobs_;
  std::string name_;
  std::optional<envelope::ContainerReader> container_;
};

}  // namespace sealhall::vault
