#include "store/blob_watch.h"

#include <utility>

#include "io/log/log.h"

namespace sealhall::store {

BlobWatch::BlobWatch(io::Loop& loop, Blobs& blobs, Times times)
    : blobs_(blobs), times_(times), late_(loop), tick_(loop, times.every, [this] { look(); }) {
  look();
}

std::optional<StoreError> BlobWatch::trouble() {
  const auto now = trouble_;
  if (now) look();
  return now;
}

void BlobWatch::look() {
  if (looking_) return;
  looking_ = true;
  late_.after(times_.patience, [this] { found(StoreError::unavailable); });
  blobs_.check([this, alive = std::weak_ptr<bool>{alive_}](expected<void, StoreError> answer) {
    if (alive.expired()) return;
    looking_ = false;
    late_.cancel();
    found(answer ? std::nullopt : std::optional{answer.error()});
  });
}

void BlobWatch::found(std::optional<StoreError> trouble) {
  if (trouble == trouble_) return;
  trouble_ = trouble;
  if (trouble) return io::log::warning("the place for blobs cannot be used", {{"reason", name_of(*trouble)}});
  io::log::info("the place for blobs can be used again");
}

}  // namespace sealhall::store
