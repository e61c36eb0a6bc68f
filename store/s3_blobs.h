// Blobs in a bucket of an S3 server. Large ones go in parts; nobody sees them before the last call.
#pragma once

#include <memory>
#include <string>

#include "store/blobs.h"
#include "store/s3_client.h"

namespace sealhall::store {

struct S3Shared;

class S3Blobs final : public Blobs {
 public:
  /// Asks nobody anything yet: a server that is away gives `unavailable` to the calls, and works when it is back.
  /// What has no answer for certain (the server went away while a blob was finished) is `uncertain`.
  S3Blobs(io::Loop& loop, S3Place place, S3Patience patience = {});
  ~S3Blobs() override;
  S3Blobs(const S3Blobs&) = delete;
  S3Blobs& operator=(const S3Blobs&) = delete;

  std::unique_ptr<BlobWriter> put(std::string name) override;
  void get(std::string name, std::uint64_t offset, std::size_t length, Done<Bytes> done) override;
  void size(std::string name, Done<std::uint64_t> done) override;
  void list(std::string prefix, std::string after, std::size_t limit, Done<std::vector<BlobInfo>> done) override;
  void remove(std::string name, Done<void> done) override;
  void check(Done<void> done) override;

  /// Takes away the parts of blobs that were begun before `then` (RFC 3339 in UTC) and never finished; gives their
  /// number. Who died in the middle leaves them, and they cost room.
  void tidy(std::string then, Done<std::size_t> done);

  /// Bytes of part `number` (from 0): small ones first, so that little stays in memory; 10,000 make 430 GiB.
  static constexpr std::size_t part_size(std::size_t number) noexcept { return (8U << 20) * (1 + number / 1000); }

 private:
  class Writer;
  std::shared_ptr<S3Shared> core_;
};

}  // namespace sealhall::store
