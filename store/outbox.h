// Mail that waits to be sent: it survives a restart, is tried again, and is given up after a while.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/time.h"
#include "store/engine.h"

namespace sealhall::store {

struct OutboxMail {
  std::string id;
  std::string account_id;
  Bytes mail_sealed;
  std::int64_t attempts = 0;
  UnixMicros not_before{};
  UnixMicros created_at{};
  bool given_up = false;
  std::string problem;  ///< why the last attempt failed: a word, no content
};

class Outbox {
 public:
  explicit Outbox(Engine& engine) noexcept : engine_(engine) {}

  void put(OutboxMail mail, Done<void> done);
  /// Those that may be tried at `now`, the oldest first.
  void due(UnixMicros now, std::uint32_t limit, Done<std::vector<OutboxMail>> done);
  /// When the next one may be tried; nullopt: nothing waits.
  void next(Done<std::optional<UnixMicros>> done);
  void sent(std::string id, Done<void> done);
  /// One more attempt was in vain.
  void failed(std::string id, UnixMicros not_before, bool given_up, std::string problem, Done<void> done);
  struct Counts {
    std::int64_t waiting = 0;
    std::int64_t given_up = 0;
  };
  void counts(Done<Counts> done);
  /// Those that were given up before then.
  void prune(UnixMicros before, Done<void> done);

 private:
  Engine& engine_;
};

}  // namespace sealhall::store
