// Blobs as files of one folder: written beside, synced, renamed into place, the folder synced.
#pragma once

#include <memory>
#include <string>

#include "io/net/loop.h"
#include "store/blobs.h"

namespace sealhall::store {

class FileBlobs final : public Blobs {
 public:
  /// Makes the folder (0700) when it is missing, and removes what writers that died left behind; several processes may
  /// use the same folder. The work is done on one thread, in the order of the calls.
  static expected<std::unique_ptr<FileBlobs>, StoreError> open(io::Loop& loop, std::string folder);
  /// Finishes what was asked; no callbacks.
  ~FileBlobs() override;

  std::unique_ptr<BlobWriter> put(std::string name) override;
  void get(std::string name, std::uint64_t offset, std::size_t length, Done<Bytes> done) override;
  void size(std::string name, Done<std::uint64_t> done) override;
  void list(std::string prefix, std::string after, std::size_t limit, Done<std::vector<BlobInfo>> done) override;
  void remove(std::string name, Done<void> done) override;
  void check(Done<void> done) override;

 private:
  class Worker;
  class Writer;
  explicit FileBlobs(std::shared_ptr<Worker> worker) : worker_(std::move(worker)) {}
  std::shared_ptr<Worker> worker_;
};

}  // namespace sealhall::store
