// The 16-bit SFrame sender index of each join: given once in any generation that a joiner may still use.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

namespace sealhall::meeting {

class SenderIndices {
 public:
  /// A free index, or nullopt when all 65,536 were given and none may be given again yet. `oldest_live` is the smallest
  /// generation that is still given to joiners; an index that was used in it or a later one is not free.
  std::optional<std::uint16_t> take(std::uint32_t oldest_live);
  /// A join is over. `newest_made` is the largest generation that existed then: the index may be given again when the
  /// generations up to it are no longer live.
  void give_back(std::uint16_t index, std::uint32_t newest_made);

 private:
  struct Returned {
    std::uint16_t index;
    std::uint32_t newest_made;
  };
  std::uint32_t next_fresh_ = 0;
  std::deque<Returned> returned_;  ///< by ascending newest_made, because generations only grow
};

}  // namespace sealhall::meeting
