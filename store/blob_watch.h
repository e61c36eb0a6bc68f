// Whether the place for blobs can be used, known before anybody asks: it is tried every now and then.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "io/net/timer.h"
#include "store/blobs.h"

namespace sealhall::store {

class BlobWatch {
 public:
  struct Times {
    /// Between two tries. Longer leaves a place that is gone unnoticed for longer, shorter writes or asks for nothing.
    Duration every = std::chrono::seconds{15};
    /// What has not answered by then is as good as away: a server behind a broken line, a network folder that hangs.
    Duration patience = std::chrono::seconds{10};
  };
  /// Tries for the first time at once. `blobs` outlives it.
  BlobWatch(io::Loop& loop, Blobs& blobs, Times times);
  BlobWatch(const BlobWatch&) = delete;
  BlobWatch& operator=(const BlobWatch&) = delete;

  /// What `Blobs::check` said last; nullopt: all was well, or it has not answered for the first time. Does not wait:
  /// when something was wrong this begins another try, so that whoever asks again finds out soon that it is well.
  std::optional<StoreError> trouble();

 private:
  void look();
  void found(std::optional<StoreError> trouble);

  Blobs& blobs_;
  Times times_;
  bool looking_ = false;  ///< a check has not answered yet
  std::optional<StoreError> trouble_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  io::Timer late_;
  io::Ticker tick_;
};

}  // namespace sealhall::store
