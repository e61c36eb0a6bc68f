// One blob on its way into a bucket.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "store/blobs.h"
#include "store/s3_client.h"

namespace sealhall::store {

/// What everything of one S3Blobs shares; gone with it.
struct S3Shared {
  S3Shared(io::Loop& at, S3Place place, S3Patience patience) : loop(at), client(at, std::move(place), patience) {}
  io::Loop& loop;
  S3Client client;
  bool open = true;  ///< false: nobody is called back any more
};

/// The work of a writer, in order: collects a part, sends it, puts the parts together. Outlives the BlobWriter as long
/// as there is something to do or to take away.
class S3Writing : public std::enable_shared_from_this<S3Writing> {
 public:
  S3Writing(std::weak_ptr<S3Shared> shared, std::string name) : shared_(std::move(shared)), name_(std::move(name)) {}

  void add(Bytes piece, bool last, Done<void> done);
  /// Nobody will finish it.
  void abandon();

 private:
  struct Step {
    Bytes piece;
    bool last = false;
    Done<void> done;
  };
  void post();
  void next();
  void go_on(std::shared_ptr<S3Shared> shared);
  void begin_parts(S3Shared& shared);
  void send_part(S3Shared& shared, std::size_t size);
  void put_together(S3Shared& shared);
  void put_whole(S3Shared& shared);
  void end_step(expected<void, StoreError> result);
  void fail(const S3Failure& failure, bool finishing);
  void give_up();

  std::weak_ptr<S3Shared> shared_;
  std::string name_;
  std::deque<Step> steps_;
  bool busy_ = false;
  bool abandoned_ = false;
  bool finished_ = false;
  std::optional<StoreError> broken_;
  Bytes buffer_;
  std::string upload_;  ///< empty: no parts yet
  std::vector<std::string> etags_;
};

}  // namespace sealhall::store
