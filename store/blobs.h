// Blobs: large things beside the database (recordings, files). What is put here is sealed before; names are not secret.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "store/engine.h"

namespace sealhall::store {

struct BlobInfo {
  std::string name;
  std::uint64_t size = 0;
  auto operator<=>(const BlobInfo&) const = default;
};

/// A blob that is being written. Nobody sees it before `finish` is acknowledged; when this object goes before, nothing
/// of it remains. Its callbacks come also when it is gone by then.
class BlobWriter {
 public:
  virtual ~BlobWriter() = default;
  /// Pieces of any size, in order; wait for `done` before the next one, or as many stay in memory.
  virtual void append(Bytes piece, Done<void> done) = 0;
  /// The last call. Acknowledged when the whole blob is there under its name (in place of an older one) and survives a
  /// power cut. After an error nothing changed, unless it is `uncertain`.
  virtual void finish(Done<void> done) = 0;
};

/// Callbacks come on the loop's thread, never before the call has returned, none after the object is gone.
///
/// Names have 1 to 200 characters of `[A-Za-z0-9._/-]`; no part between slashes is empty or begins with a dot. Others
/// give bad_text. Further errors: not_found, full, failed, unavailable, denied.
class Blobs {
 public:
  virtual ~Blobs() = default;
  virtual std::unique_ptr<BlobWriter> put(std::string name) = 0;
  /// Up to `length` bytes from `offset` on; fewer at the end of the blob, none after it.
  virtual void get(std::string name, std::uint64_t offset, std::size_t length, Done<Bytes> done) = 0;
  virtual void size(std::string name, Done<std::uint64_t> done) = 0;
  /// Blobs whose name begins with `prefix` and comes after `after`, by bytes, at most `limit`.
  virtual void list(std::string prefix, std::string after, std::size_t limit, Done<std::vector<BlobInfo>> done) = 0;
  /// Acknowledged when it stays away after a power cut; also when there was none.
  virtual void remove(std::string name, Done<void> done) = 0;
  /// Whether the place can be used now. In a folder something small is written, synced and removed again; of an S3
  /// server it is asked whether it is there, has the bucket and takes our keys. Errors: not_found (no such bucket),
  /// full, failed, unavailable, denied.
  virtual void check(Done<void> done) = 0;
};

[[nodiscard]] bool is_blob_name(std::string_view name) noexcept;

}  // namespace sealhall::store
