// How fast one person may do things: a bucket that fills with time.
#pragma once

#include <algorithm>
#include <map>

#include "core/base/time.h"
#include "core/wire/basics.h"

namespace sealhall::meeting {

/// Larger numbers let one person flood the others, smaller ones stop people who type fast.
struct PaceLimit {
  double burst = 20;
  double per_second = 2;
};

class Pace {
 public:
  explicit Pace(PaceLimit limit) : limit_(limit) {}
  /// Takes one, or says false.
  bool take(wire::ParticipantNumber who, Instant now) {
    auto [it, is_new] = buckets_.try_emplace(who, Bucket{limit_.burst, now});
    Bucket& bucket = it->second;
    bucket.tokens = std::min(limit_.burst, bucket.tokens + to_seconds(now - bucket.filled) * limit_.per_second);
    bucket.filled = now;
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }
  void forget(wire::ParticipantNumber who) { buckets_.erase(who); }

 private:
  struct Bucket {
    double tokens = 0;
    Instant filled{};
  };
  PaceLimit limit_;
  std::map<wire::ParticipantNumber, Bucket> buckets_;
};

}  // namespace sealhall::meeting
