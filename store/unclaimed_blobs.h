// Blobs that are written before something in the database names them: files for a chat that are being uploaded, looked
// at by a scanner, or not sent yet. Whoever dies in between leaves a row here, and the blob goes after a time.
#pragma once

#include <string>

#include "store/engine.h"

namespace sealhall::store {

class UnclaimedBlobs {
 public:
  explicit UnclaimedBlobs(Engine& engine) noexcept : engine_(engine) {}

  /// Before the blob is there. `Activity::put` with the blob's name claims it.
  void add(std::string name, UnixMicros now, Done<void> done);
  /// Dooms (see Recordings::doomed) what nobody has claimed since before `then`; gives how many.
  void doom(UnixMicros then, Done<std::int64_t> done);

 private:
  Engine& engine_;
};

}  // namespace sealhall::store
